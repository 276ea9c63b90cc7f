"""An earlier job's `result.json` is read strictly: its runs, and the change that they tested."""

import json
import re
from typing import Any

import pytest

from genesis_ci.config.previous_job import (
    EarlierJob,
    EarlierRun,
    ResultError,
    assigned,
    change_of,
    read_job,
)
from genesis_ci.models import EXIT_CODES, MAX_WORKFLOWS, Verdict, Workflow
from genesis_ci.models.change import Change
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report
from tests.fakes import files
from tests.unit.config.results import API_URL, PATH, a_triggered, result_json


def read(text: str, **options: Any) -> EarlierJob:
    return read_job(files({PATH: text}), PATH, api_url=API_URL, **options)


def test_an_entry_that_names_a_run_takes_that_one_in_any_spelling_and_no_other():
    def run(execution_id: str | None) -> EarlierRun:
        return EarlierRun(
            name="smoke",
            workflow_id=None,
            execution_id=execution_id,
            required=True,
            verdict=Verdict.TRIGGERED,
            ended=None,
        )

    entry = Workflow(name="smoke", execution_id=EXECUTION_ID)
    none, other = run(None), run("run-2")
    own = run(EXECUTION_ID.upper().replace("-", ""))
    assert assigned([entry], [none, other, own]) == ({0: own}, (none, other))
    assert assigned([entry], [none, other]) == ({}, (none, other))


def test_a_workflow_with_a_name_chooses_before_one_without():
    def run(name: str, execution_id: str) -> EarlierRun:
        return EarlierRun(
            name=name,
            workflow_id=WORKFLOW_ID,
            execution_id=execution_id,
            required=True,
            verdict=Verdict.TRIGGERED,
            ended=None,
        )

    nameless = Workflow(workflow_id=WORKFLOW_ID)
    named = Workflow(name="smoke", workflow_id=WORKFLOW_ID)
    smoke, other = run("smoke", "run-1"), run("of Genesis", "run-2")
    assert assigned([nameless, named], [smoke, other]) == ({1: smoke, 0: other}, ())


CHANGE = {
    "sha": "a" * 40,
    "branch": "topic",
    "base_branch": "main",
    "change": "7",
    "repository": "o/r",
    "actor": "annabelle",
}


def test_the_change_that_was_tested_is_told_as_a_whole():
    told = change_of(files({PATH: json.dumps({"change": CHANGE})}), PATH)
    assert told == Change(
        sha="a" * 40,
        branch="topic",
        base_branch="main",
        request="7",
        repository="o/r",
        actor="annabelle",
    )


def test_what_is_not_told_of_the_change_is_not_known_and_long_names_are_cut():
    told = change_of(files({PATH: json.dumps({"change": {"sha": "b" * 64, "actor": 7}})}), PATH)
    assert told == Change(sha="b" * 64)
    long = {**CHANGE, "branch": "x" * 301}
    cut = change_of(files({PATH: json.dumps({"change": long})}), PATH)
    assert cut
    assert cut.branch == f"{'x' * 300}… [1 more characters cut]"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"change": []}', '{"change": {}}', '{"change": {"sha": "HEAD"}}', "\ud800"],
)
def test_a_file_without_a_commit_tells_of_no_change(text):
    assert change_of(files({PATH: text}), PATH) is None
    assert change_of(files({}), PATH) is None


def test_a_file_of_the_greatest_size_is_read_and_no_longer_one():
    text = result_json(a_triggered())
    size = len(text)
    [run] = read(text, most=size).runs
    assert run.execution_id == EXECUTION_ID
    with pytest.raises(ResultError, match=f"it has {size} characters, and at most {size - 1} are"):
        read(text, most=size - 1)


def test_a_file_of_over_sixteen_million_characters_is_not_looked_into():
    with pytest.raises(ResultError, match="at most 16000000 are read"):
        read("{" * 16_000_001)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), "the file cannot be read (Permission denied)"),
        (OSError(), "the file cannot be read (no reason)"),
        (ValueError("it is not UTF-8"), "it is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(error, words):
    def refuse(_: str) -> str:
        raise error

    with pytest.raises(ResultError, match=re.escape(words)):
        read_job(refuse, PATH, api_url=API_URL)


def test_a_file_of_a_job_that_knew_no_server_is_read():
    assert read(result_json(a_triggered(), api_url="")).runs


@pytest.mark.parametrize("verdict", Verdict)
def test_a_workflow_without_a_run_keeps_what_it_came_to_and_never_turns_green(verdict):
    lost = a_report(verdict, EXIT_CODES[verdict], name="lost")
    _, run = read(result_json(a_triggered(), lost)).runs
    assert run.execution_id is None
    assert run.ended
    assert not run.ended.green
    assert "no run to attach to" in run.ended.message


BAD = {
    "not JSON": ("{", "not valid JSON"),
    "a list": ("[]", "not an object"),
    "a key twice": ('{"tool": 1, "tool": 2}', "not valid JSON"),
    "another tool": (result_json(a_triggered(), tool="x"), "not a result.json of this version"),
    "another version": (result_json(a_triggered(), schema=2), "not a result.json of this version"),
    "another kind of version": (result_json(a_triggered(), schema=True), "not a result.json of"),
    "a list of servers": (result_json(a_triggered(), api_url=[API_URL]), "another server"),
    "another server": (result_json(a_triggered(), api_url="https://x"), "another server"),
    "no workflows": (result_json(workflows=None), "missing or too long"),
    "too many": (result_json(workflows=[{}] * (MAX_WORKFLOWS + 1)), "missing or too long"),
    "no name": (result_json(workflows=[{"required": True}]), "workflow 1 has no name"),
    "a bad workflow": (
        result_json(
            workflows=[
                {"name": "x", "required": True, "verdict": "triggered", "workflow_id": "../x"}
            ]
        ),
        "the workflow id of workflow 1 is malformed",
    ),
    "a bad id": (
        result_json(workflows=[{"name": "x", "required": True, "execution_id": "../x"}]),
        "the execution id of workflow 1 is malformed",
    ),
    "an unknown verdict": (
        result_json(workflows=[{"name": "x", "required": True, "verdict": "fine"}]),
        "the verdict of workflow 1 is unknown",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_anything_else_is_refused_and_says_why(what):
    text, problem = BAD[what]
    with pytest.raises(ResultError, match=problem):
        read(text)


def test_as_many_runs_as_a_config_file_may_list_are_read():
    one = {"name": "w", "required": True, "verdict": "triggered"}
    most = [{**one, "execution_id": f"run-{number}"} for number in range(MAX_WORKFLOWS)]
    assert len(read(result_json(workflows=most)).runs) == MAX_WORKFLOWS
