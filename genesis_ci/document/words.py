"""What is meant by a misspelt name or an odd character: an input, an option, a key of a file."""

import re
from collections.abc import Collection, Mapping

from genesis_ci.language import N_, fill
from genesis_ci.text import nearest

GONE: Mapping[str, str | None] = {
    "on-review-pending": "accept",
    "on-cancelled": "accept",
    "on-skipped": "accept",
    "on-failed-block": "accept",
    "on-unchecked": "accept",
    "on-flaky": "accept",
    "review-wait-time": "max-review-time",
    "allow-http": None,
    "changed-files": None,
}
"""Inputs that do not exist any more, and what replaced them."""
OF_CI = ("depends-on", "if", "needs", "on", "rules", "runs-on", "stage", "steps", "uses", "when")
"""What only the CI's own file has."""
OTHER_WORDS: Mapping[str, str | None] = {
    **dict.fromkeys(("timeout", "timeout-minutes", "timeout-seconds"), "max-wait-time"),
    "wait-timeout": "max-wait-time",
    "interval": "poll-interval",
    **dict.fromkeys(("retry", "retries", "max-attempts", "max-retries"), "attempts"),
    **dict.fromkeys(("env", "parameters", "params", "variables", "vars", "with"), "inputs"),
    "config-file": "config",
    "output-dir": "report-dir",
    "filter": "only",
    "tags": "only",
    "lang": "language",
    "strict": "accept",
    **dict.fromkeys(("allow-failure", "continue-on-error"), "required"),
    **dict.fromkeys(("fail-fast", *OF_CI), None),
}
"""The words of other tools, and what they mean here: nothing means none, whatever resembles it."""
_ODD = {
    "：": N_("“：” is a full-width colon. Write “:” and a space"),
    "\u3000": N_("there is a full-width space (U+3000). Write a normal space"),
    "\xa0": N_("there is a no-break space (U+00A0). Write a normal space"),
}
_OTHER_BLANK = N_("there is the blank U+{code:04X}. Write a normal space")
ODD_CHARACTER = (
    r"(?m)^[ \t]*(?:-[ \t]+)*(?:-?(?P<blank>[^\S \t\r\n])"
    r"|[\"']?[A-Za-z0-9_.-]+[\"']?(?:[ \t]*(?P<colon>：)|:(?P<after>[^\S \t\r\n])))"
)
"""A line of YAML with a character that looks like a part of its structure, and is none."""
_LIKENESS, _LIKENESS_OF_PART = 0.7, 0.5


def spelled(written: str) -> str:
    """Return a name as inputs are spelled."""
    return re.sub("[^a-z0-9]+", "-", written.lower()).strip("-")


def meant(written: str, known: Collection[str]) -> str | None:
    """Return the known name that a name means; no guess is better than a bad one."""
    word = spelled(written)
    if word in known:
        return word
    for words in (GONE, OTHER_WORDS):
        if word in words:
            return name if (name := words[word]) in known else None
    return nearest(
        word, [name for name in sorted(known) if _may_be(word, name)], likeness=_LIKENESS
    )


def _may_be(word: str, name: str) -> bool:
    # prod-api-key, api-key-staging, api-key2 and workflow-login are names that people choose
    parts, of_name = word.split("-"), name.split("-")
    if {*of_name} <= {*parts} or word[-1:].isdigit():
        return False
    if len(parts) != len(of_name):
        return True
    pairs = zip(parts, of_name, strict=True)
    return all(nearest(one, [other], likeness=_LIKENESS_OF_PART) for one, other in pairs)


def odd_character(text: str | re.Match[str]) -> str | None:
    """Return the problem if a text begins as YAML does, but with another colon or space."""
    found = re.match(ODD_CHARACTER, text) if isinstance(text, str) else text
    if found is None:
        return None
    odd = found[found.lastindex or 0]
    return fill(_ODD.get(odd, _OTHER_BLANK), code=ord(odd))
