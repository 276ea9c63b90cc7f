"""`genesis-ci emulator`, as a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from genesis_ci.cli import _command_line
from genesis_ci.system.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Iterator


MAIN = "import sys; from genesis_ci.cli import main; sys.exit(main(['emulator', *sys.argv[1:]]))"


WAITS = """
organizations: [{id: acme}]
keys: [{key: secret, organization: acme}]
projects: [{name: shop}]
workflows:
  - id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff
    name: waits
    organization: acme
    project: shop
    blocks: [{duration: 0, review: true}]
"""


@contextmanager
def emulator(*options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def ready_text(process: subprocess.Popen[str]) -> str:
    """Everything that is printed until the emulator is ready."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "/reject" in line:
            break
    return "".join(lines)


def ended(*options: str) -> int:
    return _command_line(["emulator", *options], {}, Signals())


def signalled(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str]:
    """End it, and return what it printed since it was ready, and its errors."""
    begun = time.monotonic()
    process.send_signal(number)
    printed, error = process.communicate(timeout=10)
    assert (process.returncode, time.monotonic() - begun < 5) == (0, True)
    return printed, error


def test_command_prints_how_to_use_it_and_then_each_request(client_of):
    with emulator("--port", "0", "--speed", "50") as process:
        text = ready_text(process)
        url = re.search(r"^URL +(http://127\.0\.0\.1:\d+)$", text, re.MULTILINE)
        key = re.search(r"^API key +(\S+)$", text, re.MULTILINE)
        workflow = re.search(r"^  (\S{36})  completed +target_url, browser$", text, re.MULTILINE)
        assert url
        assert key
        assert workflow
        assert f"Control  {url[1]}/_emulator/" in text
        assert f"export GENESIS_API_URL={url[1]} GENESIS_API_KEY={key[1]}" in text
        assert "GENESIS_ALLOW_HTTP" not in text
        assert f"GENESIS_WORKFLOW_ID={workflow[1]}" in text
        assert f"genesis-ci run --workflow-id {workflow[1]} --inputs " in text
        client = client_of(url[1], key[1])
        assert client.trigger(workflow[1]).status == 200
        client.poll("unknown")
        client.control("POST", "/reset")
        printed, error = signalled(process, signal.SIGTERM)
    assert error == ""
    assert [line[14:] for line in printed.splitlines() if line][-2:] == [
        "GET  /api/executions/unknown  404  Execution not found",
        "POST /_emulator/reset  204",
    ]


def test_quiet_prints_no_request_and_a_signal_ignores_open_connections(client_of):
    with emulator("--port", "0", "--quiet") as process:
        url = re.search(r"^URL +(\S+)$", ready_text(process), re.MULTILINE)
        assert url
        client_of(url[1], "ak_emulator_demo_key").poll("unknown")
        with socket.create_connection(("127.0.0.1", int(url[1].rpartition(":")[2]))):
            printed, error = signalled(process, signal.SIGINT)
    assert (printed.strip(), error) == ("", "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_printed_commands_work_when_pasted(tmp_path):
    scenario = tmp_path / "waits.yml"
    scenario.write_text(WAITS)
    with emulator("--port", "0", "--scenario", str(scenario)) as process:
        lines = [line for line in ready_text(process).splitlines() if line.startswith("  ")]
        start, poll, approve, reject = lines[-4:]
        pasted = "\n".join([start, poll, approve, start, reject])
        done = subprocess.run(
            ["sh", "-e", "-c", pasted], capture_output=True, text=True, check=True, timeout=30
        )
    statuses = re.findall(r'{"id":"[^"]+","status":"(\w+)"', done.stdout)
    assert statuses == ["review_pending", "completed", "failed"]
    assert "wrong total" in done.stdout


def test_command_keeps_serving_when_its_output_is_closed(client_of):
    with emulator("--port", "0") as process:
        url = re.search(r"^URL +(\S+)$", ready_text(process), re.MULTILINE)
        assert url
        assert process.stdout
        process.stdout.close()
        client = client_of(url[1], "ak_emulator_demo_key")
        assert [client.poll("unknown").status for _ in range(3)] == [404] * 3


def test_check_prints_contents_of_valid_files_and_problems_of_others(tmp_path, capsys):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(WAITS)
    bad.write_text("organizations: [{id: o}]\nkeys: [{key: k, organization: p}]\n")
    assert ended("check", str(good)) == 0
    assert ended("check", str(bad), str(good), str(tmp_path / "none.yml")) == 2
    printed = capsys.readouterr()
    assert printed.out == f"{good}: 1 organization, 1 key, 1 workflow, 0 faults\n" * 2
    assert printed.err.splitlines() == [
        f"error: {bad}:1: the key 'workflows' is missing; add it",
        f"error: {bad}:2: keys[0].organization: 'p' is not in organizations; "
        "add it there or correct it",
        f"error: {tmp_path / 'none.yml'}: cannot read the scenario: No such file or directory",
    ]


def test_taken_port_is_reported(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ended("--port", str(port)) == 2
    assert capsys.readouterr().err == (
        f"error: cannot serve on 127.0.0.1 port {port}: Address already in use; "
        "give an address of this machine, choose another port, or 0 for a free one\n"
    )


def test_each_problem_of_a_scenario_is_one_line(tmp_path, capsys):
    file = tmp_path / "s.yml"
    file.write_text("organisations: []\nkeys: []\nworkflows: [{id: x}]\n")
    assert ended("--scenario", str(file)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"error: {file}:1: unknown key 'organisations'")
    assert len(lines) == 5
    assert all(line.startswith(f"error: {file}:") for line in lines)


def test_remote_address_needs_allow_remote(capsys):
    assert ended("--host", "0.0.0.0") == 2
    assert capsys.readouterr().err == (
        "error: --host 0.0.0.0 is not a loopback address; add --allow-remote if you mean it\n"
    )


def test_remote_address_is_warned_about_and_its_commands_allow_http():
    with emulator("--port", "0", "--host", "0.0.0.0", "--allow-remote") as process:
        text = ready_text(process)
        process.terminate()
        _, error = process.communicate(timeout=10)
    assert error.startswith("warning: this address can be reached from other machines")
    name = socket.gethostname()
    assert re.search(rf"^URL +http://{name}:\d+$", text, re.MULTILINE)
    assert re.search(
        rf"^  export GENESIS_API_URL=http://{name}:\d+ GENESIS_ALLOW_HTTP={name} ", text, re.M
    )
