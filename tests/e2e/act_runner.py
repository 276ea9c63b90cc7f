"""Runs workflows under nektos/act and reads the result of each step.

act is not GitHub's runner: its containers share the host's network, and it prints summaries
instead of keeping them. github_runner tests the rest.
"""

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.docker import docker


@dataclass(kw_only=True)
class ActStep:
    outcome: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: list[tuple[str, str]] = field(default_factory=list)
    log: str = ""


@dataclass(frozen=True, kw_only=True)
class ActRun:
    """A finished run; steps by their ids, in all its jobs."""

    exit_code: int
    steps: Mapping[str, ActStep]
    log: str


def installed() -> str | None:
    beside = Path(sys.executable).with_name("act")
    return str(beside) if beside.exists() else shutil.which("act")


def run_workflow(
    program: str,
    repository: Path,
    *arguments: str,
    image: str,
    secrets: Mapping[str, str],
    variables: Mapping[str, str],
    event: str = "workflow_dispatch",
) -> ActRun:
    """Run the repository's workflow for an event; `image` is the image of the runner."""
    label = f"genesis-ci-act={uuid.uuid4().hex}"
    command = [
        program, event, "--directory", str(repository), "--json", "--rm",
        "--pull=false", "--no-cache-server", "--platform", f"ubuntu-latest={image}",
        "--container-options", f"--label {label}",
        *(f"--{kind}-file=/dev/null" for kind in ("env", "input", "secret", "var")),
        *(word for name, value in secrets.items() for word in ("--secret", f"{name}={value}")),
        *(word for name, value in variables.items() for word in ("--var", f"{name}={value}")),
        *arguments,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
            encoding="utf-8",
        )  # fmt: skip
    finally:
        if left := docker("ps", "--all", "--quiet", "--filter", f"label={label}").split():
            docker("rm", "--force", "--volumes", *left)
    return ActRun(
        exit_code=done.returncode, steps=_steps(done.stdout), log=done.stdout + done.stderr
    )


def _steps(log: str) -> dict[str, ActStep]:
    steps: dict[str, ActStep] = {}
    for line in log.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if record.get("stepID") and record.get("stage") == "Main":
            _note(steps.setdefault(record["stepID"][-1], ActStep()), record)
    return steps


def _note(step: ActStep, record: dict[str, str]) -> None:
    match record.get("command"):
        case "set-output":
            step.outputs[record["name"]] = record["arg"]
        case "summary":
            step.summary = record["content"]
        case "error" | "warning" | "notice" as level:
            step.annotations.append((level, record["arg"]))
        case _ if record.get("raw_output"):
            step.log += record["msg"]
    step.outcome = record.get("stepResult", step.outcome)
