"""Whole runs in virtual time: what is sent, how it ends, what is told."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.execution.runner import Runner
from genesis_ci.execution.schedule import Plan
from genesis_ci.models import (
    Concurrency,
    Execution,
    OnReview,
    Outcome,
    Policy,
    Status,
    Verdict,
    Workflow,
)
from genesis_ci.models.proof import Expectation, Operator, Proof
from genesis_ci.models.readiness import Page, WaitFor
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeClock, FakeWeb, RecordingProgress, VirtualCalls, judge

from .course import Course

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


def test_a_run_is_triggered_once_and_watched_until_genesis_ends_it():
    course = Course(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]))
    assert (course.verdict, course.exit_code) == (Verdict.PASSED, 0)
    assert len(course.api.triggered) == 1
    assert course.api.polled == ["run-1"] * 3
    assert course.report.execution_id == "run-1"


def test_the_variables_go_out_as_they_are():
    course = Course(FakeApi(polls=[COMPLETED]), a_run(variables={"on": "yes"}))
    assert course.api.triggered[0][1] == {"on": "yes"}


def test_an_attached_run_is_never_triggered():
    course = Course(FakeApi(polls=[RUNNING, COMPLETED]), an_attachment())
    assert course.api.triggered == []
    assert course.verdict is Verdict.PASSED
    assert course.report.attached


@pytest.mark.parametrize(
    ("told", "exit_code"), [(WORKFLOW_ID.upper(), 0), (None, 0), (EXECUTION_ID, 2)]
)
def test_an_attached_run_has_to_be_one_of_the_workflow_named_beside_it(told, exit_code):
    execution = an_execution(Status.COMPLETED, workflow_id=told)
    course = Course(FakeApi(polls=[execution]), an_attachment(workflow_id=WORKFLOW_ID))
    assert course.exit_code == exit_code
    assert ("belongs to workflow" in course.report.outcome.message) is bool(exit_code)


def test_answers_that_take_long_are_asked_for_less_often():
    quick = Course(FakeApi(polls=[RUNNING]), a_run(max_wait=60.0))
    slow = Course(FakeApi(polls=[RUNNING], latency=2.0), a_run(max_wait=60.0))
    assert len(slow.api.polled) < len(quick.api.polled) / 4


def test_without_waiting_the_job_ends_with_the_trigger():
    course = Course(FakeApi(), a_run(wait=False))
    assert (course.verdict, course.exit_code) == (Verdict.TRIGGERED, 0)
    assert course.api.polled == []


def test_a_fixed_interval_is_kept_between_looks():
    course = Course(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]), a_run(poll_interval=10.0))
    assert course.seconds == 30


@pytest.mark.parametrize("fault", [RESET, REFUSED, ProtocolError("garbage")])
def test_a_poll_survives_faults(fault):
    course = Course(FakeApi(polls=[fault, fault, fault, COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert course.progress.told.count("trouble") == 3


def test_half_an_hour_of_faults_does_not_change_the_verdict():
    course = Course(FakeApi(polls=[RUNNING, *[RESET] * 60, COMPLETED]), a_run(max_wait=3600.0))
    assert course.verdict is Verdict.PASSED
    assert course.seconds > 1500


def test_a_run_without_a_final_status_times_out_at_the_deadline_after_a_last_look():
    course = Course(FakeApi(polls=[RUNNING]), a_run(max_wait=61.0, poll_interval=10.0))
    assert (course.verdict, course.exit_code) == (Verdict.TIMED_OUT, 6)
    assert course.seconds == 61
    assert "may still be going" in (course.report.outcome.hint or "")
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_the_last_look_at_the_deadline_still_counts():
    polls = [RUNNING] * 6 + [COMPLETED]
    course = Course(FakeApi(polls=polls), a_run(max_wait=61.0, poll_interval=10.0))
    assert course.verdict is Verdict.PASSED
    assert course.seconds == 61


def test_slow_answers_do_not_stretch_the_deadline_by_more_than_a_second():
    course = Course(FakeApi(polls=[RUNNING], latency=20.0), a_run(max_wait=30.0))
    assert course.seconds <= 31


def test_faults_until_the_deadline_are_lost_contact():
    course = Course(FakeApi(polls=[RESET]), a_run(max_wait=60.0))
    assert (course.verdict, course.exit_code) == (Verdict.LOST_CONTACT, 8)
    assert course.seconds == 60
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_a_trigger_that_did_not_reach_genesis_is_sent_again():
    course = Course(FakeApi(triggers=[REFUSED, REFUSED, "run-1"], polls=[COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert len(course.api.triggered) == 3


def test_a_server_that_is_never_reached_is_lost_contact_and_nothing_was_started():
    course = Course(FakeApi(triggers=[REFUSED]), a_run(max_wait=60.0))
    assert course.exit_code == 8
    assert course.seconds <= 60
    assert "nothing was started" in (course.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_never_repeated_under_parallel():
    course = Course(FakeApi(triggers=[RESET]))
    assert len(course.api.triggered) == 1
    assert course.exit_code == 8
    assert "may have started" in (course.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_repeated_once_under_cancel_previous():
    course = Course(FakeApi(triggers=[RESET, "run-2"], polls=[COMPLETED]), a_run(policy=CANCEL))
    assert len(course.api.triggered) == 2
    assert (course.verdict, course.report.execution_id) == (Verdict.PASSED, "run-2")


def test_two_ambiguous_triggers_end_it_under_cancel_previous_too():
    course = Course(FakeApi(triggers=[RESET]), a_run(policy=CANCEL))
    assert len(course.api.triggered) == 2
    assert course.exit_code == 8


def test_a_refusal_ends_it_at_once_with_the_remedy():
    refusal = RefusedError("Genesis refused (403)", hint="Ask an administrator.", status=403)
    course = Course(FakeApi(triggers=[refusal]))
    assert (course.verdict, course.exit_code) == (Verdict.REJECTED, 7)
    assert course.report.outcome.hint == "Ask an administrator."
    assert len(course.api.triggered) == 1


def test_a_refusal_of_a_poll_says_that_the_run_may_go_on():
    refusal = RefusedError("Genesis refused (401)", hint="Check the key.", status=401)
    course = Course(FakeApi(polls=[RUNNING, refusal]))
    assert course.exit_code == 7
    assert "may still be going" in (course.report.outcome.hint or "")


def test_an_unknown_status_is_watched_on_with_one_warning():
    course = Course(FakeApi(polls=[an_execution("paused"), an_execution("paused"), COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert len(course.report.notes) == 1
    assert "paused" in course.report.notes[0]


WAIT = Policy(on_review_pending=OnReview.WAIT)


def test_a_review_that_is_waited_for_goes_on_to_the_end():
    course = Course(FakeApi(polls=[IN_REVIEW, IN_REVIEW, RUNNING, COMPLETED]), a_run(policy=WAIT))
    assert course.verdict is Verdict.PASSED


def test_a_review_has_its_own_budget_beyond_max_wait():
    course = Course(
        FakeApi(polls=[RUNNING, IN_REVIEW]), a_run(policy=WAIT, max_wait=10.0, review_wait=100.0)
    )
    assert (course.verdict, course.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 100 <= course.seconds <= 111


def test_time_in_review_does_not_count_as_waiting_for_the_run():
    polls = [RUNNING, *[IN_REVIEW] * 5, RUNNING, COMPLETED]
    course = Course(
        FakeApi(polls=polls),
        a_run(policy=WAIT, max_wait=40.0, review_wait=100.0, poll_interval=10.0),
    )
    assert course.verdict is Verdict.PASSED
    assert course.seconds == 80


@pytest.mark.parametrize("exit_code", [130, 143])
def test_a_signal_ends_the_watch_and_says_how_to_attach(exit_code):
    course = Course(FakeApi(polls=[RUNNING]), interrupt=(5.0, exit_code))
    assert (course.verdict, course.exit_code) == (Verdict.INTERRUPTED, exit_code)
    assert course.seconds == 5
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_a_signal_during_the_trigger_waits_a_moment_for_the_id():
    course = Course(FakeApi(polls=[RUNNING], latency=1.0), interrupt=(0.5, 143))
    assert course.exit_code == 143
    assert course.report.execution_id == "run-1"


def test_a_signal_during_a_trigger_without_answer_says_that_a_run_may_have_started():
    course = Course(FakeApi(polls=[RUNNING], latency=20.0), interrupt=(0.5, 143))
    assert course.seconds <= 2.1
    assert "may have started" in (course.report.outcome.hint or "")


def test_several_runs_are_watched_together_and_reported_in_order():
    runs = [a_run(execution_id=f"run-{n}") for n in range(30)]
    course = Course(FakeApi(polls=[RUNNING] * 30 + [COMPLETED]), *runs)
    assert [report.execution_id for report in course.reports] == [f"run-{n}" for n in range(30)]
    assert {report.outcome.exit_code for report in course.reports} == {0}


def test_the_end_of_each_run_is_told_once():
    course = Course(FakeApi(polls=[COMPLETED]), an_attachment(), an_attachment())
    assert [report.execution_id for report in course.progress.reports] == [EXECUTION_ID] * 2


@pytest.mark.parametrize("count", [1, 20, 500])
def test_on_a_silent_server_the_deadline_holds_for_any_number_of_runs(count):
    runs = [an_attachment(execution_id=f"run-{n}", max_wait=60.0) for n in range(count)]
    course = Course(FakeApi(polls=[RUNNING], latency=math.inf), *runs)
    assert 60 <= course.seconds <= 61
    verdicts = {report.outcome.verdict for report in course.reports}
    assert verdicts <= {Verdict.LOST_CONTACT, Verdict.TIMED_OUT}
    assert len(course.progress.reports) == count


def test_many_runs_are_all_looked_at_once_more_before_the_deadline():
    runs = [an_attachment(execution_id=f"run-{n}", max_wait=60.0) for n in range(150)]
    course = Course(FakeApi(polls=[RUNNING], latency=0.05), *runs)
    assert course.seconds <= 61
    last = set(course.api.polled[-150:])
    assert len(last) == 150


def test_triggers_that_find_no_room_before_the_jobs_time_is_over_are_never_sent():
    course = Course(
        FakeApi(latency=math.inf),
        *[a_run() for _ in range(40)],
        plan=Plan(max_parallel=40),
        end_by=20.0,
    )
    assert len(course.api.triggered) == 16
    assert course.seconds <= 21
    hints = [report.outcome.hint or "" for report in course.reports]
    assert sum("may have started" in hint for hint in hints) == 16
    assert sum("Nothing was started" in hint for hint in hints) == 24


NO_THREAD = ContactError("This machine gives no thread.", reached=False)


def test_a_thread_that_cannot_be_had_is_survived_by_trigger_and_look():
    api = FakeApi(triggers=[NO_THREAD, NO_THREAD, "run-1"], polls=[NO_THREAD] * 5 + [COMPLETED])
    course = Course(api)
    assert course.verdict is Verdict.PASSED


def test_a_gateway_in_the_way_does_not_end_the_watch_of_a_run_that_was_seen():
    answered = ContactError("The server answered 403.", reached=True)
    page = RefusedError("Genesis refused (403)", hint="Check.", status=403, fault=answered)
    course = Course(FakeApi(polls=[RUNNING, page, page, COMPLETED]))
    assert course.verdict is Verdict.PASSED
    to_the_end = Course(FakeApi(polls=[RUNNING, page]), a_run(max_wait=60.0))
    assert (to_the_end.exit_code, to_the_end.seconds) == (8, 60)
    unseen = Course(FakeApi(polls=[page]))
    assert unseen.exit_code == 7


def test_a_bug_passes_through_and_the_rest_can_be_abandoned():
    clock = FakeClock()
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED, ZeroDivisionError()])
    runner = Runner(
        api=api,
        calls=VirtualCalls(clock, api),
        clock=clock,
        jitter=lambda: 0.0,
        progress=RecordingProgress(),
        judge=judge,
    )
    with pytest.raises(ZeroDivisionError):
        runner.run([a_run(name="first"), a_run(name="second")])
    began = clock()
    clock.pass_(7.0)
    bug = Outcome(verdict=Verdict.ERROR, exit_code=70, message="A bug.")
    first, second = runner.abandon(bug)
    assert (first.name, first.outcome.verdict) == ("first", Verdict.PASSED)
    assert (second.name, second.outcome, second.execution_id) == ("second", bug, "run-2")
    assert second.seconds - first.seconds >= 7.0
    assert began > 0


def test_a_bug_waits_a_moment_for_the_id_of_a_trigger_under_way():
    class Bug(RecordingProgress):
        def looked(self, state, *, now):
            raise ZeroDivisionError

    clock = FakeClock()
    api = FakeApi(triggers=["run-1"], polls=[RUNNING], latency=0.5)
    runner = Runner(
        api=api,
        calls=VirtualCalls(clock, api),
        clock=clock,
        jitter=lambda: 0.0,
        progress=Bug(),
        judge=judge,
        max_requests=2,
    )
    late = a_run(name="late", wait_for=None)
    with pytest.raises(ZeroDivisionError):
        runner.run([an_attachment(name="seen"), late])
    reports = runner.abandon(Outcome(verdict=Verdict.ERROR, exit_code=70, message="A bug."))
    assert [report.execution_id for report in reports] == [EXECUTION_ID, "run-1"]


class PacedApi(FakeApi):
    """Starts runs that each take so many looks, and remembers which were going at once."""

    def __init__(self, *, looks: int = 3, ends: Mapping[str, Status] | None = None) -> None:
        super().__init__()
        self._looks = looks
        self._ends = ends or {}
        self._left: dict[str, int] = {}
        self.most_at_once = 0
        self.overlapped = False

    def start(self, workflow_id: str, variables: Mapping[str, str]) -> str:
        name = variables.get("name", "")
        self.triggered.append((workflow_id, dict(variables)))
        execution_id = f"run-{name}"
        going = [self.triggered[at][0] for at, left in enumerate(self._left.values()) if left]
        self.overlapped |= workflow_id in going
        self._left[execution_id] = self._looks
        self.most_at_once = max(self.most_at_once, len(going) + 1)
        return execution_id

    def look(self, execution_id: str) -> Execution:
        self._left[execution_id] -= 1
        if self._left[execution_id]:
            return an_execution(Status.RUNNING, id=execution_id)
        end = self._ends.get(execution_id, Status.COMPLETED)
        return an_execution(end, id=execution_id)


def named(*names: str, **fields) -> list[Workflow]:
    return [a_run(name=name, variables={"name": name}, **fields) for name in names]


def test_at_most_max_parallel_runs_are_going_at_once():
    api = PacedApi()
    course = Course(api, *named(*"abcdefgh"), plan=Plan(max_parallel=3))
    assert api.most_at_once == 3
    assert [report.name for report in course.reports] == list("abcdefgh")
    assert {report.outcome.verdict for report in course.reports} == {Verdict.PASSED}


def test_one_template_under_cancel_previous_never_runs_side_by_side():
    api = PacedApi()
    course = Course(api, *named("a", "b", "c", policy=CANCEL))
    assert not api.overlapped
    assert [sent["name"] for _, sent in api.triggered] == ["a", "b", "c"]
    assert {report.outcome.exit_code for report in course.reports} == {0}


def test_a_run_that_may_not_be_looked_at_any_more_is_not_cancelled_by_the_next_one():
    api = FakeApi(triggers=["run-1"], polls=[REFUSAL])
    course = Course(api, *named("a", "b", policy=CANCEL))
    assert len(api.triggered) == 1
    verdicts = [report.outcome.verdict for report in course.reports]
    assert verdicts == [Verdict.REJECTED, Verdict.TIMED_OUT]
    assert "“a” may still be going" in course.reports[1].outcome.message


def test_the_deadline_counts_from_the_own_trigger_and_not_from_the_queue():
    runs = named("a", "b", "c", policy=CANCEL, poll_interval=10.0, max_wait=35.0)
    course = Course(PacedApi(), *runs)
    assert course.seconds == 90
    assert {report.outcome.verdict for report in course.reports} == {Verdict.PASSED}
    assert [report.seconds for report in course.reports] == [30, 30, 30]


def test_one_failure_does_not_stop_the_others():
    api = PacedApi(ends={"run-a": Status.FAILED})
    course = Course(api, *named("a", "b", "c"), plan=Plan(max_parallel=1))
    assert [report.outcome.exit_code for report in course.reports] == [1, 0, 0]


def test_under_fail_fast_nothing_more_starts_and_what_runs_is_watched_to_its_end():
    api = PacedApi(ends={"run-a": Status.FAILED})
    runs = [*named("a", poll_interval=1.0), *named("b", "c", "d", poll_interval=10.0)]
    course = Course(api, *runs, plan=Plan(max_parallel=2, fail_fast=True))
    verdicts = [report.outcome.verdict for report in course.reports]
    assert verdicts == [Verdict.FAILED, Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_RUN]
    assert len(api.triggered) == 2
    assert course.reports[2].seconds == 0
    assert "“a” ended failed (exit code 1)" in course.reports[2].outcome.message


def test_under_fail_fast_the_last_one_standing_ends_the_job_at_once():
    api = PacedApi(ends={"run-a": Status.FAILED})
    course = Course(
        api, *named("a", "b", poll_interval=1.0), plan=Plan(max_parallel=1, fail_fast=True)
    )
    assert course.seconds == 3


def test_a_signal_ends_what_is_queued_too_and_says_that_nothing_was_started():
    api = PacedApi(looks=100)
    course = Course(api, *named("a", "b"), plan=Plan(max_parallel=1), interrupt=(5.0, 143))
    assert [report.outcome.exit_code for report in course.reports] == [143, 143]
    assert course.reports[1].outcome.hint == "Nothing was started."


def test_when_the_jobs_time_is_over_what_is_queued_is_never_started():
    api = PacedApi(looks=100)
    course = Course(api, *named("a", "b"), plan=Plan(max_parallel=1), end_by=60.0)
    assert [report.outcome.exit_code for report in course.reports] == [6, 6]
    assert len(api.triggered) == 1
    assert course.seconds <= 61


def test_what_an_earlier_job_left_without_a_run_is_reported_as_it_was():
    lost = Outcome(verdict=Verdict.REJECTED, exit_code=7, message="No run.")
    runs = [a_run(workflow_id=None, name="lost", ended=lost), an_attachment()]
    course = Course(FakeApi(polls=[COMPLETED]), *runs)
    assert [report.outcome.exit_code for report in course.reports] == [7, 0]
    assert course.api.triggered == []


def test_one_unknown_execution_among_good_ones_is_rejected_and_the_others_keep_their_verdict():
    unknown = RefusedError("Genesis refused (404): Execution not found", hint="Check.", status=404)

    class Api(FakeApi):
        def look(self, execution_id: str) -> Execution:
            if execution_id == "unknown":
                raise unknown
            return super().look(execution_id)

    runs = [an_attachment(execution_id=one) for one in ("good", "unknown", "fine")]
    course = Course(Api(polls=[RUNNING, COMPLETED]), *runs)
    verdicts = [report.outcome.verdict for report in course.reports]
    assert verdicts == [Verdict.PASSED, Verdict.REJECTED, Verdict.PASSED]


def test_with_few_requests_at_once_all_are_looked_at_in_turn():
    api = FakeApi(polls=[RUNNING] * 40 + [COMPLETED], latency=0.5)
    runs = [an_attachment(execution_id=f"run-{n}", poll_interval=1.0) for n in range(10)]
    Course(api, *runs, max_requests=2)
    looks = [api.polled[:40].count(f"run-{n}") for n in range(10)]
    assert looks == [4] * 10


def test_a_run_that_asks_for_review_twice_is_watched_through_both():
    polls = [RUNNING, IN_REVIEW, IN_REVIEW, RUNNING, IN_REVIEW, RUNNING, COMPLETED]
    course = Course(FakeApi(polls=polls), a_run(policy=WAIT, poll_interval=10.0))
    assert course.verdict is Verdict.PASSED


def test_both_reviews_share_one_budget():
    polls = [IN_REVIEW, IN_REVIEW, RUNNING, IN_REVIEW]
    run = a_run(policy=WAIT, poll_interval=10.0, review_wait=60.0)
    course = Course(FakeApi(polls=polls), run)
    assert (course.verdict, course.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 70 <= course.seconds <= 91


@pytest.mark.parametrize(("end", "exit_code"), [(Status.FAILED, 1), (Status.CANCELLED, 4)])
def test_a_review_that_is_rejected_has_the_code_of_its_end(end, exit_code):
    course = Course(FakeApi(polls=[IN_REVIEW, an_execution(end)]), a_run(policy=WAIT))
    assert course.exit_code == exit_code


def test_who_has_to_do_what_depends_on_whether_the_job_can_simply_run_again():
    in_review = an_execution(Status.REVIEW_PENDING, blocks=(a_block("Pay", Status.REVIEW_PENDING),))
    triggered = Course(FakeApi(polls=[in_review])).report.outcome
    attached = Course(FakeApi(polls=[in_review]), an_attachment()).report.outcome
    assert triggered.message == attached.message
    assert triggered.message == "Block Pay waits for a person's review in Genesis."
    assert f"genesis-ci wait {EXECUTION_ID}" in (triggered.hint or "")
    assert f"re-run this job: it attaches to execution {EXECUTION_ID}" in (attached.hint or "")


PREVIEW = WaitFor(url="https://preview.example.com/", shown="the preview", timeout=20.0)
UP, DOWN = Page(status=200), Page(status=503)


def test_nothing_is_triggered_before_the_preview_answers_and_max_wait_time_starts_then():
    web = FakeWeb(preview=[DOWN, DOWN, DOWN, UP])
    course = Course(FakeApi(polls=[RUNNING]), a_run(wait_for=PREVIEW, max_wait=30.0), web=web)
    assert course.progress.told[:5] == ["awaited 503"] * 3 + ["awaited 503, then 200", "starting"]
    assert course.verdict is Verdict.TIMED_OUT
    assert course.report.readiness
    assert (course.report.readiness.ready, course.report.readiness.seconds) == (True, 6.0)
    assert course.seconds == pytest.approx(36.0, abs=1.0)


def test_a_preview_that_never_comes_is_not_ready_and_nothing_was_triggered():
    api = FakeApi(polls=[COMPLETED])
    course = Course(api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]))
    assert (course.verdict, course.exit_code, course.seconds) == (Verdict.NOT_READY, 10, 20.0)
    assert api.triggered == []
    assert "the preview was not ready within 20s: 503." in course.report.outcome.message
    assert course.report.seconds == 0.0


def test_workflows_that_wait_for_one_address_ask_once_and_others_do_not_wait():
    web = FakeWeb(preview=[DOWN, UP])
    api = FakeApi(polls=[COMPLETED])
    runs = [a_run(wait_for=PREVIEW), a_run(name="free"), a_run(wait_for=PREVIEW)]
    course = Course(api, *runs, web=web, plan=Plan(max_parallel=1))
    assert len(web.asked) == 2
    assert course.progress.told[0] == "starting"
    assert [report.outcome.verdict for report in course.reports] == [Verdict.PASSED] * 3


def test_under_fail_fast_a_preview_that_is_not_ready_starts_nothing_more():
    never, later = PREVIEW, WaitFor(url="https://later.example.com/", timeout=600.0)
    web = FakeWeb(preview=[DOWN], later=[DOWN])
    runs = [a_run(wait_for=never), a_run(wait_for=later)]
    course = Course(FakeApi(), *runs, web=web, plan=Plan(fail_fast=True))
    verdicts = [report.outcome.verdict for report in course.reports]
    assert verdicts == [Verdict.NOT_READY, Verdict.NOT_RUN]
    assert course.seconds == 20.0


def test_a_signal_ends_the_wait_for_a_preview_and_nothing_was_started():
    api = FakeApi()
    course = Course(api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), interrupt=(3.0, 143))
    assert (course.exit_code, course.seconds, api.triggered) == (143, 3.0, [])
    assert course.report.outcome.hint == "Nothing was started."
    assert course.report.readiness
    assert course.report.readiness.ready is None


def test_the_jobs_own_time_limit_ends_the_wait_for_a_preview():
    course = Course(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), end_by=7.0)
    assert (course.verdict, course.seconds) == (Verdict.TIMED_OUT, 7.0)


def test_a_bug_in_asking_ends_the_job_as_a_bug():
    with pytest.raises(ZeroDivisionError):
        Course(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[ZeroDivisionError()]))


PASSES = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
PROOF = Proof(checks=(PASSES,))
GOOD = an_execution(Status.COMPLETED, blocks=(a_block("report", output="…", raw="PASS"),))
BAD = an_execution(Status.COMPLETED, blocks=(a_block("report", output="…", raw="FAIL"),))
SILENT = an_execution(Status.COMPLETED, blocks=(a_block("report"),))


def nobody(*_: object) -> Any:
    raise AssertionError("this run is not to be judged")


@pytest.mark.parametrize(
    ("completed", "verdict", "exit_code"),
    [(GOOD, Verdict.PASSED, 0), (BAD, Verdict.UNMET, 9), (SILENT, Verdict.UNMET, 9)],
    ids=["met", "unmet", "no output"],
)
def test_a_completed_run_has_to_show_what_is_expected(completed, verdict, exit_code):
    course = Course(FakeApi(polls=[RUNNING, completed]), a_run(proof=PROOF))
    assert (course.verdict, course.exit_code) == (verdict, exit_code)
    assert len(course.api.polled) == 2
    assert [one.block for one in course.report.findings] == ["report"]
    assert course.report.execution is not None
    assert [block.raw for block in course.report.execution.blocks] == [None]


@pytest.mark.parametrize(
    ("end", "fields"),
    [(COMPLETED, {}), (an_execution(Status.FAILED), {"proof": PROOF})],
    ids=["nothing is expected", "it failed"],
)
def test_what_has_nothing_to_show_has_no_judge(end, fields):
    course = Course(FakeApi(polls=[end]), a_run(**fields), judge=nobody)
    assert course.report.findings == ()


def test_a_run_of_another_workflow_is_not_judged():
    execution = an_execution(Status.COMPLETED, workflow_id=EXECUTION_ID)
    attached = an_attachment(workflow_id=WORKFLOW_ID, proof=PROOF)
    assert Course(FakeApi(polls=[execution]), attached, judge=nobody).exit_code == 2


def test_a_signal_while_a_run_is_judged_ends_the_job_and_says_that_the_run_is_completed():
    api = FakeApi(polls=[GOOD], latency=1.0)
    course = Course(api, a_run(proof=PROOF), interrupt=(3.5, 143))
    assert (course.verdict, course.exit_code) == (Verdict.INTERRUPTED, 143)
    assert "before the outputs of the completed run were judged" in course.report.outcome.message
    assert (course.report.outcome.hint or "").startswith("Attach to it")


def test_what_nobody_judged_in_time_is_no_proof():
    slow = FakeApi(polls=[GOOD])

    def very_slow(checks, blocks):
        slow.latency = 100.0
        return judge(checks, blocks)

    course = Course(slow, a_run(proof=PROOF), judge=very_slow)
    assert (course.verdict, course.exit_code) == (Verdict.UNMET, 9)
    assert course.report.findings == ()
    assert "its outputs could not be judged" in course.report.outcome.message


def test_when_the_ci_ends_the_job_nothing_is_judged_any_more():
    polls = [RUNNING] * 2 + [GOOD]
    run = a_run(proof=PROOF, poll_interval=10.0)
    course = Course(FakeApi(polls=polls), run, end_by=25.0, judge=nobody)
    assert course.exit_code == 9
    assert "the CI job's time was over" in course.report.outcome.message


def test_a_bug_of_the_judge_is_no_verdict():
    def broken(checks, blocks):
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        Course(FakeApi(polls=[GOOD]), a_run(proof=PROOF), judge=broken)


def test_few_runs_are_judged_at_once_and_all_are_in_the_end():
    api = FakeApi(triggers=[f"run-{n}" for n in range(9)], polls=[GOOD], latency=0.2)
    started = ended = most = 0

    def counting(checks, blocks):
        nonlocal started, most
        started += 1
        most = max(most, started - ended)
        return judge(checks, blocks)

    class Counting(RecordingProgress):
        def ended(self, report):
            nonlocal ended
            ended += 1

    clock = FakeClock()
    runner = Runner(
        api=api,
        calls=VirtualCalls(clock, api),
        clock=clock,
        jitter=lambda: 0.0,
        progress=Counting(),
        judge=counting,
        plan=Plan(max_parallel=9),
    )
    reports = runner.run([a_run(proof=PROOF, name=f"w{n}") for n in range(9)])
    assert [report.outcome.exit_code for report in reports] == [0] * 9
    assert (started, most) == (9, 2)


def test_the_next_run_of_a_template_has_its_turn_after_an_unmet_one():
    api = FakeApi(triggers=["run-1", "run-2"], polls=[BAD, GOOD])
    runs = [a_run(proof=PROOF, policy=CANCEL, name=name) for name in ("first", "second")]
    course = Course(api, *runs)
    assert [report.outcome.exit_code for report in course.reports] == [9, 0]
