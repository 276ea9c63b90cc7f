"""A whole job of the real program in virtual time: Genesis, forge, preview and workspace are fakes.

Everything inside `App` is the product's, but for the HTTP transport, the child process of the
checks, and what a process has for itself (signals, standard output, the files of the workspace).
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from genesis_ci.app import App
from genesis_ci.config.sources import Given
from genesis_ci.errors import ContactError
from genesis_ci.execution.loop import Loop
from genesis_ci.http.connection import Exchange
from genesis_ci.http.transport import Request, Response
from genesis_ci.jobs.configure import JobCommand
from genesis_ci.models.execution import Status
from genesis_ci.models.workflow import Verb
from genesis_ci.system.signals import Interrupted, Signals
from genesis_ci.system.workspace import Workspace
from tests.builders import a_response, a_wire_execution, try_out
from tests.fakes import FakeClock, VirtualCalls, judge
from tests.forges import GitHubStandIn

LATENCY, SLOW = 0.2, 5.0
ENDED = {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.SKIPPED}
TERMINATED = 143


def report_of(*statuses: str) -> str:
    """A CTRF report: the first test is “pays”, the others have numbers."""
    tests = [
        {"name": "pays" if not at else f"test {at}", "status": status, "duration": 1}
        for at, status in enumerate(statuses)
    ]
    summary = {"tests": len(tests), "passed": statuses.count("passed")}
    summary |= {"failed": statuses.count("failed"), "pending": 0, "skipped": 0, "other": 0}
    return json.dumps({"results": {"tool": {"name": "x"}, "summary": summary, "tests": tests}})


@dataclass(frozen=True)
class Ending:
    """How a run ends: with a status, a status of its second block, and the first one's output.

    `error` is that of the run, `block_error` that of the second block. It is in
    review from second 10 until `reviewed`.
    """

    word: str = "completed"
    output: str | None = None
    block: str = "completed"
    error: object = None
    block_error: object = None
    seconds: float = 20.0
    reviewed: float = 0.0


@dataclass
class There:
    """A run in Genesis; `shown` is the status in the latest answer."""

    id: str
    template: str
    payload: Mapping[str, str]
    began: float
    ending: Ending
    by_job: int
    cancelled: bool = False
    shown: str = ""

    def status(self, now: float) -> str:
        age, ending = now - self.began, self.ending
        if self.cancelled:
            return "cancelled"
        if age >= ending.seconds:
            return ending.word
        return "review_pending" if 10 <= age < ending.reviewed else "running"

    def goes_on(self, now: float) -> bool:
        return self.status(now) not in ENDED


@dataclass
class World:
    """Everything outside of the jobs; `hooks` are called at their phase.

    `endings` and `moves` return how the next run of a template ends, and how its trigger is
    answered, `polls` how the next poll is. `preview` returns the status of the preview at a time.
    `accepted` are all runs of Genesis, `beside` those beside which another one of their entry was
    started, and `too_early` those that were started without an answer of the preview in the minute
    before.
    """

    endings: Callable[[str], Ending] = lambda _: Ending()
    moves: Callable[[], str] = lambda: "ok"
    polls: Callable[[], str] = lambda: "ok"
    preview: Callable[[float], int] = lambda _: 200
    cancelling: frozenset[str] = frozenset()
    clock: FakeClock = field(default_factory=FakeClock)
    forge: GitHubStandIn = field(default_factory=GitHubStandIn)
    files: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, There] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)
    ready_at: float | None = None
    known: set[str] = field(default_factory=set)
    hooks: dict[str, Callable[[], None]] = field(default_factory=dict)
    job: int = 0
    latency: float = LATENCY

    def at(self, phase: str) -> None:
        self.hooks.pop(phase, lambda: None)()

    def send(self, request: Request, exchange: Exchange) -> Response:
        host, path = urlsplit(request.url).netloc, urlsplit(request.url).path
        exchange.begin_sending()
        self.latency = LATENCY
        if host == "preview.example.com":
            self.at("preview")
            status = self.preview(self.clock())
            self.ready_at = self.clock() if status == 200 else self.ready_at
            return Response(status=status, headers={}, body=b"ready")
        if host in {"api.github.com", "github.example.com"}:
            self.at("forge")
            return self.forge.send(request)
        if request.method == "POST":
            return self._triggered(path.split("/")[3], json.loads(request.body or b"{}"))
        return self._shown(path.rpartition("/")[2])

    def _triggered(self, template: str, payload: Mapping[str, str]) -> Response:
        move, now = self.moves(), self.clock()
        self.triggers.append(move)
        if move == "429":
            return a_response({"error": "Busy"}, 429, retry_after="5")
        if move == "refused":
            return a_response({"error": "Usage limit reached"}, 403)
        if move == "unreachable":
            raise ContactError("Cannot connect.", reached=False)
        going = [
            one for one in self.accepted.values() if one.template == template and one.goes_on(now)
        ]
        for one in going:
            one.cancelled = template in self.cancelling and one.status(now) == "running"
        self.beside += [
            one.id
            for one in going
            if template not in self.cancelling and (one.by_job == self.job or one.id in self.known)
        ]
        id_ = f"run-{len(self.accepted) + 1}"
        ending = self.endings(template)
        self.accepted[id_] = There(id_, template, payload, now, ending, self.job)
        if self.ready_at is not None and now - self.ready_at > 60:
            self.too_early.append(id_)
        self.at("trigger")
        return self._answered(move, a_response({"success": True, "executionId": id_}))

    def _shown(self, id_: str) -> Response:
        if id_ not in self.accepted:
            return a_response({"error": "Execution not found"}, 404)
        self.at("poll")
        run, move = self.accepted[id_], self.polls()
        if move == "404" and run.by_job != self.job:  # only a new run may be unknown for a while
            move = "ok"
        word = run.status(self.clock())
        run.shown = word if move in {"ok", "slow"} else run.shown
        if word in ENDED:
            self.at("end")
        blocks = {"report": {"status": "completed", "output": run.ending.output}}
        ending = run.ending
        blocks["other"] = {"status": ending.block, "output": None, "error": ending.block_error}
        state = {"workflowId": run.template, "executionId": id_, "status": word, "blocks": blocks}
        fields = {"status": word, "id": id_, "state": state, "triggerPayload": run.payload}
        fields["error"] = ending.error if word in ENDED else None
        return self._answered(move, a_response(a_wire_execution(**fields)))

    def _answered(self, move: str, answer: Response) -> Response:
        match move:
            case "slow":
                self.latency = SLOW
                return answer
            case "ok":
                return answer
            case "lost":
                raise ContactError("Lost the connection.", reached=True)
            case "503":
                return a_response({"error": "Busy"}, 503, retry_after="5")
            case "404":
                return a_response({"error": "Execution not found"}, 404)
            case "foreign":
                return a_response(a_wire_execution(status="completed"))
            case _:
                return a_response(b"<html>Bad gateway</html>", 502)


class _Calls(VirtualCalls):
    def interrupt(self, exit_code: int) -> None:
        self._pending.insert(0, (self._clock(), Interrupted(exit_code)))


class _Signals(Signals):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.fired_at = math.inf

    def fire(self) -> None:
        """What the handler of SIGTERM does, without a timer."""
        self.exit_code = TERMINATED
        self.fired_at = self.clock()
        if self._listener:
            self._listener(TERMINATED)
        if self._raises:
            raise Interrupted(TERMINATED)


class _Log:
    is_terminal = False
    broken: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, text: str) -> None:
        self.text += text

    error = __call__

    def columns(self) -> int:
        return 0

    def can_show(self, _: str) -> bool:
        return True

    def wait(self, **_: object) -> bool:
        return True


class _Files(Workspace):
    """A workspace in memory."""

    def __init__(self, world: World) -> None:
        super().__init__(Path("/workspace"))
        self._world = world

    def read(self, path: str) -> str:
        if path not in self._world.files:
            raise FileNotFoundError(2, "No such file or directory")
        self._world.at(f"read {path}")
        return self._world.files[path]

    def write(self, path: str, text: str) -> None:
        self._world.at(f"write {path}")
        self._world.files[path] = text

    def remove(self, path: str) -> None:
        del self._world.files[path]

    def refusal(self, path: str) -> str | None:
        return None

    def nearest(self, _: object) -> str | None:
        return None


class _Child:
    call = staticmethod(lambda checks, blocks, scrub: judge(checks, blocks))
    expression_problems = staticmethod(try_out)
    end = staticmethod(lambda: None)


class _App(App):
    _child = _Child()  # type: ignore[assignment]

    def __init__(self, world: World, environ: Mapping[str, str], signals: Signals) -> None:
        self.text = _Log()
        super().__init__(
            environ,
            Path("/workspace"),
            signals,
            log=self.text,  # type: ignore[arg-type]
            clock=world.clock,
            make_calls=lambda clock: _Calls(clock, world),  # type: ignore[arg-type, return-value]
        )
        self._world = world
        self._workspace = _Files(world)

    def _transport(self) -> Any:
        return self._world

    def _loop(self, *args: Any) -> Loop:
        loop = super()._loop(*args)
        loop.jitter = lambda: 0.5
        return loop


@dataclass(frozen=True)
class Ended:
    """What a job left behind."""

    code: int
    log: str
    files: dict[str, str]
    seconds: float
    number: int
    seconds_after_signal: float

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["genesis-results/result.json"])
        return found


def run(
    world: World,
    verb: Verb,
    inputs: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    signal_at: str | None = None,
) -> Ended:
    """Run one job; SIGTERM arrives at the phase `signal_at`."""
    world.job += 1
    signals = _Signals(world.clock)
    world.hooks.clear()
    if signal_at:
        world.hooks[signal_at] = signals.fire
    world.ready_at = None
    began = world.clock()
    environ = {**environ, "GITHUB_RUN_ID": str(world.job)}
    app = _App(world, environ, signals)
    given = {name: Given(text, f"--{name}") for name, text in inputs.items()}
    code = app.run(JobCommand(verb), given)
    now = world.clock()
    return Ended(
        code=code,
        log=app.text.text,
        files=dict(world.files),
        seconds=now - began,
        number=world.job,
        seconds_after_signal=now - signals.fired_at,
    )


def comment(world: World, environ: Mapping[str, str]) -> str:
    """Comment on the request with the result of the latest job, and return the log."""
    environ = {**environ, "GITHUB_RUN_ID": str(world.job)}
    app = _App(world, environ, _Signals(world.clock))
    app.comment({"--from": "genesis-results/result.json"})
    return app.text.text
