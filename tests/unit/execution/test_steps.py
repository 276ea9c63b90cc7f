"""The steps of one workflow's life, each a value from a value."""

import math
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.state import WorkflowState, begin, report_of
from genesis_ci.execution.steps import (
    asked,
    failed,
    interrupted,
    judged,
    looked,
    patience,
    too_late,
    triggered,
    unjudged,
)
from genesis_ci.models import Concurrency, OnReview, Policy, Status, Verdict
from tests.builders import a_run, an_attachment, an_execution

START = 1000.0
RESET = ContactError("Lost the connection.", reached=True)
UNREACHED = ContactError("Cannot connect.", reached=False)
BUSY = ContactError("Busy.", reached=False, retry_after=90)
DISTRUSTED = ContactError("Certificate.", reached=False, permanent=True)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
RUNNING = an_execution(Status.RUNNING)


def triggering(*, at: float = START, **fields) -> WorkflowState:
    """A workflow whose trigger is under way."""
    return asked(begin(a_run(**fields), now=START), now=at)


def polling(*, at: float = START + 10, end_by: float = math.inf, **fields) -> WorkflowState:
    """A workflow whose run was seen running and is being looked at once more."""
    run = begin(a_run(**fields), now=START, end_by=end_by)
    known = triggered(asked(run, now=START), "run-1", now=START)
    return asked(looked(known, RUNNING, now=START + 1), now=at)


def fault(
    state: WorkflowState, error: ContactError, *, now: float, jitter: float = 0.0
) -> WorkflowState:
    return failed(state, error, now=now, jitter=jitter)


def refused(state: WorkflowState) -> WorkflowState:
    return failed(state, REFUSAL, now=START, jitter=0.0)


def test_every_look_counts_whether_it_saw_anything_or_not():
    state = polling()
    assert state.polls == 1
    assert fault(state, RESET, now=START + 10).polls == 2
    assert looked(state, RUNNING, now=START + 10).polls == 2
    assert fault(triggering(), UNREACHED, now=START).polls == 0


def test_an_answer_ends_the_row_of_faults():
    failing = fault(fault(polling(), RESET, now=START + 10), RESET, now=START + 11)
    assert (failing.faults, failing.last_error) == (2, RESET)
    well = looked(failing, RUNNING, now=START + 12)
    assert (well.faults, well.last_error) == (0, None)


def test_the_pause_after_an_answer_is_what_the_answer_makes_of_it():
    pending = an_execution(Status.PENDING)
    assert looked(polling(at=START + 100), pending, now=START + 100).due == START + 112


def test_pauses_between_polls_double():
    state, waits = polling(), []
    for _ in range(4):
        state = fault(state, RESET, now=START + 10)
        waits.append(state.due - START - 10)
    assert waits == [1, 2, 4, 8]


def test_a_poll_waits_as_long_as_the_server_asks():
    assert fault(polling(), BUSY, now=START + 10).due == START + 100


def test_a_trigger_never_waits_for_more_than_a_quarter_of_what_is_left():
    late = replace(triggering(max_wait=40), faults=4)
    assert fault(late, UNREACHED, now=START).due == START + 10
    short = replace(triggering(max_wait=3), faults=4)
    assert fault(short, UNREACHED, now=START).due == START + 1


def test_a_trigger_waits_as_long_as_the_server_asks_if_there_is_time():
    assert fault(triggering(), BUSY, now=START).due == START + 90


@pytest.mark.parametrize("max_wait", [89.0, 90.0])
def test_a_server_that_asks_a_trigger_to_wait_past_the_deadline_ends_it_now(max_wait):
    state = fault(triggering(max_wait=max_wait), BUSY, now=START)
    assert state.outcome
    assert state.outcome.verdict is Verdict.LOST_CONTACT


def test_a_poll_that_fails_past_the_deadline_is_the_last_only_if_it_began_for_it():
    deadline = START + 1800
    assert fault(polling(at=deadline - 20), RESET, now=deadline).outcome is None
    assert fault(polling(at=deadline), RESET, now=deadline + 0.5).outcome
    last = looked(polling(at=START + 10), RUNNING, now=START + 10.6)
    begun_for_it = asked(last, now=last.last_look_at)
    assert fault(begun_for_it, RESET, now=deadline).outcome
    assert fault(begun_for_it, RESET, now=deadline - 0.1).outcome is None


def test_a_trigger_that_is_due_again_past_the_deadline_is_not_sent():
    again = fault(triggering(max_wait=60), UNREACHED, now=START)
    assert too_late(again, now=START + 59) is None
    over = too_late(again, now=START + 60)
    assert over
    assert over.outcome
    assert over.outcome.verdict is Verdict.LOST_CONTACT
    assert too_late(begin(a_run(), now=START), now=START + 3600) is None


