"""`result.json` read back, for what is shown of it; nothing in it is believed to be harmless."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from genesis_ci import outcomes
from genesis_ci.models import (
    MAX_WORKFLOWS,
    Block,
    Execution,
    Outcome,
    Problem,
    RunReport,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.reporters.result import SCHEMA_VERSION
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import clean, clean_line

MOST_LINE = 4_000
MOST_TEXT = 100_000
"""Characters of one block's text; the rest is in the file."""
EPOCH = datetime.fromtimestamp(0, UTC)


class ResultError(ValueError):
    """The text is not a result.json of this tool; `str(error)` says why, without its values."""


def parse(text: str) -> RunReport:
    """Return the report that a result.json tells of, every text of it made harmless.

    Raises:
        ResultError: not of this tool or version, or malformed.
    """
    try:
        document = _Fields.of(parse_json(text), "the file")
    except StrictJsonError as error:
        raise ResultError(f"the file is {error}") from None
    values = document.values
    if values.get("tool") != "genesis-ci" or values.get("schema") != SCHEMA_VERSION:
        raise ResultError("the file is not a result.json of this version of genesis-ci")
    workflows = document.objects("workflows")
    if len(workflows) > MAX_WORKFLOWS:
        raise ResultError(f"it has over {MAX_WORKFLOWS} workflows")
    return RunReport(
        outcome=_outcome(document),
        workflows=tuple(map(_workflow, workflows)),
        problems=tuple(Problem(words=words) for words in document.lines("problems")),
        started_at=document.time("started_at") or EPOCH,
        seconds=document.number("seconds"),
        tool_version=document.line("tool_version"),
        api_url=document.line("api_url"),
        job_url=document.line("job_url") or None,
        change=_change(document),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """An object of the file; `what` names it in errors. What is null or missing is empty."""

    values: Mapping[str, JsonValue]
    what: str

    @classmethod
    def of(cls, value: JsonValue, what: str) -> "_Fields":
        if not isinstance(value, dict):
            raise ResultError(f"{what} is not an object")
        return cls(value, what)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "text")
        return clean(value or "", limit=MOST_TEXT)

    def line(self, name: str) -> str:
        return clean_line(self.text(name), limit=MOST_LINE)

    def lines(self, name: str) -> list[str]:
        items = self._list(name)
        if not all(isinstance(item, str) for item in items):
            raise self._wrong(name, "a list of texts")
        return [clean_line(str(item), limit=MOST_LINE) for item in items]

    def number(self, name: str) -> float:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise self._wrong(name, "a number")
        return max(0.0, float(value or 0))

    def count(self, name: str) -> int | None:
        return int(self.number(name)) if self.values.get(name) is not None else None

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def time(self, name: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(self.text(name))
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def objects(self, name: str) -> list["_Fields"]:
        items = enumerate(self._list(name), start=1)
        return [_Fields.of(item, f"{name} {place} of {self.what}") for place, item in items]

    def _list(self, name: str) -> list[JsonValue]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def _wrong(self, name: str, expected: str) -> ResultError:
        return ResultError(f"“{name}” of {self.what} is not {expected}")


def _outcome(fields: _Fields) -> Outcome:
    try:
        verdict = Verdict(fields.line("verdict"))
    except ValueError:
        raise ResultError(f"the verdict of {fields.what} is unknown") from None
    code = fields.values.get("exit_code")
    if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code <= 255:
        raise ResultError(f"the exit code of {fields.what} is none")
    return outcomes.recorded(
        verdict,
        code,
        message=fields.line("message"),
        hint=fields.line("hint") or None,
        lenient=fields.flag("passed_by_policy"),
        flaky=fields.values.get("flaky") is True,
    )


def _change(document: _Fields) -> Change:
    told = document.values.get("change")
    if told is None:
        return Change()
    fields = _Fields.of(told, "the change")
    return Change(
        sha=fields.line("sha") or None,
        branch=fields.line("branch") or None,
        base_branch=fields.line("base_branch") or None,
        request=fields.line("change") or None,
        actor=fields.line("actor") or None,
    )


def _workflow(fields: _Fields) -> WorkflowReport:
    told = fields.values.get("execution")
    execution = None if told is None else _Fields.of(told, f"the execution of {fields.what}")
    return WorkflowReport(
        name=fields.line("name"),
        outcome=_outcome(fields),
        workflow_id=fields.line("workflow_id") or None,
        execution_id=fields.line("execution_id") or None,
        execution=None if execution is None else _execution(execution, fields),
        required=fields.flag("required"),
        seconds=fields.number("seconds"),
        notes=tuple(fields.lines("notes")),
        run_url=fields.line("run_url") or None,
        findings=tuple(map(_finding, fields.objects("findings"))),
        earlier=tuple(map(_workflow, fields.objects("earlier_attempts"))),
        kept=fields.values.get("kept") is True,
    )


def _execution(fields: _Fields, workflow: _Fields) -> Execution:
    word = workflow.line("status")
    return Execution(
        id=workflow.line("execution_id"),
        status=Status.of(word),
        status_word=word,
        workflow_name=fields.line("workflow_name") or None,
        block_count=fields.count("block_count"),
        completed_blocks=fields.count("completed_blocks"),
        started_at=fields.time("started_at"),
        finished_at=fields.time("finished_at"),
        error=fields.text("error") or None,
        blocks=tuple(map(_block, workflow.objects("blocks"))),
    )


def _finding(fields: _Fields) -> Finding:
    try:
        judgement = Judgement(fields.line("judgement"))
    except ValueError:
        raise ResultError(f"the judgement of {fields.what} is unknown") from None
    return Finding(
        name=fields.line("name"),
        judgement=judgement,
        block=fields.line("block"),
        expected=fields.line("expected"),
        found=fields.text("found"),
        where=fields.line("where"),
        suite=fields.line("suite"),
    )


def _block(fields: _Fields) -> Block:
    word = fields.line("status")
    return Block(
        key=fields.line("key"),
        status=Status.of(word),
        status_word=word,
        started_at=fields.time("started_at"),
        finished_at=fields.time("finished_at"),
        output=fields.text("output") or None,
        error=fields.text("error") or None,
    )
