"""Attempts: when another one starts, and the verdict after it."""

from datetime import date

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.execution import Status
from genesis_ci.models.findings import Expectation, KnownFailure, Operator, RunChecks
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Plan, Policy
from genesis_ci.models.report import Verdict
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_run, an_attachment, an_execution
from tests.fakes import FakeApi

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
WITHOUT_BLOCKS = an_execution(Status.COMPLETED)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
REFUSAL = RefusedError("No credits left", hint="Buy some.", status=402)
TWICE = a_run(policy=Policy(attempts=2))
LENIENT = Policy(
    attempts=2, on_review_pending=OnReview.PASS, on_cancelled=OnState.PASS, on_skipped=OnState.PASS
)


def a_job(*polls, triggers=("run-1", "run-2"), run=TWICE, **options) -> VirtualJob:
    return VirtualJob(FakeApi(triggers=triggers, polls=polls), run, **options)


def ended_with(job: VirtualJob) -> tuple[Verdict, int, int]:
    """Return the verdict, the exit code and the number of triggers."""
    return job.verdict, job.exit_code, len(job.api.triggered)


def saying(text: str):
    return an_execution(Status.COMPLETED, blocks=(a_block("report", output=text, raw=text),))


@pytest.mark.parametrize(
    ("first", "verdict"), [(FAILED, Verdict.FAILED), (saying("FAIL"), Verdict.UNMET)]
)
def test_a_red_run_is_triggered_again_and_passes_as_flaky(first, verdict):
    check = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
    run = a_run(
        policy=TWICE.policy, checks=RunChecks(configured=(check,)), variables={"user": "bob"}
    )
    triggers = [REFUSED, "run-1", REFUSED, REFUSED, "run-2"]
    both = a_job(RUNNING, first, RUNNING, saying("PASS"), triggers=triggers, run=run)
    assert ended_with(both) == (Verdict.PASSED, 0, 5)
    assert both.report.outcome.flaky
    assert both.report.execution_id == "run-2"
    assert [(one.execution_id, one.outcome.verdict) for one in both.report.earlier] == [
        ("run-1", verdict)
    ]
    assert both.api.triggered == [(WORKFLOW_ID, {"user": "bob"})] * 5


@pytest.mark.parametrize(
    ("answer", "trigger", "run", "ends"),
    [
        pytest.param(FAILED, "run-1", a_run(), (Verdict.FAILED, 1, 1), id="by default"),
        pytest.param(
            FAILED, "", an_attachment(policy=TWICE.policy), (Verdict.FAILED, 1, 0), id="attached"
        ),
        pytest.param(CANCELLED, "run-1", TWICE, (Verdict.CANCELLED, 4, 1), id="cancelled"),
        pytest.param(SKIPPED, "run-1", TWICE, (Verdict.SKIPPED, 5, 1), id="skipped"),
        pytest.param(IN_REVIEW, "run-1", TWICE, (Verdict.REVIEW_PENDING, 3, 1), id="in review"),
        pytest.param(RUNNING, "run-1", TWICE, (Verdict.TIMED_OUT, 6, 1), id="timed out"),
        pytest.param(RESET, "run-1", TWICE, (Verdict.LOST_CONTACT, 8, 1), id="lost contact"),
        pytest.param(COMPLETED, REFUSAL, TWICE, (Verdict.REJECTED, 7, 1), id="refused"),
        pytest.param(COMPLETED, RESET, TWICE, (Verdict.LOST_CONTACT, 8, 1), id="unknown trigger"),
    ],
)
def test_other_runs_are_not_triggered_again(answer, trigger, run, ends):
    assert ended_with(a_job(answer, triggers=[trigger], run=run)) == ends


@pytest.mark.parametrize(
    ("answer", "trigger", "ends", "explains"),
    [
        pytest.param(CANCELLED, "run-2", (Verdict.CANCELLED, 4), True, id="cancelled"),
        pytest.param(SKIPPED, "run-2", (Verdict.SKIPPED, 5), True, id="skipped"),
        pytest.param(IN_REVIEW, "run-2", (Verdict.REVIEW_PENDING, 3), True, id="in review"),
        pytest.param(WITH_FAILED_BLOCK, "run-2", (Verdict.UNMET, 9), True, id="a failed block"),
        pytest.param(WITHOUT_BLOCKS, "run-2", (Verdict.UNMET, 9), True, id="no blocks"),
        pytest.param(FAILED, "run-2", (Verdict.FAILED, 1), False, id="failed"),
        pytest.param(RUNNING, "run-2", (Verdict.TIMED_OUT, 6), False, id="timed out"),
        pytest.param(COMPLETED, REFUSAL, (Verdict.REJECTED, 7), False, id="refused"),
        pytest.param(COMPLETED, RESET, (Verdict.LOST_CONTACT, 8), False, id="unknown trigger"),
    ],
)
def test_policies_pass_nothing_after_a_failed_attempt(answer, trigger, ends, explains):
    second = a_job(FAILED, answer, triggers=["run-1", trigger], run=a_run(policy=LENIENT))
    assert ended_with(second) == (*ends, 2)
    message = second.report.outcome.message
    assert message.startswith("Attempt 2 of 2: ")
    assert ("After a failed attempt only a pass is green" in message) is explains
    assert not second.report.outcome.lenient


