"""Where a workflow stands, before anything is made of it."""

import math
from dataclasses import replace

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.outcomes import (
    failed_outcome,
    lost_outcome,
    refused_outcome,
    timed_out_outcome,
)
from genesis_ci.execution.state import WorkflowState, begin
from genesis_ci.models import Outcome, Status
from tests.builders import a_run, an_attachment, an_execution

START = 1000.0
RUNNING = an_execution(Status.RUNNING)
TIMED_OUT = timed_out_outcome("run-1", RUNNING, waited=1800)
LOST = lost_outcome(ContactError("Lost.", reached=True), None, ambiguous=True)
REFUSED = refused_outcome(
    RefusedError("Invalid API key", hint="Check the key.", status=401),
    "run-1",
    exists=True,
    ambiguous=False,
)
FAILED = failed_outcome(an_execution(Status.FAILED))


def ended(outcome: Outcome | None, **fields) -> WorkflowState:
    return replace(begin(a_run(), now=START), outcome=outcome, **fields)


@pytest.mark.parametrize(
    ("state", "abandoned"),
    [
        pytest.param(ended(TIMED_OUT, execution_id="run-1"), True, id="timed out"),
        pytest.param(ended(REFUSED, execution_id="run-1"), True, id="refused while it runs"),
        pytest.param(ended(LOST, ambiguous=True), True, id="perhaps started"),
        pytest.param(ended(LOST), False, id="surely not started"),
        pytest.param(ended(REFUSED), False, id="refused before it started"),
        pytest.param(ended(FAILED, execution_id="run-1"), False, id="seen to end"),
        pytest.param(ended(None, execution_id="run-1"), False, id="still watched"),
        pytest.param(
            replace(begin(an_attachment(), now=START), outcome=TIMED_OUT, execution=RUNNING),
            False,
            id="somebody else's run",
        ),
    ],
)
def test_a_run_is_abandoned_when_it_may_go_on_and_nobody_watches_it(state, abandoned):
    assert state.abandoned is abandoned


def test_a_review_stops_the_clock_of_the_run():
    state = begin(a_run(max_wait=600, review_wait=3600), now=START)
    assert state.deadline == START + 600
    in_review = replace(state, review_since=START + 100)
    assert in_review.deadline == START + 100 + 3600
    after = replace(state, review_spent=2000.0)
    assert after.deadline == START + 600 + 2000


def test_the_jobs_own_limit_is_the_deadline_where_it_comes_first():
    state = begin(a_run(max_wait=600), now=START, end_by=START + 60)
    assert state.deadline == START + 60
    assert state.ended_by_job
    assert not begin(a_run(max_wait=600), now=START, end_by=math.inf).ended_by_job
