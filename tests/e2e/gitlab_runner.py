"""Runs GitLab's jobs: one as its runner's Docker executor does, pipelines with gitlab-ci-local.

gitlab-ci-local does not pass a script to the shell as the runner does; tests/gitlab_rules.py does.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
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


class GitlabJob:
    """A job in a container."""

    def __init__(
        self,
        image: str,
        commands: Sequence[str],
        *options: str,
        env: Mapping[str, str] | None = None,
        directory: str = ".",
        evaluation: Evaluation = Evaluation.PIPELINE,
    ) -> None:
        self._name = f"genesis-ci-e2e-{uuid.uuid4().hex[:8]}"
        variables = {"CI": "true", "GITLAB_CI": "true", **(env or {})}
        named = ["--rm", "--interactive", "--name", self._name, "--label", LABEL]
        names = [f"--env={variable}" for variable in variables]
        self._client = subprocess.Popen(
            ["docker", "run", *named, *names, *options, image, "sh", "-c", DETECT_SHELL],
            env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip
        script = runner_script(
            commands, variables=variables, directory=directory, evaluation=evaluation
        )
        assert self._client.stdin
        with self._client.stdin as standard_input:
            standard_input.write(script)
        self._client.stdin = None

    def cancel(self) -> None:
        command = ["docker", "exec", self._name, "sh", "-c", TERMINATE_ALL_BUT_THE_SHELL]
        subprocess.run(command, check=False)

    def finish(self, seconds: float) -> tuple[int, str]:
        """Return exit code and log."""
        log, _ = self._client.communicate(timeout=seconds)
        return self._client.returncode, log


def run_pipeline(client: str, project: Path, *options: str, variables: Mapping[str, str]) -> str:
    """Run the project's pipeline, and return its log; the exit code is not reliable."""
    commit(project)
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [client, *options, *(f"--variable={name}={text}" for name, text in variables.items())],
        cwd=project, env={"PATH": programs, "HOME": os.environ.get("HOME", "/")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    return done.stdout
