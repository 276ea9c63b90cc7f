"""The addresses that one job waits for; each is asked once for all workflows that want it."""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Protocol

from genesis_ci.errors import ContactError
from genesis_ci.models.readiness import Page, Readiness, WaitFor
from genesis_ci.preview.decisions import (
    PreviewState,
    answered,
    begin,
    due,
    expired,
    failed,
    header_for,
    patience,
)

MOST_AT_ONCE = 8


class PageCall(Protocol):
    """One request for a page."""

    def run(self) -> Page:
        """Return the answer."""
        ...

    def give_up(self) -> ContactError:
        """End the request."""
        ...


class Web(Protocol):
    """Fetches pages."""

    def page(self, url: str, *, header: tuple[str, str] | None, read: bool) -> PageCall:
        """Return the call that fetches an address, and reads its text where that is wanted."""
        ...


class Previews:
    """Knows where each address stands. It only makes the calls; the runner brings their answers.

    Args:
        scrub: removes secrets from messages: a redirect's host may repeat the secret header.
    """

    def __init__(self, web: Web, *, scrub: Callable[[str], str]) -> None:
        self._web = web
        self._scrub = scrub
        self._states: list[PreviewState] = []

    def begin(self, wanted: Iterable[WaitFor], *, now: float) -> None:
        """Wait for these from now on; what several want is one."""
        self._states = [begin(one, now=now) for one in dict.fromkeys(wanted)]

    @property
    def next_at(self) -> float:
        """When there is something to do; infinite while there is nothing but answers to come."""
        is_full = sum(one.under_way for one in self._states) >= MOST_AT_ONCE
        still = [one for one in self._states if one.ready is None and not one.under_way]
        moments = (one.deadline if is_full else min(one.due, one.deadline) for one in still)
        return min(moments, default=math.inf)

    def expire(self, wanted: Collection[WaitFor], *, now: float) -> list[tuple[WaitFor, Readiness]]:
        """Return what is not ready within its time; what is `wanted` no more is forgotten."""
        over = []
        for key, state in enumerate(self._states):
            if state.ready is not None or state.under_way:
                continue
            self._states[key] = after = expired(state, now=now)
            if state.wanted not in wanted:
                self._states[key] = replace(state, ready=False)
            elif after.ready is not None:
                over.append((after.wanted, after.readiness(now=now)))
        return over

    def asks(self, *, now: float) -> list[tuple[int, PageCall, float]]:
        """Return what to ask now: a key, the call, and how many seconds it may take."""
        found = []
        for key in due(self._states, now=now, most=MOST_AT_ONCE):
            state = self._states[key]
            call = self._web.page(
                state.url, header=header_for(state), read=state.wanted.contains is not None
            )
            found.append((key, call, patience(state, now=now)))
            self._states[key] = replace(state, under_way=True)
        return found

    def take(
        self, key: int, answer: Page | ContactError, *, now: float
    ) -> tuple[WaitFor, Readiness]:
        """Return how an address stands after what became of an ask."""
        state = self._states[key]
        if isinstance(answer, Page):
            after = answered(state, answer, now=now)
        else:
            error = ContactError(self._scrub(answer.message), reached=answer.reached)
            after = failed(state, error, now=now)
        self._states[key] = after
        return after.wanted, after.readiness(now=now)
