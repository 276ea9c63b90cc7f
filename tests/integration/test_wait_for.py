"""`wait-for` with real servers: triggers, reports and sent headers."""

import json
import signal
import socket
import time

from genesis_ci.execution.preview import REQUEST_SECONDS
from tests.integration.previews import serving
from tests.jobs import (
    LIMIT,
    inputs_for,
    run_command,
    run_step,
    start_command,
    variables_for,
)

NEW, OLD = b'{"version": "0a1b2c3d"}', b'{"version": "f9e8d7c6"}'
HEADER = "hunter2-and-a-half"


def waiting(preview: str, *, timeout: str = "10m", **more: str) -> str:
    return json.dumps({"url": f"{preview}/health", "timeout": timeout, **more})


def gate(emulator, tmp_path, wait_for, *argv):
    env = variables_for(emulator, "completed", wait_for=wait_for)
    ended = run_command(tmp_path, "run", *argv, **env)
    return ended, ended.result["workflows"][0]


def test_a_preview_that_first_answers_503_is_awaited(emulator, tmp_path):
    def answer(_, number):
        return (503, {}, b"") if number < 4 else (200, {}, NEW)

    with serving(answer) as preview:
        ended, workflow = gate(emulator, tmp_path, waiting(preview.url))
    assert ended.exit_code == 0, ended.log
    assert workflow["wait_for"]["seen"] == ["503", "200"]
    assert len(preview.requests) == 4
    assert "503, then 200: ready" in ended.log
    assert emulator.api_key not in preview.sent()
    assert "x-api-key" not in preview.sent().lower()


def test_a_preview_that_first_serves_the_old_build_is_awaited(emulator, tmp_path):
    def answer(_, number):
        return 200, {}, OLD if number < 3 else NEW

    with serving(answer) as preview:
        wanted = waiting(preview.url, contains="0a1b2c3")
        ended, workflow = gate(emulator, tmp_path, wanted)
    assert ended.exit_code == 0, ended.log
    assert workflow["wait_for"]["seen"] == ["200 without “0a1b2c3”", "200"]
    assert "waited for" in ended.report("junit.xml")
    for name in ("summary.md", "report.html"):
        assert "Waited for" in ended.report(name)


def test_an_unreachable_preview_triggers_nothing(emulator, tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended, workflow = gate(emulator, tmp_path, waiting(nowhere, timeout="12s"))
    assert (ended.exit_code, workflow["verdict"], emulator.executions()) == (10, "not_ready", [])
    assert workflow["wait_for"]["seconds"] >= 12
    assert "connection refused" in workflow["message"]
    assert "a loopback address is the container's own" in workflow["hint"]
    assert workflow["execution_id"] is None


def test_a_hanging_preview_ends_at_the_timeout(emulator, tmp_path):
    with serving(lambda *_: None) as preview:
        ended, workflow = gate(emulator, tmp_path, waiting(preview.url, timeout="12s"))
    assert (ended.exit_code, emulator.executions()) == (10, [])
    assert workflow["wait_for"]["seconds"] >= 12
    assert "no complete answer in time" in workflow["message"]


def test_endless_redirects_stop_after_five(emulator, tmp_path):
    def answer(path, _):
        return 302, {"Location": f"{path}x"}, b""

    with serving(answer) as preview:
        ended, workflow = gate(emulator, tmp_path, waiting(preview.url, timeout="12s"))
    assert (ended.exit_code, emulator.executions()) == (10, [])
    assert workflow["wait_for"]["seen"] == ["more than 5 redirects"]
    longest = max(path for path, _ in preview.requests)
    assert longest == "/healthxxxxx"


def test_a_redirect_to_a_file_is_not_followed(emulator, tmp_path):
    def answer(*_):
        return 302, {"Location": "file:///etc/passwd"}, b""

    with serving(answer) as preview:
        ended, workflow = gate(emulator, tmp_path, waiting(preview.url, timeout="12s"))
    assert (ended.exit_code, emulator.executions()) == (10, [])
    assert "302 to something other than an http address, not followed" in workflow["message"]
    assert "passwd" not in ended.everything()


def test_the_header_is_sent_to_its_origin_only_and_never_reported(emulator, tmp_path):
    with serving(lambda *_: (200, {}, b"")) as other:

        def answer(path, _):
            there = f"{other.url}/ready" if path == "/login" else "/login"
            return 302, {"Location": there}, b""

        with serving(answer) as preview:
            wanted = waiting(preview.url, header=f"X-Bypass: {HEADER}")
            ended, _ = gate(emulator, tmp_path, wanted)
    assert ended.exit_code == 0, ended.log
    assert [headers.get("X-Bypass") for _, headers in preview.requests] == [HEADER, HEADER]
    assert [headers.get("X-Bypass") for _, headers in other.requests] == [None]
    assert HEADER not in ended.everything()
    assert emulator.api_key not in preview.sent() + other.sent()


def test_only_the_first_mebibyte_of_a_page_is_read(emulator, tmp_path):
    body = b"x" * (1024 * 1024) + b"needle"
    with serving(lambda *_: (200, {}, body)) as preview:
        wanted = waiting(preview.url, contains="needle", timeout="12s")
        ended, workflow = gate(emulator, tmp_path, wanted)
    assert ended.exit_code == 10
    assert workflow["wait_for"]["seen"] == ["200 without “needle”"]


def test_two_workflows_of_a_step_share_the_requests(emulator, tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace/.genesis-ci.yml").write_text(
        "version: 1\ndefaults:\n  wait-for: ${PREVIEW}\nworkflows:\n"
        + "".join(
            f"  - name: {name}\n    workflow-id: {emulator.workflows['completed'].id}\n"
            for name in "ab"
        )
    )
    inputs = inputs_for(emulator, "completed", run_url=f"{emulator.url}/runs/{{execution_id}}")
    del inputs["workflow-id"]
    with serving(lambda *_: (200, {}, b"")) as preview:
        ended = run_step(tmp_path, inputs, PREVIEW=preview.url, GITHUB_ACTOR="octocat")
    assert ended.exit_code == 0, ended.log
    assert len(preview.requests) == 1
    links = [f"{emulator.url}/runs/{id_}" for id_ in ended.outputs["execution-id"].split(",")]
    assert ended.outputs["run-url"] == ",".join(links)
    for report in (
        ended.log,
        ended.summary,
        ended.report("report.html"),
        ended.report("junit.xml"),
    ):
        assert all(link in report for link in links)
    assert "Testing by octocat" in ended.log


def test_a_signal_ends_the_wait_for_a_hanging_preview(emulator, tmp_path):
    with serving(lambda *_: None) as preview:
        env = variables_for(emulator, "completed", wait_for=waiting(preview.url))
        process = start_command(tmp_path, "run", until="Waiting for", **env)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        log, _ = process.communicate(timeout=LIMIT)
    assert time.monotonic() - began < REQUEST_SECONDS / 2
    assert process.returncode == 130, log
    assert emulator.executions() == []
    assert "Nothing was started." in log


def test_a_malformed_wait_for_is_reported_with_file_and_line(emulator, tmp_path):
    (tmp_path / ".genesis-ci.yml").write_text(
        f"version: 1\nworkflows:\n  - workflow-id: {emulator.workflows['completed'].id}\n"
        "    wait-for:\n      url: https://p.example.com/\n      contains: ${ci.head}\n"
    )
    env = variables_for(emulator, "completed", workflow_id="")
    ended = run_command(tmp_path, "run", **env)
    assert ended.exit_code == 2
    assert ".genesis-ci.yml:6: contains: “ci.head” is no such name." in ended.log
    assert emulator.executions() == []
