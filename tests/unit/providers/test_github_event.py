"""Reading GitHub's event file, and the texts of an event."""

import pytest

from genesis_ci.providers.github_event import MAX_EVENT, GitHubEvent, event_of, read_event
from genesis_ci.strict_json import StrictJsonError
from tests.forges import SHA
from tests.unit.forges.jobs import finished_run, pull_request_of

REQUEST = {"number": 7, "pull_request": {"url": "https://x"}}


def content_of(path, data: bytes):
    path.write_bytes(data)
    return read_event({"GITHUB_EVENT_PATH": str(path)})


def test_a_missing_or_empty_event_file_has_no_content(tmp_path):
    assert read_event({}) is None
    assert content_of(tmp_path / "event.json", b"") is None


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"a": 1, "a": 2}', StrictJsonError),
        (b"\xff", UnicodeDecodeError),
        (b" " * (MAX_EVENT + 1), ValueError),
    ],
    ids=["a key twice", "not UTF-8", "over 10 MB"],
)
def test_an_unreadable_event_file_raises_a_value_error(tmp_path, data, error):
    with pytest.raises(error):
        content_of(tmp_path / "event.json", data)


FINISHED = GitHubEvent(
    name="workflow_run",
    sha=SHA,
    branch="fix",
    repository="contributor/shop",
    owner="contributor",
    run_id="55",
    run_attempt="1",
    run_url="https://github.com/acme/shop/actions/runs/55",
    run_event="pull_request",
)


@pytest.mark.parametrize(
    ("content", "event"),
    [
        (
            pull_request_of("fork/shop"),
            GitHubEvent(name="pull_request", sha=SHA, request="7", repository="fork/shop"),
        ),
        (finished_run(), FINISHED),
        ({"issue": REQUEST}, GitHubEvent(name="issue_comment", request="7")),
        ({"issue": {"number": 7}}, GitHubEvent(name="issue_comment")),
        ({"workflow_run": {"id": True, "head_sha": {}}}, GitHubEvent(name="workflow_run")),
        ([], GitHubEvent(name="pull_request")),
    ],
)
def test_an_event_has_the_texts_of_its_kind(content, event):
    assert event_of({"GITHUB_EVENT_NAME": event.name}, content) == event
