"""One lifecycle, driven by hand: the test sets the clock and gives each answer."""

import math
import weakref

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.lifecycle import Lifecycles
from genesis_ci.execution.state import Run
from genesis_ci.execution.wishes import Pool, Send, Slot, Turn
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.policy import Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import Outcome, Verdict
from tests.builders import WORKFLOW_ID, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, RecordingProgress, judge

START = 1000.0
RESET = ContactError("Lost the connection.", reached=True)
UNREACHED = ContactError("Cannot connect.", reached=False)
BUSY = ContactError("Busy.", reached=False, retry_after=90)
TWICE = Policy(attempts=2)
RUNNING = an_execution(Status.RUNNING)
FAILED = an_execution(Status.FAILED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)


class Hand:
    """Drives a lifecycle; `wish` is its latest request, `outcome` its result."""

    def __init__(self, workflow=None, **fields) -> None:
        self.now = START
        self.jitter = 0.0
        self.outcome: Outcome | None = None
        self.progress = RecordingProgress()
        self.run = Run(workflow=workflow or a_run(), began=START, due=START, **fields)
        self._lifecycle = Lifecycles(
            api=FakeApi(),
            judge=judge,
            clock=lambda: self.now,
            jitter=lambda: self.jitter,
            progress=self.progress,
            save_ids=lambda: None,
            stopped=lambda: None,
            await_again=None,
        ).lifecycle(self.run)
        self.give(None)

    def give(self, answer: object, *, at: float | None = None) -> "Hand":
        """Give an answer, or throw an error, at this time."""
        self.now = self.now if at is None else at
        step = self._lifecycle.throw if isinstance(answer, BaseException) else self._lifecycle.send
        self.wish = None
        try:
            self.wish = step(answer)
        except StopIteration as end:
            self.outcome = end.value
        return self

    def sent(self, *, at: float | None = None) -> "Hand":
        """Give the slot, so that the request is sent."""
        assert isinstance(self.wish, Slot)
        self.give(True, at=at)
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
    assert hand.give(None, at=START + 5).slot == Slot(
        Pool.GENESIS, due=START + 5, expires_at=math.inf
    )
    assert hand.sent().seconds == 30.0
    assert hand.progress.events == ["starting"]
    never = Outcome(verdict=Verdict.NOT_RUN, exit_code=0, sentences=("Not started.",))
    assert Hand().give(never).ended() is never


def test_first_requests_precede_second_triggers_and_those_precede_polls():
    assert Hand().give(None).slot.rank == 0
    assert triggering().give(UNREACHED).slot.rank == 1
    assert triggering().give("run-1").slot.rank == 2


def test_failed_and_answered_polls_are_counted():
    assert polling().run.polls == 1
    assert polling().give(RESET).run.polls == 2
    assert polling().give(RUNNING).run.polls == 2
    assert triggering().give(UNREACHED).run.polls == 0


class Referenced(Execution):
    """An answer that can be referenced weakly."""


def test_an_answer_with_its_outputs_is_not_kept_until_the_next():
    answer = Referenced(id="run-1", status=Status.RUNNING, status_word="running")
    kept = weakref.ref(answer)
    hand = polling().give(answer)
    del answer
    assert hand.slot
    assert kept() is None


def test_a_trigger_obeys_retry_after_within_its_deadline():
    assert triggering(max_wait=90.1).give(BUSY).slot.due == START + 90
    for max_wait in (89.0, 90.0):
        assert triggering(max_wait=max_wait).give(BUSY).ended().verdict is Verdict.LOST_CONTACT
    hand = triggering(max_wait=90.4)
    hand.jitter = 1.0
    assert hand.give(BUSY).slot.due == pytest.approx(START + 90.1)


@pytest.mark.parametrize(
    ("begin", "expiry", "urgent_from", "verdict"),
    [
        (lambda: Hand(end_by=START + 60).give(None), 60, 56.5, Verdict.TIMED_OUT),
        (lambda: triggering(max_wait=60).give(UNREACHED), 60, 56.5, Verdict.LOST_CONTACT),
        (watching, 1800.5, 1797, Verdict.TIMED_OUT),
        (lambda: Hand(an_attachment(), execution_id="7"), 1800.5, 1797, Verdict.TIMED_OUT),
    ],
    ids=["first trigger", "repeated trigger", "poll", "first poll"],
)
def test_a_request_is_urgent_and_then_expires(begin, expiry, urgent_from, verdict):
    hand = begin()
    assert (hand.slot.expires_at, hand.slot.urgent_from) == (START + expiry, START + urgent_from)
    assert hand.give(False, at=START + expiry).ended().verdict is verdict


def test_each_attempt_keeps_its_place_and_the_earlier_ids():
    ready = Readiness(shown="preview", ready=True)
    place = {"position": 4, "end_by": START + 900, "serial_template": WORKFLOW_ID, "rounds": 3}
    workflow = a_run(policy=Policy(attempts=3))
    hand = Hand(workflow, **place, readiness=ready, notes=("mind",)).give(None)
    for number, ended_at in ((1, 5.0), (2, 8.0)):
        hand.sent().give(f"run-{number}").sent().give(FAILED, at=START + ended_at)
    run = hand.run
    assert {name: getattr(run, name) for name in place} == place
    assert (run.readiness, run.notes, run.execution_id, run.polls) == (ready, ("mind",), None, 0)
    assert [(one.execution_id, one.seconds, one.earlier) for one in run.earlier] == [
        ("run-1", 5.0, ()),
        ("run-2", 3.0, ()),
    ]
    report = run.report(hand.give(False, at=START + 900).ended())
    assert report.execution_id == "run-2"
    assert [one.execution_id for one in report.earlier] == ["run-1"]


def test_no_attempt_begins_after_the_jobs_time_limit():
    assert polling(policy=TWICE, end_by=START + 11).give(FAILED, at=START + 10.9).slot
    assert polling(policy=TWICE, end_by=START + 11).give(FAILED, at=START + 11).outcome


def test_an_unknown_status_is_noted_once_beside_other_notes():
    unknown = an_execution("sleeping")
    assert polling().give(RUNNING).run.notes == ()
    sleeping = polling().give(unknown).sent().give(unknown)
    [note] = sleeping.run.notes
    assert "“sleeping”, which this version does not know" in note
    assert sleeping.slot.due < START + 1800
    noted = polling()
    noted.run.notes = ("mind",)
    other = an_execution("dreaming")
    assert noted.give(unknown).sent().give(other).run.notes == ("mind", note)


def test_the_time_of_several_reviews_adds_up():
    hand = polling(max_review=3600.0).give(IN_REVIEW)
    hand.sent(at=START + 30).give(RUNNING).sent(at=START + 40).give(IN_REVIEW)
    assert hand.sent(at=START + 45).give(RUNNING).run.review_spent == 25
