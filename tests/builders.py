"""Values for tests: each builder gives something valid, and takes what a test is about."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from genesis_ci import outcomes
from genesis_ci.checks.expectations import expression_problem
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Reporting, Settings, parse_settings, read_reporting
from genesis_ci.config.sources import Given
from genesis_ci.config.task import Task
from genesis_ci.http.transport import Response
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Expectation
from genesis_ci.models.policy import USUALLY_ACCEPTED, Accept, Policy
from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow

WORKFLOW_ID = "6f9619ff-8b86-4d01-b42d-00c04fc964ff"
EXECUTION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
START = datetime(2026, 3, 16, tzinfo=UTC)


def a_block(key: str = "block-1", status: Status = Status.COMPLETED, **fields: Any) -> Block:
    return Block(key=key, status=status, status_word=str(status), **fields)


def an_execution(status: Status | str = Status.RUNNING, **fields: Any) -> Execution:
    word = str(status)
    given = {"id": EXECUTION_ID, "status": Status.of(word), "status_word": word}
    return Execution(**{**given, **fields})


def a_run(**fields: Any) -> Workflow:
    return Workflow(**{"workflow_id": WORKFLOW_ID, **fields})


def an_attachment(**fields: Any) -> Workflow:
    return Workflow(**{"execution_id": EXECUTION_ID, **fields})


def a_report(
    verdict: Verdict = Verdict.PASSED, exit_code: int = 0, **fields: Any
) -> WorkflowReport:
    outcome = Outcome(verdict=verdict, exit_code=exit_code, sentences=(f"It {verdict}.",))
    return WorkflowReport(**{"name": "smoke", "outcome": outcome, **fields})


def accepting(*names: Accept, **fields: Any) -> Policy:
    """Return a policy that accepts these besides what is usually accepted."""
    return Policy(accept=USUALLY_ACCEPTED | {*names}, **fields)


def refusing(*names: Accept, **fields: Any) -> Policy:
    """Return a policy that does not accept these, which are usually accepted."""
    return Policy(accept=USUALLY_ACCEPTED - {*names}, **fields)


def a_response(body: Any = None, status: int = 200, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers=named, body=raw)


def a_wire_execution(**fields: Any) -> dict[str, Any]:
    """The API guide's own example answer, with fields replaced."""
    return {
        "id": EXECUTION_ID,
        "status": "running",
        "workflowName": "ワークフロー名",
        "blockCount": 5,
        "completedBlocks": 2,
        "createdAt": "2026-03-16T00:00:00.000Z",
        "updatedAt": "2026-03-16T00:00:05.000Z",
        "startedAt": "2026-03-16T00:00:01.000Z",
        "finishedAt": None,
        "cancelRequestedAt": None,
        "cancelReason": None,
        "error": None,
        "triggerType": "api",
        "triggerPayload": {"exampleField": "exampleValue"},
        "triggerMetadata": {"ip": "127.0.0.1", "userAgent": "curl/8.0.0", "apiKeyId": "ak_1"},
        "state": {
            "workflowId": WORKFLOW_ID,
            "executionId": fields.get("id", EXECUTION_ID),
            "status": fields.get("status", "running"),
            "blocks": {
                "block-1": {
                    "status": "completed",
                    "startTime": "2026-03-16T00:00:01.000Z",
                    "endTime": "2026-03-16T00:00:02.000Z",
                    "inputs": {},
                    "output": "...",
                }
            },
            "createdAt": "2026-03-16T00:00:00.000Z",
            "updatedAt": "2026-03-16T00:00:05.000Z",
        },
        **fields,
    }


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_run_report(*workflows: WorkflowReport) -> JobReport:
    return JobReport(outcome=outcomes.aggregate(workflows), workflows=workflows, started_at=START)


def problems_in(parsed: Settings) -> tuple[str, ...]:
    """The problems of a configuration as people see them."""
    return tuple(map(str, parsed.problems))


def reporting_from(given: Mapping[str, Given]) -> Reporting:
    return read_reporting(Reader(given, read_file=lambda _: ""))


def try_out(expectations: Sequence[Expectation]) -> list[str | None]:
    """Parse queries and patterns in this process."""
    return list(map(expression_problem, expectations))


def settings_of(
    *layers: Mapping[str, Given], read_file: Callable[[str], str], **options: Any
) -> Settings:
    """What a job's inputs mean, the weakest layer first."""
    options = {"environ": {}, "change": Change(), "try_out": try_out, **options}
    today = options.pop("today", START.date())
    return parse_settings(Reader(*layers, read_file=read_file, today=today), Task(**options))
