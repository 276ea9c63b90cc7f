"""JSON of the wire to values of the domain and back, strictly: one `ProtocolError` for all oddity.

Strict is what a verdict stands on (`status`, `id`, `executionId`); what only decorates a report
(names, times, counts, outputs) is dropped when it has the wrong type.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from genesis_ci.api.errors import refused, row_named
from genesis_ci.errors import ProtocolError
from genesis_ci.models import Block, Execution, Status
from genesis_ci.redaction import HIDDEN
from genesis_ci.strict_json import MAX_VALUES, StrictJsonError, parse_json
from genesis_ci.text import clean, clean_line, is_safe_id, is_uuid, scrubbed_beginning

MAX_BLOCKS = 20_000
MAX_KEY = 100
"""Characters of a block's name, which expectations name whole."""
MAX_COUNT = 1_000_000_000
MAX_WORDS = 2_000
MAX_DEPTH_OF_WORDS = 3
MAX_LISTED_WORDS = 5
MAX_REFUSAL = 65_536
"""Bytes of an answer whose words are read, as of other errors."""
MIN_LEAK = 12
"""Characters of a UUID that are a secret's by more than chance: a PIN's four digits are in many."""

Scrub = Callable[[str], str]
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""What no words hold: UTF-16 without a mark of its byte order is UTF-8 with many NULs."""


def encode_variables(variables: Mapping[str, str]) -> bytes:
    """Return the trigger's body: one JSON object of strings, UTF-8."""
    return json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":")).encode()


def decode_trigger(body: bytes, *, scrub: Scrub) -> str:
    """Return the execution id of a trigger's answer.

    Raises:
        GenesisRefusedError: the answer says `success: false`, with Genesis's words.
        ProtocolError: there is no usable `executionId`.
    """
    answer = decode_json(body)
    fields = answer if isinstance(answer, dict) else {}
    if fields.get("success") is False:
        whole = len(body) <= MAX_REFUSAL
        raise refused(200, decode_error_message(body, scrub=scrub) if whole else "")
    execution_id = fields.get("executionId")
    if (
        not isinstance(execution_id, str)
        or not is_safe_id(execution_id)
        or _leaks(execution_id, scrub)
    ):
        raise ProtocolError("The trigger's answer carries no usable executionId.")
    return execution_id


def _leaks(execution_id: str, scrub: Scrub) -> bool:
    """Whether an id shows a secret."""
    hidden = len(execution_id) - len(scrub(execution_id).replace(HIDDEN, ""))
    return hidden >= (MIN_LEAK if is_uuid(execution_id) else 1)


def decode_execution(body: bytes, *, asked_id: str, scrub: Scrub) -> Execution:
    """Return the execution of a status answer, its text scrubbed and cleaned.

    Raises:
        ProtocolError: not an object, no `status` word, no id or that of another execution.
    """
    answer = decode_json(body)
    if not isinstance(answer, dict):
        raise ProtocolError("The answer cannot be read: it is not a JSON object.")
    word = answer.get("status")
    if not isinstance(word, str) or not word.strip():
        raise ProtocolError("The answer cannot be read: it has no status.")
    reader = _Reader(answer, scrub)
    if Status.of(word) is None and Status.of(reader.word(word)):
        raise ProtocolError("The answer cannot be read: its status only looks like one.")
    _check_it_agrees(answer, reader.inner("state").fields, asked_id)
    return Execution(
        id=asked_id,
        status=Status.of(word),
        status_word=reader.word(word),
        workflow_name=reader.line("workflowName"),
        workflow_id=reader.inner("state").line("workflowId"),
        block_count=reader.count("blockCount"),
        completed_blocks=reader.count("completedBlocks"),
        created_at=reader.time("createdAt"),
        updated_at=reader.time("updatedAt"),
        started_at=reader.time("startedAt"),
        finished_at=reader.time("finishedAt"),
        cancel_requested_at=reader.time("cancelRequestedAt"),
        cancel_reason=reader.line("cancelReason"),
        error=reader.value("error"),
        blocks=_blocks(reader.inner("state").inner("blocks"), scrub),
        payload=answer.get("triggerPayload"),
    )


def decode_error_message(body: bytes, *, scrub: Scrub) -> str:
    """Return the words of an error answer on one line: those of the guide, if it has any.

    The guide gives no shape: `error`, `message`, `detail`, both of them (`error` may be no more
    than the name of the HTTP status), a list of them, or plain text. An HTML page or anything
    unreadable gives an empty text: in half a text, or in one of another encoding, no secret is
    found.
    """
    try:
        answer = decode_json(body)
    except ProtocolError:
        words = _plain_text(body)
    else:
        words = _words_of(answer)
    return "" if _CONTROL.search(words) else clean_line(scrub(words)[:MAX_WORDS])


