"""`review-status`: pending before the trigger and in a review, final after the reports."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.features.review_status import (
    MOST_DESCRIPTION,
    ReviewStatus,
    State,
    Statuses,
    commit_status,
    post_in_review,
)
from genesis_ci.forges.github_api import GitHub
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.report import Level, Verdict
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from genesis_ci.system.signals import Interrupted
from tests.approved import check_approved
from tests.builders import WORKFLOW_ID, a_block, a_report, a_run_report, an_execution
from tests.fakes import FakeApi
from tests.unit import whole_job
from tests.unit.config.configs import KEY, PATH, a_triggered, parse, result_json
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, on_github
from tests.unit.published import Job, polled
from tests.unit.whole_job import Ending, World, report_of

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

    def post_status(self, status, commit) -> None:
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
        io={"connect": lambda *_: post, "signalled": signalled},
        **inputs,
    )


@pytest.fixture
def post(tmp_path) -> Posting:
    return Posting(tmp_path)


SKIPPED = {"api_key": "", "missing_key": "skip"}
COMPLETED, FAILED = an_execution(Status.COMPLETED), an_execution(Status.FAILED)
JOBS: dict[str, tuple[Execution, RefusedError | ContactError | None, int, dict]] = {
    "in review": (IN_REVIEW, None, 0, {}),
    "in review, second status refused": (IN_REVIEW, REFUSED, 1, {}),
    "completed": (COMPLETED, None, 0, {}),
    "failed": (FAILED, None, 0, {}),
    "bad configuration": (IN_REVIEW, None, 0, {"max_wait_time": "soon"}),
    "triggered": (IN_REVIEW, None, 0, {"wait": "false"}),
    "first status refused": (COMPLETED, REFUSED, 0, {}),
    "first status lost": (COMPLETED, LOST, 0, {}),
    "last status refused": (COMPLETED, REFUSED, 1, {}),
    "last status lost": (COMPLETED, LOST, 1, {}),
    "last status of a red job refused": (FAILED, REFUSED, 1, {}),
    "only status of a skipped job refused": (COMPLETED, REFUSED, 0, SKIPPED),
}


def test_statuses_are_approved(tmp_path):
    """A refused first status triggers nothing, and a skipped job posts no pending one."""
    texts = {}
    for case, (execution, error, fails_at, inputs) in JOBS.items():
        root = tmp_path / case
        root.mkdir()
        post, api = Posting(root, error, fails_at), polled(execution)
        job = run(root, api, post, **inputs)
        color = "red" if job.is_red_in_junit else "green"
        rows = [f"exit code {job.exit_code}, {color} in junit.xml, {len(api.triggered)} triggers"]
        rows += [f"{job.result['verdict']}: {job.result['message']}", f"→ {job.result['hint']}"]
        for status, stored in zip(post.statuses, post.stored_verdicts, strict=True):
            values = " | ".join(status.values())
            rows.append(f"posted {values}, while result.json said {stored}")
        rows += [f"warning: {words}" for words in job.annotations(Level.WARNING)]
        texts[case] = "\n".join(rows)
    check_approved("review_status", texts)


def test_a_green_job_without_junit_posts_a_failure(tmp_path, post):
    """A directory has the path of the JUnit file."""
    (tmp_path / "genesis-results" / "junit.xml").mkdir(parents=True)
    job = run(tmp_path, an_execution(Status.COMPLETED), post)
    assert job.exit_code != 0
    assert post.states[-1] == "failure"


def test_a_failure_beside_a_triggered_run_is_a_failed_status():
    report = a_run_report(a_report(Verdict.TRIGGERED), a_report(Verdict.FAILED, 1))
    assert commit_status(report, "genesis")["state"] is State.FAILURE


def test_a_long_message_is_cut_to_what_github_takes():
    report = a_run_report()
    outcome = report.outcome._replace(sentences=("words " * 100,))
    status = commit_status(report._replace(outcome=outcome), "genesis")
    assert len(status["description"]) <= MOST_DESCRIPTION
    assert status["description"].endswith("…")


def test_the_status_links_to_the_run_or_the_job():
    report = a_run_report(
        a_report(run_url="https://g.example/1"),
        a_report(Verdict.FAILED, 1, run_url="https://g.example/2"),
    )
    assert commit_status(report, "genesis")["target_url"] == "https://g.example/2"
    without = a_run_report(a_report())._replace(job_url="https://ci.example/1")
    assert commit_status(without, "genesis")["target_url"] == "https://ci.example/1"
    assert "target_url" not in commit_status(without._replace(job_url=None), "genesis")


@pytest.mark.parametrize("nth", [1, 2])
def test_a_signal_during_a_post_interrupts_the_job(tmp_path, post, nth):
    """The next job can attach to the runs."""
    run(tmp_path, IN_REVIEW, post, wait="false")
    states = []

    def interrupted_once(status, commit):
        states.append(status["state"])
        if len(states) == nth:
            raise Interrupted(143)

    signalled = lambda: 143 if len(states) >= nth else None  # noqa: E731
    forge = SimpleNamespace(post_status=interrupted_once)
    job = run(tmp_path, IN_REVIEW, forge, signalled, **WAITS)
    assert (job.exit_code, states) == (143, [State.PENDING] * nth + [State.FAILURE])
    assert [one["execution_id"] for one in job.result["workflows"]] == ["run-1"]


def test_a_refused_status_keeps_the_runs_for_the_next_wait(tmp_path, post):
    run(tmp_path, IN_REVIEW, post, wait="false")
    assert run(tmp_path, IN_REVIEW, Posting(tmp_path, REFUSED), **WAITS).exit_code == 7
    assert run(tmp_path, an_execution(Status.COMPLETED), post, **WAITS).exit_code == 0
    assert post.states == ["pending", "pending", "pending", "success"]


def test_a_review_after_a_failed_attempt_is_pending_and_red():
    report = a_report(Verdict.REVIEW_PENDING, 3, earlier=(a_report(Verdict.FAILED, 1),))
    posted = []
    statuses = Statuses(REVIEW, lambda status: posted.append(status["state"]))
    job = post_in_review(a_run_report(report), statuses)
    assert posted == [State.PENDING]
    assert job.outcome.exit_code == 3
    assert "only a pass is green" in job.outcome.message


@pytest.mark.parametrize(
    ("reads_config", "code", "state"), [(False, 0, "success"), (True, 8, "failure")]
)
def test_a_settling_job_leaves_out_what_paths_left_out(reads_config, code, state, tmp_path):
    """Without a config file; where one is read, it says that the entry has to have a run."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    environ = on_github(GITHUB_EVENT_PATH=str(event), GITHUB_SERVER_URL="https://github.com")
    ids = [f"6f9619ff-8b86-4d01-b42d-00c04fc964f{at}" for at in range(2)]
    entries = [
        {"name": name, "workflow-id": id_, "paths": [f"{name}/**"]}
        for name, id_ in zip(("shop", "account"), ids, strict=True)
    ]
    world = World(endings=lambda _: Ending(output=report_of("passed")))
    world.forge.touch("shop/cart.py")
    world.files[".genesis-ci.yml"] = json.dumps({"version": 1, "workflows": entries})
    given = {"api-key": KEY, "github-token": TOKEN, "review-status": "gate"}
    assert whole_job.run(world, Verb.RUN, given, environ).code == 0
    if reads_config:
        del entries[1]["paths"]
        world.files[".genesis-ci.yml"] = json.dumps({"version": 1, "workflows": entries})
    else:
        del world.files[".genesis-ci.yml"]
    settled = whole_job.run(
        world, Verb.RUN, {**given, "from": "genesis-results/result.json"}, environ
    )
    assert (settled.code, world.forge.statuses[-1]["state"]) == (code, state)
    assert len(world.triggers) == 1
    [_, account] = settled.result["workflows"]
    assert account["left_out_by"] == (None if reads_config else "changed files")


