"""Judges the checks of a run by the outputs of its blocks, and makes the findings safe to show."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any, NamedTuple

from genesis_ci.checks import formats
from genesis_ci.checks.earlier_failures import with_earlier
from genesis_ci.checks.expectations import claim, judge_expectation, make_finding
from genesis_ci.checks.listed_tests import Answer, cannot_judge, judge_tests, too_few_tests
from genesis_ci.language import N_, _, commas, counted, fill, listed
from genesis_ci.models.execution import Block
from genesis_ci.models.findings import (
    Check,
    EachReport,
    Expectation,
    Finding,
    Judged,
    ListedTests,
    RunChecks,
    tests_that_ran,
)
from genesis_ci.models.judgement import Judgement
from genesis_ci.redaction import Scrub
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import LONGEST_MARK, Names, clean, clean_line, cut, scrubbed_beginning

MAX_SHOWN = 4_000
"""Characters of a text in a finding."""
LEAST_SHOWN = 200
SHOWN_OF_ALL = 4_000_000
"""Characters of all findings of a run; if there are thousands, each of them shows less."""
MAX_WARNING = 300
MAX_LISTED = 5
MAX_COMPARED = 500
SEARCHED_TOGETHER = 500
LONG_TEXTS = 8
"""Long texts that are kept to scrub equal ones once: checks of one output find the same text."""
_LINES = ("name", "subject", "suite", "block", "where", "also_in", "english_where")
_TEXTS = ("expected", "found", "message", "english_expected", "english_found")
_BETWEEN = "\ufdd0"
"""Not a character: no secret contains it, and `clean` removes it."""


class CheckTask(NamedTuple):
    """A check and the output of its block, or why there is no such output."""

    check: Check
    output: JsonValue = None
    missing: str = ""


JudgeTasks = Callable[[Sequence[CheckTask]], Iterable[Answer]]


def judge(
    checks: RunChecks,
    blocks: Sequence[Block],
    *,
    in_child: JudgeTasks,
    scrub: Scrub,
    shown_of_all: int = SHOWN_OF_ALL,
) -> Judged:
    """Return the findings of every check, in order, without secrets and safe to show.

    A check that could not be judged is unmet. Outputs that are test reports follow, each once; one
    that was not searched, or that `tests` leaves out, is a warning. `in_child` does `judge_task`
    for several tasks, in another process if they may take long; the others are judged here.
    """
    # the child imports this module, and does not need it
    from genesis_ci.features.known_failures import excused, with_known

    named = [one.block for one in checks.configured if isinstance(one, ListedTests)]
    reports = [one for one in blocks if one.key not in named and one.has_raw_output]
    tasks = [_task(check, blocks) for check in checks.configured]
    tasks += [_report_task(checks, one) for one in reports if not checks.leaves_out(one.key)]
    others = [_report_task(checks, one) for one in reports if checks.leaves_out(one.key)]
    answers = _answered([*tasks, *others], in_child, scrub)  # the child has one time for all
    answered = list(islice(answers, len(tasks)))
    left_out = [check.block for check, answer in answers if answer != Answer(())]
    queried = {check.block for check, answer in answered if _holds_by_query(check, answer)}
    unjudged = {
        clean_line(scrub(check.block)): what
        for check, answer in answered
        if (what := answer.overlooked) and not (what in formats.USES and check.block in queried)
    }
    skipped = [clean_line(scrub(name)) for name in _reports_of_skipped(answered)]
    tests = list(_once(answered))
    findings = list(with_known([*too_few_tests(checks.at_least, tests), *tests], checks.known))
    limit = max(LEAST_SHOWN, min(MAX_SHOWN, shown_of_all // max(1, 2 * len(findings))))
    rule = "except" if isinstance(checks.reports, EachReport) else "".join(named) or "none"
    shown = list(_numbered(_safe(findings, scrub, limit)))
    ran = [check.block for check, answer in answered if tests_that_ran(chain(*answer.reports))]
    ran_in = {clean_line(scrub(block)) for block in ran}
    earlier = [[*excused(attempt, checks.known)] for attempt in checks.earlier]
    return Judged(
        findings=tuple(_numbered(with_earlier(shown, earlier, ran_in))),
        warnings=tuple(_warnings(unjudged, skipped, left_out, rule)),
        unjudged=tuple(unjudged),
    )


def _holds_by_query(check: Check, answer: Answer) -> bool:
    """Return whether a query found what was expected."""
    met = all(one.judgement is Judgement.MET for each in answer.reports for one in each)
    return isinstance(check, Expectation) and check.query is not None and met


def _task(check: Check, blocks: Sequence[Block]) -> CheckTask:
    outputs = [block.raw for block in blocks if block.key == check.block]
    if len(outputs) == 1:
        return CheckTask(check, outputs[0])
    if outputs:
        many = N_("{count} blocks of that name, so it is not clear which one counts")
        return CheckTask(check, missing=fill(many, count=len(outputs)))
    import difflib

    keys = [block.key for block in blocks[:MAX_COMPARED]]
    shown = difflib.get_close_matches(check.block, keys, n=MAX_LISTED) or keys[:MAX_LISTED]
    names = commas(fill("“{name}”", name=key) for key in shown) or _("none")
    rest = len(blocks) - len(shown)
    words = N_("no such block; the run has {names}")
    if rest:
        words = N_("no such block; the run has {names} and {rest} more")
    return CheckTask(check, missing=fill(words, names=names, rest=rest))


def _report_task(checks: RunChecks, block: Block) -> CheckTask:
    check = ListedTests(block.key, at_least=0 if checks.at_least else 1, if_report=True)
    unread = "" if block.readable else _("a block that is neither an object nor a text")
    return CheckTask(check, block.raw, unread)


def _answered(
    tasks: Sequence[CheckTask], in_child: JudgeTasks, scrub: Scrub
) -> Iterator[tuple[Check, Answer]]:
    """Yield each check with its findings, which are shortened before the next ones are read."""
    shorten = partial(_shortened, lru_cache(LONG_TEXTS)(partial(_beginning, scrub)))
    slow = [number for number, task in enumerate(tasks) if _needs_child(task)]
    answers = map(shorten, in_child([tasks[number] for number in slow]))
    found = dict(zip(slow, answers, strict=True))
    for number, task in enumerate(tasks):
        yield task.check, found[number] if number in found else shorten(judge_task(task))


def _needs_child(task: CheckTask) -> bool:
    """Return whether judging runs a search or an expression, which may never end."""
    check = task.check
    return not task.missing and (isinstance(check, ListedTests) or check.has_expression)


def judge_task(task: CheckTask) -> Answer:
    """Return the findings of one check. It may never end and take any memory."""
    check, output, missing = task
    if missing:
        return unmet(check, missing)
    if isinstance(check, ListedTests):
        return judge_tests(check, output)
    return Answer(((judge_expectation(check, output),),))


def unmet(check: Check, found: str) -> Answer:
    if isinstance(check, ListedTests):
        return Answer(((cannot_judge(check, found),),))
    return Answer(((make_finding(check, found),),))


def described(check: Check) -> str:
    """Return a check in words, as it is shown before a run."""
    if isinstance(check, ListedTests):
        tests = counted(check.at_least, "{count} test", "{count} tests")
        words = N_("{block}: at least {tests} passed or failed, and none of them failed")
        return fill(words, block=check.block, tests=tests)
    return f"{check.name} ({claim(check)})" if check.name else claim(check)


def _shortened(beginning: Scrub, answer: Answer) -> Answer:
    def short(one: Finding) -> Finding:
        each = {name: getattr(one, name) for name in (*_LINES, *_TEXTS)}
        long: dict[str, Any] = {
            name: beginning(text) for name, text in each.items() if len(text) > MAX_SHOWN
        }
        return replace(one, **long) if long else one  # a copy of each test takes time

    return answer._replace(reports=tuple(tuple(map(short, one)) for one in answer.reports))


def _beginning(scrub: Scrub, text: str) -> str:
    limit = MAX_SHOWN - LONGEST_MARK
    return cut(scrubbed_beginning(text, scrub, limit=limit), limit=limit)


def _reports_of_skipped(answered: Iterable[tuple[Check, Answer]]) -> Iterator[str]:
    for check, answer in answered:
        for report in answer.reports if isinstance(check, ListedTests) else ():
            if report and all(one.judgement is Judgement.SKIPPED for one in report):
                yield _(": ").join((check.block, report[0].suite or report[0].name))


def _once(answered: Iterable[tuple[Check, Answer]]) -> Iterator[Finding]:
    # two blocks may have the same report
    seen: defaultdict[object, dict[int, str]] = defaultdict(dict)  # blocks by their numbers
    more = Counter[object]()
    kept = []
    for number, (check, answer) in enumerate(answered):
        for report in answer.reports:
            tests = tuple((one.suite, one.name, one.judgement, one.found) for one in report)
            key = tests if isinstance(check, ListedTests) else number
            seen[key][number] = check.block
            if next(iter(seen[key])) == number:
                kept.append((report, key))
            else:
                more[key] += max((one.times for one in report), default=0)
    for report, key in kept:
        others, again = listed([*seen[key].values()][1:]), more.pop(key, 0)
        yield from (
            replace(one, also_in=others, times=one.times + again) if others and one.is_test else one
            for one in report
        )


def _warnings(
    unjudged: Mapping[str, str], skipped: Sequence[str], left_out: Sequence[str], rule: str
) -> Iterator[str]:
    warnings = []
    for block, what in islice(unjudged.items(), MAX_LISTED):
        words = N_(
            "Block “{block}” has {what}, so it is not judged; let it put out the whole report and "
            "nothing else"
        )
        if use := formats.USES.get(what, ""):
            words = N_(
                "Block “{block}” has a test report in a format that is not read ({what}); use {use}"
            )
        warnings.append(fill(words, block=block, what=_(what), use=_(use)))
    if len(unjudged) > MAX_LISTED:
        more = counted(len(unjudged) - MAX_LISTED, "{count} more output", "{count} more outputs")
        warnings.append(fill("The same is true of {more}", more=more))
    if skipped:
        words = N_("Every test was skipped in the report of {reports}")
        warnings.append(fill(words, reports=listed(skipped)))
    if left_out:
        words = N_("Not judged (tests: {rule}): the test report of {blocks}")
        warnings.append(fill(words, rule=rule, blocks=listed(left_out)))
    return (fill("{text}.", text=clean_line(one, limit=MAX_WARNING)) for one in warnings)


def _safe(findings: Sequence[Finding], scrub: Scrub, limit: int) -> Iterator[Finding]:
    # Many texts are searched for secrets together: one search for each would be slow.
    texts = list({getattr(one, name): None for one in findings for name in (*_LINES, *_TEXTS)})
    shown: dict[str, str] = {}
    for at in range(0, len(texts), SEARCHED_TOGETHER):
        batch = texts[at : at + SEARCHED_TOGETHER]
        joined = _BETWEEN.join(text.replace(_BETWEEN, "\ufffd") for text in batch)
        shown |= zip(batch, scrub(joined).split(_BETWEEN), strict=True)
    limited = lru_cache(maxsize=None)(partial(clean, limit=limit))  # equal texts are one
    for one in findings:
        safe: dict[str, Any] = {name: clean_line(shown[getattr(one, name)]) for name in _LINES}
        yield replace(one, **safe | {name: limited(shown[getattr(one, name)]) for name in _TEXTS})


def _numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    # Readers of JUnit identify a test by its suite and name, so equal names get a number.
    names: defaultdict[str, Names] = defaultdict(Names)
    for finding in findings:
        name = names[finding.suite].unique(finding.name)
        yield finding if name == finding.name else replace(finding, name=name, subject="")
