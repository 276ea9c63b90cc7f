"""`review-status`: pending before the trigger and in a review, final after the reports."""

from dataclasses import replace

import pytest

from genesis_ci.config.settings import ReviewStatus
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.github_api import GitHub
from genesis_ci.jobs.review_status import (
    MOST_DESCRIPTION,
    State,
    Statuses,
    post_in_review,
    status_of,
)
from genesis_ci.models.execution import Status
from genesis_ci.models.report import Level, Verdict
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from genesis_ci.system.signals import Interrupted
from tests.builders import a_block, a_report, a_run_report, an_execution
from tests.fakes import FakeApi
from tests.unit.published import Job, polled

SHA = "c" * 40
REVIEW = ReviewStatus("genesis", SHA, GitHub, Secret("ghs_0123456789"))
IN_REVIEW = an_execution(
    Status.REVIEW_PENDING, blocks=(a_block("look", Status.REVIEW_PENDING, output="Is it right?"),)
)
WAITS = {"verb": Verb.WAIT, "attach_from": "genesis-results/result.json", "workflow_id": ""}


class Posting:
    """Keeps each posted status, and the verdict in result.json at that time.

    It raises `error` in place of the posts from number `fails_at` on, also before one is kept.
    """

    def __init__(self, root, error: BaseException | None = None, fails_at: int = 0) -> None:
        self.root = root
        self.statuses = []
        self.stored_verdicts = []
        self.tries = 0
        self.error = error
        self.fails_at = fails_at

    def __call__(self, review, scrub, status) -> None:
        self.tries += 1
        if self.error and self.tries > self.fails_at:
            raise self.error
        self.statuses.append(status)
        self.stored_verdicts.append(Job(self.root).result["verdict"])

    @property
    def states(self) -> list[str]:
        return [status["state"] for status in self.statuses]


REFUSED = RefusedError("GitHub refused (403).", hint="Give statuses: write.", status=403)
LOST = ContactError("The connection was reset.", reached=True, hint="Run it again.")


def run(root, execution, post, signalled=lambda: None, **inputs) -> Job:
    return Job(root).run(
        execution if isinstance(execution, FakeApi) else polled(execution),
        parse=lambda parsed: replace(parsed, review_status=REVIEW),
        io={"post_status": post, "signalled": signalled},
        **inputs,
    )


@pytest.fixture
def post(tmp_path) -> Posting:
    return Posting(tmp_path)


def test_a_run_in_review_is_pending_and_green(tmp_path, post):
    job = run(tmp_path, IN_REVIEW, post)
    assert (job.exit_code, post.states) == (0, ["pending", "pending"])
    status = post.statuses[-1]
    assert status["context"] == "genesis"
    assert "look waits for a person's review" in status["description"]
    assert not job.is_red_in_junit
    assert "<skipped" in job.report("junit.xml")
    assert (job.result["verdict"], job.result["exit_code"]) == ("review_pending", 0)
    assert "stays yellow" in job.report("summary.md")
    assert job.provider.values["exit-code"] == "0"


def test_a_review_stays_red_if_its_status_cannot_be_posted(tmp_path):
    job = run(tmp_path, IN_REVIEW, Posting(tmp_path, REFUSED, fails_at=1))
    assert job.exit_code == 3
    assert "could not be set to pending: GitHub refused (403)." in job.result["message"]
    assert job.is_red_in_junit


@pytest.mark.parametrize(
    ("status", "inputs", "code", "states"),
    [
        (Status.COMPLETED, {}, 0, ["pending", "success"]),
        (Status.FAILED, {}, 1, ["pending", "failure"]),
        (Status.REVIEW_PENDING, {"max_wait_time": "soon"}, 2, ["failure"]),
        (Status.REVIEW_PENDING, {"wait": "false"}, 0, ["pending", "pending"]),
    ],
)
def test_the_final_status_is_posted_after_the_reports_are_written(
    tmp_path, post, status, inputs, code, states
):
    job = run(tmp_path, an_execution(status), post, **inputs)
    assert (job.exit_code, post.states) == (code, states)
    before = ["interrupted"] * (len(states) - 1)
    assert post.stored_verdicts == [*before, job.provider.values["verdict"]]


