"""Runs the action's image as GitHub's runner does: mounts, inputs, file commands, cancellation.

After actions/runner: ContainerActionHandler, DockerCommandManager, ProcessInvoker.
"""

import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.e2e.docker import ROOT
from tests.e2e.file_commands import commands_of, outputs_of

LABEL = f"genesis-ci-e2e={os.getpid()}"
CANCELLATION = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 5.0))
FILE_COMMANDS = {
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_ENV": "set_env",
    "GITHUB_PATH": "add_path",
    "GITHUB_STATE": "save_state",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    exit_code: int
    file_commands: Mapping[str, str]
    log: str
    seconds_after_cancel: float | None = None

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_of(self.file_commands["GITHUB_OUTPUT"])

    @property
    def summary(self) -> str:
        return self.file_commands["GITHUB_STEP_SUMMARY"]

    @property
    def errors(self) -> list[str]:
        return commands_of(self.log, "error")

    @property
    def masked(self) -> list[str]:
        return commands_of(self.log, "add-mask")


@dataclass(frozen=True, kw_only=True)
class GithubRunner:
    """Runs one step. `workspace` and `temp` are the directories of the runner.

    `network` replaces the internet, because the default bridge resolves no names of the tests.
    """

    image: str
    workspace: Path
    temp: Path
    network: str
    job_env: Mapping[str, str] = field(default_factory=dict)

    def step(
        self,
        inputs: Mapping[str, str],
        *,
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        cancel_at: str | None = None,
    ) -> Step:
        """Run a step with these inputs. Cancel the job when the log contains `cancel_at`."""
        file_commands = self._file_commands()
        values = {
            **self._runner_env(file_commands),
            **{f"INPUT_{name.replace(' ', '_').upper()}": v for name, v in _all(inputs).items()},
            **self.job_env,
            **(env or {}),
        }
        process = subprocess.Popen(
            self._command(values, options),
            env={**os.environ, **values},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        log, cancelled_at = _follow(process, cancel_at)
        return Step(
            exit_code=process.wait(),
            file_commands={
                name: path.read_text(encoding="utf-8") for name, path in file_commands.items()
            },
            log=log,
            seconds_after_cancel=time.monotonic() - cancelled_at if cancelled_at else None,
        )

    def _file_commands(self) -> dict[str, Path]:
        for name in ("_github_home", "_github_workflow", "_runner_file_commands"):
            (self.temp / name).mkdir(exist_ok=True)
        (self.temp / "_github_workflow" / "event.json").write_text("{}")
        step = uuid.uuid4()
        folder = self.temp / "_runner_file_commands"
        paths = {name: folder / f"{file}_{step}" for name, file in FILE_COMMANDS.items()}
        for path in paths.values():
            path.touch()
        return paths

    @staticmethod
    def _runner_env(file_commands: Mapping[str, Path]) -> dict[str, str]:
        return {
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_SERVER_URL": "https://github.com",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": "/github/runner_temp",
            **{name: f"/github/file_commands/{path.name}" for name, path in file_commands.items()},
        }

    def _command(self, values: Mapping[str, str], options: Sequence[str]) -> list[str]:
        mounts = {
            "/var/run/docker.sock": "/var/run/docker.sock",
            self.temp: "/github/runner_temp",
            self.temp / "_github_home": "/github/home",
            self.temp / "_github_workflow": "/github/workflow",
            self.temp / "_runner_file_commands": "/github/file_commands",
            self.workspace: "/github/workspace",
        }
        names = (word for name in values for word in ("-e", name))
        volumes = (word for host, inside in mounts.items() for word in ("-v", f"{host}:{inside}"))
        return [
            "docker", "run", "--rm", "--label", LABEL, "--workdir", "/github/workspace",
            *names, "-e", "GITHUB_ACTIONS=true", "-e", "CI=true", "--network", self.network,
            *volumes, *options, self.image,
        ]  # fmt: skip


def _all(inputs: Mapping[str, str]) -> dict[str, str]:
    """Return every declared input: the given value, its default, or an empty string."""
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    unknown = inputs.keys() - declared.keys()
    assert not unknown, f"action.yml does not know {unknown}"
    return {name: str(row.get("default", "")) for name, row in declared.items()} | dict(inputs)


def _follow(process: subprocess.Popen[str], cancel_at: str | None) -> tuple[str, float | None]:
    lines: list[str] = []
    cancelled_at = None
    assert process.stdout
    with process.stdout:
        for line in process.stdout:
            lines.append(line)
            if cancel_at and cancel_at in line and cancelled_at is None:
                cancelled_at = time.monotonic()
                threading.Thread(target=_cancel, args=[process], daemon=True).start()
    return "".join(lines), cancelled_at


def _cancel(process: subprocess.Popen[str]) -> None:
    for number, patience in CANCELLATION:
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
