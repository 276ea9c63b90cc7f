"""Addresses that are not Genesis's: what is sent to them, and what of the answer is kept."""

from genesis_ci.api.pages import MOST_READ, Pages
from genesis_ci.models import Page
from tests.builders import a_response
from tests.fakes import FakeTransport


def test_no_key_is_sent_and_only_as_much_is_read_as_is_wanted():
    transport = FakeTransport(a_response(b"", 204), a_response(b"v abc", 200))
    pages = Pages(transport, user_agent="genesis-ci/1 (plain)")
    pages.page("https://p.example.com/", header=None, read=False).run()
    page = pages.page("https://p.example.com/", header=("X-Bypass", "s"), read=True).run()
    first, second = transport.requests
    assert {*first.headers} == {"User-Agent", "Accept", "Cache-Control"}
    assert second.headers["X-Bypass"] == "s"
    assert (first.beginning, second.beginning) == (0, MOST_READ)
    assert page == Page(status=200, text="v abc")


def test_the_place_of_a_redirect_is_told_and_a_compressed_text_is_not():
    transport = FakeTransport(a_response(b"x", 302, location="/y", content_encoding="gzip"))
    page = Pages(transport, user_agent="x").page("https://p.example.com/", header=None, read=True)
    assert page.run() == Page(status=302, location="/y", text=None)
