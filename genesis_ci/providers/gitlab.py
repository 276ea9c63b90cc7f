"""GitLab CI: folded sections, colours, and the annotations report.

Source of the rules: GitLab's `Gitlab::Ci::Ansi2json`, its artifact parsers, and GitLab Runner.
The dotenv file is a report like any other (`reporters/dotenv.py`); this provider has no outputs.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from genesis_ci.models import Level
from genesis_ci.providers.base import log_lines

_COLOURS = {Level.NOTICE: "36", Level.WARNING: "33", Level.ERROR: "31;1"}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class GitLab:
    """Writes what GitLab's job log folds and colours.

    Args:
        environ: the job's environment.
        write: takes finished text for standard output.
        now: seconds since the epoch, for the sections' durations.
    """

    name = "gitlab"
    annotations_kept: int | None = None

    def __init__(
        self, environ: Mapping[str, str], write: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        self._environ = environ
        self._write = write
        self._now = now
        self._sections = 0

    def mask(self, values: Sequence[str]) -> None:
        """Do nothing: GitLab masks its own variables, everything else is removed before."""

    def line(self, text: str) -> None:
        """Write the lines of a text."""
        self._write("".join(f"{line}\n" for line in log_lines(text)))

    def error(self, text: str) -> None:
        """Write the lines of a text."""
        self.line(text)

    def live(self, text: str) -> None:
        """Do nothing: the log is no terminal."""

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Write lines in a collapsed section; its name is ours, remote text only its title."""
        self._sections += 1
        name = f"genesis_{self._sections}_{_section_name(title)}"
        head = " ".join(log_lines(title))
        start, end = int(self._now()), int(self._now())
        self._write(f"\x1b[0Ksection_start:{start}:{name}[collapsed=true]\r\x1b[0K{head}\n")
        for text in lines:
            self._write("".join(f"| {line}\n" for line in log_lines(text)))
        self._write(f"\x1b[0Ksection_end:{end}:{name}\r\x1b[0K\n")

    def annotate(self, level: Level, title: str, message: str) -> None:
        """Write the message, in the colour of its level unless `NO_COLOR` is set."""
        text = "\n".join(log_lines(f"{level.upper()}: {title}: {message}"))
        if self._environ.get("NO_COLOR"):
            self._write(f"{text}\n")
        else:
            self._write(f"\x1b[{_COLOURS[level]}m{text}\x1b[0m\n")

    def outputs(self, values: Mapping[str, str]) -> None:
        """Do nothing: the dotenv report holds them."""

    def summary(self, markdown: str) -> None:
        """Do nothing: GitLab has no summary page; `report.html` is shown in its place."""

    def files(self, report_dir: str) -> dict[str, str]:
        """Return the annotations report: a link to the HTML report on the job's page."""
        job = self._environ.get("CI_JOB_URL", "")
        if not job.startswith("https://"):
            return {"annotations.json": json.dumps({"Genesis": []}) + "\n"}
        page = f"{job}/artifacts/file/{quote(report_dir)}/report.html"
        link = {"label": "Genesis report", "url": page}
        return {"annotations.json": json.dumps({"Genesis": [{"external_link": link}]}) + "\n"}


def empty_key_hint(environ: Mapping[str, str]) -> str:
    """Return why the key may be empty in this pipeline, as far as GitLab tells."""
    if environ.get("CI_PIPELINE_SOURCE") == "merge_request_event":
        return (
            "Merge requests from forks get no variables of this project, and a protected "
            "variable needs a protected branch; missing-key: skip lets those pass with a notice."
        )
    protected = environ.get("CI_COMMIT_REF_PROTECTED") == "true"
    if protected:
        return "Add GENESIS_API_KEY as a masked CI/CD variable, for this environment too."
    return (
        "GENESIS_API_KEY may be a protected variable, and this branch is not protected: "
        "protect the branch or unprotect the variable."
    )


def _section_name(title: str) -> str:
    return _NOT_IN_NAMES.sub("_", title.lower()).strip("_")[:40] or "section"


RESERVE = 30.0
"""Seconds for reports, `after_script` and the upload of artifacts, all of which count too."""
UNKNOWN_START = 60.0
"""Seconds that a job is taken to have run when its start is not told: image, checkout, script."""


def seconds_left(environ: Mapping[str, str], now: datetime) -> float | None:
    """Return how many seconds a job may still wait; None when the CI does not limit it.

    GitLab tells the limit in seconds in `CI_JOB_TIMEOUT` and the start in `CI_JOB_STARTED_AT`.
    The reserve is at most a quarter of what is left, so that a short limit still allows a look.
    """
    limit = environ.get("CI_JOB_TIMEOUT", "")
    if environ.get("GITLAB_CI") != "true" or not limit.isdecimal() or len(limit) > 9:
        return None
    ran = _seconds_since(environ.get("CI_JOB_STARTED_AT", ""), now)
    if ran is None or not 0 <= ran < float(limit):
        ran = min(UNKNOWN_START, float(limit) / 2)
    left = float(limit) - ran
    return left - min(RESERVE, left / 4)


def _seconds_since(start: str, now: datetime) -> float | None:
    try:
        moment = datetime.fromisoformat(start)
        return (now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds()
    except (ValueError, OverflowError):
        return None
