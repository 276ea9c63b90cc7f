"""The real program in a process of its own, as a CI starts it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from genesis_ci.emulator.server import Emulator

ROOT = Path(__file__).resolve().parents[2]
ENTRYPOINT = ROOT / "entrypoint.py"
LIMIT = 60


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    exit_code: int
    log: str
    workspace: Path
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    def report(self, name: str) -> str:
        return (self.workspace / "genesis-results" / name).read_text(encoding="utf-8")

    def everything(self) -> str:
        files = [path for path in self.workspace.rglob("*") if path.is_file()]
        texts = [path.read_text(encoding="utf-8") for path in files]
        return "\n".join([self.log, self.summary, str(self.outputs), *texts])


def environment(**extra: str) -> dict[str, str]:
    """A bare environment: what the machine has set for its own CI does not count."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": "", **extra}


def run_command(workspace: Path, *argv: str, stdin: str = "", **env: str) -> Ended:
    """Run `genesis-ci …` in a workspace."""
    ended = subprocess.run(
        [sys.executable, "-I", "-m", "genesis_ci", *argv],
        cwd=workspace,
        env=environment(**env),
        input=stdin.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), workspace)


def start_command(workspace: Path, *argv: str, until: str, **env: str) -> "subprocess.Popen[str]":
    """Start `genesis-ci …` and return when its log holds a text."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", "-m", "genesis_ci", *argv],
        cwd=workspace,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    while until not in process.stdout.readline():
        assert process.poll() is None
    return process


def step_environment(directory: Path, workspace: Path, inputs: dict[str, str]) -> dict[str, str]:
    """The environment of a GitHub step; declared inputs that are not set arrive empty."""
    declared = {"INPUT_SECRET-INPUTS": "", "INPUT_EXECUTION-ID": "", "INPUT_OUTPUT-BLOCK": ""}
    named = {f"INPUT_{name.upper()}": text for name, text in inputs.items()}
    return environment(
        **declared,
        **named,
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(directory / "output"),
        GITHUB_STEP_SUMMARY=str(directory / "summary"),
        GITHUB_WORKSPACE=str(workspace),
        GITHUB_EVENT_NAME="pull_request",
    )


def run_step(directory: Path, inputs: dict[str, str], **env: str) -> Ended:
    """Run `python -I entrypoint.py` as a GitHub step."""
    workspace = directory / "workspace"
    workspace.mkdir(exist_ok=True)
    for name in ("output", "summary"):
        (directory / name).touch()
    ended = subprocess.run(
        [sys.executable, "-I", "-u", str(ENTRYPOINT)],
        cwd=directory,
        env={**step_environment(directory, workspace, inputs), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return Ended(
        ended.returncode,
        ended.stdout,
        workspace,
        outputs=parse_outputs((directory / "output").read_text(encoding="utf-8")),
        summary=(directory / "summary").read_text(encoding="utf-8"),
    )


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
