"""An address of `wait-for`: which answers count, and when it is requested."""

import math
from contextlib import suppress

import pytest

from genesis_ci.errors import ContactError, GenesisCiError, RefusedError
from genesis_ci.execution.wait_for import HEADER_IN_CLEAR, WITHOUT_PREVIEW, Waiting, await_ready
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Plan, Policy
from genesis_ci.models.readiness import Deployment, Page, Readiness, Stage, WaitFor
from genesis_ci.models.workflow import Workflow
from tests.approved import check_approved
from tests.builders import a_run, an_execution
from tests.fakes import FakeApi, FakeCall, FakeWeb

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
PREVIEW = WaitFor(url="https://preview.example.com/", shown="the preview", timeout=20.0)
URL = "https://preview.example.com/health"
UP, DOWN = Page(status=200), Page(status=503)


def test_a_bug_in_a_preview_request_is_raised():
    web = FakeWeb(preview=[ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        VirtualJob(FakeApi(), a_run(wait_for=PREVIEW), web=web)


def test_at_most_eight_addresses_are_requested_at_once():
    urls = [f"https://a.example.com/{number}" for number in range(20)]
    runs = [a_run(wait_for=WaitFor(url=url, timeout=60.0)) for url in urls]
    job = VirtualJob(FakeApi(latency=math.inf), *runs, web=FakeWeb(a=[UP]))
    assert (job.calls.most_at_once, job.seconds) == (8, 60.0)


FAILS = an_execution(Status.FAILED)
LONG = WaitFor(url=PREVIEW.url, shown="the preview", timeout=600.0)
ONE = Plan(max_parallel=1)


def waiting(
    pages: list[Page], *runs: Workflow, polls=(), triggers=("run-1",), own=(), **options
) -> VirtualJob:
    """Return a job whose runs wait for the preview, if they are not others."""
    api, web = FakeApi(triggers=triggers, polls=polls, runs=dict(own)), FakeWeb(preview=[*pages])
    return VirtualJob(api, *(runs or [a_run(wait_for=PREVIEW)]), web=web, **options)


def waits(seconds: float, **fields) -> Workflow:
    return a_run(**{"wait_for": PREVIEW, "poll_interval": seconds, **fields})


SLOW = [RUNNING, RUNNING, FAILS]
GONE = [UP, DOWN]
BUSY = ContactError("Busy.", reached=False, retry_after=90.0, limited=True)
JOBS = {
    "a preview that stays down": lambda: waiting([DOWN]),
    "runs with one address": lambda: waiting(
        [DOWN, UP], waits(1), a_run(), waits(1), polls=[COMPLETED], triggers="abc", plan=ONE
    ),
    "a signal": lambda: waiting([DOWN], interrupt=(3.0, 143)),
    "the job's limit": lambda: waiting([DOWN], end_by=7.0),
    "fail-fast while the last run waits": lambda: waiting(
        [DOWN],
        a_run(),
        a_run(poll_interval=30.0),
        a_run(wait_for=LONG),
        triggers="ab",
        own={"a": [FAILS], "b": [RUNNING, COMPLETED]},
        plan=Plan(fail_fast=True),
    ),
    "turns after 0, 30, 120 and 210 seconds": lambda: waiting(
        [UP, UP, DOWN],
        *[waits(30.0)] * 4,
        triggers="abc",
        own={"a": [FAILS], "b": SLOW, "c": SLOW},
        plan=ONE,
    ),
    "runs that wait share the end of the second wait": lambda: waiting(
        GONE, *[waits(30.0)] * 4, polls=[RUNNING, RUNNING, RUNNING, COMPLETED], plan=ONE
    ),
    "gone before the second attempt": lambda: waiting(
        GONE, waits(70.0, policy=Policy(attempts=2)), polls=[FAILS]
    ),
    "gone before the trigger is sent again": lambda: waiting(GONE, triggers=[BUSY]),
    "the job's limit in the second wait": lambda: waiting(
        GONE, *[waits(70.0)] * 3, polls=[FAILS], plan=ONE, end_by=75.0
    ),
    "fail-fast in the second wait": lambda: waiting(
        [UP, *[DOWN] * 5, UP],
        a_run(poll_interval=70.0, policy=Policy(required=False)),
        a_run(poll_interval=40.0),
        a_run(wait_for=LONG),
        triggers="ab",
        own={"a": [FAILS], "b": [RUNNING, FAILS]},
        plan=Plan(max_parallel=2, fail_fast=True),
    ),
}


def test_jobs_that_wait_are_approved():
    check_approved("execution/waits", {case: job().text for case, job in JOBS.items()})


class Driven:
    """Drives one preview; the test sets the clock and gives each answer."""

    def __init__(self, *, scrub=str, **fields) -> None:
        given = {"url": URL, "shown": URL, "shown_text": "abc1234"}
        self.now = 100.0
        self.requested: list[tuple[str, tuple[str, str] | None]] = []
        self.shown: list[Readiness] = []
        waiting = Waiting(
            wanted=WaitFor(**given | fields), clock=lambda: self.now, scrub=scrub, show=self.show
        )
        self._wait = await_ready(waiting, pages=self, deployments=self.deployments)
        self.slot = next(self._wait)

    def show(self, _, readiness, address):
        self.shown.append(readiness)
        self.address = address

    def page(self, url, *, header, read):
        self.requested.append((url, header))
        self.read = read
        return FakeCall(lambda: UP)

    def deployments(self, environment):
        self.requested.append((environment, None))
        return FakeCall(list)

    def answer(
        self, *answers: Page | list[Deployment] | GenesisCiError, at: float = 101.0
    ) -> "Driven":
        """Let it send its requests, and give each answer at this time."""
        for answer in answers:
            self.sent = self._wait.send(True)
            self.now = at
            with suppress(StopIteration):
                if isinstance(answer, GenesisCiError):
                    self.slot = self._wait.throw(answer)
                else:
                    self.slot = self._wait.send(answer)
        return self

    @property
    def seen(self) -> tuple[str, ...]:
        return self.shown[-1].seen

    @property
    def text(self) -> str:
        """The state after the latest answer, and the next request if there is one."""
        state = self.shown[-1]
        ready = f"ready {self.address[:99]}".rstrip()
        word = {True: ready, False: "not ready", None: "waits"}[state.ready]
        after = f" until {self.slot.due:g} of {self.slot.expires_at:g}" * (state.ready is None)
        return "\n".join(filter(None, (f"{word}{after}: {state.words}", state.hint)))

    def request(self) -> tuple[str, tuple[str, str] | None]:
        """Let it send its request; return its address and header."""
        self._wait.send(True)
        return self.requested[-1]


PAGES = {
    "any 2xx": ({}, Page(204)),
    "another status": ({}, Page(503)),
    "no 2xx": ({}, Page(300)),
    "no page": ({}, Page(404)),
    "no redirect": ({}, Page(304)),
    "an address that is no redirect": ({}, Page(500, location="/x")),
    "a wanted status": ({"status": 401}, Page(401)),
    "a 2xx that is not wanted": ({"status": 200}, Page(204)),
    "a wanted redirect": ({"status": 302}, Page(302, location="/login")),
    "a wanted text": ({"contains": "abc1234"}, Page(200, text="v abc1234!")),
    "another text": ({"contains": "abc1234"}, Page(200, text="old")),
    "a wanted text with another status": ({"contains": "abc1234"}, Page(500, text="abc1234")),
    "a compressed text": ({"contains": "abc1234"}, Page(200, text=None)),
    **{
        f"a redirect to {location!r}": ({}, Page(302, location=location))
        for location in (
            "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "data:text/plain,x",
            "https://user:password@example.com/", "https://[::1", "https://e.example:99999/",
            "https://example.com/\x00",
        )
    },
}  # fmt: skip
ADDRESS = "https://pr-7.preview.example.com"
QUEUED = Deployment("Preview", "queued", Stage.UNDER_WAY)
BUILT = Deployment("Preview", "success", Stage.READY, ADDRESS)
SKIPPED = Deployment("Preview", "inactive", Stage.OVER, description="Skipped – Not affected")
FAILED = Deployment("Preview", "failure", Stage.FAILED, description="The build failed.")
BARE = BUILT._replace(address="")
ELSEWHERE = Deployment("Production", "success", Stage.READY, "https://www.example.com")
DEPLOYMENTS = {
    "ready": [BUILT],
    "ready, after one that is over": [SKIPPED, BUILT],
    "ready, before one that is under way": [QUEUED, BUILT],
    "none": [],
    "of another environment": [ELSEWHERE],
    "of another spelling": [BUILT._replace(environment="preview")],
    "failed": [FAILED, BUILT],
    "failed, before one that is over": [SKIPPED, FAILED],
    "an address with a query": [BUILT._replace(address="https://a.example.com/x?bypass=hunter2")],
    "the longest address": [BUILT._replace(address=ADDRESS.ljust(2000, "/"))],
    **{
        f"an address that cannot be opened, {address[:30]!r}": [BUILT._replace(address=address)]
        for address in (
            "", "javascript:alert(1)", "ftp://a.example.com", "https://user:hunter2@a.example.com",
            "//a.example.com", "https://", "https://[::1", f"https://a.example.com/{'x' * 2000}",
            "https://a.example.com/\x1b[31m",
        )
    },
    "a fault": ContactError("GitHub answered 429 for s3cret.", reached=True, retry_after=40.0),
    "a refusal": RefusedError("No s3cret (403).", hint="deployments: read", status=403),
}  # fmt: skip
FAULTS = {
    host: (
        f"http://{host}/",
        ContactError("No way to s3cret: X.", reached=False, hint="See to it.", resolved=resolved),
    )
    for host, resolved in (
        ("localhost:3000", True),
        ("127.0.0.1:3000", True),
        ("[::1]:3000", True),
        ("preview.example.com", True),
        ("no-preview.example.com", False),
    )
}


def hidden(text: str) -> str:
    return text.replace("s3cret", "***")


def deployed(**fields) -> Driven:
    return Driven(url="", deployment="Preview", variable="target_url", scrub=hidden, **fields)


def test_answers_of_addresses_are_approved():
    found = {f"page, {case}": Driven(**given).answer(page) for case, (given, page) in PAGES.items()}
    found |= {f"deployment, {case}": deployed().answer(one) for case, one in DEPLOYMENTS.items()}
    for host, (url, fault) in FAULTS.items():
        found[f"refused by {host}"] = Driven(url=url, scrub=hidden).answer(fault)
    check_approved("execution/wait_for", {case: each.text for case, each in found.items()})


def test_the_end_shows_the_beginning_of_an_answer_without_the_text():
    """Only the end does: a page that has the time is another one each time."""
    driven = Driven(contains="abc1234", scrub=hidden).answer(
        Page(200, text="built 09:01"), Page(200, text='{"commit": "0ld", "by": "s3cret"}')
    )
    assert driven.seen == ("200 without “abc1234”",)
    with suppress(StopIteration):
        driven._wait.send(False)
    last = '200 without “abc1234”, beginning with “{"commit": "0ld", "by": "***"}”'
    assert driven.seen == (last,)


@pytest.mark.parametrize("contains", [None, "abc1234"])
def test_a_text_is_read_only_if_it_has_to_contain_something(contains):
    assert Driven(contains=contains).answer(UP).read is bool(contains)


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
    assert Driven().answer(*[Page(status=status) for status in statuses]).seen == seen


def test_the_sixth_redirect_restarts_at_the_first_address():
    again = Page(status=307, location="/again")
    waiting = Driven().answer(*[again] * 5)
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
        ("http", "http://localhost:80/x", True),
        ("http", "http://localhost:81/x", False),
        ("http", "http://localhost:443/x", False),
    ],
)
def test_the_header_is_sent_only_to_the_same_origin(scheme, location, is_sent):
    header = ("X-Bypass", "s3cret")
    host = "preview.example.com" if scheme == "https" else "localhost"
    waiting = Driven(url=f"{scheme}://{host}/", header=header)
    waiting.answer(Page(status=301, location=location))
    assert waiting.request()[1] == (header if is_sent else None)


