"""GitHub and GitLab as hosts of a change: each is one file, and one row of `FORGES`."""

from genesis_ci.forges.base import Forge
from genesis_ci.forges.github import GitHub
from genesis_ci.forges.gitlab import GitLab

FORGES: tuple[type[Forge], ...] = (GitLab, GitHub)
"""The first that detects itself is the one."""
