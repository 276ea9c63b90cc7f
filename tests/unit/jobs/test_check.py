"""The command `check`: the plan, the problems, and what only a run can show."""

import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.errors import ContactError
from genesis_ci.features.review_status import ReviewStatus
from genesis_ci.forges.github_api import GitHub
from genesis_ci.jobs.check import check_job, confirm_key, not_verified, plan
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    KnownFailure,
    ListedTests,
    NoReports,
    RunChecks,
)
from genesis_ci.models.policy import Accept, Concurrency, Plan, Policy
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.report import Problem
from genesis_ci.outcomes import missing_from_earlier_job, not_selected
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.system.signals import Interrupted
from tests.approved import check_approved
from tests.builders import a_run, accepting, an_attachment, refusing
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
STATUS = ReviewStatus("genesis review", SHA, GitHub, TOKEN)
AWAITED = WaitFor(
    url="https://p.example.com/?a=b",
    status=401,
    contains="Sign in",
    timeout=90.0,
    shown=f"https://p.example.com/{'x' * 120}?…",
    shown_text="Sign in",
)
REVIEWED = accepting(
    Accept.CANCELLED,
    concurrency=CANCELLING,
    required=False,
)
SMOKE = a_run(
    name="smoke",
    shown={"us\ner": "an\nn", "password": "***"},
    policy=REVIEWED,
    poll_interval=5.0,
    max_wait=600.0,
    run_url=f"https://g.example.com/{'x' * 120}",
)
LOST = ContactError("No way.", reached=False, hint="Look.")
PROBLEM = Problem(words="one.", file=".genesis-ci.yml", line=3, input="tests")
ENDINGS = {
    "green": lambda: Checked(
        settings(a_run(), warnings=("a.", "b."), notices=("c.",), review_status=STATUS)
    ),
    "no commit": lambda: Checked(settings(a_run(), review_status=STATUS._replace(sha=None))),
    "no token": lambda: Checked(settings(a_run(), review_status=STATUS._replace(token=None))),
    "problems": lambda: Checked(
        settings(problems=(PROBLEM,), warnings=("a.",)), unwritable="report-dir: two."
    ),
    "no folder": lambda: Checked(settings(a_run()), unwritable="report-dir: no."),
    "no key": lambda: Checked(settings(a_run(), key="")),
    "key not confirmed": lambda: Checked(settings(a_run()), answer=False),
    "contact lost": lambda: Checked(settings(a_run()), LOST),
    "interrupted": lambda: Checked(settings(a_run()), Interrupted(143)),
    "offline": lambda: Checked(
        settings(a_run(), key="", review_status=STATUS._replace(token=None)), confirm_key=None
    ),
    "no run left": lambda: Checked(
        settings(an_attachment(), a_run(ended=missing_from_earlier_job()))
    ),
}
REPORTS_ARE = [EachReport(frozenset("ba")), AllReports(20), NoReports()]
SHOWN = ("a: failed equals 0", "b: is\nnot empty")
SERIAL = Policy(concurrency=CANCELLING)
PLANS = {
    "settings and variables": settings(SMOKE),
    "attachment": settings(an_attachment()),
    "attempts": settings(a_run(policy=refusing(Accept.FLAKY, attempts=3))),
    "address": settings(a_run(wait_for=AWAITED)),
    "without waiting": settings(a_run(wait=False)),
    "without waiting, cancel-previous": settings(a_run(wait=False, policy=SERIAL)),
    **{
        type(reports).__name__: settings(
            a_run(checks=RunChecks(reports=reports, shown=SHOWN, known=KNOWN))
        )
        for reports in REPORTS_ARE
    },
    "nothing checked": settings(a_run(checks=RunChecks(reports=NoReports()))),
    "several": settings(
        a_run(name="first", policy=SERIAL),
        a_run(name="charter", ended=not_selected()),
        a_run(name="second", policy=SERIAL),
        plan=Plan(max_parallel=3, fail_fast=True),
    ),
}
UNVERIFIED = {
    "everything": [
        a_run(
            shown={"a": "b"},
            wait_for=AWAITED,
            checks=RunChecks(configured=(ListedTests(block="b"),)),
        ),
        an_attachment(),
    ],
    "a trigger": [a_run(), an_attachment(ended=not_selected())],
    "nothing": [],
}


def test_logs_and_plans_are_approved():
    texts = {}
    for case, check in ENDINGS.items():
        checked = check()
        remarks = [f"{level}: {words}" for level, words in checked.annotations]
        texts[case] = "\n".join([*remarks, *checked.lines])
    reporting = Reporting(report_dir="out", summary=False, output_block="block\n1")
    scrub = Scrubber([Secret("hunter2!")])
    for case, what in PLANS.items():
        texts[f"plan: {case}"] = "\n".join(plan(replace(what, scrub=scrub), reporting))
    for case, workflows in UNVERIFIED.items():
        texts[f"not verified: {case}"] = "\n".join(not_verified(workflows))
    check_approved("check", texts)


@pytest.mark.parametrize("case", ["no commit", "no token", "problems", "no key", "offline"])
def test_genesis_is_not_called_without_need(case):
    assert not ENDINGS[case]().asked


def test_the_document_has_each_problem_with_its_place():
    checked = ENDINGS["problems"]()
    assert checked.provider.places[1] == (".genesis-ci.yml", 3)
    assert checked.document["notices"] == ["a."]
    assert checked.document["problems"] == [
        {"message": "one.", "input": "tests", "file": ".genesis-ci.yml", "line": 3, "column": None},
        {
            "message": "report-dir: two.",
            "input": "report-dir",
            "file": None,
            "line": None,
            "column": None,
        },
    ]


def test_plan_names_each_input_that_a_run_reads():
    shown = " ".join(plan_of(a_run(wait_for=AWAITED))[2:])
    names = [row.name for row in INPUTS if row.target.startswith(("workflow.", "policy."))]
    unread = {"workflow-id", "run-url"}
    assert [name for name in names if f"{name} " not in shown and name not in unread] == []


def test_plan_of_many_checks_is_cut():
    lines = plan_of(a_run(checks=RunChecks(shown=("a",) * 6_000)))
    [left] = [line for line in lines if "more lines are left out;" in line]
    assert len(lines) + int(left.split()[0]) == 6_000 + len(plan_of(a_run())) + 1
    assert len(lines) < 5_010


@pytest.mark.parametrize("confirmed", [True, False])
def test_only_a_signal_before_the_answer_counts(confirmed):
    client = SimpleNamespace(check_key=lambda: FakeCall(lambda: confirmed))
    clock = FakeClock()
    calls = VirtualCalls(clock, FakeApi(latency=0.5))
    calls.interrupt_at(clock() + 1.0, 130)
    assert confirm_key(client, calls) is confirmed
    with pytest.raises(Interrupted):
        confirm_key(client, calls)
