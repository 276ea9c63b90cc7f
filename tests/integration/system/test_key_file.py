"""The API key from a file or standard input: in time, or an error with reports."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from genesis_ci import app
from genesis_ci.system.key_file import KEY_SECONDS, read_key
from tests.jobs import Ended, environment, run_command, run_process, start_command, variables_for

AT_ONCE = 8
"""Seconds: before the job would have given up waiting."""


def asked(workspace: Path, path: str, **more: Any) -> Ended:
    """Run a job that is asked to read its key."""
    return run_process(workspace, "run", "--api-key-file", path, **more)


@pytest.fixture
def env(emulator):
    return variables_for(emulator, "completed", api_key="")


@pytest.fixture
def silent_pipe():
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


def test_a_key_is_read_from_a_file_or_standard_input(emulator, tmp_path, env):
    (tmp_path / "key").write_text(f"{emulator.api_key}\n")
    assert run_command(tmp_path, "run", "--api-key-file", "key", **env).exit_code == 0
    with (tmp_path / "key").open() as file:
        assert asked(tmp_path, "-", stdin=file, **env).exit_code == 0


@pytest.fixture
def silent_input(silent_pipe) -> Iterator[None]:
    """A standard input on which nothing comes."""
    before = os.dup(0)
    os.dup2(silent_pipe, 0)
    yield
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.usefixtures("silent_input")
def test_a_silent_standard_input_is_given_up_in_time():
    assert KEY_SECONDS == 8.0
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"key arrived on standard input within 0\.2 s"):
        read_key("-", longest=0.2)
    assert 0.2 <= time.monotonic() - began < KEY_SECONDS


def test_a_named_pipe_without_a_writer_is_given_up_in_time(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=r"no complete key arrived from the file within 0\.2 s"):
        read_key(str(tmp_path / "pipe"), longest=0.2)


@pytest.mark.usefixtures("silent_input")
def test_without_a_key_in_time_nothing_is_triggered(tmp_path, env, emulator, monkeypatch):
    monkeypatch.setattr(app, "read_key", partial(read_key, longest=0.2))
    ended = run_command(tmp_path, "run", "--api-key-file", "-", **env)
    assert ended.exit_code == 2
    assert "no complete key arrived on standard input within 0.2 s" in ended.log
    assert "<error" in ended.report("junit.xml")
    assert emulator.requests() == []


def test_waiting_for_the_key_replaces_an_earlier_jobs_reports(tmp_path, env, silent_pipe):
    results = tmp_path / "genesis-results"
    results.mkdir()
    (results / "junit.xml").write_text("<testsuites/>")
    process = start_command(tmp_path, "run", "--api-key-file", "-", stdin=silent_pipe, **env)
    try:
        until = time.monotonic() + 6
        while "<error" not in (results / "junit.xml").read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/zero", "it is over 64 KiB"),
        ("long", "it is over 64 KiB"),
        (".", "Is a directory"),
        ("missing", "No such file or directory"),
        ("binary", "it is not UTF-8 text"),
    ],
)
def test_an_impossible_key_is_rejected_at_once(tmp_path, env, path, reason):
    (tmp_path / "long").write_text("k" * 70_000)
    (tmp_path / "binary").write_bytes(b"gk_hunter2\xff")
    ended = run_command(tmp_path, "run", "--api-key-file", path, **env)
    assert (ended.exit_code, ended.seconds < AT_ONCE) == (2, True)
    assert f"--api-key-file: the key cannot be read: {reason}" in ended.log
    assert "hunter2" not in ended.log
    assert "Traceback" not in ended.log
    assert "<error" in ended.report("junit.xml")


def test_a_closed_standard_input_is_reported(tmp_path, env):
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -I -m genesis_ci run --api-key-file - <&-"],
        cwd=tmp_path,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "standard input is closed" in ended.stdout + ended.stderr


def test_an_empty_key_file_does_not_fall_back_to_the_environment(emulator, tmp_path):
    (tmp_path / "key").write_text("")
    env = variables_for(emulator, "completed")
    assert run_command(tmp_path, "check", "--api-key-file", "key", **env).exit_code == 2
