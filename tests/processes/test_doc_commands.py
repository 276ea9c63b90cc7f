"""Every command on the pages works, or a list has the reason why it is not run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis_ci.commands import parse_arguments
from genesis_ci.errors import GenesisCiError
from genesis_emulator import Emulator
from tests.doc_pages import ROOT, name_of, text_of
from tests.jobs import LIMIT, environment, run_command, write_config

PAGES = [*ROOT.glob("README*.md"), ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`genesis-ci ([^`…]+)`")
NOT_RUN = {
    "curl -H .*/executions/ID": "it asks Genesis about a run",
    "docker ": "it needs a registry",
    "git fetch origin ": "it needs a merge request",
    "gh (?:attestation verify|release download) ": "it asks GitHub about a release",
    "pipx install ": "it installs from the repository, which the test of the wheel does",
    "git (?:clone|push --force --tags) https": "it needs the repository on GitHub",
    "make test": "it runs these tests",
    "make live": "it needs an account; tests/integration/test_live.py runs it on the emulator",
    "make demo": "it runs the demo, which tests/integration/test_app.py runs",
    "genesis-ci emulator(?! check)": "it runs until it is stopped",
    "genesis-ci init": "the test of the first hour runs it",
    r"genesis-ci wait .*--config \.genesis-ci\.yml": "the test of the first hour runs it",
    r"pipx run --spec 'genesis-ci\[emulator": "it installs from the repository, and runs the demo",
}
"""The begin of a command as a pattern, and the reason why it is not run."""
DOWNLOAD = re.compile(r"^dir=.*? && curl .*? && ")
"""The download of a release, which tests/e2e/test_dist.py runs."""
DEMO = re.compile(r"demo --scenario ([\w-]+)")
"""Runs here with an emulator whose executions are fast."""
PLACEHOLDERS = {"COMMAND": "run", "NAME": "failed", "PATH": "key.txt"}


def commands() -> dict[str, Path]:
    """Return every command in a block of a page, with the comment after it, and its page."""
    found: dict[str, Path] = {}
    for page in sorted(PAGES):
        for block in BLOCK.findall(text_of(page)):
            for line in block.replace("\\\n", " ").replace("&&\n", "&& ").splitlines():
                text = re.sub(r" {2,}", " ", line.strip().removeprefix("$ "))
                if text and not text.startswith("#"):
                    found.setdefault(text, page)
    return found


COMMANDS = commands()
TO_RUN = [text for text in COMMANDS if not any(re.match(begin, text) for begin in NOT_RUN)]


def test_every_reason_belongs_to_a_command():
    assert len(TO_RUN) > 10
    assert [begin for begin in NOT_RUN if not any(re.match(begin, text) for text in COMMANDS)] == []


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=20) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory, emulator) -> Path:
    """Return a folder with a config file, the results of a job, a test and its report."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "test_shop.py").write_text("def test_cart(): pass\n")
    (folder / "junit.xml").touch()
    entries = (
        "{name: account area, workflow-id: {completed}}, {tags: smoke, workflow-id: {parallel}}"
    )
    write_config(folder, emulator, f"workflows: [{entries}]")
    run_command(folder, "run", **emulator.environment("passed"), GENESIS_CONFIG="none")
    return folder


def skip_without(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{missing[0]} is not installed")


def shell(text: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", text], cwd=folder, env=environment(**variables) | {"PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("text", TO_RUN, ids=lambda text: f"{COMMANDS[text].name}: {text}")
def test_a_command_has_the_documented_exit_code(text, folder, emulator):
    skip_without(*{text.split()[0]} & {"jq", "curl"})
    codes = re.findall(r"#.*exit code (\d+)", text)
    if "/approve" in text or "/reject" in text:  # a review has to wait
        review = emulator.environment("review") | {"GENESIS_CONFIG": "none"}
        run_command(folder, "run", "--report-dir", "review", **review)
    text = DOWNLOAD.sub("", text).replace('python3 -I "$dir/genesis-ci.pyz" ', "genesis-ci ")
    text = text.replace("curl ", "curl --fail-with-body ")
    text = text.replace(" UUID", f" {emulator.workflows['completed'].id}")
    text = text.replace("http://127.0.0.1:8765", emulator.url)
    text = DEMO.sub(lambda found: f"run --workflow-id {emulator.workflows[found[1]].id}", text)
    variables = {"GENESIS_WORKFLOW_ID": ""} if "--only" in text else {"GENESIS_CONFIG": "none"}
    ended = shell(text, folder, emulator.environment("completed") | variables)
    assert ended.returncode == int(codes[-1] if codes else 0), ended.stdout


@pytest.mark.parametrize("scenario", ["completed", "passed"])
@pytest.mark.parametrize("page", ["docs/first-hour.md", "docs/ja/first-hour.md"])
def test_the_first_hour_in_an_empty_folder_ends_with_a_gate(page, scenario, tmp_path, emulator):
    variables = emulator.environment(scenario) | {"GENESIS_WORKFLOW_ID": ""}
    lines = "".join(BLOCK.findall(text_of(ROOT / page))).splitlines()
    assert [line.split()[1] for line in lines] == ["check", "run", "init", "wait"]
    for line in [*lines, "genesis-ci run"]:
        text = line.replace(" UUID", f" {emulator.workflows[scenario].id}")
        ended = shell(text, tmp_path, variables)
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_curl_and_genesis_ci_print_what_the_readme_compares(page, tmp_path):
    skip_without("curl", "jq")
    shutil.copy(ROOT / "docs/recipes/curl.sh", tmp_path)
    [shown] = re.findall(r"^```text\n\$ (.*?)^```", text_of(ROOT / page), re.M | re.S)
    with Emulator(speed=1000) as emulator:
        variables = emulator.environment("unmet")
        for one in shown.split("\n$ "):
            command, expected = one.strip().split("\n", 1)
            printed = shell(command, tmp_path, variables).stdout
            assert re.fullmatch(re.escape(expected).replace("…", ".*"), printed.strip(), re.S)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_the_commands_in_sentences_are_valid(path):
    wrong = []
    for text in INLINE.findall(text_of(path)):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(text)]
        try:
            parse_arguments(words)
        except (GenesisCiError, SystemExit) as problem:
            wrong.append(f"{text}: {problem}")
    assert wrong == []
