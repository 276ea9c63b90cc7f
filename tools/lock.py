"""Refreshes the hash-locked requirements from `pyproject.toml`: image, emulator, tools, site."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-emulator.txt": ["pyproject.toml", "--extra", "emulator"],
    "requirements-dev.txt": ["pyproject.toml", "--extra", "dev"],
    "requirements-build.txt": ["--group", "build"],
    "requirements-docs.txt": ["--group", "docs"],
}


def command(target: str, what: list[str]) -> list[str]:
    """Return the command that writes one lock file for every supported Python and system."""
    return [
        sys.executable, "-m", "uv", "pip", "compile", *what, "--quiet", "--upgrade",
        "--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:",
        "--no-annotate", "--custom-compile-command", "make lock", "--output-file", target,
    ]  # fmt: skip


if __name__ == "__main__":
    for target, what in LOCKED.items():
        subprocess.run(command(target, what), cwd=ROOT, check=True)
