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
from genesis_ci.api.refusals import refusal_for
from genesis_ci.errors import GenesisCiError, ProtocolError, RefusedError
from genesis_ci.execution.timing import next_poll
from genesis_ci.http.transport import MAX_ERROR_BODY
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.policy import Policy
from genesis_ci.models.refusal import Refusal
from genesis_ci.models.report import Verdict, WorkflowReport
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters import last_lines, outputs
from genesis_ci.reporters.log import progress_line
from genesis_ci.strict_json import MAX_VALUES
from genesis_ci.text import MAX_TEXT, REACH, is_safe_id
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_wire_execution, after
from tests.hostile import each_string
from tests.unit.reporters.reports import outcome_of, report


def read(body, *, scrub=str, before=None) -> Execution:
    return decode_execution(
        json.dumps(body).encode(), execution_id=EXECUTION_ID, scrub=scrub, before=before
    )


def decoded(**fields) -> Execution:
    return read(a_wire_execution(**fields))


def hiding(secret: str):
    return lambda text: text.replace(secret, "***")


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
        state_id=EXECUTION_ID,
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


def test_unusual_names_of_blocks_are_kept_and_cut():
    blocks = {"": {"error": {"code": 7}}, "k" * 100: {}, "l" * 101: {}}
    unnamed, longest, cut = decoded(state={"blocks": blocks}).blocks
    assert (unnamed.key, unnamed.status, unnamed.status_word) == ("(unnamed)", None, "unknown")
    assert unnamed.error == '{"code": 7}'
    assert longest.key == "k" * 100
    assert cut.key == f"{'l' * 100}… [1 more characters cut]"


@pytest.mark.parametrize("none", [None, "", " \n", {}, [], False])
def test_an_error_without_content_is_none(none):
    found = decoded(error=none, state={"blocks": {"a": {"error": none}}})
    assert (found.error, found.blocks[0].error) == (None, None)


@pytest.mark.parametrize("error", [0, True, "no", [None], {"message": ""}])
def test_any_other_error_is_one(error):
    found = decoded(error=error, state={"blocks": {"a": {"error": error}}})
    assert found.error
    assert found.error == found.blocks[0].error


@pytest.mark.parametrize("name", ["workflowId", "executionId"])
def test_an_id_of_the_state_is_compared_with_the_first_answer(name):
    """The guide does not say which other id it is equal to."""
    first = decoded(state={name: "Own-Id-1"})
    with pytest.raises(ProtocolError, match="another run than the first one"):
        read(a_wire_execution(state={name: "own-id-2"}), before=first)
    unnamed = read(a_wire_execution(state={}), before=first)
    with pytest.raises(ProtocolError, match="another run than the first one"):
        read(a_wire_execution(state={name: "own-id-2"}), before=unnamed)
    assert read(a_wire_execution(state={name: "ownid1"}), before=unnamed)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("blockCount", 0, {"block_count": 0}),
        ("blockCount", 1_000_000_000, {"block_count": 1_000_000_000}),
        ("blockCount", 1_000_000_001, {"block_count": None}),
        ("blockCount", "5", {"block_count": None}),
        ("blockCount", True, {"block_count": None}),
        ("completedBlocks", -1, {"completed_blocks": None}),
        ("startedAt", "2026-03-16T00:00:01", {"started_at": after(1)}),
        ("startedAt", "2026-03-16T09:00:01+09:00", {"started_at": after(1)}),
        ("startedAt", "0001-01-01T00:00:00+09:00", {"started_at": None}),
        ("startedAt", "9999-12-31T23:59:59-09:00", {"started_at": None}),
        ("startedAt", "yesterday", {"started_at": None}),
        ("workflowName", 7, {"workflow_name": None}),
        ("workflowName", "x" * 200, {"workflow_name": "x" * 200}),
        ("workflowName", "x" * 201, {"workflow_name": "x" * 200 + "… [1 more characters cut]"}),
        ("cancelReason", ["x"], {"cancel_reason": None}),
        ("status", "on\nhold", {"status": None, "status_word": "on hold"}),
        ("status", "w" * 65, {"status_word": "w" * 64 + "… [1 more characters cut]"}),
        ("state", None, {"blocks": ()}),
    ],
)
def test_a_shown_field_is_read_or_dropped(field, value, shown):
    execution = decoded(**{field: value})
    assert {name: getattr(execution, name) for name in shown} == shown


@pytest.mark.parametrize(
    ("state", "key"),
    [
        ({"blocks": "done"}, "blocks"),
        ({"blocks": {"block-1": ["done"]}}, "block-1"),
        ({"blocks": [False]}, "#1"),
        ("done", "blocks"),
    ],
)
def test_a_block_of_another_type_is_kept_as_unreadable(state, key):
    [block] = decoded(state=state).blocks
    assert (block.key, block.status, block.status_word) == (key, None, "unreadable")
    assert not block.readable


