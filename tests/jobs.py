"""One job of the real program over real HTTP: in this process, where time runs fast, or in its own.

In this process is the rule, for it costs a tenth. What needs a process of its own (signals,
streams, the interpreter's start and end) says `start_…` or `…_process`.
"""

import gc
import io
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from junitparser import JUnitXml

from genesis_ci import app, cli
from genesis_ci.config.sources import from_action
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.models import Verb
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_ci.system.signals import SIGNAL_CODES, Signals
from genesis_ci.system.stdout import LogWriter
from genesis_ci.system.threads import Inbox
from genesis_emulator import Emulator, server
from tests.builders import WORKFLOW_ID

ROOT = Path(__file__).resolve().parents[1]
ENTRYPOINT = ROOT / "entrypoint.py"
KEY = "gk_live_k3y_0123456789"
LIMIT = 60
"""Seconds after which a process is taken to hang."""
SPEED = 10
"""Seconds of a job in this process that pass in a real one.

Every answer still has three real seconds on a machine that does other things too.
"""
REPORTS = ("junit.xml", "summary.md", "result.json", "report.html")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a job left behind; `directory` has the workspace in it, or is it."""

    exit_code: int
    log: str
    workspace: Path
    directory: Path
    seconds: float = 0.0

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.report("result.json"))
        return found

    @property
    def results(self) -> dict[str, Any]:
        """Each workflow of the result file by its name."""
        return {one["name"]: one for one in self.result["workflows"]}

    @property
    def verdicts(self) -> list[str]:
        return [one["verdict"] for one in self.result["workflows"]]

    @property
    def outputs(self) -> dict[str, str]:
        return parse_outputs((self.directory / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.directory / "summary").read_text(encoding="utf-8")

    @property
    def is_red_in_junit(self) -> bool:
        suites = JUnitXml.fromstring(self.report("junit.xml").encode())
        assert sum(suite.tests for suite in suites) >= 1
        return any(suite.failures + suite.errors for suite in suites)

    def report(self, name: str) -> str:
        return (self.workspace / "genesis-results" / name).read_text(encoding="utf-8")

    def everything(self) -> str:
        """All text that anybody can read afterwards, but for the mask command to the runner."""
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        texts = [path.read_text(encoding="utf-8") for path in files]
        lines = [line for line in self.log.splitlines() if not line.startswith("::add-mask::")]
        return "\n".join([*lines, *texts])


def assert_evidence(ended: Ended, *, exit_code: int, verdict: str) -> None:
    """Every path leaves valid reports, all outputs and a last line, and all say the same."""
    assert (ended.exit_code, ended.outputs["verdict"]) == (exit_code, verdict), ended.log
    assert all(ended.report(name).strip() for name in REPORTS)
    assert ended.is_red_in_junit is (exit_code != 0)
    assert set(ended.outputs) == set(OUTPUT_NAMES)
    assert ended.outputs["exit-code"] == str(exit_code)
    assert (ended.result["verdict"], ended.result["exit_code"]) == (verdict, exit_code)
    assert ended.summary.strip()
    last = ended.log.rstrip().splitlines()[-1]
    assert last.startswith(f"genesis-ci: verdict={verdict} ")
    assert last.endswith(f" exit-code={exit_code}")
    assert "Traceback" not in ended.log
    assert KEY not in ended.everything()


def environment(**extra: str) -> dict[str, str]:
    """A bare environment: what the machine has set for its own CI does not count."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": "", **extra}


def inputs_for(emulator: Emulator, workflow: str, **inputs: str) -> dict[str, str]:
    """The inputs that run a workflow of the emulator."""
    return {
        "api-key": emulator.api_key,
        "api-url": emulator.url,
        "workflow-id": emulator.workflows[workflow].id,
        "poll-interval": "1",
        **{name.replace("_", "-"): text for name, text in inputs.items()},
    }


def variables_for(emulator: Emulator, workflow: str, **inputs: str) -> dict[str, str]:
    """The same as `inputs_for`, as the command line's environment."""
    named = inputs_for(emulator, workflow, **inputs)
    return {f"GENESIS_{name.upper().replace('-', '_')}": text for name, text in named.items()}


def parse_outputs(text: str) -> dict[str, str]:
    """Read `GITHUB_OUTPUT` as the runner does: `NAME<<DELIMITER` up to a line of it alone."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in filter(None, lines):
        head = re.fullmatch(r"([^=<]+)<<(.+)", line)
        assert head, f"the runner would refuse the line {line!r}"
        value = []
        while (inner := next(lines)) != head[2]:
            value.append(inner)
        found[head[1]] = "\n".join(value)
    return found


def run_command(workspace: Path, *argv: str, **env: str) -> Ended:
    """Run `genesis-ci …` in a workspace, in this process."""
    began = time.monotonic()
    with _world_of_its_own(workspace, environment(**env)) as log:
        exit_code = cli.main(argv)
    seconds = time.monotonic() - began
    return Ended(
        exit_code=exit_code, log="".join(log), workspace=workspace, directory=workspace,
        seconds=seconds,
    )  # fmt: skip


def run_process(workspace: Path, *argv: str, stdin: Any = subprocess.DEVNULL, **env: str) -> Ended:
    """The same in a process of its own, which reads `stdin`."""
    began = time.monotonic()
    process = start_command(workspace, *argv, stdin=stdin, **env)
    log, _ = process.communicate(timeout=LIMIT)
    seconds = time.monotonic() - began
    return Ended(
        exit_code=process.returncode, log=log, workspace=workspace, directory=workspace,
        seconds=seconds,
    )  # fmt: skip


def start_command(
    workspace: Path, *argv: str, until: str = "", stdin: Any = subprocess.DEVNULL, **env: str
) -> "subprocess.Popen[str]":
    """Start `genesis-ci …` as a process and return when its log holds a text."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", "-m", "genesis_ci", *argv],
        cwd=workspace,
        env=environment(**env),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    while until and until not in process.stdout.readline():
        assert process.poll() is None
    return process


