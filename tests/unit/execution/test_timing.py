"""Deadlines, pauses and gaps. Whole jobs show which requests are repeated (tests/approved)."""

import math

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.state import Run
from genesis_ci.execution.timing import (
    FIRST_GAP,
    LONGEST,
    LONGEST_PAUSE,
    SHORTEST,
    deadline,
    early_poll_at,
    gap,
    judging_timeout,
    may_poll_again,
    next_poll,
    next_request_at,
    pause,
    request_timeout,
    trigger_pause,
    workflow_deadline,
)
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Concurrency, Policy
from tests.builders import START, a_block, a_run, after, an_execution

BEGAN = 1000.0
END = BEGAN + 600
REVIEWED = {"workflow": a_run(max_wait=600, max_review=3600.0)}
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


def a_state(workflow=None, **fields) -> Run:
    """Return a run that began at `BEGAN` and has ten minutes."""
    return Run(
        **{"workflow": workflow or a_run(max_wait=600), "began": BEGAN, "due": BEGAN} | fields
    )


def triggered(**fields) -> Run:
    return a_state(execution_id="run-1", sent_at=BEGAN, **fields)


# Deadlines, and the two polls around one


@pytest.mark.parametrize(
    ("fields", "of_workflow", "found"),
    [
        ({}, 600, 600),
        ({"end_by": BEGAN + 60}, 600, 60),
        ({"end_by": BEGAN + 900}, 600, 600),
        ({"review_spent": 50.0}, 650, 650),
        ({"review_since": BEGAN + 100, **REVIEWED}, 3700, 3700),
        ({"review_since": BEGAN + 100, "review_spent": 3000.0, **REVIEWED}, 700, 700),
        ({"review_since": BEGAN + 100, "review_spent": 3700.0, **REVIEWED}, 100, 100),
    ],
)
def test_the_earliest_time_limit_is_the_deadline(fields, of_workflow, found):
    run = a_state(**fields)
    assert (workflow_deadline(run), deadline(run)) == (BEGAN + of_workflow, BEGAN + found)


@pytest.mark.parametrize(
    ("cost", "rounds", "lead"),
    [(0.0, 1, 0), (0.6, 1, 1.2), (0.2, 3, 1.2), (0.2, 300, 3), (40.0, 1, 3)],
)
def test_the_early_poll_leaves_twice_the_time_of_an_answer(cost, rounds, lead):
    assert early_poll_at(triggered(cost=cost, rounds=rounds)) == pytest.approx(END - lead)


@pytest.mark.parametrize(
    ("run", "due"),
    [
        pytest.param(triggered(due=BEGAN + 9, cost=0.6), BEGAN + 9, id="after a pause"),
        pytest.param(triggered(due=END + 9, cost=0.5), END - 1, id="early poll"),
        pytest.param(
            triggered(due=END + 9, cost=0.5, early_poll_for=END), END, id="poll at the deadline"
        ),
        pytest.param(
            triggered(due=END + 9, cost=0.5, early_poll_for=END - 7), END - 1, id="later deadline"
        ),
    ],
)
def test_no_pause_delays_the_early_poll_nor_the_poll_at_the_deadline(run, due):
    assert next_request_at(run) == due


@pytest.mark.parametrize(
    ("run", "left", "seconds"),
    [
        pytest.param(triggered(), 600, 30, id="poll"),
        pytest.param(triggered(), 7, 7, id="poll near the deadline"),
        pytest.param(triggered(), 0, 0.5, id="poll at the deadline"),
        pytest.param(a_state(), 20, 20, id="trigger"),
        pytest.param(a_state(a_run(policy=CANCEL, max_wait=600)), 600, 30, id="cancel-previous"),
        pytest.param(a_state(a_run(policy=CANCEL, max_wait=30)), 30, 10, id="a third of its time"),
        pytest.param(a_state(a_run(policy=CANCEL, max_wait=2)), 2, 1, id="at least a second"),
        pytest.param(
            a_state(a_run(policy=CANCEL, max_wait=24), lost_triggers=1), 24, 24, id="second trigger"
        ),
    ],
)
def test_a_request_has_half_a_minute_within_its_deadline(run, left, seconds):
    assert request_timeout(run, now=deadline(run) - left) == seconds


@pytest.mark.parametrize(("left", "seconds"), [(math.inf, 120), (60, 60), (0.1, 0.5)])
def test_checks_have_two_minutes_within_the_job(left, seconds):
    assert judging_timeout(a_state(end_by=END), now=END - left) == seconds


# The next poll after an answer


JUST_BEGUN = a_block("now", Status.RUNNING, started_at=START)


def blocks_of(seconds: float, *, done: int, start: float = 0):
    """Return finished blocks of so many seconds each, in sequence, and a running one."""
    times = [after(start + n * seconds) for n in range(done + 1)]
    ended = [a_block(f"b{n}", started_at=times[n], finished_at=times[n + 1]) for n in range(done)]
    return (*ended, a_block("now", Status.RUNNING, started_at=times[-1]))


def running(total: int, *, done: int, seconds: float = 60, **fields):
    blocks = blocks_of(seconds, done=done)
    given = {"block_count": total, "completed_blocks": done, "blocks": blocks, "created_at": START}
    return an_execution(Status.RUNNING, **{**given, **fields})


ON_ANOTHER_CLOCK = {"created_at": after(4e6), "blocks": blocks_of(60, done=1, start=4e6)}


