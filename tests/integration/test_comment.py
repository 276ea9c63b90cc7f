"""`genesis-ci comment` as a process, over HTTP, with the stand-ins."""

import json
import signal
import time
from pathlib import Path

from genesis_ci import result
from tests.forges import Fault, GitHubStandIn, GitLabStandIn, served
from tests.jobs import Ended, run_command, start_command
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, on_github, on_gitlab
from tests.unit.reporters.reports import completed, failed

FILE = "genesis-results/result.json"


def workspace_with(directory: Path, report) -> Path:
    (directory / "genesis-results").mkdir(parents=True)
    (directory / FILE).write_text(result.render(report), encoding="utf-8")
    (directory / "event.json").write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    return directory


def github(workspace: Path, address: str, **more) -> dict[str, str]:
    event = str(workspace / "event.json")
    return on_github(**more) | {"GITHUB_API_URL": address, "GITHUB_EVENT_PATH": event}


def test_a_comment_is_written_and_updated_on_github(tmp_path):
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path, failed())
    with served(forge) as address:
        first = run_command(
            workspace, "comment", "--from", FILE, **github(workspace, address, run=1)
        )
        (workspace / FILE).write_text(result.render(completed()), encoding="utf-8")
        second = run_command(
            workspace, "comment", "--from", FILE, **github(workspace, address, run=2)
        )
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert ["Passed" in body for body in forge.own()] == [True]
    log = first.log.replace(f"::add-mask::{TOKEN}\n", "")
    assert TOKEN not in log


def test_a_comment_is_written_on_gitlab(tmp_path):
    forge = GitLabStandIn()
    workspace = workspace_with(tmp_path, failed())
    with served(forge, "/api/v4") as address:
        environ = on_gitlab() | {"CI_API_V4_URL": address}
        ended = run_command(workspace, "comment", "--from", FILE, **environ)
    assert ended.exit_code == 0, ended.log
    assert "GitLab, request 7: the comment is up to date." in ended.log
    assert ["Failed" in body for body in forge.own()] == [True]


def test_two_jobs_at_the_same_time_leave_the_newer_comment(tmp_path):
    """Both processes read the comments before one of them writes."""
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path, failed())
    with served(forge) as address:
        processes = [
            start_command(
                workspace,
                "comment",
                "--from",
                FILE,
                until="add-mask",
                **github(workspace, address, run=run),
            )
            for run in (1, 2)
        ]
        codes = [process.wait(timeout=60) for process in processes]
        for process in processes:
            process.stdout.close()
    assert codes == [0, 0]
    [body] = forge.own()
    assert "run=2.1" in body


def test_a_signal_ends_the_command_at_once(tmp_path):
    forge = GitHubStandIn()
    forge.faults = [Fault("GET") for _ in range(100)]
    workspace = workspace_with(tmp_path, failed())
    with served(forge) as address:
        process = start_command(
            workspace,
            "comment",
            "--from",
            FILE,
            until="add-mask",
            **github(workspace, address),
        )
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
        process.stdout.close()
    assert code == 143
    assert time.monotonic() - began < 4


def test_a_refused_connection_exits_8(tmp_path):
    workspace = workspace_with(tmp_path, failed())
    ended: Ended = run_command(
        workspace, "comment", "--from", FILE, **github(workspace, "http://127.0.0.1:9")
    )
    assert ended.exit_code == 8
    assert "connection refused" in ended.log
    assert "GitHub's API" in ended.log
