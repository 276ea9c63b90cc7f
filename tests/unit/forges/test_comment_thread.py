"""One comment for each job, despite pages, other jobs and faults; on every forge."""

import json
import re
from dataclasses import replace

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.features import review_status
from genesis_ci.forges.comment_thread import (
    DUPLICATE,
    PAUSE_AFTER_WRITE,
    WAITS,
    Comment,
    Delete,
    Ending,
    Post,
    Result,
    Write,
    mark_for,
    next_step,
    read_mark,
)
from genesis_ci.jobs.issue import CLOSED, CLOSED_WITHOUT
from genesis_ci.language import fill
from genesis_ci.models.change import Change
from genesis_ci.models.report import UNNAMED, JobReport, Verdict
from tests.builders import a_response
from tests.forges import BAD_GATEWAY, SHA, Fault, ForgejoStandIn, GitHubStandIn, GitLabStandIn
from tests.unit.reporters.reports import (
    WORKFLOW_ID,
    bad_configuration,
    completed,
    completed_with_failed_block,
    failed,
    flaky,
    none_selected,
    not_started,
    outcome_of,
    report,
    review,
    review_passed,
    unmet,
    workflow,
)

from .jobs import SCHEDULE, TOKEN, CommentJob, on, on_github, on_gitlab, scheduled

STRANGER = {"login": "mallory", "id": 66, "type": "User"}


@pytest.fixture(
    params=[GitHubStandIn, GitLabStandIn, ForgejoStandIn], ids=["github", "gitlab", "forgejo"]
)
def forge(request):
    return request.param()


def test_the_next_run_updates_the_comment_on_the_second_page(forge):
    for number in range(120):
        forge.add(f"comment {number}", STRANGER)
    CommentJob(forge, run=100, report=failed())
    for number in range(10):
        forge.add(f"and {number}", STRANGER)
    assert CommentJob(forge, run=101).exit_code == 0
    assert len(forge.comments) == 131
    assert ["Passed" in body for body in forge.own()] == [True]


def test_our_mark_in_the_comment_of_another_user_is_ignored(forge):
    CommentJob(forge, run=100)
    forged = forge.comments[0]
    forged[forge.author] = STRANGER
    CommentJob(forge, run=101, report=failed())
    assert "Passed" in forged["body"]
    assert ["Failed" in body for body in forge.own()] == [True]


def test_an_older_run_never_replaces_a_newer_comment(forge):
    CommentJob(forge, run=101)
    job = CommentJob(forge, run=100, report=failed())
    assert job.exit_code == 0
    assert "the comment that is there is newer, and stays" in job.lines[0]
    assert ["Passed" in body for body in forge.own()] == [True]


def leg_of(forge, browser: str, attempt: int = 1) -> dict[str, str]:
    """Return the environment of one leg of a matrix on a request."""
    if isinstance(forge, GitLabStandIn):
        name = f"genesis: [{browser}]"
        return on_gitlab(CI_JOB_NAME=name, CI_NODE_INDEX="2", CI_JOB_ID=str(1000 + attempt))
    matrix = json.dumps({"browser": browser})
    return on(forge)(COMMENT_LEG=matrix, GITHUB_RUN_ATTEMPT=str(attempt))


def test_each_name_job_and_leg_has_its_own_comment(forge):
    CommentJob(forge)
    CommentJob(forge, name="checkout")
    CommentJob(forge, on(forge)(GITHUB_JOB="nightly", CI_JOB_NAME="nightly"))
    CommentJob(forge, name="checkout")
    assert len(forge.own()) == 3
    CommentJob(forge, leg_of(forge, "firefox"), report=failed())
    CommentJob(forge, leg_of(forge, "chrome"))
    assert len(forge.own()) == 5
    assert "firefox" in next(body for body in forge.own() if "Failed" in body)


def test_a_late_attempt_never_replaces_the_comment_of_a_newer_one(forge):
    CommentJob(forge, leg_of(forge, "firefox", attempt=2))
    job = CommentJob(forge, leg_of(forge, "firefox"), report=failed())
    assert "the comment that is there is newer, and stays" in job.lines[0]


def started(forge, *options: str, run: int = 100, **more) -> CommentJob:
    return CommentJob(forge, run=run, options=("--started", *options), **more)


