"""What every CI system is asked for. Providers get finished text and know nothing of runs."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from genesis_ci.models import Level


class Provider(Protocol):
    """One CI system. Each implementation owns its escaping and its files."""

    name: str
    """For the User-Agent and the reports."""
    annotations_kept: int | None
    """How many annotations of a level the CI keeps; None where they are lines of the log."""

    def mask(self, values: Sequence[str]) -> None:
        """Ask the CI to hide these values in the log."""
        ...

    def line(self, text: str) -> None:
        """Write text to the log, one line of it or several."""
        ...

    def error(self, text: str) -> None:
        """Write why the job is red, where people look for errors."""
        ...

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, where the log is a terminal."""
        ...

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Write lines that people may want to fold away."""
        ...

    def annotate(self, level: Level, title: str, message: str) -> None:
        """Put a message where the CI shows the job's result, and into the log."""
        ...

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step; a later value of a name wins."""
        ...

    def summary(self, markdown: str) -> None:
        """Add to the page that the CI shows for the step."""
        ...

    def files(self, report_dir: str) -> Mapping[str, str]:
        """Return the further files that this CI reads from the report directory."""
        ...


_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HASH_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_SECTION = re.compile(r"section_(?=(?:start|end):)")


def log_lines(text: str) -> list[str]:
    """Return the lines of a text, none of which a CI takes for a command."""
    return [_harmless(line) for line in _LINE_ENDS.split(text)]


def _harmless(line: str) -> str:
    broken = _SECTION.sub("section ", _HASH_COMMAND.sub("# #", line))
    return f"| {broken}" if broken.lstrip().startswith("::") else broken
