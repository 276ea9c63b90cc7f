"""`wait-for`: waits for a deployment or an address, before the workflow is triggered."""

import math
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.wishes import Pool, Send, Slot, Wish
from genesis_ci.execution.workers import Call
from genesis_ci.http.pages import Pages
from genesis_ci.language import N_, _, commas, fill
from genesis_ci.models.readiness import Deployment, Page, Readiness, Stage, WaitFor
from genesis_ci.network import Network, is_unencrypted, network_of
from genesis_ci.text import clean_line, origin, without_full_stop

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_FOUND = frozenset({404, 410})
ANSWER_SECONDS = 10.0
"""The longest wait for one answer."""
PAUSES = 2.0, 5.0
"""Seconds between two requests: in the first minute, and after it."""
FORGE_SECONDS = 20.0
"""The longest wait for a list, which takes several requests."""
FORGE_PAUSES = 5.0, 15.0
"""A job's token has a thousand requests an hour for its repository."""
LAST_FOR = 60.0
"""Seconds after which no newer deployment follows one that is over, or has no address."""
LONGEST_ADDRESS = 2_000
FIRST_MINUTE = 60.0
LAST_REQUEST = 1.0
"""How many seconds before the deadline the last request is sent."""
MAX_SEEN = 6
LONGEST_BEGINNING = 60
"""Characters of the last answer that lacks a text."""
CHECK_ADDRESS = N_(
    "Check the address in wait-for; if the deployment makes it later, raise the timeout of "
    "wait-for."
)
HEADER_IN_CLEAR = N_(
    "Anyone on the network could read the header of wait-for. Give the deployment an https "
    "address, or drop the header."
)
WITHOUT_PREVIEW = N_(
    "The deployment ended without a preview; the log of its host shows why. A longer timeout does "
    "not help."
)


@dataclass(kw_only=True, eq=False)
class Waiting:
    """The state of one wait. `clock` gives monotonic seconds.

    `show` gets each answer, and at the end the address of the deployment, if there is one. `scrub`
    removes secrets: the host of a redirect may repeat the secret header. From `run_expires_at` on
    the run cannot start any more; then the end is not shown.
    """

    wanted: WaitFor
    clock: Callable[[], float]
    scrub: Callable[[str], str]
    show: Callable[[WaitFor, Readiness, str], None]
    seen: tuple[str, ...] = ()
    hint: str | None = None
    run_expires_at: float = math.inf
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def deadline(self) -> float:
        return min(self.run_expires_at, self.began + self.wanted.timeout)

    def show_answer(self, ready: bool | None, address: str = "") -> None:
        seconds = self.clock() - self.began
        readiness = Readiness(self.wanted.shown, ready, self.seen, seconds, self.hint)
        self.show(self.wanted, readiness, address)

    def add(self, words: str) -> None:
        if self.seen[-1:] != (words,):
            seen = (*self.seen, words)
            self.seen = seen if len(seen) <= MAX_SEEN else ("…", *seen[2 - MAX_SEEN :])

    def clean(self, text: str) -> str:
        return clean_line(self.scrub(text)).rstrip(".。")

    def slot(self, due: float) -> Slot:
        return Slot(Pool.ADDRESSES, due, expires_at=self.deadline)

    def sent(
        self, call: Call, *, most: float = ANSWER_SECONDS, least: float = 0.1
    ) -> Generator[Wish, Any, Any]:
        left = self.deadline - self.clock()
        return (yield Send(call, max(least, min(most, left))))

    def due(self, pauses: tuple[float, float], *, least: float = 0.0) -> float:
        """Return when the next request is sent; `pauses` are for the first minute and later."""
        now = self.clock()
        pause = max(least, pauses[now - self.began >= FIRST_MINUTE])
        last = self.deadline - LAST_REQUEST
        return min(now + pause, last) if now < last else self.deadline


def await_ready(
    waiting: Waiting, *, pages: Pages, deployments: Callable[[str], Call] | None
) -> Generator[Wish, Any, None]:
    """Wait until a deployment is ready and its address, or another one, answers as wanted.

    `deployments` returns the call that lists those to an environment, or to all if that is empty,
    the newest first. It is None if no workflow waits for a deployment.
    """
    wanted, address = waiting.wanted, ""
    if wanted.deployment is None or deployments is None:
        ready = yield from _answered(waiting, wanted.url, pages)
    else:
        address = yield from _deployed(waiting, wanted.deployment, deployments)
        ready = bool(address)
        if ready and wanted.is_requested:
            ready = yield from _answered(waiting, _joined(address, wanted.path), pages)
    if ready or waiting.clock() < waiting.run_expires_at:
        waiting.show_answer(ready, address)


