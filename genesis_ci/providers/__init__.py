"""The CI systems: GitHub, GitLab, and those whose log is plain text."""

from collections.abc import Mapping

from genesis_ci.providers.base import Provider
from genesis_ci.providers.github import GitHub
from genesis_ci.providers.gitlab import GitLab
from genesis_ci.providers.plain import Plain

PROVIDERS: tuple[type[Provider], ...] = (GitHub, GitLab, Plain)
"""The first that detects itself is used; the last always does."""


def provider_class(environ: Mapping[str, str]) -> type[Provider]:
    return next(kind for kind in PROVIDERS if kind.detects(environ))
