"""`known-failures`: listed tests that may fail until a day, from the input to the remarks. Pure."""

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from genesis_ci.document.keys import LONGEST_YAML, REFERENCE, InputType, Key, ReadContext
from genesis_ci.document.nodes import Node
from genesis_ci.document.problems import AdvisedError, quoted_in_language
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import Finding, KnownFailure
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import Level, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import MAX_TEXT, Names, clean_line

MAX_KNOWN = 1_000
MAX_DAYS = 90
"""How far away the last day of a known failure may be."""


def keys() -> tuple[Key, ...]:
    from genesis_ci.document.entries import EXPRESSION  # few jobs need it

    return (
        Key("test", EXPRESSION, is_required=True),
        Key("until", DAY, is_required=True),
        Key("issue", EXPRESSION),
    )


def _read(node: Node, context: ReadContext) -> Iterator[KnownFailure]:
    """Yield the known failures of a list that count today.

    Report what is wrong with others, and warn of days that are over and of a name for all tests.
    """
    # yaml takes long to import
    from genesis_ci.document.entries import BOUNDS, MAX_EXPRESSION, read_entries
    from genesis_ci.document.strict_yaml import as_yaml

    advice = _("write entries such as { test: NAME, until: YYYY-MM-DD, issue: TEXT }")
    node = as_yaml(node, BOUNDS)
    first: dict[str, Node] = {}
    for entry, values in read_entries(node, MAX_KNOWN, keys(), lambda *_: (), advice, context):
        test, issue = (
            clean_line(values.get(key, ""), limit=MAX_EXPRESSION) for key in ("test", "issue")
        )
        until = values["until"]
        same = first.setdefault(test, entry)
        if same is not entry:
            entry.problem(fill("it has the test of {other}; drop one", other=same.key))
            continue
        place = f"{entry.where}: {entry.name}" if entry.in_file else entry.name
        name = entry.key if entry.private else quoted_in_language(test)
        is_over = until < context.today
        if is_over:
            words = fill(
                "{place}: {name}: its last day was {until}, so it can fail the run again. Remove "
                "the entry, or give it a new day.",
                place=place,
                name=name,
                until=until,
            )
            context.warnings.append(words)
        elif not test.strip("*"):
            words = fill(
                "{place}: {name}: it covers every test, so a failed test never counts. Name the "
                "tests.",
                place=place,
                name=name,
            )
            context.warnings.append(words)
        if not is_over:
            yield KnownFailure(test, until, issue)


def _until(node: Node, context: ReadContext) -> date:
    from genesis_ci.document.entries import typed  # few jobs need it

    value = typed(node.tree)
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if not day or day.isoformat() != value:
        raise ValueError(_("it is not a day"))
    if (day - context.today).days > MAX_DAYS:
        latest = context.today + timedelta(MAX_DAYS)
        words = N_("it is over {most} days away. Write {latest} or earlier")
        raise AdvisedError(fill(words, most=MAX_DAYS, latest=latest))
    return day


