"""`genesis-ci comment` over HTTP, with the stand-ins."""

import json
from pathlib import Path

from genesis_ci import result
from tests.forges import GitHubStandIn
from tests.jobs import run_command
from tests.reliability.answers import served
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, ci_of, on_github
from tests.unit.reporters.reports import completed, failed

FILE = "genesis-results/result.json"
COMMENT = ("comment", "--from", FILE)


def store(directory: Path, report, by: dict[str, str]) -> None:
    """Write the result.json of a job in an environment."""
    text = result.render(report._replace(ci=ci_of(by)))
    (directory / FILE).write_text(text, encoding="utf-8")


def workspace_with(directory: Path, report) -> Path:
    (directory / "genesis-results").mkdir(parents=True)
    store(directory, report, on_github())
    (directory / "event.json").write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    return directory


def github(workspace: Path, address: str, **more) -> dict[str, str]:
    event = str(workspace / "event.json")
    return on_github(**more) | {"GITHUB_API_URL": address, "GITHUB_EVENT_PATH": event}


def test_a_comment_is_written_and_updated_on_github(tmp_path):
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path, failed())
    with served(forge.send) as address:
        first = run_command(workspace, *COMMENT, **github(workspace, address))
        store(workspace, completed(), on_github(101))
        absolute = str(workspace / FILE)
        second = run_command(
            workspace, "comment", "--from", absolute, **github(workspace, address, run=101)
        )
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert ["Passed" in body for body in forge.own()] == [True]
    assert first.log.count(TOKEN) == first.log.count(f"::add-mask::{TOKEN}\n") == 1


def test_a_comment_in_japanese_says_that_the_job_runs(tmp_path):
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path, failed())
    with served(forge.send) as address:
        environ = github(workspace, address) | {"GENESIS_LANGUAGE": "ja"}
        ended = run_command(workspace, "comment", "--started", **environ)
    assert "GitHub、プルリクエスト #7：コメントを作成しました。 https://github.com/" in ended.log
    assert forge.own()[0].splitlines()[1] == "### ⏳ 実行中"
