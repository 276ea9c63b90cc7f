"""A GitLab project on disk, and gitlab-ci-local to run its pipeline."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.docker import ROOT

_GIT_ONLY = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com"}
_COMMITTER = {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com"}
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


@dataclass(frozen=True)
class Executor:
    """Where jobs run: its name in the log, and its command line options."""

    place: str
    options: tuple[str, ...]


SHELL = Executor("shell", ("--force-shell-executor", "--shell-isolation"))


def in_image(image: str, helper: str) -> Executor:
    variable = f"--variable=GENESIS_CI_IMAGE={image}"
    return Executor(image, ("--network=host", f"--helper-image={helper}", variable))


@dataclass(frozen=True)
class Pipeline:
    """Log and files of a pipeline. The exit code of gitlab-ci-local is not reliable."""

    exit_code: int
    log: str
    raw_log: str
    directory: Path

    def place(self, job: str) -> str:
        """Return where a job ran: the name of an image, or `shell`."""
        found = re.search(rf"^{re.escape(job)} +starting (\S+) ", self.log, re.MULTILINE)
        return found[1] if found else "nowhere"

    def status(self, job: str) -> str:
        """Return `PASS`, `WARN` or `FAIL` from the last lines."""
        found = re.findall(rf"^ ?(PASS|WARN|FAIL) +{re.escape(job)}\b.*$", self.log, re.MULTILINE)
        return found[-1] if found else "NONE"

    def artifact(self, job: str, path: str) -> Path:
        return self.directory / ".gitlab-ci-local" / "artifacts" / job / path


class Project:
    def __init__(self, directory: Path, client: str, executor: Executor) -> None:
        self._directory = directory
        self._client = client
        self.executor = executor
        directory.mkdir()
        shutil.copytree(ROOT / "templates", directory / "templates")

    def add(self, path: str, text: str) -> None:
        (self._directory / path).write_text(text, encoding="utf-8")

    def run(
        self,
        emulator: Any,
        *included: dict[str, Any],
        jobs: dict[str, Any] | None = None,
        **variables: str,
    ) -> Pipeline:
        """Run a pipeline with these includes, jobs and variables, and with the API key."""
        self._commit({"include": [*included], **(jobs or {})})
        variables["GENESIS_API_KEY"] = emulator.api_key
        named = [f"--variable={name}={text}" for name, text in variables.items()]
        done = self._gitlab(*self.executor.options, *named)
        log = done.stdout + done.stderr
        return Pipeline(done.returncode, _COLOUR.sub("", log), log, self._directory)

    def _commit(self, pipeline: Any) -> None:
        text = yaml.safe_dump(pipeline, sort_keys=False, allow_unicode=True)
        (self._directory / ".gitlab-ci.yml").write_text(text, encoding="utf-8")
        for command in (
            ["git", "init", "--quiet", "--initial-branch=main"],
            ["git", "add", "--all"],
            ["git", "commit", "--quiet", "--allow-empty", "--message", "pipeline"],
        ):
            subprocess.run(command, cwd=self._directory, env=_environment(), check=True)
        remote = ["git", "remote", "add", "origin", "git@gitlab.example.com:group/project.git"]
        subprocess.run(
            remote, cwd=self._directory, env=_environment(), check=False, capture_output=True
        )

    def _gitlab(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._client, *arguments],
            cwd=self._directory,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def component(
    emulator: Any, job: str, workflow: str | None = None, **inputs: Any
) -> dict[str, Any]:
    given = {"job-name": job, "rules": [{"when": "always"}], "poll-interval": "1"}
    given["api-url"] = emulator.url
    if workflow:
        given["workflow-id"] = emulator.workflows[workflow].id
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    return {"local": "templates/genesis-ci/template.yml", "inputs": given}


def _environment() -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": programs, "HOME": os.environ.get("HOME", "/"), **_GIT_ONLY, **_COMMITTER}
