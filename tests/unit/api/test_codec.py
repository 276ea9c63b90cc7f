"""JSON of the wire, read strictly where a verdict stands on it."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.api.codec import (
    MAX_BLOCKS,
    MAX_REFUSAL,
    MAX_WORDS,
    decode_error_message,
    decode_execution,
    decode_json,
    decode_trigger,
    encode_variables,
)
from genesis_ci.errors import GenesisCiError, ProtocolError, RefusedError
from genesis_ci.models import Block, Execution, Status
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.strict_json import MAX_VALUES
from genesis_ci.text import MAX_TEXT, REACH
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_wire_execution, after
from tests.hostile import each_string


def decoded(**fields) -> Execution:
    body = json.dumps(a_wire_execution(**fields)).encode()
    return decode_execution(body, asked_id=EXECUTION_ID, scrub=str)


def test_every_field_of_the_guides_example_is_read():
    told = decoded(
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
    assert told == Execution(
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
    assert told.payload == {"exampleField": "exampleValue"}


def test_a_block_may_be_nameless_and_without_a_status_and_tell_an_error():
    blocks = {"": {"error": {"code": 7}}}
    [block] = decoded(state={"blocks": blocks}).blocks
    assert (block.key, block.status, block.status_word) == ("(unnamed)", None, "unknown")
    assert block.error == '{"code": 7}'


def test_an_answer_without_an_id_of_its_own_may_carry_it_in_its_state():
    body = a_wire_execution()
    del body["id"]
    told = decode_execution(json.dumps(body).encode(), asked_id=EXECUTION_ID, scrub=str)
    assert told.id == EXECUTION_ID


@pytest.mark.parametrize(
    ("told", "count"), [(0, 0), (1_000_000_000, 1_000_000_000), (1_000_000_001, None), (-1, None)]
)
def test_a_count_is_a_sensible_number(told, count):
    assert decoded(blockCount=told).block_count == count


@pytest.mark.parametrize("told", ["2026-03-16T00:00:01", "2026-03-16T09:00:01+09:00"])
def test_a_time_is_kept_as_utc_and_is_that_where_it_has_no_zone(told):
    assert decoded(startedAt=told).started_at.isoformat() == "2026-03-16T00:00:01+00:00"


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"])
def test_a_time_that_there_is_not_in_utc_is_left_out(told):
    assert decoded(startedAt=told).started_at is None


def test_a_word_is_kept_up_to_64_characters_and_a_blocks_name_up_to_100():
    told = decoded(status="w" * 65, state={"blocks": {"k" * 100: {}, "l" * 101: {}}})
    assert told.status_word == f"{'w' * 64}… [1 more characters cut]"
    assert [block.key for block in told.blocks] == [
        "k" * 100, f"{'l' * 100}… [1 more characters cut]",
    ]  # fmt: skip


def test_an_answer_of_too_many_blocks_is_not_read():
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
    told = decode_execution(
        json.dumps(body).encode(),
        asked_id=EXECUTION_ID,
        scrub=lambda text: text.replace("hush", "***"),
    )
    assert "hush" not in repr(told)


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
def test_the_words_of_an_error_are_found_wherever_they_stand(body, words):
    assert decode_error_message(body, scrub=str) == words


def test_the_words_of_an_error_are_scrubbed():
    body = b'{"error": "key hush is wrong"}'
    assert decode_error_message(body, scrub=lambda t: t.replace("hush", "***")) == (
        "key *** is wrong"
    )


@pytest.mark.parametrize("filler", [10, 1_975, 1_990, 60_000])
def test_the_words_of_an_error_are_scrubbed_before_they_are_cut(filler):
    body = b"bad key" + b" " * filler + b"ak_k3y_of_some_length"
    told = decode_error_message(body, scrub=lambda t: t.replace("ak_k3y_of_some_length", "***"))
    assert "ak_k3y" not in told


def test_an_id_that_is_no_uuid_may_not_show_one_character_of_a_secret():
    body = b'{"success": true, "executionId": "run-7"}'
    assert decode_trigger(body, scrub=str) == "run-7"
    with pytest.raises(ProtocolError):
        decode_trigger(body, scrub=lambda text: text.replace("7", "***"))


@pytest.mark.parametrize(("length", "shown"), [(11, False), (12, True)])
def test_twelve_characters_that_a_uuid_shares_with_a_secret_are_no_chance(length, shown):
    body = json.dumps({"executionId": EXECUTION_ID}).encode()
    part = EXECUTION_ID[:length]
    try:
        decode_trigger(body, scrub=lambda text: text.replace(part, "***"))
    except ProtocolError:
        assert shown
    else:
        assert not shown


def test_a_trigger_that_answers_success_false_is_refused_in_genesis_words():
    body = b'{"success": false, "error": "Usage limit reached", "executionId": "x"}'
    with pytest.raises(RefusedError, match="Usage limit reached") as refusal:
        decode_trigger(body, scrub=str)
    assert refusal.value.status == 200


@pytest.mark.parametrize(
    ("secret", "shown"), [("7086", False), (EXECUTION_ID, True), (EXECUTION_ID[9:23], True)]
)
def test_a_few_digits_that_a_uuid_shares_with_a_secret_are_chance(secret, shown):
    body = json.dumps({"executionId": EXECUTION_ID}).encode()
    scrub = Scrubber([Secret(secret)])
    if shown:
        with pytest.raises(ProtocolError):
            decode_trigger(body, scrub=scrub)
    else:
        assert decode_trigger(body, scrub=scrub) == EXECUTION_ID


@pytest.mark.parametrize("word", [" completed", "completed\n", "\tfailed "])
def test_a_word_that_only_looks_like_a_status_is_none(word):
    body = json.dumps(a_wire_execution(status=word)).encode()
    with pytest.raises(ProtocolError, match="only looks like one"):
        decode_execution(body, asked_id=EXECUTION_ID, scrub=str)


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
def test_an_answer_that_no_verdict_can_stand_on_is_refused(fields):
    with pytest.raises(ProtocolError):
        decoded(**fields)


@pytest.mark.parametrize("inner", ["completed", None, 7, []])
def test_a_state_that_says_the_same_or_nothing_contradicts_nothing(inner):
    assert decoded(status="completed", state={"status": inner}).status is Status.COMPLETED


@pytest.mark.parametrize("word", ["running", "failed", "review_pending", "cancelled"])
def test_only_a_completed_run_needs_the_word_of_its_state(word):
    assert decoded(status=word, state={"status": "completed"}).status_word == word


def test_a_secret_wrapped_in_a_json_output_is_hidden_and_the_rest_stays_json():
    key = "gk_live_7f3e9d2c1b0a"
    wrapped = "\n".join(re.findall(".{1,9}", base64.b64encode(key.encode()).decode()))
    output = {"log": f"before {wrapped} after", key: ["x", {"deep": key}], "n": 7}
    blocks = {"block-1": {"status": "completed", "output": output}}
    body = json.dumps(a_wire_execution(state={"blocks": blocks})).encode()
    execution = decode_execution(body, asked_id=EXECUTION_ID, scrub=Scrubber([Secret(key)]))
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
def test_a_decoration_of_the_wrong_type_is_left_out(fields):
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


def test_hostile_text_arrives_harmless_everywhere():
    each_string(arrives_harmless_everywhere)


def arrives_harmless_everywhere(text):
    blocks = {text or "k": {"status": text or "s", "output": text, "error": text}}
    execution = decoded(workflowName=text, cancelReason=text, error=text, state={"blocks": blocks})
    words = [execution.workflow_name, execution.cancel_reason, execution.error]
    words += [word for b in execution.blocks for word in (b.key, b.output, b.error, b.status_word)]
    shown = "".join(word or "" for word in words)
    assert not [c for c in shown if c < " " and c not in "\t\n"]
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "answer", [[], {}, *({"executionId": told} for told in (None, "", "..", "a/b", "a" * 129, 5))]
)
def test_a_trigger_without_a_usable_id_is_odd(answer):
    with pytest.raises(ProtocolError, match="no usable executionId"):
        decode_trigger(json.dumps(answer).encode(), scrub=str)


def test_variables_are_sent_as_one_object_in_utf_8_without_a_byte_too_many():
    assert encode_variables({"name": "é", "on": "1"}) == '{"name":"é","on":"1"}'.encode()


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=5))
def test_variables_arrive_as_they_were(variables):
    assert json.loads(encode_variables(variables)) == variables


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_execution_or_an_error_of_ours(body):
    try:
        decode_execution(body, asked_id=EXECUTION_ID, scrub=str)
    except GenesisCiError as error:
        assert error.message


SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9)
KEYS = st.sampled_from(["executionId", "workflowId", "status", "blocks", "output", "é"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
FIELDS = ["id", "status", "workflowName", "blockCount", "startedAt", "error", "state"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_whatever_a_field_holds_is_read_or_refused(fields):
    try:
        decoded(**fields)
    except GenesisCiError as error:
        assert error.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"<html>", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": 1, "a": 2}', "a key stands twice in one object"),
        (b'{"a": NaN}', "a number is not finite"),
        (b'{"a": 1e999}', "a number is not finite"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "a number has over 400 digits"),
        (b"[" * 101 + b"]" * 101, "nested deeper than 100 levels"),
        (b"[" * 100_000, "not valid JSON"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_odd_json_is_one_error_that_says_what_is_odd(body, words):
    with pytest.raises(ProtocolError) as error:
        decode_json(body)
    assert error.value.message == f"The answer cannot be read: {words}."


def test_a_hundred_levels_are_still_read():
    assert decode_json(b"[" * 100 + b"]" * 100)


def test_an_answer_of_millions_of_values_is_not_even_tried():
    with pytest.raises(ProtocolError, match="values"):
        decode_json(b"[" + b"[]," * MAX_VALUES + b"[]]")


@pytest.mark.parametrize("body", [b"[1, 2, 3]", b"[[[]]]", b'{"a": {"b": {}}}', b'{"a": [1, 2]}'])
def test_so_many_values_may_there_be_and_not_one_more(body):
    assert decode_json(body, most=3)
    with pytest.raises(ProtocolError, match="it has over 2 values"):
        decode_json(body, most=2)


def test_commas_and_brackets_within_texts_are_no_values():
    text = 'a,[{\\"' * 10
    assert decode_json(json.dumps({"x": text}).encode(), most=1) == {"x": text}


@pytest.mark.parametrize("tail", [b"\\", b'\\"', b"", b'\\"\\'], ids=repr)
def test_a_text_without_an_end_is_read_in_one_go(tail):
    """From each of its quotes anew it would take for ever."""
    body = b'["' + b'\\"' * 100_000 + b",," + tail
    with pytest.raises(ProtocolError, match="not valid JSON"):
        decode_json(body, most=1)


@pytest.mark.parametrize(("size", "shown"), [(MAX_REFUSAL, "Busy"), (MAX_REFUSAL + 1, "no reason")])
def test_a_long_refusal_in_an_answer_is_left_out(size, shown):
    body = json.dumps({"success": False, "error": "Busy"}).encode().ljust(size)
    with pytest.raises(RefusedError, match=shown):
        decode_trigger(body, scrub=str)


@pytest.mark.parametrize(("length", "cut"), [(200, False), (201, True)])
def test_a_long_name_is_cut_at_two_hundred_characters(length, cut):
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
    decode_execution(json.dumps(body).encode(), asked_id=EXECUTION_ID, scrub=scrub)
    limit = MAX_WORDS if field in {"status", "workflowName"} else MAX_TEXT
    assert longest == limit + REACH


@pytest.mark.parametrize("text", [r'["a\",[{,,"]', r'["\\",1]', r'["[{,","\\\",,"]'])
def test_only_marks_outside_of_texts_count_as_values(text):
    assert decode_json(text.encode(), most=2) == json.loads(text)
    with pytest.raises(ProtocolError, match="over 0 values"):
        decode_json(text.encode(), most=0)
