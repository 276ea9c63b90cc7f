"""Whether to ask again, and when: one pure decision."""

from enum import Enum

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models import Concurrency

LONGEST_PAUSE = 30.0


class Ask(Enum):
    """What a request asks for; a poll is harmless, a trigger is not."""

    TRIGGER = "trigger"
    POLL = "poll"


def fault_in(error: RefusedError | ContactError, *, seen: bool) -> ContactError | None:
    """Return the fault that may pass, or None when Genesis refused, which is the end.

    A refusal that a gateway may have given in place of Genesis is a fault once the run was `seen`.
    """
    if isinstance(error, ContactError):
        return error
    return error.fault if seen else None


def may_ask_again(
    ask: Ask,
    error: ContactError,
    *,
    concurrency: Concurrency,
    ambiguous_before: bool,
    met: bool = True,
) -> bool:
    """Return whether a request that got no usable answer may be sent once more.

    A poll always may, but for a fault that waiting cannot mend on a server never `met` before.
    A trigger may when it surely did not reach Genesis. When it can have reached Genesis, a
    second one is safe only under `cancel-previous`, because the new run cancels the orphan, and
    only once (`ambiguous_before`).
    """
    if ask is Ask.POLL:
        return met or not error.permanent
    if not error.reached:
        return not error.permanent
    return concurrency is Concurrency.CANCEL_PREVIOUS and not ambiguous_before


def pause(error: ContactError, *, faults: int, jitter: float) -> float:
    """Return the seconds to wait after the nth fault in a row (from 1).

    Doubles from one second to half a minute; `jitter` in [0, 1) shortens it by up to half.
    A server that asks for more gets it.
    """
    longest = min(LONGEST_PAUSE, 2.0 ** min(faults - 1, 10))
    return max(longest * (1 - jitter / 2), error.retry_after or 0.0)
