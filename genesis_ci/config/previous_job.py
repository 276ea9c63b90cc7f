"""An earlier job's `result.json`, strictly read: which runs there are, and what became of them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genesis_ci import outcomes
from genesis_ci.api.codec import decode_json
from genesis_ci.config.parsers import MOST_ATTEMPTS
from genesis_ci.errors import ProtocolError
from genesis_ci.models import (
    EXIT_CODES,
    MAX_WORKFLOWS,
    UNNAMED,
    Outcome,
    Verdict,
    Workflow,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.text import clean_line, is_safe_id

MAX_SIZE = 16_000_000
SCHEMA_VERSION = 1
LONGEST_NAME = 300
_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class ResultError(ValueError):
    """The file is no result.json to go by; `str(error)` says why, without its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierRun:
    """One workflow of an earlier job. `ended` is set when it left no run to attach to.

    Nothing proves that the file is that job's: it names runs, and what it calls required is only
    said to people. `earlier` are the failed attempts before the run.
    """

    name: str
    workflow_id: str | None
    execution_id: str | None
    required: bool
    verdict: Verdict
    ended: Outcome | None
    earlier: tuple[WorkflowReport, ...] = ()

    @property
    def own_name(self) -> str | None:
        """The name; None where the earlier job knew none, and an id stands in its place."""
        return None if self.name in {self.workflow_id, self.execution_id, UNNAMED} else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierJob:
    """What a result.json tells: its workflows in its order, the commit, the job's page."""

    runs: tuple[EarlierRun, ...] = ()
    sha: str | None = None
    job_url: str | None = None


def read_job(
    read_file: Callable[[str], str], path: str, *, api_url: str | None, most: int = MAX_SIZE
) -> EarlierJob:
    """Return what an earlier job's result.json of at most `most` characters tells.

    Raises:
        ResultError: the file cannot be read, is not of this tool or version, of another server
            than `api_url`, or malformed.
        FileNotFoundError: there is no such file.
    """
    try:
        return _parsed(read_file(path), api_url=api_url, most=most)
    except (ResultError, FileNotFoundError):
        raise
    except OSError as error:
        raise ResultError(f"the file cannot be read ({error.strerror or 'no reason'})") from None
    except ValueError as error:
        raise ResultError(str(error)) from None


def _parsed(text: str, *, api_url: str | None, most: int) -> EarlierJob:
    if len(text) > most:
        raise ResultError(f"it has {len(text)} characters, and at most {most} are read")
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
    _refuse_one_for_two(runs)
    change = document.get("change")
    return EarlierJob(
        runs=runs,
        sha=_text(change if isinstance(change, dict) else {}, "sha"),
        job_url=_text(document, "job_url"),
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return clean_line(value, limit=LONGEST_NAME) or None if isinstance(value, str) else None


def change_of(read_file: Callable[[str], str], path: str) -> Change | None:
    """Return the change that a result.json tells of; None where it names no commit."""
    try:
        told = _object(_object(_decoded(read_file(path)), "the file").get("change"), "change")
    except (OSError, ValueError):
        return None
    sha = _text(told, "sha")
    if not _SHA.fullmatch(sha or ""):
        return None
    return Change(
        sha=sha,
        branch=_text(told, "branch"),
        base_branch=_text(told, "base_branch"),
        request=_text(told, "change"),
        repository=_text(told, "repository"),
        actor=_text(told, "actor"),
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
    if not isinstance(name, str) or not name.strip() or not isinstance(required, bool):
        raise ResultError(f"{what} has no name, or does not say whether it is required")
    execution_id = _id(fields, "execution_id", f"the execution id of {what}")
    verdict = _verdict(fields.get("verdict"), what)
    return EarlierRun(
        name=clean_line(name),
        workflow_id=_id(fields, "workflow_id", f"the workflow id of {what}"),
        execution_id=execution_id,
        required=required,
        verdict=verdict,
        ended=None if execution_id else outcomes.no_run_from_earlier_job(verdict),
        earlier=tuple(_attempts(fields.get("earlier_attempts"), clean_line(name), what)),
    )


def _id(fields: Mapping[str, Any], key: str, what: str) -> str | None:
    value = fields.get(key)
    if value is None or (isinstance(value, str) and is_safe_id(value)):
        return value
    raise ResultError(f"{what} is malformed")


def _attempts(listed: Any, name: str, what: str) -> Iterator[WorkflowReport]:
    """What the file says of the failed attempts before a run: their ids and verdicts."""
    if listed is not None and (not isinstance(listed, list) or len(listed) >= MOST_ATTEMPTS):
        raise ResultError(f"the earlier attempts of {what} are malformed")
    for item in listed or ():
        fields = _object(item, f"an attempt of {what}")
        verdict = _verdict(fields.get("verdict"), f"an attempt of {what}")
        outcome = outcomes.recorded(
            verdict, EXIT_CODES[verdict], message=f"An earlier job says that it ended {verdict}."
        )
        yield WorkflowReport(
            name=name,
            outcome=outcome,
            execution_id=_id(fields, "execution_id", f"the id of an attempt of {what}"),
        )


def _verdict(word: Any, what: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise ResultError(f"the verdict of {what} is unknown") from None
