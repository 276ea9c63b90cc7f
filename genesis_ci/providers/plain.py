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
        if self._live:
            self._write(_CLEAR_LINE)
            self._live = False
        super().line(text)

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, on a terminal only."""
        if self._terminal:
            self._write(_CLEAR_LINE + " ".join(log_lines(text)))
            self._live = True
