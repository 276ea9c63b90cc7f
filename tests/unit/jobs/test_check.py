"""The command `check`: the plan, the problems, and what only a run can show."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import Reporting, ReviewStatus, Settings
from genesis_ci.errors import ContactError
from genesis_ci.forges.github_api import GitHub
from genesis_ci.jobs.check import (
    NOT_CONFIRMED,
    OFFLINE,
    WIDTH,
    check_job,
    confirm_key,
    not_verified,
    plan,
)
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.language import fill
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    KnownFailure,
    ListedTests,
    NoReports,
    RunChecks,
)
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Plan, Policy
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.report import Level, Problem
from genesis_ci.outcomes import not_selected
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.system.signals import Interrupted
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_run, an_attachment
from tests.fakes import FakeApi, FakeCall, FakeClock, RecordingProvider, VirtualCalls

URL = "https://genesis.autify.com"
CANCELLING = Concurrency.CANCEL_PREVIOUS
TODAY = date(2026, 3, 16)
KNOWN = (KnownFailure("cart › total", TODAY, "SHOP-12"), KnownFailure("hunter2!", TODAY))


def settings(*runs, key="gk_0123456789abcdef", **fields) -> Settings:
    return Settings(api_url=URL, api_key=Secret(key) if key else None, workflows=runs, **fields)


def plan_of(*runs, **fields) -> list[str]:
    return plan(settings(*runs, **fields), Reporting())


class Checked:
    """The log of a check and its exit code."""

    def __init__(self, what: Settings, answer: bool | Exception = True, **given) -> None:
        self.provider = RecordingProvider()
        self.asked = False
        self.written: list[str] = []

        def confirm(_: Settings) -> bool:
            self.asked = True
            if isinstance(answer, BaseException):
                raise answer
            return answer

        fields = {"unwritable": None, "confirm_key": confirm, **given}
        self.exit_code = check_job(
            lambda: what, Reporting(), provider=self.provider, write=self.written.append, **fields
        )
        [written] = self.written
        self.document = json.loads(written)
        self.lines = self.provider.lines
        self.annotations = self.provider.annotations


SHA = "a" * 40
TOKEN = Secret("ghs_0123456789")


def test_valid_configuration_and_key_are_green():
    status = ReviewStatus("genesis review", SHA, GitHub, TOKEN)
    told = {"warnings": ("GENESIS_X is none.", "other."), "notices": ("mind.",)}
    checked = Checked(settings(a_run(), **told, review_status=status))
    assert checked.exit_code == 0
    assert checked.annotations == [
        (Level.WARNING, "GENESIS_X is none."),
        (Level.WARNING, "other."),
        (Level.NOTICE, "mind."),
    ]
    assert checked.lines[0] == "✔ The configuration is valid."
    assert checked.lines[-3:] == [
        "  that the token may post the commit status “genesis review”",
        f"✔ {URL} accepts the API key. Nothing was started.",
        "genesis-ci: check exit-code=0",
    ]


@pytest.mark.parametrize(
    ("sha", "token", "reason"),
    [
        (None, TOKEN, "the commit of the change is unknown. Use an event"),
        (SHA, None, "there is no token. Give the job permissions: statuses: write"),
    ],
)
def test_status_that_cannot_be_posted_is_an_error_before_any_request(sha, token, reason):
    review = ReviewStatus("genesis", sha, GitHub, token)
    checked = Checked(settings(a_run(), review_status=review))
    assert (checked.exit_code, checked.asked) == (7, False)
    [(level, words)] = checked.annotations
    assert level is Level.ERROR
    assert words.startswith(f"The status “genesis” could not be set to pending: {reason}")


def test_problems_are_errors_and_genesis_is_not_called():
    problem = Problem(words="one.", file=".genesis-ci.yml", line=3, input="tests")
    checked = Checked(settings(problems=(problem,), warnings=("mind.",)), unwritable="two.")
    assert (checked.exit_code, checked.asked) == (2, False)
    assert checked.annotations == [
        (Level.WARNING, "mind."), (Level.ERROR, "one."), (Level.ERROR, "two."),
    ]  # fmt: skip
    assert checked.provider.places[1] == (".genesis-ci.yml", 3)
    assert checked.document["notices"] == ["mind."]
    assert checked.document["problems"] == [
        {"message": "one.", "input": "tests", "file": ".genesis-ci.yml", "line": 3, "column": None},
        {"message": "two.", "input": "report-dir", "file": None, "line": None, "column": None},
    ]
    assert checked.lines == ["genesis-ci: check exit-code=2"]
    assert Checked(settings(a_run()), unwritable="report-dir: no.").exit_code == 2


NO_KEY = "There is no API key, and missing-key: skip allows it: nothing would be run."
CONTACT_LOST = ContactError("No way.", reached=False, hint="Look.")
INTERRUPTED = "The check was interrupted. Nothing was started."


@pytest.mark.parametrize(
    ("key", "answer", "exit_code", "level", "words"),
    [
        ("", True, 0, Level.NOTICE, NO_KEY),
        ("k", False, 0, Level.NOTICE, fill(NOT_CONFIRMED, server=URL)),
        ("k", CONTACT_LOST, 8, Level.ERROR, "No way. Look."),
        ("k", ContactError("No way.", reached=False), 8, Level.ERROR, "No way."),
        ("k", Interrupted(143), 143, Level.ERROR, INTERRUPTED),
    ],
)
def test_key_that_is_missing_or_not_confirmed_is_annotated(key, answer, exit_code, level, words):
    checked = Checked(settings(a_run(), key=key), answer)
    assert (checked.exit_code, checked.annotations) == (exit_code, [(level, words)])
    assert checked.asked is bool(key)
    remarks = [one["message"] for one in checked.document["problems"]]
    assert (remarks or checked.document["notices"]) == [words]
    assert bool(remarks) is bool(exit_code)


def test_check_without_requests_needs_neither_key_nor_token():
    review = ReviewStatus("genesis", SHA, GitHub, None)
    checked = Checked(settings(a_run(), key="", review_status=review), confirm_key=None)
    assert (checked.exit_code, checked.annotations) == (0, [(Level.NOTICE, OFFLINE)])
    assert checked.document["notices"] == [OFFLINE]
    assert f"  trigger workflow {WORKFLOW_ID}" in checked.lines


def test_plan_shows_settings_and_variables():
    reviewed = Policy(on_review_pending=OnReview.WAIT, on_cancelled=OnState.PASS)
    workflow = a_run(
        name="smoke",
        shown={"us\ner": "an\nn", "password": "***"},
        policy=reviewed._replace(concurrency=CANCELLING, required=False),
        poll_interval=5.0,
        max_wait=600.0,
        run_url=f"https://g.example.com/{'x' * 300}",
    )
    reporting = Reporting(report_dir="out", summary=False, output_block="block\n1")
    lines = plan(settings(workflow), reporting)
    defaults = next(n for n, line in enumerate(lines) if line.startswith("  defaults: wait true"))
    assert lines[:defaults] == [
        f"What run would do at {URL}:",
        f"  smoke: trigger workflow {WORKFLOW_ID}",
        "    us er = an n",
        "    password = ***",
        "    concurrency-policy cancel-previous",
        "    poll-interval 5.0s",
        "    max-wait-time 10m 00s",
        "    on-review-pending wait",
        "    on-cancelled pass",
        "    not required: it never fails the job",
    ]
    assert max(map(len, lines[defaults:-4])) <= WIDTH + 2
    assert not any("wait false" in line for line in lines)
    assert "tests auto (no failed test in outputs" in " ".join(lines)
    assert lines[-4:] == [
        f"  reports link each run: {workflow.run_url}",
        f"  reports go to out/ ({', '.join(REPORTS)})",
        "  the CI's summary page is not written (summary: false)",
        "  the output “output” is that of block block 1",
    ]


def test_plan_of_an_attachment_has_no_trigger():
    lines = plan_of(an_attachment())
    assert lines[1] == f"  attach to execution {EXECUTION_ID}"
    assert lines[2].startswith("  defaults: poll-interval auto, max-wait-time 30m 00s, ")
    for name in ("concurrency-policy", "attempts", "wait true", "wait-for"):
        assert name not in "".join(lines)


AWAITED = WaitFor(
    url="https://p.example.com/?a=b",
    status=401,
    contains="Sign in",
    timeout=90.0,
    shown=f"https://p.example.com/{'x' * 200}?…",
    shown_text="Sign in",
)


@pytest.mark.parametrize(
    ("workflow", "lines"),
    [
        (
            a_run(keeps="old-1", policy=Policy(attempts=3, on_flaky=OnState.FAIL)),
            [
                f"  keep execution old-1, otherwise trigger workflow {WORKFLOW_ID}",
                "    attempts 3",
                "    on-flaky fail",
            ],
        ),
        (
            a_run(wait_for=AWAITED),
            [f"    wait-for {AWAITED.shown} with status 401 with “Sign in” within 1m 30s"],
        ),
        (
            a_run(
                checks=RunChecks(
                    shown=("a: failed equals 0", "b: is\nnot empty"), reports=NoReports()
                )
            ),
            [
                "    expect a: failed equals 0",
                "    expect b: is not empty",
                "    no check of the outputs (tests: none)",
            ],
        ),
        (
            a_run(
                checks=RunChecks(reports=EachReport(frozenset("ba"))),
                policy=Policy(on_unchecked=OnState.FAIL),
            ),
            [
                "    on-unchecked fail",
                "    expect no failed test in test reports (tests: {except: [a, b]})",
            ],
        ),
        (
            a_run(checks=RunChecks(reports=AllReports(20), known=KNOWN)),
            [
                "    expect no failed test in test reports (tests: {at-least: 20})",
                "    known failure until 2026-03-16: cart › total (SHOP-12)",
                "    known failure until 2026-03-16: ***",
            ],
        ),
    ],
)
def test_plan_shows_what_differs_from_the_defaults(workflow, lines):
    scrub = Scrubber([Secret("hunter2!")])
    assert {*lines} <= {*plan_of(workflow, scrub=scrub)}


@pytest.mark.parametrize(
    ("concurrency", "line"),
    [
        (Concurrency.PARALLEL, "  defaults: concurrency-policy parallel"),
        (CANCELLING, "    concurrency-policy cancel-previous"),
    ],
)
def test_plan_without_waiting_has_no_verdict(concurrency, line):
    lines = plan_of(a_run(wait=False, policy=Policy(concurrency=concurrency)))
    assert sorted(lines[2:-1]) == sorted(
        [line, "    wait false: return at once, without a verdict"]
    )


def test_plan_names_each_input_that_a_run_reads():
    shown = " ".join(plan_of(a_run(wait_for=AWAITED))[2:])
    names = [row.name for row in INPUTS if row.target.startswith(("workflow.", "policy."))]
    unread = {"workflow-id", "run-url"}
    assert [name for name in names if f"{name} " not in shown and name not in unread] == []


def test_plan_of_several_shows_their_order():
    runs = [a_run(name=name, policy=Policy(concurrency=CANCELLING)) for name in ("first", "second")]
    runs.insert(1, a_run(name="charter", ended=not_selected()))
    lines = plan_of(*runs, plan=Plan(max_parallel=3, fail_fast=True))
    assert [line for line in lines if "charter" in line] == ["  left out: charter"]
    assert sum("defaults: " in line for line in lines) == 1
    assert "  2 of 3 workflows, selected by only" in lines
    assert "  2 workflows, at most 3 at once" in lines
    assert any(line.startswith("  second waits for first") for line in lines)
    assert "  fail-fast: nothing more is triggered after a required one ends red" in lines


def test_plan_of_many_checks_is_cut():
    lines = plan_of(a_run(checks=RunChecks(shown=("a",) * 6_000)))
    [left] = [line for line in lines if "more lines are left out;" in line]
    assert len(lines) + int(left.split()[0]) == 6_000 + len(plan_of(a_run())) + 1
    assert len(lines) < 5_010


def test_unverified_claims_are_listed():
    checks = RunChecks(configured=(ListedTests(block="b"),))
    every = a_run(keeps="old-1", shown={"a": "b"}, wait_for=AWAITED, checks=checks)
    assert not_verified([every, an_attachment()]) == [
        "What only a run can show:",
        "  that each workflow exists, and that API access is on in its trigger dialog",
        f"  that {AWAITED.shown} becomes ready",
        "  that each execution exists",
        "  that each kept execution passes under the current policies",
        "  that each workflow knows the names of its variables",
        "  that the blocks of expect and tests exist, and that their outputs pass",
    ]
    assert len(not_verified([a_run(), an_attachment(ended=not_selected())])) == 2
    assert not_verified([]) == []


@pytest.mark.parametrize("confirmed", [True, False])
def test_only_a_signal_before_the_answer_counts(confirmed):
    client = SimpleNamespace(check_key=lambda: FakeCall(lambda: confirmed))
    clock = FakeClock()
    calls = VirtualCalls(clock, FakeApi(latency=0.5))
    calls.interrupt_at(clock() + 1.0, 130)
    assert confirm_key(client, calls) is confirmed
    with pytest.raises(Interrupted):
        confirm_key(client, calls)
