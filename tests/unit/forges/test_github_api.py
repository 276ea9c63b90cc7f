"""GitHub: the pull request of a job, the token's user, refusals, and commit statuses."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.github_api import STATUS_WAITS, post_status
from genesis_ci.forges.rest import Access
from genesis_ci.redaction import Secret
from tests.forges import OTHER_SHA, SHA, Fault, GitHubStandIn, pull

from .jobs import FROM_FORK, TOKEN, AddressedSender, CommentJob, finished_run, on_github

AFTERWARDS = on_github(GITHUB_EVENT_NAME="workflow_run", GITHUB_WORKFLOW="Comment")


def test_the_token_is_sent_only_in_its_header():
    forge = GitHubStandIn()
    job = CommentJob(forge)
    assert {one.headers["Authorization"] for one in forge.requests} == {f"Bearer {TOKEN}"}
    assert TOKEN not in str([forge.seen, job.lines, job.errors])


def test_comments_of_another_app_are_ignored():
    forge = GitHubStandIn()
    forge.user["login"] = "our-app[bot]"
    CommentJob(forge)
    forge.comments[0]["user"] = {"login": "github-actions[bot]", "id": 9, "type": "Bot"}
    CommentJob(forge, on_github(run=101))
    assert [one["user"]["login"] for one in forge.comments] == [
        "github-actions[bot]",
        "our-app[bot]",
    ]


def test_a_token_without_a_user_is_the_jobs_own():
    forge = GitHubStandIn(graphql=False)
    CommentJob(forge)
    CommentJob(forge, on_github(run=101))
    assert len(forge.own()) == 1


def test_a_personal_token_finds_the_persons_comment():
    forge = GitHubStandIn(app=False)
    CommentJob(forge)
    CommentJob(forge, on_github(run=101))
    assert len(forge.own()) == 1


def test_the_request_of_a_finished_run_is_found_by_its_head():
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


def test_a_finished_run_of_a_replaced_commit_comments_on_nothing():
    forge = GitHubStandIn()
    job = CommentJob(forge, AFTERWARDS, event=finished_run(sha=OTHER_SHA))
    assert job.exit_code == 0
    assert "nothing to comment on: no open pull request has bbbbbbb" in job.lines[0]
    assert forge.comments == []


def test_a_run_is_as_new_as_the_run_that_started_it():
    forge = GitHubStandIn()
    late = {**AFTERWARDS, "GITHUB_RUN_ID": "900"}
    CommentJob(forge, {**AFTERWARDS, "GITHUB_RUN_ID": "800"}, event=finished_run(number=56))
    job = CommentJob(forge, late, event=finished_run(number=55))
    assert "a newer run's comment is there already" in job.lines[0]


def test_a_push_comments_on_nothing():
    job = CommentJob(GitHubStandIn(), on_github(GITHUB_EVENT_NAME="push"), event={"ref": "x"})
    assert job.exit_code == 0
    assert "nothing to comment on: the event “push” is about no pull request" in job.lines[0]


@pytest.mark.parametrize("is_pull_request", [True, False])
def test_a_comment_event_is_used_only_on_a_pull_request(is_pull_request):
    forge = GitHubStandIn()
    issue = {"number": 7} | ({"pull_request": {"url": "https://x"}} if is_pull_request else {})
    job = CommentJob(forge, on_github(GITHUB_EVENT_NAME="issue_comment"), event={"issue": issue})
    assert (job.exit_code, len(forge.own())) == (0, int(is_pull_request))


def test_a_fork_with_a_read_only_token_gets_the_recipe():
    forge = GitHubStandIn()
    forge.may_write = False
    job = CommentJob(forge, event=FROM_FORK)
    assert job.exit_code == 7
    assert "workflow_run, as docs/reports.md shows" in " ".join(job.lines)


@pytest.mark.parametrize("repository", ["", "acme", "acme/shop/../../x", "a?b/c"])
def test_a_malformed_repository_is_refused(repository):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_REPOSITORY=repository))
    assert (job.exit_code, forge.requests) == (2, [])


PENDING = {
    "state": "pending",
    "context": "genesis",
    "description": "Look.",
    "target_url": "https://ci.example/7",
}


def posted(forge, fields=PENDING, *, sha=SHA, token=TOKEN) -> AddressedSender:
    sender = AddressedSender(forge)
    access = Access(
        base="https://api.github.com",
        token=Secret(token),
        sender=sender,
        scrub=str,
        user_agent="genesis-ci/0",
    )
    post_status(fields, sha=sha, access=access if token else None, environ=on_github())
    return sender


def test_a_status_is_posted_on_the_commit():
    forge = GitHubStandIn()
    posted(forge)
    assert forge.statuses == [{"sha": SHA, **PENDING}]


def test_a_status_is_posted_again_after_a_fault():
    forge = GitHubStandIn()
    forge.faults = [Fault("POST"), Fault("POST")]
    assert posted(forge).paused == [*STATUS_WAITS]
    assert len(forge.statuses) == 1
    forge.faults = [Fault("POST") for _ in range(3)]
    with pytest.raises(ContactError):
        posted(forge)


@pytest.mark.parametrize("missing", [{"sha": None}, {"token": ""}])
def test_a_status_without_commit_or_token_is_not_sent(missing):
    forge = GitHubStandIn()
    with pytest.raises(RefusedError):
        posted(forge, **missing)
    assert forge.requests == []


def test_a_refused_status_names_the_permission():
    forge = GitHubStandIn()
    forge.may_write = False
    with pytest.raises(RefusedError) as refused:
        posted(forge)
    assert "statuses: write" in refused.value.hint
