"""What every CI system is asked for. Providers get finished text and know nothing of runs."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from genesis_ci.models import Annotation, Level
from genesis_ci.models.change import Change
from genesis_ci.text import clean_line

LONGEST_NAME = 300
LONGEST_ADDRESS = 1000
_SHA = re.compile("[0-9a-f]{7,64}")
_NUMBER = re.compile("[0-9]{1,12}")
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HASH_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_SECTION = re.compile(r"section_(?=(?:start|end):)")


class Provider:
    """One CI system, with its escaping and its files. What it does not override, it lacks.

    Args:
        environ: the job's environment.
        write: takes finished text for standard output.
        write_error: takes finished text for standard error, where the CI keeps the two apart.
        terminal: whether somebody watches a terminal.
        now: seconds since the epoch.
    """

    name: str
    """For the User-Agent."""
    annotations_kept: int | None = None
    """How many annotations of a level the CI keeps; None where they are lines of the log."""
    posts_statuses = False
    """Whether a commit of its repository has statuses that we can post."""
    shows_colours = True
    """Whether the CI's log shows colours."""

    def __init__(
        self,
        environ: Mapping[str, str],
        write: Callable[[str], None],
        *,
        write_error: Callable[[str], None] | None = None,
        terminal: bool = False,
        now: Callable[[], float] = float,
    ) -> None:
        self._environ = environ
        self._write = write
        self._write_error = write_error or write
        self._terminal = terminal
        self._now = now

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether the job runs in this CI."""
        raise NotImplementedError

    @property
    def colours(self) -> bool:
        """Whether the log is written in colours."""
        if self._environ.get("NO_COLOR"):
            return False
        return self.shows_colours or self._terminal or bool(self._environ.get("FORCE_COLOR"))

    @property
    def job_url(self) -> str | None:
        """The address of the running job, where the CI tells it."""
        return None

    @property
    def change(self) -> Change:
        """What the CI tells of the change under test; all of it was cleaned and bounded."""
        return Change(job_url=self.job_url)

    @property
    def empty_key_hint(self) -> str:
        """What is known in this CI of why an API key may be empty."""
        return "Set GENESIS_API_KEY to it from a secret, or use --api-key-file."

    def seconds_left(self, now: datetime) -> float | None:
        """Return how many seconds the job may still wait; None when the CI tells no limit."""
        return None

    def mask(self, values: Sequence[str]) -> None:
        """Ask the CI to hide these values in the log."""

    def line(self, text: str) -> None:
        """Write text to the log, one line of it or several."""
        self._write("".join(f"{line}\n" for line in log_lines(text)))

    def error(self, text: str) -> None:
        """Write why the job is red, where people look for errors."""
        self.line(text)

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, where the log is a terminal."""

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Write lines that belong together under a title."""
        self.line(title)
        self._inner_lines(lines, "  | ")

    def _inner_lines(self, texts: Sequence[str], prefix: str) -> None:
        for text in texts:
            self._write("".join(f"{prefix}{line}\n" for line in log_lines(text)))

    def annotate(self, annotation: Annotation) -> None:
        """Put a message where the CI shows the job's result, and into the log."""
        say = self.error if annotation.level is Level.ERROR else self.line
        say(annotated(annotation))

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step; a later value of a name wins."""

    def summary(self, markdown: str) -> None:
        """Add to the page that the CI shows for the step."""

    def files(self, report_dir: str) -> Mapping[str, str]:
        """Return the further files that this CI reads from the report directory."""
        return {}


def told(text: object) -> str | None:
    """Return a name that somebody else chose, made harmless; None where there is none."""
    return clean_line(text, limit=LONGEST_NAME) or None if isinstance(text, str) else None


def sha(text: object) -> str | None:
    """Return a commit's id; None for anything else, such as HEAD."""
    return text if isinstance(text, str) and _SHA.fullmatch(text) else None


def number(text: object) -> str | None:
    """Return the number of a request; None for anything else, such as false."""
    return str(text) if _NUMBER.fullmatch(str(text)) else None


def branch(ref: object) -> str | None:
    """Return the branch that a ref names, also one without refs/heads/; None for another ref."""
    text = ref.removeprefix("refs/heads/") if isinstance(ref, str) else ""
    return None if text.startswith("refs/") else told(text)


def address(url: str) -> str | None:
    """Return the address of a page, None where it is not https."""
    return clean_line(url, limit=LONGEST_ADDRESS) if url.startswith("https://") else None


def annotated(one: Annotation) -> str:
    """Return an annotation as a line of the log."""
    place = ":".join(str(part) for part in (one.file, one.line) if part is not None)
    return f"{one.level.upper()}: {one.title}: {f'{place}: ' if place else ''}{one.message}"


def log_lines(text: str) -> list[str]:
    """Return the lines of a text, none of which a CI takes for a command."""
    return [_harmless(line) for line in _LINE_ENDS.split(text)]


def _harmless(line: str) -> str:
    broken = _SECTION.sub("section ", _HASH_COMMAND.sub("# #", line))
    return f"| {broken}" if broken.lstrip().startswith("::") else broken
