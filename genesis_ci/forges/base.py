"""What each forge is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from genesis_ci.forges.comments import Thread
from genesis_ci.forges.rest import Wire
from genesis_ci.redaction import Secret
from genesis_ci.strict_json import JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """How a forge is reached; `scrub` hides secrets in its words."""

    base: str
    token: Secret
    wire: Wire
    scrub: Callable[[str], str]
    user_agent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Which job comments on what, as the CI tells.

    `numbers` are the requests that are known. `head` is what to look for otherwise: the owner, the
    repository, the branch and the commit of a request's head. `nothing` says why there is none.
    `foreign` is true where the request comes from another repository. `page` is the address of the
    tested run, where that is not this one.
    """

    numbers: tuple[str, ...] = ()
    head: "Head | None" = None
    nothing: str = ""
    job: tuple[str, ...] = ()
    run: tuple[int, ...] = ()
    foreign: bool = False
    page: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The head of a request, as the event of a finished run tells it."""

    owner: str
    repository: str
    branch: str
    sha: str


class Forge(Protocol):
    """A host of changes, and the requests on it."""

    name: ClassVar[str]
    token_variable: ClassVar[str]
    no_token: ClassVar[str]
    """What to do about a missing token."""

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether the job is about a change on this forge."""
        ...

    @classmethod
    def address(cls, environ: Mapping[str, str]) -> str:
        """Return the API's address as the CI tells it."""
        ...

    @classmethod
    def subject(cls, environ: Mapping[str, str], event: JsonValue) -> Subject:
        """Return what to comment on, by the CI's variables and its event."""
        ...

    def __init__(self, access: Access, environ: Mapping[str, str], subject: Subject) -> None: ...

    def numbers(self) -> tuple[str, ...]:
        """Return the open requests of the subject; asks the forge where the CI does not tell."""
        ...

    def thread(self, number: str) -> Thread:
        """Return the comments of a request."""
        ...
