"""Converts between the JSON of the API and values; a malformed answer is a `ProtocolError`.

Fields that decide are checked strictly: `success` and `executionId` of a trigger's answer; `status`
and `id` of a run, and `status`, `workflowId` and `executionId` in its `state`. `triggerPayload` and
outputs are passed on as they are. Fields that are only shown (names, times, counts) are dropped
when they have the wrong type.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from typing import Any

from genesis_ci.api.refusals import refused, row_named
from genesis_ci.errors import ProtocolError
from genesis_ci.http.transport import MAX_ERROR_BODY
from genesis_ci.language import N_, _, fill
from genesis_ci.models.execution import UNKNOWN_STATUS, Block, Execution, Status
from genesis_ci.redaction import HIDDEN, Scrub
from genesis_ci.strict_json import MAX_VALUES, StrictJsonError, parse_json
from genesis_ci.text import (
    clean,
    clean_line,
    in_one_spelling,
    is_safe_id,
    is_uuid,
    scrubbed_beginning,
    utc_time,
    with_texts,
)

MAX_BLOCKS = 20_000
MAX_KEY = 100
"""Characters of a block's name; expectations use the full name."""
MAX_COUNT = 1_000_000_000
UNREADABLE = {"status": N_("unreadable")}
MAX_WORDS = 2_000
MAX_DEPTH_OF_WORDS = 3
MAX_LISTED_WORDS = 5
MIN_LEAK = 12
"""Characters of a secret in a UUID that are no coincidence; a PIN's four digits are in many."""

_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"
"""Characters of no message: UTF-16 without a byte order mark is UTF-8 with many NULs."""


def encode_variables(variables: Mapping[str, str]) -> bytes:
    """Return the trigger's body: one JSON object of strings, UTF-8."""
    return json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":")).encode()


def decode_trigger(body: bytes, *, scrub: Scrub) -> str:
    """Return the execution id of a trigger's answer.

    Raises:
        RefusedError: the answer says `success: false`, with the message of Genesis.
        ProtocolError: there is no usable `executionId`.
    """
    answer = decode_json(body)
    fields = answer if isinstance(answer, dict) else {}
    if fields.get("success") is False:
        is_short = len(body) <= MAX_ERROR_BODY
        raise refused(200, decode_error_message(body, scrub=scrub) if is_short else "")
    found = fields.get("executionId")
    if not isinstance(found, str) or not is_safe_id(found) or _leaks(found, scrub):
        raise ProtocolError(_("The trigger's answer has no usable executionId."))
    return found


def _leaks(execution_id: str, scrub: Scrub) -> bool:
    hidden = len(execution_id) - len(scrub(execution_id).replace(HIDDEN, ""))
    return hidden >= (MIN_LEAK if is_uuid(execution_id) else 1)


def decode_execution(
    body: bytes, *, execution_id: str, scrub: Scrub, before: Execution | None = None
) -> Execution:
    """Return the execution of a status answer, its text scrubbed and cleaned.

    Blocks that did not change since the answer `before` are taken from it.

    Raises:
        ProtocolError: not an object, no `status`, no `id` or another execution's, or other ids in
            its `state` than in `before`.
    """
    answer = decode_json(body)
    if not isinstance(answer, dict):
        raise ProtocolError(_("The answer cannot be read: it is not a JSON object."))
    word = answer.get("status")
    if not isinstance(word, str) or not word.strip():
        raise ProtocolError(_("The answer cannot be read: it has no status."))
    reader = _FieldReader(answer, scrub)
    if Status.of(word) is None and Status.of(reader.word(word)):
        raise ProtocolError(_("The answer cannot be read: its status has extra characters."))
    state = answer.get("state")
    state = state if isinstance(state, dict) else {"blocks": state}
    ids = _FieldReader(state, scrub)
    _check_agreement(answer, state.get("status"), execution_id)
    return Execution(
        id=execution_id,
        status=Status.of(word),
        status_word=reader.word(word),
        workflow_name=reader.line("workflowName"),
        workflow_id=_first(before.workflow_id if before else None, ids.line("workflowId")),
        state_id=_first(before.state_id if before else None, ids.line("executionId")),
        block_count=reader.count("blockCount"),
        completed_blocks=reader.count("completedBlocks"),
        created_at=reader.time("createdAt"),
        updated_at=reader.time("updatedAt"),
        started_at=reader.time("startedAt"),
        finished_at=reader.time("finishedAt"),
        cancel_requested_at=reader.time("cancelRequestedAt"),
        cancel_reason=reader.line("cancelReason"),
        error=reader.error,
        blocks=_blocks(state.get("blocks"), scrub, before.blocks if before else ()),
        payload=answer.get("triggerPayload"),
    )


def decode_error_message(body: bytes, *, scrub: Scrub) -> str:
    """Return the message of an error answer on one line: a message of the guide, if it has one.

    The guide defines no form. Accepted are the fields `error`, `message`, `detail` and `errors`,
    lists of them, and plain text. Anything else is an empty text, also HTML, cut JSON and other
    encodings: no secret would be found in them.
    """
    try:
        answer = decode_json(body)
    except ProtocolError:
        message = _plain_text(body)
    else:
        texts = list(dict.fromkeys(_texts_in(answer, depth=MAX_DEPTH_OF_WORDS)))
        message = next(filter(row_named, texts), ": ".join(texts))
    return "" if re.search(_CONTROL, message) else clean_line(scrub(message)[:MAX_WORDS])


