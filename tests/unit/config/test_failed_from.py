"""`failed-from`: which runs of an earlier job are kept."""

from typing import Any

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.models.change import Change
from genesis_ci.models.report import Verdict
from genesis_ci.outcomes import not_selected
from tests.builders import WORKFLOW_ID, a_report
from tests.unit.config import configs
from tests.unit.config.configs import PATH, result_json, workflows

SHA = "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd"
CONFIG = f"""\
version: 1
defaults: {{workflow-id: {WORKFLOW_ID}}}
workflows:
  - name: smoke
  - name: checkout
  - name: new
"""
EARLIER = (
    a_report(
        name="smoke",
        execution_id="run-smoke",
        workflow_id=WORKFLOW_ID,
        earlier=(a_report(Verdict.FAILED, execution_id="run-0"),),
    ),
    a_report(Verdict.FAILED, name="checkout", execution_id="run-2", workflow_id=WORKFLOW_ID),
    a_report(Verdict.NOT_RUN, name="new", workflow_id=WORKFLOW_ID),
)
RESULT = result_json(*EARLIER, sha=SHA, job_url="https://ci.example/jobs/7")


def parse(*config: str, sha: str | None = SHA, **given: Any) -> Settings:
    given = {"result": RESULT, "failed_from": PATH, "change": Change(sha=sha), **given}
    return configs.parse(*config, **given)


def test_passed_run_is_kept_and_the_rest_is_triggered():
    smoke, *others = workflows(parse(CONFIG))
    assert (smoke.keeps, smoke.execution_id) == ("run-smoke", None)
    assert smoke.kept_from == "https://ci.example/jobs/7"
    assert [(one.execution_id, one.outcome.verdict) for one in smoke.earlier] == [
        ("run-0", Verdict.FAILED)
    ]
    assert [other.keeps for other in others] == [None, None]


def test_workflow_that_is_not_selected_shows_its_earlier_run_for_a_later_job():
    attached = "  - {name: attached, execution-id: run-7}\n"
    smoke, checkout, _, other = workflows(parse(CONFIG + attached, only="checkout"))
    assert (smoke.keeps, smoke.execution_id, smoke.ended) == (None, "run-smoke", not_selected())
    assert [one.execution_id for one in smoke.earlier] == ["run-0"]
    assert (checkout.keeps, checkout.ended) == (None, None)
    assert (other.execution_id, other.ended) == ("run-7", not_selected())


def test_kept_run_without_a_job_address_names_the_file():
    result = result_json(*EARLIER, sha=SHA)
    secret = {"inputs": "token: genesis-results", "secret_inputs": "token"}
    [run] = workflows(parse(result=result, **secret))
    assert (run.keeps, run.kept_from) == ("run-smoke", "***/result.json")


@pytest.mark.parametrize(
    "given", [{"sha": None}, {"result": result_json(*EARLIER)}, {"result": None}]
)
def test_unknown_commit_or_missing_file_triggers_everything(given):
    assert [(run.keeps, run.earlier) for run in workflows(parse(CONFIG, **given))] == [
        (None, ())
    ] * 3
