"""What an execution looks like at each moment."""

import json
from dataclasses import replace

import pytest

from genesis_emulator.scenario import Block, Review, Status, Verdict, Workflow
from genesis_emulator.simulation import Cancellation, Decision, Run, View, iso_time, view

T0 = 1000.0


def run_of(*blocks: Block, pending: float = 1.0, **options: object) -> Run:
    workflow = Workflow(
        id="w", name="w", organization="o", pending=pending, blocks=blocks, **options
    )
    return Run(id="r", workflow=workflow, payload={"who": "me"}, metadata={}, created_at=T0)


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
def test_blocks_start_and_finish_one_after_another(after, status, blocks):
    assert shape(view(run_of(block(1), block(2)), T0 + after)) == (status, blocks)


def test_times_are_those_of_the_changes():
    run = run_of(block(1), block(2))
    pending, running, done = (view(run, T0 + after) for after in (0.5, 3.5, 60))
    assert (pending.updated_at, pending.started_at, pending.finished_at) == (T0, None, None)
    assert (running.updated_at, running.started_at, running.finished_at) == (T0 + 3, T0 + 1, None)
    assert (done.updated_at, done.started_at, done.finished_at) == (T0 + 5, T0 + 1, T0 + 5)
    assert [(each.started_at, each.ended_at) for each in done.blocks] == [
        (T0 + 1, T0 + 3),
        (T0 + 3, T0 + 5),
    ]


def test_skipped_blocks_do_not_count_as_completed():
    run = run_of(block(1), block(2, status=Status.SKIPPED), block(3))
    assert view(run, T0 + 60).completed_blocks == 2
    assert view(run, T0 + 60).status is Status.COMPLETED


def test_failed_block_ends_the_run_with_the_workflows_error():
    run = run_of(block(1, status=Status.FAILED, output="why"), block(2), error="it broke")
    seen = view(run, T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])
    assert (seen.error, seen.finished_at, seen.blocks[0].output) == ("it broke", T0 + 3, "why")


def test_run_continues_after_an_allowed_failure():
    may_fail = block(1, status=Status.FAILED, allow_failure=True)
    seen = view(run_of(may_fail, block(2)), T0 + 60)
    assert shape(seen) == (Status.COMPLETED, ["block-1 failed", "block-2 completed"])
    assert (seen.error, seen.completed_blocks) == (None, 1)
    assert view(run_of(may_fail), T0 + 60).status is Status.COMPLETED


def test_failure_after_an_allowed_one_fails_the_run():
    may_fail = block(1, status=Status.FAILED, allow_failure=True)
    seen = view(run_of(may_fail, block(2, status=Status.FAILED)), T0 + 60)
    assert (seen.status, seen.error) == (Status.FAILED, "block-2 failed")


def test_rejected_review_fails_the_run_despite_allow_failure():
    rejected = Review(after=1, decision=Verdict.REJECT)
    seen = view(run_of(block(1, allow_failure=True, review=rejected), block(2)), T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])


def test_failure_without_an_error_text_gets_one():
    failed_block = run_of(block(1, status=Status.FAILED))
    failed_workflow = run_of(block(1), status=Status.FAILED)
    assert view(failed_block, T0 + 60).error == "block-1 failed"
    assert view(failed_workflow, T0 + 60).error == "The workflow failed"


def test_cancelled_block_cancels_the_run_with_time_and_reason():
    run = run_of(block(1, status=Status.CANCELLED), block(2), cancel_reason="lunch")
    seen = view(run, T0 + 60)
    assert shape(seen) == (Status.CANCELLED, ["block-1 cancelled"])
    assert seen.cancellation == Cancellation(at=T0 + 3, reason="lunch")


def test_workflow_without_blocks_completes_when_it_starts():
    assert view(run_of(), T0 + 0.5).status is Status.PENDING
    assert view(run_of(), T0 + 1).status is Status.COMPLETED


def test_workflow_status_is_the_final_status():
    seen = view(run_of(block(1), status=Status.SKIPPED), T0 + 60)
    assert shape(seen) == (Status.SKIPPED, ["block-1 completed"])
    assert seen.error is None


