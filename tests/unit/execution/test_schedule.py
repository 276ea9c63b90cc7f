"""Who may start beside whom, and what never starts: decisions on plain values."""

import itertools
from dataclasses import replace

import pytest

from genesis_ci.execution.schedule import (
    ends,
    lanes,
    late_ends,
    predecessors,
    turn_taking,
    turns,
)
from genesis_ci.execution.state import WorkflowState, begin
from genesis_ci.models import EXIT_CODES, Concurrency, Outcome, Plan, Policy, Verdict, Workflow
from tests.builders import EXECUTION_ID, a_run, an_attachment

OTHER_ID = "6f9619ff-8b86-4d01-b42d-00c04fc964fe"
SERIAL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
FAIL_FAST = Plan(fail_fast=True)


def outcome(verdict: Verdict) -> Outcome:
    return Outcome(verdict=verdict, exit_code=EXIT_CODES[verdict], message=f"It {verdict}.")


GREEN, RED, LATE = (outcome(one) for one in (Verdict.PASSED, Verdict.FAILED, Verdict.TIMED_OUT))


def states(*workflows: Workflow) -> list[WorkflowState]:
    return [
        begin(workflow, now=0.0, lane=lane)
        for workflow, lane in zip(workflows, lanes(workflows), strict=True)
    ]


def serial(count: int, **fields) -> list[WorkflowState]:
    return states(*[a_run(policy=SERIAL, **fields)] * count)


def ended(state: WorkflowState, how: Outcome, *, known: bool = True) -> WorkflowState:
    """The state at its end; unless its run is known, none ever came to be."""
    return replace(state, outcome=how, execution_id=EXECUTION_ID if known else None)


def test_all_start_when_there_is_room():
    assert turns(states(*[a_run()] * 3), [], Plan()) == [0, 1, 2]


def test_no_more_than_max_parallel_run_at_once_first_come_first_served():
    plan = Plan(max_parallel=2)
    waiting = states(*[a_run()] * 5)
    assert turns(waiting, [], plan) == [0, 1]
    assert turns(waiting, waiting[:1], plan) == [0]
    assert turns(waiting, waiting[:2], plan) == []


def test_the_default_is_eight():
    assert len(turns(states(*[a_run()] * 20), [], Plan())) == 8


def test_one_template_under_cancel_previous_takes_turns():
    first, second = serial(2)
    assert turns([first, second], [], Plan()) == [0]
    assert turns([second], [first], Plan()) == []
    assert turns([second], [], Plan()) == [0]


def test_a_run_that_may_still_be_going_is_not_cancelled_by_the_next_of_its_template():
    first, *waiting = states(
        a_run(policy=SERIAL, name="first"),
        a_run(policy=SERIAL),
        a_run(policy=SERIAL, workflow_id=OTHER_ID),
        a_run(policy=SERIAL),
    )
    never = ends(waiting, ended(first, LATE), Plan())
    assert never.keys() == {0, 2}
    assert {one.exit_code for one in never.values()} == {EXIT_CODES[Verdict.TIMED_OUT]}
    assert "“first” may still be going" in never[0].message


def test_under_parallel_a_run_that_timed_out_holds_nobody_up():
    first, second = states(a_run(), a_run())
    assert ends([second], ended(first, LATE), Plan()) == {}


def test_a_run_that_never_came_to_be_holds_nobody_up():
    first, second = serial(2)
    over = ended(first, outcome(Verdict.LOST_CONTACT), known=False)
    assert ends([second], over, Plan()) == {}


def test_turns_are_taken_for_each_template_by_itself_and_overtaken_by_others():
    mine, other = a_run(policy=SERIAL), a_run(policy=SERIAL, workflow_id=OTHER_ID)
    assert turns(states(mine, mine, other, other), [], Plan()) == [0, 2]


def test_a_template_stays_taken_when_another_ones_turn_comes_in_between():
    going, next_of_it = serial(2)
    [another] = serial(1, workflow_id=EXECUTION_ID)
    assert turns([another, next_of_it], [going], Plan()) == [0]


def test_one_template_under_parallel_runs_side_by_side():
    assert turns(states(a_run(), a_run()), [], Plan()) == [0, 1]


def test_a_template_takes_turns_as_soon_as_one_entry_says_cancel_previous():
    assert turns(states(a_run(), a_run(policy=SERIAL)), [], Plan()) == [0]


def test_an_attachment_does_not_hold_the_turn_of_its_template():
    workflow_id = a_run().workflow_id
    assert lanes([an_attachment(workflow_id=workflow_id), a_run(policy=SERIAL)]) == [
        None,
        workflow_id,
    ]


def test_each_knows_whom_it_waits_for():
    workflows = [a_run(policy=SERIAL), a_run(workflow_id=OTHER_ID), a_run(policy=SERIAL)]
    assert predecessors([*workflows, a_run(policy=SERIAL)]) == {2: 0, 3: 2}
    assert "cancel-previous" in turn_taking(workflows[2])


def test_without_fail_fast_one_failure_stops_nobody():
    first, second = states(a_run(), a_run())
    assert ends([second], ended(first, RED), Plan()) == {}


@pytest.mark.parametrize("verdict", [one for one in Verdict if EXIT_CODES[one]])
def test_fail_fast_starts_nothing_after_a_required_one_ended_red(verdict):
    smoke, *waiting = states(a_run(name="smoke"), a_run(), a_run())
    never = ends(waiting, ended(smoke, outcome(verdict)), FAIL_FAST)
    assert set(never) == {0, 1}
    assert (never[0].verdict, never[0].exit_code) == (Verdict.NOT_RUN, 0)
    assert f"“smoke” ended {verdict}" in never[0].message
    assert "fail-fast: false" in (never[0].hint or "")


def test_fail_fast_goes_on_after_a_red_end_of_one_that_is_not_required():
    optional, second = states(a_run(policy=Policy(required=False)), a_run())
    assert ends([second], ended(optional, RED), FAIL_FAST) == {}


def test_green_ends_do_not_stop_anything():
    first, second = states(a_run(), a_run())
    assert ends([second], ended(first, GREEN), FAIL_FAST) == {}


def test_when_the_jobs_time_is_over_nothing_starts_any_more():
    never = late_ends(states(a_run(), a_run()))
    assert set(never) == {0, 1}
    assert never[1].verdict is Verdict.TIMED_OUT
    assert "Not started" in never[1].message
    assert "max-parallel" in (never[1].hint or "")


def test_whatever_the_order_everything_gets_its_turn_and_never_side_by_side():
    """Every mix of three templates' entries, played to the end with two at once."""
    kinds = [
        a_run(policy=SERIAL),
        a_run(policy=SERIAL, workflow_id=OTHER_ID),
        a_run(workflow_id="6f9619ff-8b86-4d01-b42d-00c04fc964fd"),
    ]
    for mix in itertools.product(kinds, repeat=5):
        waiting, going, over = states(*mix), [], 0
        while waiting or going:
            starts = turns(waiting, going, Plan(max_parallel=2))
            going += [waiting[position] for position in starts]
            waiting = [one for at, one in enumerate(waiting) if at not in starts]
            assert 1 <= len(going) <= 2
            taken = [one.lane for one in going if one.lane]
            assert len(taken) == len(set(taken))
            going.pop(0)
            over += 1
        assert over == len(mix)
