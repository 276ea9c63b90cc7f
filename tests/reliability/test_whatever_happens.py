"""Whatever the sequence of states and faults: the promises of `docs/reliability.md` hold."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from genesis_ci.api.client import GenesisClient
from genesis_ci.config.settings import Parsed, Reporting, Settings
from genesis_ci.job import World, run_job
from genesis_ci.models import Concurrency, OnReview, OnState, Policy, Workflow
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.publish import REPORTS, Publisher
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.builders import WORKFLOW_ID
from tests.fakes import FakeClock, RecordingProvider, a_loop
from tests.reliability.world import DrawnCalls, Genesis

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


class Memory:
    """A workspace that is a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def read(self, path: str) -> str:
        return self.files[path.removeprefix("out/")]

    def write(self, path: str, text: str) -> None:
        self.files[path.removeprefix("out/")] = text


@dataclass(frozen=True)
class Course:
    genesis: Genesis
    files: dict[str, str]
    provider: RecordingProvider
    exit_code: int
    seconds: float


def run(draw, asked: Workflow, interrupt: tuple[float, int] | None) -> Course:
    clock, provider, memory = FakeClock(), RecordingProvider(), Memory()
    genesis = Genesis(draw, clock)
    calls = DrawnCalls(clock, genesis)
    began = clock()
    if interrupt:
        calls.interrupt_at(began + interrupt[0], interrupt[1])
    client = GenesisClient(
        genesis,
        api_url="https://genesis.example",
        api_key=Secret(KEY),
        user_agent="test",
        scrub=Scrubber([Secret(KEY)]),
    )
    world = World(
        provider=provider,
        clock=clock,
        now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
        make_loop=lambda settings, log, record: a_loop(
            client,
            clock,
            calls,
            jitter=lambda: draw(st.floats(0, 0.999)),
            progress=log,
            record=record,
            plan=settings.plan,
        ),
    )
    given = Settings(api_url="https://genesis.example", api_key=Secret(KEY), workflows=(asked,))
    parsed = Parsed(settings=given, problems=(), secrets=())
    code = run_job(lambda: parsed, Publisher(provider, memory, Reporting(report_dir="out")), world)
    return Course(genesis, memory.files, provider, code, clock() - began)


@settings(max_examples=100)
@given(data=st.data(), asked=RUNS, interrupt=INTERRUPTS)
def test_the_promises_hold_for_random_answers(data, asked, interrupt):
    course = run(data.draw, asked, interrupt)
    assert_at_most_one_trigger(course, asked)
    assert_green_only_as_genesis_said(course, asked)
    assert_the_verdict_is_what_genesis_said(course, asked)
    assert_in_time(course, asked, interrupt)
    assert_evidence(course)


def assert_at_most_one_trigger(course: Course, asked: Workflow) -> None:
    """At most one per attempt, two under cancel-previous; and no attempt but after a failure."""
    cancels = asked.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    failures = course.genesis.said.count("failed")
    attempts = min(asked.policy.attempts, failures + 1)
    assert course.genesis.posts <= (0 if asked.execution_id else attempts * (2 if cancels else 1))


def assert_green_only_as_genesis_said(course: Course, asked: Workflow) -> None:
    if course.exit_code == 0:
        failed_before = not asked.execution_id and "failed" in course.genesis.said[:-1]
        let_pass = {
            "completed": not failed_before or asked.policy.on_flaky is OnState.PASS,
            "review_pending": asked.policy.on_review_pending is OnReview.PASS,
            "cancelled": asked.policy.on_cancelled is OnState.PASS,
            "skipped": asked.policy.on_skipped is OnState.PASS,
        }
        assert let_pass.get(course.genesis.said[-1])
        assert not failed_before or course.genesis.said[-1] == "completed"


def assert_the_verdict_is_what_genesis_said(course: Course, asked: Workflow) -> None:
    word = course.genesis.of_the_last[-1] if course.genesis.of_the_last else ""
    if course.exit_code in {130, 143}:
        return
    if word == "completed":
        flaky = "failed" in course.genesis.said
        assert course.exit_code in ({0, 1} if flaky else {0})
    if word in RED_WORDS:
        assert course.exit_code in {RED_WORDS[word], 0}
    if course.exit_code in RED_WORDS.values() and word != "completed":
        assert RED_WORDS[word] == course.exit_code
    if course.exit_code == 3:
        assert "review_pending" in course.genesis.said
    if course.exit_code == 7:
        assert course.genesis.refused


def assert_in_time(course: Course, asked: Workflow, interrupt: tuple[float, int] | None) -> None:
    waits = asked.policy.on_review_pending is OnReview.WAIT
    each = asked.max_wait + (asked.review_wait if waits else 0.0) + 1.0
    longest = each * asked.policy.attempts
    assert course.seconds <= longest
    if course.exit_code in {130, 143}:
        assert interrupt
        assert course.seconds <= interrupt[0] + 2.0


def assert_evidence(course: Course) -> None:
    values = course.provider.values
    assert set(course.files) == set(REPORTS)
    assert set(values) == set(OUTPUT_NAMES)
    assert course.exit_code in EXIT_CODE_MEANINGS.keys() - {2, 70}
    suites = JUnitXml.fromstring(course.files["junit.xml"].encode())
    assert sum(suite.tests for suite in suites)
    assert any(suite.failures + suite.errors for suite in suites) is (course.exit_code != 0)
    assert values["exit-code"] == str(course.exit_code)
    assert course.provider.lines[-1].endswith(f"exit-code={course.exit_code}")
    if course.genesis.runs and course.exit_code in {6, 130, 143}:
        assert values["execution-id"] or "may have started" in "\n".join(course.provider.lines)
    if course.genesis.runs and course.exit_code == 8:
        assert "nothing was started" not in "\n".join(course.provider.lines)
