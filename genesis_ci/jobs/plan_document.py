"""The plan of a run as JSON, for programs. `docs/plan.schema.json` describes it."""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.run_checks import check_documents
from genesis_ci.config.settings import Settings
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import JobReport, Level, Problem
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import with_texts

VERSION = 1
"""Increases when a field changes its meaning or is removed, not when a field is added."""


def document(
    exit_code: int, settings: Settings | None, remarks: Sequence[tuple[Level, Problem]]
) -> str:
    """Return the document in one line, without values of variables and of expectations.

    There are no `settings` if the check was interrupted before they were read.
    """
    value = {
        "version": VERSION,
        "exit_code": exit_code,
        "workflows": [*map(_workflow_document, settings.workflows)] if settings else [],
        "problems": [
            {
                "message": one.words,
                "input": one.input,
                "file": one.file,
                "line": one.line,
                "column": one.column,
            }
            for level, one in remarks
            if level is Level.ERROR
        ],
        "notices": [one.words for level, one in remarks if level is not Level.ERROR],
    }
    return json.dumps(with_texts(value, settings.scrub) if settings else value) + "\n"


def report_document(report: JobReport, settings: Settings | None) -> str:
    """Return the document of a job under `dry-run`."""
    red = () if report.outcome.green else (Problem(report.outcome.in_full),)
    remarks = [(Level.ERROR, one) for one in report.problems or red]
    remarks += [(Level.NOTICE, Problem(words)) for words in report.notices]
    return document(report.outcome.exit_code, settings, remarks)


def _workflow_document(workflow: Workflow) -> dict[str, Any]:
    selected = workflow.is_selected
    return {
        "name": workflow.label,
        "workflow_id": workflow.workflow_id,
        "execution_id": workflow.execution_id,
        "tags": list(workflow.tags),
        "selected": selected,
        "required": workflow.policy.required,
        "policies": {
            row.name: _policy(attrgetter(row.target)(workflow))
            for row in INPUTS
            if selected and row.target.startswith("policy.")
        },
        "checks": [*check_documents(workflow)] if selected else [],
    }


def _policy(value: Any) -> Any:
    return [one for one in Accept if one in value] if isinstance(value, frozenset) else value
