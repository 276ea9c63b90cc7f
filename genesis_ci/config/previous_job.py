"""An earlier job's `result.json`, strictly read: which runs there are to attach to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genesis_ci.api.codec import decode_json
from genesis_ci.errors import ProtocolError
from genesis_ci.execution.outcomes import no_run_left_outcome
from genesis_ci.models import Outcome, Verdict
from genesis_ci.text import clean_line, is_safe_id

MAX_RUNS = 500
SCHEMA_VERSION = 1


class ResultError(ValueError):
    """The text is no result.json of this tool; `str(error)` says why, without its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierRun:
    """One workflow of an earlier job. `ended` is set when it left no run to attach to."""

    name: str
    workflow_id: str | None
    execution_id: str | None
    required: bool
    ended: Outcome | None


def parse_result(text: str, *, api_url: str | None) -> tuple[EarlierRun, ...]:
    """Return the workflows of a result.json, in its order.

    Raises:
        ResultError: not of this tool or version, of another server than `api_url`, malformed, or
            without a run to attach to.
    """
    document = _object(_decoded(text), "the file")
    if document.get("tool") != "genesis-ci" or document.get("schema") != SCHEMA_VERSION:
        raise ResultError("the file is no result.json of this version of genesis-ci")
    if api_url and document.get("api_url") not in {api_url, ""}:
        raise ResultError("its runs belong to another server than api-url")
    workflows = document.get("workflows")
    if not isinstance(workflows, list) or len(workflows) > MAX_RUNS:
        raise ResultError("its list of workflows is missing or too long")
    runs = tuple(_run(item, f"workflow {place}") for place, item in enumerate(workflows, start=1))
    if not any(run.execution_id for run in runs):
        raise ResultError("it names no run to attach to")
    return runs


def _decoded(text: str) -> Any:
    try:
        return decode_json(text.encode())
    except (ProtocolError, UnicodeEncodeError):
        raise ResultError("the file is not valid JSON") from None


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ResultError(f"{what} is not an object")
    return value


def _run(item: Any, what: str) -> EarlierRun:
    fields = _object(item, what)
    name, required = fields.get("name"), fields.get("required")
    execution_id = fields.get("execution_id")
    if not isinstance(name, str) or not name.strip() or not isinstance(required, bool):
        raise ResultError(f"{what} has no name, or does not say whether it is required")
    safe = isinstance(execution_id, str) and is_safe_id(execution_id)
    if execution_id is not None and not safe:
        raise ResultError(f"the execution id of {what} is malformed")
    verdict = _verdict(fields.get("verdict"), what)
    workflow_id = fields.get("workflow_id")
    return EarlierRun(
        name=clean_line(name),
        workflow_id=workflow_id if isinstance(workflow_id, str) else None,
        execution_id=execution_id,
        required=required,
        ended=None if execution_id else no_run_left_outcome(verdict),
    )


def _verdict(word: Any, what: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise ResultError(f"the verdict of {what} is unknown") from None
