"""Which runs may start, and which never start."""

import itertools

import pytest

from genesis_ci.execution.concurrency import lanes, never_startable, predecessors, startable
from genesis_ci.execution.state import Run
from genesis_ci.models import EXIT_CODES, Concurrency, Outcome, Plan, Policy, Verdict, Workflow
from tests.builders import EXECUTION_ID, a_run, an_attachment

OTHER_ID = "6f9619ff-8b86-4d01-b42d-00c04fc964fe"
SERIAL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
FAIL_FAST = Plan(fail_fast=True)


def outcome(verdict: Verdict) -> Outcome:
    return Outcome(verdict=verdict, exit_code=EXIT_CODES[verdict], message=f"It {verdict}.")


GREEN, RED, LATE = (outcome(one) for one in (Verdict.PASSED, Verdict.FAILED, Verdict.TIMED_OUT))


def runs(*workflows: Workflow) -> list[Run]:
    return [
        Run(workflow=workflow, lane=lane)
        for workflow, lane in zip(workflows, lanes(workflows), strict=True)
    ]


def serial(count: int, **fields) -> list[Run]:
    return runs(*[a_run(policy=SERIAL, **fields)] * count)


def ended(run: Run, how: Outcome, *, known: bool = True) -> Run:
    """Return the run after its end; without a known id it never started."""
    run.outcome, run.execution_id = how, EXECUTION_ID if known else None
    return run


def starts(waiting: list[Run], going: list[Run], plan: Plan) -> list[int]:
    """Return the positions of the runs that may start."""
    return [waiting.index(run) for run in startable(waiting, going, plan)]


def ends(waiting: list[Run], over: Run, plan: Plan) -> dict[int, Outcome]:
    """Return the outcomes of the runs that never start, by position."""
    return {waiting.index(run): how for run, how in never_startable(waiting, over, plan).items()}


def test_all_runs_start_below_max_parallel():
    assert starts(runs(*[a_run()] * 3), [], Plan()) == [0, 1, 2]


def test_runs_above_max_parallel_wait_in_order():
    plan = Plan(max_parallel=2)
    waiting = runs(*[a_run()] * 5)
    assert starts(waiting, [], plan) == [0, 1]
    assert starts(waiting, waiting[:1], plan) == [0]
    assert starts(waiting, waiting[:2], plan) == []


def test_max_parallel_is_eight_by_default():
    assert len(starts(runs(*[a_run()] * 20), [], Plan())) == 8


def test_runs_of_a_template_under_cancel_previous_start_in_turn():
    first, second = serial(2)
    assert starts([first, second], [], Plan()) == [0]
    assert starts([second], [first], Plan()) == []
    assert starts([second], [], Plan()) == [0]


def test_no_run_follows_a_timeout_under_cancel_previous():
    first, *waiting = runs(
        a_run(policy=SERIAL, name="first"),
        a_run(policy=SERIAL),
        a_run(policy=SERIAL, workflow_id=OTHER_ID),
        a_run(policy=SERIAL),
    )
    never = ends(waiting, ended(first, LATE), Plan())
    assert never.keys() == {0, 2}
    assert {one.exit_code for one in never.values()} == {EXIT_CODES[Verdict.TIMED_OUT]}
    assert "“first” may still be going" in never[0].message


def test_a_timeout_under_parallel_blocks_no_other_run():
    first, second = runs(a_run(), a_run())
    assert ends([second], ended(first, LATE), Plan()) == {}


def test_a_run_that_never_started_blocks_no_other_run():
    first, second = serial(2)
    over = ended(first, outcome(Verdict.LOST_CONTACT), known=False)
    assert ends([second], over, Plan()) == {}


def test_a_waiting_run_does_not_delay_another_template():
    mine, other = a_run(policy=SERIAL), a_run(policy=SERIAL, workflow_id=OTHER_ID)
    assert starts(runs(mine, mine, other, other), [], Plan()) == [0, 2]


def test_a_template_stays_taken_while_another_one_starts():
    going, next_of_it = serial(2)
    [another] = serial(1, workflow_id=EXECUTION_ID)
    assert starts([another, next_of_it], [going], Plan()) == [0]


def test_runs_of_a_template_under_parallel_start_together():
    assert starts(runs(a_run(), a_run()), [], Plan()) == [0, 1]


def test_one_cancel_previous_entry_serializes_its_template():
    assert starts(runs(a_run(), a_run(policy=SERIAL)), [], Plan()) == [0]


def test_an_attached_run_does_not_take_its_template():
    workflow_id = a_run().workflow_id
    assert lanes([an_attachment(workflow_id=workflow_id), a_run(policy=SERIAL)]) == [
        None,
        workflow_id,
    ]


def test_predecessors_are_the_earlier_runs_of_a_template():
    workflows = [a_run(policy=SERIAL), a_run(workflow_id=OTHER_ID), a_run(policy=SERIAL)]
    assert predecessors([*workflows, a_run(policy=SERIAL)]) == {2: 0, 3: 2}


def test_a_failure_without_fail_fast_stops_no_other_run():
    first, second = runs(a_run(), a_run())
    assert ends([second], ended(first, RED), Plan()) == {}


@pytest.mark.parametrize("verdict", [one for one in Verdict if EXIT_CODES[one]])
def test_fail_fast_starts_nothing_after_a_required_failure(verdict):
    smoke, *waiting = runs(a_run(name="smoke"), a_run(), a_run())
    never = ends(waiting, ended(smoke, outcome(verdict)), FAIL_FAST)
    assert set(never) == {0, 1}
    assert (never[0].verdict, never[0].exit_code) == (Verdict.NOT_RUN, 0)
    assert f"“smoke” ended {verdict}" in never[0].message
    assert "fail-fast: false" in (never[0].hint or "")


def test_fail_fast_ignores_a_workflow_that_is_not_required():
    optional, second = runs(a_run(policy=Policy(required=False)), a_run())
    assert ends([second], ended(optional, RED), FAIL_FAST) == {}


def test_fail_fast_ignores_a_green_outcome():
    first, second = runs(a_run(), a_run())
    assert ends([second], ended(first, GREEN), FAIL_FAST) == {}


def test_all_mixes_of_templates_finish_without_overlap():
    """All mixes of five runs of three templates, with two at once."""
    kinds = [
        a_run(policy=SERIAL),
        a_run(policy=SERIAL, workflow_id=OTHER_ID),
        a_run(workflow_id="6f9619ff-8b86-4d01-b42d-00c04fc964fd"),
    ]
    for mix in itertools.product(kinds, repeat=5):
        waiting, going, over = runs(*mix), [], 0
        while waiting or going:
            begun = startable(waiting, going, Plan(max_parallel=2))
            going += begun
            waiting = [one for one in waiting if one not in begun]
            assert 1 <= len(going) <= 2
            taken = [one.lane for one in going if one.lane]
            assert len(taken) == len(set(taken))
            going.pop(0)
            over += 1
        assert over == len(mix)
