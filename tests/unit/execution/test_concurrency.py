"""The queue of a job: which runs may start, and which never start."""

import math

import pytest

from genesis_ci.execution.concurrency import Queue, predecessors, serial_templates
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Plan, Policy
from genesis_ci.models.report import USUAL_EXIT_CODES, Verdict
from genesis_ci.models.workflow import Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, a_run, an_attachment

SERIAL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
PARALLEL, MINE = a_run(), a_run(policy=SERIAL)
OTHER = a_run(policy=SERIAL, workflow_id=EXECUTION_ID)
ATTACHED = an_attachment(workflow_id=WORKFLOW_ID)


def runs(*workflows: Workflow) -> list[Run]:
    return [
        Run(workflow=workflow, serial_template=template)
        for workflow, template in zip(workflows, serial_templates(workflows), strict=True)
    ]


def a_queue(waiting: list[Run], plan: Plan) -> Queue:
    queue = Queue(waiting, plan, end_by=math.inf)
    for run in waiting:
        if not run.attached:
            queue.add(run)
    return queue


@pytest.mark.parametrize(
    ("verdict", "earlier", "stops"),
    [
        (Verdict.REVIEW_PENDING, (), False),
        (Verdict.REVIEW_PENDING, (a_report(Verdict.FAILED, 1),), True),
        (Verdict.FAILED, (), True),
    ],
)
def test_fail_fast_ignores_a_review_that_a_status_shows(verdict, earlier, stops):
    over, waits = runs(PARALLEL, PARALLEL)
    over.outcome, over.earlier = a_report(verdict, USUAL_EXIT_CODES[verdict]).outcome, earlier
    queue = a_queue([waits], Plan(fail_fast=True, review_is_green=True))
    queue.end(over)
    assert bool(queue.stopped) is stops


def test_predecessors_are_the_earlier_runs_of_a_template():
    assert predecessors([MINE, OTHER, MINE, MINE]) == {2: 0, 3: 2}
    assert predecessors([MINE, ATTACHED, MINE]) == {0: 1, 2: 0}
