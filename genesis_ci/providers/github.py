"""GitHub Actions: workflow commands, the output file and the step summary.

Source of the rules: the runner's `ActionCommandManager`, `FileCommandManager` and GitHub's
documentation of workflow commands.
"""

import errno
import os
import re
import secrets
import select
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from io import RawIOBase
from pathlib import PurePosixPath
from stat import S_ISREG

from genesis_ci.models import Annotation, Level, Status, Verdict
from genesis_ci.models.change import Change
from genesis_ci.providers.base import Provider, annotated, branch, log_lines, number, sha, told
from genesis_ci.strict_json import JsonValue, parse_json
from genesis_ci.text import clean_line

ANNOTATIONS_PER_LEVEL = 10
MAX_EVENT = 10 * 1024 * 1024
"""Bytes of the event's file that are read."""
_QUEUED = re.compile(r"/pr-([0-9]{1,12})-[0-9a-f]{7,64}$")
"""The end of a merge queue's branch: the request that the group was made for."""
MIN_MASKED_LINE = 8
"""Characters; a shorter line of a secret is `{` or `true`, and masking it would blank the log."""
SLOW_READER = 0.3
"""Seconds that the reader of a pipe for outputs may take for the next piece."""
NEVER_MASKED: frozenset[str] = frozenset(
    {
        *Status, *Verdict, *Level, "true", "false", "null", "none", "unknown",
        "genesis-results/junit.xml",
    }
)  # fmt: skip
"""Words of our own: GitHub drops every output that contains something masked."""


