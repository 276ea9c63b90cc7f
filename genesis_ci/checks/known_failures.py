"""Known failures: listed tests that may fail until a day. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from genesis_ci.language import N_, fill
from genesis_ci.models.findings import Finding, Judgement, KnownFailure
from genesis_ci.models.report import WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import MAX_TEXT, clean_line


def with_known(findings: Iterable[Finding], known: Sequence[KnownFailure]) -> Iterator[Finding]:
    """Yield the findings, each with its known failures; a failed test that has one may fail."""
    exact = {one.test: one for one in known}
    patterns = [one for one in known if "*" in one.test]
    for finding in findings:
        each = (finding.full_name, finding.name) if finding.is_test else ()
        names = dict.fromkeys(clean_line(name, limit=MAX_TEXT) for name in each)
        found = [exact[name] for name in names if name in exact]
        found += [one for one in patterns if any(matches(one.test, name) for name in names)]
        marked = replace(finding, known=tuple(found))
        if found and finding.failed:
            first = found[0]
            text = N_("known failure until {day}: {issue}")
            if not first.issue:
                text = N_("known failure until {day}")
            expected = fill(text, day=first.until, issue=first.issue)
            marked = replace(marked, judgement=Judgement.KNOWN, expected=expected)
        yield marked


def matches(pattern: str, name: str) -> bool:
    """Return whether a name matches; no part of it is searched twice, so it takes linear time."""
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
        attempts = (*report.earlier, report)
        for finding in (finding for attempt in attempts for finding in attempt.findings):
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
