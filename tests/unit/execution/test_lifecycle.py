"""One lifecycle, driven by hand: the test sets the clock and gives each answer."""

import math
from collections.abc import Callable

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.lifecycle import Lifecycles, Pool, Send, Slot, Turn
from genesis_ci.execution.state import Run
from genesis_ci.execution.workers import Interrupt
from genesis_ci.models import Concurrency, OnReview, Outcome, Policy, Status, Verdict
from genesis_ci.models.checks import Expectation, Operator, Proof
from genesis_ci.models.readiness import Readiness
from tests.builders import WORKFLOW_ID, a_report, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, RecordingProgress, judge

START = 1000.0
RESET = ContactError("Lost the connection.", reached=True)
UNREACHED = ContactError("Cannot connect.", reached=False)
BUSY = ContactError("Busy.", reached=False, retry_after=90)
DISTRUSTED = ContactError("Certificate.", reached=False, permanent=True)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
GATEWAY = ContactError("The server answered 403.", reached=True)
REFUSED_BY_GATEWAY = RefusedError("Refused (403)", hint="Check.", status=403, fault=GATEWAY)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
WAIT = Policy(on_review_pending=OnReview.WAIT)
RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
FAILED = an_execution(Status.FAILED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
CHECKED = Proof(checks=(Expectation(block="b", operator=Operator.NOT_EMPTY, expected=True),))


class Hand:
    """Drives a lifecycle; `wish` is its latest request, `outcome` its result."""

    def __init__(self, workflow=None, **fields) -> None:
        self.now = START
        self.wish: Turn | Slot | Send | None = None
        self.outcome: Outcome | None = None
        self.progress = RecordingProgress()
        self.may_trigger = True
        self.run = Run(workflow=workflow or a_run(), began=START, due=START, **fields)
        self._lifecycle = Lifecycles(
            api=FakeApi(),
            judge=judge,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
            progress=self.progress,
            record=lambda: None,
            may_trigger=lambda: self.may_trigger,
        ).of(self.run)
        self._step(lambda: self._lifecycle.send(None))

    def give(self, answer: object, *, at: float | None = None) -> "Hand":
        """Give an answer, or throw an error, at this time."""
        self.now = self.now if at is None else at
        if isinstance(answer, Exception):
            return self._step(lambda: self._lifecycle.throw(answer))
        return self._step(lambda: self._lifecycle.send(answer))

    def sent(self, *, at: float | None = None) -> "Hand":
        """Give the slot, so that the request is sent."""
        assert isinstance(self.wish, Slot)
        self.give(False, at=at)
        assert isinstance(self.wish, Send)
        return self

    def ended(self) -> Outcome:
        assert self.outcome, self.wish
        return self.outcome

    @property
    def slot(self) -> Slot:
        assert isinstance(self.wish, Slot), (self.wish, self.outcome)
        return self.wish

    @property
    def seconds(self) -> float:
        assert isinstance(self.wish, Send)
        return self.wish.seconds

    def _step(self, step: Callable[[], object]) -> "Hand":
        self.wish = None
        try:
            self.wish = step()
        except StopIteration as end:
            self.outcome = end.value
        return self


def triggering(*, end_by: float = math.inf, **fields) -> Hand:
    """Return a lifecycle whose trigger is sent."""
    return Hand(a_run(**fields), end_by=end_by).give(None).sent()


def watching(*, at: float = START + 1, end_by: float = math.inf, **fields) -> Hand:
    """Return a lifecycle after a first poll that showed a running run."""
    hand = triggering(end_by=end_by, **fields).give("run-1")
    return hand.sent(at=at).give(RUNNING)


def polling(*, at: float = START + 10, **fields) -> Hand:
    """Return a lifecycle of a running run whose second poll is sent."""
    return watching(**fields).sent(at=at)


def attached(**fields) -> Hand:
    """Return a lifecycle of an attached run whose first poll is sent."""
    workflow = an_attachment(**fields)
    return Hand(workflow, execution_id=workflow.execution_id).sent()


def test_a_run_waits_for_its_turn_and_a_slot_before_its_trigger():
    hand = Hand()
    assert hand.wish == Turn(hand.run)
    assert hand.give(None, at=START + 5).slot == Slot(Pool.GENESIS, due=START + 5, until=math.inf)
    assert hand.sent().seconds == 30.0
    assert hand.progress.events == ["starting"]


def test_a_run_without_a_turn_ends_with_the_given_outcome():
    never = Outcome(verdict=Verdict.NOT_RUN, exit_code=0, message="Not started.")
    assert Hand().give(never).ended() is never


def test_failed_and_answered_polls_are_counted():
    assert polling().run.polls == 1
    assert polling().give(RESET).run.polls == 2
    assert polling().give(RUNNING).run.polls == 2
    assert triggering().give(UNREACHED).run.polls == 0


def test_an_answer_resets_the_count_of_faults():
    hand = polling().give(RESET).sent().give(RESET)
    assert (hand.run.faults, hand.run.last_error) == (2, RESET)
    hand.sent().give(RUNNING)
    assert (hand.run.faults, hand.run.last_error) == (0, None)


def test_an_accepted_trigger_resets_the_count_of_faults():
    hand = triggering().give(UNREACHED).sent(at=START + 1).give("run-1")
    assert (hand.run.faults, hand.run.last_error) == (0, None)


def test_the_pause_after_an_answer_depends_on_the_answer():
    hand = polling(at=START + 100).give(an_execution(Status.PENDING))
    assert hand.slot.due == START + 112


def test_pauses_between_failed_polls_double():
    hand, pauses = polling(), []
    for _ in range(4):
        hand.give(RESET)
        pauses.append(hand.slot.due - hand.now)
        hand.sent()
    assert pauses == [1, 2, 4, 8]


def test_a_poll_obeys_retry_after():
    assert polling().give(BUSY).slot.due == START + 100


def test_the_last_poll_ignores_retry_after():
    hand = polling(max_wait=60.0).give(ContactError("Busy.", reached=False, retry_after=600))
    assert hand.slot.due == START + 60
    assert hand.sent(at=START + 60).seconds == 0.5


def test_a_trigger_pauses_for_a_quarter_of_the_time_left_at_most():
    hand = triggering(max_wait=40)
    hand.run.faults = 4
    assert hand.give(UNREACHED).slot.due == START + 10
    short = triggering(max_wait=3)
    short.run.faults = 4
    assert short.give(UNREACHED).slot.due == START + 1


def test_a_trigger_obeys_retry_after_within_its_deadline():
    assert triggering().give(BUSY).slot.due == START + 90
    assert triggering(max_wait=90.1).give(BUSY).slot.due == START + 90


@pytest.mark.parametrize("max_wait", [89.0, 90.0])
def test_a_pause_past_the_deadline_ends_a_trigger_at_once(max_wait):
    assert triggering(max_wait=max_wait).give(BUSY).ended().verdict is Verdict.LOST_CONTACT


def test_a_failed_poll_is_the_last_if_sent_for_the_deadline():
    deadline = START + 1800
    assert polling(at=deadline - 20).give(RESET, at=deadline).slot.due == deadline
    assert polling(at=deadline).give(RESET, at=deadline + 0.5).ended()
    slow = polling().give(RUNNING, at=START + 10.6)
    assert slow.sent(at=deadline - 1.2).give(RESET, at=deadline).ended()
    slow = polling().give(RUNNING, at=START + 10.6)
    assert slow.sent(at=deadline - 1.2).give(RESET, at=deadline - 0.1).slot


def test_a_repeated_trigger_expires_at_its_deadline():
    hand = triggering(max_wait=60).give(UNREACHED)
    assert hand.slot.until == START + 60
    assert hand.give(True, at=START + 60).ended().verdict is Verdict.LOST_CONTACT


def test_a_poll_expires_half_a_second_after_the_deadline():
    hand = watching()
    assert hand.slot.until == START + 1800.5
    assert hand.give(True, at=START + 1800.5).ended().verdict is Verdict.TIMED_OUT


def test_a_first_trigger_expires_when_the_ci_ends_the_job():
    hand = Hand(end_by=START + 60).give(None)
    assert hand.slot.until == START + 60
    assert hand.give(True, at=START + 60).ended().message.startswith("Not started")


def test_the_last_poll_starts_early_enough_for_a_slow_answer():
    hand = polling(poll_interval=3600.0).give(RUNNING, at=START + 10.6)
    assert hand.slot.due == pytest.approx(START + 1800 - 1.2)
    assert hand.sent(at=hand.slot.due).seconds == pytest.approx(1.2)
    slow = polling(poll_interval=3600.0).give(RUNNING, at=START + 20)
    assert slow.slot.due == START + 1797


def test_the_last_polls_start_earlier_when_they_take_several_rounds():
    hand = polling(poll_interval=3600.0)
    hand.run.rounds = 3
    assert hand.give(RUNNING, at=START + 10.2).slot.due == pytest.approx(START + 1800 - 1.2)
    hand.run.rounds = 300
    assert hand.run.next_at == START + 1797


def test_an_early_answer_allows_a_poll_at_the_deadline():
    hand = polling(poll_interval=3600.0).give(RUNNING, at=START + 10.6)
    hand.sent(at=START + 1798.8).give(RUNNING, at=START + 1799)
    assert hand.slot.due == START + 1800


def test_a_fault_near_the_deadline_is_followed_by_a_pause():
    hand = polling().give(RUNNING, at=START + 11.5)
    hand.sent(at=START + 1797).give(UNREACHED)
    assert hand.slot.due >= START + 1798


@pytest.mark.parametrize(
    ("policy", "max_wait", "ambiguous", "seconds"),
    [
        (Policy(), 1800.0, False, 30.0),
        (Policy(), 20.0, False, 20.0),
        (CANCEL, 1800.0, False, 30.0),
        (CANCEL, 30.0, False, 10.0),
        (CANCEL, 2.0, False, 1.0),
        (CANCEL, 24.0, True, 24.0),
    ],
)
def test_a_trigger_leaves_time_for_a_second_one_if_safe(policy, max_wait, ambiguous, seconds):
    workflow = a_run(policy=policy, max_wait=max_wait)
    assert Hand(workflow, ambiguous=ambiguous).give(None).sent().seconds == seconds


def test_a_poll_waits_half_a_minute_at_most():
    assert polling().seconds == 30
    assert polling(at=START + 1790).seconds == 10
    assert polling(policy=CANCEL, max_wait=60.0).seconds == 30


def test_max_wait_time_of_an_attached_run_starts_with_the_job():
    workflow = an_attachment(max_wait=60.0)
    assert Hand(workflow, execution_id="run-7").sent(at=START + 50).seconds == 10
    late = Hand(a_run(max_wait=60.0)).give(None).sent(at=START + 50)
    assert late.run.deadline == START + 110


@pytest.mark.parametrize(
    ("begin", "survives"),
    [(polling, True), (triggering, False), (attached, False)],
    ids=["seen run", "trigger", "unseen run"],
)
def test_a_refusal_by_a_gateway_is_retried_for_a_seen_run(begin, survives):
    hand = begin().give(REFUSED_BY_GATEWAY)
    if survives:
        assert (hand.run.last_error, hand.outcome) == (GATEWAY, None)
    else:
        assert hand.ended().verdict is Verdict.REJECTED


@pytest.mark.parametrize(("seen", "ends"), [(False, True), (True, False)])
def test_an_untrusted_certificate_ends_the_wait_for_an_unseen_run(seen, ends):
    hand = attached()
    if seen:
        hand.give(RUNNING).sent()
    assert bool(hand.give(DISTRUSTED).outcome) is ends


def test_a_refusal_after_an_ambiguous_trigger_says_that_a_run_may_exist():
    unsure = triggering(policy=CANCEL).give(RESET)
    assert unsure.run.ambiguous
    assert "may have started a run" in (unsure.sent().give(REFUSAL).ended().hint or "")
    assert triggering().give(REFUSAL).ended().hint == "Check the key."


def test_an_attached_run_of_another_workflow_is_an_error():
    other = an_execution(Status.RUNNING, workflow_id="another")
    assert polling().give(other).outcome is None
    outcome = attached(workflow_id="mine").give(other).ended()
    assert (outcome.verdict, "not to mine" in outcome.message) == (Verdict.ERROR, True)
    same = an_execution(Status.RUNNING, workflow_id="MINE")
    assert attached(workflow_id="mine").give(same).outcome is None


def test_a_trigger_without_waiting_ends_with_the_execution_id():
    outcome = triggering(wait=False).give("run-9").ended()
    assert (outcome.verdict, "run-9" in (outcome.hint or "")) == (Verdict.TRIGGERED, True)


def test_one_fault_at_the_deadline_of_a_seen_run_is_a_timeout():
    outcome = polling(at=START + 1800).give(RESET).ended()
    assert outcome.verdict is Verdict.TIMED_OUT
    assert "last status: running" in outcome.message
    assert "run-1" in (outcome.hint or "")


def test_two_faults_in_a_row_at_the_deadline_are_lost_contact():
    hand = polling(at=START + 1799).give(RESET).sent(at=START + 1800)
    assert hand.give(RESET).ended().verdict is Verdict.LOST_CONTACT


def test_a_timeout_names_the_time_limit_of_the_ci_job():
    outcome = polling(at=START + 65, end_by=START + 65).give(RUNNING).ended()
    assert outcome.message == (
        "No final status within the CI job's own time limit, 1m 05s (last status: running)."
    )
    assert "run-1" in (outcome.hint or "")


def test_an_expired_review_of_an_attached_run_suggests_a_rerun():
    hand = attached(policy=WAIT, review_wait=60.0).give(IN_REVIEW).sent(at=START + 60)
    outcome = hand.give(IN_REVIEW).ended()
    assert outcome.verdict is Verdict.REVIEW_PENDING
    assert "re-run this job" in (outcome.hint or "")


def test_a_running_run_is_not_in_review():
    assert polling(policy=WAIT).give(RUNNING).run.review_since is None


def test_a_completed_run_with_checks_waits_for_a_judge_slot():
    hand = polling(proof=CHECKED, end_by=START + 2000).give(COMPLETED)
    assert hand.slot == Slot(Pool.JUDGES, due=START + 10, until=START + 2000)
    assert hand.sent().seconds == 60.0
    assert hand.give(()).ended().verdict is Verdict.PASSED


def test_a_signal_during_a_trigger_says_that_the_run_may_have_started():
    hand = triggering().give(Interrupt(130))
    assert hand.ended().exit_code == 130
    assert "may have started" in (hand.ended().hint or "")
    waiting = triggering().give(UNREACHED).give(Interrupt(130))
    assert waiting.ended().hint == "Nothing was started."


def with_attempts(attempts: int = 2) -> dict[str, Policy]:
    return {"policy": Policy(attempts=attempts)}


def test_a_signal_between_two_attempts_says_that_the_next_one_never_began():
    hand = polling(**with_attempts()).give(FAILED).give(Interrupt(143))
    report = hand.run.report(hand.ended())
    assert (report.outcome.exit_code, report.execution_id, report.earlier) == (143, "run-1", ())
    assert "after an attempt had failed" in report.outcome.message
    assert "before the next one began" in report.outcome.message


def test_an_attempt_after_the_time_limit_keeps_the_earlier_failure():
    hand = polling(**with_attempts(), end_by=START + 11).give(FAILED).give(True, at=START + 11)
    report = hand.run.report(hand.ended())
    assert (report.outcome.verdict, report.execution_id) == (Verdict.FAILED, "run-1")


def test_each_attempt_keeps_the_place_of_the_run_and_its_earlier_ids():
    ready = Readiness(shown="preview", ready=True)
    place = {"position": 4, "end_by": START + 900, "lane": WORKFLOW_ID, "rounds": 3}
    hand = Hand(a_run(**with_attempts(3)), **place, readiness=ready, notes=("mind",)).give(None)
    for number, ended_at in ((1, 5.0), (2, 8.0)):
        hand.sent().give(f"run-{number}").sent().give(FAILED, at=START + ended_at)
    run = hand.run
    assert {name: getattr(run, name) for name in place} == place
    assert (run.readiness, run.notes, run.execution_id, run.polls) == (ready, ("mind",), None, 0)
    assert [(one.execution_id, one.seconds, one.earlier) for one in run.earlier] == [
        ("run-1", 5.0, ()),
        ("run-2", 3.0, ()),
    ]
    report = run.report(hand.give(True, at=START + 900).ended())
    assert (report.execution_id, [one.execution_id for one in report.earlier]) == (
        "run-2", ["run-1"]
    )  # fmt: skip


@pytest.mark.parametrize(("at", "again"), [(10.9, True), (11.0, False)])
def test_no_attempt_begins_after_the_jobs_time_limit(at, again):
    hand = polling(**with_attempts(), end_by=START + 11).give(FAILED, at=START + at)
    assert bool(hand.wish) is again


def test_no_attempt_begins_when_triggers_are_stopped():
    hand = polling(**with_attempts())
    hand.may_trigger = False
    assert hand.give(FAILED).ended().verdict is Verdict.FAILED


def test_an_unsent_second_attempt_is_reported_as_not_started():
    before = (a_report(Verdict.FAILED, 1),)
    hand = Hand(a_run(max_wait=1.0), earlier=before).give(None).sent().give(UNREACHED)
    assert "this attempt was not started" in (hand.ended().hint or "")


def test_a_run_that_is_not_kept_starts_with_an_empty_state():
    workflow = a_run(keeps="old-1", kept_from="ci", earlier=(a_report(Verdict.FAILED, 1),))
    place = {"end_by": START + 99, "lane": "template", "rounds": 3}
    hand = Hand(workflow, execution_id="old-1", is_kept=True, earlier=workflow.earlier, **place)
    hand.sent().give(REFUSAL, at=START + 7)
    run = hand.run
    assert hand.wish == Turn(run)
    assert {name: getattr(run, name) for name in place} == place
    assert (run.began, run.execution_id, run.is_kept, run.earlier) == (START + 7, None, False, ())
    assert run.notes == ("The earlier job's run old-1 is not kept: it is rejected now.",)


def test_an_earlier_run_still_running_after_half_a_minute_is_not_kept():
    workflow = a_run(keeps="old-1", kept_from="ci")
    hand = Hand(workflow, execution_id="old-1", is_kept=True).sent()
    hand.give(an_execution(workflow_id=WORKFLOW_ID, payload={}), at=START + 30)
    assert "it is timed_out now" in hand.run.notes[0]


def test_an_unknown_status_is_noted_once_beside_other_notes():
    unknown = an_execution("sleeping")
    assert polling().give(RUNNING).run.notes == ()
    [note] = polling().give(unknown).run.notes
    assert "“sleeping”, which this version does not know" in note
    noted = polling()
    noted.run.notes = ("mind",)
    assert noted.give(unknown).run.notes == ("mind",)


def test_the_time_of_several_reviews_adds_up():
    hand = polling(policy=WAIT).give(IN_REVIEW)
    hand.sent(at=START + 30).give(RUNNING).sent(at=START + 40).give(IN_REVIEW)
    assert hand.sent(at=START + 45).give(RUNNING).run.review_spent == 25
