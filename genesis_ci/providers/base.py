"""The base class of all CI systems. Providers get finished text and know nothing of runs."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from genesis_ci.language import _, fill
from genesis_ci.models import ci_run
from genesis_ci.models.change import NUMBER, SHA, Change
from genesis_ci.models.ci_run import CiRun
from genesis_ci.models.report import Annotation, Level, Problem
from genesis_ci.text import clean_line

LONGEST_NAME = 300
LONGEST_ADDRESS = 1000
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HASH_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_SECTION = re.compile(r"section_(?=(?:start|end):)")


class Provider:
    """One CI system, with its escaping and its files. A method that is not overridden does nothing.

    Args:
        environ: the job's environment.
        write: takes finished text for standard output.
        columns: returns the present width of the terminal; 0 if standard output is none.
        now: seconds since the epoch.
        quiet: writes only errors and the last line.
        checkout: returns the commit and the branch that are checked out.
    """

    name: str
    """For the User-Agent."""
    marker = ""
    """The variable that is `true` in this CI."""
    annotations_kept: int | None = None
    """How many annotations of a level the CI keeps; None where they are lines of the log."""
    has_outputs = False
    """Whether its steps have outputs, which the next steps read."""
    is_shell = False
    """Whether a person started the job, and no CI."""
    shows_colours = True
    """Whether the CI's log shows colours."""
    run_variables: tuple[str, ...] = ()
    """The variables with the run, its attempt, and the job."""

    def __init__(
        self,
        environ: Mapping[str, str],
        write: Callable[[str], None],
        *,
        columns: Callable[[], int] = int,
        now: Callable[[], float] = float,
        quiet: bool = False,
        checkout: Callable[[], Change] = Change,
    ) -> None:
        self._environ = environ
        self._write = write
        self._columns = columns
        self._now = now
        self._quiet = quiet
        self._checkout = checkout

    @property
    def colours(self) -> bool:
        if self._environ.get("NO_COLOR"):
            return False
        return self.shows_colours or bool(self._columns() or self._environ.get("FORCE_COLOR"))

    @property
    def change(self) -> Change:
        """The change under test, as far as the CI knows it; its values are clean and bounded."""
        return Change()

    @property
    def ci(self) -> CiRun:
        """The run of the CI that the job is part of, in the same form as a file records it."""
        if not self.run_variables:
            return CiRun()
        run, attempt, job = map(self._environ.get, self.run_variables)
        return CiRun(_numbered(run), _numbered(attempt), clean_name(job))

    @property
    def request_is_on_forge(self) -> bool:
        """Whether only the forge can say which request the change belongs to."""
        return False

    @property
    def empty_key_hint(self) -> str:
        return _("Set GENESIS_API_KEY to it from a secret, or use --api-key-file.")

    def seconds_left(self, now: datetime) -> float | None:
        """Return how many seconds the job may still wait; None if the CI states no limit."""
        return None

    def mask(self, values: Sequence[str]) -> None:
        """Ask the CI to hide these values in the log."""

    def line(self, text: str) -> None:
        """Write text to the log, one line or several."""
        if not self._quiet:
            self.always(text)

    def always(self, text: str) -> None:
        """Write text to a quiet log too: why the job is red, or the line that ends the log."""
        self._write(log_text(text))

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, if the log is a terminal."""

    def group(self, title: str, lines: Sequence[str]) -> None:
        if not self._quiet:
            self._write_group(title, lines)

    def annotate(self, annotation: Annotation) -> None:
        """Put a message where the CI shows the job's result, and into the log."""
        if not self._quiet or annotation.level is Level.ERROR:
            self._write_annotation(annotation)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step; a later value of a name wins."""

    def summary(self, markdown: str) -> None:
        """Add to the page that the CI shows for the step."""

    def report_page(self, report_dir: str) -> str | None:
        """Return the address at which this CI shows report.html, if it is known beforehand."""
        return None

    def files(self, report_dir: str) -> Mapping[str, str]:
        """Return the further files that this CI reads from the report directory."""
        return {}

    def _write_group(self, title: str, lines: Sequence[str]) -> None:
        self.always(title)
        self._write(log_text(*lines, prefix="  | "))

    def _write_annotation(self, annotation: Annotation) -> None:
        self.always(annotation_text(annotation))


def clean_name(text: object) -> str | None:
    """Return a name from outside, clean and bounded; None if it is empty."""
    return clean_line(text, limit=LONGEST_NAME) or None if isinstance(text, str) else None


def commit(text: object) -> str | None:
    """Return a commit's id; None for anything else, such as HEAD."""
    return text if isinstance(text, str) and re.fullmatch(SHA, text) else None


def _numbered(text: str | None) -> str | None:
    return text if re.fullmatch(ci_run.NUMBER, text or "") else None


def number(text: object) -> str | None:
    """Return the number of a request; None for anything else, such as false."""
    return str(text) if re.fullmatch(NUMBER, str(text)) else None


def branch_name(ref: object) -> str | None:
    """Return the branch of a ref, with or without refs/heads/; None for any other ref."""
    text = ref.removeprefix("refs/heads/") if isinstance(ref, str) else ""
    return None if text.startswith("refs/") else clean_name(text)


def address(url: object) -> str | None:
    """Return the address of a page; None if it is not https."""
    is_https = isinstance(url, str) and url.startswith("https://")
    return clean_line(str(url), limit=LONGEST_ADDRESS) if is_https else None


CLEANERS: Mapping[str, Callable[[object], str | None]] = {
    "sha": commit,
    "branch": branch_name,
    "base_branch": branch_name,
    "request": number,
    "repository": clean_name,
    "actor": clean_name,
    "job_url": address,
}


def clean_change(**values: object) -> Change:
    """Return the change of these values, where each one is clean and bounded or None."""
    each: dict[str, Any] = {name: clean(values.get(name)) for name, clean in CLEANERS.items()}
    return Change(**each)


def annotation_text(one: Annotation) -> str:
    message = Problem(one.message, one.file, one.line, one.column)
    level = _(one.level).upper()
    return fill("{level}: {title}: {message}", level=level, title=one.title, message=message)


def log_text(*texts: str, prefix: str = "") -> str:
    return "".join(f"{prefix}{line}\n" for text in texts for line in log_lines(text))


def log_lines(text: str) -> list[str]:
    """Return the lines of a text, changed so that no CI reads one as a command."""
    broken = _SECTION.sub("section ", _HASH_COMMAND.sub("# #", text))
    lines = _LINE_ENDS.split(broken)
    return [f"| {line}" if line.lstrip().startswith("::") else line for line in lines]
