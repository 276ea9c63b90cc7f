"""Whether a failed request is sent again, and after which pause."""

import math

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.retry import (
    ASTRAY_SECONDS,
    FIRST_GAP,
    LAG_SECONDS,
    LONGEST_PAUSE,
    gap,
    may_send_again,
    pause,
    repeated_for,
)
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Policy
from genesis_ci.models.refusal import Refusal
from tests.builders import EXECUTION_ID, a_run, an_attachment, an_execution

CANCEL = {"policy": Policy(concurrency=Concurrency.CANCEL_PREVIOUS)}
TRIGGER, SECOND = Run(workflow=a_run()), Run(workflow=a_run(**CANCEL), ambiguous=True)
FIRST = Run(workflow=a_run(**CANCEL))
POLL = Run(workflow=a_run(), execution_id=EXECUTION_ID)
UNSEEN = Run(workflow=an_attachment(), execution_id=EXECUTION_ID)
SEEN = Run(workflow=an_attachment(), execution_id=EXECUTION_ID, execution=an_execution())
UNSENT = ContactError("refused", reached=False)
DISTRUSTED = ContactError("certificate", reached=False, permanent=True)
UNKNOWN = ContactError("reset", reached=True)


@pytest.mark.parametrize(
    ("run", "fault", "again"),
    [
        pytest.param(POLL, UNSENT, True, id="poll, unsent"),
        pytest.param(POLL, UNKNOWN, True, id="poll, unknown"),
        pytest.param(POLL, DISTRUSTED, True, id="poll, permanent"),
        pytest.param(UNSEEN, UNSENT, True, id="unseen run, unsent"),
        pytest.param(UNSEEN, UNKNOWN, True, id="unseen run, unknown"),
        pytest.param(UNSEEN, DISTRUSTED, False, id="unseen run, permanent"),
        pytest.param(TRIGGER, UNSENT, True, id="trigger, unsent"),
        pytest.param(TRIGGER, UNKNOWN, False, id="trigger, unknown"),
        pytest.param(FIRST, DISTRUSTED, False, id="cancel-previous, permanent"),
        pytest.param(FIRST, UNKNOWN, True, id="cancel-previous, unknown"),
        pytest.param(SECOND, UNSENT, True, id="cancel-previous again, unsent"),
        pytest.param(SECOND, UNKNOWN, False, id="cancel-previous again, unknown"),
    ],
)
def test_a_request_is_repeated_only_when_that_is_safe(run, fault, again):
    assert may_send_again(fault, run) is again


@pytest.mark.parametrize(
    ("fault", "unknown_run", "seconds"),
    [
        pytest.param(None, False, (0, 0, 0, 0), id="Genesis refuses"),
        pytest.param(UNKNOWN, True, (0, LAG_SECONDS, 0, 0), id="Genesis does not know the run"),
        pytest.param(UNKNOWN, False, (0, math.inf, ASTRAY_SECONDS, math.inf), id="a gateway"),
    ],
)
def test_a_refused_poll_is_repeated_for_a_time(fault, unknown_run, seconds):
    refusal = RefusedError(
        "no",
        hint="",
        status=404,
        row=Refusal.EXECUTION_NOT_FOUND if unknown_run else None,
        fault=fault,
    )
    runs = (TRIGGER, POLL, UNSEEN, SEEN)
    assert tuple(repeated_for(refusal, run) for run in runs) == seconds


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
