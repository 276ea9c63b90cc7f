"""GitHub: which pull request a job is about, whose token it has, what a refusal means."""

import pytest

from tests.forges import OTHER_SHA, SHA, GitHubStandIn, pull

from .jobs import FROM_FORK, TOKEN, CommentJob, finished_run, on_github

AFTERWARDS = on_github(GITHUB_EVENT_NAME="workflow_run", GITHUB_WORKFLOW="Comment")


def test_the_token_goes_into_one_header_and_nowhere_else():
    forge = GitHubStandIn()
    job = CommentJob(forge)
    assert {one.headers["Authorization"] for one in forge.requests} == {f"Bearer {TOKEN}"}
    assert TOKEN not in str([forge.seen, job.lines, job.errors])


def test_another_app_s_comments_are_not_ours():
    forge = GitHubStandIn()
    forge.user["login"] = "our-app[bot]"
    CommentJob(forge)
    forge.comments[0]["user"] = {"login": "github-actions[bot]", "id": 9, "type": "Bot"}
    CommentJob(forge, on_github(run=101))
    assert [one["user"]["login"] for one in forge.comments] == [
        "github-actions[bot]",
        "our-app[bot]",
    ]


def test_where_nothing_tells_whose_token_it_is_it_is_the_jobs_own():
    forge = GitHubStandIn(graphql=False)
    CommentJob(forge)
    CommentJob(forge, on_github(run=101))
    assert len(forge.own()) == 1


def test_a_person_s_token_finds_that_person_s_comment():
    forge = GitHubStandIn(app=False)
    CommentJob(forge)
    CommentJob(forge, on_github(run=101))
    assert len(forge.own()) == 1


def test_after_a_fork_s_run_the_request_is_found_by_the_event_s_head():
    forge = GitHubStandIn()
    forge.pulls = [
        pull(6, OTHER_SHA, "contributor/shop", "fix"),
        pull(7, SHA, "contributor/shop", "fix"),
        pull(8, SHA, "contributor/other", "fix"),
    ]
    job = CommentJob(forge, AFTERWARDS, event=finished_run())
    assert (job.exit_code, job.lines[0]) == (
        0,
        "GitHub, request 7: the comment is up to date.",
    )
    assert "actions/runs/55" in forge.own()[0]


def test_after_a_run_of_a_commit_that_a_push_replaced_there_is_nothing_to_comment_on():
    forge = GitHubStandIn()
    job = CommentJob(forge, AFTERWARDS, event=finished_run(sha=OTHER_SHA))
    assert job.exit_code == 0
    assert "nothing to comment on: no open pull request has bbbbbbb" in job.lines[0]
    assert forge.comments == []


def test_a_run_is_as_new_as_the_one_that_it_follows():
    forge = GitHubStandIn()
    late = {**AFTERWARDS, "GITHUB_RUN_ID": "900"}
    CommentJob(forge, {**AFTERWARDS, "GITHUB_RUN_ID": "800"}, event=finished_run(number=56))
    job = CommentJob(forge, late, event=finished_run(number=55))
    assert "a newer run's comment is there already" in job.lines[0]


def test_a_push_is_about_no_pull_request():
    job = CommentJob(GitHubStandIn(), on_github(GITHUB_EVENT_NAME="push"), event={"ref": "x"})
    assert job.exit_code == 0
    assert "nothing to comment on: the event “push” is about no pull request" in job.lines[0]


@pytest.mark.parametrize("is_pull_request", [True, False])
def test_a_comment_that_starts_a_job_is_on_a_pull_request_or_it_is_not(is_pull_request):
    forge = GitHubStandIn()
    issue = {"number": 7} | ({"pull_request": {"url": "https://x"}} if is_pull_request else {})
    job = CommentJob(forge, on_github(GITHUB_EVENT_NAME="issue_comment"), event={"issue": issue})
    assert (job.exit_code, len(forge.own())) == (0, int(is_pull_request))


def test_a_fork_s_read_only_token_is_told_of_the_recipe():
    forge = GitHubStandIn()
    forge.may_write = False
    job = CommentJob(forge, event=FROM_FORK)
    assert job.exit_code == 7
    assert "workflow_run, as docs/comments.md shows" in " ".join(job.lines)


@pytest.mark.parametrize("repository", ["", "acme", "acme/shop/../../x", "a?b/c"])
def test_a_repository_that_would_lead_elsewhere_is_refused(repository):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_REPOSITORY=repository))
    assert (job.exit_code, forge.requests) == (2, [])
