"""`genesis-ci emulator`, mostly as a process of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from genesis_ci import DOCUMENTATION
from genesis_ci.cli import _command_line
from genesis_ci.system.signals import Signals
from genesis_emulator.cli import request_line
from genesis_emulator.emulation import Received
from tests.emulator.client import Client, connected

MAIN = "import sys; from genesis_ci.cli import main; sys.exit(main(sys.argv[1:]))"
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    "PATH": os.path.dirname(sys.executable),  # so that its commands have the program's name
}
KEY = "ak_emulator_demo_key"
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


class Process(subprocess.Popen[str]):
    """The emulator, and what it printed until it was ready."""

    ready_text = url = ""

    def read_until_ready(self) -> None:
        assert self.stdout is not None
        for line in self.stdout:
            self.ready_text += line
            if "/reject" in line:
                break
        [self.url] = re.findall(r"^URL +(http://\S+)$", self.ready_text, re.M)

    def signalled(self, number: signal.Signals) -> tuple[str, str]:
        """What it printed after it was ready, and its errors."""
        begun = time.monotonic()
        self.send_signal(number)
        printed, error = self.communicate(timeout=10)
        assert (self.returncode, time.monotonic() - begun < 5) == (0, True)
        return printed, error


@contextmanager
def emulator(*options: str) -> Iterator[Process]:
    command = [sys.executable, "-c", MAIN, "emulator", "--port", "0", *options]
    pipe = subprocess.PIPE
    with Process(command, stdout=pipe, stderr=pipe, encoding="utf-8", env=ENVIRONMENT) as process:
        try:
            process.read_until_ready()
            yield process
        finally:
            process.kill()


def ended(*options: str) -> int:
    return _command_line(["emulator", *options], {}, Signals())


def test_command_prints_how_to_use_it_and_then_each_request():
    with emulator("--speed", "50") as process:
        text = process.ready_text
        workflow = re.search(r"^  (\S{36})  completed +target_url, browser$", text, re.MULTILINE)
        assert workflow
        assert (
            f"built-in scenario, speed 50. Stop it with Ctrl-C.\n\nURL      {process.url}\n"
            f"API key  {KEY}\nControl  {process.url}/_emulator/\n"
        ) in text
        assert (
            f"\n  export GENESIS_API_URL={process.url} GENESIS_API_KEY={KEY}\n"
            f"  genesis-ci run --config none --workflow-id {workflow[1]} "
        ) in text
        client = Client(process.url, KEY)
        client.start(workflow[1])
        client.poll("unknown")
        client.control("POST", "/reset")
        printed, error = process.signalled(signal.SIGTERM)
    assert error == ""
    assert [line[14:] for line in printed.splitlines() if line][-2:] == [
        "GET  /api/executions/unknown  404  Execution not found",
        "POST /_emulator/reset  204",
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_printed_commands_work_when_pasted_and_the_output_is_closed(tmp_path):
    scenario = tmp_path / "waits.yml"
    scenario.write_text(WAITS)
    with emulator("--scenario", str(scenario)) as process:
        assert process.stdout
        process.stdout.close()
        lines = [line for line in process.ready_text.splitlines() if line.startswith("  ")]
        start, poll, approve, reject = lines[-4:]
        pasted = "\n".join([start, poll, approve, start, reject])
        done = subprocess.run(
            ["sh", "-e", "-c", pasted], capture_output=True, text=True, check=True, timeout=30
        )
    statuses = re.findall(r'{"id":"[^"]+","status":"(\w+)"', done.stdout)
    assert statuses == ["review_pending", "completed", "failed"]
    assert "wrong total" in done.stdout


def test_quiet_remote_emulator_prints_a_warning_and_no_request():
    """Its commands are for this machine, and a signal ends it despite an open connection."""
    with emulator("--quiet", "--host", "0.0.0.0", "--allow-remote") as process:
        local = f"http://127.0.0.1:{urlsplit(process.url).port}"
        Client(local, KEY).poll("unknown")
        with connected(local):
            printed, error = process.signalled(signal.SIGINT)
    assert printed.strip() == ""
    assert error.startswith("warning: this address can be reached from other machines")
    assert process.url == local
    assert f"\n  export GENESIS_API_URL={process.url} GENESIS_API_KEY=" in process.ready_text


def test_check_prints_contents_of_valid_files_and_problems_of_others(tmp_path, capsys):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(WAITS)
    bad.write_text("organizations: [{id: o}]\nkeys: [{key: k, organization: p}]\n")
    assert ended("check", str(good)) == 0
    assert ended("check", str(bad), str(good), str(tmp_path / "none.yml")) == 2
    printed = capsys.readouterr()
    assert printed.out == f"{good}: 1 organization, 1 key, 1 workflow, 0 faults\n" * 2
    problems = [
        f"error: {bad}:1: the key 'workflows' is missing; add it",
        f"error: {bad}:2: keys[0].organization: 'p' is not in organizations; "
        "add it there or correct it",
    ]
    missing = f"error: {tmp_path / 'none.yml'}: cannot read the scenario: No such file or directory"
    assert printed.err.splitlines() == [*problems, missing]
    assert ended("--scenario", str(bad)) == 2
    assert capsys.readouterr().err.splitlines() == problems


def test_address_that_cannot_be_served_is_reported(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ended("--port", str(port)) == 2
    assert ended("--host", "0.0.0.0") == 2
    assert capsys.readouterr().err == (
        f"error: cannot serve on 127.0.0.1 port {port}: Address already in use; "
        "give an address of this machine, choose another port, or 0 for a free one\n"
        "error: --host 0.0.0.0 is not a loopback address; add --allow-remote if you mean it\n"
    )


@pytest.mark.parametrize(
    ("argv", "missing"),
    [
        (["emulator"], "starlette, uvicorn"),
        (["emulator", "check", "mine.yml"], "genesis_emulator"),
        (["demo"], "starlette, uvicorn"),
        (["demo"], "genesis_emulator"),
    ],
)
def test_missing_parts_are_named_with_the_extra_to_install(argv, missing):
    hidden = {*missing.split(", "), "genesis_emulator"}
    hide = f"import sys; sys.modules.update(dict.fromkeys({hidden})); "
    command = [sys.executable, "-c", hide + MAIN, *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (2, "")
    advice = f"to install it, see {DOCUMENTATION}emulator.html"
    assert done.stderr == f"genesis-ci: the emulator needs {missing}; {advice}\n"


def test_request_line_escapes_and_cuts_the_path():
    line = request_line(Received(at=0, method="GET", path="/\x1b[2J\n日" + "x" * 9999, status=404))
    assert line.startswith("00:00:00.000  GET  /%1B%5B2J%0A%E6%97%A5xxx")
    assert line.endswith("xxx  404")
    assert len(line) < 250
