"""GitHub: the pull request of a job, the token's user, refusals, statuses, deployments."""

import pytest

from genesis_ci import DOCUMENTATION
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.comment_thread import read_mark
from genesis_ci.forges.forge import WAITS
from genesis_ci.forges.github_api import GitHub
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import Deployment, Stage
from tests.builders import a_response
from tests.forges import OTHER_SHA, SHA, Fault, GitHubStandIn, pull
from tests.unit.reporters.reports import failed

from .jobs import CommentJob, connected, finished_run, on_github, pull_request_of, scheduled

AFTERWARDS = on_github(GITHUB_EVENT_NAME="workflow_run", GITHUB_WORKFLOW="Comment")
NIGHTLY = failed()._replace(change=Change(branch="main"))
COMMENT = "https://github.com/acme/shop/pull/7#issuecomment-1000"
COMMENTED = on_github(GITHUB_EVENT_NAME="issue_comment")


@pytest.mark.parametrize(
    "forge", [GitHubStandIn(graphql=""), GitHubStandIn(app=False)], ids=["a job", "a person"]
)
def test_each_kind_of_token_finds_its_own_comment(forge):
    CommentJob(forge)
    CommentJob(forge, on_github(GITHUB_RUN_ATTEMPT="2"))
    assert len(forge.own()) == 1


@pytest.mark.parametrize(
    ("api", "graphql"),
    [("https://api.github.com", "/graphql"), ("https://github.example.com/api/v3", "/api/graphql")],
    ids=["github.com", "Enterprise Server"],
)
def test_an_app_finds_its_own_comment_and_no_other(api, graphql):
    forge = GitHubStandIn(graphql=graphql)
    environ = on_github(GITHUB_API_URL=api)
    forge.user["login"] = "our-app[bot]"
    CommentJob(forge, environ)
    forge.comments[0]["user"] = {"login": "github-actions[bot]", "id": 9, "type": "Bot"}
    CommentJob(forge, environ, run=101)
    CommentJob(forge, environ, run=102)
    assert len(forge.comments) == 2
    assert len(forge.own()) == 1


def test_an_app_that_nobody_names_has_one_comment_and_one_issue():
    forge = GitHubStandIn(graphql="")
    forge.user = {"login": "shop-app[bot]", "id": 5}
    for run in (100, 101):
        assert CommentJob(forge, run=run).exit_code == 0
        environ = scheduled(forge, run)
        report = failed()._replace(change=Change(branch="main"))
        CommentJob(forge, environ, event={}, report=report, as_issue=True)
    assert len(forge.comments) == 1
    assert [state for state, _body in forge.shown_issues()] == ["closed", "open"]


def test_the_request_of_a_finished_run_is_found_by_its_head():
    forge = GitHubStandIn()
    pulls = [pull(6, OTHER_SHA), pull(7), pull(8, repository="contributor/other")]
    forge.pulls = {"contributor:fix": pulls}
    job = CommentJob(forge, AFTERWARDS, event=finished_run())
    assert job.exit_code == 0
    assert job.lines[0] == "GitHub, pull request #7: the comment was created. " + COMMENT
    assert "actions/runs/55" in forge.own()[0]


def test_each_request_of_a_finished_run_gets_the_comment():
    forge = GitHubStandIn()
    forge.pulls = {"contributor:fix": [pull(7), pull(8)]}
    job = CommentJob(forge, AFTERWARDS, event=finished_run(), report=failed())
    assert job.exit_code == 0
    [[one], [other]] = forge.threads["7"], forge.threads["8"]
    assert "Failed" in one["body"]
    assert one["body"] == other["body"]


def test_the_request_of_a_deployed_commit_is_found():
    forge = GitHubStandIn()
    deployed = on_github(GITHUB_EVENT_NAME="deployment_status", GITHUB_SHA=SHA)
    job = CommentJob(forge, deployed)
    assert job.lines[0] == "GitHub, pull request #7: the comment was created. " + COMMENT
    forge.of_commit = []
    assert "no open pull request has aaaaaaa as its head" in CommentJob(forge, deployed).lines[0]


def test_a_commenting_run_is_ordered_by_the_tested_run():
    forge = GitHubStandIn()
    late = {**AFTERWARDS, "GITHUB_RUN_ID": "900"}
    CommentJob(forge, {**AFTERWARDS, "GITHUB_RUN_ID": "800"}, event=finished_run(number=56))
    job = CommentJob(forge, late, event=finished_run(number=55))
    assert "the comment that is there is newer, and stays" in job.lines[0]


