"""An address of `wait-for`: which answers count, and when it is requested."""

import math
from contextlib import suppress

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.wait_for import LOOPBACK, await_address
from genesis_ci.execution.wishes import Pool, Slot
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Plan
from genesis_ci.models.readiness import Page, Readiness, WaitFor
from genesis_ci.models.report import Verdict
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
    assert (job.report.readiness.ready, job.report.readiness.seconds) == (True, 6.0)
    assert job.seconds == pytest.approx(36.0, abs=1.0)


def test_a_preview_that_stays_down_is_not_ready():
    job = VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]))
    assert (job.verdict, job.exit_code, job.seconds) == (Verdict.NOT_READY, 10, 20.0)
    assert job.api.triggered == []
    assert "the preview was not ready within 20s: 503." in job.report.outcome.message
    assert job.report.seconds == 0.0


def test_workflows_with_one_address_share_its_requests():
    web = FakeWeb(preview=[DOWN, UP])
    runs = [a_run(wait_for=PREVIEW), a_run(), a_run(wait_for=PREVIEW)]
    api = FakeApi(triggers=["run-1", "run-2", "run-3"], polls=[COMPLETED])
    job = VirtualJob(api, *runs, web=web, plan=Plan(max_parallel=1))
    assert len(web.requested) == 2
    assert job.progress.events[0] == "starting"
    assert [report.outcome.verdict for report in job.reports] == [Verdict.PASSED] * 3


def test_a_signal_ends_the_wait_for_a_preview():
    web = FakeWeb(preview=[DOWN])
    job = VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=web, interrupt=(3.0, 143))
    assert (job.exit_code, job.seconds, job.api.triggered) == (143, 3.0, [])
    assert job.report.outcome.next_step == "Nothing was started."
    assert job.report.readiness.ready is None


def test_the_jobs_own_time_limit_ends_the_wait_for_a_preview():
    job = VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), end_by=7.0)
    assert (job.verdict, job.seconds) == (Verdict.TIMED_OUT, 7.0)


