"""`genesis-ci show`: its text and its exit code are those of one file."""

import json
import re
from typing import Any, NamedTuple

import pytest

from genesis_ci import result
from genesis_ci.jobs.show import show
from genesis_ci.language import Language, use
from genesis_ci.models.report import EXIT_CODE_MEANINGS, EXIT_CODES, PROGRAM, Level, Verdict
from genesis_ci.reporters.comment_text import render
from genesis_ci.reporters.style import LOG
from tests.fakes import RecordingProvider, files
from tests.unit.reporters import reports


class Shown(NamedTuple):
    exit_code: int
    text: str
    errors: list[str]


def shown(
    text: str, *, failures: bool = False, plain: bool = False, program: str = PROGRAM
) -> Shown:
    provider, written = RecordingProvider(), []
    code = show(
        "result.json",
        failures=failures,
        plain=plain,
        environ={},
        read_file=files({"result.json": text}),
        provider=provider,
        speak=lambda language: use(language) and (),
        write=written.append,
        program=program,
    )
    errors = [words for level, words in provider.annotations if level is Level.ERROR]
    return Shown(code, "".join(written), errors)


def verdict_of(code: int) -> Verdict:
    row = EXIT_CODES[code]
    return [*row.verdicts, *row.others][0]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", EXIT_CODE_MEANINGS)
def test_show_ends_with_the_exit_code_under_its_text(code, language):
    outcome = reports.outcome_of(verdict_of(code), code)
    ended = shown(result.render(reports.report(outcome=outcome)._replace(language=language)))
    facts = {"en": f"exit code {code}", "ja": f"終了コード {code}"}
    assert (ended.exit_code, ended.text.startswith("### ❌")) == (code, code != 0)
    assert facts[language] in ended.text


def test_show_accepts_the_file_of_every_ending():
    def check(made):
        ended = shown(result.render(made))
        plain = made._replace(job_url=None)
        assert (ended.exit_code, ended.errors) == (made.outcome.exit_code, [])
        assert ended.text == render(result.parse(result.render(plain)), style=LOG)

    reports.each_ending(check)


def test_a_command_starts_the_program_as_show_was_started():
    outcome = reports.outcome_of(Verdict.TIMED_OUT, 6)._replace(attach_to=("run-1",))
    file = result.render(reports.report(outcome=outcome._replace(program="/ci/genesis-ci")))
    assert json.loads(file)["hint"].endswith(" genesis-ci wait run-1")
    assert "\n.venv/bin/genesis-ci wait run-1\n" in shown(file, program=".venv/bin/genesis-ci").text


def test_only_failures_are_shown_on_request():
    ended = shown(result.render(reports.several()), failures=True)
    assert ended.text.startswith("### ❌ 1 of 3 required failed: checkout smoke, ")
    assert "verify-cart" in ended.text
    assert "log in" not in ended.text.partition("\n")[2]
    ended = shown(result.render(reports.known_failures()), failures=True)
    assert (ended.exit_code, ended.text.startswith("### ✅ Passed")) == (0, True)
    assert "refund" not in ended.text


def test_a_terminal_gets_plain_text():
    text = shown(result.render(reports.several()), plain=True).text
    assert text.startswith("❌ 1 of 3 required failed: checkout smoke, ")
    rows = [line for line in text.splitlines() if line[14:16] == "  "]
    columns = [re.split(" {2,}", line)[:2] for line in rows]
    assert columns == [
        ["Workflow", "Verdict"],
        ["checkout smoke", "❌ Failed"],
        ["checkout smoke", "⏭️ Not run"],
        ["log in", "☑️ Passed, unchecked"],
    ]


GREEN = {"verdict": "passed", "exit_code": 0}
COMPLETED = {"status": "completed", **GREEN}


def forged(made: Any, job: dict[str, Any], workflow: dict[str, Any]) -> str:
    document = json.loads(result.render(made))
    document["workflows"] = [one | workflow for one in document["workflows"]]
    return json.dumps(document | job)


@pytest.mark.parametrize(
    ("made", "job", "workflow"),
    [
        (reports.failed(), {"verdict": "passed"}, {}),
        (reports.failed(), {"exit_code": 0}, {}),
        (reports.failed(), GREEN, {}),
        (reports.failed(), {"verdict": "not_run", "exit_code": 0}, {}),
        (reports.failed(), GREEN, {"exit_code": 0}),
        (reports.failed(), GREEN, GREEN),
        (reports.failed(), GREEN, GREEN | {"passed_by_policy": True}),
        (reports.failed(), GREEN, {"verdict": "not_run", "exit_code": 0}),
        (reports.failed(), GREEN, {"left_out_by": "only"}),
        (reports.failed(), GREEN, GREEN | {"execution": None}),
        (reports.timed_out(), GREEN, GREEN),
        (reports.unmet(), GREEN, COMPLETED),
        (reports.completed(), {"exit_code": 1}, {}),
        (reports.completed(), {"verdict": "failed"}, {}),
        (reports.completed(), {"verdict": "error", "exit_code": 3}, {}),
        (reports.completed(), {"exit_code": 256}, {}),
        (reports.completed(), {"exit_code": True}, {}),
        (reports.completed(), {"verdict": "splendid"}, {}),
        (reports.completed(), {"schema": result.SCHEMA_VERSION + 1}, {}),
    ],
)
def test_a_file_that_contradicts_itself_shows_nothing(made, job, workflow):
    ended = shown(forged(made, job, workflow))
    assert (ended.exit_code, ended.text) == (2, "")
    [error] = ended.errors
    assert error.startswith("result.json: ")


def test_a_cut_file_shows_nothing():
    text = result.render(reports.failed())
    for end in range(0, len(text) - 2, 97):
        assert shown(text[:end])[:2] == (2, "")
