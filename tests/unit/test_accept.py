"""`accept`, in every combination with what else decides about a run that has ended.

`tests/approved/accept.txt` has a part for each way a run ends, and in it the jobs for which
`accept` means the same. A line has the verdict of the workflow, the exit code of the job, the
results in junit.xml, the headline, and the values of `accept`.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

from genesis_ci.config.settings import ReviewStatus, Settings
from genesis_ci.features.review_status import Statuses, post_in_review
from genesis_ci.forges.github_api import GitHub
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.policy import Accept
from genesis_ci.redaction import Secret
from genesis_ci.reporters.cases import make_suites
from genesis_ci.reporters.facts import headline
from genesis_ci.reporters.truncate import Limits
from tests.approved import check_approved
from tests.builders import a_block, a_run_report, an_execution
from tests.fakes import FakeApi
from tests.unit.config.configs import entry, parse
from tests.unit.execution.virtual_job import VirtualJob
from tests.unit.whole_job import report_of

FAILED = an_execution(Status.FAILED)
REVIEW = ReviewStatus("genesis", "a" * 40, GitHub, Secret("ghs_0123456789"))
DEFAULT = "unchecked, flaky, failed-block"
ACCEPTED = ("none", DEFAULT, *Accept)
KNOWN = "known-failures: [{test: pays, until: 2026-03-20}]"
REFUSED = "refused"
LIMITS = Limits(rows=10, characters=100)


def completed(*tests: str, block: Status = Status.COMPLETED) -> Execution:
    text = report_of(*tests) if tests else None
    report = a_block("report", output=text, raw=text)
    return an_execution(Status.COMPLETED, blocks=(report, a_block("other", block)))


ENDINGS = {
    "a test passed": completed("passed"),
    "nothing was checked": completed(),
    "a test passed, a block failed": completed("passed", block=Status.FAILED),
    "nothing was checked, a block failed": completed(block=Status.FAILED),
    "a test passed, the run has an error": replace(completed("passed"), error="Out of memory."),
    "a test passed, a block has an error": an_execution(
        Status.COMPLETED,
        blocks=(*completed("passed").blocks[:1], a_block("other", error="Out of memory.")),
    ),
    "a test failed, another passed": completed("failed", "passed"),
    "the only test failed": completed("failed"),
    "Genesis says failed": FAILED,
    "Genesis says cancelled": an_execution(Status.CANCELLED),
    "Genesis says skipped": an_execution(Status.SKIPPED),
    "Genesis says review_pending": an_execution(Status.REVIEW_PENDING),
}
CHOICES = {
    "attempt": ("first attempt", "after a failed attempt"),
    "known": ("no known failures", "known failures"),
    "required": ("required", "not required"),
    "status": ("no review-status", "review-status"),
}
"""What a job has besides `accept` and the end of its run."""
NEVER_YELLOW = ("required", "review-status")
"""The choices with which `accept: review_pending` is refused, because nothing would be yellow."""


@cache
def parsed(accept: str, attempt: str, known: str, required: str, status: str) -> Settings:
    lines = [f"accept: [{accept}]", f"required: {str(required == 'required').lower()}"]
    lines += ["attempts: 2"] if attempt != "first attempt" else []
    lines += [KNOWN] if known == "known failures" else []
    given = {"review-status": "genesis"} if status == "review-status" else {}
    return parse(entry(*lines), change=Change(sha="a" * 40), ci="GITHUB_ACTIONS", **given)


def ended(settings: Settings, last: Execution, status: str) -> str:
    """Run the job, and return its line without the values of `accept`."""
    if settings.problems:
        return REFUSED
    [workflow] = settings.workflows
    polls = [FAILED, last] if workflow.policy.attempts > 1 else [last]
    api = FakeApi(triggers=["run-1", "run-2"], polls=polls)
    report = a_run_report(*VirtualJob(api, workflow).reports)
    statuses = Statuses(REVIEW, lambda _: None) if status == "review-status" else None
    report = post_in_review(report, statuses)
    [outcome] = [one.outcome for one in report.workflows]
    cases = [case for suite in make_suites(report, LIMITS) for case in suite.cases]
    assert report.outcome.green is not any(case.result.red for case in cases)
    results = " ".join(dict.fromkeys(case.result for case in cases))
    return f"{outcome.verdict} {report.outcome.exit_code}, {results}, {headline(report)}"


def jobs(combinations: list[tuple[str, ...]]) -> str:
    """Name the choices that a set of combinations has in common, or each combination."""
    found = [[*dict.fromkeys(column)] for column in zip(*combinations, strict=True)]
    if math.prod(map(len, found)) != len(combinations):
        return " / ".join(", ".join(one) for one in combinations)
    return ", ".join(values[0] for values in found if len(values) == 1) or "every job"


def lines(last: Execution) -> Iterator[str]:
    """Yield the jobs for which `accept` means the same, and then each result once."""
    groups: list[tuple[dict[str, str], list[tuple[str, ...]]]] = []
    for choices in product(*CHOICES.values()):
        found = {one: ended(parsed(one, *choices), last, choices[-1]) for one in ACCEPTED}
        refused = [one for one, result in found.items() if result == REFUSED]
        assert refused == ([Accept.REVIEW_PENDING] if choices[2:] == NEVER_YELLOW else [])
        allowed = {one: result for one, result in found.items() if result != REFUSED}
        alike = (each for each in groups if allowed.items() <= each[0].items())
        group = next(alike, None)
        if group is None:
            groups.append(group := (allowed, []))
        group[1].append(choices)
    for results, combinations in groups:
        yield f"{jobs(combinations)}:"
        values = defaultdict[str, list[str]](list)
        for accept, result in results.items():
            values[result].append("the default" if accept == DEFAULT else accept)
        usual = max(values, key=lambda result: len(values[result]))
        for result, which in values.items():
            if result != usual:
                yield f"  {result} <- {', '.join(which)}"
        yield f"  {usual} <- {'others' if values.keys() - {usual} else 'all'}"


def test_what_is_accepted_is_approved():
    check_approved("accept", {end: "\n".join(lines(last)) for end, last in ENDINGS.items()})