@pytest.mark.parametrize(
    ("execution", "elapsed", "pause"),
    [
        (an_execution(Status.PENDING), 2, SHORTEST),
        (an_execution(Status.PENDING), 100, 12),
        (an_execution(Status.PENDING), 1000, 20),
        (an_execution(Status.RUNNING), 10, SHORTEST),
        (an_execution(Status.RUNNING), 100, 6),
        (an_execution(Status.RUNNING), 1000, LONGEST),
        (an_execution(Status.REVIEW_PENDING, block_count=5), 100, 6),
        (an_execution("paused"), 100, 6),
        (running(3, done=1, seconds=20), 24, 3),
        (running(4, done=1, seconds=20), 24, 6),
        (running(40, done=1, seconds=20), 24, 20),
        (running(3, done=0, completed_blocks=None), 24, 12),
        (running(3, done=0, blocks=(JUST_BEGUN,) * 3), 20, 2.1),
        (running(2, done=1), 100, 4.55),
        (running(2, done=1), 1000, 8),
        (running(2, done=1, updated_at=after(100)), 0, 4.55),
        (running(2, done=1, **ON_ANOTHER_CLOCK), 100, 4.55),
        (running(2, done=1, created_at=None), 100, 1.05),
        (running(3, done=1, blocks=()), 100, SHORTEST),
        (running(2, done=1), 60, 1.05),
        (running(2, done=1, blocks=blocks_of(60, done=1)[:1]), 100, 1.05),
        (running(2, done=1, blocks=(*blocks_of(60, done=1)[:1], JUST_BEGUN)), 0, 1.05),
    ],
    ids=[
        "just pending", "pending", "pending for long", "no blocks", "no blocks for a while",
        "no blocks for long", "in review", "unknown status", "one block has not started",
        "two blocks have not started", "many blocks have not started", "no block is done",
        "parallel blocks run", "the last block runs", "the last block runs for long",
        "the server's elapsed time", "another clock", "no creation time", "no blocks listed",
        "the last block has just started", "no block runs", "a block started with the run",
    ],
)  # fmt: skip
def test_the_pause_follows_the_documented_formula(execution, elapsed, pause):
    assert next_poll(execution, elapsed=elapsed, interval=None) == pytest.approx(pause)


@pytest.mark.parametrize(("cost", "pause"), [(0.0, 1.0), (0.5, 4.5), (10.0, LONGEST)])
def test_the_pause_is_nine_times_the_cost_of_an_answer(cost, pause):
    assert next_poll(an_execution(Status.PENDING), elapsed=0, interval=None, cost=cost) == pause


def test_a_fixed_interval_is_returned():
    assert next_poll(an_execution(), elapsed=1000, interval=7.0, cost=10.0) == 7.0


# After a failed request


@pytest.mark.parametrize(
    ("early_poll_for", "ends_at", "now", "again"),
    [
        pytest.param(None, END, END - 1, True, id="before the deadline"),
        pytest.param(None, END, END + 1, True, id="no early poll"),
        pytest.param(END, END, END - 1, True, id="early poll"),
        pytest.param(END, END, END, False, id="poll at the deadline"),
        pytest.param(BEGAN, END, END, True, id="early poll of an earlier deadline"),
        pytest.param(None, -math.inf, BEGAN, False, id="never"),
        pytest.param(None, BEGAN + 60, BEGAN + 59, True, id="before the end"),
        pytest.param(None, BEGAN + 60, BEGAN + 60, False, id="at the end"),
    ],
)
def test_a_poll_is_repeated_until_its_time_is_over(early_poll_for, ends_at, now, again):
    run = triggered(early_poll_for=early_poll_for)
    assert may_poll_again(run, ends_at=ends_at, now=now) is again


@pytest.mark.parametrize(
    ("faults", "jitter", "retry_after", "seconds"),
    [
        (1, 0, None, 1),
        (2, 0, None, 2),
        (5, 0, None, 16),
        (6, 0, None, LONGEST_PAUSE),
        (9, 0, None, LONGEST_PAUSE),
        (3, 0.5, None, 3),
        (3, 1, None, 2),
        (1, 1, None, 0.5),
        (1, 0, 90, 90),
        (1, 1, 90, 135),
        (3, 0, 0, 4),
        (3, 1, 2, 3),
    ],
)
def test_a_pause_doubles_with_jitter_and_obeys_retry_after(faults, jitter, retry_after, seconds):
    error = ContactError("busy", reached=False, retry_after=retry_after)
    assert pause(error, faults=faults, jitter=jitter) == seconds


def test_a_pause_after_a_429_is_four_times_as_long():
    error = ContactError("busy", reached=False, limited=True)
    assert [pause(error, faults=n, jitter=0) for n in (1, 3, 4)] == [4, 16, LONGEST_PAUSE]


@pytest.mark.parametrize(
    ("faults", "jitter", "retry_after", "left", "seconds"),
    [(1, 0, None, 600, 1), (5, 0, None, 40, 10), (5, 0, None, 3, 1), (1, 0, 90, 60, 90)],
)
def test_a_trigger_pauses_for_a_quarter_of_the_time_left_at_most(
    faults, jitter, retry_after, left, seconds
):
    fault = ContactError("busy", reached=False, retry_after=retry_after)
    found = trigger_pause(fault, faults=faults, jitter=jitter, left=left)
    assert found == pytest.approx(seconds)


# Between two requests of a job


@pytest.mark.parametrize(
    ("before", "limited", "runs", "after"),
    [
        (0, True, 1000, FIRST_GAP),
        (0.025, True, 1000, LONGEST_PAUSE / 1000),
        (4, True, 1, 6),
        (24, True, 1, LONGEST_PAUSE),
        (0, False, 1, 0),
        (20, False, 1, 4),
        (0.02, False, 1000, 1 / 50.2),
    ],
)
def test_a_gap_grows_with_each_429_and_the_rate_recovers_by_steps(before, limited, runs, after):
    assert gap(before, limited=limited, runs=runs) == pytest.approx(after)
