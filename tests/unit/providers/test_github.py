"""GitHub: commands, output file and summary, read as the runner reads them."""

import json
import re
import resource
from pathlib import Path

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.models.report import Annotation, Level, Verdict
from genesis_ci.providers.github import GitHub
from tests.hostile import each_string

OUTPUT = re.compile(r"([^=<\n]+)<<(\S+)\n(.*?)\n\2\n", re.DOTALL)


class Step:
    """A step's files and log, read as the runner reads them."""

    def __init__(self, directory: Path) -> None:
        self.output_file = directory / "output"
        self.summary_file = directory / "summary"
        self.written: list[str] = []
        environ = {
            "GITHUB_OUTPUT": str(self.output_file),
            "GITHUB_STEP_SUMMARY": str(self.summary_file),
        }
        self.provider = GitHub(environ, self.written.append)

    @property
    def log(self) -> str:
        return "".join(self.written)

    @property
    def commands(self) -> list[str]:
        """The lines that the runner runs as commands: V2 at the start, V1 anywhere."""
        lines = re.split(r"\r\n|\n|\r", self.log)
        return [line for line in lines if re.match(r"\s*::\w", line) or re.search(r"##\[\w", line)]

    @property
    def outputs(self) -> dict[str, str]:
        text = self.output_file.read_text()
        assert OUTPUT.sub("", text) == ""
        return {name: value for name, _, value in OUTPUT.findall(text)}


@pytest.fixture
def step(tmp_path) -> Step:
    return Step(tmp_path)


def test_remote_text_adds_no_command_and_no_property(tmp_path):
    def check(text):
        step = Step(tmp_path)
        step.provider.line(text)
        step.provider.group(text, [text])
        step.provider.annotate(Annotation(level=Level.ERROR, title=text, message=text))
        group, end, annotation = step.commands
        assert group.startswith("::group::")
        assert end == "::endgroup::"
        assert re.match(r"::error title=[^,:]*::", annotation)

    each_string(check)


def test_an_output_is_read_back_unchanged(step):
    def check(text):
        clean = text.encode("utf-8", "replace").decode().replace("\r", " ")
        step.provider.outputs({"output": clean, "status": "completed"})
        assert step.outputs == {"output": clean, "status": "completed"}

    each_string(check)


def test_a_later_output_of_a_name_wins_with_a_new_delimiter(step):
    step.provider.outputs({"execution-id": "a"})
    step.provider.outputs({"execution-id": "b"})
    assert step.outputs == {"execution-id": "b"}
    first, second = re.findall(r"execution-id<<(\S{32,})", step.output_file.read_text())
    assert first != second


def test_the_eleventh_annotation_of_a_level_is_a_log_line(step):
    for number in range(12):
        step.provider.annotate(Annotation(level=Level.WARNING, message=f"number {number}"))
    assert len(step.commands) == 10
    assert "number 11" in step.log


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (".genesis-ci.yml", "file=.genesis-ci.yml,line=3,col=4,"),
        ("a:b,c%.yml", "file=a%3Ab%2Cc%25.yml,line=3,col=4,"),
        ("/etc/passwd", ""),
        ("../elsewhere.yml", ""),
        (None, ""),
    ],
)
def test_an_annotation_is_one_line_with_a_workspace_file(step, file, place):
    message = "first\nsecond\r\n::error::third"
    step.provider.annotate(Annotation(Level.ERROR, message, file=file, line=3, column=4))
    assert step.log == f"::error {place}title=genesis-ci::first%0Asecond%0A| ::error::third\n"


SECRET_FILE = json.dumps({"private_key": "abcdefgh", "on": True, "a": {}}, indent=2)


@pytest.mark.parametrize(
    ("values", "masked"),
    [
        (["line one\n\tline two%\r\n\nline 3"], ["line one", "line two%25"]),
        ([SECRET_FILE], ['"private_key": "abcdefgh",', '"on": true,']),
        (["a1b2", "short\n", "one line"], ["a1b2", "short", "one line"]),
        (["passed\nsecret line"], ["secret line"]),
        ([*Status, *Verdict, *Level, "true", "false", "null", "True", "REVIEW_PENDING"], []),
        (["pass", "Genesis", "results", "a"], []),  # ***ed would drop the output `verdict`
    ],
    ids=["long lines", "a JSON file", "short values", "a line of ours", "ours", "parts of ours"],
)
def test_mask_covers_long_lines_but_no_value_of_our_outputs(step, values, masked):
    step.provider.mask(values)
    assert step.commands == [f"::add-mask::{text}" for text in masked]


def test_a_summary_is_appended_and_replaces_the_former_one(step):
    step.summary_file.write_text("before\n")
    step.provider.summary("# Passed, ✅\n")
    assert step.summary_file.read_text() == "before\n# Passed, ✅\n"
    step.provider.summary("# Interrupted\n")
    assert step.summary_file.read_text() == "before\n# Interrupted\n"


def test_outputs_can_be_written_to_a_device():
    GitHub({"GITHUB_OUTPUT": "/dev/null"}, print).outputs({"a": "b"})


def test_outputs_on_a_full_disk_are_removed_again(step):
    """A file that reaches the limit of sizes fails as one on a full disk does."""
    step.output_file.write_text("a<<E\nb\nE\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            step.provider.outputs({"short": "x", "long": "y" * 10_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert step.output_file.read_text() == "a<<E\nb\nE\n"


def test_without_the_runners_files_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    GitHub({}, print).outputs({"a": "b"})
    GitHub({}, print).summary("text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_the_hint_for_an_empty_key_mentions_forks(event):
    hint = GitHub({"GITHUB_EVENT_NAME": event}, print).empty_key_hint
    assert hint.startswith("Check that the secret exists here")
    assert "forks" in hint
    assert "pull_request_target" not in hint
