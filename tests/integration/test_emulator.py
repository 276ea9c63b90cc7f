"""`genesis-ci emulator` and `demo` where the emulator is not installed."""

import os
import subprocess
import sys

import pytest

NEEDED = "the emulator needs {}: install genesis-ci[emulator]\n"
MAIN = "import sys; from genesis_ci.cli import main; sys.exit(main(sys.argv[1:]))"


def without(modules, *argv):
    hide = "".join(f"import sys; sys.modules[{name!r}] = None\n" for name in modules)
    return subprocess.run(
        [sys.executable, "-c", hide + MAIN, *argv], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("starlette", "uvicorn", "genesis_emulator"), "starlette, uvicorn"),
        (("genesis_emulator",), "genesis_emulator"),
    ],
)
@pytest.mark.parametrize(
    ("argv", "prefix"),
    [
        (["emulator"], "error: "),
        (["emulator", "check", "mine.yml"], "error: "),
        (["demo"], "genesis-ci: "),
    ],
)
def test_missing_parts_are_named_with_the_extra_to_install(argv, prefix, missing, named):
    done = without(missing, *argv)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == prefix + NEEDED.format(named)
