"""What an answer of an awaited address means, and when and where it is asked next."""

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.models import Page, WaitFor
from genesis_ci.preview.decisions import (
    LOOPBACK,
    PreviewState,
    answered,
    begin,
    expired,
    failed,
    header_for,
)

URL = "https://preview.example.com/health"


def waiting(**fields) -> PreviewState:
    wanted = WaitFor(**{"url": URL, "shown": URL, "shown_text": "abc1234", **fields})
    return begin(wanted, now=100.0)


@pytest.mark.parametrize(
    ("asked_for", "page", "seen"),
    [
        ({}, Page(status=200), None),
        ({}, Page(status=204), None),
        ({}, Page(status=503), "503"),
        ({}, Page(status=404), "404"),
        ({}, Page(status=304), "304"),
        ({"status": 200}, Page(status=204), "204"),
        ({"status": 401}, Page(status=401), None),
        ({"contains": "abc1234"}, Page(status=200, text="v abc1234!"), None),
        ({"contains": "abc1234"}, Page(status=200, text="old"), "200 without “abc1234”"),
        ({"contains": "abc1234"}, Page(status=500, text="abc1234"), "500"),
        (
            {"contains": "abc1234"},
            Page(status=200, text=None),
            "200 in a compressed form, which is not read",
        ),
        ({"status": 302}, Page(status=302, location="/login"), None),
    ],
)
def test_an_answer_is_as_asked_or_says_what_it_lacks(asked_for, page, seen):
    after = answered(waiting(**asked_for), page, now=101.0)
    if seen is None:
        assert after.ready is True
    else:
        assert (after.ready, after.seen) == (None, (seen,))
        assert after.due == 103.0


def test_answers_are_told_one_after_the_other_each_once():
    state = waiting(contains="abc1234")
    for page in (Page(status=503), Page(status=503), Page(status=200, text="old")):
        state = answered(state, page, now=101.0)
    assert state.readiness(now=104.0).words == "503, then 200 without “abc1234”"


def test_of_very_many_different_answers_the_latest_are_kept():
    state = waiting()
    for status in range(400, 500):
        state = answered(state, Page(status=status), now=101.0)
    assert state.seen == ("…", "495", "496", "497", "498", "499")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/ready", "https://preview.example.com/ready"),
        ("http://other.example.com/x", "http://other.example.com/x"),
        ("//other.example.com:8443/x", "https://other.example.com:8443/x"),
    ],
)
def test_a_redirect_is_followed_at_once(location, url):
    after = answered(waiting(), Page(status=302, location=location), now=101.0)
    assert (after.url, after.due, after.ready, after.seen) == (url, 101.0, None, ())


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "data:text/plain,x",
        "https://user:password@example.com/", "https://[::1", "https://e.example:99999/",
        "https://example.com/\x00",
    ],
)  # fmt: skip
def test_a_redirect_to_anything_else_is_not_followed_and_not_ready(location):
    after = answered(waiting(), Page(status=302, location=location), now=101.0)
    assert (after.url, after.due) == (URL, 103.0)
    assert after.seen == ("302 to what is no http address, not followed",)


def test_after_five_redirects_it_starts_from_the_beginning():
    state = waiting()
    for _ in range(5):
        state = answered(state, Page(status=307, location="/again"), now=101.0)
        assert state.seen == ()
    state = answered(state, Page(status=307, location="/again"), now=101.0)
    assert (state.url, state.redirects, state.seen) == (URL, 0, ("more than 5 redirects",))


@pytest.mark.parametrize(
    ("location", "is_sent"),
    [
        ("/x", True),
        ("https://preview.example.com:443/x", True),
        ("https://preview.example.com:8443/x", False),
        ("http://preview.example.com/x", False),
        ("https://preview.example.com.evil.example/x", False),
    ],
)
def test_the_header_goes_to_the_addresss_own_origin_only(location, is_sent):
    header = ("X-Bypass", "s3cret")
    after = answered(waiting(header=header), Page(status=301, location=location), now=101.0)
    assert header_for(after) == (header if is_sent else None)


def test_it_is_asked_once_more_shortly_before_its_time_is_over_and_then_given_up():
    state = answered(waiting(timeout=10.0), Page(status=503), now=107.5)
    assert state.due == 109.0
    state = answered(state, Page(status=503), now=109.1)
    assert state.due == 110.0
    assert expired(state, now=109.9).ready is None
    over = expired(state, now=110.0).readiness(now=999.0)
    assert (over.ready, over.seconds, over.words) == (False, 10.0, "503")


def test_later_it_is_asked_less_often():
    assert answered(waiting(), Page(status=503), now=170.0).due == 175.0


def test_a_fault_is_no_answer_and_asked_again():
    error = ContactError("Cannot connect to preview.example.com: no.", reached=False)
    after = failed(waiting(), error, now=101.0)
    assert (after.due, after.seen) == (103.0, ("Cannot connect to preview.example.com: no",))
    assert after.readiness(now=101.0).hint is None


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"])
def test_a_loopback_address_that_refuses_says_whose_loopback_it_is(host):
    error = ContactError("Cannot connect: connection refused.", reached=False)
    after = failed(waiting(url=f"http://{host}/"), error, now=101.0)
    assert after.readiness(now=101.0).hint == LOOPBACK
