"""Who may start beside whom, and what never starts: decisions on plain values."""

import itertools

import pytest

from genesis_ci.execution.schedule import Place, Plan, predecessors, turn_taking, turns
from genesis_ci.execution.verdicts import EXIT_CODES
from genesis_ci.models import Concurrency, Outcome, Policy, Verdict
from tests.builders import a_run, an_attachment

OTHER_ID = "6f9619ff-8b86-4d01-b42d-00c04fc964fe"
SERIAL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
FAIL_FAST = Plan(fail_fast=True)


def ended(verdict: Verdict) -> Outcome:
    return Outcome(verdict=verdict, exit_code=EXIT_CODES[verdict], message=f"It {verdict}.")


GREEN, RED = ended(Verdict.PASSED), ended(Verdict.FAILED)


def queued(**fields) -> Place:
    return Place(run=a_run(**fields))


def going(**fields) -> Place:
    return Place(run=a_run(**fields), started=True)


def over(outcome: Outcome = GREEN, **fields) -> Place:
    return Place(run=a_run(**fields), started=True, outcome=outcome)


def starts(*places: Place, plan: Plan | None = None, late: bool = False) -> tuple[int, ...]:
    return turns(places, plan or Plan(), late=late).starts


def test_all_start_when_there_is_room():
    assert starts(queued(), queued(), queued()) == (0, 1, 2)


def test_no_more_than_max_parallel_run_at_once_first_come_first_served():
    plan = Plan(max_parallel=2)
    assert starts(*[queued()] * 5, plan=plan) == (0, 1)
    assert starts(over(), going(), queued(), queued(), plan=plan) == (2,)
    assert starts(going(), going(), queued(), plan=plan) == ()


def test_the_default_is_eight():
    assert len(starts(*[queued()] * 20)) == 8


def test_what_is_attached_to_takes_no_place_and_waits_for_none():
    plan = Plan(max_parallel=1)
    attached = Place(run=an_attachment())
    assert starts(queued(), attached, queued(), attached, plan=plan) == (0, 1, 3)
    assert starts(Place(run=an_attachment(), started=True), queued(), plan=plan) == (1,)


def test_one_template_under_cancel_previous_takes_turns():
    first, second = queued(policy=SERIAL), queued(policy=SERIAL)
    assert starts(first, second) == (0,)
    assert starts(going(policy=SERIAL), second) == ()
    assert starts(over(policy=SERIAL), second) == (1,)


def abandoned(outcome: Outcome, **fields) -> Place:
    return Place(run=a_run(**fields), started=True, outcome=outcome, abandoned=True)


def test_a_run_that_may_still_be_going_is_not_cancelled_by_the_next_of_its_template():
    places = [
        abandoned(ended(Verdict.TIMED_OUT), policy=SERIAL, name="first"),
        queued(policy=SERIAL),
        queued(policy=SERIAL, workflow_id=OTHER_ID),
        queued(policy=SERIAL),
    ]
    result = turns(places, Plan())
    assert result.starts == (2,)
    assert result.ends.keys() == {1, 3}
    assert {one.exit_code for one in result.ends.values()} == {EXIT_CODES[Verdict.TIMED_OUT]}
    assert "“first” may still be going" in result.ends[1].message


def test_under_parallel_a_run_that_timed_out_holds_nobody_up():
    assert starts(abandoned(ended(Verdict.TIMED_OUT)), queued()) == (1,)


def test_a_run_that_never_came_to_be_holds_nobody_up():
    assert starts(over(ended(Verdict.LOST_CONTACT), policy=SERIAL), queued(policy=SERIAL)) == (1,)


def test_turns_are_taken_for_each_template_by_itself_and_overtaken_by_others():
    other = {"workflow_id": OTHER_ID, "policy": SERIAL}
    places = [queued(policy=SERIAL), queued(policy=SERIAL), queued(**other), queued(**other)]
    assert starts(*places) == (0, 2)