def test_a_comment_says_that_the_job_runs_until_its_result_is_there(forge):
    CommentJob(forge, run=99, report=failed())
    job = started(forge, job_url="https://ci.example/55")
    [body] = forge.own()
    assert body.splitlines()[1] == "### ⏳ Running"
    assert "[Open the CI job](<https://ci.example/55>)" in body
    assert "the comment was updated. https://git" in job.lines[0]
    assert "is up to date" in started(forge, job_url="https://ci.example/55").lines[0]
    assert "the comment was updated" in CommentJob(forge, report=failed()).lines[0]
    for run in (100, 99):
        assert "the comment that is there is newer, and stays" in started(forge, run=run).lines[0]
    assert ["Failed" in body for body in forge.own()] == [True]
    assert forge.writes == ["POST", forge.update_method, forge.update_method]


def test_the_start_of_the_next_attempt_replaces_the_result(forge):
    CommentJob(forge, leg_of(forge, "firefox"), report=failed())
    CommentJob(forge, leg_of(forge, "firefox", attempt=2), options=("--started",))
    [body] = forge.own()
    assert "firefox" in body
    assert "Running" in body


def test_a_run_waits_half_a_minute_at_most_for_a_comment_that_it_started(forge):
    forge.faults = [Fault("GET", a_response({}, 503, retry_after="30"))]
    job = started(forge)
    assert (job.exit_code, forge.writes, forge.paused) == (8, [], [30.0])


def test_only_red_adds_no_comment_about_a_green_job_but_updates_one(forge):
    jobs = [
        started(forge, "--only-red"),
        CommentJob(forge, options=("--only-red",)),
        CommentJob(forge, run=101, options=("--only-red",), report=failed()),
        started(forge, "--only-red", run=102),
        CommentJob(forge, run=102, options=("--only-red",)),
    ]
    words = ["no comment is needed"] * 2 + ["was created"] + ["was updated"] * 2
    assert [text in job.lines[0] for text, job in zip(words, jobs, strict=True)] == [True] * 5
    assert ["Passed" in body for body in forge.own()] == [True]


def test_two_jobs_at_the_same_time_leave_the_newer_comment(forge):
    forge.before["POST"] = lambda: CommentJob(forge, run=101)
    assert CommentJob(forge, run=100, report=failed()).exit_code == 0
    assert forge.writes == ["POST", "POST", "DELETE"]
    assert ["Passed" in body for body in forge.own()] == [True]


def test_two_jobs_with_the_same_name_get_advice(forge):
    CommentJob(forge)
    [comment] = forge.comments
    other = read_mark(comment["body"])._replace(digest="0" * 16)
    forge.after[forge.update_method] = lambda: comment.update(body=str(other))
    job = CommentJob(forge, report=failed())
    assert job.exit_code == 0
    assert "give each of them a --name" in job.lines[0]


def child_of(forge, number: int, parent: str = "100", **more: str) -> dict[str, str]:
    """Return the environment of one of two jobs with the same name in one run.

    On GitHub and Forgejo one reusable workflow is called twice; on GitLab it is a child pipeline.
    """
    if isinstance(forge, GitLabStandIn):
        of_parent = {"CI_UPSTREAM_PIPELINE_ID": parent} if parent else {"CI_COMMIT_SHA": SHA}
        return on_gitlab(number, CI_PIPELINE_SOURCE="parent_pipeline", **of_parent | more)
    run_id = str(number) if isinstance(forge, ForgejoStandIn) else "100"
    return on(forge)(GITHUB_RUN_NUMBER="7", GITHUB_RUN_ID=run_id)


def other(report: JobReport) -> JobReport:
    """Return the report with another execution."""
    [one] = report.workflows
    execution = one.execution and replace(one.execution, id="another")
    return report._replace(workflows=(replace(one, execution_id="another", execution=execution),))


@pytest.mark.parametrize("parent", ["100", ""], ids=["known parent", "before GitLab 18.9"])
@pytest.mark.parametrize("red_first", [True, False])
@pytest.mark.parametrize("numbers", [(101, 102), (102, 101)])
def test_red_stays_of_two_jobs_of_a_run_that_share_a_comment(forge, numbers, red_first, parent):
    reports = [failed(), other(completed())] if red_first else [completed(), other(failed())]
    for number, made in zip(numbers, reports, strict=True):
        job = CommentJob(forge, child_of(forge, number, parent), report=made)
        assert job.exit_code == 0
    assert "give each of them a --name" in job.lines[0]
    assert ("now has this red result" in job.lines[0]) is not red_first
    assert ["Failed" in body for body in forge.own()] == [True]
    started = CommentJob(forge, child_of(forge, numbers[1], parent), options=("--started",))
    assert started.exit_code == 0
    assert ["Failed" in body for body in forge.own()] == [True]


