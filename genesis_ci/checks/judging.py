"""Judges the checks of a run by the outputs of its blocks, and makes the findings safe to show."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from genesis_ci.checks.expectations import finding_of, judge_expectation, name_of
from genesis_ci.checks.inner_tests import judge_tests, list_finding
from genesis_ci.checks.reading import MAX_SHOWN
from genesis_ci.models import Block
from genesis_ci.models.checks import Check, Finding, InnerTests, Judgement, Operator
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import clean, clean_line, counted, scrubbed_beginning

LEAST_SHOWN = 200
SHOWN_OF_ALL = 4_000_000
"""Characters of all findings of a run; if there are thousands, each of them shows less."""
MAX_LISTED = 5
MAX_COMPARED = 500
SEARCHED_TOGETHER = 500
_BETWEEN = "\ufdd0"
"""Not a character: no secret contains it, and `clean` removes it."""

Task = tuple[Check, JsonValue]
Answer = tuple[Finding, ...] | str
"""The findings of a check, or why it could not be judged."""


def judge(
    checks: Sequence[Check],
    blocks: Sequence[Block],
    *,
    bounded: Callable[[Sequence[Task]], Sequence[Answer]],
    scrub: Callable[[str], str],
    shown_of_all: int = SHOWN_OF_ALL,
) -> tuple[Finding, ...]:
    """Return the findings of every check, in order, without secrets and safe to show.

    A check that could not be judged is unmet. `bounded` does `judge_one` for several tasks where a
    hostile pattern blocks nothing else; checks that cannot take long are judged here.
    """
    answers: dict[int, Answer] = {}
    tasks: dict[int, Task] = {}
    for number, check in enumerate(checks):
        named = [block for block in blocks if block.key == check.block]
        if len(named) != 1:
            answers[number] = _no_such_block(check, blocks, len(named))
        elif _may_take_long(check):
            tasks[number] = (check, named[0].raw)
        else:
            answers[number] = judge_one(check, named[0].raw)
    if tasks:
        answers |= zip(tasks, bounded(list(tasks.values())), strict=True)
    found = [
        finding
        for number, check in enumerate(checks)
        for finding in _findings(check, answers[number])
    ]
    limit = max(LEAST_SHOWN, min(MAX_SHOWN, shown_of_all // max(1, 2 * len(found))))
    return tuple(_numbered(_safe(found, scrub, limit)))


def described(check: Check) -> str:
    """Return a check in words, as it is shown before a run."""
    if isinstance(check, InnerTests):
        tests = counted(check.at_least, "test")
        return f"{check.block}: at least {tests} passed or failed, and none of them failed"
    claim = name_of(replace(check, name=None))
    return f"{check.name} ({claim})" if check.name else claim


def judge_one(check: Check, output: JsonValue) -> tuple[Finding, ...]:
    """Return the findings of one check of an output. It may never end and take any memory."""
    if isinstance(check, InnerTests):
        return judge_tests(check, output)
    return (judge_expectation(check, output),)


def _may_take_long(check: Check) -> bool:
    return (
        isinstance(check, InnerTests)
        or check.query is not None
        or check.operator is Operator.MATCHES
    )


def _findings(check: Check, answer: Answer) -> tuple[Finding, ...]:
    if not isinstance(answer, str):
        return answer
    if isinstance(check, InnerTests):
        return (list_finding(check, answer),)
    return (finding_of(check, Judgement.UNMET, answer),)


def _no_such_block(check: Check, blocks: Sequence[Block], count: int) -> str:
    if count:
        return f"{count} blocks of that name, so it is not clear which one counts"
    import difflib

    keys = [block.key for block in blocks[:MAX_COMPARED]]
    listed = difflib.get_close_matches(check.block, keys, n=MAX_LISTED) or keys[:MAX_LISTED]
    names = ", ".join(f"“{key}”" for key in listed) or "none"
    rest = len(blocks) - len(listed)
    return f"no such block; the run has {names}{f' and {rest} more' if rest else ''}"


def _safe(
    findings: Sequence[Finding], scrub: Callable[[str], str], limit: int
) -> Iterator[Finding]:
    # Short texts are searched for secrets together: one search for each would be slow.
    texts = dict.fromkeys(
        text
        for one in findings
        for text in (one.name, one.suite, one.block, one.where, one.expected, one.found)
    )
    short = [text for text in texts if len(text) <= MAX_SHOWN]
    shown = {
        text: scrubbed_beginning(text, scrub, limit=MAX_SHOWN)
        for text in texts
        if len(text) > MAX_SHOWN
    }
    for at in range(0, len(short), SEARCHED_TOGETHER):
        batch = short[at : at + SEARCHED_TOGETHER]
        joined = _BETWEEN.join(text.replace(_BETWEEN, "\ufffd") for text in batch)
        shown |= zip(batch, scrub(joined).split(_BETWEEN), strict=True)
    for one in findings:
        yield replace(
            one,
            name=clean_line(shown[one.name]),
            suite=clean_line(shown[one.suite]),
            block=clean_line(shown[one.block]),
            where=clean_line(shown[one.where]),
            expected=clean(shown[one.expected], limit=limit),
            found=clean(shown[one.found], limit=limit),
        )


def _numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    # Readers of JUnit identify a test by its suite and name, so equal names get a number.
    seen: set[tuple[str, str]] = set()
    counts: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        name = finding.name
        while (finding.suite, name) in seen:
            counts[finding.suite, finding.name] += 1
            name = f"{finding.name} ({counts[finding.suite, finding.name] + 1})"
        seen.add((finding.suite, name))
        yield replace(finding, name=name)
