"""Writes and reads `result.json`, as the types of the models say (`models/recorded.py`).

A file may be forged: reading checks every type, cuts long texts and cleans them, and checks the
form of what goes into requests. `earlier_job.py` checks what a job relies on.
"""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from genesis_ci import outcomes
from genesis_ci.language import Language, _, fill
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.recorded import LINE, TEXT, Field, fields_of
from genesis_ci.models.report import (
    EXIT_CODES,
    UNNAMED,
    JobReport,
    Outcome,
    Problem,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.workflow import MAX_WORKFLOWS
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import clean, clean_line, cut, utc_time, with_texts

MAX_VALUES = 1_500_000
"""Read of a file; one of 32 MiB that `render` wrote has fewer."""
SCHEMA_VERSION = 1
"""Increases when a field changes its meaning or is removed, not when a field is added."""
TOOL = "genesis-ci"
TEXTS = Mapping[str, str]
EPOCH = datetime.fromtimestamp(0, UTC)

_LENIENT = Policy(accept=frozenset(Accept))

JsonObject = dict[str, Any]
T = TypeVar("T")


class ResultError(ValueError):
    """The text is not a valid result.json; the message has the reason, without values."""


def render(report: JobReport, *, characters: int = sys.maxsize, rows: int = sys.maxsize) -> str:
    """Return the JSON text: sorted keys, unescaped characters, a line feed at the end.

    Times are ISO 8601 in UTC, durations are seconds, unknown values are null. Of each variable and
    each text of a block or a check at most `characters` are written, of each list of them `rows`.
    """
    document = {"schema": SCHEMA_VERSION, "tool": TOOL, **_written(report)}
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
        raise ResultError(fill("the file cannot be read: {reason}", reason=error.shown)) from None
    schema = source.values.get("schema")
    if source.values.get("tool") != TOOL or schema is True or schema != SCHEMA_VERSION:
        raise ResultError(_("the file is not a result.json of this version of genesis-ci"))
    listed = source.values.get("workflows")
    if not isinstance(listed, list) or len(listed) > MAX_WORKFLOWS:
        raise ResultError("its list of workflows is missing or too long")
    report: JobReport = source.read(JobReport)
    return report._replace(workflows=tuple(_shown(one, report.config) for one in report.workflows))


def _shown(workflow: WorkflowReport, config: str | None) -> WorkflowReport:
    """Return a workflow with its name in Genesis, if no entry of a config file gave it a name."""
    is_named = workflow.name not in (UNNAMED, None if config else workflow.workflow_id)
    if is_named or not workflow.execution:
        return workflow
    return replace(workflow, shown_name=workflow.execution.workflow_name or "")


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


def is_model(kind: Any) -> bool:
    """Return whether the file has an object for a kind of field."""
    return isinstance(kind, type) and kind not in _READ and not issubclass(kind, Enum)


def _write_workflow(workflow: WorkflowReport, characters: int, rows: int) -> JsonObject:
    document = _written(workflow, rows)
    long = {name: document[name] for name in ("variables", "findings", "execution", "blocks")}
    document |= with_texts(long, partial(cut, limit=characters))
    lists = (workflow.blocks, workflow.findings, workflow.variables)
    if left_out := sum(max(0, len(each) - rows) for each in lists):
        note = fill(
            "{count} blocks, checks and variables are left out: result.json would be too long.",
            count=left_out,
        )
        document["notes"] += [note]
    return document


def _written(value: Any, rows: int = sys.maxsize) -> JsonObject:
    """Return what is recorded of a model; of each list of models, and of named texts, `rows`."""
    document: JsonObject = {}
    for field in fields_of(value.__class__):
        found = getattr(value, field.attribute)
        if field.kind is Outcome:
            document |= _written(found)
        else:
            document[field.name] = _write(field, found, rows)
    return document


def _write(field: Field, value: Any, rows: int) -> Any:
    kind = field.kind
    if kind is bool:
        return value is True
    if value is None or kind is WorkflowReport:  # `render` writes one workflow at a time
        return value
    if kind == TEXTS:
        return dict(islice(value.items(), rows))
    if is_model(kind):
        return [_written(one) for one in value[:rows]] if field.is_list else _written(value)
    if field.is_list:
        return list(map(str, value))
    if field.form and not re.fullmatch(field.form.pattern, value):
        return None
    if kind is datetime:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return round(value, 3) if kind is float else value


class _Source(NamedTuple):
    """An object of the file; `what` names it in errors."""

    values: Mapping[str, JsonValue]
    what: str

    def get(self, name: str, read: Callable[[JsonValue], T]) -> T:
        try:
            return read(self.values.get(name))
        except ValueError as error:
            raise ResultError(f"“{name}” of {self.what} is not {error}") from None

    def inner(self, name: str) -> "_Source":
        return _Source(self.get(name, _object), f"“{name}” of {self.what}")

    def each(self, name: str) -> Iterator["_Source"]:
        one = name.removesuffix("s").replace("_", " ")
        for number, item in enumerate(self.get(name, _list), start=1):
            yield _source(item, f"{one} {number} of {self.what}")

    def read(self, model: Any, **others: Any) -> Any:
        """Return the model that the object records; `others` are fields that it does not have."""
        fields = [
            one
            for one in fields_of(model)
            if not one.is_derived and not (one.has_default and self.values.get(one.name) is None)
        ]
        return model(**{one.attribute: self._value(one) for one in fields}, **others)

    def _value(self, field: Field) -> Any:
        name, kind = field.name, field.kind
        if kind in _OF_PARTS:
            return _OF_PARTS[kind](self)
        if not is_model(kind):
            return self.get(name, partial(_read_list if field.is_list else _read, field))
        if field.is_list:
            return tuple(one.read(kind) for one in self.each(name))
        return self.inner(name).read(kind)


def _source(value: JsonValue, what: str) -> _Source:
    if not isinstance(value, dict):
        raise ResultError(f"{what} is not an object")
    return _Source(value, what)


def _outcome(source: _Source) -> Outcome:
    """Return the outcome, whose fields are those of the job or workflow.

    Its sentences and steps in one text each count if they differ.
    """
    made: Outcome = source.read(Outcome)
    sentences, steps = (tuple(filter(None, each)) for each in (made.sentences, made.steps))
    options = {name: _line(text) for name, text in made.attach_with.items()}
    made = made._replace(sentences=sentences, steps=steps, attach_with=options)
    message, hint = source.get("message", _line), source.get("hint", _hint)
    same = _words(made.message) == _words(message) and _words(made.next_step) == _words(hint)
    if same and made.sentences:
        return made
    return made._replace(sentences=(message,), steps=(hint,), attach_to=())


def _words(text: str) -> str:
    """Return a text without spaces: a language may have none between sentences."""
    return text.replace(" ", "")


def _execution(workflow: _Source) -> Execution:
    """Return the execution, whose id, status and blocks are those of the workflow."""
    word = workflow.get("status", _line)
    blocks = [
        one.read(Block, status=Status.of(one.get("status", _line)))
        for one in workflow.each("blocks")
    ]
    execution: Execution = workflow.inner("execution").read(
        Execution,
        id=workflow.get("execution_id", _line),
        status=Status.of(word),
        status_word=word,
        blocks=tuple(blocks),
    )
    return execution


_OF_PARTS: dict[Any, Callable[[_Source], Any]] = {Outcome: _outcome, Execution: _execution}
"""Models that the file does not have as an object of their own."""


def _typed(value: object, kind: type[T], what: str) -> T:
    if not isinstance(value, kind):
        raise ValueError(what)
    return value


def _text(value: JsonValue) -> str:
    return clean(_typed("" if value is None else value, str, "text"), limit=TEXT.number)


def _line(value: JsonValue) -> str:
    return clean_line(_text(value), limit=LINE.number)


def _hint(value: JsonValue) -> str:
    return clean_line(_text(value), limit=TEXT.number)  # it may name hundreds of runs


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return _typed(value, dict, "an object")


def _list(value: JsonValue) -> list[JsonValue]:
    return _typed([] if value is None else value, list, "a list")


def _read_list(field: Field, value: JsonValue) -> tuple[Any, ...]:
    items = _list(value)
    if not all(isinstance(item, str) for item in items):
        raise ValueError("a list of texts")
    return tuple(_read(field, item) for item in items)


def _read(field: Field, value: JsonValue) -> Any:
    """Return the value of a field; a `ValueError` has the type that was expected."""
    return _READ.get(field.kind, _read_word)(field, value)


def _read_text(field: Field, value: JsonValue) -> str | None:
    text, most = _text(value), field.most or LINE
    if field.form and value is not None:
        if not re.fullmatch(field.form.pattern, text):
            raise ValueError(field.form.many if field.is_list else field.form.what)
        return text
    text = text if most.lines else clean_line(text, limit=most.number)
    return text or (None if field.is_optional else "")


def read_texts(value: JsonValue) -> dict[str, str]:
    """Return texts by name as they are read from a file."""
    pairs = _object(value)
    if not all(isinstance(text, str) for text in pairs.values()):
        raise ValueError("an object of texts")
    return {clean_line(key): _text(text) for key, text in pairs.items()}


def _number(value: JsonValue) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    try:
        return max(0.0, float(value))
    except OverflowError:
        raise ValueError("a number") from None


def _read_integer(field: Field, value: JsonValue) -> int:
    if field.most is None:
        return int(_number(value))
    most = field.most.number
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"a number from 0 to {most}")
    return value


def _read_time(field: Field, value: JsonValue) -> datetime | None:
    return utc_time(_text(value)) or (None if field.is_optional else EPOCH)


def _read_word(field: Field, value: JsonValue) -> Any:
    try:
        return field.kind(_text(value))
    except ValueError:
        raise ValueError("known") from None


_READ: dict[Any, Callable[[Field, JsonValue], Any]] = {
    str: _read_text,
    TEXTS: lambda _, value: read_texts(value),
    int: _read_integer,
    float: lambda _, value: _number(value),
    bool: lambda _, value: _typed(value, bool, "true or false"),
    datetime: _read_time,
    Language: lambda _, value: Language.JAPANESE if value == "ja" else Language.ENGLISH,
    Problem: lambda _, value: Problem(words=_line(value)),
}
"""The kinds of values that are no objects, beside enums."""