@pytest.mark.parametrize(
    ("error", "code", "verdict"), [(REFUSED, 7, "rejected"), (LOST, 8, "lost_contact")]
)
@pytest.mark.parametrize(("fails_at", "triggers", "state"), [(0, 0, "pending"), (1, 1, "success")])
def test_a_job_is_red_if_a_status_cannot_be_posted(
    tmp_path, error, code, verdict, fails_at, triggers, state
):
    """Nothing is triggered without the first status."""
    api = polled(an_execution(Status.COMPLETED))
    job = run(tmp_path, api, Posting(tmp_path, error, fails_at))
    assert (job.exit_code, job.result["verdict"]) == (code, verdict)
    assert len(api.triggered) == triggers
    assert f"“genesis” could not be set to {state}: {error.message}" in job.result["message"]
    assert job.result["hint"] == error.hint
    assert job.is_red_in_junit
    assert job.provider.values["exit-code"] == str(code)


@pytest.mark.parametrize(
    ("status", "inputs", "code"),
    [(Status.FAILED, {}, 1), (Status.COMPLETED, {"api_key": "", "missing_key": "skip"}, 0)],
)
def test_a_refused_final_status_of_a_red_job_is_a_warning(tmp_path, status, inputs, code):
    """A skipped job posts no pending status before."""
    fails_at = 0 if inputs else 1
    job = run(tmp_path, an_execution(status), Posting(tmp_path, REFUSED, fails_at), **inputs)
    assert job.exit_code == code
    [warning] = job.annotations(Level.WARNING)
    assert warning.endswith("GitHub refused (403). Give statuses: write.")


def test_a_green_job_without_junit_posts_a_failure(tmp_path, post):
    """A directory has the path of the JUnit file."""
    (tmp_path / "genesis-results" / "junit.xml").mkdir(parents=True)
    job = run(tmp_path, an_execution(Status.COMPLETED), post)
    assert job.exit_code != 0
    assert post.states[-1] == "failure"


def test_a_failure_beside_a_triggered_run_is_a_failed_status():
    report = a_run_report(a_report(Verdict.TRIGGERED), a_report(Verdict.FAILED, 1))
    assert status_of(report, "genesis")["state"] is State.FAILURE


def test_a_long_message_is_cut_to_what_github_takes():
    report = a_run_report()
    outcome = report.outcome._replace(sentences=("words " * 100,))
    status = status_of(report._replace(outcome=outcome), "genesis")
    assert len(status["description"]) <= MOST_DESCRIPTION
    assert status["description"].endswith("…")


def test_the_status_links_to_the_run_or_the_job():
    report = a_run_report(
        a_report(run_url="https://g.example/1"),
        a_report(Verdict.FAILED, 1, run_url="https://g.example/2"),
    )
    assert status_of(report, "genesis")["target_url"] == "https://g.example/2"
    without = a_run_report(a_report())._replace(job_url="https://ci.example/1")
    assert status_of(without, "genesis")["target_url"] == "https://ci.example/1"
    assert "target_url" not in status_of(without._replace(job_url=None), "genesis")


@pytest.mark.parametrize("nth", [1, 2])
def test_a_signal_during_a_post_interrupts_the_job(tmp_path, post, nth):
    """The next job can attach to the runs."""
    run(tmp_path, IN_REVIEW, post, wait="false")
    states = []

    def interrupted_once(review, scrub, status):
        states.append(status["state"])
        if len(states) == nth:
            raise Interrupted(143)

    signalled = lambda: 143 if len(states) >= nth else None  # noqa: E731
    job = run(tmp_path, IN_REVIEW, interrupted_once, signalled, **WAITS)
    assert (job.exit_code, states) == (143, [State.PENDING] * nth + [State.FAILURE])
    assert [one["execution_id"] for one in job.result["workflows"]] == ["run-1"]


def test_a_refused_status_keeps_the_runs_for_the_next_wait(tmp_path, post):
    run(tmp_path, IN_REVIEW, post, wait="false")
    assert run(tmp_path, IN_REVIEW, Posting(tmp_path, REFUSED), **WAITS).exit_code == 7
    assert run(tmp_path, an_execution(Status.COMPLETED), post, **WAITS).exit_code == 0
    assert post.states == ["pending", "pending", "pending", "success"]


def test_nothing_is_posted_without_a_status_name(tmp_path, post):
    job = Job(tmp_path).run(polled(IN_REVIEW), io={"post_status": post})
    assert (job.exit_code, post.states) == (3, [])


def test_a_review_after_a_failed_attempt_is_pending_and_red():
    report = a_report(Verdict.REVIEW_PENDING, 3, earlier=(a_report(Verdict.FAILED, 1),))
    posted = []
    statuses = Statuses(REVIEW, lambda status: posted.append(status["state"]))
    job = post_in_review(a_run_report(report), statuses)
    assert posted == [State.PENDING]
    assert job.outcome.exit_code == 3
    assert "only a pass is green" in job.outcome.message
