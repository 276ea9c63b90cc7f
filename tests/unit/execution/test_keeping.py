"""`failed-from`: an earlier job's run is kept only if Genesis confirms it."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Plan, Policy
from genesis_ci.models.readiness import Deployment, Page, Stage, WaitFor
from genesis_ci.models.report import Verdict
from genesis_ci.models.workflow import Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_report, a_run, an_execution
from tests.fakes import FakeApi, FakeCall, FakeWeb

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
        pytest.param(
            an_old_run(Status.RUNNING, payload={}), "with these variables", id="running otherwise"
        ),
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


def going(*answers) -> FakeApi:
    return FakeApi(triggers=["new-1"], polls=[an_old_run()], runs={"old-1": answers})


IN_REVIEW = an_old_run(Status.REVIEW_PENDING)
RUNNING = an_old_run(Status.RUNNING)


@pytest.mark.parametrize(
    ("answers", "policy", "verdict"),
    [
        ([an_old_run(Status.PENDING), RUNNING, an_old_run()], Policy(), Verdict.PASSED),
        ([an_old_run("sleeping"), an_old_run()], Policy(), Verdict.PASSED),
        ([RUNNING, an_old_run(Status.FAILED)], Policy(), Verdict.FAILED),
        ([RUNNING], Policy(), Verdict.TIMED_OUT),
        ([IN_REVIEW], Policy(), Verdict.REVIEW_PENDING),
        ([IN_REVIEW], Policy(on_review_pending=OnReview.PASS), Verdict.PASSED),
        ([IN_REVIEW, an_old_run()], Policy(on_review_pending=OnReview.WAIT), Verdict.PASSED),
    ],
    ids=["pending", "unknown status", "fails", "too long", "review", "review passes", "decided"],
)
def test_a_run_that_goes_on_is_watched(answers, policy, verdict):
    watched = VirtualJob(going(*answers), keeping(policy=policy), max_requests=1)
    assert (watched.verdict, watched.report.execution_id) == (verdict, "old-1")
    assert (watched.api.triggered, watched.report.attached, watched.report.kept) == (
        [], True, False
    )  # fmt: skip
    if verdict is Verdict.TIMED_OUT:
        assert watched.seconds == pytest.approx(1800, abs=10)


def test_a_watched_run_that_fails_may_have_another_attempt():
    api = going(RUNNING, an_old_run(Status.FAILED))
    again = VirtualJob(api, keeping(policy=Policy(attempts=2)))
    assert (again.verdict, again.report.outcome.flaky) == (Verdict.PASSED, True)
    assert (again.report.execution_id, again.report.attached) == ("new-1", False)
    assert [one.execution_id for one in again.report.earlier] == ["old-1"]


def test_no_run_of_its_template_starts_beside_a_watched_run():
    """Under cancel-previous, it would cancel the watched one."""
    cancels = {"policy": Policy(concurrency=Concurrency.CANCEL_PREVIOUS)}
    api = going(*[RUNNING] * 3, an_old_run())
    job = VirtualJob(api, a_run(**cancels), keeping(**cancels))
    assert job.progress.events[-4:] == ["polled", "starting", "triggered new-1", "polled"]
    assert [report.outcome.verdict for report in job.reports] == [Verdict.PASSED] * 2
    api = going(RUNNING)
    job = VirtualJob(api, a_run(**cancels), keeping(**cancels))
    assert (api.triggered, job.report.execution_id) == ([], None)
    assert [report.outcome.verdict for report in job.reports] == [Verdict.TIMED_OUT] * 2


def with_deployment(api, *runs, address="https://pr-7.example", stage=Stage.READY, **options):
    found = [Deployment("Preview", "a word", stage, address)]
    wanted = WaitFor(deployment="Preview", variable="url", shown="preview", timeout=60.0)
    runs = runs or (keeping(wait_for=wanted),)
    return VirtualJob(api, *runs, deployments=lambda _: FakeCall(lambda: found), **options)


OF_PREVIEW = {"payload": {**VARIABLES, "url": "https://pr-7.example"}}


def test_a_run_is_kept_if_it_tested_the_address_of_the_deployment():
    kept = with_deployment(genesis(an_old_run(**OF_PREVIEW)), plan=Plan(max_parallel=1))
    assert (kept.verdict, kept.report.kept, kept.api.triggered) == (Verdict.PASSED, True, [])
    assert kept.report.readiness.ready
    going_on = an_old_run(Status.RUNNING, **OF_PREVIEW)
    watched = with_deployment(going(going_on, an_old_run(**OF_PREVIEW)))
    assert (watched.verdict, watched.report.kept, watched.api.triggered) == (
        Verdict.PASSED, False, []
    )  # fmt: skip
    other = with_deployment(genesis(an_old_run(**OF_PREVIEW)), address="https://pr-8.example")
    variables = {**VARIABLES, "url": "https://pr-8.example"}
    assert other.api.triggered == [(WORKFLOW_ID, variables)]
    assert (other.verdict, other.report.kept) == (Verdict.PASSED, False)


def test_no_run_is_kept_without_the_deployment():
    failed = a_report(Verdict.FAILED, 1, execution_id="old-0")
    api = genesis(an_old_run(**OF_PREVIEW))
    wanted = WaitFor(deployment="Preview", variable="url", shown="preview", timeout=60.0)
    job = with_deployment(api, keeping(wait_for=wanted, earlier=(failed,)), stage=Stage.FAILED)
    assert (job.verdict, job.report.kept, job.report.earlier) == (Verdict.NOT_READY, False, ())
    assert (api.polled, api.triggered, job.report.notes) == ([], [], ())


def test_a_signal_before_runs_are_decided_triggers_nothing():
    stopped = VirtualJob(genesis(RESET), keeping(), a_run(), interrupt=(3.0, 143))
    assert [report.outcome.exit_code for report in stopped.reports] == [143, 143]
    assert stopped.api.triggered == []
    assert stopped.report.execution_id == "old-1"
