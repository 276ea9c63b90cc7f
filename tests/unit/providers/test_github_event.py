"""Reading GitHub's event file, and the texts of an event."""

import pytest

from genesis_ci.providers.github_event import GitHubEvent, parse_event, read_event
from tests.forges import SHA
from tests.unit.forges.jobs import finished_run, pull_request_of


def test_a_missing_or_empty_event_file_has_no_content(tmp_path):
    assert read_event({}) is None
    (tmp_path / "event.json").touch()
    assert read_event({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}) is None


FINISHED = GitHubEvent(
    name="workflow_run",
    sha=SHA,
    branch="fix",
    repository="contributor/shop",
    owner="contributor",
    run_id="55",
    run_attempt="1",
    run_url="https://github.com/acme/shop/actions/runs/55",
    run_file="genesis.yml",
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
        ({"workflow_run": {"id": True, "head_sha": {}}}, GitHubEvent(name="workflow_run")),
    ],
)
def test_an_event_has_the_texts_of_its_kind(content, event):
    assert parse_event({"GITHUB_EVENT_NAME": event.name}, content) == event


def test_gitea_names_a_finished_run_by_its_number():
    environ = {"GITHUB_EVENT_NAME": "workflow_run", "GITEA_ACTIONS": "true"}
    assert parse_event(environ, finished_run()).run_id == "5"
