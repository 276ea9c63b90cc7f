"""What the jobs of each forge have in common."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from genesis_ci.forges.comment_thread import CommentThread
from genesis_ci.forges.rest import Access
from genesis_ci.strict_json import JsonValue

Environ = Mapping[str, str]


class Head(NamedTuple):
    """The head of a request, from the event of a finished run."""

    owner: str
    repository: str
    branch: str
    sha: str


class Subject(NamedTuple):
    """Which job comments on which requests.

    `numbers` are the known requests; otherwise `head` is the head of the request to find. `nothing`
    is the reason if there is none. `foreign` is true if the request comes from another repository.
    `page` is the address of the tested run if that is not this run.
    """

    numbers: tuple[str, ...] = ()
    head: Head | None = None
    nothing: str = ""
    job: tuple[str, ...] = ()
    run: tuple[int, ...] = ()
    foreign: bool = False
    page: str | None = None


class Forge(NamedTuple):
    """A host of changes, and the requests on it.

    `marker` is that of its CI's provider. `auth_variable` holds the token; `auth_advice` says what
    to do if it is empty. `subject` returns what to comment on, from the CI's variables and its
    event. `threads` returns the comments of each open request.
    """

    name: str
    marker: str
    address_variable: str
    default_address: str
    auth_variable: str
    auth_advice: str
    subject: Callable[[Environ, JsonValue], Subject]
    threads: Callable[[Access, Environ, Subject], dict[str, CommentThread]]

    def address(self, environ: Environ) -> str:
        """Return the address of the API."""
        return environ.get(self.address_variable) or self.default_address


def run_number(*texts: str) -> tuple[int, ...]:
    """Return the numbers of a CI's run, by which runs are ordered; 0 for a malformed one."""
    return tuple(int(one) if one.isdecimal() and len(one) <= 20 else 0 for one in texts)
