"""The checks of a completed run: from three inputs to `Workflow.checks`, and to the plan."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, assert_never

from genesis_ci.config.reader import Inputs
from genesis_ci.config.task import JobContext
from genesis_ci.config.variables import LONGEST_INPUTS
from genesis_ci.features import known_failures
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Expectation,
    ListedTests,
    NoReports,
    RunChecks,
)
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import clean_line

TESTS_AUTO = N_("tests auto (no failed test in outputs that are test reports)")
MOST_PARTS = 100_000
"""Variables, checks and known failures; a short file may give its defaults to hundreds."""
_UNSEEN = N_(
    "it is looked at when the run is completed, and this job does not wait for that. Drop it here, "
    "or let the job wait"
)


def run_checks(inputs: Inputs) -> RunChecks:
    tests: RunChecks = inputs["tests"]
    configured = (*(one for one, _ in inputs["expect"] or ()), *tests.configured)
    checks = tests._replace(configured=configured, known=inputs["known-failures"] or ())
    if not configured:
        return checks
    from genesis_ci.checks.judging import described

    return checks._replace(shown=tuple(map(described, configured)))


class Size(NamedTuple):
    """The size of the variables and checks of several workflows."""

    parts: int = 0
    characters: int = 0

    def with_workflow(self, workflow: Workflow) -> "Size":
        variables, checks = workflow.variables, workflow.checks
        texts = chain(variables.values(), *((one.test, one.issue) for one in checks.known))
        return Size(
            self.parts + len(variables) + len(checks.configured) + len(checks.known),
            self.characters + sum(map(len, texts)),
        )

    @property
    def problem(self) -> str:
        if self.parts <= MOST_PARTS and self.characters <= LONGEST_INPUTS:
            return ""
        words = f"its workflows have over {MOST_PARTS} variables, checks and known failures"
        return f"{words} or over 20 MB in all; give some of them to another job"


def broken_for_checks(context: JobContext, workflow: Workflow) -> Iterator[tuple[str, str]]:
    is_checked = workflow.checks.configured or workflow.checks.at_least
    for name in ("expect", "tests", "known-failures"):
        applies = is_checked or name == "known-failures"
        if applies and context.job.has(name) and not workflow.wait:
            yield name, _(_UNSEEN)


def check_lines(workflow: Workflow, defaults: dict[str, None]) -> Iterator[str]:
    checks = workflow.checks
    for check in checks.shown:
        yield fill("    expect {check}", check=clean_line(check))
    match checks.reports:
        case AllReports(least):
            yield fill(
                "    expect no failed test in test reports (tests: {{at-least: {least}}})",
                least=least,
            )
        case EachReport(left_out) if workflow.wait and left_out:
            yield fill(
                "    expect no failed test in test reports (tests: {{except: [{blocks}]}})",
                blocks=clean_line(", ".join(sorted(left_out))),
            )
        case EachReport() if workflow.wait:
            defaults[_(TESTS_AUTO)] = None
        case NoReports() if workflow.wait and not checks.configured:
            yield _("    no check of the outputs (tests: none)")
    yield from known_failures.plan_lines(checks.known)


def check_documents(workflow: Workflow) -> Iterator[dict[str, Any]]:
    checks = workflow.checks
    for one in checks.configured:
        match one:
            case Expectation():
                shown = {"name": one.name, "block": one.block, "operator": one.operator}
                yield {"kind": "expectation", **shown}
            case ListedTests():
                yield {"kind": "tests", "block": one.block, "at_least": one.at_least}
            case _:
                assert_never(one)
    if workflow.wait and not isinstance(checks.reports, NoReports):
        left_out = checks.reports.left_out if isinstance(checks.reports, EachReport) else ()
        yield {"kind": "test reports", "at_least": checks.at_least, "except": sorted(left_out)}
    yield from known_failures.plan_documents(checks.known)