def test_a_look_that_found_no_room_within_half_a_second_of_the_deadline_is_not_sent():
    seen = polling()
    assert too_late(seen, now=START + 1800.4) is None
    over = too_late(seen, now=START + 1800.5)
    assert over
    assert over.outcome
    assert over.outcome.verdict is Verdict.TIMED_OUT


def test_a_first_trigger_is_not_sent_when_the_jobs_time_is_over():
    state = begin(a_run(), now=START, end_by=START + 60)
    assert too_late(state, now=START + 59) is None
    over = too_late(state, now=START + 60)
    assert over
    assert over.outcome
    assert over.outcome.message.startswith("Not started")


def test_where_looking_at_all_takes_several_rounds_the_last_looks_begin_earlier():
    state = looked(polling(at=START + 10), RUNNING, now=START + 10.2)
    assert state.last_look_at == pytest.approx(START + 1800 - 0.4)
    assert replace(state, rounds=3).last_look_at == pytest.approx(START + 1800 - 1.2)
    assert replace(state, rounds=300).last_look_at == START + 1797


def test_only_a_completed_run_is_judged_and_only_once():
    seen = polling()
    with pytest.raises(ValueError, match="only a completed run is judged"):
        judged(seen, [])
    with pytest.raises(ValueError, match="only a completed run is judged"):
        unjudged(seen, "no time")
    completed = replace(seen, to_judge=an_execution(Status.COMPLETED))
    for over in (judged(completed, []), unjudged(completed, "no time")):
        assert over.to_judge is None
        assert over.outcome
    assert unjudged(completed, "no time").outcome.verdict is Verdict.UNMET


def test_a_trigger_that_arrived_ends_the_row_of_faults():
    again = asked(fault(triggering(), UNREACHED, now=START), now=START + 1)
    known = triggered(again, "run-1", now=START + 2)
    assert (known.faults, known.last_error) == (0, None)


def test_a_signal_ends_the_judging_of_a_completed_run():
    completed = replace(polling(), to_judge=an_execution(Status.COMPLETED))
    stopped = interrupted(completed, exit_code=143)
    assert stopped.to_judge is None
    assert stopped.outcome
    assert "judged" in stopped.outcome.message


GATEWAY = ContactError("The server answered 403.", reached=True)


@pytest.mark.parametrize(
    ("state", "survives"),
    [(polling(), True), (triggering(), False), (begin(an_attachment(), now=START), False)],
    ids=["a run that was seen", "a trigger", "a run that was not seen yet"],
)
def test_a_refusal_by_a_gateway_is_survived_once_the_run_was_seen(state, survives):
    error = RefusedError("Genesis refused (403)", hint="Check.", status=403, fault=GATEWAY)
    after = failed(state, error, now=START + 10, jitter=0.0)
    assert (after.outcome is None) is survives
    if survives:
        assert after.last_error is GATEWAY
    else:
        assert after.outcome
        assert after.outcome.verdict is Verdict.REJECTED


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
def test_a_trigger_leaves_time_for_a_second_one_only_where_that_is_safe(
    policy, max_wait, ambiguous, seconds
):
    state = replace(begin(a_run(policy=policy, max_wait=max_wait), now=START), ambiguous=ambiguous)
    assert patience(state, now=START) == seconds


def test_a_poll_is_never_waited_for_longer_than_half_a_minute():
    assert patience(polling(), now=START + 10) == 30
    assert patience(polling(), now=START + 1790) == 10
    assert patience(polling(policy=CANCEL, max_wait=60.0), now=START + 10) == 30


def test_only_a_run_that_was_attached_to_can_be_of_another_workflow():
    other = replace(RUNNING, workflow_id="another")
    assert looked(polling(), other, now=START + 11).outcome is None
    attached = asked(begin(an_attachment(workflow_id="mine"), now=START), now=START)
    outcome = looked(attached, other, now=START).outcome
    assert outcome
    assert (outcome.verdict, "not to mine" in outcome.message) == (Verdict.ERROR, True)
    assert looked(attached, replace(other, workflow_id="MINE"), now=START).outcome is None


def test_a_trigger_without_waiting_ends_with_its_id():
    outcome = triggered(triggering(wait=False), "run-9", now=START).outcome
    assert outcome
    assert (outcome.verdict, "run-9" in (outcome.hint or "")) == (Verdict.TRIGGERED, True)


def test_one_fault_at_the_deadline_of_a_run_that_was_seen_is_a_timeout():
    outcome = fault(polling(at=START + 1800), RESET, now=START + 1800).outcome
    assert outcome
    assert outcome.verdict is Verdict.TIMED_OUT
    assert "last status: running" in outcome.message
    assert "run-1" in (outcome.hint or "")