def test_one_job_after_two_workflows_keeps_two_comments():
    forge = GitHubStandIn()
    for number, file in ((55, "ui.yml"), (56, "api.yml")):
        CommentJob(forge, AFTERWARDS, event=finished_run(number=number, file=file))
    assert len(forge.own()) == 2


def test_a_comment_on_a_pull_request_starts_a_comment_there():
    forge = GitHubStandIn()
    event = {"issue": {"number": 7, "pull_request": {"url": "https://x"}}}
    assert CommentJob(forge, COMMENTED, event=event).exit_code == 0
    assert len(forge.own()) == 1


@pytest.mark.parametrize(
    ("environ", "event", "reason"),
    [
        (on_github(GITHUB_EVENT_NAME="push"), {}, "the event “push” is not about a pull request"),
        (
            on_github(GITHUB_EVENT_NAME="schedule"),
            {},
            "the event “schedule” is not about a pull request; for a run that nobody watches, "
            "--issue (the action's input issue) keeps an issue",
        ),
        (
            on_github(GITHUB_EVENT_NAME="merge_group"),
            {"merge_group": {"head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{SHA}"}},
            "the event “merge_group” is not about",
        ),
        (COMMENTED, {"issue": {"number": 7}}, "the event “issue_comment” is not about"),
        (AFTERWARDS, finished_run(OTHER_SHA), "no open pull request has bbbbbbb as its head"),
        (AFTERWARDS, finished_run(""), "the finished run's event names no branch with a commit"),
    ],
)
def test_an_event_without_an_open_request_writes_no_comment(environ, event, reason):
    forge = GitHubStandIn()
    job = CommentJob(forge, environ, event=event)
    assert job.exit_code == 0
    assert f"nothing to comment on: {reason}" in job.lines[0]
    assert forge.comments == []


def test_a_fork_with_a_read_only_token_gets_the_recipe():
    forge = GitHubStandIn()
    forge.may_write = False
    job = CommentJob(forge, event=pull_request_of("contributor/shop"))
    assert job.exit_code == 7
    assert f"workflow_run, as {DOCUMENTATION}comments.html shows" in " ".join(job.lines)


def test_a_finished_scheduled_run_keeps_the_issue_of_its_branch():
    forge = GitHubStandIn()
    ended = finished_run(event="schedule")
    ended["workflow_run"]["pull_requests"] = [{"number": 7}]  # from the branch to another
    job = CommentJob(forge, AFTERWARDS, event=ended, report=NIGHTLY, as_issue=True)
    assert job.exit_code == 0
    [issue] = forge.issues
    assert issue["title"] == "Genesis is red: genesis.yml, Comment, gate, fix"
    assert "actions/runs/55" in issue["body"]
    assert read_mark(issue["body"]).run[:2] == (55, 1)


@pytest.mark.parametrize(
    ("environ", "event", "report"),
    [
        (on_github(), pull_request_of("acme/shop"), NIGHTLY),
        (AFTERWARDS, finished_run(), NIGHTLY),
        (COMMENTED, {"issue": {"number": 7, "pull_request": {}}}, NIGHTLY),
        (on_github(GITHUB_EVENT_NAME="deployment_status"), {}, failed()),
    ],
    ids=["a pull request", "its finished run", "a comment on it", "by the file"],
)
def test_a_run_about_a_pull_request_opens_no_issue(environ, event, report):
    forge = GitHubStandIn()
    job = CommentJob(forge, environ, event=event, report=report, as_issue=True)
    assert (job.exit_code, forge.requests) == (0, [])
    assert job.lines[0] == (
        "The issue stays as it is: an issue is for runs that nobody watches, and this one is about "
        "a request."
    )


def test_a_pull_request_with_the_mark_is_no_issue_of_ours():
    forge = GitHubStandIn()
    environ = scheduled(forge)
    CommentJob(forge, environ, event={}, report=NIGHTLY, as_issue=True)
    forge.issues[0]["pull_request"] = {"url": "https://x"}
    CommentJob(forge, environ, event={}, report=NIGHTLY, as_issue=True)
    assert len(forge.issues) == 2


def test_issues_that_are_switched_off_name_the_setting():
    forge = GitHubStandIn()
    off = a_response({"message": "Issues are disabled for this repo"}, 410)
    forge.faults = [Fault("POST", off)]
    job = CommentJob(forge, scheduled(forge), event={}, report=NIGHTLY, as_issue=True)
    assert job.exit_code == 7
    assert "issues: write" in " ".join(job.lines)
    assert "Features, Issues" in " ".join(job.lines)


