"""Refreshes the hash-locked requirements of image, emulator and tools from `pyproject.toml`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {
    "requirements.txt": None,
    "requirements-emulator.txt": "emulator",
    "requirements-dev.txt": "dev",
}


def command(target: str, extra: str | None) -> list[str]:
    """Return the command that writes one lock file, for every Python and system we support."""
    return [
        sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet", "--upgrade",
        "--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:",
        "--no-annotate", "--custom-compile-command", "make lock", "--output-file", target,
        *(["--extra", extra] if extra else []),
    ]  # fmt: skip


if __name__ == "__main__":
    for target, extra in EXTRAS.items():
        subprocess.run(command(target, extra), cwd=ROOT, check=True)
