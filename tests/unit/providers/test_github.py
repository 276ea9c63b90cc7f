"""GitHub: commands, output file and summary, read as the runner reads them."""

import json
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genesis_ci.models import Annotation, Level, Status, Verdict
from genesis_ci.providers.github import GitHub
from tests.hostile import each_string


class Step:
    """A step's files and log, read as the runner reads them."""

    def __init__(self, directory: Path) -> None:
        self.output_file = directory / "output"
        self.summary_file = directory / "summary"
        self.log = ""
        environ = {
            "GITHUB_OUTPUT": str(self.output_file),
            "GITHUB_STEP_SUMMARY": str(self.summary_file),
        }
        self.provider = GitHub(environ, self._write)

    def _write(self, text: str) -> None:
        self.log += text

    @property
    def lines(self) -> list[str]:
        return re.split(r"\r\n|\n|\r", self.log)

    @property
    def commands(self) -> list[str]:
        """The lines that the runner runs as commands: V2 at the start, V1 anywhere."""
        return [
            line for line in self.lines if re.match(r"\s*::\w", line) or re.search(r"##\[\w", line)
        ]

    @property
    def outputs(self) -> dict[str, str]:
        found: dict[str, str] = {}
        lines = iter(self.output_file.read_text().split("\n"))
        for line in filter(None, lines):
            name, delimiter = re.fullmatch(r"([^=<]+)<<(.+)", line).groups()
            value = []
            while (inner := next(lines)) != delimiter:
                value.append(inner)
            found[name] = "\n".join(value)
        return found


@pytest.fixture
def step(tmp_path) -> Step:
    return Step(tmp_path)


def test_a_line_never_becomes_a_command(tmp_path):
    def check(text):
        step = Step(tmp_path)
        step.provider.line(text)
        assert step.commands == []

    each_string(check)


def test_a_group_writes_only_its_two_commands(tmp_path):
    def check(text):
        step = Step(tmp_path)
        step.provider.group(text, [text])
        assert [line.split("::")[1] for line in step.commands] == ["group", "endgroup"]

    each_string(check)


def test_an_annotation_is_one_command_without_properties_of_others(tmp_path):
    def check(text):
        step = Step(tmp_path)
        step.provider.annotate(Annotation(level=Level.ERROR, title=text, message=text))
        [command] = step.commands
        assert re.match(r"::error title=[^,:]*::", command)

    each_string(check)


def test_an_output_comes_back_as_it_was(step):
    def check(text):
        clean = text.encode("utf-8", "replace").decode().replace("\r", " ")
        step.provider.outputs({"output": clean, "status": "completed"})
        assert step.outputs == {"output": clean, "status": "completed"}

    each_string(check)


def test_the_delimiter_of_an_output_cannot_be_guessed(step):
    for _ in range(2):
        step.provider.outputs({"output": "x"})
    delimiters = re.findall(r"output<<(\S+)", step.output_file.read_text())
    assert len(set(delimiters)) == 2
    assert all(len(delimiter) >= 32 for delimiter in delimiters)


def test_a_later_output_of_a_name_wins(step):
    step.provider.outputs({"execution-id": "a"})
    step.provider.outputs({"execution-id": "b"})
    assert step.outputs == {"execution-id": "b"}


def test_a_message_of_several_lines_is_one_annotation(step):
    step.provider.annotate(Annotation(level=Level.ERROR, message="first\nsecond\r\n::error::third"))
    assert step.log == "::error title=genesis-ci::first%0Asecond%0A| ::error::third\n"


def test_the_eleventh_annotation_of_a_level_is_a_log_line(step):
    for number in range(12):
        step.provider.annotate(
            Annotation(level=Level.WARNING, title="t", message=f"number {number}")
        )
    assert len(step.commands) == 10
    assert "number 11" in step.log


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (".genesis-ci.yml", "file=.genesis-ci.yml,line=3,"),
        ("a:b,c%.yml", "file=a%3Ab%2Cc%25.yml,line=3,"),
        ("/etc/passwd", ""),
        ("../elsewhere.yml", ""),
        (None, ""),
    ],
)
def test_an_annotation_names_only_files_of_the_workspace(step, file, place):
    step.provider.annotate(
        Annotation(level=Level.ERROR, title="t", message="Wrong.", file=file, line=3)
    )
    assert step.log == f"::error {place}title=t::Wrong.\n"


