"""An earlier job's `result.json`, as this version writes it."""

import json
from typing import Any

from genesis_ci import result
from genesis_ci.models import Outcome, RunReport, Verdict, WorkflowReport
from genesis_ci.models.change import Change
from tests.builders import EXECUTION_ID, START, a_report

API_URL = "https://genesis.autify.com"
PATH = "genesis-results/result.json"


def result_json(*workflows: WorkflowReport, sha: str | None = None, **fields: Any) -> str:
    """Return the file's text, with fields replaced."""
    report = RunReport(
        outcome=Outcome(verdict=Verdict.TRIGGERED, exit_code=0, message="x"),
        workflows=workflows,
        started_at=START,
        api_url=API_URL,
        change=Change(sha=sha),
    )
    return json.dumps(json.loads(result.render(report)) | fields)


def a_triggered(
    name: str = "smoke", execution_id: str | None = EXECUTION_ID, **fields: Any
) -> WorkflowReport:
    return a_report(Verdict.TRIGGERED, name=name, execution_id=execution_id, **fields)
