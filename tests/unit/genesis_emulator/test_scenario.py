"""The outcomes of a workflow."""

from genesis_emulator.scenario import (
    Outcome,
    Status,
    Workflow,
    outcomes_of,
    with_outcome,
)


def workflow(*outcomes: Outcome, **options: object) -> Workflow:
    return Workflow(id="w", name="w", organization="o", outcomes=outcomes, **options)


def test_outcomes_with_matching_variables_come_before_general_ones():
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


def test_outcome_replaces_only_what_it_sets():
    usual = workflow(status=Status.SKIPPED, error="usual")
    assert with_outcome(usual, Outcome()) == usual
    changed = with_outcome(usual, Outcome(status=Status.FAILED, error="other", blocks=()))
    assert (changed.status, changed.error, changed.blocks) == (Status.FAILED, "other", ())
