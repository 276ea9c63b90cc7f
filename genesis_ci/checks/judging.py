"""Judges the checks of a run by the outputs of its blocks, and makes the findings safe to show."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from genesis_ci.checks.expectations import finding_of, judge_expectation, name_of
from genesis_ci.checks.inner_tests import judge_tests, list_finding
from genesis_ci.checks.reading import MAX_SHOWN
from genesis_ci.models.execution import Block
from genesis_ci.models.findings import (
    Check,
    Finding,
    InnerTests,
    Judged,
    Judgement,
    Operator,
    Proof,
    may_be_report,
)
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import (
    LONGEST_MARK,
    Names,
    clean,
    clean_line,
    counted,
    cut,
    listed,
    scrubbed_beginning,
)

LEAST_SHOWN = 200
MAX_WARNING = 300
SHOWN_OF_ALL = 4_000_000
"""Characters of all findings of a run; if there are thousands, each of them shows less."""
MAX_LISTED = 5
MAX_COMPARED = 500
SEARCHED_TOGETHER = 500
LONG_TEXTS = 8
"""Long texts that are kept to scrub equal ones once: checks of one output find the same text."""
_TEXTS = ("name", "suite", "block", "where", "expected", "found")
_BETWEEN = "\ufdd0"
"""Not a character: no secret contains it, and `clean` removes it."""

Task = tuple[Check, JsonValue]
Answer = tuple[Finding, ...] | str | None
"""The findings of a check, or why it could not be judged; None for a report in other text."""


def judge(
    proof: Proof,
    blocks: Sequence[Block],
    *,
    bounded: Callable[[Sequence[Task]], Iterable[Answer]],
    scrub: Callable[[str], str],
    shown_of_all: int = SHOWN_OF_ALL,
) -> Judged:
    """Return the findings of every check, in order, without secrets and safe to show.

    A check that could not be judged is unmet. Outputs that are test reports follow, each once; one
    inside other text, or that `tests` leaves out, is a warning. `bounded` does `judge_one` for
    several tasks where a hostile pattern blocks nothing else; checks that cannot take long are
    judged here.
    """
    beginning = lru_cache(LONG_TEXTS)(partial(_beginning, scrub=scrub))
    shorten = partial(_shortened, beginning=beginning)
    todo: list[tuple[Check, list[Block]]] = [
        (check, [block for block in blocks if block.key == check.block]) for check in proof.checks
    ]
    lists_tests = [check.block for check in proof.checks if isinstance(check, InnerTests)]
    others = [one for one in blocks if one.key not in lists_tests and may_be_report(one.raw)]
    others.sort(key=lambda one: proof.leaves_out(one.key))  # those are only named, so they are last
    todo += [(InnerTests(block=one.key, if_report=True), [one]) for one in others]
    judged = len(todo) - sum(proof.leaves_out(one.key) for one in others)
    answers: dict[int, Answer] = {}
    tasks: dict[int, Task] = {}
    for number, (check, named) in enumerate(todo):
        if len(named) != 1:
            answers[number] = _no_such_block(check, blocks, len(named))
        elif _may_take_long(check):
            tasks[number] = (check, named[0].raw)
        else:
            answers[number] = shorten(judge_one(check, named[0].raw))
    if tasks:
        answers |= zip(tasks, map(shorten, bounded(list(tasks.values()))), strict=True)
    answered = [(check, answers[number]) for number, (check, _) in enumerate(todo)]
    left_out = [check.block for check, answer in answered[judged:] if answer != ()]
    del answered[judged:]
    found = [finding for check, answer in _once(answered) for finding in _findings(check, answer)]
    limit = max(LEAST_SHOWN, min(MAX_SHOWN, shown_of_all // max(1, 2 * len(found))))
    unjudged = [clean_line(scrub(check.block)) for check, answer in answered if answer is None]
    words = "has a test report inside other text, so it is not judged; let it put out nothing else"
    warnings = [f"Block “{block}” {words}" for block in unjudged[:MAX_LISTED]]
    if len(unjudged) > MAX_LISTED:
        more = counted(len(unjudged) - MAX_LISTED, "more output")
        warnings.append(f"The same is true of {more}")
    if left_out:
        rule = "except" if proof.reports else "".join(lists_tests) or "none"
        warnings.append(f"Not judged (tests: {rule}): the test report of {listed(left_out)}")
    return Judged(
        tuple(_numbered(_safe(found, scrub, limit))),
        tuple(f"{clean_line(one, limit=MAX_WARNING)}." for one in warnings),
        tuple(unjudged),
    )


def _is_unnamed(check: Check) -> bool:
    return isinstance(check, InnerTests) and check.if_report


def _once(answered: Iterable[tuple[Check, Answer]]) -> Iterator[tuple[Check, Answer]]:
    # a block may repeat the report of another one
    seen = set()
    for check, answer in answered:
        if _is_unnamed(check) and isinstance(answer, tuple):
            tests = tuple((one.suite, one.name, one.judgement, one.found) for one in answer)
            if tests in seen:
                continue
            seen.add(tests)
        yield check, answer


def described(check: Check) -> str:
    """Return a check in words, as it is shown before a run."""
    if isinstance(check, InnerTests):
        tests = counted(check.at_least, "test")
        return f"{check.block}: at least {tests} passed or failed, and none of them failed"
    claim = name_of(replace(check, name=None))
    return f"{check.name} ({claim})" if check.name else claim


def judge_one(check: Check, output: JsonValue) -> Answer:
    """Return the findings of one check of an output. It may never end and take any memory."""
    if isinstance(check, InnerTests):
        return judge_tests(check, output)
    return (judge_expectation(check, output),)


def _shortened(answer: Answer, beginning: Callable[[str], str]) -> Answer:
    if not isinstance(answer, tuple):
        return answer
    return tuple(replace(one, **_shorter_texts(one, beginning)) for one in answer)


def _shorter_texts(finding: Finding, beginning: Callable[[str], str]) -> dict[str, Any]:
    texts = {name: getattr(finding, name) for name in _TEXTS}
    return {name: beginning(text) for name, text in texts.items() if len(text) > MAX_SHOWN}


def _beginning(text: str, scrub: Callable[[str], str]) -> str:
    limit = MAX_SHOWN - LONGEST_MARK
    return cut(scrubbed_beginning(text, scrub, limit=limit), limit=limit)


def _may_take_long(check: Check) -> bool:
    return (
        isinstance(check, InnerTests)
        or check.query is not None
        or check.operator is Operator.MATCHES
    )


def _findings(check: Check, answer: Answer) -> tuple[Finding, ...]:
    if not isinstance(answer, str):
        return answer or ()
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
    # Many texts are searched for secrets together: one search for each would be slow.
    texts = list({getattr(one, name): None for one in findings for name in _TEXTS})
    shown: dict[str, str] = {}
    for at in range(0, len(texts), SEARCHED_TOGETHER):
        batch = texts[at : at + SEARCHED_TOGETHER]
        joined = _BETWEEN.join(text.replace(_BETWEEN, "\ufffd") for text in batch)
        shown |= zip(batch, scrub(joined).split(_BETWEEN), strict=True)
    limited = lru_cache(maxsize=None)(partial(clean, limit=limit))  # equal texts are one
    for one in findings:
        yield replace(
            one,
            name=clean_line(shown[one.name]),
            suite=clean_line(shown[one.suite]),
            block=clean_line(shown[one.block]),
            where=clean_line(shown[one.where]),
            expected=limited(shown[one.expected]),
            found=limited(shown[one.found]),
        )


def _numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    # Readers of JUnit identify a test by its suite and name, so equal names get a number.
    names: defaultdict[str, Names] = defaultdict(Names)
    for finding in findings:
        yield replace(finding, name=names[finding.suite].unique(finding.name))