def parsed(*config: str, **given: Any) -> Settings:
    options = {"change": Change(sha=SHA), "ci": "GITHUB_ACTIONS", "environ": {}}
    return parse(*config, **{"review_status": "genesis", **options, **given})


def test_status_is_for_the_head_of_the_change():
    found = parsed(github_token=TOKEN)
    assert found.review_status == ReviewStatus("genesis", SHA, GitHub, Secret(TOKEN))
    assert parsed(review_status="").review_status is None


def test_token_from_the_environment_is_hidden():
    found = parsed(environ={"GITHUB_TOKEN": TOKEN})
    assert found.review_status.token.reveal() in found.scrub.values
    assert TOKEN not in str(found)


@pytest.mark.parametrize("text", ["", "  ", "no token"])
def test_malformed_token_is_ignored(text):
    found = parsed(environ={"GITHUB_TOKEN": text} if text else {})
    assert (found.problems, found.review_status.token) == ((), None)


@pytest.mark.parametrize(
    ("sha", "found"),
    [("d" * 40, "d" * 40), (None, None), ("d" * 7, None)],
)
def test_wait_from_posts_on_the_commit_of_the_file(sha, found):
    text = result_json(a_triggered(workflow_id=WORKFLOW_ID), change={"sha": sha})
    waits = parsed(verb=Verb.WAIT, attach_from=PATH, contents={PATH: text})
    assert waits.review_status.sha == found


@pytest.mark.parametrize("given", [{"ci": ""}, {"accept": "review_pending"}])
def test_refused_status_is_not_posted(given):
    assert parsed(**given).review_status is None


def test_what_keeps_the_status_from_being_pending_is_refused():
    entries = (
        f"  - {{name: {name}, workflow-id: {WORKFLOW_ID}, {name}: {value}}}\n"
        for name, value in (("max-review-time", "1h"), ("accept", "review_pending"))
    )
    found = parsed(f"version: 1\nworkflows:\n{''.join(entries)}")
    accepted, waited = (one.words for one in found.problems)
    assert "accept: review_pending" in accepted
    assert "max-review-time" in waited
