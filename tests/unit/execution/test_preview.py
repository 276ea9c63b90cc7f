"""An address of `wait-for`: which answers count, and when it is requested."""

import math
from contextlib import suppress

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.lifecycle import Pool, Slot
from genesis_ci.execution.preview import LOOPBACK, preview
from genesis_ci.models import Plan, Status, Verdict
from genesis_ci.models.readiness import Page, Readiness, WaitFor
from tests.builders import a_run, an_execution
from tests.fakes import FakeApi, FakeCall, FakeWeb

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
PREVIEW = WaitFor(url="https://preview.example.com/", shown="the preview", timeout=20.0)
URL = "https://preview.example.com/health"
UP, DOWN = Page(status=200), Page(status=503)


def test_trigger_and_max_wait_time_start_after_the_preview_answers():
    web = FakeWeb(preview=[DOWN, DOWN, DOWN, UP])
    job = VirtualJob(FakeApi(polls=[RUNNING]), a_run(wait_for=PREVIEW, max_wait=30.0), web=web)
    assert job.progress.events[:5] == ["awaited 503"] * 3 + ["awaited 503, then 200", "starting"]
    assert job.verdict is Verdict.TIMED_OUT
    assert job.report.readiness
    assert (job.report.readiness.ready, job.report.readiness.seconds) == (True, 6.0)
    assert job.seconds == pytest.approx(36.0, abs=1.0)


def test_a_preview_that_stays_down_is_not_ready():
    api = FakeApi(polls=[COMPLETED])
    job = VirtualJob(api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]))
    assert (job.verdict, job.exit_code, job.seconds) == (Verdict.NOT_READY, 10, 20.0)
    assert api.triggered == []
    assert "the preview was not ready within 20s: 503." in job.report.outcome.message
    assert job.report.seconds == 0.0


def test_workflows_with_one_address_share_its_requests():
    web = FakeWeb(preview=[DOWN, UP])
    api = FakeApi(polls=[COMPLETED])
    runs = [a_run(wait_for=PREVIEW), a_run(name="free"), a_run(wait_for=PREVIEW)]
    job = VirtualJob(api, *runs, web=web, plan=Plan(max_parallel=1))
    assert len(web.requested) == 2
    assert job.progress.events[0] == "starting"
    assert [report.outcome.verdict for report in job.reports] == [Verdict.PASSED] * 3


def test_fail_fast_starts_nothing_after_a_preview_is_not_ready():
    never, later = PREVIEW, WaitFor(url="https://later.example.com/", timeout=600.0)
    web = FakeWeb(preview=[DOWN], later=[DOWN])
    runs = [a_run(wait_for=never), a_run(wait_for=later)]
    job = VirtualJob(FakeApi(), *runs, web=web, plan=Plan(fail_fast=True))
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.NOT_READY, Verdict.NOT_RUN]
    assert job.seconds == 20.0


def test_a_signal_ends_the_wait_for_a_preview():
    api = FakeApi()
    job = VirtualJob(
        api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), interrupt=(3.0, 143)
    )
    assert (job.exit_code, job.seconds, api.triggered) == (143, 3.0, [])
    assert job.report.outcome.hint == "Nothing was started."
    assert job.report.readiness
    assert job.report.readiness.ready is None


def test_the_jobs_own_time_limit_ends_the_wait_for_a_preview():
    job = VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), end_by=7.0)
    assert (job.verdict, job.seconds) == (Verdict.TIMED_OUT, 7.0)


@pytest.mark.parametrize(
    ("answer", "bug", "words"),
    [
        (ZeroDivisionError("a bug"), ZeroDivisionError, "a bug"),
        ("text", AttributeError, "status"),
    ],
    ids=["an error", "no page"],
)
def test_a_bug_in_a_preview_request_is_raised(answer, bug, words):
    with pytest.raises(bug, match=words):
        VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[answer]))


