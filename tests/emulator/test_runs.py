"""How the runs of a workflow continue, in process and at chosen moments."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from genesis_emulator import Emulator, scenario_file
from genesis_emulator.emulation import (
    SUPERSEDED_REASON,
    Emulation,
    NotPossibleError,
    UnknownExecutionError,
)
from genesis_emulator.simulation import Cancellation, view
from tests.emulator.client import Clock

SCENARIO = """
organizations: [{{id: rich}}, {{id: poor, credits: 2}}]
keys: []
workflows:
  - {{id: 00000000-0000-0000-0000-000000000001, name: mine, organization: rich, {0}}}
  - {{id: 00000000-0000-0000-0000-000000000002, name: twin, organization: rich, {0}}}
"""
TWO = "pending: 1, blocks: [{duration: 2}, {duration: 2}]"
REVIEW = "blocks: [{duration: 2, review: true}, {duration: 2}]"
DECIDED = "blocks: [{duration: 2, review: {after: 10, decision: %s}}]"
REJECTED = "The review of block-1 was rejected"
MAY_FAIL = "{status: failed, allow_failure: true}"
USER = "Cancelled by a user"


class Played(Emulation):
    """Two equal workflows, `mine` and `twin`, on a clock that starts at 0."""

    def __init__(self, workflow: str, **options: Any) -> None:
        text = SCENARIO.format(f"variables: [who, browser], {workflow}")
        super().__init__(scenario_file.parse(text, "s.yml"), clock=Clock(), **options)

    def at(self, moment: float) -> None:
        self.clock.now = moment

    def start(self, name: str = "mine", **payload: str) -> str:
        [workflow] = [each for each in self.scenario.workflows if each.name == name]
        started = self.trigger(workflow, payload, {})
        assert started is not None
        return started

    def statuses(self) -> list[str]:
        return [str(each["status"]) for each in self.executions()]

    def blocks(self) -> list[dict[str, Any]]:
        """The blocks of the newest run."""
        return list(self.execution(self.newest())["state"]["blocks"].values())

    def seen(self, moment: float) -> tuple[str, str, str | None]:
        """The newest run and its blocks with start and end, and its error or cancel reason."""
        self.at(moment)
        execution = self.execution(self.newest())
        blocks = self.blocks()
        assert execution["completedBlocks"] == [each["status"] for each in blocks].count(
            "completed"
        )
        times = [execution["createdAt"], execution["startedAt"], execution["finishedAt"]]
        times += [each[name] for each in blocks for name in ("startTime", "endTime")]
        assert execution["updatedAt"] == max(filter(None, times))
        if execution["cancelRequestedAt"]:
            assert execution["cancelRequestedAt"] == execution["finishedAt"]
        return (
            f"{execution['status']} {span(execution, 'startedAt', 'finishedAt')}",
            ", ".join(f"{each['status']} {span(each, 'startTime', 'endTime')}" for each in blocks),
            execution["error"] or execution["cancelReason"],
        )


def span(value: dict[str, Any], *names: str) -> str:
    """Start and end in seconds."""
    moments = [value[name] and datetime.fromisoformat(value[name]).timestamp() for name in names]
    return "-".join("" if moment is None else f"{moment:g}" for moment in moments)


@pytest.mark.parametrize(
    ("workflow", "moment", "run", "blocks", "reason"),
    [
        (TWO, 0.999, "pending -", "", None),
        (TWO, 1, "running 1-", "running 1-", None),
        (TWO, 2.999, "running 1-", "running 1-", None),
        (TWO, 3, "running 1-", "completed 1-3, running 3-", None),
        (TWO, 5, "completed 1-5", "completed 1-3, completed 3-5", None),
        (TWO, 999, "completed 1-5", "completed 1-3, completed 3-5", None),
        ("pending: 1", 0.5, "pending -", "", None),
        ("pending: 1", 1, "completed 1-1", "", None),
        ("blocks: [{status: skipped}, {}]", 9, "completed 0-1", "skipped 0-0, completed 0-1", None),
        ("status: skipped, blocks: [{}]", 9, "skipped 0-1", "completed 0-1", None),
        ("status: failed, blocks: [{}]", 9, "failed 0-1", "completed 0-1", "The workflow failed"),
        ("blocks: [{status: failed}, {}]", 9, "failed 0-1", "failed 0-1", "block-1 failed"),
        ("error: Broke, blocks: [{status: failed}]", 9, "failed 0-1", "failed 0-1", "Broke"),
        (f"blocks: [{MAY_FAIL}]", 9, "completed 0-1", "failed 0-1", None),
        (f"blocks: [{MAY_FAIL}, {{}}]", 9, "completed 0-2", "failed 0-1, completed 1-2", None),
        (
            f"blocks: [{MAY_FAIL}, {{status: failed}}]", 9,
            "failed 0-2", "failed 0-1, failed 1-2", "block-2 failed",
        ),
        (
            "blocks: [{allow_failure: true, review: {after: 1, decision: reject}}, {}]", 9,
            "failed 0-2", "failed 0-1", REJECTED,
        ),
        (DECIDED % "approve", 11.9, "review_pending 0-", "review_pending 0-2", None),
        (DECIDED % "approve", 12, "completed 0-12", "completed 0-2", None),
        (DECIDED % "reject", 12, "failed 0-12", "failed 0-2", REJECTED),
        ("blocks: [{status: cancelled}, {}]", 9, "cancelled 0-1", "cancelled 0-1", USER),
        ("status: cancelled, cancel_reason: lunch", 9, "cancelled 0-0", "", "lunch"),
    ],
)  # fmt: skip
def test_blocks_run_one_after_another_to_the_end(workflow, moment, run, blocks, reason):
    played = Played(workflow)
    played.start()
    assert played.seen(moment) == (run, blocks, reason)


@pytest.mark.parametrize(
    ("workflow", "action", "moment", "later", "run", "blocks", "reason"),
    [
        (REVIEW, "approve", 600, 601, "running 0-", "completed 0-2, running 600-", None),
        (REVIEW, "approve", 600, 602, "completed 0-602", "completed 0-2, completed 600-602", None),
        (REVIEW, "reject", 5, 60, "failed 0-5", "failed 0-2", f"{REJECTED}: why"),
        (f"error: x, {REVIEW}", "reject", 5, 9, "failed 0-5", "failed 0-2", f"{REJECTED}: why"),
        (DECIDED % "reject", "approve", 4, 4, "completed 0-4", "completed 0-2", None),
        (TWO, "cancel", 0, 60, "cancelled -0", "", "why"),
        (TWO, "cancel", 4, 60, "cancelled 1-4", "completed 1-3, cancelled 3-4", "why"),
        (REVIEW, "cancel", 9, 60, "cancelled 0-9", "cancelled 0-2", "why"),
    ],
)
def test_action_takes_effect_at_once(workflow, action, moment, later, run, blocks, reason):
    played = Played(workflow)
    started = played.start()
    played.at(moment)
    before, _ = played.find(started)
    getattr(played, action)(started, "why")
    acted_on, _ = played.find(started)
    assert view(acted_on, moment - 0.1) == view(before, moment - 0.1)
    assert played.seen(later) == (run, blocks, reason)


def test_action_that_comes_too_early_or_too_late_is_refused():
    played = Played(TWO)
    started = played.start()
    for decide in (played.approve, played.reject):
        with pytest.raises(NotPossibleError, match="no block waits for review: the run is pending"):
            decide(started)
    played.at(60)
    with pytest.raises(NotPossibleError, match="over already: it is completed"):
        played.cancel(started)
    run, seen = played.find(started)
    assert view(replace(run, cancellation=Cancellation(at=10, reason="late")), 60) == seen
    for action in (played.find, played.approve, played.cancel):
        with pytest.raises(UnknownExecutionError, match="no execution nobody"):
            action("nobody")


def test_speed_divides_every_duration():
    played = Played("pending: 2, blocks: [{duration: 2, review: {after: 6}}]", speed=2)
    played.start()
    assert played.seen(0.9)[0] == "pending -"
    assert played.seen(5)[:2] == ("completed 1-5", "completed 1-2")
    for speed in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=f"{speed} is not possible; give a number above 0"):
            Emulator(speed=speed)


def test_placeholders_take_the_variables_and_echo_returns_them_all():
    greeting = "inputs: {name: '{{who}}'}, output: 'hello {{ who }}, {{browser}}', review: true"
    played = Played(f"blocks: [{{echo: true}}, {{{greeting}}}]")
    played.start(who="me")
    assert played.blocks()[0]["output"] is None
    played.at(9)
    echo, greeted = played.blocks()
    assert (echo["inputs"], echo["output"]) == ({"who": "me"}, '{"who": "me"}')
    assert (greeted["inputs"], greeted["output"]) == ({"name": "me"}, "hello me, ")
    assert greeted["status"] == "review_pending"


@pytest.mark.parametrize(
    ("workflow", "gap", "statuses"),
    [
        (f"policy: parallel, {TWO}", 3, ["running", "pending", "pending"]),
        (f"policy: cancel-previous, {TWO}", 3, ["cancelled", "cancelled", "pending"]),
        (f"policy: cancel-previous, {TWO}", 60, ["completed", "cancelled", "pending"]),
        (
            f"policy: cancel-previous, pending: 1, {REVIEW}", 60,
            ["review_pending", "cancelled", "pending"],
        ),
    ],
)  # fmt: skip
def test_policy_decides_what_happens_to_earlier_runs(workflow, gap, statuses):
    played = Played(workflow)
    first = played.start()
    played.at(gap)
    played.start()
    played.start()
    played.start("twin")
    assert played.statuses() == [*statuses, "pending"]
    if statuses[0] == "cancelled":
        execution = played.execution(first)
        assert execution["cancelReason"] == SUPERSEDED_REASON
        assert execution["cancelRequestedAt"] == played.execution(played.newest())["createdAt"]


def test_one_of_fifty_concurrent_triggers_survives_cancel_previous():
    played = Played(f"policy: cancel-previous, {TWO}")
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda _: played.start(), range(50)))
    assert sorted(played.statuses()) == ["cancelled"] * 49 + ["pending"]


def test_only_an_accepted_trigger_costs_a_credit():
    played = Played(f"policy: cancel-previous, outcomes: [failed, skipped, completed], {TWO}")
    poor = replace(played.scenario.workflows[0], organization="poor")
    triggered = [played.trigger(poor, {}, {}) for _ in range(3)]
    assert [each is None for each in triggered] == [False, False, True]
    assert played.statuses() == ["cancelled", "pending"]
    played.start()
    assert played.seen(60)[0] == "completed 1-5"
    played.clear()
    assert played.executions() == []
    assert played.trigger(poor, {}, {}) is not None
    assert played.seen(120)[0] == "failed 61-65"


FIREFOX = "when: {browser: firefox}"
FIREFOX_AND_ME = "when: {browser: firefox, who: me}"


@pytest.mark.parametrize(
    ("outcomes", "sent", "ends"),
    [
        ("failed, completed", ["", "", ""], ["failed", "completed", "completed"]),
        (
            f"skipped, {{{FIREFOX}, status: failed}}, {{{FIREFOX}}}, {{}}",
            ["chrome", "firefox", "chrome", "firefox"],
            ["skipped", "failed", "completed", "completed"],
        ),
        (
            f"failed, {{{FIREFOX}, status: skipped}}, {{{FIREFOX_AND_ME}, status: cancelled}}",
            ["firefox me", "firefox me", "firefox you", "chrome me"],
            ["skipped", "cancelled", "skipped", "failed"],
        ),
    ],
)
def test_runs_take_the_outcomes_of_their_variables_in_turn(outcomes, sent, ends):
    played = Played(f"outcomes: [{outcomes}]")
    for each in sent:
        browser, _, who = each.partition(" ")
        played.start(browser=browser, who=who)
    assert played.statuses() == ends


def test_outcome_replaces_only_what_it_sets():
    outcomes = "{}, {status: failed, error: other, blocks: []}, {status: failed}"
    played = Played(f"status: skipped, error: usual, blocks: [{{}}], outcomes: [{outcomes}]")
    seen = []
    for moment in (10, 20, 30):
        played.start()
        seen.append(played.seen(moment))
    assert seen == [
        ("skipped 0-1", "completed 0-1", None),
        ("failed 10-10", "", "other"),
        ("failed 20-21", "completed 20-21", "usual"),
    ]


def test_own_state_has_other_ids_and_a_constant_status():
    played = Played(TWO)
    played.scenario = replace(played.scenario, own_state=True)
    first, twin = played.start(), played.start("twin")
    states = []
    for moment in (0, 1, 5):
        played.at(moment)
        answer = played.execution(first)
        assert answer["id"] == first
        states.append(answer["state"])
    assert [state["status"] for state in states] == ["queued", "active", "success"]
    ids = {(state["workflowId"], state["executionId"]) for state in states}
    [(workflow, execution)] = ids
    assert workflow != played.scenario.workflows[0].id
    assert execution != first
    other = played.execution(twin)["state"]
    assert other["workflowId"] != workflow
    assert other["executionId"] != execution
