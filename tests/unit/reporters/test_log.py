"""The log of a running job: changes at once, heartbeats, and few lines about faults."""

from dataclasses import replace

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.state import Run
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.policy import Concurrency, Plan, Policy
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Verdict
from genesis_ci.outcomes import not_selected
from genesis_ci.reporters.log import MAX_DETAILS, JobLog
from tests.approved import check_approved
from tests.builders import a_block, a_report, a_run, an_execution
from tests.fakes import FakeClock, RecordingProvider

RUNNING = an_execution(Status.RUNNING, id="run-1")
WANTED = WaitFor(url="https://p.example.com/", shown="https://p.example.com/", timeout=90.0)


class Logged:
    """A log, its clock, and the one run of the job."""

    def __init__(self) -> None:
        self.provider = RecordingProvider()
        self.clock = FakeClock()
        self.log = JobLog(self.provider, clock=self.clock, several=False)
        workflow, now = a_run(max_wait=1e6), self.clock()
        self.run = Run(workflow=workflow, execution_id="run-1", began=now, sent_at=now)

    @property
    def lines(self) -> list[str]:
        return self.provider.lines

    def poll(self, execution: Execution, *, after: float) -> bool:
        """Poll the run; return whether the log has a new line."""
        self.clock.pass_(after)
        self.run.record_request(now=self.clock())
        self.run.record_answer(execution, now=self.clock())
        return self._writes(lambda: self.log.polled(self.run))

    def fault(self, *, after: float) -> bool:
        self.clock.pass_(after)
        self.run.faults += 1
        self.run.last_error = ContactError(
            "Lost the connection.", reached=True, hint="Check the network."
        )
        self.run.due = self.clock() + 1.0
        return self._writes(lambda: self.log.trouble(self.run))

    def idle(self, *, after: float) -> bool:
        self.clock.pass_(after)
        return self._writes(lambda: self.log.idle([self.run]))

    def answer(self, ready: bool | None, *seen: str, seconds: float) -> None:
        """Show an answer of the awaited address."""
        readiness = Readiness(shown=WANTED.shown, ready=ready, seen=seen, seconds=seconds)
        self.log.awaited(WANTED, readiness)

    def _writes(self, event) -> bool:
        before = len(self.lines)
        event()
        return len(self.lines) > before


@pytest.fixture
def logged() -> Logged:
    return Logged()


def with_blocks(*statuses: Status) -> Execution:
    blocks = tuple(a_block(f"block-{n}", status) for n, status in enumerate(statuses))
    return replace(RUNNING, blocks=blocks)


def test_an_unchanged_run_is_shown_once_a_minute(logged):
    assert logged.poll(RUNNING, after=1)
    assert not logged.poll(RUNNING, after=59.9)
    assert logged.poll(RUNNING, after=0.1)
    assert logged.poll(an_execution(Status.PENDING, id="run-1"), after=0.1)


def test_block_changes_are_shown_less_often_in_a_long_run(logged):
    logged.poll(with_blocks(Status.RUNNING), after=10)
    assert logged.poll(with_blocks(Status.COMPLETED), after=1)
    logged.poll(with_blocks(Status.RUNNING), after=2_000)
    assert not logged.poll(with_blocks(Status.COMPLETED), after=30)
    assert logged.poll(with_blocks(Status.COMPLETED), after=15)


def test_the_fourth_fault_in_a_row_is_shown_after_a_minute(logged):
    assert logged.fault(after=1)
    assert logged.lines == ["Lost the connection. Trying again in 1.0s."]
    assert [logged.fault(after=1) for _ in range(5)] == [True, True, False, False, False]
    assert logged.fault(after=60)
    assert logged.lines[-1].endswith("(7 times in a row).")


def test_a_run_without_an_answer_for_ten_seconds_shows_once_what_to_check(logged):
    logged.run.execution_id = None
    assert [logged.fault(after=seconds) for seconds in (1, 1, 1, 6.9)] == [True, True, True, False]
    assert [logged.fault(after=seconds) for seconds in (0.1, 1)] == [True, False]
    assert logged.lines[3:] == [
        "Lost the connection. Trying again in 1.0s (5 times in a row).",
        "  Check the network.",
    ]


def test_single_faults_are_shown_less_often_in_a_long_run(logged):
    def lines_about(count: int) -> int:
        faults = 0
        for _ in range(count):
            logged.poll(RUNNING, after=1)
            faults += logged.fault(after=1)
        return faults

    assert lines_about(20) == 20
    assert 5 < lines_about(1_000) < 200


