"""One comment for each job, despite pages, other jobs and faults; on both forges."""

import pytest

from genesis_ci.forges.comment_thread import (
    SETTLED,
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
from tests.forges import Fault, GitHubStandIn, GitLabStandIn
from tests.unit.reporters.reports import failed

from .jobs import CommentJob, on_github, on_gitlab

STRANGER = {"login": "mallory", "id": 66, "type": "User"}


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn], ids=["github", "gitlab"])
def forge(request):
    return request.param()


def on(forge, **fields):
    return (on_gitlab if isinstance(forge, GitLabStandIn) else on_github)(**fields)


def test_the_first_job_writes_a_comment_with_a_mark(forge):
    job = CommentJob(forge)
    assert job.exit_code == 0
    assert job.lines[0].endswith("request 7: the comment is up to date.")
    [body] = forge.own()
    assert mark_of(body)
    assert "Passed" in body


def test_the_next_run_updates_the_comment(forge):
    CommentJob(forge, on(forge, run=100), report=failed())
    [first] = forge.comments
    assert CommentJob(forge, on(forge, run=101)).exit_code == 0
    assert forge.comments == [first]
    assert "Passed" in first["body"]


def test_a_comment_on_the_second_page_is_updated(forge):
    for number in range(120):
        forge.add(f"comment {number}", STRANGER)
    CommentJob(forge, on(forge, run=100), report=failed())
    for number in range(10):
        forge.add(f"and {number}", STRANGER)
    assert CommentJob(forge, on(forge, run=101)).exit_code == 0
    assert len(forge.comments) == 131
    [body] = forge.own()
    assert "Passed" in body


def test_our_mark_in_the_comment_of_another_user_is_ignored(forge):
    CommentJob(forge, on(forge, run=100))
    forged = forge.comments[0]
    forged[forge.author] = STRANGER
    CommentJob(forge, on(forge, run=101), report=failed())
    assert "Passed" in forged["body"]
    assert ["Failed" in body for body in forge.own()] == [True]


def test_an_older_run_does_not_replace_the_comment_of_a_newer_run(forge):
    CommentJob(forge, on(forge, run=101))
    job = CommentJob(forge, on(forge, run=100), report=failed())
    assert job.exit_code == 0
    assert "a newer run's comment is there already" in job.lines[0]
    assert ["Passed" in body for body in forge.own()] == [True]


def test_a_second_attempt_of_a_run_replaces_the_comment():
    forge = GitHubStandIn()
    CommentJob(forge, on_github(attempt=1), report=failed())
    CommentJob(forge, on_github(attempt=2))
    assert ["Passed" in body for body in forge.own()] == [True]


def test_each_name_and_each_job_has_its_own_comment(forge):
    other_job = {"GITHUB_JOB": "nightly", "CI_JOB_NAME": "nightly"}
    CommentJob(forge)
    CommentJob(forge, name="checkout")
    CommentJob(forge, on(forge, **other_job))
    CommentJob(forge, name="checkout")
    assert len(forge.own()) == 3


def test_two_jobs_at_the_same_time_leave_the_newer_comment(forge):
    """Both jobs have read the empty list before the first one writes."""

    def other_job_gets_in_between(method, path):
        if method == "POST" and "graphql" not in path:
            forge.before = lambda method, path: None
            CommentJob(forge, on(forge, run=101))

    forge.before = other_job_gets_in_between
    job = CommentJob(forge, on(forge, run=100), report=failed())
    assert job.exit_code == 0
    assert ["Passed" in body for body in forge.own()] == [True]


def test_a_newer_job_writes_again_after_an_older_one_replaced_its_text(forge):
    CommentJob(forge, on(forge, run=99))
    comment = forge.comments[0]
    old = comment["body"].replace("run=99", "run=98")

    def older_job_writes_late(method, path):
        if method == "GET" and "graphql" not in path and forge.writes[-1] in {"PATCH", "PUT"}:
            forge.before = lambda method, path: None
            comment["body"] = old

    forge.before = older_job_writes_late
    assert CommentJob(forge, on(forge, run=100), report=failed()).exit_code == 0
    assert ["Failed" in body for body in forge.own()] == [True]


def test_two_jobs_with_the_same_name_get_advice(forge):
    CommentJob(forge)
    writes = {"PATCH", "PUT"}

    def twin_writes(method, path):
        if method == "GET" and forge.seen[-2][0] in writes:
            forge.before = lambda method, path: None
            body = forge.comments[0]["body"]
            mark = mark_of(body)
            forge.comments[0]["body"] = body.replace(mark.digest, "0" * 16)

    forge.before = twin_writes
    job = CommentJob(forge, report=failed())
    assert job.exit_code == 0
    assert "give each of them a --name" in job.lines[0]


@pytest.mark.parametrize("acted_on", [True, False], ids=["it arrived", "it did not"])
@pytest.mark.parametrize("reset", [True, False], ids=["a reset", "a 502"])
def test_a_fault_of_the_write_makes_no_second_comment(forge, acted_on, reset):
    forge.faults = [Fault("POST", acted_on=acted_on, reset=reset)]
    if isinstance(forge, GitHubStandIn):
        forge.app = False  # no POST before the comment's
    job = CommentJob(forge)
    assert job.exit_code == 0
    assert len(forge.own()) == 1
    assert forge.writes == (["POST"] if acted_on else ["POST", "POST"])


def test_an_outdated_list_makes_no_second_comment(forge):
    forge.list_lags = True
    assert CommentJob(forge).exit_code == 0
    assert len(forge.own()) == 1


def test_the_job_gives_up_after_growing_waits(forge):
    forge.faults = [Fault("GET") for _ in range(5)]
    job = CommentJob(forge)
    assert job.exit_code == 8
    assert job.sender.paused == [*WAITS]
    assert "answered 502" in job.errors[0]
    assert forge.comments == []


def test_retry_after_sets_the_wait():
    forge = GitHubStandIn(app=False)
    forge.faults = [Fault("GET", status=403, headers={"retry-after": "30"})]
    job = CommentJob(forge)
    assert (job.exit_code, job.sender.paused) == (0, [30.0, SETTLED])


def test_a_comment_that_another_job_deleted_is_written_again(forge):
    CommentJob(forge, on(forge, run=99))

    def somebody_deletes_it(method, path):
        if method in {"PATCH", "PUT"}:
            forge.before = lambda method, path: None
            forge.comments.clear()

    forge.before = somebody_deletes_it
    assert CommentJob(forge, on(forge, run=100)).exit_code == 0
    assert len(forge.own()) == 1


def test_a_refused_write_names_the_permission_and_exits_7(forge):
    forge.may_write = False
    job = CommentJob(forge)
    assert job.exit_code == 7
    needed = "scope api" if isinstance(forge, GitLabStandIn) else "pull-requests: write"
    assert needed in " ".join(job.lines)
    assert len(forge.writes) == 1


OURS = mark_for("the text", job=("gate",), run=(100, 1))
OTHER_TEXT = "0" * 16


def there(*marks: Mark) -> list[Comment]:
    return [Comment(id=str(n), body=f"{mark}\ntext") for n, mark in enumerate(marks, start=1)]


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
    assert next_step(there(*marks), OURS, written=written) == step


@pytest.mark.parametrize("run", [(1,), (100, 2), (55, 1, 100, 1)])
def test_a_mark_is_read_back(run):
    assert mark_of(f"{mark(run)}\nany text") == mark(run)


@pytest.mark.parametrize("body", ["", f"> {OURS}", f"text\n{OURS}", str(OURS).replace("=", "")])
def test_a_quoted_mark_is_ignored(body):
    assert mark_of(body) is None
