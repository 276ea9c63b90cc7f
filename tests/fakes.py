"""Test doubles: a clock that tests advance, an API with scripted answers, and others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from genesis_ci.checks.judging import judge as judged
from genesis_ci.checks.judging import judge_task
from genesis_ci.errors import ContactError
from genesis_ci.execution.loop import Loop
from genesis_ci.execution.state import Run
from genesis_ci.execution.workers import Call, Done
from genesis_ci.http.connection import Exchange
from genesis_ci.http.transport import Request, Response
from genesis_ci.models.change import Change
from genesis_ci.models.ci_run import CiRun
from genesis_ci.models.execution import Block, Execution
from genesis_ci.models.findings import RunChecks
from genesis_ci.models.policy import Plan
from genesis_ci.models.readiness import Page, Readiness, WaitFor
from genesis_ci.models.report import Annotation, Level, WorkflowReport
from genesis_ci.providers.base import Provider
from genesis_ci.system.signals import Interrupted

T = TypeVar("T")
LONGEST_TEST = 2 * 86_400.0
MAX_READS = 1_000


class FakeClock:
    """Monotonic seconds that pass only by `pass_`.

    An endless loop fails here instead of hanging: no test takes two days, and no test reads the
    clock a thousand times without a pause.
    """

    def __init__(self, start: float = 1000.0) -> None:
        self.seconds = start
        self._last = start + LONGEST_TEST
        self._reads = 0

    def __call__(self) -> float:
        self._reads += 1
        if self._reads > MAX_READS:
            raise AssertionError(f"the clock was read {self._reads} times and no time passed")
        return self.seconds

    def pass_(self, seconds: float) -> None:
        later = self.seconds + max(0.0, seconds)
        if later > self.seconds:
            self._reads = 0
        self.seconds = later
        if later > self._last:
            raise AssertionError(f"the test did not end within {LONGEST_TEST:.0f} seconds")


class FakeTransport:
    """Answers requests from a script and remembers them."""

    def __init__(self, *answers: Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, exchange: Exchange) -> Response:
        exchange.begin_sending()
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeCall:
    """A call that runs a function; `given_up` is true once it was given up."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer
        self.given_up = False

    def run(self) -> object:
        return self._answer()

    def give_up(self) -> ContactError:
        self.given_up = True
        return ContactError("No complete answer in time.", reached=True)


class FakeApi:
    """Answers triggers and polls from one list each; the last answer of a list repeats.

    `runs` has a list of its own for some execution ids. `latency` is how many seconds the next
    calls take. Subclasses override `start` and `poll`.
    """

    def __init__(
        self,
        *,
        triggers: Iterable[str | Exception] = ("run-1",),
        polls: Iterable[Execution | Exception] = (),
        runs: Mapping[str, Iterable[Execution | Exception]] = MappingProxyType({}),
        latency: float = 0.0,
    ) -> None:
        self._triggers = list(triggers)
        self._polls = list(polls)
        self._runs = {execution_id: list(answers) for execution_id, answers in runs.items()}
        self.latency = latency
        self.triggered: list[tuple[str, Mapping[str, str]]] = []
        self.polled: list[str] = []

    def trigger(self, workflow_id: str, variables: Mapping[str, str]) -> FakeCall:
        return FakeCall(lambda: self.start(workflow_id, variables))

    def execution(self, execution_id: str, before: Execution | None) -> FakeCall:
        return FakeCall(lambda: self.poll(execution_id))

    def start(self, workflow_id: str, variables: Mapping[str, str]) -> str:
        self.triggered.append((workflow_id, dict(variables)))
        return _played(self._triggers)

    def poll(self, execution_id: str) -> Execution:
        self.polled.append(execution_id)
        return _played(self._runs.get(execution_id, self._polls))


class FakeWeb:
    """Answers each address from its own list; the last answer of a list repeats."""

    def __init__(self, **answers: list[Page | Exception]) -> None:
        self._answers = answers
        self.requested: list[tuple[str, tuple[str, str] | None]] = []

    def page(self, url: str, *, header: tuple[str, str] | None, read: bool) -> FakeCall:
        def answer() -> Page:
            self.requested.append((url, header))
            return _played(self._answers[url.removeprefix("https://").partition(".")[0]])

        return FakeCall(answer)


