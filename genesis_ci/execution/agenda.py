"""When each workflow's next request is due, and of those that are due, which goes first."""

import heapq
import math
from collections.abc import Callable


class Agenda:
    """Holds one moment for each workflow that has no request under way."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int]] = []
        self._ready: list[tuple[float, float, int]] = []

    def put(self, place: int, *, due: float) -> None:
        """Note when the next request of a workflow is due, in monotonic seconds."""
        heapq.heappush(self._due, (due, place))

    def next_at(self, *, has_room: bool) -> float:
        """Return when `take` has something next; without room only what expires counts."""
        due = self._due[0][0] if self._due else math.inf
        if not self._ready:
            return due
        return -math.inf if has_room else min(due, self._ready[0][0])

    def take(self, expires_at: Callable[[int], float], *, now: float, has_room: bool) -> int | None:
        """Return the workflow that is due and expires first; without room, only if it has."""
        while self._due and self._due[0][0] <= now:
            due, place = heapq.heappop(self._due)
            heapq.heappush(self._ready, (expires_at(place), due, place))
        if not self._ready or (not has_room and now < self._ready[0][0]):
            return None
        return heapq.heappop(self._ready)[-1]