def _plain_text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return ""
    return "" if text[:1] in {"<", "{", "[", '"'} else text


def _check_agreement(answer: Mapping[str, Any], inner_status: Any, execution_id: str) -> None:
    found = answer.get("id")
    if not isinstance(found, str) or found.casefold() != execution_id.casefold():
        raise ProtocolError(_("The answer is not about the requested execution."))
    contradicts = Status.of(inner_status) not in {None, Status.COMPLETED}
    if answer["status"] == Status.COMPLETED and contradicts:
        raise ProtocolError(
            _(
                "The answer contradicts itself: its status is completed, the one in its state is "
                "not."
            )
        )


def _first(known: str | None, found: str | None) -> str | None:
    """Return an id that has to be the same in every answer that has one."""
    if known and found and in_one_spelling(known) != in_one_spelling(found):
        raise ProtocolError(_("The answer is about another run than the first one was."))
    return known or found


def _texts_in(answer: Any, *, depth: int) -> Iterator[str]:
    if isinstance(answer, str):
        if answer.strip():
            yield answer
    elif isinstance(answer, dict) and depth:
        for key in ("error", "message", "detail", "errors"):
            yield from _texts_in(answer.get(key), depth=depth - 1)
    elif isinstance(answer, list) and depth:
        for item in answer[:MAX_LISTED_WORDS]:
            yield from _texts_in(item, depth=depth - 1)


class _FieldReader:
    """Reads fields of one JSON object that are only shown; a wrong type reads as absent."""

    def __init__(self, fields: dict[str, Any], scrub: Scrub) -> None:
        self.fields = fields
        self._scrubbed = partial(scrubbed_beginning, scrub=scrub)

    def word(self, text: str, *, limit: int = 64) -> str:
        return clean_line(self._scrubbed(text, limit=MAX_WORDS), limit=limit)

    def line(self, name: str) -> str | None:
        value = self.fields.get(name)
        return self.word(value, limit=200) or None if isinstance(value, str) else None

    def value(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            value = with_texts(value, self._scrubbed, cache(self._scrubbed))
            value = json.dumps(value, ensure_ascii=False)
        return clean(self._scrubbed(value))

    @property
    def error(self) -> str | None:
        value = self.fields.get("error")
        text = value.strip() if isinstance(value, str) else value
        is_none = text is False or text in ("", {}, [])  # 0 is none of them
        return None if is_none else self.value("error")

    def count(self, name: str) -> int | None:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if 0 <= value <= MAX_COUNT else None

    def time(self, name: str) -> datetime | None:
        value = self.fields.get(name)
        return utc_time(value) if isinstance(value, str) else None


def _blocks(value: Any, scrub: Scrub, before: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks of an object or a list; anything else is one that is not readable."""
    blocks = value.items() if isinstance(value, dict) else [("blocks", [value])]
    if value is None or isinstance(value, list):
        blocks = [(_key(number, one), one) for number, one in enumerate(value or (), start=1)]
    if len(blocks) > MAX_BLOCKS:
        words = N_("The answer cannot be read: more than {most} blocks.")
        raise ProtocolError(fill(words, most=MAX_BLOCKS))
    known = {block.fingerprint: block for block in before}
    return tuple(_block(key, one, scrub, known) for key, one in blocks)


def _key(number: int, block: Any) -> str:
    names = map(block.get, ("key", "id", "name")) if isinstance(block, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), f"#{number}")


def _block(key: str, block: Any, scrub: Scrub, known: Mapping[bytes, Block]) -> Block:
    fields = {"output": block} if isinstance(block, str | None) else block
    readable = isinstance(fields, dict)
    reader = _FieldReader(fields if readable else UNREADABLE, scrub)
    sent = json.dumps([key, block], ensure_ascii=False)
    fingerprint = sha256(sent.encode(errors="surrogatepass")).digest()
    output, word = reader.fields.get("output"), reader.fields.get("status")
    if same := known.get(fingerprint):
        return replace(same, raw=output)
    word = word if isinstance(word, str) else ""
    return Block(
        key=reader.word(key, limit=MAX_KEY) or "(unnamed)",
        status=Status.of(word),
        status_word=reader.word(word) or UNKNOWN_STATUS,
        started_at=reader.time("startTime"),
        finished_at=reader.time("endTime"),
        output=reader.value("output"),
        output_is_json=output is not None and not isinstance(output, str),
        error=reader.error,
        readable=readable,
        raw=output,
        fingerprint=fingerprint,
    )


def decode_json(body: bytes) -> Any:
    """Return a body's JSON value; raise `ProtocolError` if `strict_json` refuses it."""
    try:
        return parse_json(body.decode(), max_values=MAX_VALUES)
    except ValueError as error:
        reason = error.shown if isinstance(error, StrictJsonError) else _("not valid JSON")
        raise ProtocolError(fill("The answer cannot be read: {reason}.", reason=reason)) from None