class GitHub(Provider):
    """Speaks to GitHub's runner. Every file it is given is appended to, never replaced."""

    name = "github"
    annotations_kept = ANNOTATIONS_PER_LEVEL
    posts_statuses = True
    _summary_at: int | None = None

    @cached_property
    def _annotated(self) -> Counter[Level]:
        return Counter()

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether GitHub's runner runs the step."""
        return environ.get("GITHUB_ACTIONS") == "true"

    @property
    def job_url(self) -> str | None:
        """The address of the running workflow."""
        server, repository, run = (
            self._environ.get(name, "")
            for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        )
        if not (server.startswith("https://") and repository and run.isdigit()):
            return None
        return clean_line(f"{server}/{repository}/actions/runs/{run}", limit=1000)

    @cached_property
    def change(self) -> Change:
        """The change by the event's file; GITHUB_SHA is a merge commit in a pull request."""
        environ = self._environ
        return replace(
            _change(environ, _event(environ.get("GITHUB_EVENT_PATH"))),
            repository=told(environ.get("GITHUB_REPOSITORY")),
            actor=told(environ.get("GITHUB_ACTOR")),
            job_url=self.job_url,
        )

    @property
    def empty_key_hint(self) -> str:
        """Why the key may be empty in this event, as far as GitHub tells."""
        if not self._environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
            return "Check that the secret exists here and that the step passes it as api-key."
        return (
            "Pull requests from forks and from Dependabot get no secrets; "
            "missing-key: skip lets those pass with a notice."
        )

    def mask(self, values: Sequence[str]) -> None:
        """Have the runner hide the values in the log, those of several lines line by line."""
        for value in values:
            for line in _masked_lines(value):
                self._command("add-mask", line)

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Write lines folded under a title."""
        self._command("group", " ".join(log_lines(title)))
        self._inner_lines(lines, "| ")
        self._command("endgroup", "")

    def annotate(self, annotation: Annotation) -> None:
        """Make an annotation; beyond GitHub's ten per level and step it becomes a log line."""
        level, file, line = annotation.level, annotation.file, annotation.line
        self._annotated[level] += 1
        if self._annotated[level] > ANNOTATIONS_PER_LEVEL:
            self.line(annotated(annotation))
            return
        place = ""
        if file and _is_below(file):
            place = f"file={_property(file)}," + (f"line={line}," if line else "")
        title, message = _property(annotation.title), "\n".join(log_lines(annotation.message))
        self._command(f"{level} {place}title={title}", message)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Append to the step's outputs. Raises `OSError` when the runner's file is not there."""
        lines = [_output(name, value) for name, value in values.items()]
        self._append("GITHUB_OUTPUT", "".join(lines))

    def summary(self, markdown: str) -> None:
        """Append to the step summary, in place of what this step had appended before.

        Raises `OSError` when the runner's file is not there.
        """
        text = markdown.rstrip("\n") + "\n"
        self._summary_at = self._append("GITHUB_STEP_SUMMARY", text, at=self._summary_at)

    def _append(self, variable: str, text: str, *, at: int | None = None) -> int | None:
        """Append all of a text or nothing, and return at which byte it begins.

        With `at`, what stands from there on is replaced. For a pipe there is no such place: None.
        """
        path = self._environ.get(variable)
        if not path:
            return None
        with open(path, "ab", buffering=0, opener=_never_waiting) as file:
            if at is not None:
                file.truncate(at)
            begins = file.tell() if S_ISREG(os.fstat(file.fileno()).st_mode) else None
            try:
                _write_all(file, text.encode("utf-8", "replace"))
            except OSError:
                if begins is not None:
                    file.truncate(begins)
                raise
        return begins

    def _command(self, name: str, data: str) -> None:
        self._write(f"::{name}::{_data(data)}\n")


def _event(path: str | None) -> dict[str, JsonValue]:
    """What happened, by GitHub's file; empty where there is none that can be read."""
    if not path:
        return {}
    try:
        with open(path, "rb", opener=_never_waiting) as file:
            data = file.read(MAX_EVENT + 1)
        event = parse_json(data.decode()) if len(data) <= MAX_EVENT else None
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _of(value: JsonValue, *keys: str) -> JsonValue:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _change(environ: Mapping[str, str], event: dict[str, JsonValue]) -> Change:
    match environ.get("GITHUB_EVENT_NAME", ""):
        case name if name.startswith("pull_request"):
            return _of_pull_request(environ, event)
        case "merge_group":
            group = event.get("merge_group")
            queued = branch(_of(group, "head_ref"))
            of_queue = _QUEUED.search(queued or "")
            return Change(
                sha=sha(_of(group, "head_sha")),
                branch=queued,
                base_branch=branch(_of(group, "base_ref")),
                request=of_queue and of_queue[1],
            )
        case "workflow_run":
            run = event.get("workflow_run")
            requests = _of(run, "pull_requests")
            return Change(
                sha=sha(_of(run, "head_sha")),
                branch=branch(_of(run, "head_branch")),
                request=number(_of(requests[0], "number"))
                if isinstance(requests, list) and len(requests) == 1
                else None,
            )
        case "issue_comment" if _of(event, "issue", "pull_request") is not None:
            return Change(request=number(_of(event, "issue", "number")))
        case _:
            ref = environ.get("GITHUB_REF", "")
            own = branch(ref) if ref.startswith("refs/heads/") else None
            return Change(sha=sha(environ.get("GITHUB_SHA")), branch=own)


def _of_pull_request(environ: Mapping[str, str], event: dict[str, JsonValue]) -> Change:
    request = event.get("pull_request")
    return Change(
        sha=sha(_of(request, "head", "sha")),
        branch=branch(_of(request, "head", "ref") or environ.get("GITHUB_HEAD_REF")),
        base_branch=branch(_of(request, "base", "ref") or environ.get("GITHUB_BASE_REF")),
        request=number(_of(request, "number")),
    )


def _is_below(file: str) -> bool:
    """Whether a path stays in the workspace, which is where GitHub looks for it."""
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts


def _never_waiting(path: str, flags: int) -> int:
    """Open a file; where it is a pipe without a reader, fail instead of waiting for a reader."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _write_all(file: RawIOBase, data: bytes) -> None:
    """Without a buffer: what one holds after a failure would be written at the end, after all."""
    rest = memoryview(data)
    while rest:
        written = file.write(rest)
        if not written:
            if select.select([], [file], [], SLOW_READER)[1]:
                continue
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[written:]


def _masked_lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    least = MIN_MASKED_LINE if len(lines) > 1 else 1
    return [line for line in lines if len(line) >= least and not _is_ours(line.casefold())]


def _is_ours(text: str) -> bool:
    return any(text in word for word in NEVER_MASKED)


def _output(name: str, value: str) -> str:
    delimiter = f"genesis_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(" ".join(log_lines(text))).replace(":", "%3A").replace(",", "%2C")