@pytest.mark.parametrize(
    ("given", "leg"),
    [
        ("null", ""),
        ("", ""),
        ("{}", ""),
        ("firefox", "firefox"),
        ('{"node": 20,\n "browser": "日本"}', "browser=日本, node=20"),
        ('{"b": {"y": 1, "x": [null]}, "a": "1"}', 'a=1, b={"x": [null], "y": 1}'),
    ],
)
def test_a_leg_is_the_same_in_any_order_of_its_keys(given, leg):
    """GitHub keeps the order of the workflow file, act sorts, and a planned matrix has any."""
    assert GitHub.leg({"COMMENT_LEG": given}) == leg


def test_each_leg_has_an_issue_with_its_name_in_the_title():
    forge = GitHubStandIn()
    for browser in ("firefox", "chrome", "firefox"):
        environ = scheduled(forge, COMMENT_LEG=f'{{"browser": "{browser}"}}')
        CommentJob(forge, environ, event={}, report=NIGHTLY, as_issue=True)
    titles = [issue["title"].partition("main, ")[2] for issue in forge.issues]
    assert titles == ["browser firefox", "browser chrome"]


@pytest.mark.parametrize("repository", ["", "acme", "acme/shop/../../x", "a?b/c"])
def test_a_malformed_repository_is_refused(repository):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_REPOSITORY=repository))
    assert (job.exit_code, forge.requests) == (2, [])


LINK = "https://ci.example/7"
PENDING = {"state": "pending", "context": "genesis", "description": "Look.", "target_url": LINK}


def post(forge, fields=PENDING) -> None:
    connected(forge, on_github()).post_status(fields, SHA)


def test_a_status_is_posted_on_the_commit_again_after_a_fault():
    forge = GitHubStandIn()
    forge.faults = [Fault("POST"), Fault("POST")]
    post(forge)
    assert forge.paused == [*WAITS]
    assert forge.statuses == [{"sha": SHA, **PENDING}]
    forge.faults = [Fault("POST") for _ in range(3)]
    with pytest.raises(ContactError):
        post(forge)


def test_a_refused_status_names_the_permission():
    forge = GitHubStandIn()
    forge.may_write = False
    with pytest.raises(RefusedError) as refused:
        post(forge)
    assert "statuses: write" in refused.value.hint


MERGED = on_github(GITHUB_REF="refs/pull/7/merge", GITHUB_SHA=OTHER_SHA)


def deployments(forge, environment="Preview", environ=MERGED) -> list[Deployment]:
    return connected(forge, environ).deployments(SHA, environment)


def test_deployments_of_head_and_merge_commit_are_listed_newest_first():
    forge = GitHubStandIn()
    forge.deploy("Preview", "queued", sha=OTHER_SHA)
    forge.deploy("Preview", "pending", "success", environment_url="https://p.example.com")
    forge.deploy("Preview", "inactive", description="Skipped", sha="c" * 40)
    forge.deploy("Preview")
    forge.deploy("Production", "error")
    assert deployments(forge) == [
        Deployment("Preview", "no status", Stage.UNDER_WAY),
        Deployment("Preview", "success", Stage.READY, "https://p.example.com"),
        Deployment("Preview", "queued", Stage.UNDER_WAY),
    ]
    words = [one.word for one in deployments(forge, "")]
    assert words == ["error", "no status", "success", "queued"]


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        *((state, Stage.FAILED) for state in ("failure", "error")),
        *(("inactive", Stage.OVER), ("a new word", Stage.UNDER_WAY)),
    ],
)
def test_a_state_of_a_deployment_has_a_stage(state, stage):
    forge = GitHubStandIn()
    forge.deploy("Preview", state, description="Why.")
    assert deployments(forge) == [Deployment("Preview", state, stage, description="Why.")]


@pytest.mark.parametrize("ref", ["", "refs/heads/main", "refs/heads/refs/pull/7/merge"])
def test_a_commit_that_the_job_does_not_test_has_no_deployment(ref):
    """With `pull_request_target` and `workflow_run`, GITHUB_SHA is a commit of the base branch."""
    forge = GitHubStandIn()
    forge.deploy("Preview", "success", sha=OTHER_SHA)
    assert deployments(forge, environ=MERGED | {"GITHUB_REF": ref}) == []


def test_of_a_thousand_deployments_five_are_read():
    forge = GitHubStandIn()
    for number in range(1000):
        forge.deploy(f"pr-{number}", "success")
    assert [one.environment for one in deployments(forge, "")][::4] == ["pr-999", "pr-995"]
    assert len(forge.requests) == 2 + 5
