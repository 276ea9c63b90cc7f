"""The way to a forge: every answer within its time, and a signal ends the waiting."""

import math
from collections.abc import Callable

from genesis_ci.api.client import Call
from genesis_ci.api.connection import Exchange
from genesis_ci.api.transport import Request, Response, Transport
from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import Done, Interrupt, ThreadedCalls
from genesis_ci.system.signals import Interrupted

ANSWER_SECONDS = 20.0


class CallsWire:
    """Sends one request after another, all of them within some seconds.

    Args:
        clock: monotonic seconds.
        seconds: the time for everything.
    """

    def __init__(
        self,
        transport: Transport,
        calls: ThreadedCalls,
        *,
        clock: Callable[[], float],
        seconds: float = math.inf,
    ) -> None:
        self._transport = transport
        self._calls = calls
        self._clock = clock
        self._until = clock() + seconds
        self._sent = 0

    def send(self, request: Request) -> Response:
        """Return the whole answer.

        Raises:
            ContactError: there is none in time.
            Interrupted: a signal came.
        """
        left = self._until - self._clock()
        if left <= 0:
            raise _no_time()
        answers: list[Response] = []

        def exchanged(exchange: Exchange) -> str:
            answers.append(self._transport.send(request, exchange))
            return ""

        self._sent += 1
        timeout = min(left, ANSWER_SECONDS)
        self._calls.start(self._sent, Call(request.url, exchanged), timeout=timeout)
        while True:
            match self._calls.next(timeout=ANSWER_SECONDS):
                case Interrupt():
                    raise Interrupted
                case Done(key=key, error=error) if key == self._sent:
                    if error:
                        raise error
                    return answers[0]

    def pause(self, seconds: float) -> None:
        """Return after some seconds, where there is still so much time.

        Raises:
            ContactError: there is not.
            Interrupted: a signal came.
        """
        if seconds >= self._until - self._clock():
            raise _no_time()
        if isinstance(self._calls.next(timeout=seconds), Interrupt):
            raise Interrupted


def _no_time() -> ContactError:
    return ContactError(
        "The time for the forge is over.",
        reached=True,
        permanent=True,
        hint="The network or the forge is slow or at fault; run the job again later.",
    )
