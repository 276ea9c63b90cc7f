"""The errors of this package, each class with its exit code."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from genesis_ci.language import N_, Worded, _, fill, in_sequence
from genesis_ci.models.refusal import Refusal
from genesis_ci.models.report import Problem


class GenesisCiError(Exception):
    """The base class. `message` says in full what happened and to what, `hint` is the next step."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def despite_it(self) -> str:
        """What a job says that goes on despite the error."""
        return in_sequence(filter(None, (self.message, self.hint)))


class ConfigError(GenesisCiError):
    """Wrong configuration or usage: nothing was sent. `problems` has all of them."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        many = fill("{count} problems in the configuration.", count=len(problems))
        super().__init__(str(problems[0]) if len(problems) == 1 else many)
        self.problems = tuple(problems)


class RefusedError(GenesisCiError):
    """A server refused; another request would not help.

    `row` is its row in Genesis's API guide. `fault` is set if a poll may be repeated: Genesis does
    not know the run (yet), or a proxy may have answered in its place.
    """

    exit_code: ClassVar[int] = 7

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        status: int,
        row: Refusal | None = None,
        fault: "ContactError | None" = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.row = row
        self.fault = fault

    @property
    def unknown_run(self) -> bool:
        """Whether Genesis says that it does not know the run."""
        return self.row is Refusal.EXECUTION_NOT_FOUND


class ContactError(GenesisCiError):
    """No usable answer: a fault of network, server or protocol that may pass.

    Args:
        reached: false only if the server certainly did not act on the request.
        asks_to_retry: a 503 with `Retry-After`; a proxy may have written it after it passed the
            request on.
        retry_after: the seconds that the server asks to wait.
        limited: there are too many requests (429).
        permanent: a retry cannot help (a certificate that is not trusted).
        resolved: false if the host's or its proxy's name does not exist; None if nobody knows.
    """

    exit_code: ClassVar[int] = 8

    def __init__(
        self,
        message: str,
        *,
        reached: bool,
        asks_to_retry: bool = False,
        hint: str | None = None,
        retry_after: float | None = None,
        limited: bool = False,
        permanent: bool = False,
        resolved: bool | None = True,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reached = reached
        self.asks_to_retry = asks_to_retry
        self.retry_after = retry_after
        self.limited = limited
        self.permanent = permanent
        self.resolved = resolved


class ProtocolError(ContactError):
    """An answer that the API guide does not allow: unreadable, cut, or of another execution."""

    HINT = N_("Check api-url first: a proxy or another server may have answered.")

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, reached=True, hint=hint or _(self.HINT), retry_after=retry_after)


_REASONS = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Not a directory"),
    N_("Is a directory"),
    N_("No space left on device"),
    N_("Read-only file system"),
)
"""What the system says of a file that a newcomer meets; other reasons stay English."""


def reason_of(error: OSError) -> str:
    """Return why the system refused a file; empty if it does not say."""
    words = error.strerror or ""
    return words if isinstance(words, Worded) else _(words)


def place_of(bug: BaseException) -> str:
    """Return type and place of an exception without its message, which may contain a secret."""
    places = []
    trace = bug.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(bug).__name__} at {' > '.join(places[-4:])}"
