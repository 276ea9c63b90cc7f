"""The addresses of one job: what is asked when, and how often."""

import math

from genesis_ci.errors import ContactError
from genesis_ci.models.readiness import Page, WaitFor
from genesis_ci.preview.previews import MOST_AT_ONCE, Previews
from tests.fakes import FakeWeb

A = WaitFor(url="https://a.example.com/", shown="a")
B = WaitFor(url="https://b.example.com/", shown="b", timeout=5.0)
UP, DOWN = Page(status=200), Page(status=503)


def begun(web: FakeWeb, *wanted: WaitFor) -> Previews:
    previews = Previews(web, scrub=str)
    previews.begin(wanted, now=0.0)
    return previews


def test_what_several_workflows_want_is_asked_once():
    previews = begun(FakeWeb(a=[UP]), A, A, A)
    [(key, call, _)] = previews.asks(now=0.0)
    wanted, readiness = previews.take(key, call.run(), now=1.5)
    assert (wanted, readiness.ready, readiness.seconds) == (A, True, 1.5)
    assert previews.next_at == math.inf


def test_while_an_answer_is_to_come_nothing_is_due():
    previews = begun(FakeWeb(a=[DOWN]), A)
    assert previews.next_at == 0.0
    [(key, call, seconds)] = previews.asks(now=0.0)
    assert (previews.next_at, seconds) == (math.inf, 10.0)
    previews.take(key, call.run(), now=1.0)
    assert previews.next_at == 3.0


def test_only_so_many_are_asked_at_once_and_the_others_keep_their_deadline():
    many = [WaitFor(url=f"https://a.example.com/{n}", timeout=60.0) for n in range(20)]
    previews = begun(FakeWeb(a=[UP]), *many)
    assert len(previews.asks(now=0.0)) == MOST_AT_ONCE
    assert previews.asks(now=0.0) == []
    assert previews.next_at == 60.0


def test_what_is_not_ready_in_time_is_told_once():
    previews = begun(FakeWeb(b=[DOWN]), B)
    assert previews.expire([B], now=4.9) == []
    [(wanted, readiness)] = previews.expire([B], now=5.0)
    assert (wanted, readiness.ready, readiness.words) == (B, False, "no answer")
    assert previews.expire([B], now=6.0) == []


def test_what_nobody_waits_for_any_longer_is_asked_no_more():
    previews = begun(FakeWeb(a=[DOWN]), A)
    assert previews.expire([], now=1.0) == []
    assert (previews.asks(now=2.0), previews.next_at) == ([], math.inf)


def test_a_secret_that_a_redirects_host_repeats_is_hidden():
    lost = ContactError("Cannot connect to s3cret.example.com: refused.", reached=False)
    previews = Previews(FakeWeb(a=[lost]), scrub=lambda text: text.replace("s3cret", "***"))
    previews.begin([A], now=0.0)
    [(key, _, _)] = previews.asks(now=0.0)
    _, readiness = previews.take(key, lost, now=1.0)
    assert readiness.words == "Cannot connect to ***.example.com: refused"
