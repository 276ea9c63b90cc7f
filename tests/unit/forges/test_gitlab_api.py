"""GitLab: the merge request of a job, its token, and deployments."""

from genesis_ci.models.change import Change
from genesis_ci.models.readiness import Deployment, Stage
from tests.forges import OTHER_SHA, SHA, GitLabStandIn
from tests.unit.reporters.reports import failed

from .jobs import CommentJob, connected, on_gitlab, scheduled

NIGHTLY = failed()._replace(change=Change(branch="main"))


def test_a_branch_pipeline_writes_no_comment():
    job = CommentJob(GitLabStandIn(), on_gitlab(CI_MERGE_REQUEST_IID=""))
    assert job.exit_code == 0
    assert "not a merge request pipeline" in job.lines[0]


def test_a_schedule_gets_the_advice_to_keep_an_issue():
    forge = GitLabStandIn()
    assert "--issue" in CommentJob(forge, scheduled(forge)).lines[0]
    assert forge.requests == []


def test_a_merge_request_opens_no_issue():
    forge = GitLabStandIn()
    job = CommentJob(forge, report=NIGHTLY, as_issue=True)
    assert (job.exit_code, forge.requests) == (0, [])


def test_issues_that_are_switched_off_name_the_setting():
    forge = GitLabStandIn()
    forge.may_write = False
    job = CommentJob(forge, scheduled(forge), report=NIGHTLY, as_issue=True)
    assert job.exit_code == 7
    assert "Visibility, Issues" in " ".join(job.lines)


def test_a_forks_pipeline_comments_on_the_target_project():
    forge = GitLabStandIn()
    assert CommentJob(forge, on_gitlab(CI_PROJECT_ID="77")).exit_code == 0
    assert len(forge.own()) == 1


def test_a_system_note_is_ignored():
    forge = GitLabStandIn()
    CommentJob(forge)
    forge.comments[0]["system"] = True
    CommentJob(forge, run=101)
    assert len(forge.comments) == 2


def test_an_answer_without_the_user_adds_no_second_comment():
    forge = GitLabStandIn()
    CommentJob(forge)
    forge.user = {}
    job = CommentJob(forge, run=101)
    assert (job.exit_code, forge.writes) == (8, ["POST"])
    assert "GitLab gave an answer that cannot be read" in job.errors[0]


def test_deployments_of_the_tested_commits_are_listed():
    forge = GitLabStandIn()
    forge.deploy("review/7", "success", "https://p.example.com")
    forge.deploy("review/7", "skipped", sha=OTHER_SHA)
    forge.deploy("review/7", "running", sha="c" * 40)
    forge.deploy("review/7", "a new word")
    forge.deploy("production", "failed")
    environ = on_gitlab(CI_COMMIT_SHA=OTHER_SHA)
    assert connected(forge, environ).deployments(SHA, "review/7") == [
        Deployment("review/7", "a new word", Stage.UNDER_WAY),
        Deployment("review/7", "skipped", Stage.OVER),
        Deployment("review/7", "success", Stage.READY, "https://p.example.com"),
    ]
    every = connected(forge, environ).deployments(SHA, "")
    assert (every[0].environment, every[0].stage) == ("production", Stage.FAILED)
