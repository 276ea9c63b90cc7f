"""The base class of all forges: what a job reads and writes on the host of its change."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, NamedTuple, Self, TypeVar

from genesis_ci.forges.comment_thread import CommentThread, IssueThread
from genesis_ci.forges.repeat import repeated
from genesis_ci.forges.rest import PER_PAGE, RestApi
from genesis_ci.forges.sender import OneCall, Sender
from genesis_ci.language import N_, _
from genesis_ci.models.readiness import Deployment
from genesis_ci.redaction import Secret

T = TypeVar("T")
Environ = Mapping[str, str]
WAITS = (1.0, 3.0)
"""Seconds to wait after each fault, except for comments."""
LISTED_DEPLOYMENTS = 100
"""The newest ones that are looked at."""
MOST_DEPLOYMENTS = 5
"""Vercel makes two for a push. A message lists so many."""


ISSUE_FITS = N_(
    "{why}; for a run that nobody watches, --issue (the action's input issue) keeps an issue"
)
ABOUT_REQUEST = N_("an issue is for runs that nobody watches, and this one is about a request")


class Target(NamedTuple):
    """What a job comments on, or whose issue it keeps, and which job it is.

    If there is no request or issue, `nothing` is the reason; if the forge finds no open request,
    `none_found` is. `advice` is the next step after a refused comment. `finished` are run and
    attempt that the job follows, and `page` is their address; else the run is the job's own.
    """

    nothing: str = ""
    none_found: str = ""
    job: tuple[str, ...] = ()
    finished: tuple[int, ...] = ()
    advice: str = ""
    page: str | None = None


class RequestFiles(NamedTuple):
    """The names of a request's changed files; `head` is the commit that they belong to.

    `is_complete` is false if the forge does not list all of them.
    """

    head: str
    names: tuple[str, ...]
    is_complete: bool


class Forge(ABC):
    """A host of changes, and the requests, issues, statuses and deployments on it.

    The class itself says what is known without a request; `environ` is the job's environment. An
    instance asks `api`. Its methods raise `RefusedError` and `ContactError`. A permission is the
    next step after a refusal; one that is empty says that the forge does not have such things.
    """

    name: ClassVar[str]
    request_name: ClassVar[str]
    """A template with the request's number."""
    marker: ClassVar[str]
    """That of its CI's provider."""
    address_variable: ClassVar[str]
    default_address: ClassVar[str]
    auth_variable: ClassVar[str]
    auth_advice: ClassVar[str]
    """The next step if the variable is empty; for the problems of `comment`."""
    headers: ClassVar[Mapping[str, Callable[[str], Mapping[str, str]]]]
    """Returns those with the token of a variable; the first that is set may read deployments."""
    wrong_token: ClassVar[str]
    comment_permission: ClassVar[str]
    issue_permission: ClassVar[str]
    files_permission: ClassVar[str]
    status_permission: ClassVar[str] = ""
    deployments_permission: ClassVar[str] = ""
    page_size: ClassVar[int] = PER_PAGE
    size_name: ClassVar[str] = "per_page"

    def __init__(self, environ: Environ, api: RestApi) -> None:
        self.environ = environ
        self.api = api

    def over(self, sender: Sender | OneCall) -> Self:
        """Return the forge with another sender of requests."""
        return type(self)(self.environ, replace(self.api, sender=sender))

    @classmethod
    def address(cls, environ: Environ) -> str:
        return environ.get(cls.address_variable) or cls.default_address

    @classmethod
    @abstractmethod
    def comment_target(cls, environ: Environ) -> Target: ...

    @classmethod
    @abstractmethod
    def issue_target(cls, environ: Environ) -> Target: ...

    @classmethod
    @abstractmethod
    def leg(cls, environ: Environ) -> str:
        """Return the job's leg of a matrix, for people."""

    @abstractmethod
    def requests(self) -> Sequence[str]:
        """Return the numbers of the open requests that the job is about."""

    @abstractmethod
    def comments(self, number: str, advice: str) -> CommentThread:
        """Return the comments on a request; `advice` is that of the target."""

    @abstractmethod
    def issues(self, title: str, labels: Sequence[str]) -> IssueThread:
        """Return the issues, of which a new one gets the title and the labels."""

    def changed_files(self, number: str) -> RequestFiles:
        return self._repeated(partial(self._files, number))

    def post_status(self, fields: Mapping[str, str], sha: str) -> None:
        """Post a status on a commit; one that is posted twice is one."""
        path = self._status_path(sha)
        api = self._asking(self.status_permission, range(400, 500))
        self._repeated(partial(api.ask, "POST", path, fields))

    def deployments(self, commit: str, environment: str) -> list[Deployment]:
        """Return those of a commit to an environment, or to all if that is empty, newest first."""
        raise NotImplementedError

    @abstractmethod
    def _files(self, number: str) -> RequestFiles: ...

    def _status_path(self, sha: str) -> str:
        raise NotImplementedError

    def _asking(self, permission: str, statuses: Iterable[int] = (403, 404)) -> RestApi:
        """Return the API with the next step after refusals with these statuses."""
        remedies = dict.fromkeys(statuses, _(permission))
        return replace(self.api, remedies={**self.api.remedies, **remedies})

    def _repeated(self, ask: Callable[[], T]) -> T:
        return repeated(ask, waits=iter(WAITS), pause=self.api.sender.pause)


class Access(NamedTuple):
    """A forge, the commit whose deployments are listed there, and the token in a variable."""

    forge: type[Forge]
    commit: str
    variable: str
    token: Secret
