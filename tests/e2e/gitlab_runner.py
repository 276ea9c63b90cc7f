"""Runs GitLab's jobs: one as its runner's Docker executor does, pipelines with gitlab-ci-local.

gitlab-ci-local does not pass a script to the shell as the runner does; tests/gitlab_rules.py does.
"""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.docker import LABEL, commit
from tests.gitlab_rules import DETECT_SHELL, Evaluation, runner_script

TERMINATE_ALL_BUT_THE_SHELL = """
for process in $(cd /proc && ls -rvd [0-9]*); do
  [ "$process" = 1 ] || [ "$process" = $$ ] || kill -TERM "$process" 2>/dev/null || continue
  patience=60
  while [ -e "/proc/$process" ] && [ "$process" != 1 ] && [ "$process" != $$ ]; do
    [ "$patience" -gt 0 ] || break
    sleep 0.1
    patience=$((patience - 1))
  done
done
"""
"""What the runner does when a job is cancelled (`ContainerSigTermScriptForLinux`).

All processes but the shell, process 1, get TERM, the youngest first. Each has six seconds to end.
"""
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


@dataclass(frozen=True, kw_only=True)
class GitlabJob:
    """A running job; `process` is the client that is attached to its container."""

    name: str
    process: subprocess.Popen[str]

    def cancel(self) -> None:
        command = ["docker", "exec", self.name, "sh", "-c", TERMINATE_ALL_BUT_THE_SHELL]
        subprocess.run(command, check=False)

    def finish(self, seconds: float) -> tuple[int, str]:
        """Return exit code and log."""
        log, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, log


def start(
    image: str,
    commands: Sequence[str],
    *options: str,
    env: Mapping[str, str] | None = None,
    directory: str = ".",
    evaluation: Evaluation = Evaluation.PIPELINE,
) -> GitlabJob:
    name = f"genesis-ci-e2e-{uuid.uuid4().hex[:8]}"
    variables = {"CI": "true", "GITLAB_CI": "true", **(env or {})}
    names = [word for variable in variables for word in ("--env", variable)]
    process = subprocess.Popen(
        [
            "docker", "run", "--rm", "--interactive", "--name", name, "--label", LABEL,
            *names, *options, image, "sh", "-c", DETECT_SHELL,
        ],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(
        runner_script(commands, variables=variables, directory=directory, evaluation=evaluation)
    )
    process.stdin.close()
    process.stdin = None
    return GitlabJob(name=name, process=process)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Log and files of a pipeline. The exit code of gitlab-ci-local is not reliable."""

    log: str
    directory: Path

    @property
    def plain_log(self) -> str:
        return COLOUR.sub("", self.log)

    def place(self, job: str) -> str:
        """Return where a job ran: the name of an image, or `shell`."""
        found = re.search(rf"^{job} +starting (\S+) ", self.plain_log, re.MULTILINE)
        return found[1] if found else "nowhere"

    def status(self, job: str) -> str:
        """Return `PASS`, `WARN` or `FAIL` from the last lines."""
        found = re.findall(rf"^ ?(PASS|WARN|FAIL) +{job}\b.*$", self.plain_log, re.MULTILINE)
        return found[-1] if found else "NONE"

    def artifact(self, job: str, path: str) -> Path:
        return self.directory / ".gitlab-ci-local" / "artifacts" / job / path


def run_pipeline(
    client: str, directory: Path, *options: str, variables: Mapping[str, str]
) -> Pipeline:
    """Run the pipeline of the project in the directory."""
    commit(directory)
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [client, *options, *(f"--variable={name}={text}" for name, text in variables.items())],
        cwd=directory,
        env={"PATH": programs, "HOME": os.environ.get("HOME", "/")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return Pipeline(log=done.stdout, directory=directory)
