"""Sends the requests of a job to its forge, all of them within one time limit."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import ThreadedCalls, answer_to
from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import Request, Response, Transport
from genesis_ci.language import _
from genesis_ci.system.signals import Interrupted

ANSWER_SECONDS = 20.0


class Sender:
    """Sends one request after another; all requests and pauses together take `seconds` at most."""

    def __init__(
        self,
        transport: Transport,
        calls: ThreadedCalls,
        *,
        clock: Callable[[], float],
        seconds: float,
    ) -> None:
        self._transport = transport
        self._calls = calls
        self._clock = clock
        self._until = clock() + seconds
        self._sent = 0

    def send(self, request: Request) -> Response:
        """Return the complete answer; raise `Interrupted` for a signal, `ContactError` for none."""
        left = self._until - self._clock()
        if left <= 0:
            raise ContactError(
                _("The time limit for requests to the forge was reached."),
                reached=True,
                permanent=True,
                hint=_("The network or the forge is slow or at fault; run the job again later."),
            )
        call = HttpCall(request.url, partial(self._transport.send, request))
        self._sent += 1
        answer: Response = answer_to(
            call, self._calls, key=self._sent, timeout=min(left, ANSWER_SECONDS)
        )
        return answer

    def pause(self, seconds: float) -> bool:
        """Wait; return False at once if less time is left, and raise `Interrupted` for a signal."""
        if seconds >= self._until - self._clock():
            return False
        event = self._calls.next(timeout=seconds)
        if isinstance(event, Interrupted):
            raise event
        return True


class OneCall(NamedTuple):
    """Sends the requests of one call, in its thread; who wants the call repeats it."""

    transport: Transport
    exchange: Exchange

    def send(self, request: Request) -> Response:
        return self.transport.send(request, self.exchange)

    def pause(self, _: float) -> bool:
        return False
