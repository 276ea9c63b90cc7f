"""What a forge is, and what a job comments on there."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from genesis_ci.forges.comment_thread import CommentThread
from genesis_ci.forges.rest import RestApi
from genesis_ci.language import N_
from genesis_ci.models.readiness import Deployment
from genesis_ci.redaction import Secret

Environ = Mapping[str, str]
LISTED_DEPLOYMENTS = 100
"""The newest ones that are looked at."""
MOST_DEPLOYMENTS = 5
"""Vercel makes two for a push. A message lists so many."""


ISSUE_FITS = N_(
    "{why}; for a run that nobody watches, --issue (the action's input issue) keeps an issue"
)
OF_REQUEST = N_("an issue is for runs that nobody watches, and this one is about a request")


class Target(NamedTuple):
    """The requests that a job comments on, or its issue, and which job and run it is.

    `requests` returns the numbers of the open ones; None if there is none, and `nothing` is the
    reason. `remedies` replace those of the forge. `page` is the address of the tested run, if that
    is not this run.
    """

    requests: Callable[[RestApi], Sequence[str]] | None = None
    nothing: str = ""
    job: tuple[str, ...] = ()
    run: tuple[int, ...] = ()
    remedies: Mapping[int, str] = MappingProxyType({})
    page: str | None = None


class RequestFiles(NamedTuple):
    """The names of a request's changed files; `head` is the commit that they belong to.

    `is_complete` is false if the forge does not list all of them.
    """

    head: str
    names: tuple[str, ...]
    is_complete: bool


class Forge(NamedTuple):
    """A host of changes, and the requests and issues on it.

    `marker` is that of its CI's provider. `auth_variable` holds the token, `auth_advice` is the
    next step if it is empty. `remedies` have the next step after a refusal, by its status.
    `headers` returns those with the token of a variable; the first one that is set may read
    deployments, and `reading_advice` is the next step without one. `deployments` returns the newest
    of a commit to an environment, or to all if that is empty, the newest first. `target` returns
    what a job comments on, and `threads` the comments of each request. `issue_target` returns whose
    issue a job keeps, and `issues` the issues, of which a new one gets the given title.
    `changed_files` returns the files of the request with a number; `files_advice` is the permission
    that it needs. `leg` returns the job's leg of a matrix, for people.
    """

    name: str
    marker: str
    address_variable: str
    default_address: str
    auth_variable: str
    auth_advice: str
    headers: Mapping[str, Callable[[str], Mapping[str, str]]]
    remedies: Mapping[int, str]
    reading_advice: str
    deployments: Callable[[RestApi, Environ, str, str], list[Deployment]]
    target: Callable[[Environ], Target]
    threads: Callable[[RestApi, Environ, Sequence[str]], dict[str, CommentThread]]
    changed_files: Callable[[RestApi, Environ, str], RequestFiles]
    files_advice: str
    issue_target: Callable[[Environ], Target]
    issues: Callable[[RestApi, Environ, str], CommentThread]
    leg: Callable[[Environ], str]

    def address(self, environ: Environ) -> str:
        return environ.get(self.address_variable) or self.default_address


class Access(NamedTuple):
    """A forge, the commit whose deployments are listed there, and the token in a variable."""

    forge: Forge
    commit: str
    variable: str
    token: Secret


def run_number(*texts: str) -> tuple[int, ...]:
    """Return the numbers of a CI's run, by which runs are ordered; 0 for a malformed one."""
    return tuple(int(one) if one.isdecimal() and len(one) <= 20 else 0 for one in texts)