def test_cancellation_stops_the_running_block_and_is_final():
    cancelled = replace(
        run_of(block(1), block(2)), cancellation=Cancellation(at=T0 + 4, reason="newer")
    )
    before, after = view(cancelled, T0 + 3.9), view(cancelled, T0 + 60)
    assert before.status is Status.RUNNING
    assert before.cancellation is None
    assert shape(after) == (Status.CANCELLED, ["block-1 completed", "block-2 cancelled"])
    assert (after.finished_at, after.updated_at) == (T0 + 4, T0 + 4)
    assert after.blocks[1].ended_at == T0 + 4


def test_cancelled_pending_run_never_starts():
    cancelled = replace(run_of(block(1)), cancellation=Cancellation(at=T0, reason="newer"))
    seen = view(cancelled, T0)
    assert shape(seen) == (Status.CANCELLED, [])
    assert seen.started_at is None


def test_cancellation_after_the_end_changes_nothing():
    done = replace(run_of(block(1)), cancellation=Cancellation(at=T0 + 10, reason="late"))
    assert view(done, T0 + 60).status is Status.COMPLETED
    assert view(done, T0 + 60).cancellation is None


def test_review_shows_the_output_and_waits_for_approval():
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


def test_rejected_review_fails_the_block_and_the_run():
    run = run_of(block(1, review=Review()), block(2), error="not this text")
    no = {"block-1": Decision(at=T0 + 5, verdict=Verdict.REJECT, reason="wrong colour")}
    seen = view(replace(run, decisions=no), T0 + 60)
    assert shape(seen) == (Status.FAILED, ["block-1 failed"])
    assert seen.error == "The review of block-1 was rejected: wrong colour"
    assert seen.finished_at == T0 + 5


@pytest.mark.parametrize(
    ("verdict", "end"), [(Verdict.APPROVE, Status.COMPLETED), (Verdict.REJECT, Status.FAILED)]
)
def test_review_with_after_is_decided_after_that_time(verdict, end):
    run = run_of(block(1, review=Review(after=10, decision=verdict)))
    assert view(run, T0 + 12.9).status is Status.REVIEW_PENDING
    assert view(run, T0 + 13).status is end


def test_person_may_decide_before_that_time():
    run = run_of(block(1, review=Review(after=10, decision=Verdict.REJECT)))
    early = {"block-1": Decision(at=T0 + 4, verdict=Verdict.APPROVE)}
    assert view(replace(run, decisions=early), T0 + 4).status is Status.COMPLETED


def test_run_in_review_can_be_cancelled():
    run = replace(
        run_of(block(1, review=Review())), cancellation=Cancellation(at=T0 + 9, reason="stop")
    )
    seen = view(run, T0 + 9)
    assert shape(seen) == (Status.CANCELLED, ["block-1 cancelled"])
    assert seen.blocks[0].ended_at == T0 + 3


def test_speed_divides_every_duration():
    run = replace(run_of(block(1, review=Review(after=6)), pending=2), speed=2)
    assert view(run, T0 + 0.9).status is Status.PENDING
    assert view(run, T0 + 1).status is Status.RUNNING
    assert view(run, T0 + 2).status is Status.REVIEW_PENDING
    assert view(run, T0 + 5).status is Status.COMPLETED


def test_placeholders_take_the_context_variables():
    run = run_of(block(1, inputs={"name": "{{who}}"}, output="hello {{ who }}, {{nobody}}"))
    seen = view(run, T0 + 60).blocks[0]
    assert (seen.inputs, seen.output) == ({"name": "me"}, "hello me, ")


def test_echo_block_returns_the_payload_as_json():
    seen = view(run_of(block(1, echo=True)), T0 + 60).blocks[0]
    assert seen.inputs == {"who": "me"}
    assert json.loads(str(seen.output)) == {"who": "me"}


def test_running_block_has_no_output():
    assert view(run_of(block(1, output="later")), T0 + 1).blocks[0].output is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1_773_619_200, "2026-03-16T00:00:00.000Z"),
        (1_773_619_205.0625, "2026-03-16T00:00:05.062Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_iso_time_has_milliseconds_and_z(seconds, text):
    assert iso_time(seconds) == text
