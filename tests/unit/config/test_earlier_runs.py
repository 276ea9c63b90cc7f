"""`wait --from result.json`: the job attaches to the runs of an earlier job."""

from dataclasses import replace
from typing import Any

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.models.change import Change
from genesis_ci.models.policy import USUALLY_ACCEPTED, Accept
from genesis_ci.models.report import Selector, Verdict
from genesis_ci.models.workflow import Verb
from genesis_ci.outcomes import not_selected
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, problems_in
from tests.unit.config import configs
from tests.unit.config.configs import (
    API_URL,
    FILE,
    OTHER_ID,
    PATH,
    a_triggered,
    result_json,
    workflows,
)

CONFIG = f"""\
version: 1
max-parallel: 3
defaults: {{attempts: 3, max-wait-time: 3m, workflow-id: {WORKFLOW_ID}}}
workflows:
  - name: smoke
    accept: review_pending
  - name: other
"""
OPTIONAL = f"""\
version: 1
workflows:
  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}
  - {{name: charter, workflow-id: {OTHER_ID}, required: false}}
"""
NAMELESS = f"""\
version: 1
workflows:
  - workflow-id: {API_URL}/api/workflows/{WORKFLOW_ID}/trigger
    accept: review_pending
    inputs: {{user: annabelle}}
    wait-for: https://preview.example.com
  - {{name: kept, execution-id: run-9}}
"""


def parse(*config: str, **given: Any) -> Settings:
    return configs.parse(*config, verb=Verb.WAIT, attach_from=PATH, **given)


def test_all_runs_of_the_earlier_job_are_required_and_attached():
    failed = a_report(Verdict.FAILED, 1, execution_id="run-0")
    result = result_json(
        a_triggered(earlier=(failed,)),
        a_triggered("charter", "run-2", required=False),
        a_triggered("smoke", "run-3"),
        a_triggered(WORKFLOW_ID, "run-4", workflow_id=WORKFLOW_ID),
        a_report(Verdict.NOT_RUN, name="late"),
    )
    given = {"inputs": "user: annabelle", "wait_for": "https://p.example.com"}
    parsed = parse(result=result, **given)
    *attached, late = workflows(parsed)
    assert [(one.name, one.execution_id) for one in attached] == [
        ("smoke", EXECUTION_ID), ("charter", "run-2"), ("smoke", "run-3"), (None, "run-4")
    ]  # fmt: skip
    for one in attached:
        assert (one.variables, one.wait_for, one.ended) == ({}, None, None)
        assert one.wait
        assert one.policy.required
    assert [one.execution_id for one in attached[0].earlier] == ["run-0"]
    assert late.ended
    assert not late.ended.green
    assert parsed.notices == ()


def test_config_file_sets_the_policies_of_earlier_runs():
    """The number of attempts is left aside with a notice, unless the job sets it."""
    new = a_triggered("new", "run-2", workflow_id=OTHER_ID)
    result = result_json(a_triggered(), a_triggered("other", None), new, config=FILE)
    parsed = parse(CONFIG, result=result)
    smoke, other, new = workflows(parsed)
    assert smoke.policy.accept == {Accept.REVIEW_PENDING}
    assert new.policy.accept == USUALLY_ACCEPTED
    assert smoke.max_wait == new.max_wait == 180
    assert (smoke.workflow_id, new.workflow_id) == (WORKFLOW_ID, OTHER_ID)
    assert (other.execution_id, other.ended.verdict) == (None, Verdict.LOST_CONTACT)
    assert "“new” is not in the config file; it is watched too." in parsed.notices[1]
    assert parsed.notices[0].startswith("attempts: wait never triggers")
    assert parsed.plan.max_parallel == 3
    [problem] = problems_in(parse("workflows: [", result=result))
    assert "this is not valid YAML" in problem
    [problem, *_] = problems_in(parse(CONFIG, result=result, attempts="2"))
    assert "wait never triggers" in problem


def test_workflow_without_an_earlier_run_is_red():
    """Another workflow's run is not assigned to it. Only the config file says what is required."""
    run = a_triggered(workflow_id=OTHER_ID, required=False)
    charter = a_triggered("charter", "run-2", workflow_id=OTHER_ID, required=True)
    found = workflows(parse(OPTIONAL, result=result_json(run, charter, config=FILE)))
    assert [(one.execution_id, one.workflow_id, one.policy.required) for one in found] == [
        (None, WORKFLOW_ID, True), ("run-2", OTHER_ID, False), (EXECUTION_ID, OTHER_ID, True)
    ]  # fmt: skip
    assert found[0].ended
    assert not found[0].ended.green
    assert "has no run of this workflow" in found[0].ended.message