def _plain_text(body: bytes) -> str:
    """The text of an error that is no JSON; empty where it is a page, broken JSON or no UTF-8."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return ""
    return "" if text[:1] in {"<", "{", "[", '"'} else text


def _check_it_agrees(answer: Mapping[str, Any], state: Mapping[str, Any], asked_id: str) -> None:
    """Refuse an answer about another run, and a `completed` that its own state contradicts."""
    told = answer.get("id", state.get("executionId"))
    in_state = state.get("executionId")
    if not _is_id(told, asked_id) or (isinstance(in_state, str) and not _is_id(in_state, asked_id)):
        raise ProtocolError("The answer is not about the execution that was asked for.")
    inner = state.get("status")
    if (
        answer["status"] == Status.COMPLETED
        and isinstance(inner, str)
        and inner != Status.COMPLETED
    ):
        raise ProtocolError("The answer contradicts itself: completed, but in its state it is not.")


def _is_id(told: Any, asked_id: str) -> bool:
    return isinstance(told, str) and told.casefold() == asked_id.casefold()


def _scrubbed(value: Any, scrub: Scrub) -> Any:
    """Return a JSON value with the secrets in its texts hidden; keys are left."""
    if isinstance(value, str):
        return scrubbed_beginning(value, scrub)
    if isinstance(value, list):
        return [_scrubbed(item, scrub) for item in value]
    if isinstance(value, dict):
        return {key: _scrubbed(item, scrub) for key, item in value.items()}
    return value


def _words_of(answer: Any) -> str:
    texts = list(dict.fromkeys(_texts_of(answer, depth=MAX_DEPTH_OF_WORDS)))
    return next(filter(row_named, texts), ": ".join(texts))


def _texts_of(answer: Any, *, depth: int) -> Iterator[str]:
    if isinstance(answer, str):
        if answer.strip():
            yield answer
    elif isinstance(answer, dict) and depth:
        for key in ("error", "message", "detail", "errors"):
            yield from _texts_of(answer.get(key), depth=depth - 1)
    elif isinstance(answer, list) and depth:
        for item in answer[:MAX_LISTED_WORDS]:
            yield from _texts_of(item, depth=depth - 1)


class _Reader:
    """Reads decorating fields of one JSON object; a wrong type reads as absent."""

    def __init__(self, fields: dict[str, Any], scrub: Scrub) -> None:
        self.fields = fields
        self._scrub = scrub

    def inner(self, name: str) -> "_Reader":
        value = self.fields.get(name)
        return _Reader(value if isinstance(value, dict) else {}, self._scrub)

    def word(self, text: str, *, limit: int = 64) -> str:
        return clean_line(scrubbed_beginning(text, self._scrub, limit=MAX_WORDS), limit=limit)

    def line(self, name: str) -> str | None:
        value = self.fields.get(name)
        return self.word(value, limit=200) or None if isinstance(value, str) else None

    def value(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            value = json.dumps(_scrubbed(value, self._scrub), ensure_ascii=False)
        return clean(scrubbed_beginning(value, self._scrub))

    def count(self, name: str) -> int | None:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if 0 <= value <= MAX_COUNT else None

    def time(self, name: str) -> datetime | None:
        value = self.fields.get(name)
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.fromisoformat(value)
            return (moment - (moment.utcoffset() or timedelta(0))).replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None


def _blocks(reader: _Reader, scrub: Scrub) -> tuple[Block, ...]:
    if len(reader.fields) > MAX_BLOCKS:
        raise ProtocolError(f"The answer cannot be read: more than {MAX_BLOCKS} blocks.")
    return tuple(
        _block(key, _Reader(fields, scrub), reader)
        for key, fields in reader.fields.items()
        if isinstance(fields, dict)
    )


def _block(key: str, reader: _Reader, names: _Reader) -> Block:
    word = reader.fields.get("status")
    told = word if isinstance(word, str) else ""
    output = reader.fields.get("output")
    return Block(
        key=names.word(key, limit=MAX_KEY) or "(unnamed)",
        status=Status.of(told),
        status_word=reader.word(told) or "unknown",
        started_at=reader.time("startTime"),
        finished_at=reader.time("endTime"),
        output=reader.value("output"),
        output_is_json=output is not None and not isinstance(output, str),
        error=reader.value("error"),
        raw=output,
    )


def decode_json(body: bytes, *, most: int = MAX_VALUES) -> Any:
    """Return the JSON value of a body.

    Raises:
        ProtocolError: invalid UTF-8, JSON that `strict_json` refuses, or over a million values.
    """
    try:
        return parse_json(body.decode(), max_values=most)
    except ValueError as error:
        reason = str(error) if isinstance(error, StrictJsonError) else "not valid JSON"
        raise ProtocolError(f"The answer cannot be read: {reason}.") from None
