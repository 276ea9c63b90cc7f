"""The command `check`: the plan, the problems, and what only a run can show."""

from dataclasses import replace

import pytest

from genesis_ci.check import ask_for_key, check, not_verified, plan
from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import Reporting, ReviewStatus, Settings
from genesis_ci.errors import ContactError, GenesisCiError
from genesis_ci.models import Concurrency, Level, OnReview, OnState, Plan, Policy, Problem
from genesis_ci.models.checks import Proof
from genesis_ci.models.readiness import WaitFor
from genesis_ci.publish import REPORTS
from genesis_ci.redaction import Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_run, an_attachment
from tests.fakes import FakeApi, FakeCall, FakeClock, RecordingProvider, VirtualCalls

URL = "https://genesis.autify.com"


def settings(*runs, key="gk_0123456789abcdef", **fields) -> Settings:
    return Settings(api_url=URL, api_key=Secret(key) if key else None, workflows=runs, **fields)


def refused(*problems: str, **fields) -> Settings:
    return settings(problems=tuple(Problem(words=words) for words in problems), **fields)


def lines_of(workflow) -> list[str]:
    """Return the lines of the plan about its one workflow, without the first one."""
    return [line for line in plan(settings(workflow), Reporting()) if line.startswith("    ")]


class Checked:
    """The log of a check and its exit code."""

    def __init__(self, what: Settings, answer: int | GenesisCiError | None = None, **given) -> None:
        self.provider = RecordingProvider()
        self.asked = False

        def ask(_: Settings) -> int | None:
            self.asked = True
            if isinstance(answer, GenesisCiError):
                raise answer
            return answer

        fields = {"warnings": (), "unwritable": None, **given}
        self.exit_code = check(what, Reporting(), provider=self.provider, ask=ask, **fields)
        self.lines = self.provider.lines

    def words_of(self, level: Level) -> list[str]:
        return [words for its, words in self.provider.annotations if its is level]


def test_valid_configuration_and_key_are_green():
    checked = Checked(settings(a_run()))
    assert checked.exit_code == 0
    assert checked.lines[0] == "✔ The configuration is valid."
    assert checked.lines[-2:] == [
        f"✔ {URL} accepts the API key. Nothing was started.",
        "genesis-ci: check exit-code=0",
    ]


def test_problems_are_errors_and_genesis_is_not_called():
    checked = Checked(refused("one.", "two."), unwritable="three.")
    assert checked.exit_code == 2
    assert checked.words_of(Level.ERROR) == ["one.", "two.", "three."]
    assert not checked.asked
    assert checked.lines == ["genesis-ci: check exit-code=2"]


def test_unwritable_report_directory_is_an_error():
    checked = Checked(settings(a_run()), unwritable="report-dir: no.")
    assert (checked.exit_code, checked.words_of(Level.ERROR)) == (2, ["report-dir: no."])


@pytest.mark.parametrize("what", [settings(a_run()), refused("one.")], ids=["good", "refused"])
def test_warning_is_always_annotated(what):
    checked = Checked(what, warnings=["GENESIS_X is none."])
    assert checked.words_of(Level.WARNING) == ["GENESIS_X is none."]


def test_problem_is_annotated_at_its_file_and_line():
    problem = Problem(words="one.", file=".genesis-ci.yml", line=3)
    checked = Checked(settings(problems=(problem,)))
    assert checked.provider.places == [(".genesis-ci.yml", 3)]


def test_notices_are_annotated():
    assert Checked(settings(a_run(), notices=("mind.",))).words_of(Level.NOTICE) == ["mind."]


def test_skipped_job_has_a_notice():
    checked = Checked(settings(a_run(), key=""))
    assert checked.exit_code == 0
    assert "nothing would be run" in checked.words_of(Level.NOTICE)[0]
    assert not checked.asked


def test_refused_key_has_its_exit_code():
    checked = Checked(settings(a_run()), ContactError("No way.", reached=False, hint="Look."))
    assert checked.exit_code == 8
    assert checked.words_of(Level.ERROR) == ["No way. Look."]


def test_signal_ends_the_check_with_its_exit_code():
    checked = Checked(settings(a_run()), 143)
    assert checked.exit_code == 143
    assert checked.words_of(Level.ERROR) == ["The check was interrupted. Nothing was started."]


def test_plan_shows_settings_and_variables():
    policy = Policy(
        on_review_pending=OnReview.WAIT,
        on_cancelled=OnState.PASS,
        concurrency=Concurrency.CANCEL_PREVIOUS,
        required=False,
    )
    workflow = a_run(
        name="smoke",
        variables={"user": "ann", "password": "hunter2"},
        shown={"user": "ann", "password": "***"},
        policy=policy,
        poll_interval=5.0,
        max_wait=600.0,
    )
    reporting = Reporting(report_dir="out", summary=False, output_block="block-1")
    lines = plan(settings(workflow), reporting)
    defaults = next(
        n for n, line in enumerate(lines) if line.startswith("    defaults: wait true, ")
    )
    assert lines[:defaults] == [
        f"What run would do at {URL}:",
        f"  smoke: trigger workflow {WORKFLOW_ID}",
        "    user = ann",
        "    password = ***",
        "    concurrency-policy cancel-previous",
        "    poll-interval 5.0s",
        "    max-wait-time 10m 00s",
        "    on-review-pending wait",
        "    on-cancelled pass",
    ]
    assert lines[-4:] == [
        "    not required: it never fails the job",
        f"  reports go to out/ ({', '.join(REPORTS)})",
        "  the CI's summary page is not written (summary: false)",
        "  the output “output” is that of block block-1",
    ]


