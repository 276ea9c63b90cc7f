"""Where a workflow stands, before anything is made of it."""

import math
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.state import WorkflowState, begin, report_of
from genesis_ci.models import OnState, Outcome, Policy, Status
from tests.builders import WORKFLOW_ID, a_run, an_attachment, an_execution

START = 1000.0
RUNNING = an_execution(Status.RUNNING)
TIMED_OUT = outcomes.timed_out("run-1", RUNNING, waited=1800)
LOST = outcomes.lost_contact(ContactError("Lost.", reached=True), None, ambiguous=True)
REFUSED = outcomes.refused(
    RefusedError("Invalid API key", hint="Check the key.", status=401),
    "run-1",
    exists=True,
    ambiguous=False,
)
FAILED = outcomes.for_execution(an_execution(Status.FAILED), Policy())


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


SEEN = an_execution(Status.COMPLETED, workflow_id=WORKFLOW_ID, workflow_name="of Genesis")


def test_a_report_tells_what_was_asked_and_what_was_seen():
    run = a_run(
        name="smoke",
        variables={"user": "bob"},
        shown={"user": "***"},
        policy=Policy(required=False, on_failed_block=OnState.FAIL),
        run_url="https://genesis.autify.com/{workflow_id}/{execution_id}",
    )
    state = replace(
        begin(run, now=START),
        asked_at=START + 1,
        ended_at=START + 9,
        execution_id="run-1",
        execution=SEEN,
        polls=3,
        notes=("A note.",),
    )
    report = report_of(state, FAILED)
    assert (report.name, report.outcome, report.seconds, report.polls) == ("smoke", FAILED, 9.0, 3)
    assert (report.workflow_id, report.execution_id, report.execution) == (
        WORKFLOW_ID, "run-1", SEEN
    )  # fmt: skip
    assert (report.variables, report.required, report.attached) == ({"user": "***"}, False, False)
    assert (report.on_failed_block, report.notes) == (OnState.FAIL, ("A note.",))
    assert report.run_url == f"https://genesis.autify.com/{WORKFLOW_ID}/run-1"
    assert (report.kept, report.earlier, report.findings, report.readiness) == (False, (), (), None)


def test_a_report_of_what_was_never_asked_for_took_no_time():
    assert report_of(begin(a_run(), now=START), FAILED).seconds == 0.0
    unfinished = replace(begin(a_run(), now=START), asked_at=START, ended_at=None)
    assert report_of(unfinished, FAILED).seconds == 0.0


@pytest.mark.parametrize(
    ("name", "seen", "told"),
    [("smoke", SEEN, "smoke"), (None, SEEN, "of Genesis"), (None, RUNNING, "workflow")],
)
def test_a_report_has_our_name_or_else_the_one_in_genesis(name, seen, told):
    state = replace(begin(an_attachment(name=name), now=START), execution=seen)
    report = report_of(state, FAILED)
    assert told in report.name
    assert report.attached
    assert report.workflow_id == seen.workflow_id


def test_the_jobs_own_limit_is_the_deadline_where_it_comes_first():
    state = begin(a_run(max_wait=600), now=START, end_by=START + 60)
    assert state.deadline == START + 60
    assert state.ended_by_job
    assert not begin(a_run(max_wait=600), now=START, end_by=math.inf).ended_by_job


def test_a_review_that_used_up_its_time_before_has_none_left():
    state = replace(begin(a_run(review_wait=600), now=START), review_spent=700.0)
    assert replace(state, review_since=START + 50).deadline == START + 50


def test_a_workflow_whose_own_time_ends_with_the_jobs_is_not_ended_by_the_job():
    assert not begin(a_run(max_wait=60), now=START, end_by=START + 60).ended_by_job


def test_the_address_of_a_run_may_take_the_workflows_id_from_the_run():
    run_url = "https://genesis.example/{workflow_id}/{execution_id}"
    seen = an_execution(Status.FAILED, workflow_id=WORKFLOW_ID)
    state = replace(begin(an_attachment(run_url=run_url), now=START), execution=seen)
    address = report_of(state, FAILED).run_url
    assert address == f"https://genesis.example/{WORKFLOW_ID}/{state.execution_id}"
