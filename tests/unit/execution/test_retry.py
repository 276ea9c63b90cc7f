"""Whether a failed request is sent again, and after which pause."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.retry import LONGEST_PAUSE, may_send_again, passing_fault, pause
from genesis_ci.execution.state import Run
from genesis_ci.models import Concurrency, Policy
from tests.builders import EXECUTION_ID, a_run, an_attachment

CANCEL = {"policy": Policy(concurrency=Concurrency.CANCEL_PREVIOUS)}
TRIGGER, SECOND = Run(workflow=a_run()), Run(workflow=a_run(**CANCEL), ambiguous=True)
FIRST = Run(workflow=a_run(**CANCEL))
POLL = Run(workflow=a_run(), execution_id=EXECUTION_ID)
UNSEEN = Run(workflow=an_attachment(), execution_id=EXECUTION_ID)
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
    ("fault", "seen", "passes"),
    [(UNKNOWN, True, True), (UNKNOWN, False, False), (None, True, False), (None, False, False)],
    ids=["gateway, seen", "gateway, unseen", "Genesis, seen", "Genesis, unseen"],
)
def test_a_refusal_is_a_fault_only_from_a_gateway_for_a_seen_run(fault, seen, passes):
    error = RefusedError("no", hint="Check.", status=403, fault=fault)
    assert passing_fault(error, seen=seen) is (UNKNOWN if passes else None)


def test_a_contact_error_is_a_fault_for_an_unseen_run():
    assert passing_fault(UNKNOWN, seen=False) is UNKNOWN


def test_pauses_double_up_to_half_a_minute():
    pauses = [pause(UNKNOWN, faults=faults, jitter=0) for faults in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_jitter_shortens_a_pause_by_at_most_half():
    assert [pause(UNKNOWN, faults=3, jitter=jitter) for jitter in (0, 0.5, 1)] == [4, 3, 2]


def test_a_short_pause_is_not_rounded_up():
    assert pause(UNKNOWN, faults=1, jitter=1) == 0.5


def test_a_longer_retry_after_sets_the_pause():
    busy = ContactError("busy", reached=False, retry_after=90)
    assert pause(busy, faults=1, jitter=0) == 90


def test_a_shorter_retry_after_does_not_shorten_the_pause():
    eager = ContactError("busy", reached=False, retry_after=0)
    assert pause(eager, faults=3, jitter=0) == 4