@pytest.mark.parametrize("by", Selector)
def test_what_the_file_says_is_left_out_has_to_run_only_if_a_config_file_says_so(by):
    out = a_report(Verdict.NOT_RUN, name="charter", workflow_id=OTHER_ID)
    out = replace(out, outcome=out.outcome._replace(left_out_by=by))
    here = parse(OPTIONAL, result=result_json(a_triggered(), out, config=FILE))
    [_, charter] = workflows(here)
    assert (charter.is_selected, charter.ended.verdict) == (True, Verdict.LOST_CONTACT)
    without = parse(config="none", result=result_json(a_triggered(), out, config=FILE))
    [smoke, charter] = workflows(without)
    assert (smoke.execution_id, charter.name, charter.ended) == (
        EXECUTION_ID, "charter", not_selected(by)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "left_out"),
    [(Verdict.FAILED, Selector.PATHS), (Verdict.NOT_RUN, None)],
)
def test_what_did_not_run_for_another_reason_is_red(verdict, left_out):
    out = a_report(verdict, name="charter")
    out = replace(out, outcome=out.outcome._replace(left_out_by=left_out))
    [_, charter] = workflows(parse(config="none", result=result_json(a_triggered(), out)))
    assert charter.ended.verdict is Verdict.LOST_CONTACT


def test_workflow_that_is_not_selected_is_not_watched():
    """Its run stays in the reports, for a later job."""
    charter = a_triggered("charter", "run-2", workflow_id=OTHER_ID)
    both = result_json(a_triggered(), charter, config=FILE)
    found = workflows(parse(OPTIONAL, only="smoke", result=both))
    assert [(one.execution_id, one.policy.required, one.ended) for one in found] == [
        (EXECUTION_ID, True, None), ("run-2", False, not_selected())
    ]  # fmt: skip
    one = result_json(a_triggered(), config=FILE)
    [_, charter] = workflows(parse(OPTIONAL, only="smoke", result=one))
    assert charter.ended == not_selected()


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_run_of_an_entry_is_not_assigned_again(spelling):
    attached = f"  - {{name: a, execution-id: {spelling}}}\n"
    smoke = f"  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}\n"
    result = result_json(a_triggered(workflow_id=WORKFLOW_ID), config=FILE)
    [problem] = problems_in(parse(f"version: 1\nworkflows:\n{smoke}{attached}", result=result))
    assert problem.startswith(f"{FILE}:4: this run is at {FILE}:3 too")


def test_earlier_workflow_is_compared_with_workflow_id():
    result = result_json(a_triggered(workflow_id=OTHER_ID))
    for ours in ({}, {"workflow_id": OTHER_ID}):
        [run] = workflows(parse(result=result, **ours))
        assert run.workflow_id == OTHER_ID


@pytest.mark.parametrize("name", ["of Genesis", WORKFLOW_ID])
def test_nameless_entry_sets_the_policies_of_its_run(name):
    result = result_json(a_triggered(name, workflow_id=WORKFLOW_ID), config=FILE)
    attached, kept = workflows(parse(NAMELESS, result=result))
    assert (attached.name, attached.execution_id) == (WORKFLOW_ID, EXECUTION_ID)
    assert (attached.variables, attached.wait_for, attached.ended) == ({}, None, None)
    assert attached.policy.accept == {Accept.REVIEW_PENDING}
    assert (kept.execution_id, kept.ended) == ("run-9", None)


@pytest.mark.parametrize("result", [None, result_json(a_report())])
def test_skipped_job_needs_no_earlier_result(result):
    assert workflows(parse(result=result, api_key="", missing_key="skip")) == ()


def test_file_of_a_job_without_a_config_file_is_refused_where_one_is_read():
    """Its runs stay in the reports, for a job with config: none."""
    result = result_json(a_triggered(), change={"sha": "a" * 40})
    status = {"review_status": "genesis", "ci": "GITHUB_ACTIONS"}
    parsed = parse(CONFIG, result=result, **status)
    assert (parsed.review_status, parsed.config, parsed.tested.sha) == (None, None, "a" * 40)
    assert [(one.name, one.execution_id) for one in parsed.workflows] == [("smoke", EXECUTION_ID)]
    [run] = workflows(parse(CONFIG, result=result, config="none"))
    assert (run.execution_id, run.ended, run.policy.accept) == (
        EXECUTION_ID, None, USUALLY_ACCEPTED
    )  # fmt: skip


def test_config_file_is_recorded_also_by_a_refused_job():
    result = result_json(a_triggered(), a_triggered("other", "run-2"), config=FILE)
    for given in ({}, {"max_wait_time": "soon"}, {"config": "missing.yml"}):
        assert parse(CONFIG, result=result, **given).config == FILE
    assert configs.parse(CONFIG).config == FILE
    assert configs.parse().config is None


def test_a_run_that_only_its_id_names_is_of_no_known_commit():
    attached = "version: 1\nworkflows: [{name: kept, execution-id: run-9}]\n"
    own = {"change": Change(sha="a" * 40, request="7")}
    result = result_json(a_triggered(), config=FILE, change={"sha": "a" * 40})
    for parsed in (
        configs.parse(execution_id="run-1", workflow_id="", **own),
        configs.parse(attached, **own),
        parse(attached, result=result, **own),
    ):
        assert (problems_in(parsed), parsed.tested) == ((), Change())
        assert parsed.notices[0].startswith("execution-id: which commit the run tests is not known")
    assert configs.parse(**own).tested == own["change"]
