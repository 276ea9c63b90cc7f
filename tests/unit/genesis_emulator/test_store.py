"""Runs, credits, policies, outcomes and what is kept of requests, without a server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from genesis_emulator.access import Refusal
from genesis_emulator.errors import NotPossibleError, UnknownExecutionError
from genesis_emulator.scenario import (
    Block,
    Organization,
    Outcome,
    Policy,
    Review,
    Status,
    Verdict,
    Workflow,
)
from genesis_emulator.simulation import Origin
from genesis_emulator.store import SUPERSEDED_REASON, Registry, redacted

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = Origin(ip="127.0.0.1", user_agent="test", api_key_id="ak_1")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def workflow(policy: Policy = Policy.PARALLEL, name: str = "w", **options: object) -> Workflow:
    blocks = (Block(key="block-1", duration=10.0, **options),)
    return Workflow(id=name, name=name, organization="o", pending=1.0, policy=policy, blocks=blocks)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> Registry:
    return Registry((Organization(id="o"),), clock)


@pytest.fixture
def start(registry: Registry) -> Callable[[Workflow], str]:
    def start_one(which: Workflow) -> str:
        started = registry.trigger(which, {}, ORIGIN)
        assert isinstance(started, str)
        return started

    return start_one


def status(registry: Registry, execution_id: str) -> Status:
    found = registry.find(execution_id)
    assert found is not None
    return found[1].status


def test_parallel_runs_leave_each_other_alone(registry: Registry, start, clock: Clock) -> None:
    first = start(workflow())
    clock.now += 5
    second = start(workflow())
    assert [status(registry, each) for each in (first, second)] == [
        Status.RUNNING,
        Status.PENDING,
    ]


def test_cancel_previous_cancels_pending_and_running_runs_of_that_workflow_only(
    registry: Registry, start, clock: Clock
) -> None:
    mine, other = workflow(Policy.CANCEL_PREVIOUS), workflow(Policy.CANCEL_PREVIOUS, "other")
    running, elsewhere = start(mine), start(other)
    clock.now += 5
    start(other)
    newest = start(mine)
    found = registry.find(running)
    assert found is not None
    assert found[1].status is Status.CANCELLED
    assert found[1].cancellation is not None
    assert found[1].cancellation.reason == SUPERSEDED_REASON
    assert status(registry, elsewhere) is Status.CANCELLED
    assert status(registry, newest) is Status.PENDING


def test_cancel_previous_spares_runs_that_are_over_or_wait_for_review(
    registry: Registry, start, clock: Clock
) -> None:
    reviewed = workflow(Policy.CANCEL_PREVIOUS, review=Review())
    finished = workflow(Policy.CANCEL_PREVIOUS, "finished")
    waiting, over = start(reviewed), start(finished)
    clock.now += 60
    start(reviewed)
    start(finished)
    start(reviewed)
    assert status(registry, waiting) is Status.REVIEW_PENDING
    assert status(registry, over) is Status.COMPLETED


def test_of_fifty_triggers_from_as_many_threads_one_survives(registry: Registry, start) -> None:
    contested = workflow(Policy.CANCEL_PREVIOUS)
    with ThreadPoolExecutor(50) as pool:
        started = list(pool.map(lambda _: start(contested), range(50)))
    seen = [status(registry, each) for each in started]
    assert seen.count(Status.CANCELLED) == 49
    assert seen.count(Status.PENDING) == 1


def test_each_run_costs_one_credit_until_there_are_none(clock: Clock) -> None:
    registry = Registry((Organization(id="o", credits=2),), clock)
    answers = [registry.trigger(workflow(), {}, ORIGIN) for _ in range(3)]
    assert answers[2] is Refusal.USAGE_LIMIT
    assert len(registry.all()) == 2


def test_a_refused_trigger_cancels_nothing(clock: Clock) -> None:
    registry = Registry((Organization(id="o", credits=1),), clock)
    only = workflow(Policy.CANCEL_PREVIOUS)
    started = registry.trigger(only, {}, ORIGIN)
    registry.trigger(only, {}, ORIGIN)
    assert status(registry, str(started)) is Status.PENDING


def test_clearing_forgets_runs_and_restores_credits(clock: Clock) -> None:
    registry = Registry((Organization(id="o", credits=1),), clock)
    registry.trigger(workflow(), {}, ORIGIN)
    registry.clear()
    assert registry.all() == []
    assert isinstance(registry.trigger(workflow(), {}, ORIGIN), str)


def test_only_a_run_that_waits_for_review_can_be_decided(registry: Registry, start) -> None:
    running = start(workflow())
    with pytest.raises(NotPossibleError, match="no block waits for review: the run is pending"):
        registry.decide(running, Verdict.APPROVE)


def test_a_run_that_is_over_cannot_be_cancelled(registry: Registry, start, clock: Clock) -> None:
    over = start(workflow())
    clock.now += 60
    with pytest.raises(NotPossibleError, match="over already: it is completed"):
        registry.cancel(over, "late")


def test_an_unknown_execution_is_said_to_be_unknown(registry: Registry) -> None:
    assert registry.find("nobody") is None
    with pytest.raises(UnknownExecutionError, match="no execution nobody"):
        registry.cancel("nobody", "why")


def ends(registry: Registry, clock: Clock, which: Workflow, *browsers: str) -> list[Status]:
    """How runs with these browsers end, triggered one after another."""
    started = [registry.trigger(which, {"browser": each}, ORIGIN) for each in browsers]
    clock.now += 60
    return [status(registry, str(each)) for each in started]


def test_runs_take_their_outcomes_in_turn_and_the_last_one_stays(
    registry: Registry, clock: Clock
) -> None:
    flaky = replace(workflow(), outcomes=(Outcome(status=Status.FAILED), Outcome()))
    assert ends(registry, clock, flaky, "a", "b", "c") == ["failed", "completed", "completed"]
    registry.clear()
    assert ends(registry, clock, flaky, "a") == ["failed"]


def test_outcomes_by_variable_are_counted_by_themselves(registry: Registry, clock: Clock) -> None:
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
    assert ends(registry, clock, which, "chrome", "firefox", "chrome", "firefox") == [
        "skipped",
        "failed",
        "completed",
        "completed",
    ]


def test_a_refused_trigger_takes_no_outcome(clock: Clock) -> None:
    registry = Registry((Organization(id="o", credits=0), Organization(id="p")), clock)
    flaky = replace(workflow(), outcomes=(Outcome(status=Status.FAILED), Outcome()))
    registry.trigger(flaky, {}, ORIGIN)
    assert ends(registry, clock, replace(flaky, organization="p"), "a") == ["failed"]


def test_credentials_are_redacted_whatever_the_case_of_their_header() -> None:
    headers = [("X-Api-Key", "k"), ("Authorization", "b"), ("Cookie", "c"), ("Accept", "*/*")]
    assert redacted(headers) == {
        "x-api-key": "***",
        "authorization": "***",
        "cookie": "***",
        "accept": "*/*",
    }


def test_a_repeated_header_is_shown_once_with_all_its_values() -> None:
    assert redacted([("accept", "a"), ("Accept", "b")]) == {"accept": "a, b"}
