"""A Genesis in virtual time with random answers, which counts its runs."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from genesis_ci.api.connection import Exchange
from genesis_ci.api.transport import Request, Response
from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import Call, Done, Interrupt
from tests.builders import a_wire_execution
from tests.fakes import FakeClock

FINAL = ("completed", "failed", "cancelled", "skipped")
STATUSES = ("pending", "running", "paused", "review_pending", *FINAL)
DELAYS = st.sampled_from((0.0, 0.1, 0.4, 1.0, 2.5, 7.0, 40.0))
TRIGGER_MOVES = st.sampled_from(
    ("start", "start and lose it", "lose it", "unreachable", "429", "503", "502", "403", "odd")
)
POLL_MOVES = st.sampled_from(
    ("tell", "tell", "tell", "lose it", "unreachable", "429", "502", "404", "odd", "foreign")
)
ODDITIES = st.sampled_from(
    (
        b"",
        b"<html>",
        b'{"status": "completed"}',
        b'{"id": 7, "status": "completed"}',
        b'{"success": true, "executionId": "../x"}',
        b'{"success": true}',
        b"\xff\xfe",
        b"[" * 5000,
    )
)
REASONS = {429: "Too many requests", 503: "Busy", 502: "Bad gateway", 403: "Usage limit reached"}


class Genesis:
    """A transport that counts. `posts` is the number of triggers that may have started a run.

    `sent_words` are the statuses in its answers, `words_of_last_run` those since the last trigger.
    """

    def __init__(self, draw: Callable[[Any], Any], clock: FakeClock) -> None:
        self._draw = draw
        self._clock = clock
        self.latency = 0.0
        self.timeout = 0.0
        self.posts = 0
        self.runs = 0
        self.sent_words: list[str] = []
        self.words_of_last_run: list[str] = []
        self.refused = False
        self.last_request_at = 0.0

    def send(self, request: Request, exchange: Exchange) -> Response:
        """Return a random answer; `latency` is how long it took, up to the `timeout`."""
        self.last_request_at = self._clock()
        triggers = request.method == "POST"
        if triggers:
            self.words_of_last_run.clear()
        move = self._draw(TRIGGER_MOVES if triggers else POLL_MOVES)
        self.latency = self._draw(DELAYS)
        if move == "unreachable":
            raise self._lost(reached=False)
        exchange.begin_sending()
        if triggers:
            self.posts += move not in {"429", "503"}
            self.runs += move in {"start", "start and lose it"}
        if self.latency > self.timeout or "lose it" in move:
            raise self._lost(reached=True)
        return (
            self._trigger_answer(move)
            if triggers or move != "tell"
            else self._status_answer(request)
        )

    def _lost(self, *, reached: bool) -> ContactError:
        return ContactError("Lost the connection.", reached=reached)

    def _status_answer(self, request: Request) -> Response:
        word = self._draw(st.sampled_from(STATUSES))
        self.sent_words.append(word)
        self.words_of_last_run.append(word)
        return _json(200, a_wire_execution(status=word, id=request.url.rsplit("/", 1)[1]))

    def _trigger_answer(self, move: str) -> Response:
        match move:
            case "start":
                return _json(200, {"success": True, "executionId": f"run-{self.runs}"})
            case "odd":
                return Response(status=200, headers={}, body=self._draw(ODDITIES))
            case "foreign":
                return _json(200, a_wire_execution(status="completed", id="somebody-elses"))
            case "404" | "403":
                self.refused = True
                return _json(int(move), {"error": "Execution not found"})
            case code:
                seconds = str(self._draw(st.sampled_from((0, 1, 5, 600))))
                return _json(int(code), {"error": REASONS[int(code)]}, seconds)


class DrawnCalls:
    """`Calls` in virtual time: a call ends after its latency, or at its timeout."""

    def __init__(self, clock: FakeClock, genesis: Genesis) -> None:
        self._clock = clock
        self._genesis = genesis
        self._pending: list[tuple[float, int, Done | Interrupt]] = []

    def interrupt_at(self, seconds: float, exit_code: int) -> None:
        self._push(seconds, Interrupt(exit_code))

    def start(self, key: int, call: Call, *, timeout: float) -> None:
        self._genesis.latency, self._genesis.timeout = 0.0, timeout
        try:
            done = Done(key, value=call.run())
        except Exception as error:
            done = Done(key, error=error)
        if self._genesis.latency > timeout:
            done = Done(key, error=call.give_up())
        self._push(self._clock() + min(self._genesis.latency, timeout), done)

    def next(self, *, timeout: float) -> Done | Interrupt | None:
        until = self._clock() + timeout
        if not self._pending or self._pending[0][0] > until:
            self._clock.pass_(timeout)
            return None
        end, _, event = self._pending.pop(0)
        self._clock.pass_(end - self._clock())
        return event

    def _push(self, end: float, event: Done | Interrupt) -> None:
        self._pending.append((end, len(self._pending), event))
        self._pending.sort(key=lambda item: item[:2])


def _json(status: int, value: Any, retry_after: str = "") -> Response:
    headers = {"retry-after": retry_after} if retry_after and status != 502 else {}
    return Response(status=status, headers=headers, body=json.dumps(value).encode())
