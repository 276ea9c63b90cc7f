"""Every command of the pages works as it stands there, or a list says why it is not run here."""

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
    "pipx install ": "it installs from the repository; the wheel's own test does",
    "make test": "it runs these tests",
    "make demo": "it runs the demo, which tests/integration/test_app.py runs",
    "genesis-ci demo --scenario unmet #": "tests/integration/test_app.py runs it",
    "pipx run --spec 'genesis-ci[emulator]": "it installs from the repository, and runs the demo",
}
DOWNLOAD = re.compile(r"^dir=.*? && curl .*? && ")
"""Of a release; tests/e2e/test_dist.py runs it."""
DEMO = re.compile(r"demo --scenario ([\w-]+)")
"""Here against an emulator whose runs are fast."""
PLACEHOLDERS = {"COMMAND": "run", "NAME": "failed", "PATH": "key.txt"}


@dataclass(frozen=True)
class Command:
    page: str
    text: str

    @property
    def exit_code(self) -> int:
        """What the comment behind it says; the last code of the line counts."""
        told = re.findall(r"#.*exit code (\d+)", self.text)
        return int(told[-1]) if told else 0

    @property
    def why_not(self) -> str | None:
        if re.match(r"genesis-ci emulator(?! check)", self.text):
            return "it serves until it is stopped; tests/integration/emulator/test_cli.py does so"
        return next((why for begin, why in NOT_RUN.items() if self.text.startswith(begin)), None)


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
    """A folder in which a job has left its reports."""
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


def test_the_pages_have_commands_and_every_reason_is_needed():
    assert len(COMMANDS) > 10
    assert [begin for begin in NOT_RUN if not any(c.text.startswith(begin) for c in COMMANDS)] == []


@pytest.mark.parametrize(
    "command",
    [one for one in COMMANDS if not one.why_not],
    ids=lambda one: f"{one.page}: {one.text}",
)
def test_a_command_ends_as_its_page_says(command, folder, emulator):
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
    """The last run waits for a person."""
    argv = ["--workflow-id", emulator.workflows["review"].id, "--report-dir", "review"]
    run_command(folder, "run", *argv, **given(emulator))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_commands_in_sentences_are_understood(path):
    wrong = []
    for text in INLINE.findall(path.read_text(encoding="utf-8")):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(text)]
        try:
            parse_arguments(words)
        except (GenesisCiError, SystemExit) as problem:
            wrong.append(f"{text}: {problem}")
    assert wrong == []