def test_plan_of_an_attachment_has_no_trigger():
    lines = plan(settings(an_attachment()), Reporting())
    assert lines[1] == f"  attach to execution {EXECUTION_ID}"
    assert lines[2].startswith(
        "    defaults: poll-interval auto, max-wait-time 30m 00s, on-review-pending "
    )
    for name in ("concurrency-policy", "attempts", "wait true", "wait-for"):
        assert name not in "".join(lines)


def test_plan_shows_attempts_and_kept_runs():
    kept = a_run(keeps="old-1", policy=Policy(attempts=3, on_flaky=OnState.FAIL))
    lines = plan(settings(kept), Reporting())
    assert f"  keep execution old-1, or else trigger workflow {WORKFLOW_ID}" in lines
    assert {"    attempts 3", "    on-flaky fail"} <= {*lines}
    assert any("each kept execution" in line for line in not_verified([kept]))


def test_plan_without_waiting_has_no_verdict():
    lines = plan(settings(a_run(wait=False)), Reporting())
    assert "    wait false: return at once, without a verdict" in lines
    assert "    defaults: concurrency-policy parallel" in lines
    assert not any("max-wait-time" in line for line in lines)


def test_plan_without_a_default_has_no_line_for_defaults():
    policy = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
    assert lines_of(a_run(wait=False, policy=policy)) == [
        "    concurrency-policy cancel-previous",
        "    wait false: return at once, without a verdict",
    ]


def test_plan_names_each_input_that_a_run_reads():
    waits = WaitFor(url="https://p.example.com", shown="https://p.example.com")
    shown = " ".join(lines_of(a_run(wait_for=waits)))
    names = [row.name for row in INPUTS if row.target.startswith(("workflow.", "policy."))]
    unread = {"workflow-id", "run-url"}
    assert [name for name in names if f"{name} " not in shown and name not in unread] == []


def test_plan_shows_the_wait_before_the_trigger():
    waits = WaitFor(
        url="https://p.example.com/?a=b",
        status=401,
        contains="Sign in",
        timeout=90.0,
        shown="https://p.example.com/?…",
        shown_text="Sign in",
    )
    shown = "https://p.example.com/?… with status 401 with “Sign in” within 1m 30s"
    assert f"    wait-for {shown}" in lines_of(a_run(wait_for=waits))
    assert "wait-for" not in " ".join(lines_of(a_run()))


def test_plan_keeps_a_long_address_on_one_line():
    address = f"https://p.example.com/{'x' * 200}"
    lines = lines_of(a_run(wait_for=WaitFor(url=address, shown=address)))
    assert any(address in line for line in lines)


def test_plan_has_a_line_for_each_expected_output():
    lines = lines_of(a_run(proof=Proof(shown=("a: failed equals 0", "b: is\nnot empty"))))
    assert lines[-2:] == ["    expect a: failed equals 0", "    expect b: is not empty"]


def test_plan_of_several_shows_their_order():
    cancelling = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
    runs = [a_run(name=name, policy=cancelling) for name in ("first", "second")]
    lines = plan(settings(*runs, plan=Plan(max_parallel=3, fail_fast=True)), Reporting())
    assert "  2 workflows, at most 3 at once" in lines
    assert any(line.startswith("  second waits for first") for line in lines)
    assert "  fail-fast: nothing more is triggered once a required one ended red" in lines


def test_unverified_claims_are_listed():
    workflow = "  that each workflow exists, and that API access is on in its trigger dialog"
    variables = "  that each workflow knows the names of its variables"
    execution = "  that each execution exists"
    assert not_verified([a_run()])[1:] == [workflow]
    assert not_verified([a_run(shown={"a": "b"}), an_attachment()])[1:] == [
        workflow,
        execution,
        variables,
    ]
    assert not_verified([]) == []


def test_permission_for_the_commit_status_is_unverified():
    status = ReviewStatus(name="genesis review", sha="a" * 40, token=None)
    checked = Checked(replace(settings(a_run()), review_status=status))
    assert "  that the token may post the commit status “genesis review”" in checked.lines


class Client:
    """A client whose key is accepted."""

    def check_key(self) -> FakeCall:
        return FakeCall(lambda: None)


def test_accepted_key_has_no_exit_code():
    assert ask_for_key(Client(), VirtualCalls(FakeClock(), FakeApi())) is None


def test_signal_before_the_answer_has_its_exit_code():
    clock = FakeClock()
    calls = VirtualCalls(clock, FakeApi(latency=5.0))
    calls.interrupt_at(clock() + 1.0, 130)
    assert ask_for_key(Client(), calls) == 130