@dataclass
class Step:
    """One step of a GitHub job, in a directory of its own."""

    directory: Path
    inputs: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    """A command that starts the program."""

    @property
    def workspace(self) -> Path:
        return self.directory / "workspace"

    def run(self) -> Ended:
        """Run it in this process."""
        environ, began = self._prepared(), time.monotonic()
        with _world_of_its_own(self.directory, environ) as log, patch.object(sys, "argv", ["x"]):
            exit_code = cli.entrypoint()
        return self._ended(exit_code, "".join(log), time.monotonic() - began)

    def run_beside_others(self) -> Ended:
        """Run it in this thread, in real time: others of its kind may run in other threads."""
        environ, log, began = self._prepared(), io.StringIO(), time.monotonic()
        composition = app.Composition(environ, self.workspace, Signals(), log=LogWriter(log, log))
        exit_code = composition.run(Verb.RUN, from_action(environ))
        return self._ended(exit_code, log.getvalue(), time.monotonic() - began)

    def run_process(self) -> Ended:
        """Run it in a process of its own."""
        return self.ended(self.start())

    def start(self) -> "Started":
        """Start it as GitHub's runner starts an action."""
        process = subprocess.Popen(
            [*self.before, sys.executable, "-I", "-u", str(ENTRYPOINT)],
            cwd=self.directory,
            env=self._prepared(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),  # also under nohup
        )
        return Started(process, time.monotonic())

    def ended(self, started: "Started") -> Ended:
        """Wait for the end and return what it left."""
        try:
            log, _ = started.process.communicate(timeout=LIMIT)
        finally:
            with suppress(OSError):
                started.process.kill()
        text = started.head + (log or b"").decode("utf-8")
        return self._ended(started.process.returncode, text, time.monotonic() - started.at)

    def _prepared(self) -> dict[str, str]:
        """Make what the runner makes; declared inputs that are not set arrive empty."""
        self.workspace.mkdir(parents=True, exist_ok=True)
        for name in ("output", "summary"):
            (self.directory / name).touch()
        given = dict.fromkeys(("secret-inputs", "execution-id", "output-block"), "")
        given |= self.inputs
        return environment(
            **{f"INPUT_{name.upper()}": text for name, text in given.items()},
            GITHUB_ACTIONS="true",
            GITHUB_OUTPUT=str(self.directory / "output"),
            GITHUB_STEP_SUMMARY=str(self.directory / "summary"),
            GITHUB_WORKSPACE=str(self.workspace),
            GITHUB_EVENT_NAME="pull_request",
        ) | dict(self.environ)

    def _ended(self, exit_code: int, log: str, seconds: float) -> Ended:
        return Ended(
            exit_code=exit_code,
            log=log,
            workspace=self.workspace,
            directory=self.directory,
            seconds=seconds,
        )


@dataclass
class Started:
    """A step under way."""

    process: "subprocess.Popen[bytes]"
    at: float
    head: str = ""

    def read_line(self) -> str:
        """Return the next line of the log; `head` keeps all that were read so."""
        assert self.process.stdout
        line = self.process.stdout.readline().decode("utf-8")
        self.head += line
        return line

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; `at` is from then on the time of that."""
        self.at = time.monotonic()
        self.process.send_signal(number)


def run_step(directory: Path, inputs: Mapping[str, str], **env: str) -> Ended:
    """Run the action's entrypoint in this process."""
    return Step(directory, inputs, env).run()


def a_step(
    directory: Path,
    inputs: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    before: tuple[str, ...] = (),
) -> Step:
    """A step that runs one workflow, of a server that takes every key and id."""
    given = {"api-key": KEY, "workflow-id": WORKFLOW_ID, "poll-interval": "1", **inputs}
    return Step(directory, given, environ or {}, before)


def _fast_clock() -> float:
    return time.monotonic() * SPEED


class _FastItems(queue.SimpleQueue[Any]):
    def get(self, *, timeout: float) -> Any:  # type: ignore[override]
        return super().get(timeout=timeout / SPEED)


class _FastCalls(ThreadedCalls):
    """As the product's, with waits that are shorter by the speed of the clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._events = Inbox(clock, _FastItems())


@contextmanager
def _world_of_its_own(directory: Path, environ: Mapping[str, str]) -> Iterator[list[str]]:
    """What a process has for itself, for one job: environment, directory, streams and signals.

    Time runs fast in it. What the job wrote is in the list afterwards.
    """
    log: list[str] = []
    handlers = {number: signal.getsignal(number) for number in SIGNAL_CODES}
    before = Path.cwd()
    fast = partial(app.Composition, clock=_fast_clock, make_calls=_FastCalls)
    with ExitStack() as stack:
        raw = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)  # type: ignore[type-var]
            stack.callback(stream.detach)
            stack.enter_context(patch.object(sys, name, stream))
        stack.enter_context(patch.dict(os.environ, environ, clear=True))
        stack.enter_context(patch.object(app, "Composition", fast))
        stack.enter_context(patch.object(server, "Emulator", partial(Emulator, speed=SPEED)))
        os.chdir(directory)
        try:
            yield log
        finally:
            os.chdir(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            gc.unfreeze()
            gc.enable()
            raw.seek(0)
            log.append(raw.read().decode("utf-8"))
