"""From what is asked and what the blocks put out to findings that may be shown."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from genesis_ci.checks.expectations import finding_of, judge_expectation, name_of
from genesis_ci.checks.inner_tests import judge_tests, list_finding
from genesis_ci.checks.reading import MAX_SHOWN
from genesis_ci.models import Block
from genesis_ci.models.proof import Check, Finding, InnerTests, Judgement, Operator
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import clean, clean_line, scrubbed_beginning

LEAST_SHOWN = 200
SHOWN_OF_ALL = 4_000_000
"""Characters of what all findings of a run show: thousands of them show less of each."""
MAX_LISTED = 5
MAX_COMPARED = 500
SEARCHED_TOGETHER = 500
_BETWEEN = "\ufdd0"
"""No character, so that no secret holds it, and `clean` would not leave it in a text."""

Task = tuple[Check, JsonValue]
Answer = tuple[Finding, ...] | str
"""What came of a check, or why it could not be told."""


def judge(
    checks: Sequence[Check],
    blocks: Sequence[Block],
    *,
    bounded: Callable[[Sequence[Task]], Sequence[Answer]],
    scrub: Callable[[str], str],
    shown_of_all: int = SHOWN_OF_ALL,
) -> tuple[Finding, ...]:
    """Return what came of every check, in their order, without secrets and harmless to show.

    What is not known to be met is unmet. `bounded` is `judge_one` for several, run where a
    hostile pattern holds up nothing else; checks that cannot take long are done right here.
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
        finding for number, check in enumerate(checks) for finding in _told(check, answers[number])
    ]
    limit = max(LEAST_SHOWN, min(MAX_SHOWN, shown_of_all // max(1, 2 * len(found))))
    shown = (_cleaned(one, limit=limit) for one in _scrubbed(found, scrub))
    return tuple(_told_apart(shown))


def described(check: Check) -> str:
    """Return a check in words, as it is told before a run."""
    if isinstance(check, InnerTests):
        tests = "test passed or failed" if check.at_least == 1 else "tests passed or failed"
        return f"{check.block}: at least {check.at_least} {tests}, and none of them failed"
    claim = name_of(replace(check, name=None))
    return f"{check.name} ({claim})" if check.name else claim


def judge_one(check: Check, output: JsonValue) -> tuple[Finding, ...]:
    """Return what came of one check of an output. It may take for ever and any memory."""
    if isinstance(check, InnerTests):
        return judge_tests(check, output)
    return (judge_expectation(check, output),)


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
    import difflib

    keys = [block.key for block in blocks[:MAX_COMPARED]]
    told = difflib.get_close_matches(check.block, keys, n=MAX_LISTED) or keys[:MAX_LISTED]
    names = ", ".join(f"“{key}”" for key in told) or "none"
    rest = len(blocks) - len(told)
    return f"no such block; the run has {names}{f' and {rest} more' if rest else ''}"


def _scrubbed(findings: Sequence[Finding], scrub: Callable[[str], str]) -> list[Finding]:
    """Return the findings without secrets. Short texts go together: a search for each is slow."""
    texts = dict.fromkeys(text for one in findings for text in _texts(one))
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
    return [_with_texts(one, line=shown.__getitem__, passage=shown.__getitem__) for one in findings]


def _texts(finding: Finding) -> Iterator[str]:
    yield from (finding.name, finding.suite, finding.block, finding.where)
    yield from (finding.expected, finding.found)


def _cleaned(finding: Finding, *, limit: int) -> Finding:
    return _with_texts(
        finding,
        line=clean_line,
        passage=lambda text: clean(text, limit=limit),
    )


def _with_texts(
    finding: Finding, *, line: Callable[[str], str], passage: Callable[[str], str]
) -> Finding:
    return replace(
        finding,
        name=line(finding.name),
        suite=line(finding.suite),
        block=line(finding.block),
        where=line(finding.where),
        expected=passage(finding.expected),
        found=passage(finding.found),
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
