"""The real program as a GitHub step, against a server of the tests."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from junitparser import JUnitXml

from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.builders import WORKFLOW_ID
from tests.integration.processes import ENTRYPOINT, parse_outputs, step_environment

KEY = "gk_live_k3y_0123456789"
LIMIT = 40
REPORTS = ("junit.xml", "summary.md", "result.json", "report.html")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a job left behind."""

    directory: Path
    exit_code: int
    log: str
    wall_seconds: float

    @property
    def workspace(self) -> Path:
        return self.directory / "workspace"

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.report("result.json"))
        return found

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


@dataclass
class Job:
    """One job in a directory of its own."""

    directory: Path
    inputs: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    """A command that starts the program."""

    def run(self) -> Ended:
        """Run it to its end."""
        return self.ended(self.start())

    def start(self) -> "Started":
        """Start it as GitHub's runner starts an action."""
        workspace = self.directory / "workspace"
        workspace.mkdir(parents=True, exist_ok=True)
        for name in ("output", "summary"):
            (self.directory / name).touch()
        given = {"api-key": KEY, "workflow-id": WORKFLOW_ID, "poll-interval": "1", **self.inputs}
        environ = step_environment(self.directory, workspace, {})
        environ |= {f"INPUT_{name.upper()}": text for name, text in given.items()}
        process = subprocess.Popen(
            [*self.before, sys.executable, "-I", "-u", str(ENTRYPOINT)],
            cwd=self.directory,
            env={**environ, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        return Started(process, time.monotonic())

    def ended(self, started: "Started") -> Ended:
        """Wait for the end and return what it left."""
        try:
            log, _ = started.process.communicate(timeout=LIMIT)
        finally:
            with suppress(OSError):
                started.process.kill()
        return Ended(
            directory=self.directory,
            exit_code=started.process.returncode,
            log=started.head + (log or b"").decode("utf-8"),
            wall_seconds=time.monotonic() - started.at,
        )


@dataclass
class Started:
    """A job under way."""

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
