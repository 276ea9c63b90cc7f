"""The hosts of a change: each is one class, and one row of `FORGES`."""

from collections.abc import Callable
from itertools import chain

from genesis_ci.forges.forge import Environ, Forge
from genesis_ci.forges.forgejo_api import Forgejo
from genesis_ci.forges.github_api import GitHub
from genesis_ci.forges.gitlab_api import GitLab
from genesis_ci.language import _, commas

FORGES: tuple[type[Forge], ...] = (GitLab, GitHub, Forgejo)


def forge_names(has: Callable[[type[Forge]], object] = lambda _: True) -> str:
    """Return the names of the forges that have something: `A and B`, `A, B and C`."""
    *others, last = sorted(one.name for one in FORGES if has(one))
    return _(" and ").join(filter(None, (commas(others), last)))


def find_forge(ci: str, environ: Environ) -> type[Forge] | None:
    """Return the forge whose CI, by its marker, runs the job, or else whose address is set."""
    by_ci = (one for one in FORGES if one.marker == ci)
    by_address = (one for one in FORGES if environ.get(one.address_variable))
    return next(chain(by_ci, by_address), None)
