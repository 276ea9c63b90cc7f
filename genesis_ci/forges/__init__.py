"""GitHub and GitLab as hosts of a change: each is one class, and one row of `FORGES`."""

from itertools import chain

from genesis_ci.forges.forge import Environ, Forge
from genesis_ci.forges.github_api import GitHub
from genesis_ci.forges.gitlab_api import GitLab

FORGES: tuple[type[Forge], ...] = (GitLab, GitHub)


def forge_of(ci: str, environ: Environ) -> type[Forge] | None:
    """Return the forge whose CI, by its marker, runs the job, or else whose address is set."""
    by_ci = (one for one in FORGES if one.marker == ci)
    by_address = (one for one in FORGES if environ.get(one.address_variable))
    return next(chain(by_ci, by_address), None)
