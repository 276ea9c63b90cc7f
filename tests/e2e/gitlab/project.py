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
    """Where jobs run, as the log names it, and the options that bring them there."""

    place: str
    options: tuple[str, ...]


SHELL = Executor("shell", ("--force-shell-executor", "--shell-isolation"))


def in_image(image: str, helper: str) -> Executor:
    """Return the executor that runs jobs in the component's image, on the host's network."""
    variable = f"--variable=GENESIS_CI_IMAGE={image}"
    return Executor(image, ("--network=host", f"--helper-image={helper}", variable))


@dataclass(frozen=True)
class Pipeline:
    """What gitlab-ci-local printed and left behind; its exit code alone is not to be trusted."""

    exit_code: int
    log: str
    raw_log: str
    directory: Path

    def place(self, job: str) -> str:
        """Where a job ran: the image's name, or `shell`."""
        found = re.search(rf"^{re.escape(job)} +starting (\S+) ", self.log, re.MULTILINE)
        return found[1] if found else "nowhere"

    def status(self, job: str) -> str:
        """`PASS`, `WARN` or `FAIL` of a job, from the closing lines."""
        found = re.findall(rf"^ ?(PASS|WARN|FAIL) +{re.escape(job)}\b.*$", self.log, re.MULTILINE)
        return found[-1] if found else "NONE"

    def artifact(self, job: str, path: str) -> Path:
        """A file that a job kept."""
        return self.directory / ".gitlab-ci-local" / "artifacts" / job / path


class Project:
    """A repository whose pipeline includes the component."""

    def __init__(self, directory: Path, client: str, executor: Executor) -> None:
        self._directory = directory
        self._client = client
        self.executor = executor
        directory.mkdir()
        shutil.copytree(ROOT / "templates", directory / "templates")

    def add(self, path: str, text: str) -> None:
        """Put a file into the repository."""
        (self._directory / path).write_text(text, encoding="utf-8")

    def run(
        self, pipeline: list[dict[str, Any]] | dict[str, Any], *jobs: str, **variables: str
    ) -> Pipeline:
        """Commit a pipeline and run it."""
        self._commit(pipeline)
        named = [f"--variable={name}={text}" for name, text in variables.items()]
        done = self._gitlab(*self.executor.options, *named, *jobs)
        log = done.stdout + done.stderr
        return Pipeline(done.returncode, _COLOUR.sub("", log), log, self._directory)

    def expanded(self, pipeline: dict[str, Any]) -> str:
        """The configuration with everything included, as GitLab would see it."""
        self._commit(pipeline)
        return self._gitlab("--preview").stdout

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


def component(job: str, **inputs: Any) -> dict[str, Any]:
    """An `include` of the component."""
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {
        "local": "templates/genesis-ci/template.yml",
        "inputs": {"job-name": job, "rules": [{"when": "always"}], **named},
    }


def _environment() -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": programs, "HOME": os.environ.get("HOME", "/"), **_GIT_ONLY, **_COMMITTER}