def test_a_bug_in_a_preview_request_is_raised():
    web = FakeWeb(preview=[ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=web)


def test_at_most_eight_addresses_are_requested_at_once():
    urls = [f"https://a.example.com/{number}" for number in range(20)]
    runs = [a_run(wait_for=WaitFor(url=url, timeout=60.0)) for url in urls]
    job = VirtualJob(FakeApi(latency=math.inf), *runs, web=FakeWeb(a=[UP]))
    assert (job.calls.most_at_once, job.seconds) == (8, 60.0)


def test_an_address_that_no_run_waits_for_is_not_requested_again():
    """The first run fails while the second one runs and the third one waits."""
    web = FakeWeb(preview=[DOWN])
    runs = {"run-1": [an_execution(Status.FAILED)], "run-2": [RUNNING, COMPLETED]}
    api = FakeApi(triggers=runs, runs=runs)
    long = WaitFor(url="https://preview.example.com/", timeout=600.0)
    workflows = [a_run(), a_run(poll_interval=30.0), a_run(wait_for=long)]
    job = VirtualJob(api, *workflows, web=web, plan=Plan(fail_fast=True))
    assert job.reports[2].outcome.verdict is Verdict.NOT_RUN
    assert (job.seconds, len(web.requested)) == (60.0, 1)


class Waiting:
    """Drives one preview; the test sets the clock and gives each answer."""

    def __init__(self, *, scrub=str, **fields) -> None:
        given = {"url": URL, "shown": URL, "shown_text": "abc1234"}
        self.now = 100.0
        self.requested: list[tuple[str, tuple[str, str] | None]] = []
        self.shown: list[Readiness] = []
        self._wait = await_address(
            WaitFor(**{**given, **fields}),
            pages=self,
            clock=lambda: self.now,
            scrub=scrub,
            show=lambda _, readiness: self.shown.append(readiness),
        )
        self.slot = next(self._wait)

    def page(self, url, *, header, read):
        self.requested.append((url, header))
        self.read = read
        return FakeCall(lambda: UP)

    def answer(self, *answers: Page | ContactError, at: float = 101.0) -> "Waiting":
        """Let it send its requests, and give each answer at this time."""
        for answer in answers:
            self.sent = self._wait.send(False)
            self.now = at
            with suppress(StopIteration):
                if isinstance(answer, Page):
                    self.slot = self._wait.send(answer)
                else:
                    self.slot = self._wait.throw(answer)
        return self

    @property
    def seen(self) -> tuple[str, ...]:
        return self.shown[-1].seen

    def request(self) -> tuple[str, tuple[str, str] | None]:
        """Let it send its request; return its address and header."""
        self._wait.send(False)
        return self.requested[-1]


@pytest.mark.parametrize(
    ("wanted", "page", "seen"),
    [
        ({}, Page(status=200), None),
        ({}, Page(status=204), None),
        ({}, Page(status=503), "503"),
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
    assert waiting.read is ("contains" in wanted)
    if seen is None:
        assert waiting.shown[-1].ready is True
    else:
        assert (waiting.shown[-1].ready, waiting.seen) == (None, (seen,))
        assert waiting.slot == Slot(Pool.ADDRESSES, due=103.0, until=700.0)


@pytest.mark.parametrize(
    ("statuses", "seen"),
    [
        ([503, 503], ("503",)),
        ([404, 503, 503], ("404", "503")),
        (range(400, 406), ("400", "401", "402", "403", "404", "405")),
        (range(400, 500), ("…", "495", "496", "497", "498", "499")),
    ],
)
def test_the_latest_different_answers_are_listed(statuses, seen):
    assert Waiting().answer(*[Page(status=status) for status in statuses]).seen == seen


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
    again = Page(status=307, location="/again")
    waiting = Waiting().answer(*[again] * 5)
    assert waiting.seen == ()
    assert waiting.answer(again).seen == ("more than 5 redirects",)
    assert waiting.answer(*[again] * 5).seen == ("more than 5 redirects",)
    waiting.request()
    urls = [url for url, _ in waiting.requested]
    assert urls == [URL, *["https://preview.example.com/again"] * 5] * 2


@pytest.mark.parametrize(
    ("scheme", "location", "is_sent"),
    [
        ("https", "/x", True),
        ("https", "https://preview.example.com:443/x", True),
        ("https", "https://preview.example.com:8443/x", False),
        ("https", "http://preview.example.com/x", False),
        ("https", "https://preview.example.com.evil.example/x", False),
        ("http", "http://preview.example.com:80/x", True),
        ("http", "http://preview.example.com:81/x", False),
        ("http", "http://preview.example.com:443/x", False),
    ],
)
def test_the_header_is_sent_only_to_the_same_origin(scheme, location, is_sent):
    header = ("X-Bypass", "s3cret")
    waiting = Waiting(url=f"{scheme}://preview.example.com/", header=header)
    waiting.answer(Page(status=301, location=location))
    assert waiting.request()[1] == (header if is_sent else None)


def test_the_last_request_is_sent_one_second_before_the_deadline():
    waiting = Waiting(timeout=10.0).answer(DOWN, at=107.5)
    assert (waiting.slot.due, waiting.slot.until) == (109.0, 110.0)
    assert waiting.answer(DOWN, at=110.0).sent.seconds == 2.5
    assert waiting.slot.due == 110.0
    assert waiting.answer(DOWN, at=110.0).sent.seconds == 0.1
    with pytest.raises(StopIteration):
        waiting._wait.send(True)
    over = waiting.shown[-1]
    assert (over.ready, over.seconds, over.words) == (False, 10.0, "503")


def test_the_longer_pause_starts_after_a_minute():
    assert Waiting().answer(DOWN, at=160.0).slot.due == 165.0


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
