"""One comment for each job, despite pages, other jobs and faults; on both forges."""

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.forges.comment_thread import (
    PAUSE_AFTER_WRITE,
    WAITS,
    Comment,
    Delete,
    Ending,
    Mark,
    Write,
    mark_for,
    mark_of,
    next_step,
)
from tests.builders import a_response
from tests.forges import BAD_GATEWAY, Fault, GitHubStandIn, GitLabStandIn
from tests.unit.reporters.reports import failed

from .jobs import TOKEN, CommentJob, on_github, on_gitlab

STRANGER = {"login": "mallory", "id": 66, "type": "User"}


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn], ids=["github", "gitlab"])
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
    assert "a newer run's comment is there already" in job.lines[0]
    assert ["Passed" in body for body in forge.own()] == [True]


def test_each_name_and_each_job_has_its_own_comment(forge):
    on_forge = on_gitlab if isinstance(forge, GitLabStandIn) else on_github
    CommentJob(forge)
    CommentJob(forge, name="checkout")
    CommentJob(forge, on_forge(GITHUB_JOB="nightly", CI_JOB_NAME="nightly"))
    CommentJob(forge, name="checkout")
    assert len(forge.own()) == 3


def test_two_jobs_at_the_same_time_leave_the_newer_comment(forge):
    forge.before["POST"] = lambda: CommentJob(forge, run=101)
    assert CommentJob(forge, run=100, report=failed()).exit_code == 0
    assert forge.writes == ["POST", "POST", "DELETE"]
    assert ["Passed" in body for body in forge.own()] == [True]


def test_two_jobs_with_the_same_name_get_advice(forge):
    CommentJob(forge)
    [comment] = forge.comments
    other = mark_of(comment["body"])._replace(digest="0" * 16)
    forge.after[forge.update_method] = lambda: comment.update(body=str(other))
    job = CommentJob(forge, report=failed())
    assert job.exit_code == 0
    assert "give each of them a --name" in job.lines[0]


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
    assert CommentJob(forge).exit_code == 0
    assert len(forge.own()) == 1
    assert forge.writes == (["POST"] if acted_on else ["POST", "POST"])


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
    forge.add("ours")["id"] = id_
    job = CommentJob(forge)
    assert (job.exit_code, forge.writes) == (8, [])
    assert "cannot be read: a comment has no id" in job.errors[0]


def test_retry_after_sets_the_wait(forge):
    forge.faults = [Fault("GET", a_response({}, 403, retry_after="30"))]
    assert CommentJob(forge).exit_code == 0
    assert forge.paused == [30.0, PAUSE_AFTER_WRITE]


def test_a_refused_write_names_the_permission_and_exits_7(forge):
    forge.may_write = False
    job = CommentJob(forge)
    assert job.exit_code == 7
    needed = "scope api" if isinstance(forge, GitLabStandIn) else "pull-requests: write"
    assert needed in " ".join(job.lines)
    assert len(forge.writes) == 1


def test_the_token_is_sent_only_in_its_header(forge):
    job = CommentJob(forge)
    name, value = "Authorization", f"Bearer {TOKEN}"
    if isinstance(forge, GitLabStandIn):
        name, value = "PRIVATE-TOKEN", TOKEN
    assert {one.headers[name] for one in forge.requests} == {value}
    sent = [(one.url, one.body) for one in forge.requests]
    assert TOKEN not in str([sent, job.lines, job.errors])


OURS = mark_for("the text", job=("gate",), run=(100, 1))
OTHER_TEXT = "0" * 16


def mark(run: tuple[int, ...], digest: str = OTHER_TEXT, key: str = OURS.key) -> Mark:
    return Mark(key=key, run=run, digest=digest)


@pytest.mark.parametrize(
    ("marks", "written", "step"),
    [
        ([], False, Write()),
        ([], True, Ending.UP_TO_DATE),
        ([mark((1,), key="f" * 16)], False, Write()),
        ([OURS], False, Ending.UP_TO_DATE),
        ([mark((99, 1))], False, Write(comment_id="1")),
        ([mark((99, 1))], True, Write(comment_id="1")),
        ([mark((100, 1))], False, Write(comment_id="1")),
        ([mark((100, 1))], True, Ending.SHARED),
        ([mark((100, 2))], False, Ending.NEWER_THERE),
        ([mark((99, 1)), OURS], True, Delete(comment_id="1")),
        ([OURS, mark((101, 1))], True, Delete(comment_id="1")),
        ([OURS, OURS], True, Delete(comment_id="2")),
    ],
)
def test_the_next_step_depends_on_the_comments_found(marks, written, step):
    comments = [Comment(id=str(n), body=f"{one}\ntext") for n, one in enumerate(marks, start=1)]
    assert next_step(comments, OURS, written=written) == step


@pytest.mark.parametrize("body", ["", f"> {OURS}", f"text\n{OURS}", str(OURS).replace("=", "")])
def test_a_quoted_mark_is_ignored(body):
    assert mark_of(body) is None
