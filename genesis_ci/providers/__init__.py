"""The CI systems: each is one file, and one row of `PROVIDERS`."""

from collections.abc import Callable, Mapping

from genesis_ci.providers.azure import Azure
from genesis_ci.providers.base import Provider
from genesis_ci.providers.bitbucket import Bitbucket
from genesis_ci.providers.buildkite import Buildkite
from genesis_ci.providers.circleci import CircleCI
from genesis_ci.providers.github import GitHub
from genesis_ci.providers.gitlab import GitLab
from genesis_ci.providers.jenkins import Jenkins
from genesis_ci.providers.plain import Plain

PROVIDERS: tuple[type[Provider], ...] = (
    GitHub,
    GitLab,
    Jenkins,
    CircleCI,
    Azure,
    Bitbucket,
    Buildkite,
    Plain,
)
"""The first that detects itself is the one; the last always does."""


def provider_for(
    environ: Mapping[str, str],
    write: Callable[[str], None],
    *,
    write_error: Callable[[str], None] | None = None,
    terminal: bool = False,
    now: Callable[[], float] = float,
) -> Provider:
    """Return the provider of the CI that the environment names.

    `write` takes finished text for standard output, `write_error` for standard error; `now` gives
    seconds since the epoch.
    """
    kind = next(kind for kind in PROVIDERS if kind.detects(environ))
    return kind(environ, write, write_error=write_error, terminal=terminal, now=now)