def test_the_last_request_is_sent_one_second_before_the_deadline():
    waiting = Driven(timeout=10.0).answer(DOWN, at=107.5)
    assert (waiting.slot.due, waiting.slot.expires_at) == (109.0, 110.0)
    assert waiting.answer(DOWN, at=110.0).sent.seconds == 2.5
    assert waiting.slot.due == 110.0
    assert waiting.answer(DOWN, at=110.0).sent.seconds == 0.1
    with pytest.raises(StopIteration):
        waiting._wait.send(False)
    over = waiting.shown[-1]
    assert (over.ready, over.seconds, over.words) == (False, 10.0, "503")


def test_the_longer_pause_starts_after_a_minute():
    assert Driven().answer(DOWN, at=160.0).slot.due == 165.0


def test_the_address_of_a_deployment_becomes_a_variable():
    looked_up: list[str] = []

    def deployments(environment):
        looked_up.append(environment)
        return FakeCall(lambda: [QUEUED] if len(looked_up) == 1 else [BUILT])

    wanted = WaitFor(deployment="Preview", variable="target_url", path="/health", shown="preview")
    web = FakeWeb(**{"pr-7": [DOWN, UP]})
    runs = [a_run(wait_for=wanted, variables={"plan": "pro"}, shown={"plan": "pro"})] * 2
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED])
    job = VirtualJob(
        api, *runs, web=web, deployments=deployments, scrub=lambda text: text.replace("pr-7", "***")
    )
    assert looked_up == ["Preview"] * 2
    assert web.requested == [(f"{ADDRESS}/health", None)] * 2
    assert [given for _, given in api.triggered] == [{"plan": "pro", "target_url": ADDRESS}] * 2
    shown = {"plan": "pro", "target_url": "https://***.preview.example.com"}
    assert [report.variables for report in job.reports] == [shown] * 2
    assert job.report.readiness.words == (
        "Preview: queued, then Preview: success (https://***.preview.example.com), then 503, "
        "then 200"
    )


