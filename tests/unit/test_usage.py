"""What people read of the command line, and that it is true."""

import shlex

import pytest

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.settings import parse_settings, reporting_of
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.options import Misuse, Options, parse_arguments
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.usage import COMMANDS, WIDTH, flags_of, help_of, help_text, inputs_of
from tests.builders import EXECUTION_ID, WORKFLOW_ID
from tests.fakes import files

JOBS = [name for name, row in COMMANDS.items() if row.job]


def exit_codes(text: str) -> list[int]:
    section = text.split("exit codes:\n")[1].split("\n\n", maxsplit=1)[0]
    return [int(line.split()[0]) for line in section.splitlines() if line[2:3] != " "]


@pytest.mark.parametrize("command", JOBS)
def test_the_help_of_a_job_names_the_inputs_that_it_takes_and_no_others(command):
    text = help_of(command)
    named = {row.name for row in INPUTS if f"\n  --{row.name} " in text}
    assert named == {*inputs_of(command)}
    for name in named:
        assert BY_NAME[name].default in text


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_names_every_option_and_fits_a_terminal(command):
    text = help_of(command)
    for flag in flags_of(command):
        assert f"{flag.short}, {flag.name}".removeprefix(", ") in text
    before_examples = text.split("examples:")[0]
    assert max(map(len, before_examples.splitlines())) <= WIDTH


@pytest.mark.parametrize("command", ["run", "wait", "demo"])
def test_a_job_that_waits_may_end_with_every_exit_code(command):
    assert exit_codes(help_of(command)) == [*EXIT_CODE_MEANINGS]


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("trigger", [0, 2, 6, 7, 8, 70, 130, 143]),
        ("check", [0, 2, 7, 8, 70, 130, 143]),
        ("comment", [0, 2, 7, 8, 70, 130, 143]),
        ("emulator", [0, 2]),
        ("help", [0, 2]),
    ],
)
def test_help_lists_only_exit_codes_that_the_command_returns(command, codes):
    assert exit_codes(help_of(command)) == codes


def test_the_whole_help_names_every_command_and_exit_code():
    text = help_text()
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert exit_codes(text) == [*EXIT_CODE_MEANINGS]


@pytest.mark.parametrize("example", [one for row in COMMANDS.values() for one in row.examples])
def test_every_example_is_a_command_line_without_problems(example):
    words = shlex.split(example.removeprefix('eval "$(').replace(')"', ""), comments=True)
    asked = parse_arguments(words[1 : words.index(">") if ">" in words else None])
    assert not isinstance(asked, Misuse)
    assert not isinstance(asked, Options) or asked.problems == ()


OF_ONE_WORKFLOW = {
    "api-key": "gk_0123456789abcdef",
    "workflow-id": WORKFLOW_ID,
    "inputs": "user: annabelle",
}
OF_ONE_RUN = {"api-key": "gk_0123456789abcdef", "execution-id": EXECUTION_ID}
ANOTHER = {
    "api-url": "https://other.example.com",
    "workflow-id": "11111111-8b86-4d01-b42d-00c04fc964ff",
    "inputs": "user: bob",
    "inputs-file": "more.env",
    "secret-inputs": "user",
    "config": "several.yml",
    "execution-id": "run-2",
    "wait": "false",
    "concurrency-policy": "cancel-previous",
    "poll-interval": "7",
    "max-wait-time": "7m",
    "on-review-pending": "wait",
    "review-wait-time": "7m",
    "review-status": "genesis",
    "wait-for": "https://preview.example.com/health",
    "run-url": "https://genesis.autify.com/runs/{execution_id}",
    "on-cancelled": "pass",
    "on-skipped": "pass",
    "on-failed-block": "fail",
    "expect": "[{block: b, not-empty: true}]",
    "tests": "test-report",
    "missing-key": "skip",
    "output-block": "block-1",
    "report-dir": "elsewhere",
    "summary": "false",
    "allow-http": "genesis.internal",
    "expose": "TEST_PASSWORD",
    "attempts": "2",
    "on-flaky": "fail",
    "failed-from": "genesis-results/result.json",
}
"""A value of each input that means something else than its default."""
BESIDE = {
    "missing-key": {"api-key": ""},
    "allow-http": {"api-url": "http://genesis.internal"},
    "expose": {"workflow-id": "", "execution-id": "", "config": "exposing.yml"},
}
"""What has to be said beside an input that matters only then."""


EXPOSING = "version: 1\nworkflows: [{execution-id: run-1, inputs: {password: '${TEST_PASSWORD}'}}]"


@pytest.mark.parametrize("verb", Verb)
def test_every_input_that_a_verb_takes_makes_a_difference_to_it(verb):
    usual = OF_ONE_RUN if verb is Verb.WAIT else OF_ONE_WORKFLOW
    read = files({"more.env": "browser=firefox", "exposing.yml": EXPOSING})

    def meaning(texts):
        given = {name: Given(text, name) for name, text in texts.items()}
        environ = {"TEST_PASSWORD": "correct horse"}
        parsed = parse_settings(given, verb=verb, read_file=read, environ=environ)
        return parsed, reporting_of(given)

    def makes_a_difference(name):
        base = {**usual, **BESIDE.get(name, {})}
        before = meaning(base) if name in BESIDE else meaning_of_usual
        return meaning({**base, name: ANOTHER[name]}) != before

    meaning_of_usual = meaning(usual)
    assert [name for name in inputs_of(verb) if not makes_a_difference(name)] == []
