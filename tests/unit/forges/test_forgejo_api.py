"""Forgejo and Gitea: what differs from GitHub; the tests of all forges run with them, too."""

from functools import partial

import pytest

from genesis_ci.errors import ConfigError, RefusedError
from genesis_ci.models.change import Change
from tests.builders import a_response, problems_in
from tests.forges import NOT_FOUND, SHA, Fault, ForgejoStandIn, pull
from tests.unit.config.configs import ENV, parse
from tests.unit.jobs.test_changed_files import EVERY, names_of, settings_for
from tests.unit.reporters.reports import completed, failed

from .jobs import CommentJob, connected, finished_run, on_forgejo, pull_request_of, scheduled
from .test_github_api import PENDING

NIGHTLY = failed()._replace(change=Change(branch="main"))
MISSING = a_response({"message": "The target couldn't be found."}, 404)


@pytest.fixture(params=["forgejo-actions", "gitea-actions", "ci"])
def forge(request):
    """One for each kind of token: a job's on both servers, and a person's."""
    return ForgejoStandIn(request.param)


def night(forge, report=NIGHTLY, run=100, **more) -> CommentJob:
    return CommentJob(forge, scheduled(forge, run), event={}, report=report, as_issue=True, **more)


def test_each_kind_of_token_finds_its_own_comment_and_issue(forge):
    for run, report in ((100, failed()), (100, failed()), (101, completed())):
        assert CommentJob(forge, run=run, report=report).exit_code == 0
        night(forge, report._replace(change=Change()), run)
    assert ["Passed" in body for body in forge.own()] == [True]
    assert [one[0] for one in forge.shown_issues()] == ["closed"]
    assert all(one.url.startswith("https://forge.example/git/api/v1/") for one in forge.requests)


def test_an_issue_beyond_the_first_page_is_found():
    forge = ForgejoStandIn()
    for _ in range(120):
        forge.open_issue({"title": "x", "body": "x"}, [], {"login": "mallory", "id": 66})
    night(forge)
    night(forge, run=101)
    assert len(forge.issues) == 121


def test_a_token_that_may_not_read_its_user_adds_no_second_comment():
    forge = ForgejoStandIn("ci")
    forge.may_read_user = False
    for job_of in (CommentJob, night):
        jobs = [job_of(forge, run=run) for run in (100, 101)]
        assert [job.exit_code for job in jobs] == [0, 7]  # the answer to a write names the author
        assert forge.writes.pop() == "POST"
        assert forge.writes == []
        assert "read:user" in " ".join(jobs[1].lines)
    forge.may_read_user, forge.user = True, {"id": 9}
    assert CommentJob(forge).exit_code == 8


def test_a_lost_answer_to_a_token_that_may_not_read_its_user_is_no_refusal():
    forge = ForgejoStandIn("ci")
    forge.may_read_user, forge.faults = False, [Fault("POST", acted_on=True)]
    job = CommentJob(forge)
    assert (job.exit_code, forge.writes) == (8, ["POST"])
    assert "may be written or not" in job.errors[0]


def test_a_refusal_after_the_comment_was_written_does_not_fail_the_job():
    forge = ForgejoStandIn("ci")
    forge.after["POST"] = lambda: forge.faults.append(Fault("GET", MISSING))
    job = CommentJob(forge)
    assert (job.exit_code, len(forge.own())) == (0, 1)
    assert "the comment was created" in " ".join(job.lines)


def test_what_a_token_may_not_read_is_not_found():
    forge = ForgejoStandIn()
    forge.faults = [Fault("GET", MISSING)]
    job = CommentJob(forge)
    assert job.exit_code == 7
    assert "couldn't be found" in job.errors[0]
    assert "What a token may not read is “not found”" in " ".join(job.lines)


def test_a_server_without_the_list_of_files_runs_every_entry():
    forge = ForgejoStandIn()
    forge.act = lambda *_: NOT_FOUND
    settings = settings_for(forge)
    assert names_of(settings) == EVERY
    assert "this version of the server does not have" in settings.notices[0]


def test_a_fork_with_a_read_only_token_gets_no_advice_for_github():
    forge = ForgejoStandIn()
    forge.may_write = False
    job = CommentJob(forge, event=pull_request_of("contributor/shop"))
    assert job.exit_code == 7
    assert "For a fork's pull request, the job's own may only read" in " ".join(job.lines)
    assert "workflow_run" not in " ".join(job.lines)


def test_the_request_of_a_finished_run_is_found_among_all_that_are_open():
    forge = ForgejoStandIn("gitea-actions")
    others = [pull(number, "c" * 40) for number in range(100, 180)]
    forge.pulls = {"any": [*others, pull(8, repository="contributor/other"), pull(7)]}
    job = CommentJob(forge, on_forgejo(GITHUB_EVENT_NAME="workflow_run"), event=finished_run())
    assert "pull request #7: the comment was created" in job.lines[0]
    assert [number for number, one in forge.threads.items() if one] == ["7"]


def test_an_issue_opens_without_labels_if_they_are_not_listed():
    forge = ForgejoStandIn()
    forge.after["GET"] = partial(forge.faults.append, Fault("GET", MISSING))  # after the user
    job = night(forge, labels=("Genesis",))
    assert job.exit_code == 0
    [warning] = job.warnings
    assert "was created without “Genesis”" in warning


def test_a_status_is_posted_again_after_a_fault_and_a_refusal_names_the_scope():
    forge = ForgejoStandIn()
    forge.faults = [Fault("POST")]
    post = partial(connected(forge, on_forgejo()).post_status, PENDING, SHA)
    post()
    assert forge.statuses == [{"sha": SHA, **PENDING}]
    forge.may_write = False
    with pytest.raises(RefusedError) as refused:
        post()
    assert "write:repository" in refused.value.hint


def test_a_deployment_is_refused_before_anything_is_asked():
    given = {"environ": {**on_forgejo(), **ENV}, "ci": "GITEA_ACTIONS"}
    [problem] = problems_in(parse(wait_for="{deployment: Preview, as: base}", **given))
    assert "GitHub and GitLab have deployments, others do not; give its url" in problem
    assert not problems_in(parse(review_status="genesis", **given))


def test_no_token_is_sent_without_an_address():
    forge = ForgejoStandIn()
    with pytest.raises(ConfigError):
        connected(forge, on_forgejo(GITHUB_API_URL=""))
