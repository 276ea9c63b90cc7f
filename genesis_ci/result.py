"""Writes and reads `result.json`, which `result.schema.json` describes.

A table for each record lists the name and the kind of its fields; the kind writes and reads the
value. A file may be forged: reading checks every type, cuts long texts and cleans them, and checks
the form of what goes into requests. `config/earlier_job.py` checks what a job relies on.
"""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from genesis_ci import outcomes
from genesis_ci.language import N_, Language, fill
from genesis_ci.models.change import NUMBER, SHA, Change
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding, Judgement
from genesis_ci.models.policy import OnReview, OnState, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import (
    EXIT_CODES,
    JobReport,
    Outcome,
    Problem,
    Selector,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.workflow import MAX_WORKFLOWS
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json, with_texts
from genesis_ci.text import SAFE_ID, clean, clean_line, cut, is_safe_id, utc_time

MAX_VALUES = 1_500_000
"""Read of a file; one of 32 MiB that `render` wrote has fewer."""
SCHEMA_VERSION = 1
"""Increases when a field changes its meaning or is removed, not when a field is added."""
MAX_SHORT = 300
"""Characters read of a commit, branch, repository, actor or address of a job."""
MAX_LINE = 4_000
MAX_TEXT = 100_000
"""Characters read of a block's output; the rest is only in the file."""
_REPOSITORY = r"(?!(.*/)?\.{1,2}(/|$))[\w.+~ -]{1,150}(/[\w.+~ -]{1,150}){0,20}"
"""No part of it is `.` or `..`; on Azure it may have blanks."""
EPOCH = datetime.fromtimestamp(0, UTC)

_LENIENT = Policy(
    on_review_pending=OnReview.PASS, on_cancelled=OnState.PASS, on_skipped=OnState.PASS
)

JsonObject = dict[str, Any]
T = TypeVar("T")


class ResultError(ValueError):
    """The text is not a valid result.json; the message has the reason, without values."""


class Kind(NamedTuple):
    """How a value is read and written; `read` raises a `ValueError` with the expected type."""

    read: Callable[[JsonValue], Any]
    write: Callable[[Any], Any] = lambda value: value


class Field(NamedTuple):
    """The name in the file, the kind, and the attribute if its name is different."""

    name: str
    kind: Kind
    attribute: str | None = None


def _line(text: str) -> str:
    return clean_line(text, limit=MAX_LINE)


def _read_text(value: JsonValue) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError("text")
    return clean(value or "", limit=MAX_TEXT)


def _formed(pattern: str, what: str) -> Kind:
    """Return the kind of a text that may go into a request; another form is never written."""

    def read(value: JsonValue) -> str | None:
        if value is not None and not re.fullmatch(pattern, _read_text(value)):
            raise ValueError(what)
        return str(value) if value is not None else None

    return Kind(read, lambda text: text if re.fullmatch(pattern, text or "") else None)


def _read_list(value: JsonValue) -> list[JsonValue]:
    if value is not None and not isinstance(value, list):
        raise ValueError("a list")
    return value or []


def _read_lines(value: JsonValue) -> tuple[str, ...]:
    items = _read_list(value)
    if not all(isinstance(item, str) for item in items):
        raise ValueError("a list of texts")
    return tuple(_line(str(item)) for item in items)


def _read_ids(value: JsonValue) -> tuple[str, ...]:
    ids = _read_lines(value)
    if not all(map(is_safe_id, ids)):  # they are part of a command that people copy
        raise ValueError("a list of ids")
    return ids


def _read_texts(value: JsonValue) -> dict[str, str]:
    pairs = _read_object(value or {})
    if not all(isinstance(text, str) for text in pairs.values()):
        raise ValueError("an object of texts")
    return {clean_line(key): _read_text(text) for key, text in pairs.items()}


def _read_object(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise ValueError("an object")
    return value


def _read_number(value: JsonValue) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    try:
        return max(0.0, float(value))
    except OverflowError:
        raise ValueError("a number") from None


def _read_count(value: JsonValue) -> int | None:
    number = _read_number(value)
    return None if number is None else int(number)


def _read_exit_code(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError("a number from 0 to 255")
    return value


def _read_flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _read_time(value: JsonValue) -> datetime | None:
    return utc_time(_read_text(value))


def _write_time(time: datetime | None) -> str | None:
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write_seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _word_of(kind: type[Verdict] | type[Judgement] | type[Selector]) -> Kind:
    def read(value: JsonValue) -> Verdict | Judgement | Selector:
        try:
            return kind(_read_text(value))
        except ValueError:
            raise ValueError("known") from None

    return Kind(read, str)


TEXT = Kind(_read_text)
TEXT_OR_NONE = Kind(lambda value: _read_text(value) or None)
LINE = Kind(lambda value: _line(_read_text(value)))
LINE_OR_NONE = Kind(lambda value: _line(_read_text(value)) or None)
SHORT_OR_NONE = Kind(lambda value: clean_line(_read_text(value), limit=MAX_SHORT) or None)
LINES = Kind(_read_lines, list)
TEXTS = Kind(_read_texts, dict)
ID = _formed(SAFE_ID.pattern, "an id")
IDS = Kind(_read_ids, list)
FLAG = Kind(_read_flag, lambda value: value is True)
FLAG_OR_FALSE = Kind(lambda value: _read_flag(value or False))
COUNT = Kind(_read_count)
COUNT_OR_0 = Kind(lambda value: _read_count(value) or 0)
SECONDS = Kind(_read_number, _write_seconds)
SECONDS_OR_0 = Kind(lambda value: _read_number(value) or 0.0, _write_seconds)
TIME = Kind(_read_time, _write_time)
LANGUAGE = Kind(lambda value: Language.JAPANESE if value == "ja" else Language.ENGLISH)
SELECTOR_OR_NONE = Kind(lambda value: None if value is None else _word_of(Selector).read(value))

JOB = (
    Field("tool_version", LINE),
    Field("api_url", LINE),
    Field("config", LINE_OR_NONE),
    Field("job_url", SHORT_OR_NONE),
    Field("report_url", LINE_OR_NONE),
    Field("language", LANGUAGE),
    Field("started_at", Kind(lambda value: _read_time(value) or EPOCH, _write_time)),
    Field("seconds", SECONDS_OR_0),
    Field("notices", LINES),
)
CHANGE = (
    Field("sha", _formed(SHA, "a commit in hexadecimal digits")),
    Field("branch", SHORT_OR_NONE),
    Field("base_branch", SHORT_OR_NONE),
    Field("change", _formed(NUMBER, "the number of a request"), "request"),
    Field("repository", _formed(_REPOSITORY, "the name of a repository")),
    Field("actor", SHORT_OR_NONE),
)
SHOWN = (
    Field("message", LINE),
    Field("hint", Kind(LINE_OR_NONE.read, lambda text: text or None), "next_step"),
)
"""The outcome's sentences and steps in one text each, which counts if they differ."""
OUTCOME = (
    Field("verdict", _word_of(Verdict)),
    Field("exit_code", Kind(_read_exit_code)),
    Field("sentences", LINES),
    Field("steps", LINES),
    Field("passed_by_policy", FLAG, "lenient"),
    Field("flaky", FLAG_OR_FALSE),
    Field("unchecked", FLAG_OR_FALSE),
    Field("attach_to", IDS),
    Field("left_out_by", SELECTOR_OR_NONE),
)
WORKFLOW = (
    Field("name", LINE),
    Field("workflow_id", ID),
    Field("execution_id", ID),
    Field("required", FLAG),
    Field("attached", FLAG_OR_FALSE),
    Field("kept", FLAG_OR_FALSE),
    Field("seconds", SECONDS_OR_0),
    Field("polls", COUNT_OR_0),
    Field("variables", TEXTS),
    Field("notes", LINES),
    Field("run_url", LINE_OR_NONE),
)
READINESS = (
    Field("url", LINE, "shown"),
    Field("ready", FLAG),
    Field("seen", LINES),
    Field("seconds", SECONDS_OR_0),
)
FINDING = (
    Field("name", LINE),
    Field("subject", LINE),
    Field("suite", LINE),
    Field("judgement", _word_of(Judgement)),
    Field("block", LINE),
    Field("expected", LINE),
    Field("found", TEXT),
    Field("where", LINE),
    Field("seconds", SECONDS),
    Field("is_test", FLAG_OR_FALSE),
)
EXECUTION = (
    Field("workflow_name", LINE_OR_NONE),
    Field("workflow_id", LINE_OR_NONE),
    Field("block_count", COUNT),
    Field("completed_blocks", COUNT),
    Field("created_at", TIME),
    Field("updated_at", TIME),
    Field("started_at", TIME),
    Field("finished_at", TIME),
    Field("cancel_requested_at", TIME),
    Field("cancel_reason", LINE_OR_NONE),
    Field("error", TEXT_OR_NONE),
)
BLOCK = (
    Field("key", LINE),
    Field("status", LINE, "status_word"),
    Field("started_at", TIME),
    Field("finished_at", TIME),
    Field("output", TEXT_OR_NONE),
    Field("output_is_json", FLAG_OR_FALSE),
    Field("error", TEXT_OR_NONE),
    Field("reviewed", FLAG_OR_FALSE),
)


class _Source(NamedTuple):
    """An object of the file; `what` names it in errors."""

    values: Mapping[str, JsonValue]
    what: str

    def get(self, name: str, read: Callable[[JsonValue], T]) -> T:
        try:
            return read(self.values.get(name))
        except ValueError as error:
            raise ResultError(f"“{name}” of {self.what} is not {error}") from None

    def table(self, fields: tuple[Field, ...]) -> dict[str, Any]:
        return {one.attribute or one.name: self.get(one.name, one.kind.read) for one in fields}

    def inner(self, name: str) -> "_Source | None":
        if self.values.get(name) is None:
            return None
        return _Source(self.get(name, _read_object), f"“{name}” of {self.what}")

    def each(self, name: str, one: str) -> Iterator["_Source"]:
        for number, item in enumerate(self.get(name, _read_list), start=1):
            yield _source(item, f"{one} {number} of {self.what}")


def _source(value: JsonValue, what: str) -> _Source:
    if not isinstance(value, dict):
        raise ResultError(f"{what} is not an object")
    return _Source(value, what)


def _written(fields: tuple[Field, ...], value: object) -> JsonObject:
    return {one.name: one.kind.write(getattr(value, one.attribute or one.name)) for one in fields}


def _written_outcome(outcome: Outcome) -> JsonObject:
    step = EXIT_CODES[outcome.exit_code].next_step
    return {**_written(SHOWN + OUTCOME, outcome), "next": step}


def render(report: JobReport, *, characters: int = sys.maxsize, rows: int = sys.maxsize) -> str:
    """Return the JSON text: sorted keys, unescaped characters, a line feed at the end.

    Times are ISO 8601 in UTC, durations are seconds, unknown values are null. Of each variable and
    each text of a block or a check at most `characters` are written, of each list of them `rows`.
    """
    document = {
        "schema": SCHEMA_VERSION,
        "tool": "genesis-ci",
        **_written(JOB, report),
        **_written_outcome(report.outcome),
        "change": _written(CHANGE, report.change),
        "problems": [str(problem) for problem in report.problems],
        "workflows": report.workflows,
    }
    write = partial(_write_workflow, characters=characters, rows=rows)
    text = io.StringIO()  # one workflow at a time, because all values together take much memory
    json.dump(document, text, ensure_ascii=False, indent=2, sort_keys=True, default=write)
    text.write("\n")
    return text.getvalue()


def parse(text: str) -> JobReport:
    """Return the report in a result.json, with every text cleaned.

    Raises:
        ResultError: another tool or version, malformed, or over `MAX_VALUES` values.
    """
    try:
        source = _source(parse_json(text, max_values=MAX_VALUES), "the file")
    except StrictJsonError as error:
        raise ResultError(f"the file cannot be read: {error}") from None
    values = source.values
    schema = values.get("schema")
    if values.get("tool") != "genesis-ci" or schema is True or schema != SCHEMA_VERSION:
        raise ResultError("the file is not a result.json of this version of genesis-ci")
    listed = values.get("workflows")
    if not isinstance(listed, list) or len(listed) > MAX_WORKFLOWS:
        raise ResultError("its list of workflows is missing or too long")
    change = source.inner("change")
    return JobReport(
        **source.table(JOB),
        outcome=_read_outcome(source),
        change=Change(**change.table(CHANGE)) if change else Change(),
        problems=tuple(Problem(words=words) for words in source.get("problems", _read_lines)),
        workflows=tuple(map(_read_workflow, source.each("workflows", "workflow"))),
    )


def parse_to_show(text: str) -> JobReport:
    """Return the report as `parse` does, for a reader who believes its verdict.

    Raises:
        ResultError: also for verdicts that contradict their exit codes, the runs or each other.
    """
    report = parse(text)
    for one in (report.outcome, *(workflow.outcome for workflow in report.workflows)):
        verdict, ending = one.verdict, EXIT_CODES.get(one.exit_code)
        if not ending or verdict not in ending.verdicts + ending.others:
            raise ResultError(
                f"it contradicts itself: {verdict} never has exit code {one.exit_code}"
            )
        if one.left_out_by and verdict is not Verdict.NOT_RUN:
            raise ResultError(f"it contradicts itself: what is left out is never {verdict}")
    for number, workflow in enumerate(report.workflows, start=1):
        if workflow.outcome.green and not _can_be_green(workflow):
            raise ResultError(f"it contradicts itself: the run of workflow {number} is not green")
    if report.outcome.green and not outcomes.aggregate(report.workflows).green:
        raise ResultError("it contradicts itself: a required workflow is red, but not the job")
    return report


def _can_be_green(workflow: WorkflowReport) -> bool:
    """Return whether run and checks are green under the policy that lets most pass."""
    best = workflow.execution and outcomes.for_execution(
        workflow.execution, _LENIENT, findings=workflow.findings
    )
    return best.green if best else workflow.outcome.verdict is not Verdict.PASSED


def _write_workflow(workflow: WorkflowReport, characters: int, rows: int) -> JsonObject:
    readiness, execution = workflow.readiness, workflow.execution
    long = {
        "variables": dict([*workflow.variables.items()][:rows]),
        "findings": [_written(FINDING, finding) for finding in workflow.findings[:rows]],
        "execution": execution
        and {**_written(EXECUTION, execution), "seconds": _write_seconds(execution.seconds)},
        "blocks": [
            {**_written(BLOCK, block), "seconds": _write_seconds(block.seconds)}
            for block in workflow.blocks[:rows]
        ],
    }
    lists = (workflow.blocks, workflow.findings, workflow.variables)
    left_out = sum(max(0, len(each) - rows) for each in lists)
    text = N_("{count} blocks, checks and variables are left out: result.json would be too long.")
    note = fill(text, count=left_out)
    return {
        **_written(WORKFLOW, workflow),
        **_written_outcome(workflow.outcome),
        "notes": [*workflow.notes, *([note] if left_out else [])],
        "earlier_attempts": workflow.earlier,
        "wait_for": _written(READINESS, readiness) if readiness else None,
        "status": workflow.status_word or None,
        "proof": workflow.proof,
        **with_texts(long, partial(cut, limit=characters)),
    }


def _read_outcome(source: _Source) -> Outcome:
    values, shown = source.table(OUTCOME), source.table(SHOWN)
    sentences, steps = values.pop("sentences"), values.pop("steps")
    made = outcomes.make(values.pop("verdict"), *sentences, steps=steps, attach="", **values)
    message, step = shown["message"], shown["next_step"] or ""
    same = _words(made.message) == _words(message) and _words(made.next_step) == _words(step)
    if same and made.sentences:
        return made
    return made._replace(sentences=(message,), steps=(step,))


def _words(text: str) -> str:
    """Return a text without spaces: a language may have none between sentences."""
    return text.replace(" ", "")


def _read_workflow(source: _Source) -> WorkflowReport:
    readiness, execution = source.inner("wait_for"), source.inner("execution")
    return WorkflowReport(
        **source.table(WORKFLOW),
        outcome=_read_outcome(source),
        earlier=tuple(map(_read_workflow, source.each("earlier_attempts", "earlier attempt"))),
        readiness=Readiness(**readiness.table(READINESS)) if readiness else None,
        findings=tuple(Finding(**one.table(FINDING)) for one in source.each("findings", "finding")),
        execution=_read_execution(execution, source) if execution else None,
    )


def _read_execution(source: _Source, workflow: _Source) -> Execution:
    word = workflow.get("status", LINE.read)
    return Execution(
        **source.table(EXECUTION),
        id=workflow.get("execution_id", LINE.read),
        status=Status.of(word),
        status_word=word,
        blocks=tuple(
            Block(**one.table(BLOCK), status=Status.of(one.get("status", LINE.read)))
            for one in workflow.each("blocks", "block")
        ),
    )
