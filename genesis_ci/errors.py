"""Every error of this package: one root, one exit code per class, a hint in every message."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from genesis_ci.models import Problem


class GenesisCiError(Exception):
    """The root. `str(error)` says what happened and to what; `hint` says what to do next."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(GenesisCiError):
    """Bad configuration or usage: nothing was sent. `problems` holds all of them."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            str(problems[0]) if count == 1 else f"{count} problems in the configuration",
            hint="Correct the configuration and run the job again; nothing was triggered.",
        )
        self.problems = tuple(problems)


class RefusedError(GenesisCiError):
    """Genesis answered and refused; asking again would not help.

    `fault` is set when a gateway may have answered in place of Genesis: for a run that was seen,
    the refusal is no more than that fault.
    """

    exit_code: ClassVar[int] = 7

    def __init__(
        self, message: str, *, hint: str, status: int, fault: "ContactError | None" = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.fault = fault


class ContactError(GenesisCiError):
    """No usable answer: a network, server or protocol fault; it may pass.

    `reached` is False only when the request surely did not reach Genesis, or the server said
    that it did not act on it. `retry_after` is in seconds, as the server asked.
    `permanent` is true when trying again cannot help (a certificate that is not trusted).
    """

    exit_code: ClassVar[int] = 8

    def __init__(
        self,
        message: str,
        *,
        reached: bool,
        hint: str | None = None,
        retry_after: float | None = None,
        permanent: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reached = reached
        self.retry_after = retry_after
        self.permanent = permanent


class ProtocolError(ContactError):
    """An answer that the API guide does not allow: garbage, a cut body, a foreign id."""

    HINT = "Check that api-url is a Genesis server and that no proxy answers in its place."

    def __init__(self, message: str, *, hint: str = HINT) -> None:
        super().__init__(message, reached=True, hint=hint)


def place_of(bug: BaseException) -> str:
    """Return type and place of an exception without its message, which may hold a secret."""
    places = []
    trace = bug.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(bug).__name__} at {' > '.join(places[-4:])}."
