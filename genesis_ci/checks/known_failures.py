"""Known failures: listed tests that may fail until a day. Pure."""

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from genesis_ci.language import N_, fill
from genesis_ci.models.findings import Finding, KnownFailure
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import MAX_TEXT, Names, clean_line


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