def test_two_faults_in_a_row_at_the_deadline_are_lost_contact():
    once = fault(polling(at=START + 1799), RESET, now=START + 1799)
    outcome = fault(asked(once, now=START + 1800), RESET, now=START + 1800).outcome
    assert outcome
    assert outcome.verdict is Verdict.LOST_CONTACT


def test_the_last_look_begins_early_enough_for_an_answer_as_slow_as_the_latest():
    state = looked(polling(at=START + 10), RUNNING, now=START + 10.6)
    assert state.last_look_at == pytest.approx(START + 1800 - 1.2)
    late = replace(state, due=START + 1810)
    assert late.next_at == late.last_look_at
    assert patience(late, now=late.next_at) == pytest.approx(1.2)
    slow = looked(polling(at=START + 10), RUNNING, now=START + 20)
    assert slow.last_look_at == START + 1797


def test_a_last_look_that_is_answered_early_is_followed_by_one_at_the_deadline():
    state = looked(polling(at=START + 10), RUNNING, now=START + 10.6)
    again = looked(asked(state, now=state.last_look_at), RUNNING, now=START + 1799)
    again = replace(again, due=START + 1900)
    assert again.next_at == START + 1800
    assert again.outcome is None


def test_a_last_look_that_is_not_answered_by_the_deadline_is_a_timeout():
    state = looked(polling(at=START + 10), RUNNING, now=START + 10.6)
    missed = fault(asked(state, now=state.last_look_at), RESET, now=START + 1800)
    assert missed.outcome
    assert missed.outcome.verdict is Verdict.TIMED_OUT


def test_faults_in_the_last_seconds_are_not_answered_by_a_storm_of_requests():
    state = looked(polling(at=START + 10), RUNNING, now=START + 11.5)
    after = fault(asked(state, now=state.last_look_at), UNREACHED, now=state.last_look_at)
    assert after.next_at >= state.last_look_at + 1


def test_runs_that_are_attached_to_share_the_deadline_of_the_job_and_not_their_first_look():
    run = begin(an_attachment(max_wait=60.0), now=START)
    assert asked(run, now=START + 50).deadline == START + 60
    assert patience(run, now=START + 50) == 10
    triggered_late = begin(a_run(max_wait=60.0), now=START)
    assert asked(triggered_late, now=START + 50).deadline == START + 110


def test_the_jobs_own_time_limit_is_named_where_it_ends_the_watch():
    outcome = looked(polling(end_by=START + 65), RUNNING, now=START + 65).outcome
    assert outcome
    assert outcome.message == (
        "No final status within the CI job's own time limit, 1m 05s (last status: running)."
    )
    assert "run-1" in (outcome.hint or "")


def test_a_run_that_waits_for_nobody_is_in_no_review():
    waiting = Policy(on_review_pending=OnReview.WAIT)
    assert looked(polling(policy=waiting), RUNNING, now=START + 11).review_since is None


def test_an_attempt_whose_trigger_took_no_effect_does_not_say_that_nothing_was_started():
    failed = outcomes.for_execution(an_execution(Status.FAILED), Policy())
    failed_before = (report_of(polling(), failed),)
    again = replace(begin(a_run(max_wait=1.0), now=START), earlier=failed_before)
    outcome = fault(asked(again, now=START), UNREACHED, now=START).outcome
    assert outcome
    assert "this attempt was not started" in (outcome.hint or "")


def test_a_review_that_nobody_decides_in_an_attached_run_asks_to_run_the_job_again():
    waiting = Policy(on_review_pending=OnReview.WAIT)
    in_review = an_execution(Status.REVIEW_PENDING)
    run = an_attachment(policy=waiting, review_wait=60.0)
    state = looked(asked(begin(run, now=START), now=START), in_review, now=START)
    outcome = looked(state, in_review, now=START + 60).outcome
    assert outcome
    assert outcome.verdict is Verdict.REVIEW_PENDING
    assert "re-run this job" in (outcome.hint or "")


@pytest.mark.parametrize(("seen", "outcome_comes"), [(False, True), (True, False)])
def test_a_certificate_that_fails_ends_only_a_watch_that_never_met_the_server(seen, outcome_comes):
    attached = asked(begin(an_attachment(), now=START), now=START)
    state = looked(attached, RUNNING, now=START) if seen else attached
    assert bool(fault(state, DISTRUSTED, now=START).outcome) is outcome_comes


def test_a_refusal_after_a_trigger_that_may_have_arrived_says_so():
    unsure = fault(triggering(policy=CANCEL), RESET, now=START)
    assert unsure.ambiguous
    outcome = refused(asked(unsure, now=START + 1)).outcome
    assert outcome
    assert "may have started a run" in (outcome.hint or "")
    sure = refused(triggering()).outcome
    assert sure
    assert sure.hint == "Check the key."
