"""The entry point: printed texts and exit codes."""

import pytest

from genesis_ci import __version__, cli
from genesis_ci.help import help_of, help_text
from genesis_ci.system.signals import Signals


def ended(*argv: str) -> int:
    return cli._command_line(argv, {}, Signals())


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_is_printed(flag, capsys):
    assert cli.main([flag]) == 0
    assert capsys.readouterr().out == f"genesis-ci {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "exit_code", "text"),
    [
        (["--help"], 0, help_text()),
        ([], 2, help_text()),
        (["help", "wait"], 0, help_of("wait")),
        (["emulator", "--help"], 0, help_of("emulator")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_is_printed(argv, exit_code, text, capsys):
    assert ended(*argv) == exit_code
    assert capsys.readouterr() == (f"{text}\n", "")


@pytest.mark.parametrize("argv", [["walk"], ["demo", "--bogus"], ["emulator", "--port", "x"]])
def test_misuse_without_a_job_is_printed_to_stderr(argv, capsys):
    assert ended(*argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(line.startswith("genesis-ci: ") for line in err.splitlines())