@pytest.mark.parametrize("over", [SKIPPED, BARE])
def test_a_minute_without_a_newer_deployment_ends_the_wait(over):
    waiting = deployed().answer([over], at=101.0).answer([over], at=160.0)
    assert waiting.shown[-1].ready is None
    waiting.answer([QUEUED, over], at=161.0).answer([over], at=170.0).answer([over], at=229.0)
    assert waiting.shown[-1].ready is None
    last = waiting.answer([over], at=230.0).shown[-1]
    assert (last.ready, last.hint) == (False, WITHOUT_PREVIEW)


@pytest.mark.parametrize("url", ["http://preview.example.com", "HTTP://10.0.0.1"])
def test_an_unencrypted_deployment_ends_the_wait_without_its_header(url):
    waiting = deployed(header=("X-Bypass", "s3cret")).answer([BUILT._replace(address=url)])
    last = waiting.shown[-1]
    assert (last.ready, last.hint) == (False, HEADER_IN_CLEAR)
    assert waiting.requested == [("Preview", None)]
    here = "http://127.1:3000"
    local = deployed(header=("X-Bypass", "s3cret")).answer([BUILT._replace(address=here)])
    assert local.request() == (here, ("X-Bypass", "s3cret"))


def test_a_fault_at_the_end_of_the_wait_is_not_followed_by_another_request():
    waiting = deployed(timeout=20.0).answer(ContactError("Cut.", reached=True), at=120.0)
    with pytest.raises(StopIteration):
        waiting._wait.send(False)
    assert (waiting.shown[-1].ready, waiting.seen) == (False, ("Cut",))