def test_blocks_may_be_a_list_and_a_block_null():
    blocks = [{"key": "a", "id": "b"}, {"id": "b", "name": "c"}, {"key": "", "name": "c"}, {}, None]
    found = decoded(state={"blocks": blocks}).blocks
    assert [block.key for block in found] == ["a", "b", "c", "#4", "#5"]
    assert all(block.readable and block.raw is None for block in found)
    assert decoded(state={"blocks": []}).blocks == ()


def test_a_block_that_is_a_text_has_that_output():
    [one, other] = decoded(state={"blocks": {"a": "done\r\n", "b": ""}}).blocks
    assert (one.output, one.raw, one.status_word) == ("done\n", "done\r\n", "unknown")
    assert (other.output, other.raw, other.readable) == (None, "", True)


def test_an_answer_with_too_many_blocks_is_rejected():
    blocks = dict.fromkeys(map(str, range(MAX_BLOCKS)), "no block")
    assert len(decoded(state={"blocks": blocks}).blocks) == MAX_BLOCKS
    with pytest.raises(ProtocolError, match="more than 20000 blocks"):
        decoded(state={"blocks": {**blocks, "one more": "no block"}})


def test_secrets_are_hidden_in_every_text_of_an_answer():
    blocks = {"hush": {"status": "hush", "output": {"hush": "hush"}, "error": "hush"}}
    body = a_wire_execution(
        status="hush", workflowName="hush", cancelReason="hush", error="hush",
        state={"workflowId": "hush", "blocks": blocks},
    )  # fmt: skip
    assert "hush" not in repr(read(body, scrub=hiding("hush")))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "Invalid API key"}', "Invalid API key"),
        (b'{"error": {"message": "deep"}}', "deep"),
        (b'{"error": " ", "message": "second"}', "second"),
        (b'"just text"', "just text"),
        (b"plain\nwords", "plain words"),
        (b"plain\nwords \xff", ""),
        (b"[half", ""),
        (b"w\x00o\x00r\x00d\x00s\x00", ""),
        (b'{"error": "w\\u0000o\\u0000r\\u0000d"}', ""),
        ("words".encode("utf-16-be"), ""),
        (b'{"error": "half of it', ""),
        (b"  <html>no</html>", ""),
        (b"[1]", ""),
        (b'"half', ""),
        (b'[[[["too deep"]]]]', ""),
        (b'[[["deep"]]]', "deep"),
        (b'["a", "b", "c", "d", "e", "f"]', "a: b: c: d: e"),
        (b'{"error": "Not Found", "message": "Execution not found"}', "Execution not found"),
        (b'{"error": "Unauthorized", "message": "Token expired"}', "Unauthorized: Token expired"),
        (b'{"errors": [{"detail": "Usage limit reached"}]}', "Usage limit reached"),
        (b"\xef\xbb\xbf<error>ak_k3y_of_so", ""),
        (b'{"errors": {"errors": {"errors": {"errors": "too deep"}}}}', ""),
    ],
    ids=str,
)
def test_the_message_of_an_error_is_found_in_every_form(body, words):
    assert decode_error_message(body, scrub=str) == words


@pytest.mark.parametrize(
    ("filler", "words"), [(10, "bad key ***"), (1_990, "bad key ***"), (60_000, "bad key")]
)
def test_the_message_of_an_error_is_scrubbed_before_it_is_cut(filler, words):
    body = b"bad key" + b" " * filler + b"ak_k3y_of_some_length"
    assert decode_error_message(body, scrub=hiding("ak_k3y_of_some_length")) == words


@pytest.mark.parametrize("execution_id", ["run-7", EXECUTION_ID])
def test_a_uuid_may_contain_a_few_characters_of_a_secret(execution_id):
    body = json.dumps({"success": True, "executionId": execution_id}).encode()
    assert decode_trigger(body, scrub=hiding(EXECUTION_ID[:11])) == execution_id


@pytest.mark.parametrize(
    ("answer", "secret"),
    [
        *[(answer, "x") for answer in ([], {})],
        *[({"executionId": value}, "x") for value in (None, "", "..", "a/b", "a" * 129, 5)],
        ({"executionId": "run-7"}, "7"),
        ({"executionId": EXECUTION_ID}, EXECUTION_ID[:12]),
    ],
    ids=str,
)
def test_an_answer_without_a_usable_execution_id_is_rejected(answer, secret):
    with pytest.raises(ProtocolError, match="no usable executionId"):
        decode_trigger(json.dumps(answer).encode(), scrub=hiding(secret))