@pytest.mark.parametrize("numbers", [(101, 102), (102, 101)])
def test_red_stays_of_two_jobs_of_a_run_that_write_at_once(forge, numbers):
    red, green = (child_of(forge, number) for number in numbers)
    forge.before["POST"] = lambda: CommentJob(forge, red, report=failed())
    CommentJob(forge, green, report=other(completed()))
    assert ["Failed" in body for body in forge.own()] == [True]


def test_a_child_pipeline_and_its_parent_share_a_run():
    forge = GitLabStandIn()
    CommentJob(forge, on_gitlab(100), report=failed())
    CommentJob(forge, child_of(forge, 101), report=other(completed()))
    assert ["Failed" in body for body in forge.own()] == [True]


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ({"number": 101}, {"number": 101, "CI_JOB_ID": "9999"}, None),
        ({"number": 101}, {"number": 104, "parent": "103"}, None),
        ({"number": 101, "parent": ""}, {"number": 104, "parent": ""}, "checkout"),
    ],
    ids=["a retry", "the next parent", "the next parent before GitLab 18.9"],
)
def test_a_later_child_pipeline_replaces_its_own_red(first, second, name):
    forge = GitLabStandIn()
    CommentJob(forge, child_of(forge, **first), report=failed(), name=name)
    CommentJob(forge, child_of(forge, **second), report=other(completed()), name=name)
    assert ["Passed" in body for body in forge.own()] == [True]


def test_two_workflow_files_with_one_name_have_two_comments():
    forge = GitHubStandIn()
    for file in ("a.yml", "b.yml"):
        path = f"acme/shop/.github/workflows/{file}@refs/heads/main"
        CommentJob(forge, on_github(GITHUB_WORKFLOW_REF=path))
    assert len(forge.own()) == 2


def test_a_comment_that_another_job_deleted_is_written_again(forge):
    CommentJob(forge, run=99)
    forge.before[forge.update_method] = forge.comments.clear
    assert CommentJob(forge, run=100).exit_code == 0
    assert len(forge.own()) == 1


@pytest.mark.parametrize("acted_on", [True, False], ids=["it arrived", "it did not"])
@pytest.mark.parametrize(
    "answer", [ContactError("Lost.", reached=True), BAD_GATEWAY], ids=["a reset", "a 502"]
)
def test_a_failed_write_adds_no_second_comment(forge, acted_on, answer):
    forge.faults = [Fault("POST", answer, acted_on)]
    job = CommentJob(forge)
    assert job.exit_code == 0
    assert len(forge.own()) == 1
    assert forge.writes == (["POST"] if acted_on else ["POST", "POST"])
    assert "the comment was created" in job.lines[0]


def test_the_job_gives_up_after_growing_waits(forge):
    forge.faults = [Fault("GET") for _ in range(5)]
    job = CommentJob(forge)
    assert job.exit_code == 8
    assert forge.paused == [*WAITS]
    assert "answered 502" in job.errors[0]
    assert forge.comments == []


def test_a_retry_after_beyond_the_limit_ends_the_job(forge):
    forge.faults = [Fault("GET", a_response({"message": "Slow down"}, 429, retry_after="200"))]
    job = CommentJob(forge)
    assert (job.exit_code, len(forge.requests)) == (8, 1)
    assert "answered 429: Slow down" in job.errors[0]


@pytest.mark.parametrize("id_", [None, "../7", 10**21])
def test_an_own_comment_without_an_id_is_an_unreadable_answer(forge, id_):
    CommentJob(forge)
    forge.comments[0]["id"] = id_
    job = CommentJob(forge, run=101)
    assert (job.exit_code, forge.writes) == (8, ["POST"])
    assert "cannot be read: a comment has no id" in job.errors[0]


def test_retry_after_sets_the_wait(forge):
    forge.faults = [Fault("GET", a_response({}, 403, retry_after="30"))]
    assert CommentJob(forge).exit_code == 0
    assert forge.paused == [30.0, PAUSE_AFTER_WRITE]


