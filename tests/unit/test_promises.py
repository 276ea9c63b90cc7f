"""The promises of `docs/reliability.md` hold for random states and faults, in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from genesis_ci.api.client import GenesisClient
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import Call
from genesis_ci.http.connection import Exchange
from genesis_ci.http.transport import Request, Response
from genesis_ci.jobs.publish import REPORTS, Publisher
from genesis_ci.jobs.run import RunIO, run_job
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Policy
from genesis_ci.models.workflow import Workflow
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.builders import WORKFLOW_ID, a_response, a_wire_execution
from tests.fakes import FakeClock, RecordingProvider, VirtualCalls, a_loop

KEY = "gk_live_k3y_0123456789"
POLICIES = st.builds(
    Policy,
    on_review_pending=st.sampled_from(OnReview),
    on_cancelled=st.sampled_from(OnState),
    on_skipped=st.sampled_from(OnState),
    on_flaky=st.sampled_from(OnState),
    attempts=st.sampled_from((1, 1, 2, 3)),
    concurrency=st.sampled_from(Concurrency),
)
RUNS = st.builds(
    Workflow,
    workflow_id=st.just(WORKFLOW_ID),
    execution_id=st.sampled_from((None, None, None, "run-7")),
    policy=POLICIES,
    poll_interval=st.sampled_from((None, 1.0, 5.0, 30.0)),
    max_wait=st.sampled_from((1.0, 3.0, 20.0, 300.0, 1800.0)),
    review_wait=st.sampled_from((1.0, 60.0)),
)
INTERRUPTS = st.one_of(
    st.none(), st.tuples(st.sampled_from((0.0, 0.3, 2.0, 15.0)), st.sampled_from((130, 143)))
)
RED_WORDS = {"failed": 1, "cancelled": 4, "skipped": 5}
FINAL = ("completed", "failed", "cancelled", "skipped")
STATUSES = ("pending", "running", "paused", "review_pending", *FINAL)
DELAYS = st.sampled_from((0.0, 0.1, 0.4, 1.0, 2.5, 7.0, 40.0))
TRIGGER_MOVES = st.sampled_from(
    ("start", "start and lose it", "lose it", "unreachable", "429", "503", "502", "403", "odd")
)
POLL_MOVES = st.sampled_from(
    ("tell", "tell", "tell", "lose it", "unreachable", "429", "502", "404", "odd", "foreign")
)
ODDITIES = st.sampled_from(
    (
        b"",
        b"<html>",
        b'{"status": "completed"}',
        b'{"id": 7, "status": "completed"}',
        b'{"success": true, "executionId": "../x"}',
        b'{"success": true}',
        b"\xff\xfe",
        b"[" * 5000,
    )
)


class Genesis:
    """A transport that counts. `posts` is the number of triggers that may have started a run.

    `sent_words` are the statuses in its answers, `words_of_last_run` those since the last trigger.
    """

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw
        self.latency = 0.0
        self.timeout = 0.0
        self.posts = 0
        self.runs = 0
        self.sent_words: list[str] = []
        self.words_of_last_run: list[str] = []
        self.refused = False

    def send(self, request: Request, exchange: Exchange) -> Response:
        """Return a random answer; `latency` is how long it took, up to the `timeout`."""
        triggers = request.method == "POST"
        if triggers:
            self.words_of_last_run.clear()
        move = self._draw(TRIGGER_MOVES if triggers else POLL_MOVES)
        self.latency = self._draw(DELAYS)
        if move == "unreachable":
            raise ContactError("Lost the connection.", reached=False)
        exchange.begin_sending()
        if triggers:
            self.posts += move not in {"429", "503"}
            self.runs += move in {"start", "start and lose it"}
        if self.latency > self.timeout or "lose it" in move:
            raise ContactError("Lost the connection.", reached=True)
        return self._status_answer(request) if move == "tell" else self._answer(move)

    def _status_answer(self, request: Request) -> Response:
        word = self._draw(st.sampled_from(STATUSES))
        self.sent_words.append(word)
        self.words_of_last_run.append(word)
        return a_response(a_wire_execution(status=word, id=request.url.rsplit("/", 1)[1]))

    def _answer(self, move: str) -> Response:
        match move:
            case "start":
                return a_response({"success": True, "executionId": f"run-{self.runs}"})
            case "odd":
                return a_response(self._draw(ODDITIES))
            case "foreign":
                return a_response(a_wire_execution(status="completed", id="somebody-elses"))
            case "404" | "403":
                self.refused = True
                return a_response({"error": "Execution not found"}, int(move))
            case "502":
                return a_response({"error": "Bad gateway"}, 502)
            case code:
                seconds = str(self._draw(st.sampled_from((0, 1, 5, 600))))
                return a_response({"error": "Busy"}, int(code), retry_after=seconds)


class DrawnCalls(VirtualCalls):
    """In virtual time; the API draws the latency of each call."""

    def start(self, key: int, call: Call, *, timeout: float) -> None:
        self._api.latency, self._api.timeout = 0.0, timeout
        super().start(key, call, timeout=timeout)


class Memory:
    """A workspace in memory."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def read(self, path: str) -> str:
        return self.files[path.removeprefix("out/")]

    def write(self, path: str, text: str) -> None:
        self.files[path.removeprefix("out/")] = text


