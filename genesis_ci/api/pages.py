"""Asks addresses that are not Genesis's: without the API key, for the beginning of an answer."""

from genesis_ci.api.client import Call
from genesis_ci.api.connection import Exchange
from genesis_ci.api.transport import MIB, Request, Transport
from genesis_ci.models import Page

MOST_READ = MIB
"""Bytes of a page that are looked at."""


class Pages:
    """Fetches one address at a time; redirects are the caller's to follow."""

    def __init__(self, transport: Transport, *, user_agent: str) -> None:
        self._transport = transport
        self._user_agent = user_agent

    def page(self, url: str, *, header: tuple[str, str] | None, read: bool) -> Call[Page]:
        """Return the call that fetches an address; `read` says whether its text is wanted."""

        def exchanged(exchange: Exchange) -> Page:
            headers = {"User-Agent": self._user_agent, "Accept": "*/*", "Cache-Control": "no-cache"}
            if header:
                headers[header[0]] = header[1]
            request = Request(
                method="GET", url=url, headers=headers, beginning=MOST_READ if read else 0
            )
            answer = self._transport.send(request, exchange)
            encoding = answer.headers.get("content-encoding", "identity").strip().lower()
            is_plain = encoding in {"", "identity"}
            return Page(
                status=answer.status,
                location=answer.headers.get("location"),
                text=answer.body.decode("utf-8", "replace") if is_plain else None,
            )

        return Call(url, exchanged)
