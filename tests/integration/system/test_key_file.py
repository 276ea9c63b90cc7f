"""The API key from a file or standard input: in time, or an error with reports."""

import os
import time
from collections.abc import Callable, Iterator

import pytest

from genesis_ci.system.key_file import KEY_SECONDS, read_key
from tests.jobs import run_command, variables_for

SOON = 0.2


@pytest.fixture
def standard_input() -> Iterator[Callable[[int], None]]:
    """Return a function that makes a descriptor the standard input of this process."""
    before = os.dup(0)
    yield lambda descriptor: os.dup2(descriptor, 0) and None
    os.dup2(before, 0)
    os.close(before)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_a_key_is_read_from_a_file_or_standard_input(emulator, tmp_path, standard_input):
    env = variables_for(emulator, "completed", api_key="")
    (tmp_path / "key").write_text(f"{emulator.api_key}\n")
    assert run_command(tmp_path, "run", "--api-key-file", "key", **env).exit_code == 0
    with (tmp_path / "key").open() as file:
        standard_input(file.fileno())
        assert run_command(tmp_path, "run", "--api-key-file", "-", **env).exit_code == 0


def test_reading_an_absent_key_ends_in_time(tmp_path, standard_input, pipe):
    assert KEY_SECONDS == 8.0
    os.mkfifo(tmp_path / "pipe")
    standard_input(pipe[0])
    for path, where in (("-", "on standard input"), (str(tmp_path / "pipe"), "from the file")):
        began = time.monotonic()
        with pytest.raises(ValueError, match=rf"key arrived {where} within 0\.2 s"):
            read_key(path, longest=SOON)
        assert SOON <= time.monotonic() - began < KEY_SECONDS


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/zero", "it is over 64 KiB"),
        ("long", "it is over 64 KiB"),
        (".", "Is a directory"),
        ("missing", "No such file or directory"),
        ("binary", "it is not UTF-8 text"),
        ("empty", "api-key"),
    ],
)
def test_an_impossible_key_is_rejected_at_once(emulator, tmp_path, path, reason):
    """The key of the environment does not replace it."""
    (tmp_path / "long").write_text("k" * 70_000)
    (tmp_path / "binary").write_bytes(b"gk_hunter2\xff")
    (tmp_path / "empty").write_text("")
    env = variables_for(emulator, "completed")
    began = time.monotonic()
    ended = run_command(tmp_path, "run", "--api-key-file", path, **env)
    assert time.monotonic() - began < KEY_SECONDS
    assert ended.exit_code == 2
    assert reason in ended.log
    assert ended.log.count("ERROR: ") == 1
    assert "hunter2" not in ended.log
    assert "Traceback" not in ended.log
    assert "<error" in ended.report("junit.xml")
