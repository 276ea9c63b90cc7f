"""GitHub Actions: workflow commands, the output file and the step summary.

Source of the rules: the runner's `ActionCommandManager`, `FileCommandManager` and GitHub's
documentation of workflow commands.
"""

import os
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from stat import S_ISREG

from genesis_ci.language import _, in_sequence
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Status
from genesis_ci.models.report import Annotation, Level, Verdict
from genesis_ci.providers.base import Provider, annotation_text, clean_change, log_lines, log_text
from genesis_ci.providers.github_event import parse_event, read_event

ANNOTATIONS_PER_LEVEL = 10
WITHOUT_REQUEST = ("deployment_status", "workflow_run")
"""Events that need not name the pull request, which the API finds."""
MIN_MASKED_LINE = 8
"""Characters; a shorter line of a secret is `{` or `true`, and masking it would blank the log."""
NEVER_MASKED: frozenset[str] = frozenset(
    {
        *Status, *Verdict, *Level, "true", "false", "null", "none", "unknown",
        "genesis-results/junit.xml",
    }
)  # fmt: skip
"""Values of our outputs: GitHub drops an output that contains a masked value."""


class GitHub(Provider):
    """Writes the commands and files of GitHub's runner; appends to files, never replaces them."""

    name = "github"
    marker = "GITHUB_ACTIONS"
    annotations_kept: int | None = ANNOTATIONS_PER_LEVEL
    has_outputs = True
    run_variables = ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB")
    _summary_at: int | None = None

    @cached_property
    def _annotations(self) -> Counter[Level]:
        return Counter()

    @cached_property
    def change(self) -> Change:
        """The change from the event file; GITHUB_SHA is a merge commit in a pull request."""
        environ = self._environ
        try:
            event = parse_event(environ, read_event(environ))
        except (OSError, ValueError):
            event = parse_event(environ, None)
        repository, run = environ.get("GITHUB_REPOSITORY"), environ.get(self.run_variable, "")
        page = f"{environ.get('GITHUB_SERVER_URL')}/{repository}/actions/runs/{run}"
        return clean_change(
            sha=event.sha,
            branch=event.branch,
            base_branch=event.base_branch,
            request=event.request,
            repository=repository,
            actor=environ.get("GITHUB_ACTOR"),
            job_url=page if repository and run.isdigit() else None,
        )

    @property
    def run_variable(self) -> str:
        """The variable with the number that the address of a run ends with."""
        return "GITHUB_RUN_ID"

    @property
    def request_is_on_forge(self) -> bool:
        return self._environ.get("GITHUB_EVENT_NAME") in WITHOUT_REQUEST

    @property
    def empty_key_hint(self) -> str:
        check = _("Check that the secret exists here and that the step passes it as api-key.")
        if not self._environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
            return check
        forks = _(
            "Pull requests from forks and from Dependabot get no secrets; missing-key: skip lets "
            "those pass with a notice."
        )
        return in_sequence((check, forks))

    def mask(self, values: Sequence[str]) -> None:
        """Mask the values in the log, each line by itself."""
        for value in values:
            lines = [line.strip() for line in value.splitlines() if line.strip()]
            least = MIN_MASKED_LINE if len(lines) > 1 else 1
            for line in lines:
                is_ours = any(line.casefold() in word for word in NEVER_MASKED)
                if len(line) >= least and not is_ours:
                    self._command("add-mask", line)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Append to the step's outputs; raise `OSError` if the runner's file cannot be written."""
        text = ""
        for name, value in values.items():
            delimiter = f"genesis_{secrets.token_hex(16)}"
            text += f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
        self._append("GITHUB_OUTPUT", text)

    def summary(self, markdown: str) -> None:
        """Append to the step summary, or replace what this step appended; raise `OSError`."""
        self._summary_at = self._append("GITHUB_STEP_SUMMARY", markdown, at=self._summary_at)

    def _append(self, variable: str, text: str, *, at: int | None = None) -> int | None:
        """Append all of a text or nothing, and return the byte where it begins; None for a device.

        With `at`, replace the file's content from that byte on.
        """
        path = self._environ.get(variable)
        if not path:
            return None
        # not buffered: a buffer would be written at the end even after a failure
        with Path(path).open("ab", buffering=0) as file:
            if at is not None:
                file.truncate(at)
            begins = file.tell() if S_ISREG(os.fstat(file.fileno()).st_mode) else None
            rest = memoryview(text.encode("utf-8", "replace"))
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                if begins is not None:
                    file.truncate(begins)
                raise
        return begins

    def _write_group(self, title: str, lines: Sequence[str]) -> None:
        self._command("group", " ".join(log_lines(title)))
        self._write(log_text(*lines, prefix="| "))
        self._command("endgroup", "")

    def _write_annotation(self, annotation: Annotation) -> None:
        level, file, line = annotation.level, annotation.file, annotation.line
        self._annotations[level] += 1
        if self._annotations[level] > ANNOTATIONS_PER_LEVEL:  # GitHub would drop it
            self.always(annotation_text(annotation))
            return
        place = ""
        if file and _is_in_workspace(file):
            place = f"file={_property(file)}," + (f"line={line}," if line else "")
            place += f"col={annotation.column}," if annotation.column else ""
        title, message = _property(annotation.title), "\n".join(log_lines(annotation.message))
        self._command(f"{level} {place}title={title}", message)

    def _command(self, name: str, data: str) -> None:
        self._write(f"::{name}::{_data(data)}\n")


def _is_in_workspace(file: str) -> bool:
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(" ".join(log_lines(text))).replace(":", "%3A").replace(",", "%2C")
