"""Any CI system with a log that has only errors and the last line."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from genesis_ci.models import Annotation, Level
from genesis_ci.models.change import Change
from genesis_ci.providers.base import Provider


class Quiet(Provider):
    """A provider whose log has only errors and the last line.

    Args:
        provider: the CI system itself.
        kept: how the lines begin that are written all the same.
    """

    def __init__(self, provider: Provider, *, kept: tuple[str, ...]) -> None:
        self._provider = provider
        self._kept = kept
        self.name = provider.name
        self.annotations_kept = provider.annotations_kept
        self.posts_statuses = provider.posts_statuses

    @property
    def colours(self) -> bool:
        """Whether the log is written in colours."""
        return self._provider.colours

    @property
    def job_url(self) -> str | None:
        """The address of the running job."""
        return self._provider.job_url

    @property
    def change(self) -> Change:
        """What the CI tells of the change under test."""
        return self._provider.change

    @property
    def empty_key_hint(self) -> str:
        """Why an API key may be empty."""
        return self._provider.empty_key_hint

    def seconds_left(self, now: datetime) -> float | None:
        """Return how many seconds the job may still wait."""
        return self._provider.seconds_left(now)

    def mask(self, values: Sequence[str]) -> None:
        """Ask the CI to hide these values."""
        self._provider.mask(values)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step."""
        self._provider.outputs(values)

    def summary(self, markdown: str) -> None:
        """Add to the page that the CI shows."""
        self._provider.summary(markdown)

    def files(self, report_dir: str) -> Mapping[str, str]:
        """Return the further files that this CI reads."""
        return self._provider.files(report_dir)

    def line(self, text: str) -> None:
        """Write only the lines that are kept."""
        if text.startswith(self._kept):
            self._provider.line(text)

    def live(self, text: str) -> None:
        """Do nothing."""

    def group(self, title: str, lines: Sequence[str]) -> None:
        """Do nothing: report.html has it."""

    def error(self, text: str) -> None:
        """Write it: this is an error."""
        self._provider.error(text)

    def annotate(self, annotation: Annotation) -> None:
        """Write only errors."""
        if annotation.level is Level.ERROR:
            self._provider.annotate(annotation)