def _played(script: list[T | Exception]) -> T:
    answer = script.pop(0) if len(script) > 1 else script[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


def judge(checks: RunChecks, blocks: Sequence[Block]) -> FakeCall:
    """Judge in the same process."""
    return FakeCall(lambda: judged(checks, blocks, in_child=partial(map, judge_task), scrub=str))


class VirtualCalls:
    """`Calls` in virtual time: a call ends after the API's latency, or at its timeout."""

    def __init__(self, clock: FakeClock, api: FakeApi) -> None:
        self._clock = clock
        self._api = api
        self._pending: list[tuple[float, Done | Interrupted]] = []
        self.most_at_once = 0
        self.started_at: list[float] = []

    def start(self, key: int, call: Call, *, timeout: float) -> None:
        self.started_at.append(self._clock())
        done = _outcome(key, call)
        if self._api.latency > timeout:
            done = Done(key, error=call.give_up())
        end = self._clock() + min(self._api.latency, timeout)
        self._pending.append((end, done))
        self.most_at_once = max(self.most_at_once, len(self._pending))

    def interrupt_at(self, seconds: float, exit_code: int) -> None:
        self._pending.append((seconds, Interrupted(exit_code)))

    def next(self, *, timeout: float) -> Done | Interrupted | None:
        until = self._clock() + timeout
        self._pending.sort(key=lambda item: item[0])
        if not self._pending or self._pending[0][0] > until:
            self._clock.pass_(until - self._clock())
            return None
        end, event = self._pending.pop(0)
        self._clock.pass_(end - self._clock())
        return event


def _outcome(key: int, call: Call) -> Done:
    try:
        return Done(key, value=call.run())
    except Exception as error:
        return Done(key, error=error)


class RecordingProgress:
    """Keeps the names of its events."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.reports: list[WorkflowReport] = []

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        self.events.append(f"awaited {readiness.words}")

    def starting(self, run: Run) -> None:
        self.events.append("starting")

    def trying_again(self, run: Run) -> None:
        self.events.append("again")

    def triggered(self, run: Run, execution_id: str) -> None:
        self.events.append(f"triggered {execution_id}")

    def polled(self, run: Run) -> None:
        self.events.append("polled")

    def trouble(self, run: Run) -> None:
        self.events.append("trouble")

    def idle(self, runs: Sequence[Run]) -> None:
        self.events.append("idle")

    def ended(self, report: WorkflowReport) -> None:
        self.reports.append(report)


def a_loop(api: FakeApi, clock: FakeClock, calls: VirtualCalls, **options: Any) -> Loop:
    """Return a loop in virtual time; `options` replace the defaults of tests."""
    given = {
        "pages": FakeWeb(),
        "judge": judge,
        "jitter": lambda: 0.0,
        "progress": RecordingProgress(),
        "scrub": str,
        "save_ids": lambda _: True,
        "plan": Plan(),
    }
    return Loop(api=api, clock=clock, calls=calls, **{**given, **options})


class RecordingProvider(Provider):
    """A provider that keeps its arguments."""

    name = "fake"
    annotations_kept = 10
    has_outputs = True
    change = Change()
    ci = CiRun()

    def __init__(self) -> None:
        super().__init__({"NO_COLOR": "1"}, lambda _: None)
        self.lines: list[str] = []
        self.annotations: list[tuple[Level, str]] = []
        self.places: list[tuple[str | None, int | None]] = []
        self.values: dict[str, str] = {}
        self.summaries: list[str] = []
        self.live_lines: list[str] = []

    def live(self, text: str) -> None:
        self.live_lines.append(text)

    def line(self, text: str) -> None:
        self.lines.append(text)

    always = line

    def group(self, title: str, lines: Sequence[str]) -> None:
        self.lines += [title, *lines]

    def annotate(self, annotation: Annotation) -> None:
        self.annotations.append((annotation.level, annotation.message))
        self.places.append((annotation.file, annotation.line))

    def outputs(self, values: Mapping[str, str]) -> None:
        self.values.update(values)

    def summary(self, markdown: str) -> None:
        self.summaries.append(markdown)


def files(contents: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that reads these files by path."""

    def read(path: str) -> str:
        if path not in contents:
            raise FileNotFoundError(2, "No such file or directory")
        return contents[path]

    return read
