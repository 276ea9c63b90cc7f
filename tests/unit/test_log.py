"""What people read while they wait: news at once, silence now and then, trouble summed up."""

from dataclasses import replace

import pytest

from genesis_ci import log
from genesis_ci.errors import ContactError
from genesis_ci.execution.state import Run
from genesis_ci.log import MAX_DETAILS, Narrator
from genesis_ci.models import Concurrency, Execution, Outcome, Plan, Policy, Status, Verdict
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import Readiness, WaitFor
from tests.builders import (
    a_block,
    a_report,
    a_run,
    an_execution,
)
from tests.fakes import FakeClock, RecordingProvider

RUNNING = an_execution(Status.RUNNING, id="run-1")
RESET = ContactError("Lost the connection.", reached=True)


class Told:
    """A log, its clock, and the one run that it is about."""

    def __init__(self) -> None:
        self.provider = RecordingProvider()
        self.clock = FakeClock()
        self.narrator = Narrator(self.provider, clock=self.clock, several=False)
        now = self.clock()
        self.run = Run(workflow=a_run(max_wait=1e6), began=now, due=now, asked_at=now)
        self.run.execution_id = "run-1"

    def look(self, execution: Execution, *, after: float) -> bool:
        """Whether a poll is shown."""
        self.clock.pass_(after)
        self.run.asks(now=self.clock())
        self.run.answered(execution, now=self.clock())
        return self._says(lambda: self.narrator.polled(self.run, now=self.clock()))

    def fault(self, *, after: float) -> bool:
        self.clock.pass_(after)
        self.run.faults += 1
        self.run.last_error = RESET
        self.run.due = self.clock() + 1.0
        return self._says(lambda: self.narrator.trouble(self.run, now=self.clock()))

    def idle(self, *, after: float) -> bool:
        self.clock.pass_(after)
        return self._says(lambda: self.narrator.idle([self.run], now=self.clock()))

    def _says(self, happen) -> bool:
        before = len(self.provider.lines)
        happen()
        return len(self.provider.lines) > before


@pytest.fixture
def told() -> Told:
    return Told()


def with_blocks(*statuses: Status) -> Execution:
    blocks = tuple(a_block(f"block-{n}", status) for n, status in enumerate(statuses))
    return replace(RUNNING, blocks=blocks)


def test_the_same_news_is_told_once_and_again_after_a_minute(told):
    assert told.look(RUNNING, after=1)
    assert not told.look(RUNNING, after=5)
    assert not told.look(RUNNING, after=54.9)
    assert told.look(RUNNING, after=0.1)


def test_a_new_status_is_told_at_once(told):
    told.look(RUNNING, after=1)
    assert told.look(an_execution(Status.PENDING, id="run-1"), after=0.1)


def test_a_block_that_moves_on_is_told_and_less_often_late_in_a_long_run(told):
    told.look(with_blocks(Status.RUNNING), after=10)
    assert told.look(with_blocks(Status.COMPLETED), after=1)
    told.look(with_blocks(Status.RUNNING), after=2_000)
    assert not told.look(with_blocks(Status.COMPLETED), after=30)
    assert told.look(with_blocks(Status.COMPLETED), after=15)


def test_in_a_wait_of_hours_the_silence_is_longer(told):
    told.look(RUNNING, after=20_000)
    assert not told.look(RUNNING, after=190)
    assert told.look(RUNNING, after=15)


def test_the_first_three_faults_are_told_and_later_ones_summed_up(told):
    assert [told.fault(after=1) for _ in range(6)] == [True, True, True, False, False, False]
    assert told.fault(after=60)
    assert told.provider.lines[-1].endswith("(7 times in a row).")


def test_single_faults_between_answers_are_told_ever_more_seldom(told):
    def told_of(count: int) -> int:
        faults = 0
        for _ in range(count):
            told.look(RUNNING, after=1)
            faults += told.fault(after=1)
        return faults

    assert told_of(20) == 20
    assert 5 < told_of(1_000) < 200


def test_the_outputs_of_failed_blocks_leave_room_for_the_end_of_the_log(told):
    blocks = tuple(a_block(f"b{n}", Status.FAILED, output="あ" * 8_000) for n in range(300))
    told.narrator.ended(a_report(execution=replace(RUNNING, blocks=blocks)))
    shown = sum(len(line.encode()) for line in told.provider.lines)
    assert MAX_DETAILS * 0.9 < shown < MAX_DETAILS * 1.1
    assert told.provider.lines[-1] == "257 more outputs of failed blocks are in report.html."


def test_a_fault_says_when_the_next_try_is(told):
    told.fault(after=1)
    assert told.provider.lines[-1] == "Lost the connection. Trying again in 1.0s."


def test_idling_is_told_once_a_minute(told):
    told.look(RUNNING, after=1)
    assert [told.idle(after=20) for _ in range(6)] == [False, False, True, False, False, True]


