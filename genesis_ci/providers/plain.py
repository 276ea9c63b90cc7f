"""Any other CI, and a person's shell: plain text, no commands, no files."""

from collections.abc import Callable, Mapping, Sequence

from genesis_ci.models import Level
from genesis_ci.providers.base import log_lines

_CLEAR_LINE = "\r\x1b[K"


class Plain:
    """Writes readable lines; outputs and summary are left to the files in the report directory.

    Args:
        write: takes finished text for standard output.
        write_error: takes finished text for standard error, the same as `write` by default.
        terminal: whether somebody watches a terminal.
    """

    name = "plain"
    annotations_kept: int | None = None

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        write_error: Callable[[str], None] | None = None,
        terminal: bool = False,
    ) -> None:
        self._write = write
        self._write_error = write_error or write
        self._terminal = terminal
        self._live = False

    def mask(self, values: Sequence[str]) -> None:
        """Do nothing: there is no masking outside a CI that knows the command."""

    def line(self, text: str) -> None:
        """Write the lines of a text."""
        self._end_live()
        self._write("".join(f"{line}\n" for line in log_lines(text)))

    def error(self, text: str) -> None:
        """Write the lines of a text to standard error."""
        self._end_live()
        self._write_error("".join(f"{line}\n" for line in log_lines(text)))

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, on a terminal only."""
        if self._terminal:
            self._write(_CLEAR_LINE + " ".join(log_lines(text)))
            self._live = True

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Write a title and the lines, indented."""
        self.line(title)
        for text in lines:
            self._write("".join(f"  | {line}\n" for line in log_lines(text)))

    def annotate(self, level: Level, title: str, message: str) -> None:
        """Write the message with its level in front."""
        say = self.error if level is Level.ERROR else self.line
        say(f"{level.upper()}: {title}: {message}")

    def outputs(self, values: Mapping[str, str]) -> None:
        """Do nothing: `result.json` holds the outputs."""

    def summary(self, markdown: str) -> None:
        """Do nothing: `summary.md` holds the summary."""

    def files(self, report_dir: str) -> dict[str, str]:
        """Return nothing: this CI reads no file of its own."""
        return {}

    def _end_live(self) -> None:
        if self._live:
            self._write(_CLEAR_LINE)
            self._live = False