def test_a_refused_write_names_the_permission_and_exits_7(forge):
    forge.may_write = False
    job = CommentJob(forge)
    assert job.exit_code == 7
    needed = {GitLabStandIn: "scope api", ForgejoStandIn: "write:issue"}
    assert needed.get(type(forge), "pull-requests: write") in " ".join(job.lines)
    assert len(forge.writes) == 1


def test_the_token_is_sent_only_in_its_header(forge):
    job = CommentJob(forge)
    name, value = "Authorization", f"Bearer {TOKEN}"
    if isinstance(forge, GitLabStandIn):
        name, value = "PRIVATE-TOKEN", TOKEN
    assert {one.headers[name] for one in forge.requests} == {value}
    sent = [(one.url, one.body) for one in forge.requests]
    assert TOKEN not in str([sent, job.lines, job.errors])


def night(forge, run: int, report, attempt: int = 1, **more) -> CommentJob:
    """A nightly job that keeps an issue."""
    name = more.pop("name", None)
    report = report._replace(change=Change())
    labels = more.pop("labels", ())
    environ = scheduled(forge, run, attempt, **more)
    job = CommentJob(
        forge, environ, event=SCHEDULE, report=report, name=name, as_issue=True, labels=labels
    )
    assert job.exit_code == 0, job.errors
    return job


def states(forge) -> list[tuple[str, int]]:
    """Return the state and the run of each issue."""
    words = {forge.opened: "open", "closed": "closed"}
    return [(words[state], read_mark(body).run[0]) for state, body in forge.shown_issues()]


def test_forty_red_nights_are_one_issue_that_shows_the_newest(forge):
    for run in range(100, 140):
        job = night(forge, run, (failed, unmet)[run % 2]())
    assert states(forge) == [("open", 139)]
    assert "Conditions unmet" in forge.shown_issues()[0][1]
    address = "https://forge.example/acme/shop/issues/20"
    assert job.lines[0].endswith(f": issue #20 was updated. {address}")
    assert forge.writes == ["POST"] + [forge.update_method] * 39


def test_green_closes_the_issue_with_a_word_above_the_last_red_report(forge):
    night(forge, 100, failed())
    job = night(forge, 101, completed())
    assert ": issue #20 was closed. https://" in job.lines[0]
    [(_, body)] = forge.shown_issues()
    assert body.splitlines()[1] == f"**{CLOSED}**"
    assert "Failed: checkout smoke" in body
    assert "no issue is open any more" in night(forge, 102, completed()).lines[0]
    night(forge, 103, failed())
    assert states(forge) == [("closed", 101), ("open", 103)]
    assert forge.writes == ["POST", forge.update_method, "POST"]


def shown_labels(forge) -> list[str]:
    [labels] = [one["labels"] for one in forge.issues]
    return [one if isinstance(one, str) else one["name"] for one in labels]


def test_an_issue_gets_its_labels_when_it_is_opened(forge):
    job = night(forge, 100, failed(), labels=("Genesis", "red light"))
    assert shown_labels(forge) == ["Genesis", "red light"]
    assert ": issue #20 was created. https://" in job.lines[0]
    forge.issues[0]["labels"] = []
    assert night(forge, 101, failed(), labels=("Genesis",)).warnings == []
    assert shown_labels(forge) == []


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "dropped in silence"])
def test_an_issue_opens_without_a_label_that_may_not_be_set(forge, is_refused):
    forge.labels = {"bug"}
    if is_refused:
        forge.faults = [Fault("POST", a_response({"message": "Validation Failed"}, 422))]
    job = night(forge, 100, failed(), labels=("BUG", "x" * 50) if is_refused else ("bug", "red"))
    assert len(forge.issues) == 1
    [warning] = job.warnings
    assert warning.startswith("Issue #20 was created without “")
    assert ("bug" in warning.lower()) is is_refused


def test_an_older_green_closes_no_issue_of_a_newer_red(forge):
    """The older job writes at the same time, and last."""
    night(forge, 100, failed())
    [issue] = forge.issues
    body = issue[forge.body_field]
    closed = body.replace("run=100", "run=101").replace("is=red", "is=green")
    forge.after[forge.update_method] = lambda: issue.update(
        {forge.body_field: closed, "state": "closed"}
    )
    night(forge, 102, unmet())
    assert states(forge) == [("open", 102)]


