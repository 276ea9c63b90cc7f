"""When the CI will end the job by itself, where it tells: reports have to be out before."""

from collections.abc import Mapping
from datetime import UTC, datetime

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