def _deployed(
    waiting: Waiting, environment: str, deployments: Callable[[str], Call]
) -> Generator[Wish, Any, str]:
    """Return the address of the newest deployment to an environment, or nothing.

    One that is over is left out while another one is under way, and for `LAST_FOR` seconds.
    """
    due, over_since = waiting.began, math.inf
    found: list[Deployment] | None = None
    while (yield waiting.slot(due)):
        asked, found = 0.0, None
        try:
            every: list[Deployment] = yield from waiting.sent(
                deployments(environment), most=FORGE_SECONDS
            )
        except (RefusedError, ContactError) as error:
            waiting.add(waiting.clean(error.message))
            if isinstance(error, RefusedError):
                waiting.hint = error.hint
                return ""
            asked = error.retry_after or 0.0
        else:
            found = [one for one in every if one.environment.lower() == environment.lower()]
            waiting.add(_listed(found, waiting) or _("no deployment"))
            found.sort(key=lambda one: one.stage is Stage.OVER)
            stage = found[0].stage if found else None
            if stage is Stage.READY and _is_address(found[0].address):
                return found[0].address
            is_over = stage in {Stage.OVER, Stage.READY}
            over_since = min(over_since, waiting.clock()) if is_over else math.inf
            if stage is Stage.FAILED or waiting.clock() - over_since >= LAST_FOR:
                waiting.hint = _(WITHOUT_PREVIEW)
                return ""
        due = waiting.due(FORGE_PAUSES, least=asked)
        waiting.show_answer(None)
    if found is not None and not found:
        with suppress(RefusedError, ContactError):
            others = yield from waiting.sent(deployments(""), least=ANSWER_SECONDS)
            if others:
                waiting.add(fill("only {others}", others=_listed(others, waiting)))
    return ""


def _listed(deployments: list[Deployment], waiting: Waiting) -> str:
    return commas(waiting.clean(_shown(one)) for one in deployments)


def _shown(one: Deployment) -> str:
    detail = without_full_stop(one.description)
    if one.stage is Stage.READY:
        shown = one.address.partition("?")[0]  # a query often contains a password
        detail = shown if _is_address(one.address) else _("without an address to open")
    state = f"{one.environment}: {one.word}"
    return f"{state} ({detail})" if detail else state


def _joined(address: str, path: str | None) -> str:
    if not path:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/')}{path}"


def _answered(waiting: Waiting, first: str, pages: Pages) -> Generator[Wish, Any, bool]:
    """Request an address until it answers as wanted; return false after the deadline."""
    wanted = waiting.wanted
    if wanted.header and is_unencrypted(first):  # only the forge knew the address
        waiting.add(_("an address that is not https"))
        waiting.hint = _(HEADER_IN_CLEAR)
        return False
    url, redirects, due = first, 0, waiting.clock()
    answer: str | None = None
    while (yield waiting.slot(due)):
        header = wanted.header if origin(url) == origin(first) else None
        call = pages.page(url, header=header, read=wanted.contains is not None)
        target = answer = None
        try:
            page: Page = yield from waiting.sent(call)
        except ContactError as error:
            words = waiting.clean(error.message)
            is_here = network_of(url) is Network.LOOPBACK and not error.reached
            stays = is_here or error.permanent or error.resolved is False
            waiting.hint = error.hint if stays else None
        else:
            words = _shortfall(wanted, page)
            waiting.hint = _(CHECK_ADDRESS) if page.status in NOT_FOUND else None
            answer = page.text if words != str(page.status) else None
            if not words:
                waiting.add(fill("{status}", status=page.status))
                return True
            if page.status in REDIRECTS and page.location and wanted.status != page.status:
                target, words = _redirect(url, page, redirects)
        if target:
            url, redirects, due = target, redirects + 1, waiting.clock()
        else:
            waiting.add(words)
            url, redirects, due = first, 0, waiting.due(PAUSES)
        waiting.show_answer(None)
    if wanted.contains and answer:  # only at the end: a page with the time is another each time
        text = clean_line(waiting.scrub(answer), limit=LONGEST_BEGINNING)
        words = fill("{answer}, beginning with “{text}”", answer=waiting.seen[-1], text=text)
        waiting.seen = (*waiting.seen[:-1], words)
    return False


def _shortfall(wanted: WaitFor, page: Page) -> str:
    # empty if the answer counts
    if page.status != wanted.status and (wanted.status or not 200 <= page.status < 300):
        return fill("{status}", status=page.status)
    if wanted.contains is None:
        return ""
    if page.text is None:
        return fill("{status} in a compressed form, which is not read", status=page.status)
    if wanted.contains in page.text:
        return ""
    return fill("{status} without “{text}”", status=page.status, text=wanted.shown_text)


def _redirect(url: str, page: Page, redirects: int) -> tuple[str | None, str]:
    # the target, or None and why it is not followed
    try:
        target = urljoin(url, (page.location or "").strip())
    except ValueError:
        target = ""
    if not _is_address(target):
        words = fill(
            "{status} to something other than an http address, not followed", status=page.status
        )
        return None, words
    if redirects == MAX_REDIRECTS:
        return None, fill("more than {most} redirects", most=MAX_REDIRECTS)
    return target, ""


def _is_address(url: str) -> bool:
    try:
        scheme, host, _ = origin(url)
        is_http = scheme in {"http", "https"} and host and "@" not in urlsplit(url).netloc
    except ValueError:
        return False
    return bool(is_http) and url.isprintable() and len(url) <= LONGEST_ADDRESS