def test_a_rerun_updates_closes_and_opens_the_one_issue(forge):
    night(forge, 100, failed())
    night(forge, 100, unmet(), attempt=2)
    assert states(forge) == [("open", 100)]
    night(forge, 100, passed(), attempt=3)
    assert states(forge) == [("closed", 100)]
    night(forge, 100, unmet(), attempt=4)
    assert states(forge) == [("open", 100)]
    assert CLOSED not in forge.shown_issues()[0][1]
    assert forge.writes == ["POST"] + [forge.update_method] * 3


def passed() -> JobReport:
    [one] = completed().workflows
    return report(replace(one, outcome=one.outcome._replace(unchecked=False)))


def yellow() -> JobReport:
    """Return the report of a review under `review-status`."""
    [one] = review().workflows
    return report(replace(one, outcome=review_status.green_in_review(one.outcome, "genesis")))


ENDINGS = {
    "failed": failed,
    "unmet": unmet,
    "lost": lambda: report(not_started(outcome_of(Verdict.LOST_CONTACT))),
    "passed": passed,
    "unchecked": completed,
    "flaky": flaky,
    "accepted": review_passed,
    "although": completed_with_failed_block,
    "yellow": yellow,
    "only": lambda: report(none_selected().workflows[0]),
    "paths": lambda: report(none_selected().workflows[1]),
    "waiting": lambda: report(not_started(outcome_of(Verdict.TRIGGERED))),
}


def ended(text: str) -> JobReport:
    """Return the report of a job: `b failed` for an entry that failed, `b? failed` if not required.

    `x@b failed` has the workflow id of b, and `x@ failed` an unknown one. A job that begins with
    `file` reads a config file.
    """
    workflows = []
    for words in text.removeprefix("file").split(","):
        if words.strip():
            entry, ending = words.split()
            name, at, other = entry.rstrip("?").partition("@")
            id_ = f"{WORKFLOW_ID[:-1]}{other or name}" if other or not at else None
            [one] = ENDINGS[ending]().workflows
            run = one.execution and replace(one.execution, workflow_id=id_)
            fields = {"name": name, "workflow_id": id_, "execution": run}
            workflows.append(replace(one, **fields, required="?" not in entry))
    made = report(*workflows) if workflows else bad_configuration()
    return made._replace(config=".genesis-ci.yml" if text.startswith("file") else None)


@pytest.mark.parametrize(
    ("red", "green", "keeps"),
    [
        ("a failed", "a passed", ""),
        ("a failed", "a unchecked", ""),
        ("a failed", "a flaky", ""),
        ("a lost", "a unchecked", ""),
        ("a unmet", "a passed", ""),
        ("a unmet", "a unchecked", "a"),
        ("a unmet", "a flaky", "a"),
        ("a failed", "a accepted", "a"),
        ("a failed", "a although", "a"),
        ("a failed", "a yellow", "a"),
        ("a failed", "a waiting", "a"),
        ("a failed, b passed", "a passed, b accepted", ""),
        ("a failed, b failed, c unmet", "a passed, b only, c unchecked", "b, c"),
        ("file a failed", "file a only, b passed", "a"),
        ("file a failed", "file a paths", "a"),
        ("a failed, b? failed", "a passed, b? failed", ""),
        ("a failed", "a? passed, b passed", ""),
        ("a failed", "a? failed, b passed", "a"),
        ("a failed", "b? failed, a? passed", ""),
        ("file a failed", "file b passed", " without a"),
        ("file a failed, b unmet", "file c passed", " without a, b"),
        ("file a failed, b unmet", "file b unchecked", "b"),
        ("file a failed", "b passed", "a"),
        ("file a failed", "file b passed, c@ passed", "a"),
        ("file a@ failed", "file b passed", "a"),
        ("file a@ failed", "file a@ passed", ""),
        ("a failed", "x@a passed", ""),
        ("file a failed", "file x@a passed", ""),
        ("file a failed", "file x@a only, b passed", "a"),
        ("file a failed", "file x@a passed, y@a only", "a"),
        ("a failed", "a@b passed", ""),
        ("file", "file a unchecked", ""),
        ("file", "file a paths", "the job itself"),
        ("file", "a waiting", "the job itself"),
    ],
)
def test_green_closes_an_issue_if_it_settles_every_red_entry(forge, red, green, keeps):
    night(forge, 100, ended(red))
    job = night(forge, 101, ended(green))
    [(state, body)] = forge.shown_issues()
    removed = keeps.removeprefix(" without ")
    if keeps and removed == keeps:
        assert (
            f"#20 stays open, because this run does not settle what is red: {keeps}. https"
            in (job.lines[0])
        )
    word = fill(CLOSED_WITHOUT, entries=removed) if removed else CLOSED
    is_closed = removed != keeps or not keeps
    assert (state == "closed", f"**{word}**" == body.splitlines()[1]) == (is_closed, is_closed)


