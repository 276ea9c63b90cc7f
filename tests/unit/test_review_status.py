"""`review-status`: a pending status during a review, and the final one after the reports."""

import json
from dataclasses import replace

import pytest

from genesis_ci.config.settings import ReviewStatus
from genesis_ci.config.sources import Given
from genesis_ci.errors import RefusedError
from genesis_ci.models import Status, Verb, Verdict
from genesis_ci.redaction import Secret
from genesis_ci.review_status import MOST_DESCRIPTION, State, kept_yellow, status_of
from genesis_ci.system.signals import Interrupted
from tests.builders import WORKFLOW_ID, a_block, a_report, a_run_report, an_execution, settings_of
from tests.fakes import files
from tests.unit.jobs import KEY, Job, polled
from tests.unit.reporters import reports

SHA = "c" * 40
REVIEW = ReviewStatus(name="genesis", sha=SHA, token=Secret("ghs_0123456789"))
IN_REVIEW = an_execution(
    Status.REVIEW_PENDING, blocks=(a_block("look", Status.REVIEW_PENDING, output="Is it right?"),)
)


class Posting:
    """Keeps each posted status, and the verdict in result.json at that time."""

    def __init__(self, root, *, refuses: bool = False) -> None:
        self.root = root
        self.refuses = refuses
        self.statuses = []
        self.stored_verdicts = []

    def __call__(self, review, status) -> None:
        if self.refuses:
            raise RefusedError("GitHub refused (403).", hint="Give statuses: write.", status=403)
        self.statuses.append(status)
        result = json.loads((self.root / "genesis-results/result.json").read_text("utf-8"))
        self.stored_verdicts.append(result["verdict"])

    @property
    def states(self) -> list[str]:
        return [status["state"] for status in self.statuses]


def parsed_inputs(**inputs):
    texts = {"api-key": KEY, "workflow-id": WORKFLOW_ID, **inputs}
    given = {name: Given(text, name) for name, text in texts.items()}
    return settings_of(given, verb=Verb.RUN, read_file=files({}))


def run(root, execution, *, refuses=False, **inputs):
    parsed = parsed_inputs(**inputs)
    post = Posting(root, refuses=refuses)
    job = Job(root).run(
        polled(execution),
        parse=lambda: replace(parsed, review_status=REVIEW),
        services={"post_status": post},
    )
    return job, post


def test_a_run_in_review_has_a_pending_status_and_a_green_job(tmp_path):
    job, post = run(tmp_path, IN_REVIEW)
    assert (job.exit_code, post.states) == (0, ["pending"])
    [status] = post.statuses
    assert status["context"] == "genesis"
    assert "look waits for a person's review" in status["description"]
    assert not job.is_red_in_junit
    assert "<skipped" in job.report("junit.xml")
    result = json.loads(job.report("result.json"))
    assert (result["verdict"], result["exit_code"]) == ("review_pending", 0)
    assert "stays yellow" in job.report("summary.md")
    assert job.provider.values["exit-code"] == "0"


def test_the_job_stays_red_without_permission_to_post(tmp_path):
    job, post = run(tmp_path, IN_REVIEW, refuses=True)
    assert (job.exit_code, post.states) == (3, [])
    result = json.loads(job.report("result.json"))
    assert "could not be posted: GitHub refused (403)." in result["message"]
    assert "statuses: write" in result["hint"]
    assert job.is_red_in_junit


@pytest.mark.parametrize(
    ("status", "code", "state"), [(Status.COMPLETED, 0, "success"), (Status.FAILED, 1, "failure")]
)
def test_the_final_status_is_posted_after_the_reports_are_written(tmp_path, status, code, state):
    job, post = run(tmp_path, an_execution(status))
    assert (job.exit_code, post.states) == (code, [state])
    assert post.stored_verdicts == ["passed" if code == 0 else "failed"]


def test_a_bad_configuration_posts_a_failure(tmp_path):
    job, post = run(tmp_path, IN_REVIEW, **{"max-wait-time": "soon"})
    assert (job.exit_code, post.states) == (2, ["failure"])