DAY = InputType(
    parse=_until,
    accepts=N_("YYYY-MM-DD, the last day on which the test may fail, at most {most} days away"),
    values={"most": MAX_DAYS},
    schema={"anyOf": [{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, REFERENCE]},
    on_reference=None,
)
KNOWN_FAILURES: InputType[tuple[KnownFailure, ...]] = InputType(
    parse=lambda node, context: tuple(_read(node, context)),
    accepts=N_("a YAML list of entries such as { test: NAME, until: YYYY-MM-DD, issue: TEXT }"),
    metavar="YAML",
    max_length=LONGEST_YAML,
    on_reference=Level.WARNING,
    schema={"$ref": "#/definitions/known-failures"},
)


def plan_lines(known: Iterable[KnownFailure]) -> Iterator[str]:
    for one in known:
        text = N_("    known failure until {until}: {test} ({issue})")
        if not one.issue:
            text = N_("    known failure until {until}: {test}")
        yield fill(text, **one._asdict())


def plan_documents(known: Iterable[KnownFailure]) -> Iterator[dict[str, Any]]:
    for one in known:
        yield {"kind": "known failure", **one._asdict(), "until": one.until.isoformat()}


def with_known(findings: Sequence[Finding], known: Sequence[KnownFailure]) -> Iterator[Finding]:
    """Yield the findings; a failed test that has a known failure may fail.

    Names are those that reports show, so the second test with a name is `name (2)`. Each entry is
    noted at the failed tests that no entry before it covers; or else at one test that it matches,
    which passed only if all did.
    """
    names = list(_names(findings)) if known else []
    found: defaultdict[int, list[KnownFailure]] = defaultdict(list)
    tests = [number for number, one in enumerate(findings) if known and one.is_test]
    failed = _Lines(names, [one for one in tests if findings[one].failed])
    passed = _Lines(names, [one for one in tests if findings[one].judgement is Judgement.MET])
    others = _Lines(names, list({*tests}.difference(failed.numbers, passed.numbers)))
    for entry in sorted(known, key=lambda one: 0 if "*" in one.test else -len(one.test)):
        numbers = set(failed.matched_by(entry.test))
        if numbers:
            failed = _Lines(names, [one for one in failed.numbers if one not in numbers])
            others = _Lines(names, [*others.numbers, *numbers])
        for number in numbers or itertools.islice(
            itertools.chain(others.matched_by(entry.test), passed.matched_by(entry.test)), 1
        ):
            found[number].append(entry)
    for number, finding in enumerate(findings):
        entries = tuple(found.get(number, ()))
        changes: dict[str, Any] = {"known": entries}
        if entries and finding.failed:
            day, issue = entries[0].until, entries[0].issue
            expected = fill("known failure until {day}", day=day)
            if issue:
                expected = fill("known failure until {day}: {issue}", day=day, issue=issue)
            changes |= {"judgement": Judgement.KNOWN, "expected": expected}
        yield replace(finding, **changes) if entries else finding


def excused(earlier: Sequence[Finding], known: Sequence[KnownFailure]) -> Iterator[Finding]:
    """Yield the findings of an earlier attempt; a test that may fail now need not pass."""
    unmet = [
        number
        for number, one in enumerate(earlier)
        if one.is_test and one.judgement is Judgement.UNMET
    ]
    lines = _Lines([(one.name, one.full_name) for one in earlier], unmet)
    may_fail = {number for entry in known for number in lines.matched_by(entry.test)}
    for number, one in enumerate(earlier):
        yield replace(one, judgement=Judgement.KNOWN) if number in may_fail else one


def _names(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    """Yield the names of each finding, with and without its suite."""
    names: defaultdict[str, Names] = defaultdict(Names)
    for finding in findings:
        name = names[finding.suite].unique(clean_line(finding.name, limit=MAX_TEXT))
        full = clean_line(replace(finding, name=name).full_name, limit=MAX_TEXT)
        yield (full, name) if finding.suite else (name,)


class _Lines:
    """The names of some findings, one on each line of a text: it is searched fast."""

    def __init__(self, names: Sequence[tuple[str, ...]], numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self._lines = [(name, number) for number in numbers for name in names[number]]
        self._text = "\n".join(["", *(name for name, _number in self._lines), ""])
        lengths = (len(name) + 1 for name, _number in self._lines)
        self._starts = list(itertools.accumulate(lengths, initial=0))

    def matched_by(self, pattern: str) -> Iterator[int]:
        """Yield the number of each finding that a pattern matches, perhaps twice."""
        part = max(f"\n{pattern}\n".split("*"), key=len)
        at = self._text.find(part)
        while 0 <= at < self._starts[-1]:
            line = bisect_right(self._starts, at) - 1
            name, number = self._lines[line]
            if matches(pattern, name):
                yield number
            at = self._text.find(part, self._starts[line + 1])


def matches(pattern: str, name: str) -> bool:
    """Return whether a name matches; no part of it is searched twice, so it takes linear time."""
    if "*" not in pattern:
        return pattern == name
    first, *middle, last = pattern.split("*")
    at, end = len(first), len(name) - len(last)
    if not (name.startswith(first) and name.endswith(last)):
        return False
    for part in middle:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


def remarks(workflows: Sequence[Workflow], reports: Iterable[WorkflowReport]) -> Iterator[str]:
    """Yield a sentence for each known failure that passes again, or that no report lists.

    If a run with the entry listed no tests, nothing is known.
    """
    found: defaultdict[KnownFailure, set[Judgement]] = defaultdict(set)
    unseen: set[KnownFailure] = set()
    for workflow, report in zip(workflows, reports, strict=True):
        for finding in (finding for attempt in report.attempts for finding in attempt.findings):
            for one in finding.known:
                found[one].add(finding.judgement)
        if not any(finding.is_test for finding in report.findings):
            unseen |= set(workflow.checks.known)
    for one in dict.fromkeys(one for workflow in workflows for one in workflow.checks.known):
        text = N_("Known failure “{test}” passes again: remove it from known-failures.")
        if not found[one]:
            text = N_(
                "Known failure “{test}”: no report lists this test; correct or remove the entry."
            )
        if one not in unseen and found[one] <= {Judgement.MET}:
            yield fill(text, test=one.test)