@pytest.mark.parametrize(
    ("status", "count", "is_said"),
    [(Status.COMPLETED, 3, True), (Status.COMPLETED, 2, False), (Status.FAILED, 3, False)],
)
def test_a_completed_run_with_fewer_blocks_than_its_count_is_noted(logged, status, count, is_said):
    run = an_execution(status, blocks=(a_block("a"), a_block("b")), block_count=count)
    before = len(logged.lines)
    logged.log.ended(a_report(execution=run))
    words = f"Genesis lists 2 of the {count} blocks of the completed run."
    assert logged.lines[before:] == ([words] if is_said else [])


def test_outputs_of_failed_blocks_stop_at_the_size_limit(logged):
    blocks = tuple(a_block(f"b{n}", Status.FAILED, output="あ" * 8_000) for n in range(300))
    logged.log.ended(a_report(execution=replace(RUNNING, blocks=blocks)))
    shown = sum(len(line.encode()) for line in logged.lines)
    assert MAX_DETAILS * 0.9 < shown < MAX_DETAILS * 1.1
    assert logged.lines[-1] == "257 more outputs of failed blocks are in report.html."


def test_a_waiting_job_writes_one_line_a_minute(logged):
    logged.poll(RUNNING, after=1)
    assert [logged.idle(after=20) for _ in range(6)] == [False, False, True, False, False, True]


def test_the_live_line_spins(logged):
    assert not any(logged.idle(after=0.1) for _ in range(20))
    assert len({line[0] for line in logged.provider.live_lines}) == 10


def of_the_start(logged):
    change = Change(
        sha="0a1b2c3d" * 5, branch="topic", base_branch="main", request="7", actor="ada"
    )
    cancelling = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
    logged.log.planned([a_run()], Plan(), change=Change())
    logged.log.planned([a_run(wait_for=WANTED)] * 2, Plan(), change=change)
    logged.log.starting(Run(workflow=a_run(name="smoke")))
    logged.log.starting(Run(workflow=a_run(name="smoke", policy=cancelling)))
    workflow = a_run(run_url="https://g.example.com/{execution_id}")
    logged.log.triggered(Run(workflow=workflow), "run-1")


def of_an_awaited_address(logged):
    for seen, seconds in (("503", 2.0), ("503", 4.0), ("404", 6.0), ("404", 8.0), ("404", 70.0)):
        logged.clock.pass_(2.0 if seconds < 10 else 62.0)
        logged.answer(None, seen, seconds=seconds)
    logged.answer(True, "503", "404", "200", seconds=72.0)
    logged.answer(False, "503", seconds=74.0)
    held = Run(workflow=a_run(wait_for=WANTED), began=logged.clock())
    logged.clock.pass_(61.0)
    logged.log.idle([held])


def of_a_run(logged):
    blocks = (a_block("log-in"), a_block("pay", Status.RUNNING))
    logged.poll(replace(RUNNING, block_count=5, completed_blocks=1, blocks=blocks), after=65)
    logged.run.workflow = a_run(max_review=7200.0)
    blocks = (a_block("pay", Status.REVIEW_PENDING),)
    for _ in range(3):
        logged.poll(an_execution(Status.REVIEW_PENDING, id="run-1", blocks=blocks), after=5)


def of_another_attempt(logged):
    workflow = a_run(policy=Policy(attempts=3, concurrency=Concurrency.CANCEL_PREVIOUS))
    for verdict in (Verdict.FAILED, Verdict.UNMET):
        logged.log.trying_again(Run(workflow=workflow, earlier=(a_report(verdict, 1),)))


def of_a_run_of_an_earlier_job(logged):
    workflow = a_run(execution_id="old-1", triggered_by="https://ci.example/7")
    logged.log.starting(Run(workflow=workflow, execution_id="old-1"))


def of_several_workflows(logged):
    ended, left_out = Run(workflow=a_run()), Run(workflow=a_run())
    ended.outcome, left_out.outcome = a_report().outcome, not_selected()
    logged.clock.pass_(61.0)
    logged.log.idle([ended, logged.run, left_out])
    log = JobLog(logged.provider, clock=logged.clock, several=True)
    for verdict in (Verdict.REJECTED, Verdict.TRIGGERED):
        log.ended(a_report(verdict, name="smoke", execution=None))


def test_lines_of_the_log_are_approved():
    texts = {}
    for write in (
        of_the_start, of_an_awaited_address, of_a_run, of_another_attempt,
        of_a_run_of_an_earlier_job, of_several_workflows,
    ):  # fmt: skip
        logged = Logged()
        write(logged)
        notes = [f"{level}: {words}" for level, words in logged.provider.annotations]
        texts[write.__name__.replace("_", " ").removeprefix("of ")] = "\n".join(
            [*logged.lines, *notes]
        )
    check_approved("log", texts)