class Waiting:
    """Drives one preview; the test sets the clock and gives each answer."""

    def __init__(self, *, scrub=str, **fields) -> None:
        given = {"url": URL, "shown": URL, "shown_text": "abc1234"}
        self.now = 100.0
        self.web = RecordingWeb()
        self.shown: list[Readiness] = []
        self._preview = preview(
            WaitFor(**{**given, **fields}),
            pages=self.web,
            clock=lambda: self.now,
            scrub=scrub,
            show=lambda _, readiness: self.shown.append(readiness),
        )
        self.slot = next(self._preview)

    def answer(self, answer: Page | ContactError, *, at: float = 101.0) -> "Waiting":
        """Let it send its request, and answer at this time."""
        self.sent = self._preview.send(False)
        self.now = at
        with suppress(StopIteration):
            if isinstance(answer, Page):
                self.slot = self._preview.send(answer)
            else:
                self.slot = self._preview.throw(answer)
        return self

    def expire(self, *, at: float) -> Readiness:
        self.now = at
        with pytest.raises(StopIteration):
            self._preview.send(True)
        return self.shown[-1]

    @property
    def seen(self) -> tuple[str, ...]:
        return self.shown[-1].seen

    def request(self) -> tuple[str, tuple[str, str] | None]:
        """Let it send its request; return its address and header."""
        self._preview.send(False)
        return self.web.requested[-1]


class RecordingWeb:
    def __init__(self) -> None:
        self.requested: list[tuple[str, tuple[str, str] | None]] = []

    def page(self, url, *, header, read):
        self.requested.append((url, header))
        self.read = read
        return FakeCall(lambda: Page(status=200))


@pytest.mark.parametrize(
    ("wanted", "page", "seen"),
    [
        ({}, Page(status=200), None),
        ({}, Page(status=204), None),
        ({}, Page(status=503), "503"),
        ({}, Page(status=404), "404"),
        ({}, Page(status=304), "304"),
        ({}, Page(status=300), "300"),
        ({}, Page(status=500, location="/x"), "500"),
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
def test_an_answer_is_ready_or_shown_with_its_shortfall(wanted, page, seen):
    waiting = Waiting(**wanted).answer(page)
    if seen is None:
        assert waiting.shown[-1].ready is True
    else:
        assert (waiting.shown[-1].ready, waiting.seen) == (None, (seen,))
        assert waiting.slot == Slot(Pool.PREVIEWS, due=103.0, until=700.0)


def test_different_answers_are_listed_in_order():
    waiting = Waiting(contains="abc1234")
    for page in (Page(status=503), Page(status=503), Page(status=200, text="old")):
        waiting.answer(page)
    assert waiting.shown[-1].words == "503, then 200 without “abc1234”"


def test_only_the_latest_five_answers_are_kept():
    waiting = Waiting()
    for status in range(400, 500):
        waiting.answer(Page(status=status))
    assert waiting.seen == ("…", "495", "496", "497", "498", "499")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/ready", "https://preview.example.com/ready"),
        ("http://other.example.com/x", "http://other.example.com/x"),
        ("//other.example.com:8443/x", "https://other.example.com:8443/x"),
    ],
)
def test_a_redirect_is_followed_at_once(location, url):
    waiting = Waiting().answer(Page(status=302, location=location))
    assert (waiting.slot.due, waiting.seen) == (101.0, ())
    assert waiting.request()[0] == url


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "data:text/plain,x",
        "https://user:password@example.com/", "https://[::1", "https://e.example:99999/",
        "https://example.com/\x00",
    ],
)  # fmt: skip
def test_a_redirect_to_another_scheme_is_not_followed(location):
    waiting = Waiting().answer(Page(status=302, location=location))
    assert waiting.slot.due == 103.0
    assert waiting.seen == ("302 to something other than an http address, not followed",)
    assert waiting.request()[0] == URL


def test_the_sixth_redirect_restarts_at_the_first_address():
    waiting = Waiting()
    for _ in range(5):
        assert waiting.answer(Page(status=307, location="/again")).seen == ()
    waiting.answer(Page(status=307, location="/again"))
    assert waiting.seen == ("more than 5 redirects",)
    assert waiting.request()[0] == URL
    assert waiting.web.requested[-2][0] == "https://preview.example.com/again"


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
def test_the_header_is_sent_only_to_the_same_origin(location, is_sent):
    header = ("X-Bypass", "s3cret")
    waiting = Waiting(header=header).answer(Page(status=301, location=location))
    assert waiting.request()[1] == (header if is_sent else None)


