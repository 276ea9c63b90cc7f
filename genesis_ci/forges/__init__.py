"""GitHub and GitLab as hosts of a change: each is one file, and one row of `FORGES`."""

from genesis_ci.forges.github_api import GITHUB
from genesis_ci.forges.gitlab_api import GITLAB

FORGES = (GITLAB, GITHUB)
"""The first that detects itself is used."""
