"""What a page request sends and returns."""

from genesis_ci.http.pages import MAX_PAGE, Pages
from genesis_ci.models.readiness import Page
from tests.builders import a_response
from tests.fakes import FakeTransport


def test_a_page_request_has_no_key_and_returns_only_requested_text():
    transport = FakeTransport(
        a_response(b"", 204),
        a_response(b"v abc"),
        a_response(b"x", 302, location="/y", content_encoding="gzip"),
    )
    pages = Pages(transport)
    first = pages.page("https://p.example/", header=None, read=False).run()
    second = pages.page("https://p.example/", header=("X-Bypass", "s"), read=True).run()
    third = pages.page("https://p.example/", header=None, read=True).run()
    assert first == Page(status=204, text="")
    assert second == Page(status=200, text="v abc")
    assert third == Page(status=302, location="/y", text=None)
    assert {*transport.requests[0].headers} == {"Accept", "Cache-Control"}
    assert transport.requests[1].headers["X-Bypass"] == "s"
    assert [one.beginning for one in transport.requests] == [0, MAX_PAGE, MAX_PAGE]
