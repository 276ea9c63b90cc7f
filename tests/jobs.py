"""One job of the real program over real HTTP.

`run_…` runs it in this process, where time is fast; `start_…` starts a process, which is needed
for signals, streams, and the interpreter's start and end.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from junitparser import JUnitXml

from genesis_ci import app, cli
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_ci.system.signals import SIGNAL_CODES
from genesis_ci.system.threads import Inbox
from genesis_emulator import Emulator, server
from tests.builders import WORKFLOW_ID

ROOT = Path(__file__).resolve().parents[1]
ENTRYPOINT = ROOT / "entrypoint.py"
KEY = "gk_live_k3y_0123456789"
OUTPUT = re.compile(r"([^=<\n]+)(?:=(.*)|<<(.+)\n((?:.*\n)*?)\3)\n")
LIMIT = 60
"""Seconds after which a process is taken to hang."""
SPEED = 10
"""Seconds of a job in this process for each real second; an answer still has three real seconds."""


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
        return outputs_of((self.directory / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.directory / "summary").read_text(encoding="utf-8")

    @property
    def suites(self) -> JUnitXml:
        return JUnitXml.fromstring(self.report("junit.xml").encode())

    @property
    def cases(self) -> dict[str, str]:
        """The result of each case of junit.xml; the cases of one workflow have different names."""
        return {
            case.name: case.result[0].__class__.__name__ if case.result else "Passed"
            for suite in self.suites
            for case in suite
        }

    @property
    def is_red_in_junit(self) -> bool:
        assert sum(suite.tests for suite in self.suites) >= 1
        return any(suite.failures + suite.errors for suite in self.suites)

    def report(self, name: str) -> str:
        return (self.workspace / "genesis-results" / name).read_text(encoding="utf-8")

    def everything(self) -> str:
        """All text that anybody can read afterwards, but for the mask command to the runner."""
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        texts = [path.read_text(encoding="utf-8") for path in files]
        lines = [line for line in self.log.splitlines() if not line.startswith("::add-mask::")]
        return "\n".join([*lines, *texts])


def assert_evidence(ended: Ended, *, exit_code: int, verdict: str, key: str = KEY) -> None:
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
    assert key not in ended.everything()


def has_ended(pid: int) -> bool:
    """Return whether a process ended, also if its parent has not read its exit code."""
    with suppress(FileNotFoundError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] == "Z"
    return True


def environment(**extra: str) -> dict[str, str]:
    """A bare environment: what the machine has set for its own CI does not count."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": "", **extra}


def inputs_at(url: str, **inputs: str) -> dict[str, str]:
    """The inputs that run one workflow of a server that takes every key and id."""
    given = {"api-key": KEY, "api-url": url, "workflow-id": WORKFLOW_ID, "poll-interval": "1"}
    return given | {name.replace("_", "-"): text for name, text in inputs.items()}


def inputs_for(emulator: Emulator, workflow: str, **inputs: str) -> dict[str, str]:
    """The inputs that run a workflow of the emulator, or those of a config file."""
    id_ = emulator.workflows[workflow].id if workflow else ""
    return inputs_at(emulator.url, **{"api_key": emulator.api_key, "workflow_id": id_, **inputs})


def variables_at(url: str, **inputs: str) -> dict[str, str]:
    """The same as `inputs_at`, as the command line's environment."""
    named = inputs_at(url, **inputs)
    return {f"GENESIS_{name.upper().replace('-', '_')}": text for name, text in named.items()}


def variables_for(emulator: Emulator, workflow: str, **inputs: str) -> dict[str, str]:
    return variables_at("", **inputs_for(emulator, workflow, **inputs))


def write_config(workspace: Path, emulator: Emulator, text: str) -> None:
    """Write a config file whose `{name}`s are workflows of the emulator."""
    for name, workflow in emulator.workflows.items():
        text = text.replace(f"{{{name}}}", workflow.id)
    workspace.mkdir(exist_ok=True)
    (workspace / ".genesis-ci.yml").write_text(f"version: 1\n{text}", encoding="utf-8")


