"""From what is asked and what the blocks put out to findings that may be shown."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from genesis_ci.checks.expectations import finding_of, judge_expectation
from genesis_ci.checks.inner_tests import judge_tests, list_finding
from genesis_ci.models import (
    Block,
    Check,
    Finding,
    InnerTests,
    JsonValue,
    Judgement,
    Operator,
)
from genesis_ci.text import clean, clean_line

MAX_SHOWN = 4_000
MAX_LINE = 200
MAX_LISTED = 5

Task = tuple[Check, JsonValue]
Answer = tuple[Finding, ...] | str
"""What came of a check, or why nobody knows."""


def judge(
    checks: Sequence[Check],
    blocks: Sequence[Block],
    *,
    bounded: Callable[[Sequence[Task]], Sequence[Answer]],
    scrub: Callable[[str], str],
) -> tuple[Finding, ...]:
    """Return what came of every check, in their order, without secrets and harmless to show.

    What is not known to be met is unmet. `bounded` is `judge_one` for several, run where a
    hostile pattern holds nobody up; it is not asked for what cannot take long.
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
    found = (
        finding for number, check in enumerate(checks) for finding in _told(check, answers[number])
    )
    return tuple(_told_apart(_harmless(finding, scrub) for finding in found))


def judge_one(check: Check, output: JsonValue) -> tuple[Finding, ...]:
    """Return what came of one check of an output. It may take for ever and any memory."""
    if isinstance(check, InnerTests):
        return judge_tests(check, output)
    return (judge_expectation(check, output),)


def all_met(findings: Iterable[Finding]) -> bool:
    """Return whether a completed run showed what it had to; what was skipped is no objection."""
    return all(finding.judgement is not Judgement.UNMET for finding in findings)


def _may_take_long(check: Check) -> bool:
    if isinstance(check, InnerTests):
        return True
    return check.query is not None or check.operator is Operator.MATCHES


def _told(check: Check, answer: Answer) -> tuple[Finding, ...]:
    if not isinstance(answer, str):
        return answer
    if isinstance(check, InnerTests):
        return (list_finding(check, answer),)
    return (finding_of(check, Judgement.UNMET, answer),)


def _no_such_block(check: Check, blocks: Sequence[Block], count: int) -> str:
    if count:
        return f"{count} blocks of that name, so it is not clear which one counts"
    near = difflib.get_close_matches(check.block, [block.key for block in blocks], n=MAX_LISTED)
    keys = near or [block.key for block in blocks[:MAX_LISTED]]
    rest = len(blocks) - len(keys)
    names = ", ".join(f"“{key}”" for key in keys)
    return f"no such block; there {f'are {names}' if keys else 'is none'}" + (
        f" and {rest} more" if keys and rest else ""
    )


def _harmless(finding: Finding, scrub: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        name=clean_line(scrub(finding.name), limit=MAX_LINE),
        suite=clean_line(scrub(finding.suite), limit=MAX_LINE),
        block=clean_line(scrub(finding.block), limit=MAX_LINE),
        where=clean_line(scrub(finding.where), limit=MAX_LINE),
        expected=clean(scrub(finding.expected), limit=MAX_SHOWN),
        found=clean(scrub(finding.found), limit=MAX_SHOWN),
    )


def _told_apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Number the names that stand more than once in a suite: readers of JUnit go by them."""
    seen: set[tuple[str, str]] = set()
    counts: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        name = finding.name
        while (finding.suite, name) in seen:
            counts[finding.suite, finding.name] += 1
            name = f"{finding.name} ({counts[finding.suite, finding.name] + 1})"
        seen.add((finding.suite, name))
        yield replace(finding, name=name)