def test_what_was_red_in_an_earlier_night_stays_red_until_it_is_settled(forge):
    """Each night runs a part."""
    night(forge, 99, bad_configuration())
    night(forge, 100, ended("file a unmet, b failed, c failed"))
    assert "not settled since" not in forge.shown_issues()[0][1]
    night(forge, 101, ended("file a failed, b only, c passed"))
    assert "not settled since: b.\n" in forge.shown_issues()[0][1]
    for green in ("a passed, b paths", "a unchecked, b passed"):
        assert "does not settle" in night(forge, 102, ended(f"file {green}")).lines[0]
    night(forge, 103, ended("file a passed"))
    [(state, body)] = forge.shown_issues()
    assert (state, "No longer in the config file: b." in body) == ("closed", True)


@pytest.mark.parametrize("damaged", ["", "job", "W10", "W1sxXV0="])
def test_a_mark_that_cannot_be_read_keeps_the_issue_open(forge, damaged):
    night(forge, 100, ended("a failed"))
    [issue] = forge.issues
    text = re.sub(" red=[^ ]+", f" red={damaged}", issue[forge.body_field])
    issue[forge.body_field] = text
    job = night(forge, 101, passed())
    assert "does not settle what is red: entries without a known name" in job.lines[0]
    assert forge.shown_issues() == [(forge.opened, text)]


def test_an_issue_with_a_thousand_long_names_fits_and_closes_when_all_pass():
    forge = GitHubStandIn()
    names = [f"{number} {'決済 --> <!-- &amp; @x' * 6}"[:100] for number in range(1000)]
    [red], [green], [accepted] = (made().workflows for made in (failed, passed, review_passed))
    for run, others, last in ((100, red, red), (101, green, accepted), (102, green, green)):
        every = (
            replace(one, name=name, workflow_id=f"{WORKFLOW_ID[:-4]}{number:04x}")
            for number, (name, one) in enumerate(zip(names, [*[others] * 999, last], strict=True))
        )
        night(forge, run, report(*every)._replace(config=".genesis-ci.yml"))
        [(state, body)] = forge.shown_issues()
        assert len(body) < 65_536
        assert body.splitlines()[0].count("--") == 2
        assert (state == "closed") is (run == 102)


@pytest.mark.parametrize("name", [WORKFLOW_ID, UNNAMED], ids=["an entry", "wait ID"])
def test_green_closes_the_issue_of_a_workflow_without_a_name(forge, name):
    lost = outcome_of(Verdict.LOST_CONTACT)
    night(forge, 100, report(workflow(lost, name=name)))
    [green] = completed().workflows
    night(forge, 101, report(replace(green, name=name)))
    assert [one[0] for one in forge.shown_issues()] == ["closed"]


def test_an_issue_that_a_person_opens_again_says_once_that_it_is_closed(forge):
    night(forge, 100, failed())
    night(forge, 101, completed())
    [issue] = forge.issues
    edited = issue[forge.body_field].replace("\n", "\r\n")  # in a browser
    issue |= {"state": forge.opened, forge.body_field: edited}
    night(forge, 102, completed())
    [(state, body)] = forge.shown_issues()
    assert (state, body.count(CLOSED), body.count("Failed")) == ("closed", 1, 1)


def test_an_older_run_changes_nothing(forge):
    night(forge, 101, failed())
    night(forge, 100, unmet())
    night(forge, 100, completed(), attempt=2)
    assert states(forge) == [("open", 101)]
    night(forge, 102, completed())
    job = night(forge, 101, failed(), attempt=2)
    assert "the issue that is there is newer, and stays" in job.lines[0]
    assert states(forge) == [("closed", 102)]


