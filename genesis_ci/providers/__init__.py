"""The CI systems: GitHub, Forgejo, GitLab, and those whose log is plain text."""

from collections.abc import Mapping

from genesis_ci.providers.base import Provider
from genesis_ci.providers.forgejo import Forgejo
from genesis_ci.providers.github import GitHub
from genesis_ci.providers.gitlab import GitLab
from genesis_ci.providers.plain import Plain

PROVIDERS: tuple[type[Provider], ...] = (Forgejo, GitHub, GitLab, Plain)


def provider_class(environ: Mapping[str, str]) -> type[Provider]:
    """Return the first whose marker is set, or else `Plain`."""
    return next((kind for kind in PROVIDERS if environ.get(kind.marker) == "true"), Plain)