def step_environment(directory: Path, inputs: Mapping[str, str], **more: str) -> dict[str, str]:
    """Make what GitHub's runner makes for a step; declared inputs that are not set are empty."""
    (directory / "workspace").mkdir(parents=True, exist_ok=True)
    for name in ("output", "summary"):
        (directory / name).touch()
    given = {**dict.fromkeys(("secret-inputs", "execution-id", "output-block"), ""), **inputs}
    return (
        environment(
            **{f"INPUT_{name.upper()}": text for name, text in given.items()},
            GITHUB_ACTIONS="true",
            GITHUB_OUTPUT=str(directory / "output"),
            GITHUB_STEP_SUMMARY=str(directory / "summary"),
            GITHUB_WORKSPACE=str(directory / "workspace"),
            GITHUB_EVENT_NAME="pull_request",
        )
        | more
    )


def outputs_of(text: str) -> dict[str, str]:
    """Parse GITHUB_OUTPUT as strictly as the runner."""
    assert OUTPUT.sub("", text) == "", "the runner refuses these lines"
    return {
        name: value or lines.removesuffix("\n") for name, value, _, lines in OUTPUT.findall(text)
    }


def run_command(workspace: Path, *argv: str, **env: str) -> Ended:
    """Run `genesis-ci …` in a workspace, in this process."""
    with _own_process(workspace, environment(**env)) as log:
        exit_code = cli.main(argv)
    return Ended(exit_code=exit_code, log=log[0], workspace=workspace, directory=workspace)


def run_step(directory: Path, inputs: Mapping[str, str], **env: str) -> Ended:
    """Run the action's entrypoint as a step of a GitHub job, in this process."""
    with _own_process(directory, step_environment(directory, inputs, **env)) as log:
        exit_code = cli.entrypoint()
    workspace = directory / "workspace"
    return Ended(exit_code=exit_code, log=log[0], workspace=workspace, directory=directory)


class Started:
    """A job as a process. `since` is the time of its start, or of the last signal."""

    def __init__(
        self, directory: Path, workspace: Path, command: list[str], env: dict[str, str], stdin: Any
    ) -> None:
        self.directory, self.workspace = directory, workspace
        self.head = ""
        self.since = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=directory,
            env=env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),  # also under nohup
        )

    def until(self, text: str) -> "Started":
        """Wait for a line of the log with a text."""
        assert self.process.stdout
        line = ""
        while text not in line:
            line = self.process.stdout.readline().decode("utf-8")
            assert line, self.head
            self.head += line
        return self

    def signal(self, number: int) -> None:
        self.since = time.monotonic()
        self.process.send_signal(number)

    def end(self) -> Ended:
        """Wait for the end and return what the job left."""
        try:
            rest, _ = self.process.communicate(timeout=LIMIT)
        finally:
            self.process.kill()
        return Ended(
            exit_code=self.process.returncode,
            log=self.head + (rest or b"").decode("utf-8"),
            workspace=self.workspace,
            directory=self.directory,
            seconds=time.monotonic() - self.since,
        )


def start_command(
    workspace: Path, *argv: str, stdin: Any = subprocess.DEVNULL, **env: str
) -> Started:
    """Start `genesis-ci …` in a workspace."""
    command = [sys.executable, "-I", "-u", "-m", "genesis_ci", *argv]
    return Started(workspace, workspace, command, environment(**env), stdin)


def start_step(
    directory: Path, inputs: Mapping[str, str], before: Sequence[str] = (), **env: str
) -> Started:
    """Start a step as GitHub's runner starts an action; `before` is a command that starts it."""
    command = [*before, sys.executable, "-I", "-u", str(ENTRYPOINT)]
    environ = step_environment(directory, inputs, **env)
    return Started(directory, directory / "workspace", command, environ, subprocess.DEVNULL)


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
def _own_process(directory: Path, environ: Mapping[str, str]) -> Iterator[list[str]]:
    """Replace what a process has for itself: arguments, environment, directory, streams, signals.

    Time runs fast in it. What the job wrote is in the list afterwards.
    """
    log: list[str] = []
    handlers = {number: signal.getsignal(number) for number in SIGNAL_CODES}
    before = Path.cwd()
    fast = partial(app.App, clock=_fast_clock, make_calls=_FastCalls)
    with ExitStack() as stack:
        raw = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)  # type: ignore[type-var]
            stack.callback(stream.detach)
            stack.enter_context(patch.object(sys, name, stream))
        stack.enter_context(patch.object(sys, "argv", ["genesis-ci"]))
        stack.enter_context(patch.dict(os.environ, environ, clear=True))
        stack.enter_context(patch.object(app, "App", fast))
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