def test_a_job_in_which_all_has_ended_says_nothing(told):
    told.run.outcome = Outcome(verdict=Verdict.PASSED, exit_code=0, message="Done.")
    assert not told.idle(after=600)


def test_a_progress_line_tells_elapsed_status_blocks_and_what_runs():
    blocks = (a_block("log-in"), a_block("pay", Status.RUNNING))
    execution = an_execution(block_count=5, completed_blocks=1, blocks=blocks)
    assert log.progress(execution, elapsed=65) == ("[ 1m 05s] running · 1/5 blocks · pay running")


def test_the_live_line_spins_with_the_clock_and_fits_a_narrow_terminal():
    frames = {log.live("x" * 200, now=tenths / 10)[0] for tenths in range(20)}
    assert len(frames) == 10
    assert len(log.live("x" * 200, now=0)) == log.MAX_LIVE


WANTED = WaitFor(url="https://p.example.com/", shown="https://p.example.com/", timeout=90.0)


def test_at_the_start_people_read_what_is_tested_and_what_is_waited_for():
    told = Told()
    change = Change(
        sha="0a1b2c3d" * 5, branch="topic", base_branch="main", request="7", actor="ada"
    )
    told.narrator.planned([a_run(wait_for=WANTED)] * 2, Plan(), change=change)
    assert told.provider.lines[:2] == [
        "Testing commit 0a1b2c3 · branch topic into main · request 7 · by ada",
        "Waiting for https://p.example.com/, 1m 30s at most",
    ]


def test_outside_a_ci_nothing_is_said_of_a_change():
    told = Told()
    told.narrator.planned([a_run()], Plan(), change=Change())
    assert told.provider.lines == []


def test_how_an_address_answers_is_told_when_it_changes_and_now_and_then():
    told = Told()
    answers = [("503", 2.0), ("503", 4.0), ("404", 6.0), ("404", 8.0), ("404", 70.0)]
    for answer, seconds in answers:
        told.clock.pass_(2.0 if seconds < 10 else 62.0)
        readiness = Readiness(shown=WANTED.shown, ready=None, seen=(answer,), seconds=seconds)
        told.narrator.awaited(WANTED, readiness)
    over = Readiness(shown=WANTED.shown, ready=True, seen=("503", "404", "200"), seconds=72.0)
    told.narrator.awaited(WANTED, over)
    assert told.provider.lines == [
        "[   2.0s] https://p.example.com/: 503",
        "[   6.0s] https://p.example.com/: 404",
        "[ 1m 10s] https://p.example.com/: 404",
        "[ 1m 12s] https://p.example.com/: 503, then 404, then 200: ready",
    ]


def test_six_hours_of_an_address_that_flaps_stay_a_short_log():
    told = Told()
    for number in range(6 * 3600 // 5):
        told.clock.pass_(5.0)
        seen = ("503",) if number % 2 else ("502",)
        readiness = Readiness(shown=WANTED.shown, ready=None, seen=seen, seconds=5.0 * number)
        told.narrator.awaited(WANTED, readiness)
    assert sum(map(len, told.provider.lines)) < 50_000


def test_a_silent_wait_says_what_it_waits_for():
    told = Told()
    held = Run(workflow=a_run(wait_for=WANTED), began=told.clock())
    told.clock.pass_(61.0)
    told.narrator.idle([held], now=told.clock())
    assert told.provider.lines == ["[ 1m 01s] waiting for https://p.example.com/"]


def test_the_runs_page_is_told_once_it_is_started():
    told = Told()
    workflow = a_run(run_url="https://g.example.com/{execution_id}")
    told.narrator.triggered(Run(workflow=workflow), "run-1")
    assert told.provider.lines[-1] == "  https://g.example.com/run-1"


def test_another_attempt_says_what_the_one_before_came_to(told):
    workflow = a_run(policy=Policy(attempts=3, concurrency=Concurrency.CANCEL_PREVIOUS))
    failed = Outcome(verdict=Verdict.FAILED, exit_code=1, message="The workflow failed: No.")
    first = replace(a_report(), outcome=failed)
    told.narrator.trying_again(Run(workflow=workflow, earlier=(first,)))
    first_line, why, warning = told.provider.lines
    assert first_line == "Attempt 1 ended failed; now attempt 2 of 3"
    assert "The workflow failed: No." in why
    assert "cancels a run that a newer job may have started" in warning


def test_a_run_that_is_not_kept_says_why(told):
    run = Run(workflow=a_run(name="smoke", keeps="old-1"), is_kept=True)
    told.narrator.starting(run)
    note = "The earlier job's run old-1 is not kept: it ran with other variables."
    run.start_over(now=1.0, notes=(note,))
    told.narrator.trying_again(run)
    assert told.provider.lines == [
        "Looking at execution old-1 of an earlier job (smoke)",
        "The earlier job's run old-1 is not kept: it ran with other variables.",
        "It has to run again.",
    ]
