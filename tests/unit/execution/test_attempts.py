"""Attempts: when another one starts, and the verdict after it."""

from dataclasses import replace
from datetime import date

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import Expectation, KnownFailure, NoReports, Operator, RunChecks
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.report import Verdict
from tests.approved import check_approved
from tests.builders import (
    a_block,
    a_report,
    a_run,
    an_attachment,
    an_execution,
    refusing,
)
from tests.fakes import FakeApi, FakeCall, judge

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED, blocks=(a_block("a"),))
FAILED = an_execution(Status.FAILED, error="It broke.")
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
CANCELLED = an_execution(Status.CANCELLED)
SKIPPED = an_execution(Status.SKIPPED)
WITH_FAILED_BLOCK = an_execution(
    Status.COMPLETED, blocks=(a_block("a", Status.FAILED), a_block("b"))
)
REPORT_FAILED = an_execution(
    Status.COMPLETED,
    blocks=(a_block("a", raw='<testsuite><testcase name="t"><failure/></testcase></testsuite>'),),
)
FAILED_TEST = replace(REPORT_FAILED, status=Status.FAILED, error="It broke.")
REPORT_PASSED = an_execution(
    Status.COMPLETED,
    blocks=(a_block("a", raw='<testsuite><testcase name="t"/></testsuite>'),),
)
WITHOUT_BLOCKS = an_execution(Status.COMPLETED)
NO_REPORTS = RunChecks(reports=NoReports())
UNMET_BEFORE = a_report(
    Verdict.UNMET,
    9,
    execution_id="run-0",
    findings=judge(RunChecks(), REPORT_FAILED.blocks).run().findings,
)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
REFUSAL = RefusedError("No credits left", hint="Buy some.", status=402)
TWICE = a_run(policy=Policy(attempts=2))
LENIENT = Policy(attempts=2, accept=frozenset(Accept))


def a_job(*polls, triggers=("run-1", "run-2"), run=TWICE, **options) -> VirtualJob:
    return VirtualJob(FakeApi(triggers=triggers, polls=polls), run, **options)


def saying(text: str):
    return an_execution(Status.COMPLETED, blocks=(a_block("report", output=text, raw=text),))


def broken_once():
    """A judge whose process does not start for the first run."""
    errors = [OSError("no process")]

    def judge_or_fail(checks, blocks) -> FakeCall:
        def answer() -> object:
            if errors:
                raise errors.pop()
            return judge(checks, blocks).run()

        return FakeCall(answer)

    return judge_or_fail


def read_slowly() -> VirtualJob:
    """A job that a signal interrupts while the outputs of its first run are read."""
    api = FakeApi(polls=[FAILED_TEST])

    def slow(checks, blocks) -> FakeCall:
        api.latency = 10.0
        return judge(checks, blocks)

    return VirtualJob(api, TWICE, judge=slow, interrupt=(5.0, 143))


def flaky(first: Execution) -> VirtualJob:
    check = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
    run = a_run(policy=TWICE.policy, checks=RunChecks(configured=(check,)))
    triggers = [REFUSED, "run-1", REFUSED, REFUSED, "run-2"]
    return a_job(RUNNING, first, RUNNING, saying("PASS"), triggers=triggers, run=run)


def first(answer: Execution | Exception, trigger: str | Exception = "run-1", run=TWICE):
    return a_job(answer, triggers=[trigger], run=run)


def second(answer: Execution, trigger: str | Exception = "run-2") -> VirtualJob:
    return a_job(FAILED, answer, triggers=["run-1", trigger], run=a_run(policy=LENIENT))


KNOWN = a_run(policy=LENIENT, checks=RunChecks(known=(KnownFailure("t", date(2026, 3, 16)),)))
STRICT = a_run(policy=refusing(Accept.FLAKY, attempts=2))
PATIENT = a_run(policy=Policy(attempts=2), max_review=3600.0)
JOBS = {
    "a failed run is triggered again": lambda: flaky(FAILED),
    "an unmet run is triggered again": lambda: flaky(saying("FAIL")),
    "by default there is one attempt": lambda: first(FAILED, run=a_run()),
    "an attached run has no second attempt": lambda: first(
        FAILED, run=an_attachment(policy=TWICE.policy)
    ),
    "a cancelled run has none": lambda: first(CANCELLED),
    "a skipped run has none": lambda: first(SKIPPED),
    "a run in review has none": lambda: first(IN_REVIEW),
    "a run that times out has none": lambda: first(RUNNING),
    "lost contact has none": lambda: first(RESET),
    "a refused trigger has none": lambda: first(COMPLETED, REFUSAL),
    "an unknown trigger has none": lambda: first(COMPLETED, RESET),
    "a second one is cancelled": lambda: second(CANCELLED),
    "a second one is in review": lambda: second(IN_REVIEW),
    "a second one has a failed block": lambda: second(WITH_FAILED_BLOCK),
    "a second one has no blocks": lambda: second(WITHOUT_BLOCKS),
    "a second one fails": lambda: second(FAILED),
    "a second one times out": lambda: second(RUNNING),
    "a second one is refused": lambda: second(COMPLETED, REFUSAL),
    "a second one is unknown": lambda: second(COMPLETED, RESET),
    "known failures need no attempt": lambda: a_job(REPORT_FAILED, run=KNOWN),
    "only known failures ran in the second attempt": lambda: a_job(
        FAILED, REPORT_FAILED, run=KNOWN
    ),
    "an unchecked pass after a checked attempt": lambda: a_job(REPORT_FAILED, COMPLETED),
    "a test is missing after a failed run": lambda: a_job(FAILED_TEST, saying("PASS")),
    "a test passes after a failed run": lambda: a_job(FAILED_TEST, REPORT_PASSED),
    "a test is missing where reports do not count": lambda: a_job(
        COMPLETED, run=an_attachment(checks=NO_REPORTS, earlier=(UNMET_BEFORE,))
    ),
    "a failed run could not be read": lambda: a_job(FAILED_TEST, COMPLETED, judge=broken_once()),
    "a completed run could not be read": lambda: a_job(
        REPORT_FAILED, COMPLETED, judge=broken_once()
    ),
    "a failed run could not be read, then a report": lambda: a_job(
        FAILED_TEST, REPORT_PASSED, judge=broken_once()
    ),
    "the outputs of the last attempt are not read": lambda: a_job(FAILED_TEST, FAILED_TEST),
    "a signal while a failed run is read": read_slowly,
    "an unchecked pass after an unchecked attempt": lambda: a_job(FAILED, COMPLETED),
    "a second one waits for its review": lambda: a_job(FAILED, IN_REVIEW, COMPLETED, run=PATIENT),
    "flaky is not accepted, second attempt": lambda: a_job(FAILED, COMPLETED, run=STRICT),
    "a signal in the second attempt": lambda: a_job(FAILED, RUNNING, interrupt=(5.0, 143)),
}


def test_attempts_are_approved():
    check_approved("execution/attempts", {case: job().text for case, job in JOBS.items()})
