"""An earlier job's `result.json`, strictly read: which runs there are to attach to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genesis_ci.api.codec import decode_json
from genesis_ci.config.suite import MAX_WORKFLOWS
from genesis_ci.errors import ProtocolError
from genesis_ci.execution.outcomes import no_run_left_outcome
from genesis_ci.models import UNNAMED, Change, Outcome, Verdict, Workflow
from genesis_ci.text import clean_line, is_safe_id

MAX_SIZE = 16_000_000
SCHEMA_VERSION = 1
LONGEST_NAME = 300
_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class ResultError(ValueError):
    """The text is not a result.json of this tool; `str(error)` says why, without its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierRun:
    """One workflow of an earlier job. `ended` is set when it left no run to attach to.

    Nothing proves that the file is that job's: it names runs, and what it calls required is only
    said to people.
    """

    name: str
    workflow_id: str | None
    execution_id: str | None
    required: bool
    ended: Outcome | None

    @property
    def own_name(self) -> str | None:
        """The name; None where the earlier job knew none, and an id stands in its place."""
        return None if self.name in {self.workflow_id, self.execution_id, UNNAMED} else self.name


def parse_result(text: str, *, api_url: str | None) -> tuple[EarlierRun, ...]:
    """Return the workflows of a result.json, in its order.

    Raises:
        ResultError: not of this tool or version, of another server than `api_url`, malformed, or
            without a run to attach to.
    """
    if len(text) > MAX_SIZE:
        raise ResultError(f"it has over {MAX_SIZE // 1_000_000} million characters")
    document = _object(_decoded(text), "the file")
    schema = document.get("schema")
    if document.get("tool") != "genesis-ci" or schema is True or schema != SCHEMA_VERSION:
        raise ResultError("the file is not a result.json of this version of genesis-ci")
    if api_url and document.get("api_url") not in (api_url, ""):
        raise ResultError("its runs belong to another server than api-url")
    workflows = document.get("workflows")
    if not isinstance(workflows, list) or len(workflows) > MAX_WORKFLOWS:
        raise ResultError("its list of workflows is missing or too long")
    runs = tuple(_run(item, f"workflow {place}") for place, item in enumerate(workflows, start=1))
    if not any(run.execution_id for run in runs):
        raise ResultError("it names no run to attach to")
    _refuse_one_for_two(runs)
    return runs


def change_of(read_file: Callable[[str], str], path: str) -> Change | None:
    """Return the change that a result.json tells of; None where it names no commit."""
    try:
        told = _object(_object(_decoded(read_file(path)), "the file").get("change"), "change")
    except (OSError, ValueError):
        return None
    names = {name: text for name, text in told.items() if isinstance(text, str)}
    if not _SHA.fullmatch(names.get("sha", "")):
        return None

    def text(name: str) -> str | None:
        return clean_line(names.get(name, ""), limit=LONGEST_NAME) or None

    return Change(
        sha=names["sha"],
        branch=text("branch"),
        base_branch=text("base_branch"),
        request=text("change"),
        repository=text("repository"),
        actor=text("actor"),
    )


def assigned(
    workflows: Sequence[Workflow], runs: Sequence[EarlierRun]
) -> tuple[dict[int, EarlierRun], tuple[EarlierRun, ...]]:
    """Return the run of each workflow, by the workflow's position, and the runs that are left over.

    A run counts for one workflow at most. Workflows with a name choose first: a run without a
    name of its own goes by its name in Genesis, which another workflow may have here.
    """
    left = list(runs)
    found: dict[int, EarlierRun] = {}
    for position in sorted(range(len(workflows)), key=lambda one: workflows[one].name is None):
        run = next((run for run in left if _is_of(run, workflows[position])), None)
        if run:
            left.remove(run)
            found[position] = run
    return found, tuple(left)


def _is_of(run: EarlierRun, workflow: Workflow) -> bool:
    if workflow.execution_id:
        ids = {in_one_spelling(one) for one in (run.execution_id, workflow.execution_id) if one}
        return run.execution_id is not None and len(ids) == 1
    if run.workflow_id and run.workflow_id.lower() != workflow.workflow_id:
        return False
    return run.name == workflow.name if workflow.name else run.workflow_id is not None


def in_one_spelling(execution_id: str) -> str:
    """Return an id as it is compared: servers may take one in several spellings."""
    return execution_id.replace("-", "").lower()


def _refuse_one_for_two(runs: Sequence[EarlierRun]) -> None:
    ids = [in_one_spelling(run.execution_id) for run in runs if run.execution_id]
    if len(set(ids)) < len(ids):
        raise ResultError("it names one run for two workflows")


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
    if workflow_id is not None and not (isinstance(workflow_id, str) and is_safe_id(workflow_id)):
        raise ResultError(f"the workflow id of {what} is malformed")
    return EarlierRun(
        name=clean_line(name),
        workflow_id=workflow_id,
        execution_id=execution_id,
        required=required,
        ended=None if execution_id else no_run_left_outcome(verdict),
    )


def _verdict(word: Any, what: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise ResultError(f"the verdict of {what} is unknown") from None
