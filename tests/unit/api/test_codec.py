"""JSON of the API: strict where it decides a verdict."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci import outcomes
from genesis_ci.api.codec import (
    MAX_BLOCKS,
    MAX_WORDS,
    decode_error_message,
    decode_execution,
    decode_json,
    decode_trigger,
    encode_variables,
)
from genesis_ci.api.faults import MAX_ERROR_BODY, Refusal, refusal_for
from genesis_ci.errors import GenesisCiError, ProtocolError, RefusedError
from genesis_ci.execution.polling import next_poll
from genesis_ci.log import progress_line
from genesis_ci.models import Block, Execution, Policy, Status, Verdict, WorkflowReport
from genesis_ci.publish import REPORTS
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters import last_lines, outputs
from genesis_ci.strict_json import MAX_VALUES
from genesis_ci.text import MAX_TEXT, REACH, is_safe_id
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_wire_execution, after
from tests.hostile import each_string
from tests.unit.reporters.reports import outcome_of, report


def decoded(**fields) -> Execution:
    body = json.dumps(a_wire_execution(**fields)).encode()
    return decode_execution(body, execution_id=EXECUTION_ID, scrub=str)


def test_every_field_of_the_guides_example_is_read():
    execution = decoded(
        finishedAt="2026-03-16T00:00:06.000Z",
        cancelRequestedAt="2026-03-16T09:00:04.000+09:00",
        cancelReason="By hand.",
        error="It broke.",
    )
    block = Block(
        key="block-1",
        status=Status.COMPLETED,
        status_word="completed",
        started_at=after(1),
        finished_at=after(2),
        output="...",
    )
    assert execution == Execution(
        id=EXECUTION_ID,
        status=Status.RUNNING,
        status_word="running",
        workflow_name="ワークフロー名",
        workflow_id=WORKFLOW_ID,
        block_count=5,
        completed_blocks=2,
        created_at=after(0),
        updated_at=after(5),
        started_at=after(1),
        finished_at=after(6),
        cancel_requested_at=after(4),
        cancel_reason="By hand.",
        error="It broke.",
        blocks=(block,),
    )
    assert execution.payload == {"exampleField": "exampleValue"}


def test_a_block_without_name_and_status_is_kept():
    blocks = {"": {"error": {"code": 7}}}
    [block] = decoded(state={"blocks": blocks}).blocks
    assert (block.key, block.status, block.status_word) == ("(unnamed)", None, "unknown")
    assert block.error == '{"code": 7}'


def test_the_id_may_be_in_the_state_only():
    body = a_wire_execution()
    del body["id"]
    execution = decode_execution(json.dumps(body).encode(), execution_id=EXECUTION_ID, scrub=str)
    assert execution.id == EXECUTION_ID


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (1_000_000_000, 1_000_000_000), (1_000_000_001, None), (-1, None)]
)
def test_a_count_out_of_range_is_dropped(value, count):
    assert decoded(blockCount=value).block_count == count


@pytest.mark.parametrize("value", ["2026-03-16T00:00:01", "2026-03-16T09:00:01+09:00"])
def test_a_time_is_converted_to_utc(value):
    assert decoded(startedAt=value).started_at.isoformat() == "2026-03-16T00:00:01+00:00"


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"])
def test_a_time_out_of_range_in_utc_is_dropped(value):
    assert decoded(startedAt=value).started_at is None


def test_long_status_words_and_block_names_are_cut():
    execution = decoded(status="w" * 65, state={"blocks": {"k" * 100: {}, "l" * 101: {}}})
    assert execution.status_word == f"{'w' * 64}… [1 more characters cut]"
    assert [block.key for block in execution.blocks] == [
        "k" * 100, f"{'l' * 100}… [1 more characters cut]",
    ]  # fmt: skip


def test_an_answer_with_too_many_blocks_is_rejected():
    blocks = dict.fromkeys(map(str, range(MAX_BLOCKS)), "no block")
    assert decoded(state={"blocks": blocks}).blocks == ()
    with pytest.raises(ProtocolError, match="more than 20000 blocks"):
        decoded(state={"blocks": {**blocks, "one more": "no block"}})


def test_secrets_are_hidden_in_every_text_of_an_answer():
    blocks = {"hush": {"status": "hush", "output": {"hush": "hush"}, "error": "hush"}}
    body = a_wire_execution(
        status="hush", workflowName="hush", cancelReason="hush", error="hush",
        state={"workflowId": "hush", "blocks": blocks},
    )  # fmt: skip
    execution = decode_execution(
        json.dumps(body).encode(),
        execution_id=EXECUTION_ID,
        scrub=lambda text: text.replace("hush", "***"),
    )
    assert "hush" not in repr(execution)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "Invalid API key"}', "Invalid API key"),
        (b'{"message": "Unauthorized"}', "Unauthorized"),
        (b'{"error": {"message": "deep"}}', "deep"),
        (b'{"error": " ", "message": "second"}', "second"),
        (b'"just text"', "just text"),
        (b"plain\nwords", "plain words"),
        (b"plain\nwords \xff", ""),
        (b"w\x00o\x00r\x00d\x00s\x00", ""),
        (b'{"error": "w\\u0000o\\u0000r\\u0000d"}', ""),
        (b'{"error": "half of it', ""),
        (b"  <html>no</html>", ""),
        (b"[1]", ""),
        (b"[half", ""),
        (b'"half', ""),
        (b"{half", ""),
        (b'["one", "two"]', "one: two"),
        (b'[[[["too deep"]]]]', ""),
        (b'[[["deep"]]]', "deep"),
        (b'["a", "b", "c", "d", "e", "f"]', "a: b: c: d: e"),
        (b'{"error": 5}', ""),
        (b'{"error": "Not Found", "message": "No such place"}', "Not Found: No such place"),
        (b'{"error": "Not Found", "message": "Execution not found"}', "Execution not found"),
        (b'{"message": "Execution not found", "error": "Not Found"}', "Execution not found"),
        (b'{"error": "Unauthorized", "message": "Invalid API key"}', "Invalid API key"),
        (b'{"error": "Unauthorized", "message": "Token expired"}', "Unauthorized: Token expired"),
        (b'{"errors": [{"detail": "Usage limit reached"}]}', "Usage limit reached"),
        (b"\xef\xbb\xbf<error>ak_k3y_of_so", ""),
        (b'{"errors": {"errors": {"errors": {"errors": "too deep"}}}}', ""),
    ],
    ids=str,
)
def test_the_message_of_an_error_is_found_in_every_form(body, words):
    assert decode_error_message(body, scrub=str) == words


def test_the_message_of_an_error_is_scrubbed():
    body = b'{"error": "key hush is wrong"}'
    assert decode_error_message(body, scrub=lambda t: t.replace("hush", "***")) == (
        "key *** is wrong"
    )


@pytest.mark.parametrize("filler", [10, 1_975, 1_990, 60_000])
def test_the_message_of_an_error_is_scrubbed_before_it_is_cut(filler):
    body = b"bad key" + b" " * filler + b"ak_k3y_of_some_length"
    message = decode_error_message(body, scrub=lambda t: t.replace("ak_k3y_of_some_length", "***"))
    assert "ak_k3y" not in message


def test_an_id_other_than_a_uuid_with_a_secrets_character_is_rejected():
    body = b'{"success": true, "executionId": "run-7"}'
    assert decode_trigger(body, scrub=str) == "run-7"
    with pytest.raises(ProtocolError):
        decode_trigger(body, scrub=lambda text: text.replace("7", "***"))


@pytest.mark.parametrize(("length", "shown"), [(11, False), (12, True)])
def test_a_uuid_with_twelve_characters_of_a_secret_is_rejected(length, shown):
    body = json.dumps({"executionId": EXECUTION_ID}).encode()
    part = EXECUTION_ID[:length]
    try:
        decode_trigger(body, scrub=lambda text: text.replace(part, "***"))
    except ProtocolError:
        assert shown
    else:
        assert not shown


def test_success_false_is_a_refusal_with_the_message_of_genesis():
    body = b'{"success": false, "error": "Usage limit reached", "executionId": "x"}'
    with pytest.raises(RefusedError, match="Usage limit reached") as refusal:
        decode_trigger(body, scrub=str)
    assert refusal.value.status == 200
    assert refusal.value.hint == Refusal.USAGE_LIMIT.remedy


@pytest.mark.parametrize(
    ("secret", "shown"), [("7086", False), (EXECUTION_ID, True), (EXECUTION_ID[9:23], True)]
)
def test_a_uuid_with_a_few_digits_of_a_secret_is_accepted(secret, shown):
    body = json.dumps({"executionId": EXECUTION_ID}).encode()
    scrub = Scrubber([Secret(secret)])
    if shown:
        with pytest.raises(ProtocolError):
            decode_trigger(body, scrub=scrub)
    else:
        assert decode_trigger(body, scrub=scrub) == EXECUTION_ID


@pytest.mark.parametrize("word", [" completed", "completed\n", "\tfailed "])
def test_a_status_with_white_space_is_rejected(word):
    body = json.dumps(a_wire_execution(status=word)).encode()
    with pytest.raises(ProtocolError, match="extra characters"):
        decode_execution(body, execution_id=EXECUTION_ID, scrub=str)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": None},
        {"status": 1},
        {"status": " "},
        {"id": "another"},
        {"id": 7},
        {"status": "completed", "state": {"status": "failed"}},
        {"status": "completed", "state": {"status": "cancelled"}},
        {"status": "completed", "state": {"status": "review_pending"}},
        {"status": "completed", "state": {"status": "running"}},
        {"status": "completed", "state": {"status": "paused"}},
        {"status": "completed", "state": {"executionId": "another"}},
    ],
    ids=str,
)
def test_an_answer_without_a_clear_verdict_is_rejected(fields):
    with pytest.raises(ProtocolError):
        decoded(**fields)


@pytest.mark.parametrize("inner", ["completed", None, 7, []])
def test_a_state_with_the_same_or_no_status_is_accepted(inner):
    assert decoded(status="completed", state={"status": inner}).status is Status.COMPLETED


@pytest.mark.parametrize("word", ["running", "failed", "review_pending", "cancelled"])
def test_only_completed_is_compared_with_the_status_of_the_state(word):
    assert decoded(status=word, state={"status": "completed"}).status_word == word


def test_secrets_in_a_json_output_are_hidden_and_it_stays_json():
    key = "gk_live_7f3e9d2c1b0a"
    wrapped = "\n".join(re.findall(".{1,9}", base64.b64encode(key.encode()).decode()))
    output = {"log": f"before {wrapped} after", key: ["x", {"deep": key}], "n": 7}
    blocks = {"block-1": {"status": "completed", "output": output}}
    body = json.dumps(a_wire_execution(state={"blocks": blocks})).encode()
    execution = decode_execution(body, execution_id=EXECUTION_ID, scrub=Scrubber([Secret(key)]))
    shown = json.loads(execution.blocks[0].output or "")
    assert shown["***"] == ["x", {"deep": "***"}]
    assert shown["log"].startswith("before ")
    assert "***" in shown["log"]
    assert shown["n"] == 7


def test_a_status_outside_the_guide_is_kept_as_a_word():
    execution = decoded(status="on\nhold")
    assert (execution.status, execution.status_word) == (None, "on hold")


@pytest.mark.parametrize(
    "fields",
    [
        {"workflowName": 7},
        {"blockCount": "5"},
        {"blockCount": True},
        {"completedBlocks": -1},
        {"startedAt": "yesterday"},
        {"cancelReason": ["x"]},
        {"state": None},
        {"state": {"blocks": []}},
        {"state": {"blocks": {"block-1": "done"}}},
    ],
    ids=str,
)
def test_a_shown_field_of_the_wrong_type_is_dropped(fields):
    assert decoded(status="completed", **fields).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("output", "text", "is_json"),
    [
        ("plain", "plain", False),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}', True),
        (3, "3", True),
        (None, None, False),
        ("", None, False),
    ],
)
def test_an_output_may_be_any_json(output, text, is_json):
    blocks = {"block-1": {"status": "completed", "output": output}}
    [block] = decoded(state={"blocks": blocks}).blocks
    assert (block.output, block.output_is_json, block.raw) == (text, is_json, output)


def test_hostile_text_is_cleaned_in_every_field():
    each_string(is_cleaned_in_every_field)


def is_cleaned_in_every_field(text):
    blocks = {text or "k": {"status": text or "s", "output": text, "error": text}}
    execution = decoded(workflowName=text, cancelReason=text, error=text, state={"blocks": blocks})
    words = [execution.workflow_name, execution.cancel_reason, execution.error]
    words += [word for b in execution.blocks for word in (b.key, b.output, b.error, b.status_word)]
    shown = "".join(word or "" for word in words)
    assert not [c for c in shown if c < " " and c not in "\t\n"]
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "answer", [[], {}, *({"executionId": value} for value in (None, "", "..", "a/b", "a" * 129, 5))]
)
def test_a_trigger_without_a_usable_id_is_rejected(answer):
    with pytest.raises(ProtocolError, match="no usable executionId"):
        decode_trigger(json.dumps(answer).encode(), scrub=str)


def test_variables_are_encoded_as_compact_json_in_utf_8():
    assert encode_variables({"name": "é", "on": "1"}) == '{"name":"é","on":"1"}'.encode()


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=5))
def test_encoded_variables_are_read_back_unchanged(variables):
    assert json.loads(encode_variables(variables)) == variables


@given(st.binary(max_size=200))
def test_any_bytes_are_an_execution_or_our_error(body):
    try:
        decode_execution(body, execution_id=EXECUTION_ID, scrub=str)
    except GenesisCiError as error:
        assert error.message


KEY = "gk_live_k3y_0123456789"
SCRUB = Scrubber([Secret(KEY)])
WORDS = st.sampled_from(
    (
        *("pending", "running", "completed", "failed", "review_pending", EXECUTION_ID, KEY),
        *("2026-03-16T00:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
        *("\ud800", "\ufffe", "]]>", "::error::", "\x1b[2J", "\u202e", "", "a\r\nb"),
    )
)
NUMBERS = st.integers() | st.floats() | st.sampled_from((10**300, -1))
SCALARS = WORDS | st.text(max_size=30) | NUMBERS | st.booleans() | st.none()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
BLOCK_FIELDS = st.sampled_from(("status", "startTime", "endTime", "output", "error", "inputs"))
BLOCKS = st.dictionaries(
    WORDS | st.text(max_size=10),
    SCALARS | st.dictionaries(BLOCK_FIELDS, JSON, max_size=6),
    max_size=5,
)
FIELDS = st.sampled_from(tuple(a_wire_execution()))


@given(st.dictionaries(FIELDS, JSON, max_size=5), BLOCKS, WORDS)
def test_any_field_value_is_rejected_or_shown_in_each_report(fields, blocks, word):
    state = {"workflowId": word, "blocks": blocks}
    body = a_wire_execution(**{"state": state, "status": word, **fields, "id": EXECUTION_ID})
    try:
        execution = decode_execution(
            json.dumps(body).encode(), execution_id=EXECUTION_ID, scrub=SCRUB
        )
    except GenesisCiError as error:
        assert error.message
        return
    outcome = outcomes.for_execution(execution, Policy()) or outcome_of(Verdict.TIMED_OUT)
    workflow = WorkflowReport(
        name=execution.workflow_name or "workflow",
        outcome=outcome,
        execution_id=execution.id,
        execution=execution,
    )
    texts = [render(report(workflow)) for render in REPORTS.values()]
    texts += outputs.render(report(workflow), report_dir="out", output_block=None).values()
    texts += last_lines.ending(workflow, several=False, colours=False)
    texts.append(progress_line(execution, elapsed=61.0))
    assert not any(KEY in text for text in texts)
    for interval in (None, 5.0):
        assert 0 < next_poll(execution, elapsed=61.0, interval=interval) < 3600


@given(JSON | st.fixed_dictionaries({"success": SCALARS, "executionId": SCALARS, "error": SCALARS}))
def test_any_trigger_answer_is_a_safe_id_or_our_error(answer):
    try:
        found = decode_trigger(json.dumps(answer).encode(), scrub=SCRUB)
    except (ProtocolError, RefusedError):
        return
    assert is_safe_id(found)
    assert KEY not in found


@given(st.binary(max_size=300) | JSON.map(json.dumps).map(str.encode))
def test_any_error_answer_is_one_line_without_the_key(body):
    message = decode_error_message(body, scrub=SCRUB)
    refusal_for(500, message)
    assert KEY not in message
    assert not set(message) & {"\n", "\r", "\x1b"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "not valid JSON"),
        (b'{"a": 1, "a": 2}', "a key is given twice in one object"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
    ],
)
def test_unreadable_json_is_a_protocol_error_with_the_reason(body, words):
    with pytest.raises(ProtocolError) as error:
        decode_json(body)
    assert error.value.message == f"The answer cannot be read: {words}."


def test_an_answer_with_millions_of_values_is_rejected():
    with pytest.raises(ProtocolError, match="values"):
        decode_json(b"[" + b"[]," * MAX_VALUES + b"[]]")


@pytest.mark.parametrize(("more", "shown"), [(0, "Busy"), (1, "no reason")])
def test_the_message_of_a_long_refusal_is_dropped(more, shown):
    body = json.dumps({"success": False, "error": "Busy"}).encode().ljust(MAX_ERROR_BODY + more)
    with pytest.raises(RefusedError, match=shown):
        decode_trigger(body, scrub=str)


@pytest.mark.parametrize(("length", "cut"), [(200, False), (201, True)])
def test_a_long_name_is_cut_at_200_characters(length, cut):
    name = decoded(workflowName="x" * length).workflow_name or ""
    assert name.startswith("x" * 200)
    assert ("more characters cut" in name) is cut


@pytest.mark.parametrize("field", ["status", "workflowName", "output", "value"])
def test_no_field_is_searched_for_secrets_beyond_its_limit(field):
    longest = 0

    def scrub(text: str) -> str:
        nonlocal longest
        longest = max(longest, len(text))
        return text

    text = "a b " * MAX_TEXT
    block = {"status": "completed", "output": [text] if field == "value" else text}
    body = a_wire_execution()
    if field in body:
        body[field] = text
    else:
        body["state"]["blocks"] = {"b": block}
    decode_execution(json.dumps(body).encode(), execution_id=EXECUTION_ID, scrub=scrub)
    limit = MAX_WORDS if field in {"status", "workflowName"} else MAX_TEXT
    assert longest == limit + REACH
