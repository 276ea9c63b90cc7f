"""The runs and the change in an earlier job's `result.json`."""

import json
from dataclasses import replace
from typing import Any

import pytest

from genesis_ci import outcomes
from genesis_ci.config.previous_job import (
    assigned,
    attached_to,
    change_of,
    check_commit,
    may_be_kept,
    read_report,
    runs_of,
)
from genesis_ci.models import EXIT_CODES, MAX_WORKFLOWS, Verdict, Workflow, WorkflowReport
from genesis_ci.models.change import Change
from genesis_ci.result import ResultError
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report
from tests.fakes import files
from tests.unit.config.results import API_URL, PATH, a_triggered, result_json

SHA, OTHER_SHA = "a" * 40, "b" * 40


def read(text: str) -> tuple[WorkflowReport, ...]:
    return runs_of(read_report(files({PATH: text}), PATH), api_url=API_URL)


def workflows_json(*fields: dict[str, Any]) -> str:
    """Return a file of workflows, each with replaced fields."""
    [one] = json.loads(result_json(a_triggered()))["workflows"]
    return result_json(workflows=[one | replaced for replaced in fields])


def test_entry_with_a_run_takes_it_in_any_spelling():
    entry = Workflow(name="smoke", execution_id=EXECUTION_ID)
    none, other = a_triggered(execution_id=None), a_triggered(execution_id="run-2")
    own = a_triggered(execution_id=EXECUTION_ID.upper().replace("-", ""))
    assert assigned([entry], [none, other, own]) == ({0: own}, (none, other))
    assert assigned([entry], [none, other]) == ({}, (none, other))


def test_named_workflow_is_assigned_first():
    nameless = Workflow(workflow_id=WORKFLOW_ID)
    named = Workflow(name="smoke", workflow_id=WORKFLOW_ID)
    smoke = a_triggered("smoke", "run-1", workflow_id=WORKFLOW_ID)
    other = a_triggered("of Genesis", "run-2", workflow_id=WORKFLOW_ID)
    assert assigned([nameless, named], [smoke, other]) == ({1: smoke, 0: other}, ())


def test_tested_change_is_read_with_all_fields():
    change = {
        "sha": "a" * 40,
        "branch": "topic",
        "base_branch": "main",
        "change": "7",
        "repository": "o/r",
        "actor": "annabelle",
    }
    report = read_report(files({PATH: result_json(change=change)}), PATH)
    assert change_of(report) == Change(
        sha="a" * 40,
        branch="topic",
        base_branch="main",
        request="7",
        repository="o/r",
        actor="annabelle",
    )


def test_change_is_read_only_with_a_commit():
    def change(sha: str | None) -> Change | None:
        return change_of(read_report(files({PATH: result_json(sha=sha)}), PATH))

    assert change("b" * 64) == Change(sha="b" * 64)
    assert [change(sha) for sha in (None, "", "HEAD", "a" * 39, "A" * 40)] == [None] * 5


@pytest.mark.parametrize(
    ("theirs", "ours", "words"),
    [
        (OTHER_SHA, SHA, "the file records commit bbbbbbb; this job tests aaaaaaa"),
        (None, SHA, "the file records no commit; this job tests aaaaaaa"),
        (SHA, None, "the file records commit aaaaaaa; the commit of this job is not known"),
    ],
    ids=["another", "no commit", "unknown here"],
)
def test_report_of_another_commit_is_refused(theirs, ours, words):
    report = read_report(files({PATH: result_json(sha=theirs)}), PATH)
    with pytest.raises(ResultError, match=f"^{words}$"):
        check_commit(report, ours)


@pytest.mark.parametrize("sha", [SHA, None])
def test_report_of_the_same_commit_is_accepted(sha):
    check_commit(read_report(files({PATH: result_json(sha=sha)}), PATH), sha)


@pytest.mark.parametrize("verdict", Verdict)
def test_run_that_did_not_fail_may_be_kept(verdict):
    run = a_triggered(outcome=outcomes.make(verdict, "x"))
    assert may_be_kept(run) is (verdict not in {Verdict.FAILED, Verdict.UNMET})
    assert not may_be_kept(replace(run, execution_id=None))


def test_run_has_only_name_id_and_verdict():
    failed = a_report(Verdict.FAILED, 1, name="other", execution_id="run-0")
    [run] = read(result_json(a_triggered(notes=("a note",), earlier=(failed,) * 4)))
    assert run.notes == ()
    assert run.outcome.message == "An earlier job says that it ended triggered."
    [attempt, *more] = run.earlier
    assert len(more) == 3
    assert (attempt.name, attempt.execution_id) == ("smoke", "run-0")
    assert attempt.outcome.message == "An earlier job says that it ended failed."


def test_long_name_is_cut():
    [run] = read(result_json(a_triggered("x" * 201)))
    assert run.name == f"{'x' * 200}… [1 more characters cut]"


def test_file_is_read_up_to_sixteen_million_characters():
    text = result_json(a_triggered()).ljust(16_000_000)
    [run] = read(text)
    assert run.execution_id == EXECUTION_ID
    with pytest.raises(ResultError, match="it has 16000001 characters, and at most 16000000 are"):
        read(f"{text} ")


def test_file_without_a_server_is_read():
    assert read(result_json(a_triggered(), api_url=""))


@pytest.mark.parametrize("verdict", Verdict)
def test_workflow_without_a_run_never_becomes_green(verdict):
    lost = a_report(verdict, EXIT_CODES[verdict], name="lost")
    _, run = read(result_json(a_triggered(), lost))
    attached = attached_to(Workflow(), run)
    assert attached.execution_id is None
    assert attached.ended
    assert not attached.ended.green
    assert "no run to attach to" in attached.ended.message


BAD = {
    "not JSON": ("{", "the file cannot be read: not valid JSON"),
    "another server": (result_json(a_triggered(), api_url="https://x"), "another server"),
    "no name": (workflows_json({"name": " "}), "workflow 1 has no name"),
    "a bad workflow": (
        workflows_json({"workflow_id": "../x"}),
        "the workflow id of workflow 1 is malformed",
    ),
    "a bad id": (workflows_json({"execution_id": "../x"}), "the execution id of workflow 1 is"),
    "an empty id": (workflows_json({"execution_id": ""}), "the execution id of workflow 1 is"),
    "an id that is no text": (workflows_json({"execution_id": 7}), "“execution_id” of workflow 1"),
    "a blank in an id": (
        workflows_json({"execution_id": "run-1\n"}),
        "“execution_id” of workflow 1",
    ),
    "one run twice": (
        workflows_json({}, {"name": "b", "execution_id": EXECUTION_ID.upper().replace("-", "")}),
        "it names one run for two workflows",
    ),
    "a bad id of an attempt": (
        result_json(a_triggered(earlier=(a_triggered(execution_id="../x"),))),
        "the id of an attempt of workflow 1 is malformed",
    ),
    "too many attempts": (
        result_json(a_triggered(earlier=(a_triggered(execution_id="run-0"),) * 5)),
        "the earlier attempts of workflow 1 are malformed",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_malformed_file_is_refused_with_a_reason(what):
    text, problem = BAD[what]
    with pytest.raises(ResultError, match=problem):
        read(text)


def test_maximum_number_of_runs_is_read():
    most = [{"execution_id": f"run-{number}"} for number in range(MAX_WORKFLOWS)]
    assert len(read(workflows_json(*most))) == MAX_WORKFLOWS