def test_one_template_under_parallel_runs_side_by_side():
    assert starts(queued(), queued()) == (0, 1)


def test_a_template_takes_turns_as_soon_as_one_entry_says_cancel_previous():
    assert starts(queued(), queued(policy=SERIAL)) == (0,)


def test_an_attachment_does_not_hold_the_turn_of_its_template():
    attached = Place(run=an_attachment(workflow_id=a_run().workflow_id), started=True)
    assert starts(attached, queued(policy=SERIAL)) == (1,)


def test_each_knows_whom_it_waits_for():
    runs = [a_run(policy=SERIAL), a_run(workflow_id=OTHER_ID), a_run(policy=SERIAL)]
    assert predecessors([*runs, a_run(policy=SERIAL)]) == {2: 0, 3: 2}
    assert "cancel-previous" in turn_taking(runs[2])


def test_without_fail_fast_one_failure_stops_nobody():
    result = turns([over(RED), queued()], Plan())
    assert (result.starts, result.ends) == ((1,), {})


@pytest.mark.parametrize(
    ("verdict", "required"),
    list(itertools.product([v for v in Verdict if EXIT_CODES[v]], [True, False])),
)
def test_fail_fast_starts_nothing_after_a_required_one_ended_red(verdict, required):
    red = over(ended(verdict), name="smoke", policy=Policy(required=required))
    result = turns([going(), red, queued(), queued()], FAIL_FAST)
    if not required:
        assert (result.starts, result.ends) == ((2, 3), {})
        return
    assert result.starts == ()
    assert set(result.ends) == {2, 3}
    outcome = result.ends[2]
    assert (outcome.verdict, outcome.exit_code) == (Verdict.NOT_RUN, 0)
    assert f"“smoke” ended {verdict}" in outcome.message
    assert "fail-fast: false" in (outcome.hint or "")


def test_fail_fast_still_watches_what_is_attached_to():
    attached = Place(run=an_attachment())
    assert starts(over(RED), attached, queued(), plan=FAIL_FAST) == (1,)


def test_green_ends_do_not_stop_anything():
    assert starts(over(GREEN), queued(), plan=FAIL_FAST) == (1,)


def test_when_the_jobs_time_is_over_nothing_starts_any_more():
    result = turns([going(), queued(), Place(run=an_attachment())], Plan(), late=True)
    assert result.starts == (2,)
    assert result.ends[1].verdict is Verdict.TIMED_OUT
    assert "Not started" in result.ends[1].message
    assert "max-parallel" in (result.ends[1].hint or "")


def test_what_an_earlier_job_left_without_a_run_keeps_its_outcome():
    left = Place(run=a_run(workflow_id=None, ended=ended(Verdict.REJECTED)))
    result = turns([left, queued()], Plan())
    assert result.ends[0].verdict is Verdict.REJECTED
    assert result.starts == (1,)


def test_whatever_the_order_everything_gets_its_turn_and_never_side_by_side():
    """Every mix of three templates' entries, played to the end with two at once."""
    kinds = [{"policy": SERIAL}, {"policy": SERIAL, "workflow_id": OTHER_ID}, {}]
    kinds[2] = {"workflow_id": "6f9619ff-8b86-4d01-b42d-00c04fc964fd"}
    for mix in itertools.product(kinds, repeat=5):
        places = [queued(**kind) for kind in mix]
        for _ in range(20):
            for position in turns(places, Plan(max_parallel=2)).starts:
                places[position] = going(**mix[position])
            alive = [place.run for place in places if place.occupies]
            assert len(alive) <= 2
            serial = [run.workflow_id for run in alive if run.policy is SERIAL]
            assert len(serial) == len(set(serial))
            first = next((at for at, place in enumerate(places) if place.occupies), None)
            if first is None:
                break
            places[first] = over(**mix[first])
        assert all(place.outcome for place in places)