@pytest.mark.parametrize(
    ("length", "words", "hint"),
    [
        (MAX_ERROR_BODY, "Usage limit reached", Refusal.USAGE_LIMIT.remedy),
        (MAX_ERROR_BODY + 1, "no reason given", "Check the configuration against the API guide."),
    ],
)
def test_success_false_is_a_refusal_with_its_message(length, words, hint):
    body = b'{"success": false, "error": "Usage limit reached", "executionId": "x"}'
    with pytest.raises(RefusedError) as refused:
        decode_trigger(body.ljust(length), scrub=str)
    assert refused.value.message == f"Genesis refused (200): {words}."
    assert (refused.value.status, refused.value.hint) == (200, hint)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": None}, "has no status"),
        ({"status": 1}, "has no status"),
        ({"status": " "}, "has no status"),
        ({"status": " completed"}, "status has extra characters"),
        ({"status": "completed\n"}, "status has extra characters"),
        ({"id": "another"}, "not about the requested execution"),
        ({"id": 7}, "not about the requested execution"),
        ({"id": None}, "not about the requested execution"),
        ({"status": "completed", "state": {"status": "failed"}}, "contradicts itself"),
    ],
    ids=str,
)
def test_an_answer_without_a_clear_verdict_is_rejected(fields, words):
    with pytest.raises(ProtocolError, match=words):
        decoded(**fields)


@pytest.mark.parametrize(
    ("status", "inner"),
    [("completed", None), ("completed", 7), ("completed", "success"), ("failed", "completed")],
)
def test_only_a_word_of_the_guide_in_the_state_contradicts_completed(status, inner):
    assert decoded(status=status, state={"status": inner}).status is Status(status)


def test_secrets_in_a_json_output_are_hidden_and_it_stays_json():
    key = "gk_live_7f3e9d2c1b0a5"
    wrapped = "\n".join(re.findall(".{1,9}", base64.b64encode(key.encode()).decode()))
    output = {"log": f"before {wrapped} after", key: ["x", {"deep": key}], "n": 7}
    body = a_wire_execution(state={"blocks": {"block-1": {"output": output}}})
    [block] = read(body, scrub=Scrubber([Secret(key)])).blocks
    hidden = {"log": "before *** after", "***": ["x", {"deep": "***"}], "n": 7}
    assert json.loads(block.output or "") == hidden


def test_keys_that_are_secrets_stay_apart():
    first, second = 'pa"ss\\word-1', "token-2"
    output = [{json.dumps(first): 1, second: 2, "n": 3}]
    body = a_wire_execution(state={"blocks": {"block-1": {"output": output}}})
    [block] = read(body, scrub=Scrubber(map(Secret, (first, second)))).blocks
    assert json.loads(block.output or "") == [{'"***"': 1, "***": 2, "n": 3}]
    output = [{first: 1, second: 2}]
    body = a_wire_execution(state={"blocks": {"block-1": {"output": output}}})
    [block] = read(body, scrub=Scrubber(map(Secret, (first, second)))).blocks
    assert json.loads(block.output or "") == [{"***": 1, "*** (2)": 2}]


def test_only_blocks_that_changed_are_scrubbed_again():
    scrubbed = []

    def scrub(text: str) -> str:
        scrubbed.append(text)
        return text.replace("hush", "***")

    hush = {"output": "hush 1"}
    old = {"same": hush, "twin": hush, "text": {"output": "one"}, "value": {"output": [1]}}
    new = {**old, "text": {"output": "two"}, "value": {"output": [True]}}
    before = read(a_wire_execution(state={"blocks": old}), scrub=scrub)
    scrubbed.clear()
    now = read(a_wire_execution(state={"blocks": new}), scrub=scrub, before=before)
    assert [block.key for block in now.blocks] == [*new]
    assert [block.output for block in now.blocks] == ["*** 1", "*** 1", "two", "[true]"]
    assert not {*new, "hush 1"} & {*scrubbed} - {"text", "value"}


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
    def check(text):
        block = {"status": text or "s", "output": text, "error": text}
        state = {"blocks": {text or "k": block}}
        found = decoded(workflowName=text, cancelReason=text, error=text, state=state)
        [shown] = found.blocks
        words = [found.workflow_name, found.cancel_reason, found.error, shown.key, shown.output]
        for word in filter(None, [*words, shown.error, shown.status_word]):
            assert not [c for c in word if c < " " and c not in "\t\n"]
            word.encode("utf-8")

    each_string(check)


def test_variables_are_encoded_as_compact_json_in_utf_8():
    assert encode_variables({"name": "é", "on": "1"}) == '{"name":"é","on":"1"}'.encode()


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
        execution = read(body, scrub=SCRUB)
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
    texts += outputs.by_name(report(workflow), report_dir="out", output_block=None).values()
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


def test_no_field_is_searched_for_secrets_beyond_its_limit():
    lengths = set()

    def scrub(text: str) -> str:
        lengths.add(len(text))
        return text

    text = "a b " * MAX_TEXT
    blocks = {"text": {"output": text}, "value": {"output": [text]}}
    read(a_wire_execution(status=text, workflowName=text, state={"blocks": blocks}), scrub=scrub)
    longest = {length for length in lengths if length > MAX_TEXT}
    assert longest == {MAX_WORDS + REACH, MAX_TEXT + REACH}
