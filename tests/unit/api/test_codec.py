"""JSON of the wire, read strictly where a verdict stands on it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.api.codec import decode_execution, decode_trigger, encode_variables
from genesis_ci.domain import Execution, Status
from genesis_ci.errors import GenesisCiError, ProtocolError
from tests.builders import EXECUTION_ID, a_wire_execution

CORPUS = json.loads((Path(__file__).parents[2] / "corpus/strings.json").read_text())


def decoded(**fields) -> Execution:
    body = json.dumps(a_wire_execution(**fields)).encode()
    return decode_execution(body, asked_id=EXECUTION_ID, scrub=str)


@pytest.mark.parametrize(
    "fields",
    [{"status": None}, {"status": 1}, {"status": " "}, {"id": "another"}, {"id": 7}],
    ids=str,
)
def test_an_answer_that_no_verdict_can_stand_on_is_refused(fields):
    with pytest.raises(ProtocolError):
        decoded(**fields)


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
    assert (block.output, block.output_is_json) == (text, is_json)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["kind"])
def test_hostile_text_arrives_harmless_everywhere(case):
    text = case["text"]
    blocks = {text or "k": {"status": text or "s", "output": text, "error": text}}
    execution = decoded(workflowName=text, cancelReason=text, error=text, state={"blocks": blocks})
    words = [execution.workflow_name, execution.cancel_reason, execution.error]
    words += [word for b in execution.blocks for word in (b.key, b.output, b.error, b.status_word)]
    shown = "".join(word or "" for word in words)
    assert not [c for c in shown if c < " " and c not in "\t\n"]
    shown.encode("utf-8")


@pytest.mark.parametrize("told", [None, "", "..", "a/b", "a" * 129, 5])
def test_a_trigger_without_a_usable_id_is_odd(told):
    with pytest.raises(ProtocolError):
        decode_trigger(json.dumps({"success": True, "executionId": told}).encode(), scrub=str)


@given(st.dictionaries(st.text(), st.text()))
def test_variables_arrive_as_they_were(variables):
    assert json.loads(encode_variables(variables)) == variables


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_execution_or_an_error_of_ours(body):
    try:
        decode_execution(body, asked_id=EXECUTION_ID, scrub=str)
    except GenesisCiError as error:
        assert error.message


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
FIELDS = ["id", "status", "workflowName", "blockCount", "startedAt", "error", "state"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_a_field_holds_is_read_or_refused(fields):
    try:
        decoded(**fields)
    except GenesisCiError as error:
        assert error.message
