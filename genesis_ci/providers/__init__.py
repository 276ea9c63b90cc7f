"""The CI systems: what each can mask, fold, annotate and store."""

from collections.abc import Callable, Mapping

from genesis_ci.providers import github, gitlab
from genesis_ci.providers.base import Provider
from genesis_ci.providers.github import GitHub
from genesis_ci.providers.gitlab import GitLab
from genesis_ci.providers.plain import Plain


def provider_for(
    environ: Mapping[str, str],
    write: Callable[[str], None],
    *,
    write_error: Callable[[str], None] | None = None,
    terminal: bool,
    now: Callable[[], float],
) -> Provider:
    """Return the provider of the CI that the environment names.

    `write` takes finished text for standard output, `write_error` for standard error; `now` gives
    seconds since the epoch.
    """
    if _is_github(environ):
        return GitHub(environ, write)
    if _is_gitlab(environ):
        return GitLab(environ, write, now)
    return Plain(write, write_error=write_error, terminal=terminal)


def empty_key_hint(environ: Mapping[str, str]) -> str:
    """Return what is known in this CI of why an API key may be empty."""
    if _is_github(environ):
        return github.empty_key_hint(environ)
    if _is_gitlab(environ):
        return gitlab.empty_key_hint(environ)
    return "Set GENESIS_API_KEY to it from a secret, or use --api-key-file."


def job_url(environ: Mapping[str, str]) -> str | None:
    """Return the address of the running CI job, when the environment tells it."""
    if _is_github(environ):
        return github.job_url(environ)
    url = environ.get("CI_JOB_URL", "")
    return url if _is_gitlab(environ) and url.startswith("https://") else None


def _is_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true"


def _is_gitlab(environ: Mapping[str, str]) -> bool:
    return environ.get("GITLAB_CI") == "true"
