"""Runs a job's script as GitLab Runner's Docker executor does: a shell, process 1, reads it.

When a job is cancelled, all other processes get TERM, the youngest first, and each has six seconds
to end (`ContainerSigTermScriptForLinux`).
"""

import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.e2e.github_runner import LABEL
from tests.gitlab_script import DETECT_SHELL, Flags, runner_script

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


@dataclass(frozen=True, kw_only=True)
class GitlabJob:
    """A running job; `process` is the client that is attached to its container."""

    name: str
    process: subprocess.Popen[str]

    def cancel(self) -> None:
        """Send TERM as the runner does when somebody cancels the job."""
        subprocess.run(
            ["docker", "exec", self.name, "sh", "-c", TERMINATE_ALL_BUT_THE_SHELL], check=False
        )

    def finish(self, seconds: float) -> tuple[int, str]:
        log, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, log


def start(
    image: str,
    commands: Sequence[str],
    *options: str,
    env: Mapping[str, str] | None = None,
    directory: str = ".",
    flags: Flags | None = None,
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
        runner_script(commands, variables=variables, directory=directory, flags=flags)
    )
    process.stdin.close()
    process.stdin = None
    return GitlabJob(name=name, process=process)