def test_the_last_request_is_sent_one_second_before_the_deadline():
    waiting = Waiting(timeout=10.0).answer(Page(status=503), at=107.5)
    assert (waiting.slot.due, waiting.slot.until) == (109.0, 110.0)
    waiting.answer(Page(status=503), at=109.1)
    assert waiting.sent.seconds == 2.5
    assert waiting.slot.due == 110.0
    over = waiting.expire(at=110.0)
    assert (over.ready, over.seconds, over.words) == (False, 10.0, "503")


def test_the_pause_is_longer_after_the_first_minute():
    assert Waiting().answer(Page(status=503), at=170.0).slot.due == 175.0


def test_a_fault_is_shown_without_secrets_and_retried():
    error = ContactError("Cannot connect to s3cret.example.com: X.", reached=False)
    waiting = Waiting(scrub=lambda text: text.replace("s3cret", "***")).answer(error)
    assert waiting.slot.due == 103.0
    assert waiting.seen == ("Cannot connect to ***.example.com: X",)
    assert waiting.shown[-1].hint is None


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"])
def test_a_refused_loopback_address_has_a_hint_about_containers(host):
    error = ContactError("Cannot connect: connection refused.", reached=False)
    assert Waiting(url=f"http://{host}/").answer(error).shown[-1].hint == LOOPBACK


def test_at_most_eight_addresses_are_requested_at_once():
    runs = [
        a_run(wait_for=WaitFor(url=f"https://a.example.com/{n}", timeout=60.0)) for n in range(20)
    ]
    api = FakeApi(latency=math.inf)
    job = VirtualJob(api, *runs, web=FakeWeb(a=[UP]))
    assert job.calls.most_at_once == 8
    assert job.seconds == 60.0


@pytest.mark.parametrize("contains", [None, "abc1234"])
def test_a_page_is_read_only_to_find_a_text(contains):
    waiting = Waiting(contains=contains)
    waiting.request()
    assert waiting.web.read is (contains is not None)


def test_the_last_request_has_the_time_that_is_left():
    waiting = Waiting(timeout=10.0)
    waiting.now = 109.5
    assert waiting.answer(Page(status=503)).sent.seconds == 0.5
    late = Waiting(timeout=10.0)
    late.now = 110.0
    assert late.answer(Page(status=503)).sent.seconds == 0.1


def test_after_too_many_redirects_five_more_are_followed():
    waiting = Waiting()
    for _ in range(6 + 5):
        waiting.answer(Page(status=307, location="/again"))
    assert waiting.seen == ("more than 5 redirects",)
    assert waiting.request()[0] == "https://preview.example.com/again"


def test_the_longer_pause_starts_after_exactly_a_minute():
    assert Waiting().answer(Page(status=503), at=160.0).slot.due == 165.0


def test_a_repeated_answer_is_listed_once_after_another_one():
    waiting = Waiting()
    for status in (404, 503, 503):
        waiting.answer(Page(status=status))
    assert waiting.seen == ("404", "503")


@pytest.mark.parametrize(("port", "is_sent"), [(":80", True), (":81", False), (":443", False)])
def test_the_default_port_of_http_is_eighty(port, is_sent):
    header = ("X-Bypass", "s3cret")
    waiting = Waiting(url="http://preview.example.com/", header=header)
    waiting.answer(Page(status=301, location=f"http://preview.example.com{port}/x"))
    assert waiting.request()[1] == (header if is_sent else None)


def test_an_address_that_no_run_waits_for_is_not_asked_again():
    web = FakeWeb(preview=[DOWN])
    api = FakeApi(polls=[RUNNING, an_execution(Status.FAILED), *[RUNNING] * 20, COMPLETED])
    long = WaitFor(url="https://preview.example.com/", timeout=600.0)
    runs = [a_run(), a_run(poll_interval=3.0), a_run(wait_for=long)]
    job = VirtualJob(api, *runs, web=web, plan=Plan(fail_fast=True))
    assert job.reports[2].outcome.verdict is Verdict.NOT_RUN
    assert job.seconds > 20
    assert len(web.requested) <= 2
