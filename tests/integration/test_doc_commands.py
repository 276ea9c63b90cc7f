"""Every command on the pages works, or a list has the reason why it is not run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from genesis_ci.commands import parse_arguments
from genesis_ci.errors import GenesisCiError
from genesis_emulator import Emulator
from tests.jobs import LIMIT, environment, run_command

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("README*.md"), ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`genesis-ci ([^`…]+)`")
NOT_RUN = {
    "gh attestation verify ": "it asks GitHub about a release",
    "pipx install ": "it installs from the repository, which the test of the wheel does",
    "make test": "it runs these tests",
    "make demo": "it runs the demo, which tests/integration/test_app.py runs",
    "genesis-ci demo --scenario unmet #": "tests/integration/test_app.py runs it",
    "pipx run --spec 'genesis-ci[emulator]": "it installs from the repository, and runs the demo",
}
DOWNLOAD = re.compile(r"^dir=.*? && curl .*? && ")
"""The download of a release, which tests/e2e/test_dist.py runs."""
DEMO = re.compile(r"demo --scenario ([\w-]+)")
"""Runs here with an emulator whose executions are fast."""
PLACEHOLDERS = {"COMMAND": "run", "NAME": "failed", "PATH": "key.txt"}


@dataclass(frozen=True)
class Command:
    page: str
    text: str

    @property
    def exit_code(self) -> int:
        """The last exit code in the comment after the command."""
        codes = re.findall(r"#.*exit code (\d+)", self.text)
        return int(codes[-1]) if codes else 0

    @property
    def reason(self) -> str | None:
        if re.match(r"genesis-ci emulator(?! check)", self.text):
            return "it runs until it is stopped; tests/integration/emulator/test_cli.py does so"
        return next(
            (reason for begin, reason in NOT_RUN.items() if self.text.startswith(begin)), None
        )


def commands() -> list[Command]:
    found = {}
    for path in sorted(PAGES):
        page = path.relative_to(ROOT).as_posix()
        for block in BLOCK.findall(path.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").replace("&&\n", "&& ").splitlines():
                text = re.sub(r" {2,}", " ", line.strip().removeprefix("$ "))
                if text and not text.startswith("#"):
                    found.setdefault(text, Command(page, text))
    return list(found.values())


COMMANDS = commands()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=20) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory, emulator) -> Path:
    folder = tmp_path_factory.mktemp("job")
    run_command(folder, "run", "--workflow-id", emulator.workflows["unmet"].id, **given(emulator))
    return folder


def given(emulator: Emulator) -> dict[str, str]:
    return {
        "GENESIS_API_URL": emulator.url,
        "GENESIS_API_KEY": emulator.api_key,
        "GENESIS_WORKFLOW_ID": emulator.workflows["completed"].id,
    }


def run(text: str, folder: Path, emulator: Emulator) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment(**given(emulator)) | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def test_every_reason_belongs_to_a_command():
    assert len(COMMANDS) > 10
    assert [begin for begin in NOT_RUN if not any(c.text.startswith(begin) for c in COMMANDS)] == []


@pytest.mark.parametrize(
    "command",
    [one for one in COMMANDS if not one.reason],
    ids=lambda one: f"{one.page}: {one.text}",
)
def test_a_command_has_the_documented_exit_code(command, folder, emulator):
    program = command.text.split()[0]
    if shutil.which(program) is None and program in ("jq", "curl") and not os.environ.get("CI"):
        pytest.skip(f"{program} is not installed")
    workflow = emulator.workflows["completed"].id
    text = DOWNLOAD.sub("", command.text).replace(
        'python3 -I "$dir/genesis-ci.pyz" ', "genesis-ci "
    )
    if "/approve" in text or "/reject" in text:
        leave_a_review_waiting(emulator, folder)
    text = text.replace("curl ", "curl --fail-with-body ").replace(" UUID", f" {workflow}")
    text = text.replace("http://127.0.0.1:8765", emulator.url)
    text = DEMO.sub(lambda found: f"run --workflow-id {emulator.workflows[found[1]].id}", text)
    ended = run(text, folder, emulator)
    assert ended.returncode == command.exit_code, ended.stdout + ended.stderr


def leave_a_review_waiting(emulator, folder: Path) -> None:
    argv = ["--workflow-id", emulator.workflows["review"].id, "--report-dir", "review"]
    run_command(folder, "run", *argv, **given(emulator))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_commands_in_sentences_are_valid(path):
    wrong = []
    for text in INLINE.findall(path.read_text(encoding="utf-8")):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(text)]
        try:
            parse_arguments(words)
        except (GenesisCiError, SystemExit) as problem:
            wrong.append(f"{text}: {problem}")
    assert wrong == []
