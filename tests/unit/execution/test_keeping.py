"""`failed-from`: an earlier job's run is kept only if Genesis confirms it."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import OnState, Policy
from genesis_ci.models.readiness import Page, WaitFor
from genesis_ci.models.report import Verdict
from genesis_ci.models.workflow import Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_report, a_run, an_execution
from tests.fakes import FakeApi, FakeWeb

from .virtual_job import VirtualJob

VARIABLES = {"user": "bob"}
RESET = ContactError("Lost the connection.", reached=True)
GONE = RefusedError("No such execution", hint="Look it up.", status=404)
COMPLETED = an_execution(Status.COMPLETED)


def keeping(keeps: str = "old-1", **fields) -> Workflow:
    """Return a workflow with a run of an earlier job."""
    given = {"variables": VARIABLES, "keeps": keeps, "kept_from": "https://ci.example/7"}
    return a_run(**{**given, **fields})


def an_old_run(status: Status = Status.COMPLETED, **fields):
    given = {
        "workflow_id": WORKFLOW_ID.upper(), "payload": VARIABLES, "blocks": (a_block("a"),),
    }  # fmt: skip
    return an_execution(status, **{**given, **fields})


def genesis(old_1=GONE, **runs) -> FakeApi:
    """Has the answer about the earlier run old-1, and `runs`; other runs are completed."""
    runs = {key.replace("_", "-"): answers for key, answers in runs.items()}
    return FakeApi(triggers=["new-1", "new-2"], polls=[COMPLETED], runs={"old-1": [old_1], **runs})


def test_a_confirmed_run_is_kept_and_not_triggered():
    kept = VirtualJob(genesis(an_old_run()), keeping())
    assert (kept.verdict, kept.exit_code) == (Verdict.PASSED, 0)
    assert (kept.api.triggered, kept.api.polled) == ([], ["old-1"])
    assert kept.report.kept
    assert kept.report.execution_id == "old-1"
    assert any("https://ci.example/7" in note for note in kept.report.notes)
    assert VirtualJob(genesis(an_old_run(payload={})), keeping(variables={})).report.kept
    unknown = VirtualJob(genesis(an_old_run(payload=None)), keeping(variables={}))
    assert not unknown.report.kept


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(
            an_old_run(workflow_id=EXECUTION_ID), "a run of this workflow", id="another workflow"
        ),
        pytest.param(an_old_run(workflow_id=None), "a run of this workflow", id="no workflow"),
        pytest.param(
            an_old_run(payload={"user": "eve"}), "with these variables", id="other inputs"
        ),
        pytest.param(an_old_run(payload=None), "with these variables", id="no inputs"),
        pytest.param(an_old_run(Status.FAILED), "failed now", id="failed"),
        pytest.param(an_old_run(Status.CANCELLED), "cancelled now", id="cancelled"),
        pytest.param(an_old_run(Status.REVIEW_PENDING), "review_pending now", id="in review"),
        pytest.param(an_old_run(Status.RUNNING), "says running", id="running"),
        pytest.param(an_old_run("sleeping"), "says sleeping", id="unknown status"),
        pytest.param(GONE, "rejected now", id="unknown to Genesis"),
        pytest.param(RESET, "lost_contact now", id="no answer"),
    ],
)
def test_an_unconfirmed_run_is_triggered_again(answer, why):
    blocks = (a_block("b", raw="See <testsuite><testcase/>"),)
    completed = an_execution(Status.COMPLETED, blocks=blocks)
    again = VirtualJob(genesis(answer, new_1=[completed]), keeping())
    assert (again.verdict, again.report.execution_id) == (Verdict.PASSED, "new-1")
    assert again.api.triggered == [(WORKFLOW_ID, VARIABLES)]
    assert again.seconds < 60
    assert not again.report.kept
    assert again.report.earlier == ()
    reason, warning = again.report.notes
    assert "old-1 is not kept" in reason
    assert why in reason
    assert "“b” has a test report inside other text" in warning


def test_triggers_wait_until_all_earlier_runs_are_decided():
    api = genesis(old_2=[RESET, an_old_run(Status.FAILED)], old_3=[an_old_run()])
    job = VirtualJob(api, a_run(), keeping("old-2"), keeping("old-3"))
    assert api.polled[:3] == ["old-2", "old-3", "old-2"]
    assert job.progress.events == [
        "starting", "starting", "trouble", "polled", "polled", "again",
        "starting", "starting", "triggered new-1", "triggered new-2", "polled", "polled",
    ]  # fmt: skip
    assert [report.execution_id for report in job.reports] == ["new-1", "new-2", "old-3"]
    assert [report.kept for report in job.reports] == [False, False, True]


def test_a_kept_run_has_to_pass_the_current_policies():
    api = genesis(an_old_run(blocks=(a_block("a", Status.FAILED),)))
    assert VirtualJob(api, keeping()).report.kept
    strict = keeping(policy=Policy(on_failed_block=OnState.FAIL))
    assert not VirtualJob(api, strict).report.kept


def test_a_kept_run_with_failed_attempts_is_flaky():
    failed = a_report(Verdict.FAILED, 1, execution_id="old-0")
    kept = VirtualJob(genesis(an_old_run()), keeping(earlier=(failed,)))
    assert (kept.verdict, kept.report.outcome.flaky) == (Verdict.PASSED, True)
    strict = keeping(earlier=(failed,), policy=Policy(on_flaky=OnState.FAIL))
    again = VirtualJob(genesis(an_old_run()), strict)
    assert (again.report.kept, again.report.outcome.flaky) == (False, False)


def test_only_a_run_that_is_not_kept_waits_for_its_preview():
    web = FakeWeb(preview=[Page(status=503, text=""), Page(status=200, text="")])
    wanted = WaitFor(url="https://preview.example", shown="preview", timeout=60.0)
    kept = VirtualJob(genesis(an_old_run()), keeping(wait_for=wanted), web=web)
    assert (kept.report.kept, web.requested) == (True, [])
    again = VirtualJob(genesis(), keeping(wait_for=wanted), web=web)
    assert (again.verdict, len(web.requested)) == (Verdict.PASSED, 2)


def test_a_signal_before_runs_are_decided_triggers_nothing():
    stopped = VirtualJob(genesis(RESET), keeping(), a_run(), interrupt=(3.0, 143))
    assert [report.outcome.exit_code for report in stopped.reports] == [143, 143]
    assert stopped.api.triggered == []
    assert stopped.report.execution_id == "old-1"