def test_a_triggered_run_posts_a_pending_status(tmp_path):
    job, post = run(tmp_path, IN_REVIEW, wait="false")
    assert (job.exit_code, post.states) == (0, ["pending"])


def test_a_status_that_cannot_be_posted_is_a_warning(tmp_path):
    job, _ = run(tmp_path, an_execution(Status.COMPLETED), refuses=True)
    assert job.exit_code == 0
    [warning] = [words for _, words in job.provider.annotations if "could not be set" in words]
    assert "“genesis” could not be set to success" in warning


def test_a_green_job_without_junit_posts_a_failure(tmp_path):
    """A directory has the path of the JUnit file."""
    (tmp_path / "genesis-results" / "junit.xml").mkdir(parents=True)
    job, post = run(tmp_path, an_execution(Status.COMPLETED))
    assert job.exit_code != 0
    assert post.states == ["failure"]


@pytest.mark.parametrize(
    ("verdict", "exit_code", "state"),
    [
        (Verdict.PASSED, 0, State.SUCCESS),
        (Verdict.FAILED, 1, State.FAILURE),
        (Verdict.TIMED_OUT, 6, State.FAILURE),
        (Verdict.REVIEW_PENDING, 3, State.PENDING),
        (Verdict.TRIGGERED, 0, State.PENDING),
    ],
)
def test_the_verdict_decides_the_state(verdict, exit_code, state):
    status = status_of(a_run_report(a_report(verdict, exit_code)), "genesis")
    assert (status["state"], status["context"]) == (state, "genesis")


def test_a_failure_beside_a_triggered_run_is_a_failed_status():
    report = a_run_report(a_report(Verdict.TRIGGERED), a_report(Verdict.FAILED, 1))
    assert status_of(report, "genesis")["state"] is State.FAILURE


def test_a_long_message_is_cut_to_what_github_takes():
    outcome = replace(reports.failed().outcome, message="words " * 100)
    status = status_of(replace(reports.failed(), outcome=outcome), "genesis")
    assert len(status["description"]) <= MOST_DESCRIPTION
    assert status["description"].endswith("words…")


def test_the_status_links_to_the_run_with_the_jobs_verdict():
    report = a_run_report(
        a_report(run_url="https://g.example/1"),
        a_report(Verdict.FAILED, 1, run_url="https://g.example/2"),
    )
    assert status_of(report, "genesis")["target_url"] == "https://g.example/2"


def test_the_status_links_to_the_run_in_review_or_the_job():
    report = reports.review()
    [workflow] = report.workflows
    assert workflow.run_url
    assert status_of(report, "genesis")["target_url"] == workflow.run_url
    without = replace(report, workflows=(replace(workflow, run_url=None),))
    assert status_of(without, "genesis")["target_url"] == report.job_url


def test_a_signal_during_the_post_interrupts_the_job(tmp_path):
    states = []

    def interrupted_once(review, status):
        states.append(status["state"])
        if len(states) == 1:
            raise Interrupted

    job = Job(tmp_path).run(
        polled(IN_REVIEW),
        parse=lambda: replace(parsed_inputs(), review_status=REVIEW),
        services={
            "post_status": interrupted_once,
            "signalled": lambda: 143 if states else None,
        },
    )
    assert (job.exit_code, states) == (143, [State.PENDING, State.FAILURE])
    assert IN_REVIEW.id in job.report("result.json")


def test_nothing_is_posted_without_a_status_name(tmp_path):
    post = Posting(tmp_path)
    job = Job(tmp_path).run(polled(IN_REVIEW), services={"post_status": post})
    assert (job.exit_code, post.states) == (3, [])


def test_a_review_after_a_failed_attempt_is_pending_and_red():
    report = replace(
        reports.review().workflows[0], earlier=(a_report(Verdict.FAILED, 1, execution_id="run-1"),)
    )
    posted = []
    job = kept_yellow(
        a_run_report(report), REVIEW, lambda _, status: posted.append(status["state"])
    )
    assert posted == [State.PENDING]
    assert job.outcome.exit_code == 3
    assert "only a pass is green" in job.outcome.message
