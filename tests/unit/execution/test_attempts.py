"""Attempts: when another one starts, and the verdict after it."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models import (
    Concurrency,
    Execution,
    OnReview,
    OnState,
    Plan,
    Policy,
    Status,
    Verdict,
    Workflow,
)
from genesis_ci.models.checks import Expectation, Operator, Proof
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_run, an_attachment, an_execution
from tests.fakes import FakeApi

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
FAILED = an_execution(Status.FAILED, error="It broke.")
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
CANCELLED = an_execution(Status.CANCELLED)
SKIPPED = an_execution(Status.SKIPPED)
WITH_FAILED_BLOCK = an_execution(
    Status.COMPLETED, blocks=(a_block("a", Status.FAILED), a_block("b"))
)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
REFUSAL = RefusedError("No credits left", hint="Buy some.", status=402)
LENIENT = {
    "on_review_pending": OnReview.PASS,
    "on_cancelled": OnState.PASS,
    "on_skipped": OnState.PASS,
}


def with_attempts(attempts: int = 2, **policy) -> Workflow:
    """Return a workflow with several attempts."""
    return a_run(policy=Policy(attempts=attempts, **policy), variables={"user": "bob"})


def a_job(*polls, triggers=("run-1", "run-2", "run-3", "run-4"), run=None, **options) -> VirtualJob:
    return VirtualJob(FakeApi(triggers=triggers, polls=polls), run or with_attempts(), **options)


def ended_with(job: VirtualJob) -> tuple[Verdict, int, int]:
    """Return the verdict, the exit code and the number of triggers."""
    return job.verdict, job.exit_code, len(job.api.triggered)


def test_a_failed_run_is_triggered_again_and_passes_as_flaky():
    both = a_job(RUNNING, FAILED, RUNNING, COMPLETED)
    assert ended_with(both) == (Verdict.PASSED, 0, 2)
    assert both.report.outcome.flaky
    assert both.report.outcome.message.startswith("Flaky: attempt 2 passed after the first")
    assert both.report.execution_id == "run-2"
    [earlier] = both.report.earlier
    assert (earlier.execution_id, earlier.outcome.verdict) == ("run-1", Verdict.FAILED)
    assert both.api.triggered == [(WORKFLOW_ID, {"user": "bob"})] * 2


def test_a_pass_at_the_first_attempt_is_not_flaky():
    only = a_job(RUNNING, COMPLETED)
    assert ended_with(only) == (Verdict.PASSED, 0, 1)
    assert not only.report.outcome.flaky
    assert only.report.earlier == ()


def test_a_failed_run_is_not_retried_by_default():
    assert ended_with(a_job(FAILED, run=a_run())) == (Verdict.FAILED, 1, 1)


def test_the_verdict_is_that_of_the_last_attempt():
    all_red = a_job(FAILED, run=with_attempts(3))
    assert ended_with(all_red) == (Verdict.FAILED, 1, 3)
    assert all_red.report.outcome.message.startswith("Attempt 3 of 3: The workflow failed")
    assert [one.execution_id for one in all_red.report.earlier] == ["run-1", "run-2"]


def test_an_unmet_run_is_triggered_again():
    check = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
    run = a_run(policy=Policy(attempts=2), proof=Proof(checks=(check,)))
    answers = [
        an_execution(Status.COMPLETED, blocks=(a_block("report", output=text, raw=text),))
        for text in ("FAIL", "PASS")
    ]
    checked = a_job(*answers, run=run)
    assert ended_with(checked) == (Verdict.PASSED, 0, 2)
    assert checked.report.outcome.flaky
    assert [one.outcome.verdict for one in checked.report.earlier] == [Verdict.UNMET]


@pytest.mark.parametrize(
    ("polls", "triggers", "ends"),
    [
        pytest.param([CANCELLED], ["run-1"], (Verdict.CANCELLED, 4), id="cancelled"),
        pytest.param([SKIPPED], ["run-1"], (Verdict.SKIPPED, 5), id="skipped"),
        pytest.param([IN_REVIEW], ["run-1"], (Verdict.REVIEW_PENDING, 3), id="in review"),
        pytest.param([RUNNING], ["run-1"], (Verdict.TIMED_OUT, 6), id="timed out"),
        pytest.param([RESET], ["run-1"], (Verdict.LOST_CONTACT, 8), id="lost contact"),
        pytest.param([COMPLETED], [REFUSAL], (Verdict.REJECTED, 7), id="refused"),
        pytest.param([COMPLETED], [RESET], (Verdict.LOST_CONTACT, 8), id="unknown trigger"),
    ],
)
def test_other_verdicts_are_not_retried(polls, triggers, ends):
    assert ended_with(a_job(*polls, triggers=triggers)) == (*ends, 1)


@pytest.mark.parametrize(
    ("answers", "triggers", "ends"),
    [
        pytest.param([CANCELLED], ["run-2"], (Verdict.CANCELLED, 4), id="cancelled"),
        pytest.param([SKIPPED], ["run-2"], (Verdict.SKIPPED, 5), id="skipped"),
        pytest.param([IN_REVIEW], ["run-2"], (Verdict.REVIEW_PENDING, 3), id="in review"),
        pytest.param([WITH_FAILED_BLOCK], ["run-2"], (Verdict.UNMET, 9), id="a failed block"),
        pytest.param([RUNNING], ["run-2"], (Verdict.TIMED_OUT, 6), id="timed out"),
        pytest.param([COMPLETED], [REFUSAL], (Verdict.REJECTED, 7), id="refused"),
        pytest.param([COMPLETED], [RESET], (Verdict.LOST_CONTACT, 8), id="unknown trigger"),
    ],
)
def test_policies_pass_nothing_after_a_failed_attempt(answers, triggers, ends):
    second = a_job(FAILED, *answers, triggers=["run-1", *triggers], run=with_attempts(2, **LENIENT))
    assert ended_with(second) == (*ends, 2)
    assert second.report.outcome.message.startswith("Attempt 2 of 2: ")
    assert not second.report.outcome.lenient


def test_the_message_explains_why_a_policy_does_not_apply():
    second = a_job(FAILED, CANCELLED, run=with_attempts(2, **LENIENT))
    assert "After a failed attempt only a pass is green" in second.report.outcome.message
    third = a_job(FAILED, CANCELLED, run=with_attempts(2))
    assert "only a pass is green" not in third.report.outcome.message


def test_a_second_attempt_waits_for_its_review():
    patient = a_job(
        FAILED, IN_REVIEW, COMPLETED, run=with_attempts(2, on_review_pending=OnReview.WAIT)
    )
    assert ended_with(patient) == (Verdict.PASSED, 0, 2)


def test_on_flaky_fail_makes_a_late_pass_red():
    flaky = a_job(FAILED, COMPLETED, run=with_attempts(2, on_flaky=OnState.FAIL))
    assert ended_with(flaky) == (Verdict.FAILED, 1, 2)
    assert flaky.report.outcome.flaky
    assert ended_with(a_job(COMPLETED, run=with_attempts(2, on_flaky=OnState.FAIL)))[1] == 0


@pytest.mark.parametrize(
    ("policy", "most"), [(Concurrency.PARALLEL, 1), (Concurrency.CANCEL_PREVIOUS, 2)]
)
def test_each_attempt_has_its_own_limit_of_triggers(policy, most):
    triggers = ["run-1", RESET, RESET, RESET]
    lost = a_job(FAILED, triggers=triggers, run=with_attempts(5, concurrency=policy))
    assert ended_with(lost) == (Verdict.LOST_CONTACT, 8, 1 + most)


def test_a_repeated_trigger_counts_as_one_attempt():
    triggers = [REFUSED, "run-1", REFUSED, REFUSED, "run-2"]
    both = a_job(FAILED, COMPLETED, triggers=triggers)
    assert (both.verdict, len(both.report.earlier)) == (Verdict.PASSED, 1)


def test_each_attempt_has_its_own_max_wait_time():
    slow = [RUNNING] * 5 + [FAILED] + [RUNNING] * 5 + [COMPLETED]
    run = a_run(policy=Policy(attempts=2), max_wait=65.0, poll_interval=10.0)
    both = a_job(*slow, run=run)
    assert both.verdict is Verdict.PASSED
    assert both.seconds == 120


def test_an_attached_run_is_not_retried():
    run = an_attachment(policy=Policy(attempts=2))
    assert ended_with(a_job(FAILED, run=run)) == (Verdict.FAILED, 1, 0)


def test_no_attempt_starts_after_the_jobs_time_limit():
    late = a_job(RUNNING, FAILED, end_by=1.5)
    assert ended_with(late) == (Verdict.FAILED, 1, 1)
    assert late.report.execution_id == "run-1"
    assert late.report.earlier == ()


def test_a_signal_in_the_second_attempt_keeps_both_ids():
    stopped = a_job(FAILED, RUNNING, interrupt=(5.0, 143))
    assert ended_with(stopped) == (Verdict.INTERRUPTED, 143, 2)
    assert stopped.report.execution_id == "run-2"
    assert [one.execution_id for one in stopped.report.earlier] == ["run-1"]


def on_one_template(**policy) -> VirtualJob:
    polls: dict[str, int] = {}
    going: set[str] = set()
    most: list[int] = []

    class OneAtATime(FakeApi):
        def start(self, workflow_id, variables):
            run = f"{variables['name']}-{sum(r.startswith(variables['name']) for r in polls) + 1}"
            polls[run] = 0
            going.add(run)
            most.append(len(going))
            self.triggered.append((workflow_id, dict(variables)))
            return run

        def poll(self, execution_id: str) -> Execution:
            polls[execution_id] += 1
            if polls[execution_id] < 3:
                return RUNNING
            going.discard(execution_id)
            return FAILED if execution_id.endswith("1") else COMPLETED

    runs = [
        a_run(name=name, variables={"name": name}, policy=Policy(attempts=2, **policy))
        for name in ("a", "b")
    ]
    found = VirtualJob(OneAtATime(), *runs)
    found.most_at_once = max(most)
    return found


def test_attempts_under_cancel_previous_never_run_in_parallel():
    cancels = on_one_template(concurrency=Concurrency.CANCEL_PREVIOUS)
    assert cancels.most_at_once == 1
    assert [one["name"] for _, one in cancels.api.triggered] == ["a", "a", "b", "b"]
    assert all(report.outcome.flaky for report in cancels.reports)


def test_attempts_of_parallel_workflows_run_in_parallel():
    assert on_one_template(concurrency=Concurrency.PARALLEL).most_at_once == 2


def test_fail_fast_ignores_a_failure_with_attempts_left():
    plan = Plan(max_parallel=1, fail_fast=True)
    api = FakeApi(triggers=["a-1", "a-2", "b-1"], polls=[FAILED, COMPLETED, COMPLETED])
    found = VirtualJob(api, with_attempts(), a_run(), plan=plan)
    assert [report.outcome.verdict for report in found.reports] == [Verdict.PASSED] * 2


def test_fail_fast_stops_further_attempts():
    polls = {
        "a": [FAILED],
        "b": [RUNNING, COMPLETED],
        "c": [RUNNING, RUNNING, FAILED],
    }

    class Three(FakeApi):
        def start(self, workflow_id, variables):
            self.triggered.append((workflow_id, dict(variables)))
            return variables["name"]

        def poll(self, execution_id):
            script = polls[execution_id]
            return script.pop(0) if len(script) > 1 else script[0]

    runs = [
        a_run(variables={"name": "a"}),
        a_run(variables={"name": "b"}),
        a_run(variables={"name": "c"}, policy=Policy(attempts=5)),
    ]
    found = VirtualJob(Three(), *runs, plan=Plan(fail_fast=True))
    verdicts = [report.outcome.verdict for report in found.reports]
    assert verdicts == [Verdict.FAILED, Verdict.PASSED, Verdict.FAILED]
    assert len(found.api.triggered) == 3


def test_a_template_stays_taken_through_all_attempts():
    """A workflow of another template ends while the second attempt runs."""
    going: set[str] = set()
    clashes: list[set[str]] = []

    class Genesis(FakeApi):
        polls = 0

        def start(self, workflow_id, variables):
            name = f"{variables['name']}{len(self.triggered)}"
            going.update({name} if workflow_id == WORKFLOW_ID else set())
            clashes.append(set(going))
            self.triggered.append((workflow_id, dict(variables)))
            return name

        def poll(self, execution_id):
            self.polls += 1
            if execution_id.startswith("c"):
                return COMPLETED if len(self.triggered) > 2 else RUNNING
            if self.polls < 12 and len(self.triggered) > 2:
                return RUNNING
            going.discard(execution_id)
            return FAILED if execution_id == "a0" else COMPLETED

    policy = Policy(attempts=2, concurrency=Concurrency.CANCEL_PREVIOUS)
    found = VirtualJob(
        Genesis(),
        a_run(variables={"name": "a"}, policy=policy),
        a_run(variables={"name": "b"}, policy=policy),
        a_run(variables={"name": "c"}, workflow_id=EXECUTION_ID),
    )
    assert [report.outcome.green for report in found.reports] == [True, True, True]
    assert [one["name"] for _, one in found.api.triggered] == ["a", "c", "a", "b"]
    assert max(map(len, clashes)) == 1
