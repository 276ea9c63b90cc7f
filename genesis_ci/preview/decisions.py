"""What an answer of an awaited address means, and what is asked next. Pure: times are seconds of a
monotonic clock and come in as parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urljoin, urlsplit

from genesis_ci.errors import ContactError
from genesis_ci.models import Page, Readiness, WaitFor
from genesis_ci.text import clean_line, is_loopback

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ASK_SECONDS = 10.0
"""The longest wait for one answer."""
PAUSE, LATER_PAUSE = 2.0, 5.0
"""Seconds between two asks: in the first minute, and after it."""
FIRST_MINUTE = 60.0
LAST_ASK = 1.0
"""Seconds before the deadline at which there is one more ask."""
MOST_SEEN = 6
LOOPBACK = (
    "In a container, such as that of the GitHub action, a loopback address is the container's own: "
    "give the address under which the container reaches the preview."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewState:
    """Where one address stands.

    `url` is what is asked next: the address itself, or where it redirected to after `redirects`
    of them. `due` is when. `seen` has its different answers in words, the latest last.
    """

    wanted: WaitFor
    began: float
    deadline: float
    url: str
    due: float
    redirects: int = 0
    under_way: bool = False
    refused_here: bool = False
    seen: tuple[str, ...] = ()
    ready: bool | None = None
    ended_at: float | None = None

    def readiness(self, *, now: float) -> Readiness:
        """Return what people should know of it."""
        return Readiness(
            shown=self.wanted.shown,
            ready=self.ready,
            seen=self.seen,
            seconds=(now if self.ended_at is None else self.ended_at) - self.began,
            hint=LOOPBACK if self.refused_here else None,
        )


def begin(wanted: WaitFor, *, now: float) -> PreviewState:
    """Return the state of an address that is waited for from now on."""
    deadline = now + wanted.timeout
    return PreviewState(wanted=wanted, began=now, deadline=deadline, url=wanted.url, due=now)


def patience(state: PreviewState, *, now: float) -> float:
    """Return how many seconds the answer to an ask that goes out now may take."""
    return max(0.1, min(ASK_SECONDS, state.deadline - now))


def header_for(state: PreviewState) -> tuple[str, str] | None:
    """Return the secret header, which only the address's own origin gets."""
    own = _origin(state.url) == _origin(state.wanted.url)
    return state.wanted.header if own else None


def answered(state: PreviewState, page: Page, *, now: float) -> PreviewState:
    """Return the state after an answer: it is ready, redirects, or is asked again."""
    words = _shortfall(state.wanted, page)
    if words is None:
        return _over(_saw(state, str(page.status)), ready=True, now=now)
    if page.status in REDIRECTS and page.location and state.wanted.status != page.status:
        return _redirected(state, page.status, page.location, now=now)
    return _again(_saw(state, words), now=now)


def failed(state: PreviewState, error: ContactError, *, now: float) -> PreviewState:
    """Return the state after an ask that got no answer."""
    words = clean_line(error.message).rstrip(".")
    is_here = is_loopback(urlsplit(state.url).hostname or "")
    refused = is_here and not error.reached
    return _again(replace(_saw(state, words), refused_here=refused), now=now)


def expired(state: PreviewState, *, now: float) -> PreviewState:
    """Return the state at a moment: not ready once the time is over."""
    return state if now < state.deadline else _over(state, ready=False, now=now)


def due(states: Sequence[PreviewState], *, now: float, most: int) -> list[int]:
    """Return the positions of those to be asked now; at most so many are at once."""
    free = most - sum(state.under_way for state in states)
    waiting = [n for n, one in enumerate(states) if one.ready is None and not one.under_way]
    return [n for n in waiting if states[n].due <= now][: max(0, free)]


def _shortfall(wanted: WaitFor, page: Page) -> str | None:
    """Why an answer is not the one that is asked for, in words; None where it is."""
    status_fits = (
        200 <= page.status < 300 if wanted.status is None else page.status == wanted.status
    )
    if not status_fits:
        return str(page.status)
    if wanted.contains is None:
        return None
    if page.text is None:
        return f"{page.status} in a compressed form, which is not read"
    return None if wanted.contains in page.text else f"{page.status} without “{wanted.shown_text}”"


def _redirected(state: PreviewState, status: int, location: str, *, now: float) -> PreviewState:
    target = _target(state.url, location)
    if target is None:
        return _again(_saw(state, f"{status} to what is no http address, not followed"), now=now)
    if state.redirects == MOST_REDIRECTS:
        return _again(_saw(state, f"more than {MOST_REDIRECTS} redirects"), now=now)
    return replace(state, url=target, redirects=state.redirects + 1, due=now, under_way=False)


def _target(url: str, location: str) -> str | None:
    """Where a redirect leads, None where that is not followed."""
    try:
        target = urljoin(url, location.strip())
        parts = urlsplit(target)
        fits = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        return target if fits and _port(parts) and target.isprintable() else None
    except ValueError:
        return None


def _again(state: PreviewState, *, now: float) -> PreviewState:
    """From the start once more after a pause, with a last ask shortly before the deadline."""
    pause = PAUSE if now - state.began < FIRST_MINUTE else LATER_PAUSE
    last = state.deadline - LAST_ASK
    at = min(now + pause, last) if now < last else state.deadline
    return replace(state, url=state.wanted.url, redirects=0, due=at, under_way=False)


def _saw(state: PreviewState, words: str) -> PreviewState:
    if state.seen[-1:] == (words,):
        return state
    seen = (*state.seen, words)
    return replace(state, seen=seen if len(seen) <= MOST_SEEN else ("…", *seen[2 - MOST_SEEN :]))


def _over(state: PreviewState, *, ready: bool, now: float) -> PreviewState:
    return replace(state, ready=ready, ended_at=now, under_way=False)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
