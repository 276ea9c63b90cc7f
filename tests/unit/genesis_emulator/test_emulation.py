"""Runs, credits, policies and outcomes, without a server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from genesis_emulator.emulation import (
    SUPERSEDED_REASON,
    Emulation,
    NotPossibleError,
    UnknownExecutionError,
)
from genesis_emulator.scenario import (
    Block,
    Organization,
    Outcome,
    Policy,
    Review,
    Scenario,
    Status,
    Workflow,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def workflow(policy: Policy = Policy.PARALLEL, name: str = "w", **options: object) -> Workflow:
    blocks = (Block(key="block-1", duration=10.0, **options),)
    return Workflow(id=name, name=name, organization="o", pending=1.0, policy=policy, blocks=blocks)


def emulation_of(clock: Clock, *organizations: Organization) -> Emulation:
    return Emulation(Scenario(organizations=organizations, keys=(), workflows=()), clock=clock)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def emulation(clock):
    return emulation_of(clock, Organization(id="o"))


def start(emulation: Emulation, which: Workflow, **payload: str) -> str:
    started = emulation.trigger(which, payload, {})
    assert started is not None
    return started


def status(emulation: Emulation, execution_id: str) -> Status:
    return emulation.find(execution_id)[1].status


def test_parallel_runs_do_not_affect_each_other(emulation, clock):
    first = start(emulation, workflow())
    clock.now += 5
    second = start(emulation, workflow())
    assert (status(emulation, first), status(emulation, second)) == ("running", "pending")


def test_cancel_previous_cancels_pending_and_running_runs_of_that_workflow(emulation, clock):
    mine, other = workflow(Policy.CANCEL_PREVIOUS), workflow(Policy.CANCEL_PREVIOUS, "other")
    running, elsewhere = start(emulation, mine), start(emulation, other)
    clock.now += 5
    start(emulation, other)
    newest = start(emulation, mine)
    cancelled = emulation.execution(running)
    assert (cancelled["status"], cancelled["cancelReason"]) == ("cancelled", SUPERSEDED_REASON)
    assert status(emulation, elsewhere) is Status.CANCELLED
    assert status(emulation, newest) is Status.PENDING


def test_cancel_previous_keeps_finished_runs_and_those_in_review(emulation, clock):
    reviewed = workflow(Policy.CANCEL_PREVIOUS, review=Review())
    finished = workflow(Policy.CANCEL_PREVIOUS, "finished")
    waiting, over = start(emulation, reviewed), start(emulation, finished)
    clock.now += 60
    start(emulation, reviewed)
    start(emulation, finished)
    start(emulation, reviewed)
    assert status(emulation, waiting) is Status.REVIEW_PENDING
    assert status(emulation, over) is Status.COMPLETED


def test_one_of_fifty_concurrent_triggers_survives_cancel_previous(emulation):
    contested = workflow(Policy.CANCEL_PREVIOUS)
    with ThreadPoolExecutor(50) as pool:
        started = list(pool.map(lambda _: start(emulation, contested), range(50)))
    seen = [status(emulation, each) for each in started]
    assert seen.count(Status.CANCELLED) == 49
    assert seen.count(Status.PENDING) == 1


def test_each_run_costs_one_credit(clock):
    emulation = emulation_of(clock, Organization(id="o", credits=2))
    answers = [emulation.trigger(workflow(), {}, {}) for _ in range(3)]
    assert answers[2] is None
    assert len(emulation.executions()) == 2


def test_refused_trigger_cancels_nothing(clock):
    emulation = emulation_of(clock, Organization(id="o", credits=1))
    only = workflow(Policy.CANCEL_PREVIOUS)
    started = start(emulation, only)
    emulation.trigger(only, {}, {})
    assert status(emulation, started) is Status.PENDING


def test_clear_removes_runs_and_restores_credits(clock):
    emulation = emulation_of(clock, Organization(id="o", credits=1))
    start(emulation, workflow())
    emulation.clear()
    assert emulation.executions() == []
    start(emulation, workflow())


def test_run_that_does_not_wait_for_review_cannot_be_approved(emulation):
    running = start(emulation, workflow())
    with pytest.raises(NotPossibleError, match="no block waits for review: the run is pending"):
        emulation.approve(running)


def test_finished_run_cannot_be_cancelled(emulation, clock):
    over = start(emulation, workflow())
    clock.now += 60
    with pytest.raises(NotPossibleError, match="over already: it is completed"):
        emulation.cancel(over, "late")


def test_unknown_execution_is_an_error(emulation):
    for action in (emulation.find, emulation.approve, emulation.cancel):
        with pytest.raises(UnknownExecutionError, match="no execution nobody"):
            action("nobody")


def ends(emulation: Emulation, clock: Clock, which: Workflow, *browsers: str) -> list[Status]:
    """How runs with these browsers end, triggered one after another."""
    started = [start(emulation, which, browser=each) for each in browsers]
    clock.now += 60
    return [status(emulation, each) for each in started]


def test_runs_take_outcomes_in_turn_and_repeat_the_last(emulation, clock):
    flaky = replace(workflow(), outcomes=(Outcome(status=Status.FAILED), Outcome()))
    assert ends(emulation, clock, flaky, "a", "b", "c") == ["failed", "completed", "completed"]
    emulation.clear()
    assert ends(emulation, clock, flaky, "a") == ["failed"]


def test_outcomes_by_variable_are_counted_separately(emulation, clock):
    firefox = {"browser": "firefox"}
    which = replace(
        workflow(),
        outcomes=(
            Outcome(status=Status.SKIPPED),
            Outcome(when=firefox, status=Status.FAILED),
            Outcome(when=firefox),
            Outcome(),
        ),
    )
    found = ends(emulation, clock, which, "chrome", "firefox", "chrome", "firefox")
    assert found == ["skipped", "failed", "completed", "completed"]


def test_refused_trigger_takes_no_outcome(clock):
    emulation = emulation_of(clock, Organization(id="o", credits=0), Organization(id="p"))
    flaky = replace(workflow(), outcomes=(Outcome(status=Status.FAILED), Outcome()))
    emulation.trigger(flaky, {}, {})
    assert ends(emulation, clock, replace(flaky, organization="p"), "a") == ["failed"]
