"""`wait-for`: requests an address until it answers, before the workflow is triggered."""

from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import urljoin, urlsplit

from genesis_ci.errors import ContactError
from genesis_ci.execution.wishes import Pool, Send, Slot, Wish
from genesis_ci.http.pages import Pages
from genesis_ci.models.readiness import Page, Readiness, WaitFor
from genesis_ci.text import clean_line, fill, is_loopback, origin

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ANSWER_SECONDS = 10.0
"""The longest wait for one answer."""
PAUSE, LATER_PAUSE = 2.0, 5.0
"""Seconds between two requests: in the first minute, and after it."""
FIRST_MINUTE = 60.0
LAST_REQUEST = 1.0
"""How many seconds before the deadline the last request is sent."""
MAX_SEEN = 6
LOOPBACK = (
    "In a container, such as that of the GitHub action, a loopback address is the container's own: "
    "give the address under which the container reaches the preview."
)


def await_address(
    wanted: WaitFor,
    *,
    pages: Pages,
    clock: Callable[[], float],
    scrub: Callable[[str], str],
    show: Callable[[WaitFor, Readiness], None],
) -> Generator[Wish, Any, None]:
    """Request an address until it answers as wanted or times out; `show` gets each answer.

    `clock` gives monotonic seconds. `scrub` removes secrets: the host of a redirect may repeat
    the secret header.
    """
    began = due = clock()
    deadline = began + wanted.timeout
    url, redirects = wanted.url, 0
    seen: tuple[str, ...] = ()
    hint: str | None = None

    def show_answer(ready: bool | None) -> None:
        seconds = clock() - began
        show(
            wanted,
            Readiness(shown=wanted.shown, ready=ready, seen=seen, seconds=seconds, hint=hint),
        )

    while True:
        late = yield Slot(Pool.ADDRESSES, due=due, until=deadline)
        if late:
            show_answer(False)
            return
        header = wanted.header if origin(url) == origin(wanted.url) else None
        call = pages.page(url, header=header, read=wanted.contains is not None)
        target: str | None = None
        try:
            page: Page = yield Send(call, max(0.1, min(ANSWER_SECONDS, deadline - clock())))
        except ContactError as error:
            words = clean_line(scrub(error.message)).rstrip(".")
            is_here = is_loopback(urlsplit(url).hostname or "")
            hint = LOOPBACK if is_here and not error.reached else None
        else:
            words = _shortfall(wanted, page)
            if not words:
                seen = _with(seen, str(page.status))
                show_answer(True)
                return
            if page.status in REDIRECTS and page.location and wanted.status != page.status:
                target, words = _redirect(url, page, redirects)
        now = clock()
        if target:
            url, redirects, due = target, redirects + 1, now
        else:
            seen = _with(seen, words)
            url, redirects = wanted.url, 0
            pause = PAUSE if now - began < FIRST_MINUTE else LATER_PAUSE
            last = deadline - LAST_REQUEST
            due = min(now + pause, last) if now < last else deadline
        show_answer(None)


def _shortfall(wanted: WaitFor, page: Page) -> str:
    # empty if the answer counts
    if page.status != wanted.status and (wanted.status or not 200 <= page.status < 300):
        return str(page.status)
    if wanted.contains is None:
        return ""
    if page.text is None:
        return fill("{status} in a compressed form, which is not read", status=page.status)
    if wanted.contains in page.text:
        return ""
    return fill("{status} without “{text}”", status=page.status, text=wanted.shown_text)


def _redirect(url: str, page: Page, redirects: int) -> tuple[str | None, str]:
    # the target, or None and why it is not followed
    text = "{status} to something other than an http address, not followed"
    refusal = None, fill(text, status=page.status)
    try:
        target = urljoin(url, (page.location or "").strip())
        scheme, host, _ = origin(target)
        fits = scheme in {"http", "https"} and host and "@" not in urlsplit(target).netloc
        if not (fits and target.isprintable()):
            return refusal
    except ValueError:
        return refusal
    if redirects == MAX_REDIRECTS:
        return None, fill("more than {most} redirects", most=MAX_REDIRECTS)
    return target, ""


def _with(seen: tuple[str, ...], words: str) -> tuple[str, ...]:
    if seen[-1:] == (words,):
        return seen
    seen = (*seen, words)
    return seen if len(seen) <= MAX_SEEN else ("…", *seen[2 - MAX_SEEN :])
