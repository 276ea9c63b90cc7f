"""Fetches addresses that are not Genesis's, without the API key."""

from typing import NamedTuple

from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import MIB, Request, Transport
from genesis_ci.models.readiness import Page

MAX_PAGE = MIB
"""Bytes that are read of a page."""


class Pages(NamedTuple):
    """Fetches pages; follows no redirect."""

    transport: Transport

    def page(self, url: str, *, header: tuple[str, str] | None, read: bool) -> HttpCall[Page]:
        """Return the call that fetches an address; with `read`, the page has its text."""
        headers = {"Accept": "*/*", "Cache-Control": "no-cache"}
        if header:
            headers[header[0]] = header[1]
        request = Request(method="GET", url=url, headers=headers, beginning=MAX_PAGE if read else 0)

        def exchanged(exchange: Exchange) -> Page:
            answer = self.transport.send(request, exchange)
            encoding = answer.headers.get("content-encoding", "identity").strip().lower()
            is_plain = encoding in {"", "identity"}
            return Page(
                status=answer.status,
                location=answer.headers.get("location"),
                text=answer.body.decode("utf-8", "replace") if is_plain else None,
            )

        return HttpCall(url, exchanged)
