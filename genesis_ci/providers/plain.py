"""Any other CI, and a person's shell: plain text, no commands, no files."""

from collections.abc import Mapping

from genesis_ci.providers.base import Provider, log_lines

_CLEAR_LINE = "\r\x1b[K"


class Plain(Provider):
    """Writes readable lines; outputs and summary are left to the files in the report directory."""

    name = "plain"
    shows_colours = False
    _live = False

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return True: this is what is left."""
        return True

    def line(self, text: str) -> None:
        """Write the lines of a text, in place of a live text."""
        self._end_live()
        super().line(text)

    def error(self, text: str) -> None:
        """Write the lines of a text to standard error."""
        self._end_live()
        self._write_error("".join(f"{line}\n" for line in log_lines(text)))

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, on a terminal only."""
        if self._terminal:
            self._write(_CLEAR_LINE + " ".join(log_lines(text)))
            self._live = True

    def _end_live(self) -> None:
        if self._live:
            self._write(_CLEAR_LINE)
            self._live = False
