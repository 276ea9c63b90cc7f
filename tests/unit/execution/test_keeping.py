"""`failed-from`: an earlier job's run is kept only if Genesis confirms it."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models import OnState, Policy, Status, Verdict, Workflow
from genesis_ci.models.readiness import Page, WaitFor
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_report, a_run, an_execution
from tests.fakes import FakeApi, FakeWeb

from .virtual_job import VirtualJob

VARIABLES = {"user": "bob"}
RESET = ContactError("Lost the connection.", reached=True)
GONE = RefusedError("No such execution", hint="Look it up.", status=404)


def keeping(**fields) -> Workflow:
    """Return a workflow with a run of an earlier job."""
    given = {"variables": VARIABLES, "keeps": "old-1", "kept_from": "https://ci.example/7"}
    return a_run(**{**given, **fields})


def an_old_run(status: Status = Status.COMPLETED, **fields):
    given = {"workflow_id": WORKFLOW_ID.upper(), "payload": VARIABLES}
    return an_execution(status, **{**given, **fields})


class Genesis(FakeApi):
    """Has one answer for each earlier run; new runs complete at once."""

    def __init__(self, **old) -> None:
        super().__init__(triggers=[f"new-{n}" for n in range(1, 9)])
        self.old = {key.replace("_", "-"): answer for key, answer in old.items()}

    def poll(self, execution_id: str):
        self.polled.append(execution_id)
        answer = self.old.get(execution_id, an_execution(Status.COMPLETED))
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_confirmed_run_is_kept_and_not_triggered():
    kept = VirtualJob(Genesis(old_1=an_old_run()), keeping())
    assert (kept.verdict, kept.exit_code) == (Verdict.PASSED, 0)
    assert (kept.api.triggered, kept.api.polled) == ([], ["old-1"])
    assert kept.report.kept
    assert kept.report.execution_id == "old-1"
    assert any("https://ci.example/7" in note for note in kept.report.notes)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(
            an_old_run(workflow_id=EXECUTION_ID), "not a run of this", id="another workflow"
        ),
        pytest.param(an_old_run(workflow_id=None), "not a run of this", id="no workflow"),
        pytest.param(an_old_run(payload={"user": "eve"}), "other variables", id="other inputs"),
        pytest.param(an_old_run(payload=None), "other variables", id="no inputs"),
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
    again = VirtualJob(Genesis(old_1=answer), keeping())
    assert (again.verdict, again.report.execution_id) == (Verdict.PASSED, "new-1")
    assert again.api.triggered == [(WORKFLOW_ID, VARIABLES)]
    assert not again.report.kept
    assert again.report.earlier == ()
    assert any("old-1 is not kept" in note and why in note for note in again.report.notes)


def test_triggers_wait_until_all_earlier_runs_are_decided():
    class OnceReset(Genesis):
        def poll(self, execution_id: str):
            answer = super().poll(execution_id)
            if self.polled == ["old-1"]:
                raise RESET
            return answer

    genesis = OnceReset(old_1=an_old_run(), old_2=an_old_run())
    job = VirtualJob(genesis, keeping(), keeping(keeps="old-2"), a_run())
    assert genesis.polled[:3] == ["old-1", "old-2", "old-1"]
    assert job.progress.events == [
        "starting", "starting", "trouble", "polled", "polled",
        "starting", "triggered new-1", "polled",
    ]  # fmt: skip


def test_a_run_without_variables_is_kept_without_a_payload():
    assert VirtualJob(Genesis(old_1=an_old_run(payload=None)), keeping(variables={})).report.kept


def test_a_kept_run_has_to_pass_the_current_policies():
    run = an_old_run(blocks=(a_block("a", Status.FAILED),))
    assert VirtualJob(Genesis(old_1=run), keeping()).report.kept
    strict = keeping(policy=Policy(on_failed_block=OnState.FAIL))
    assert not VirtualJob(Genesis(old_1=run), strict).report.kept


def test_only_runs_that_are_not_kept_are_triggered():
    api = Genesis(old_1=an_old_run(), old_2=an_old_run(Status.FAILED), old_3=an_old_run())
    runs = [keeping(keeps="old-1"), keeping(keeps="old-2"), keeping(keeps="old-3"), a_run()]
    found = VirtualJob(api, *runs)
    assert [report.execution_id for report in found.reports] == ["old-1", "new-1", "old-3", "new-2"]
    assert [report.kept for report in found.reports] == [True, False, True, False]


def test_a_new_workflow_listed_first_waits_for_kept_runs():
    api = Genesis(old_2=an_old_run())
    found = VirtualJob(api, a_run(), keeping(keeps="old-2"))
    assert api.polled[0] == "old-2"
    assert [report.execution_id for report in found.reports] == ["new-1", "old-2"]


def test_a_kept_run_with_failed_attempts_is_flaky():
    failed = a_report(Verdict.FAILED, 1, execution_id="old-0")
    kept = VirtualJob(Genesis(old_1=an_old_run()), keeping(earlier=(failed,)))
    assert (kept.verdict, kept.report.outcome.flaky) == (Verdict.PASSED, True)
    strict = keeping(earlier=(failed,), policy=Policy(on_flaky=OnState.FAIL))
    again = VirtualJob(Genesis(old_1=an_old_run()), strict)
    assert (again.report.kept, again.report.outcome.flaky) == (False, False)


def test_only_a_run_that_is_not_kept_waits_for_its_preview():
    web = FakeWeb(preview=[Page(status=503, text=""), Page(status=200, text="")])
    wanted = WaitFor(url="https://preview.example", shown="preview", timeout=60.0)
    kept = VirtualJob(Genesis(old_1=an_old_run()), keeping(wait_for=wanted), web=web)
    assert (kept.report.kept, web.requested) == (True, [])
    again = VirtualJob(Genesis(old_1=GONE), keeping(wait_for=wanted), web=web)
    assert (again.verdict, len(web.requested)) == (Verdict.PASSED, 2)


def test_a_run_that_is_not_kept_has_all_its_attempts():
    class Flaky(Genesis):
        def poll(self, execution_id: str):
            answer = super().poll(execution_id)
            return an_execution(Status.FAILED) if execution_id == "new-1" else answer

    found = VirtualJob(Flaky(old_1=GONE), keeping(policy=Policy(attempts=2)))
    assert found.report.outcome.flaky
    assert [one.execution_id for one in found.report.earlier] == ["new-1"]


def test_a_signal_before_runs_are_decided_triggers_nothing():
    api = Genesis(old_1=RESET)
    stopped = VirtualJob(api, keeping(), a_run(), interrupt=(3.0, 143))
    assert [report.outcome.exit_code for report in stopped.reports] == [143, 143]
    assert api.triggered == []
    assert stopped.reports[0].execution_id == "old-1"


def test_an_unanswered_kept_run_is_given_up_within_a_minute():
    api = Genesis(old_1=RESET)
    assert VirtualJob(api, keeping()).seconds < 60
