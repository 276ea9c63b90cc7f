"""The runs and the change in an earlier job's `result.json`."""

import json
from typing import Any

import pytest

from genesis_ci import earlier_job, outcomes
from genesis_ci.models.change import Change
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import USUAL_EXIT_CODES, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.result import ResultError, parse
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report
from tests.unit.config.configs import API_URL, a_triggered, result_json
from tests.unit.reporters.reports import a_finding

SHA = "a" * 40
OTHER_SPELLING = EXECUTION_ID.upper().replace("-", "")


def read(text: str) -> tuple[WorkflowReport, ...]:
    return earlier_job.checked_runs(parse(text), api_url=API_URL)


def workflows_json(*fields: dict[str, Any]) -> str:
    """Return a file of workflows, each with replaced fields."""
    [one] = json.loads(result_json(a_triggered()))["workflows"]
    return result_json(workflows=[one | replaced for replaced in fields])


def test_entry_with_a_run_takes_it_in_any_spelling():
    entry = Workflow(name="smoke", execution_id=EXECUTION_ID)
    none, other = a_triggered(execution_id=None), a_triggered(execution_id="run-2")
    own = a_triggered(execution_id=OTHER_SPELLING)
    assert earlier_job.assigned([entry], [none, other, own]) == ({0: own}, (none, other))
    assert earlier_job.assigned([entry], [none, other]) == ({}, (none, other))


def test_named_workflow_is_assigned_first():
    nameless = Workflow(workflow_id=WORKFLOW_ID)
    named = Workflow(name="smoke", workflow_id=WORKFLOW_ID)
    smoke = a_triggered("smoke", "run-1", workflow_id=WORKFLOW_ID)
    other = a_triggered("of Genesis", "run-2", workflow_id=WORKFLOW_ID)
    assert earlier_job.assigned([nameless, named], [smoke, other]) == ({1: smoke, 0: other}, ())


def test_tested_change_has_only_a_full_commit():
    fields = {"branch": "topic", "base_branch": "main", "repository": "o/r", "actor": "annabelle"}
    for sha in (SHA, "b" * 64):
        change = {"sha": sha, "change": "7", **fields}
        assert earlier_job.tested_change(parse(result_json(change=change))) == Change(
            sha=sha, request="7", **fields
        )
    for sha in (None, "a" * 39):
        change = {"sha": sha, "change": "7", **fields}
        found = earlier_job.tested_change(parse(result_json(change=change)))
        assert found == Change(request="7", **fields)


@pytest.mark.parametrize("verdict", Verdict)
def test_failed_from_attaches_to_each_run_that_may_pass(verdict):
    def attached(**fields: Any) -> str | None:
        run = a_triggered(outcome=outcomes.make(verdict, "x"), workflow_id=WORKFLOW_ID, **fields)
        workflow = Workflow(name="smoke", workflow_id=WORKFLOW_ID)
        [one] = earlier_job.with_earlier_runs([workflow], [run], triggered_by="ci/7")
        return one.execution_id

    again = {Verdict.FAILED, Verdict.UNMET, Verdict.CANCELLED, Verdict.SKIPPED}
    assert attached() == (None if verdict in again else EXECUTION_ID)
    assert attached(execution_id=None) is None


def test_run_has_only_name_id_and_verdict():
    failed = a_report(Verdict.FAILED, 1, name="other", execution_id="run-0")
    earlier = a_triggered("x" * 201, notes=("a note",), earlier=(failed,) * 4)
    [run] = read(result_json(earlier, api_url=""))
    assert run.notes == ()
    assert run.outcome.message == "An earlier job says that it ended triggered."
    assert [attempt.execution_id for attempt in run.earlier] == ["run-0"] * 4
    assert run.earlier[0].outcome.message == "An earlier job says that it ended failed."
    assert run.name == run.earlier[0].name == f"{'x' * 200}… [1 more characters cut]"


def test_earlier_attempt_keeps_its_findings():
    """An unchecked pass after a checked attempt is red in this job too."""
    unmet = a_report(Verdict.UNMET, 9, findings=(a_finding("a", Judgement.UNMET),))
    [run] = read(result_json(a_triggered(earlier=(unmet,))))
    assert [len(attempt.findings) for attempt in run.earlier] == [1]


@pytest.mark.parametrize("verdict", Verdict)
def test_workflow_without_a_run_never_becomes_green(verdict):
    lost = a_report(verdict, USUAL_EXIT_CODES[verdict], name="lost")
    [run] = read(result_json(lost))
    attached = earlier_job.attached_to(Workflow(), run)
    assert attached.execution_id is None
    assert attached.ended
    assert not attached.ended.green
    assert "no run to attach to" in attached.ended.message


TWIN = {"name": "b", "execution_id": OTHER_SPELLING}


MANY_ATTEMPTS = result_json(a_triggered(earlier=(a_triggered(execution_id="run-0"),) * 5))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the file cannot be read: not valid JSON"),
        (workflows_json({"name": " "}), "workflow 1 has no name"),
        (workflows_json({}, TWIN), "it names one run for two workflows"),
        (MANY_ATTEMPTS, "the earlier attempts of workflow 1 are malformed"),
    ],
    ids=lambda text: text[:30],
)
def test_malformed_file_is_refused_with_a_reason(text, problem):
    with pytest.raises(ResultError, match=problem):
        read(text)
