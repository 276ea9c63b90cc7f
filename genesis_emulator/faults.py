"""Misbehaviour on request: which request is hit, and by what. Pure except for the counting."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import assert_never

from pydantic import with_config

from genesis_emulator.fields import (
    STRICT,
    Boolean,
    Bytes,
    Headers,
    HttpStatus,
    Name,
    Numbers,
    Seconds,
    Text,
)


class Endpoint(StrEnum):
    """The two endpoints of the API."""

    TRIGGER = "trigger"
    POLL = "poll"


class FaultKind(StrEnum):
    """What happens instead of, or to, the proper answer."""

    DELAY = "delay"
    STATUS = "status"
    NOT_JSON = "not-json"
    CLOSE_BEFORE = "close-before"
    CLOSE_AFTER = "close-after"
    TRUNCATE = "truncate"
    UNKNOWN_STATUS = "unknown-status"
    OVERSIZE = "oversize"
    DRIP = "drip"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One rule. `nth` empty hits every request; `delay` (real seconds) goes with every kind.

    `workflow` (a name) limits it to that workflow. `processed` says whether a request that gets
    a made-up answer (status, not-json) is processed all the same. `over` is in seconds.
    """

    on: Endpoint
    do: FaultKind
    nth: Numbers = ()
    workflow: Name | None = None
    delay: Seconds = 0.0
    processed: Boolean = False
    status: HttpStatus | None = None
    headers: Headers = field(default_factory=dict)
    body: Text | None = None
    word: Text = "archived"
    size: Bytes = 9 * 1024 * 1024
    over: Seconds = 30.0

    def __post_init__(self) -> None:
        if self.on is Endpoint.TRIGGER and self.do is FaultKind.UNKNOWN_STATUS:
            raise ValueError("a trigger's answer has no status; use unknown-status on: poll")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A request, as far as faults are concerned.

    `workflow` is the workflow's name if it is known. `counter` names what is counted: polls are
    counted for each execution, triggers all together.
    """

    on: Endpoint
    workflow: str | None
    counter: str = ""


class FaultBook:
    """The rules in force, each with its own count of the requests it applies to."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._lock = threading.Lock()
        self._ids = count(1)
        self._initial = faults
        self._rules: dict[int, Fault] = {}
        self._counts: dict[int, Counter[str]] = {}
        self.reset()

    def add(self, fault: Fault) -> int:
        """Put a rule in force, counting from now; returns its number."""
        with self._lock:
            return self._add(fault)

    def remove(self, number: int) -> bool:
        """Withdraw a rule; False if there is none of that number."""
        with self._lock:
            self._counts.pop(number, None)
            return self._rules.pop(number, None) is not None

    def all(self) -> dict[int, Fault]:
        """The rules in force by number."""
        with self._lock:
            return dict(self._rules)

    def clear(self) -> None:
        """Withdraw every rule, those of the scenario too."""
        with self._lock:
            self._drop_all()

    def reset(self) -> None:
        """Go back to the scenario's rules, with their counts at zero."""
        with self._lock:
            self._drop_all()
            for fault in self._initial:
                self._add(fault)

    def next(self, target: Target) -> Fault | None:
        """Count a request and return the first rule that hits it."""
        with self._lock:
            hits = [fault for number, fault in self._rules.items() if self._hit(number, target)]
        return hits[0] if hits else None

    def _drop_all(self) -> None:
        self._rules.clear()
        self._counts.clear()

    def _add(self, fault: Fault) -> int:
        number = next(self._ids)
        self._rules[number] = fault
        self._counts[number] = Counter()
        return number

    def _hit(self, number: int, target: Target) -> bool:
        fault = self._rules[number]
        if not applies(fault, target):
            return False
        counts = self._counts[number]
        counts[target.counter] += 1
        return not fault.nth or counts[target.counter] in fault.nth


def applies(fault: Fault, target: Target) -> bool:
    """Whether the request is one of those that the rule counts."""
    return fault.on is target.on and fault.workflow in {None, target.workflow}


def is_processed(fault: Fault | None) -> bool:
    """Whether the request takes effect although a fault hits it."""
    if fault is None:
        return True
    match fault.do:
        case FaultKind.STATUS | FaultKind.NOT_JSON:
            return fault.processed
        case FaultKind.CLOSE_BEFORE:
            return False
        case (
            FaultKind.DELAY
            | FaultKind.CLOSE_AFTER
            | FaultKind.TRUNCATE
            | FaultKind.UNKNOWN_STATUS
            | FaultKind.OVERSIZE
            | FaultKind.DRIP
        ):
            return True
        case _:
            assert_never(fault.do)