def masked_by(step: Step, *values: str) -> list[str]:
    step.provider.mask(values)
    assert all(command.startswith("::add-mask::") for command in step.commands)
    return [command.removeprefix("::add-mask::") for command in step.commands]


def test_each_long_line_of_a_value_is_masked(step):
    assert masked_by(step, "line one\n\tline two%\r\n\nline 3") == ["line one", "line two%25"]


def test_short_lines_of_a_json_secret_are_not_masked(step):
    secret = json.dumps({"private_key": "abcdefgh", "on": True, "a": {}}, indent=2)
    assert masked_by(step, secret) == ['"private_key": "abcdefgh",', '"on": true,']


def test_a_short_secret_of_one_line_is_masked(step):
    assert masked_by(step, "a1b2", "short\n", "one line") == ["a1b2", "short", "one line"]


@pytest.mark.parametrize(
    "word", [*Status, *Verdict, *Level, "true", "false", "null", "True", "REVIEW_PENDING"]
)
def test_a_value_of_our_outputs_is_never_masked(step, word):
    assert masked_by(step, word, f"{word}\nsecret line") == ["secret line"]


@pytest.mark.parametrize("part", ["pass", "Genesis", "results", "a"])
def test_a_part_of_an_output_value_is_never_masked(step, part):
    """`***ed` would make GitHub drop the output `verdict`."""
    assert masked_by(step, part) == []


def test_the_summary_is_appended(step):
    step.summary_file.write_text("before\n")
    step.provider.summary("# Passed")
    assert step.summary_file.read_text() == "before\n# Passed\n"


def test_a_second_summary_replaces_the_first(step):
    step.summary_file.write_text("before\n")
    step.provider.summary("# Passed, ✅")
    step.provider.summary("# Interrupted")
    assert step.summary_file.read_text() == "before\n# Interrupted\n"


def test_outputs_can_be_written_to_a_device():
    provider = GitHub({"GITHUB_OUTPUT": "/dev/null"}, lambda _: None)
    provider.outputs({"a": "b"})


def test_outputs_on_a_full_disk_are_removed_again(step):
    step.output_file.write_text("a<<E\nb\nE\n")
    with file_size_limited(to=5_000), pytest.raises(OSError, match="too large"):
        step.provider.outputs({"short": "x", "long": "y" * 10_000})
    assert step.output_file.read_text() == "a<<E\nb\nE\n"


@contextmanager
def file_size_limited(*, to: int) -> Iterator[None]:
    """A file that reaches the limit fails as one on a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (to, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_the_runners_files_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    provider = GitHub({}, lambda _: None)
    provider.outputs({"a": "b"})
    provider.summary("text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_the_hint_for_an_empty_key_mentions_forks(event):
    hint = GitHub({"GITHUB_EVENT_NAME": event}, print).empty_key_hint
    assert "forks" in hint
    assert "pull_request_target" not in hint


def test_the_job_url_is_built_from_the_environment():
    environ = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "7",
    }
    assert GitHub(environ, print).change.job_url == "https://github.com/o/r/actions/runs/7"


def test_the_job_url_is_clean():
    environ = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/\udcff\x1b",
        "GITHUB_RUN_ID": "7",
    }
    assert (
        GitHub(environ, print).change.job_url == "https://github.com/o/\ufffd\\x1b/actions/runs/7"
    )


def test_a_pipe_without_a_reader_fails_at_once(tmp_path):
    pipe = tmp_path / "output"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device"):
        GitHub({"GITHUB_OUTPUT": str(pipe)}, print).outputs({"verdict": "passed"})


def test_a_pipe_with_a_reader_gets_the_outputs(tmp_path):
    pipe = tmp_path / "output"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    GitHub({"GITHUB_OUTPUT": str(pipe)}, print).outputs({"verdict": "passed"})
    assert b"passed" in os.read(reader, 1000)
    os.close(reader)