@dataclass(frozen=True)
class FinishedJob:
    genesis: Genesis
    files: dict[str, str]
    provider: RecordingProvider
    exit_code: int
    seconds: float


def run(draw, workflow: Workflow, interrupt: tuple[float, int] | None) -> FinishedJob:
    clock, provider, memory = FakeClock(), RecordingProvider(), Memory()
    genesis = Genesis(draw)
    calls = DrawnCalls(clock, genesis)
    began = clock()
    if interrupt:
        calls.interrupt_at(began + interrupt[0], interrupt[1])
    client = GenesisClient(
        genesis,
        api_url="https://genesis.example",
        api_key=Secret(KEY),
        scrub=Scrubber([Secret(KEY)]),
    )
    io = RunIO(
        provider=provider,
        clock=clock,
        now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
        make_loop=lambda settings, log, save_ids: a_loop(
            client,
            clock,
            calls,
            jitter=lambda: draw(st.floats(0, 0.999)),
            progress=log,
            save_ids=save_ids,
            plan=settings.plan,
        ),
        signalled=lambda: None,
        post_status=lambda *_: None,
        confirm_key=lambda _: True,
        await_readers=lambda: None,
    )
    settings = Settings(
        api_url="https://genesis.example", api_key=Secret(KEY), workflows=(workflow,)
    )
    code = run_job(lambda: settings, Publisher(provider, memory, Reporting(report_dir="out")), io)
    return FinishedJob(genesis, memory.files, provider, code, clock() - began)


@settings(max_examples=100)
@given(data=st.data(), workflow=RUNS, interrupt=INTERRUPTS)
def test_the_promises_hold_for_random_answers(data, workflow, interrupt):
    job = run(data.draw, workflow, interrupt)
    assert_at_most_one_trigger(job, workflow)
    assert_green_follows_genesis(job, workflow)
    assert_verdict_follows_genesis(job, workflow)
    assert_within_deadlines(job, workflow, interrupt)
    assert_reports(job)


def assert_at_most_one_trigger(job: FinishedJob, workflow: Workflow) -> None:
    """One trigger per attempt, two under cancel-previous; attempts only after a failure."""
    cancels = workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    failures = job.genesis.sent_words.count("failed")
    attempts = min(workflow.policy.attempts, failures + 1)
    assert job.genesis.posts <= (0 if workflow.execution_id else attempts * (2 if cancels else 1))


def assert_green_follows_genesis(job: FinishedJob, workflow: Workflow) -> None:
    if job.exit_code == 0:
        failed_before = not workflow.execution_id and "failed" in job.genesis.sent_words[:-1]
        let_pass = {
            "completed": not failed_before or workflow.policy.on_flaky is OnState.PASS,
            "review_pending": workflow.policy.on_review_pending is OnReview.PASS,
            "cancelled": workflow.policy.on_cancelled is OnState.PASS,
            "skipped": workflow.policy.on_skipped is OnState.PASS,
        }
        assert let_pass.get(job.genesis.sent_words[-1])
        assert not failed_before or job.genesis.sent_words[-1] == "completed"


def assert_verdict_follows_genesis(job: FinishedJob, workflow: Workflow) -> None:
    word = job.genesis.words_of_last_run[-1] if job.genesis.words_of_last_run else ""
    if job.exit_code in {130, 143}:
        return
    if word == "completed":
        flaky = "failed" in job.genesis.sent_words
        assert job.exit_code in ({0, 1} if flaky else {0})
    if word in RED_WORDS:
        assert job.exit_code in {RED_WORDS[word], 0}
    if job.exit_code in RED_WORDS.values() and word != "completed":
        assert RED_WORDS[word] == job.exit_code
    if job.exit_code == 3:
        assert "review_pending" in job.genesis.sent_words
    if job.exit_code == 7:
        assert job.genesis.refused


def assert_within_deadlines(
    job: FinishedJob, workflow: Workflow, interrupt: tuple[float, int] | None
) -> None:
    waits = workflow.policy.on_review_pending is OnReview.WAIT
    each = workflow.max_wait + (workflow.review_wait if waits else 0.0) + 1.0
    longest = each * workflow.policy.attempts
    assert job.seconds <= longest
    if job.exit_code in {130, 143}:
        assert interrupt
        assert job.seconds <= interrupt[0] + 2.0


def assert_reports(job: FinishedJob) -> None:
    values = job.provider.values
    assert set(job.files) == set(REPORTS)
    assert set(values) == set(OUTPUT_NAMES)
    assert job.exit_code in EXIT_CODE_MEANINGS.keys() - {2, 70}
    suites = JUnitXml.fromstring(job.files["junit.xml"].encode())
    assert sum(suite.tests for suite in suites)
    assert any(suite.failures + suite.errors for suite in suites) is (job.exit_code != 0)
    assert values["exit-code"] == str(job.exit_code)
    assert job.provider.lines[-1].endswith(f"exit-code={job.exit_code}")
    if job.genesis.runs and job.exit_code in {6, 130, 143}:
        assert values["execution-id"] or "may have started" in "\n".join(job.provider.lines)
    if job.genesis.runs and job.exit_code == 8:
        assert "nothing was started" not in "\n".join(job.provider.lines)
