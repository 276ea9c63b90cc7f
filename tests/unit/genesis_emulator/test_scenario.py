"""What a scenario's values mean."""

from __future__ import annotations

import pytest

from genesis_emulator.scenario import (
    Block,
    Outcome,
    Review,
    Scenario,
    Status,
    Workflow,
    at_speed,
    outcomes_of,
    with_outcome,
)


def workflow(*outcomes: Outcome, **options: object) -> Workflow:
    blocks = (Block(key="a", duration=4.0, review=Review(after=6.0)),)
    return Workflow(id="w", name="w", organization="o", blocks=blocks, outcomes=outcomes, **options)


def test_speed_divides_every_duration() -> None:
    slow = workflow(Outcome(blocks=(Block(key="b", duration=8.0),)), Outcome(), pending=2.0)
    scenario = Scenario(organizations=(), keys=(), workflows=(slow,))
    (fast,) = at_speed(scenario, 2).workflows
    assert (fast.pending, fast.blocks[0].duration, fast.blocks[0].review) == (
        1, 2, Review(after=3.0),
    )  # fmt: skip
    assert fast.outcomes[0].blocks == (Block(key="b", duration=4.0),)
    assert fast.outcomes[1] == Outcome()
    with pytest.raises(ValueError, match="above 0"):
        at_speed(scenario, 0)


def test_outcomes_with_matching_variables_come_before_general_ones() -> None:
    several = workflow(
        Outcome(status=Status.FAILED),
        Outcome(when={"browser": "firefox"}),
        Outcome(),
        Outcome(when={"browser": "firefox", "size": "small"}),
    )
    assert outcomes_of(several, {}) == (0, 2)
    assert outcomes_of(several, {"browser": "chrome"}) == (0, 2)
    assert outcomes_of(several, {"browser": "firefox", "size": "large"}) == (1,)
    assert outcomes_of(several, {"browser": "firefox", "size": "small"}) == (1, 3)


def test_outcome_replaces_only_what_it_sets() -> None:
    usual = workflow(status=Status.SKIPPED, error="usual")
    assert with_outcome(usual, Outcome()) == usual
    changed = with_outcome(usual, Outcome(status=Status.FAILED, error="other", blocks=()))
    assert (changed.status, changed.error, changed.blocks) == (Status.FAILED, "other", ())
