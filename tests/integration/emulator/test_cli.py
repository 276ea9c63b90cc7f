"""`genesis-ci emulator`, as a process of its own."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from genesis_ci.emulator import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulated import Client

MAIN = """
import argparse, sys
from genesis_ci.emulator import cli
parser = argparse.ArgumentParser(prog="genesis-ci emulator")
cli.configure(parser)
sys.exit(cli.run(parser.parse_args()))
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
        if line.startswith("  curl "):
            break
    return "".join(lines)


def parsed(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.configure(parser)
    return parser.parse_args(options)


def test_when_ready_it_prints_what_is_needed_to_use_it(client_of: type[Client]) -> None:
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
        assert client_of(url[1], key[1]).trigger(workflow[1]).status == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_curl_line_works_when_it_is_pasted() -> None:
    with emulator("--port", "0") as process:
        line = ready_text(process).splitlines()[-1]
        done = subprocess.run(
            ["curl", "-sS", *shlex.split(line)[1:]], capture_output=True, text=True, check=True
        )
    assert '"success":true' in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_with_exit_code_0(number: signal.Signals) -> None:
    with emulator("--port", "0") as process:
        url = re.search(r"http://\S+", ready_text(process))
        assert url
        with socket.create_connection(("127.0.0.1", int(url[0].rpartition(":")[2]))):
            begun = time.monotonic()
            process.send_signal(number)
            assert process.wait(timeout=5) == 0
            assert time.monotonic() - begun < 2
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with emulator("--port", str(port)) as process:
            _, error = process.communicate(timeout=10)
    assert process.returncode == 2
    assert error == (
        f"error: cannot serve on 127.0.0.1 port {port}: Address already in use; "
        "give an address of this machine, choose another port, or 0 for a free one\n"
    )


def test_each_problem_of_a_scenario_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    file = tmp_path / "s.yml"
    file.write_text("organisations: []\nkeys: []\nworkflows: [{id: x}]\n")
    with emulator("--scenario", str(file)) as process:
        _, error = process.communicate(timeout=10)
    assert process.returncode == 2
    lines = error.splitlines()
    assert lines[0].startswith(f"error: {file}:1: unknown key 'organisations'")
    assert len(lines) == 5
    assert all(line.startswith(f"error: {file}:") for line in lines)


def test_an_address_for_other_machines_needs_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(parsed("--host", "0.0.0.0")) == 2
    assert capsys.readouterr().err == (
        "error: --host 0.0.0.0 is not a loopback address; add --allow-remote if you mean it\n"
    )


def test_an_address_for_other_machines_is_warned_about_and_its_recipe_allows_http() -> None:
    with emulator("--port", "0", "--host", "0.0.0.0", "--allow-remote") as process:
        text = ready_text(process)
        process.terminate()
        _, error = process.communicate(timeout=5)
    assert error.startswith("warning: this address can be reached from other machines")
    name = socket.gethostname()
    assert re.search(rf"^URL +http://{name}:\d+$", text, re.MULTILINE)
    assert re.search(
        rf"^  export GENESIS_API_URL=http://{name}:\d+ GENESIS_ALLOW_HTTP={name} ", text, re.M
    )


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "70000"),
        ("--port", "-1"),
        ("--port", "http"),
        ("--speed", "0"),
        ("--speed", "-1"),
        ("--speed", "nan"),
        ("--speed", "inf"),
        ("--speed", "fast"),
    ],
)
def test_a_bad_option_is_a_usage_error(
    options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parsed(*options)
    assert exit_.value.code == 2
    assert repr(options[1]) in capsys.readouterr().err


def test_without_the_extra_the_options_are_there_and_running_says_what_to_install() -> None:
    hide = "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", hide + MAIN],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 2
    assert done.stderr == (
        "error: the emulator needs starlette, uvicorn: install genesis-ci[emulator]\n"
    )


def test_importing_the_command_imports_nothing_of_the_extra() -> None:
    code = (
        "import sys, genesis_ci.emulator.cli, genesis_ci.emulator.pytest_plugin\n"
        "print(sorted({'starlette', 'uvicorn', 'yaml', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.stdout.strip() in {"[]", "['asyncio']"}