def test_known_failures_need_no_attempt_and_pass_none_after_a_failed_one():
    checks = RunChecks(known=(KnownFailure("t", date(2026, 3, 16)),))
    run = a_run(policy=LENIENT, checks=checks)
    assert ended_with(a_job(REPORT_FAILED, run=run)) == (Verdict.PASSED, 0, 1)
    second = a_job(FAILED, REPORT_FAILED, run=run)
    assert ended_with(second) == (Verdict.UNMET, 9, 2)
    assert "No test passed" not in second.report.outcome.message
    assert "After a failed attempt only a pass is green" in second.report.outcome.message


@pytest.mark.parametrize(
    ("first", "ends"), [(REPORT_FAILED, (Verdict.UNMET, 9, 2)), (FAILED, (Verdict.PASSED, 0, 2))]
)
def test_an_unchecked_pass_is_red_after_an_attempt_that_was_checked(first, ends):
    assert ended_with(a_job(first, COMPLETED)) == ends


def test_a_second_attempt_waits_for_its_review():
    patient = a_run(policy=Policy(attempts=2, on_review_pending=OnReview.WAIT))
    second = a_job(FAILED, IN_REVIEW, COMPLETED, run=patient)
    assert ended_with(second) == (Verdict.PASSED, 0, 2)


def test_on_flaky_fail_makes_only_a_late_pass_red():
    strict = a_run(policy=Policy(attempts=2, on_flaky=OnState.FAIL))
    assert ended_with(a_job(FAILED, COMPLETED, run=strict)) == (Verdict.FAILED, 1, 2)
    assert ended_with(a_job(COMPLETED, run=strict)) == (Verdict.PASSED, 0, 1)


def test_each_attempt_has_its_own_max_wait_time():
    slow = [*[RUNNING] * 5, FAILED, *[RUNNING] * 5, COMPLETED]
    both = a_job(*slow, run=a_run(policy=TWICE.policy, max_wait=65.0, poll_interval=10.0))
    assert (both.verdict, both.seconds) == (Verdict.PASSED, 120)


def test_a_signal_in_the_second_attempt_keeps_both_ids():
    stopped = a_job(FAILED, RUNNING, interrupt=(5.0, 143))
    assert ended_with(stopped) == (Verdict.INTERRUPTED, 143, 2)
    assert stopped.report.execution_id == "run-2"
    assert [one.execution_id for one in stopped.report.earlier] == ["run-1"]


def test_a_template_stays_taken_until_the_last_attempt_ends():
    """A run of another template ends while the second attempt runs."""
    runs = {
        "a-1": [FAILED],
        "other": [RUNNING, RUNNING, COMPLETED],
        "a-2": [*[RUNNING] * 9, COMPLETED],
        "b-1": [COMPLETED],
    }
    policy = Policy(attempts=2, concurrency=Concurrency.CANCEL_PREVIOUS)
    a, b = a_run(policy=policy), a_run(policy=policy)
    job = VirtualJob(FakeApi(triggers=runs, runs=runs), a, b, a_run(workflow_id=EXECUTION_ID))
    assert [report.execution_id for report in job.reports] == ["a-2", "b-1", "other"]
    assert job.api.polled.index("b-1") == len(job.api.polled) - 1


def test_fail_fast_ignores_a_failure_with_attempts_left():
    plan = Plan(max_parallel=1, fail_fast=True)
    api = FakeApi(triggers=["a-1", "a-2", "b-1"], polls=[FAILED, COMPLETED, COMPLETED])
    found = VirtualJob(api, TWICE, a_run(), plan=plan)
    assert [report.outcome.verdict for report in found.reports] == [Verdict.PASSED] * 2


def test_fail_fast_stops_further_attempts():
    runs = {"a": [FAILED], "b": [RUNNING, COMPLETED], "c": [RUNNING, RUNNING, FAILED]}
    api = FakeApi(triggers=runs, runs=runs)
    found = VirtualJob(api, a_run(), a_run(), TWICE, plan=Plan(fail_fast=True))
    verdicts = [report.outcome.verdict for report in found.reports]
    assert verdicts == [Verdict.FAILED, Verdict.PASSED, Verdict.FAILED]
    assert len(api.triggered) == 3
