"""`review-status`: a pending status during a review, and the final one after the reports."""

from dataclasses import replace

import pytest

from genesis_ci.config.settings import ReviewStatus
from genesis_ci.errors import RefusedError
from genesis_ci.models import Level, Status, Verdict
from genesis_ci.redaction import Secret
from genesis_ci.review_status import MOST_DESCRIPTION, State, kept_yellow, status_of
from genesis_ci.system.signals import Interrupted
from tests.builders import a_block, a_report, a_run_report, an_execution
from tests.unit.jobs import Job, polled

SHA = "c" * 40
REVIEW = ReviewStatus(name="genesis", sha=SHA, token=Secret("ghs_0123456789"))
IN_REVIEW = an_execution(
    Status.REVIEW_PENDING, blocks=(a_block("look", Status.REVIEW_PENDING, output="Is it right?"),)
)


class Posting:
    """Keeps each posted status, and the verdict in result.json at that time."""

    def __init__(self, root) -> None:
        self.root = root
        self.statuses = []
        self.stored_verdicts = []

    def __call__(self, review, status) -> None:
        self.statuses.append(status)
        self.stored_verdicts.append(Job(self.root).result["verdict"])

    @property
    def states(self) -> list[str]:
        return [status["state"] for status in self.statuses]


def refuse(*_) -> None:
    raise RefusedError("GitHub refused (403).", hint="Give statuses: write.", status=403)


def run(root, execution, post, signalled=lambda: None, **inputs) -> Job:
    return Job(root).run(
        polled(execution),
        parse=lambda parsed: replace(parsed, review_status=REVIEW),
        services={"post_status": post, "signalled": signalled},
        **inputs,
    )


@pytest.fixture
def post(tmp_path) -> Posting:
    return Posting(tmp_path)


def test_a_run_in_review_has_a_pending_status_and_a_green_job(tmp_path, post):
    job = run(tmp_path, IN_REVIEW, post)
    assert (job.exit_code, post.states) == (0, ["pending"])
    [status] = post.statuses
    assert status["context"] == "genesis"
    assert "look waits for a person's review" in status["description"]
    assert not job.is_red_in_junit
    assert "<skipped" in job.report("junit.xml")
    assert (job.result["verdict"], job.result["exit_code"]) == ("review_pending", 0)
    assert "stays yellow" in job.report("summary.md")
    assert job.provider.values["exit-code"] == "0"


def test_the_job_stays_red_without_permission_to_post(tmp_path):
    job = run(tmp_path, IN_REVIEW, refuse)
    assert job.exit_code == 3
    assert "could not be posted: GitHub refused (403)." in job.result["message"]
    assert "statuses: write" in job.result["hint"]
    assert job.is_red_in_junit


@pytest.mark.parametrize(
    ("status", "inputs", "code", "state"),
    [
        (Status.COMPLETED, {}, 0, "success"),
        (Status.FAILED, {}, 1, "failure"),
        (Status.REVIEW_PENDING, {"max_wait_time": "soon"}, 2, "failure"),
        (Status.REVIEW_PENDING, {"wait": "false"}, 0, "pending"),
    ],
)
def test_the_status_is_posted_after_the_reports_are_written(
    tmp_path, post, status, inputs, code, state
):
    job = run(tmp_path, an_execution(status), post, **inputs)
    assert (job.exit_code, post.states) == (code, [state])
    assert post.stored_verdicts == [job.provider.values["verdict"]]


def test_a_status_that_cannot_be_posted_is_a_warning(tmp_path):
    job = run(tmp_path, an_execution(Status.COMPLETED), refuse)
    assert job.exit_code == 0
    [warning] = job.annotations(Level.WARNING)
    assert "“genesis” could not be set to success" in warning


def test_a_green_job_without_junit_posts_a_failure(tmp_path, post):
    """A directory has the path of the JUnit file."""
    (tmp_path / "genesis-results" / "junit.xml").mkdir(parents=True)
    job = run(tmp_path, an_execution(Status.COMPLETED), post)
    assert job.exit_code != 0
    assert post.states == ["failure"]


def test_a_failure_beside_a_triggered_run_is_a_failed_status():
    report = a_run_report(a_report(Verdict.TRIGGERED), a_report(Verdict.FAILED, 1))
    assert status_of(report, "genesis")["state"] is State.FAILURE


def test_a_long_message_is_cut_to_what_github_takes():
    report = a_run_report()
    outcome = report.outcome._replace(message="words " * 100)
    status = status_of(report._replace(outcome=outcome), "genesis")
    assert len(status["description"]) <= MOST_DESCRIPTION
    assert status["description"].endswith("words…")


def test_the_status_links_to_the_run_or_the_job():
    report = a_run_report(
        a_report(run_url="https://g.example/1"),
        a_report(Verdict.FAILED, 1, run_url="https://g.example/2"),
    )
    assert status_of(report, "genesis")["target_url"] == "https://g.example/2"
    without = a_run_report(a_report())._replace(job_url="https://ci.example/1")
    assert status_of(without, "genesis")["target_url"] == "https://ci.example/1"
    assert "target_url" not in status_of(without._replace(job_url=None), "genesis")


def test_a_signal_during_the_post_interrupts_the_job(tmp_path):
    states = []

    def interrupted_once(review, status):
        states.append(status["state"])
        if len(states) == 1:
            raise Interrupted

    job = run(tmp_path, IN_REVIEW, interrupted_once, lambda: 143 if states else None)
    assert (job.exit_code, states) == (143, [State.PENDING, State.FAILURE])
    assert IN_REVIEW.id in job.report("result.json")


def test_nothing_is_posted_without_a_status_name(tmp_path, post):
    job = Job(tmp_path).run(polled(IN_REVIEW), services={"post_status": post})
    assert (job.exit_code, post.states) == (3, [])


def test_a_review_after_a_failed_attempt_is_pending_and_red():
    report = a_report(Verdict.REVIEW_PENDING, 3, earlier=(a_report(Verdict.FAILED, 1),))
    posted = []
    job = kept_yellow(
        a_run_report(report), REVIEW, lambda _, status: posted.append(status["state"])
    )
    assert posted == [State.PENDING]
    assert job.outcome.exit_code == 3
    assert "only a pass is green" in job.outcome.message
