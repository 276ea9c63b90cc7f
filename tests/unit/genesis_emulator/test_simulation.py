"""The simulation is a function of the definition and the moments, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from genesis_emulator.scenario import Block, Review, Status, Verdict, Workflow
from genesis_emulator.simulation import Cancellation, Decision, Origin, Run, View, view

T0 = 1000.0


def run_of(*blocks: Block, pending: float = 1.0, **options: object) -> Run:
    workflow = Workflow(
        id="w", name="w", organization="o", pending=pending, blocks=blocks, **options
    )
    origin = Origin(ip="127.0.0.1", user_agent="test", api_key_id="ak_1")
    return Run(id="r", workflow=workflow, payload={"who": "me"}, origin=origin, created_at=T0)


def block(number: int, **options: object) -> Block:
    return Block(key=f"block-{number}", duration=2.0, **options)


def shape(seen: View) -> tuple[Status, list[str]]:
    return seen.status, [f"{each.key} {each.status}" for each in seen.blocks]


@pytest.mark.parametrize(
    ("after", "status", "blocks"),
    [
        (0, Status.PENDING, []),
        (0.999, Status.PENDING, []),
        (1, Status.RUNNING, ["block-1 running"]),
        (2.999, Status.RUNNING, ["block-1 running"]),
        (3, Status.RUNNING, ["block-1 completed", "block-2 running"]),
        (5, Status.COMPLETED, ["block-1 completed", "block-2 completed"]),
        (999, Status.COMPLETED, ["block-1 completed", "block-2 completed"]),
    ],
)
def test_blocks_appear_run_and_finish_one_after_another(
    after: float, status: Status, blocks: list[str]
) -> None:
    assert shape(view(run_of(block(1), block(2)), T0 + after)) == (status, blocks)


def test_times_are_those_of_the_changes() -> None:
    run = run_of(block(1), block(2))
    pending, running, done = (view(run, T0 + after) for after in (0.5, 3.5, 60))
    assert (pending.updated_at, pending.started_at, pending.finished_at) == (T0, None, None)
    assert (running.updated_at, running.started_at, running.finished_at) == (T0 + 3, T0 + 1, None)
    assert (done.updated_at, done.started_at, done.finished_at) == (T0 + 5, T0 + 1, T0 + 5)
    assert [(each.started_at, each.ended_at) for each in done.blocks] == [
        (T0 + 1, T0 + 3),
        (T0 + 3, T0 + 5),
    ]


def test_completed_blocks_are_counted_and_skipped_ones_are_not() -> None:
    run = run_of(block(1), block(2, status=Status.SKIPPED), block(3))
    assert view(run, T0 + 60).completed_blocks == 2
    assert view(run, T0 + 60).status is Status.COMPLETED


def test_a_failed_block_ends_the_run_with_the_workflows_error() -> None:
    run = run_of(block(1, status=Status.FAILED, output="why"), block(2), error="it broke")
    seen = view(run, T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])
    assert (seen.error, seen.finished_at, seen.blocks[0].output) == ("it broke", T0 + 3, "why")


def test_a_block_that_may_fail_does_not_end_the_run() -> None:
    may_fail = block(1, status=Status.FAILED, allow_failure=True)
    seen = view(run_of(may_fail, block(2)), T0 + 60)
    assert shape(seen) == (Status.COMPLETED, ["block-1 failed", "block-2 completed"])
    assert (seen.error, seen.completed_blocks) == (None, 1)
    assert view(run_of(may_fail), T0 + 60).status is Status.COMPLETED


def test_after_a_block_that_may_fail_another_failure_is_the_runs_own() -> None:
    may_fail = block(1, status=Status.FAILED, allow_failure=True)
    seen = view(run_of(may_fail, block(2, status=Status.FAILED)), T0 + 60)
    assert (seen.status, seen.error) == (Status.FAILED, "block-2 failed")


def test_a_rejected_review_ends_the_run_also_of_a_block_that_may_fail() -> None:
    rejected = Review(after=1, decision=Verdict.REJECT)
    seen = view(run_of(block(1, allow_failure=True, review=rejected), block(2)), T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])


def test_a_failure_without_a_text_of_its_own_gets_one() -> None:
    failed_block = run_of(block(1, status=Status.FAILED))
    failed_workflow = run_of(block(1), status=Status.FAILED)
    assert view(failed_block, T0 + 60).error == "block-1 failed"
    assert view(failed_workflow, T0 + 60).error == "The workflow failed"


def test_a_cancelled_block_ends_the_run_as_cancelled_with_time_and_reason() -> None:
    run = run_of(block(1, status=Status.CANCELLED), block(2), cancel_reason="lunch")
    seen = view(run, T0 + 60)
    assert shape(seen) == (Status.CANCELLED, ["block-1 cancelled"])
    assert seen.cancellation == Cancellation(at=T0 + 3, reason="lunch")


def test_a_workflow_without_blocks_completes_when_it_starts() -> None:
    assert view(run_of(), T0 + 0.5).status is Status.PENDING
    assert view(run_of(), T0 + 1).status is Status.COMPLETED


def test_the_workflows_own_status_is_how_its_runs_end() -> None:
    seen = view(run_of(block(1), status=Status.SKIPPED), T0 + 60)
    assert shape(seen) == (Status.SKIPPED, ["block-1 completed"])
    assert seen.error is None


def test_cancelling_stops_the_running_block_and_nothing_changes_afterwards() -> None:
    cancelled = replace(
        run_of(block(1), block(2)), cancellation=Cancellation(at=T0 + 4, reason="newer")
    )
    before, after = view(cancelled, T0 + 3.9), view(cancelled, T0 + 60)
    assert before.status is Status.RUNNING
    assert before.cancellation is None
    assert shape(after) == (Status.CANCELLED, ["block-1 completed", "block-2 cancelled"])
    assert (after.finished_at, after.updated_at) == (T0 + 4, T0 + 4)
    assert after.blocks[1].ended_at == T0 + 4


def test_a_pending_run_is_cancelled_without_ever_starting() -> None:
    cancelled = replace(run_of(block(1)), cancellation=Cancellation(at=T0, reason="newer"))
    seen = view(cancelled, T0)
    assert shape(seen) == (Status.CANCELLED, [])
    assert seen.started_at is None


def test_a_cancellation_after_the_end_changes_nothing() -> None:
    done = replace(run_of(block(1)), cancellation=Cancellation(at=T0 + 10, reason="late"))
    assert view(done, T0 + 60).status is Status.COMPLETED
    assert view(done, T0 + 60).cancellation is None


def test_a_block_marked_for_review_waits_with_its_output_until_it_is_approved() -> None:
    run = run_of(block(1, review=Review(), output="look"), block(2))
    waiting = view(run, T0 + 600)
    assert shape(waiting) == (Status.REVIEW_PENDING, ["block-1 review_pending"])
    assert (waiting.updated_at, waiting.blocks[0].output) == (T0 + 3, "look")
    assert waiting.completed_blocks == 0

    approval = {"block-1": Decision(at=T0 + 600, verdict=Verdict.APPROVE)}
    approved = replace(run, decisions=approval)
    assert view(approved, T0 + 599).status is Status.REVIEW_PENDING
    going_on = view(approved, T0 + 601)
    assert shape(going_on) == (Status.RUNNING, ["block-1 completed", "block-2 running"])
    assert going_on.blocks[1].started_at == T0 + 600
    assert view(approved, T0 + 602).status is Status.COMPLETED


def test_a_rejected_review_fails_the_block_and_the_run() -> None:
    run = run_of(block(1, review=Review()), block(2), error="not this text")
    no = {"block-1": Decision(at=T0 + 5, verdict=Verdict.REJECT, reason="wrong colour")}
    seen = view(replace(run, decisions=no), T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])
    assert seen.error == "The review of block-1 was rejected: wrong colour"
    assert seen.finished_at == T0 + 5


@pytest.mark.parametrize(
    ("verdict", "end"), [(Verdict.APPROVE, Status.COMPLETED), (Verdict.REJECT, Status.FAILED)]
)
def test_a_review_can_decide_by_itself(verdict: Verdict, end: Status) -> None:
    run = run_of(block(1, review=Review(after=10, decision=verdict)))
    assert view(run, T0 + 12.9).status is Status.REVIEW_PENDING
    assert view(run, T0 + 13).status is end


def test_a_person_may_decide_before_the_review_decides_by_itself() -> None:
    run = run_of(block(1, review=Review(after=10, decision=Verdict.REJECT)))
    early = {"block-1": Decision(at=T0 + 4, verdict=Verdict.APPROVE)}
    assert view(replace(run, decisions=early), T0 + 4).status is Status.COMPLETED


def test_a_run_that_waits_for_review_can_be_cancelled() -> None:
    run = replace(
        run_of(block(1, review=Review())), cancellation=Cancellation(at=T0 + 9, reason="stop")
    )
    seen = view(run, T0 + 9)
    assert shape(seen) == (Status.CANCELLED, ["block-1 cancelled"])
    assert seen.blocks[0].ended_at == T0 + 3


def test_inputs_and_outputs_take_the_context_variables() -> None:
    run = run_of(block(1, inputs={"name": "{{who}}"}, output="hello {{ who }}, {{nobody}}"))
    seen = view(run, T0 + 60).blocks[0]
    assert (seen.inputs, seen.output) == ({"name": "me"}, "hello me, ")


def test_an_echo_block_gives_the_payload_back_as_json() -> None:
    seen = view(run_of(block(1, echo=True)), T0 + 60).blocks[0]
    assert seen.inputs == {"who": "me"}
    assert json.loads(str(seen.output)) == {"who": "me"}


def test_a_running_block_has_no_output_yet() -> None:
    assert view(run_of(block(1, output="later")), T0 + 1).blocks[0].output is None