def test_the_pause_before_the_next_look_is_at_least_retry_after():
    limited = ContactError("GitHub answered 429.", reached=True, retry_after=40.0)
    waiting = deployed().answer(limited)
    assert (waiting.slot.due, waiting.seen) == (141.0, ("GitHub answered 429",))
    assert waiting.answer([], at=141.0).slot.due == 146.0
    assert waiting.sent.seconds == 20.0
    assert waiting.answer([], at=160.0).slot.due == 175.0


@pytest.mark.parametrize(
    ("others", "seen"),
    [
        ([ELSEWHERE], ("no deployment", "only Production: success (https://www.example.com)")),
        ([], ("no deployment",)),
        (ContactError("Cut.", reached=True), ("no deployment",)),
        (RefusedError("No.", hint="", status=403), ("no deployment",)),
    ],
)
def test_the_end_of_the_wait_lists_deployments_to_other_environments(others, seen):
    waiting = deployed(timeout=20.0).answer([], at=120.0)
    assert waiting._wait.send(False).seconds == 10.0
    assert waiting.requested[-1] == ("", None)
    with pytest.raises(StopIteration):
        if isinstance(others, list):
            waiting._wait.send(others)
        else:
            waiting._wait.throw(others)
    assert (waiting.shown[-1].ready, waiting.seen) == (False, seen)


@pytest.mark.parametrize(
    ("address", "fields", "url"),
    [
        (f"{ADDRESS}/", {"path": "/health?deep=1"}, f"{ADDRESS}/health?deep=1"),
        (f"{ADDRESS}/pr-7/?token=x#top", {"path": "/"}, f"{ADDRESS}/pr-7/"),
        (f"{ADDRESS}/?token=x", {"contains": "abc1234"}, f"{ADDRESS}/?token=x"),
        (ADDRESS, {"status": 401}, ADDRESS),
    ],
)
def test_a_page_at_the_deployments_address_has_to_answer(address, fields, url):
    header = ("X-Bypass", "s3cret")
    waiting = deployed(header=header, **fields).answer([BUILT._replace(address=address)])
    assert waiting.shown == []
    assert waiting.request() == (url, header)
