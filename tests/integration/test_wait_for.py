"""`wait-for` with real servers: triggers, reports and sent headers."""

import json

import pytest

from tests.jobs import run_command, variables_for
from tests.reliability.answers import answer, error, silence
from tests.reliability.server import FaultServer

READY = answer(b'{"version": "0a1b2c3d"}')
OLD = answer(b'{"version": "f9e8d7c6"}')
LATE = answer(b"x" * 1024 * 1024 + b"0a1b2c3")
HEADER = "hunter2-and-a-half"


def gate(emulator, tmp_path, url, **more):
    wanted = json.dumps({"url": f"{url}/health", "contains": "0a1b2c3", **more})
    ended = run_command(tmp_path, "run", **variables_for(emulator, "completed", wait_for=wanted))
    [workflow] = ended.result["workflows"]
    return ended, workflow


def moved(to):
    return answer(b"", "302 Found", location=to)


def test_a_preview_is_awaited_until_it_serves_the_new_build(emulator, tmp_path):
    with FaultServer(polls=(error("503 Busy"), OLD, OLD, READY)) as preview:
        ended, workflow = gate(emulator, tmp_path, preview.url)
        assert preview.count("GET") == 4
        assert emulator.api_key not in preview.received()
        assert "x-api-key" not in preview.received().lower()
    assert ended.exit_code == 0, ended.log
    assert workflow["wait_for"]["seen"] == ["503", "200 without “0a1b2c3”", "200"]
    assert "503, then 200 without “0a1b2c3”, then 200: ready" in ended.log
    assert "waited for" in ended.report("junit.xml")
    for name in ("summary.md", "report.html"):
        assert "Waited for" in ended.report(name)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "connection refused"),
        (silence, "no complete answer in time"),
        (LATE, "200 without “0a1b2c3”"),
    ],
    ids=["nobody listens", "silence", "the text is after the first MiB"],
)
def test_a_preview_that_is_never_ready_triggers_nothing(emulator, tmp_path, script, words):
    with FaultServer(polls=(script,), listens=script is not None) as preview:
        ended, workflow = gate(emulator, tmp_path, preview.url, timeout="6s")
    assert (ended.exit_code, workflow["verdict"], emulator.executions()) == (10, "not_ready", [])
    assert workflow["wait_for"]["seconds"] >= 6
    assert words in workflow["message"]
    assert ("a loopback address is the container's own" in workflow["hint"]) is (script is None)


def test_the_header_goes_only_to_its_origin(emulator, tmp_path):
    with FaultServer(polls=(READY,)) as other:
        redirects = (moved("/login"), moved(f"{other.url}/ready"))
        with FaultServer(polls=redirects) as preview:
            ended, _ = gate(emulator, tmp_path, preview.url, header=f"X-Bypass: {HEADER}")
            assert preview.received().count(f"X-Bypass: {HEADER}\r\n") == 2
        assert (other.count("GET"), HEADER in other.received()) == (1, False)
        assert emulator.api_key not in preview.received() + other.received()
    assert ended.exit_code == 0, ended.log
    assert HEADER not in ended.everything()
