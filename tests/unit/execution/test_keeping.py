"""`failed-from`: an earlier job's run is kept only if Genesis confirms it."""

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Accept, Concurrency, Plan, Policy
from genesis_ci.models.readiness import Deployment, Page, Stage, WaitFor
from genesis_ci.models.report import Verdict
from genesis_ci.models.workflow import Workflow
from tests.approved import check_approved
from tests.builders import (
    EXECUTION_ID,
    WORKFLOW_ID,
    a_block,
    a_report,
    a_run,
    accepting,
    an_execution,
    refusing,
)
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


def going(*answers) -> FakeApi:
    return FakeApi(triggers=["new-1"], polls=[an_old_run()], runs={"old-1": answers})


def decided(answer, **fields) -> VirtualJob:
    """Return a job that decides whether it keeps the run; a new one has a warning."""
    blocks = (a_block("b", raw="See <testsuite><testcase/>"),)
    completed = an_execution(Status.COMPLETED, blocks=blocks)
    return VirtualJob(genesis(answer, new_1=[completed]), keeping(**fields))


def watched(*answers, **fields) -> VirtualJob:
    return VirtualJob(going(*answers), keeping(**fields), max_requests=1)


DEPLOYED = WaitFor(deployment="Preview", variable="url", shown="preview", timeout=60.0)


def with_deployment(api, *runs, address="https://pr-7.example", stage=Stage.READY, **options):
    found = [Deployment("Preview", "a word", stage, address)]
    runs = runs or (keeping(wait_for=DEPLOYED),)
    return VirtualJob(api, *runs, deployments=lambda _: FakeCall(lambda: found), **options)


FAILED_BEFORE = (a_report(Verdict.FAILED, 1, execution_id="old-0"),)
IN_REVIEW = an_old_run(Status.REVIEW_PENDING)
RUNNING = an_old_run(Status.RUNNING)
FAILED_BLOCK = an_old_run(blocks=(a_block("a", Status.FAILED),))
OF_PREVIEW = {"payload": {**VARIABLES, "url": "https://pr-7.example"}}
TESTED = an_old_run(**OF_PREVIEW)
SUITE = '<testsuite><testcase name="t"><failure/></testcase></testsuite>'
JOBS = {
    "confirmed": lambda: decided(an_old_run()),
    "confirmed, no variables": lambda: decided(an_old_run(payload={}), variables={}),
    "unknown variables": lambda: decided(an_old_run(payload=None), variables={}),
    "of another workflow": lambda: decided(an_old_run(workflow_id=EXECUTION_ID)),
    "of no workflow": lambda: decided(an_old_run(workflow_id=None)),
    "with other variables": lambda: decided(an_old_run(payload={"user": "eve"})),
    "without variables": lambda: decided(an_old_run(payload=None)),
    "failed": lambda: decided(an_old_run(Status.FAILED)),
    "cancelled": lambda: decided(an_old_run(Status.CANCELLED)),
    "running with other variables": lambda: decided(an_old_run(Status.RUNNING, payload={})),
    "unknown to Genesis": lambda: decided(GONE),
    "no answer": lambda: decided(RESET),
    "with a failed test": lambda: decided(an_old_run(blocks=(a_block("r", raw=SUITE),))),
    "with a failed block": lambda: decided(FAILED_BLOCK),
    "with a failed block, forbidden": lambda: decided(
        FAILED_BLOCK, policy=refusing(Accept.FAILED_BLOCK)
    ),
    "after a failed attempt": lambda: decided(an_old_run(), earlier=FAILED_BEFORE),
    "after a failed attempt, forbidden": lambda: decided(
        an_old_run(), earlier=FAILED_BEFORE, policy=refusing(Accept.FLAKY)
    ),
    "pending": lambda: watched(an_old_run(Status.PENDING), RUNNING, an_old_run()),
    "of unknown status": lambda: watched(an_old_run("sleeping"), an_old_run()),
    "running, and fails": lambda: watched(RUNNING, an_old_run(Status.FAILED)),
    "running for too long": lambda: watched(RUNNING),
    "in review": lambda: watched(IN_REVIEW),
    "in review, which passes": lambda: watched(IN_REVIEW, policy=accepting(Accept.REVIEW_PENDING)),
    "in review, which is decided": lambda: watched(IN_REVIEW, an_old_run(), max_review=3600.0),
    "running, and may have another attempt": lambda: watched(
        RUNNING, an_old_run(Status.FAILED), policy=Policy(attempts=2)
    ),
    "of the deployment": lambda: with_deployment(genesis(TESTED), plan=Plan(max_parallel=1)),
    "running on the deployment": lambda: with_deployment(
        going(an_old_run(Status.RUNNING, **OF_PREVIEW), TESTED)
    ),
    "of another deployment": lambda: with_deployment(
        genesis(TESTED), address="https://pr-8.example"
    ),
    "without the deployment": lambda: with_deployment(
        genesis(TESTED), keeping(wait_for=DEPLOYED, earlier=FAILED_BEFORE), stage=Stage.FAILED
    ),
    "before a signal": lambda: VirtualJob(genesis(RESET), keeping(), a_run(), interrupt=(3.0, 143)),
}


def test_kept_runs_are_approved():
    check_approved("execution/keeping", {case: job().text for case, job in JOBS.items()})


def test_a_new_run_has_the_current_variables():
    assert JOBS["failed"]().api.triggered == [(WORKFLOW_ID, VARIABLES)]
    [(_, variables)] = JOBS["of another deployment"]().api.triggered
    assert variables == {**VARIABLES, "url": "https://pr-8.example"}


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


def test_only_a_run_that_is_not_kept_waits_for_its_preview():
    web = FakeWeb(preview=[Page(status=503, text=""), Page(status=200, text="")])
    wanted = WaitFor(url="https://preview.example", shown="preview", timeout=60.0)
    kept = VirtualJob(genesis(an_old_run()), keeping(wait_for=wanted), web=web)
    assert (kept.report.kept, web.requested) == (True, [])
    again = VirtualJob(genesis(), keeping(wait_for=wanted), web=web)
    assert (again.verdict, len(web.requested)) == (Verdict.PASSED, 2)


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
