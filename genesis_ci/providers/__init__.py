"""The CI systems: what each can mask, fold, annotate and store."""

from collections.abc import Callable, Mapping

from genesis_ci.providers import github
from genesis_ci.providers.base import Provider
from genesis_ci.providers.github import GitHub
from genesis_ci.providers.plain import Plain


def provider_for(
    environ: Mapping[str, str], write: Callable[[str], None], *, terminal: bool
) -> Provider:
    """Return the provider of the CI that the environment names."""
    if _on_github(environ):
        return GitHub(environ, write)
    return Plain(write, terminal=terminal)


def empty_key_hint(environ: Mapping[str, str]) -> str:
    """Return what is known in this CI of why an API key may be empty."""
    if _on_github(environ):
        return github.empty_key_hint(environ)
    return "Set GENESIS_API_KEY to it from a secret, or use --api-key-file."


def job_url(environ: Mapping[str, str]) -> str | None:
    """Return the address of the running CI job, when the environment tells it."""
    return github.job_url(environ) if _on_github(environ) else None


def _on_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true"