def test_after_a_person_closes_the_issue_the_next_red_opens_one(forge):
    night(forge, 100, failed())
    forge.issues[0]["state"] = "closed"
    night(forge, 100, failed(), attempt=2)
    assert states(forge) == [("closed", 100)]
    night(forge, 101, failed())
    assert states(forge) == [("closed", 100), ("open", 101)]


@pytest.mark.parametrize("others_run", [99, 101])
def test_two_red_jobs_at_once_leave_one_open_issue(forge, others_run):
    forge.before["POST"] = lambda: night(forge, others_run, failed())
    night(forge, 100, failed())
    kept = [one for one in forge.shown_issues() if one[0] != "closed"]
    assert [read_mark(body).run[0] for _, body in kept] == [max(100, others_run)]
    assert [one[1] for one in forge.shown_issues() if one[0] == "closed"] == [DUPLICATE]
    night(forge, 102, completed())
    assert [one[0] for one in forge.shown_issues()] == ["closed", "closed"]


def test_a_green_job_of_the_same_run_leaves_the_issue_open(forge):
    night(forge, 100, failed())
    job = night(forge, 100, completed())
    assert "give each of them a --name" in job.lines[0]
    assert states(forge) == [("open", 100)]


@pytest.mark.parametrize("red_first", [True, False])
def test_red_keeps_the_issue_of_two_child_pipelines_open(red_first):
    forge = GitLabStandIn()
    night(forge, 90, ended("file a failed"))
    children = [(101, ended("file a failed")), (102, other(ended("file b passed")))]
    for number, made in children if red_first else children[::-1]:
        child = {"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_UPSTREAM_PIPELINE_ID": "100"}
        night(forge, number, made, **child)
    assert [state for state, _ in states(forge)] == ["open"]


def test_each_branch_job_and_name_has_its_own_issue(forge):
    night(forge, 100, failed())
    night(forge, 100, failed(), name="checkout")
    night(forge, 100, failed(), GITHUB_REF="refs/heads/next", CI_COMMIT_REF_NAME="next")
    night(forge, 100, failed(), GITHUB_JOB="other", CI_JOB_NAME="other")
    night(forge, 101, completed(), name="checkout")
    assert [one[0] == "closed" for one in forge.shown_issues()] == [False, True, False, False]


@pytest.mark.parametrize("acted_on", [True, False], ids=["it arrived", "it did not"])
def test_a_failed_write_opens_no_second_issue(forge, acted_on):
    forge.faults = [Fault("POST", acted_on=acted_on), Fault(forge.update_method, acted_on=acted_on)]
    night(forge, 100, failed())
    night(forge, 101, unmet())
    forge.faults = [Fault(forge.update_method, acted_on=acted_on)]
    night(forge, 102, passed())
    assert states(forge) == [("closed", 102)]


def test_an_issue_of_another_user_is_ignored(forge):
    night(forge, 100, failed())
    forge.issues[0][forge.author] = STRANGER
    night(forge, 101, completed())
    night(forge, 102, failed())
    assert states(forge) == [("open", 100), ("open", 102)]


OURS = mark_for("the text", job=("gate",), run=(100, 1))
OTHER_TEXT = OURS._replace(digest="0" * 16)
CLOSED_BEFORE = OURS._replace(run=(99, 1))


@pytest.mark.parametrize(
    ("marks", "written", "step"),
    [
        ([], Write(), Result(Ending.UP_TO_DATE)),
        ([], None, Write()),
        ([OTHER_TEXT], None, Write(Comment("1", "", OTHER_TEXT))),
        ([OTHER_TEXT], Write(), Result(Ending.SHARED)),
        ([CLOSED_BEFORE], None, Write()),
        ([CLOSED_BEFORE], Write(), Result(Ending.UP_TO_DATE)),
        ([OURS, OURS], Write(), Delete(Comment("2", "", OURS))),
    ],
)
def test_the_next_step_depends_on_the_comments_found(marks, written, step):
    comments = [
        Comment(str(number), "", one, closed=one is CLOSED_BEFORE)
        for number, one in enumerate(marks, start=1)
    ]
    assert next_step(comments, Post(OURS, "the text"), written) == step


@pytest.mark.parametrize("body", ["", f"> {OURS}", f"text\n{OURS}", str(OURS).replace("=", "")])
def test_a_quoted_mark_is_ignored(body):
    assert read_mark(body) is None
