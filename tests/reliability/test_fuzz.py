"""The fuzz targets, fed by hypothesis: bytes, JSON near a real answer, texts near a real file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import ASKED, KEY, TARGETS
from tests.builders import a_wire_execution

WORDS = st.sampled_from(
    (
        *("pending", "running", "completed", "failed", "review_pending", ASKED, KEY),
        *("2026-03-16T00:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
        *("\ud800", "\ufffe", "]]>", "::error::", "\x1b[2J", "\u202e", "", "a\r\nb"),
    )
)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=True), st.just(10**300), st.just(-1))
SCALARS = st.one_of(WORDS, st.text(max_size=30), NUMBERS, st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
BLOCK_FIELDS = st.sampled_from(("status", "startTime", "endTime", "output", "error", "inputs"))
BLOCKS = st.dictionaries(
    st.one_of(WORDS, st.text(max_size=10)),
    st.one_of(SCALARS, st.dictionaries(BLOCK_FIELDS, VALUES, max_size=6)),
    max_size=5,
)
FIELDS = st.sampled_from(tuple(a_wire_execution()))
YAML = st.lists(
    st.sampled_from(
        (
            *("version: 1\n", "defaults:\n", "workflows:\n", "  - name: a\n", "    inputs:\n"),
            *("      k: ${NAME}\n", "      k: $${\n", "max-parallel: 8\n", "a: b\n", "A=1\n"),
            *("{", "}", "[", "]", "&a ", "*a", "!!int ", "<<: ", "? ", ": ", "|\n", "'", '"'),
            *("%TAG\n", "---\n", "...\n", "\t", "\x00", "#", "\ufeff", "export X=1\n", "{}"),
        )
    ),
    max_size=30,
).map("".join)


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_accepted(name, data):
    TARGETS[name](data)


@pytest.mark.parametrize("name", ["status", "trigger", "error"])
@given(value=VALUES)
def test_any_json_is_accepted(name, value):
    TARGETS[name](as_bytes(value))


@given(changes=st.dictionaries(FIELDS, VALUES, max_size=5), blocks=BLOCKS, word=WORDS)
def test_every_report_shows_an_execution_with_odd_fields(changes, blocks, word):
    state = {"workflowId": word, "blocks": blocks}
    fields = {"state": state, "status": word, **changes, "id": ASKED}
    TARGETS["status"](as_bytes(a_wire_execution(**fields)))


@given(
    words=st.lists(SCALARS, min_size=3, max_size=3),
    names=st.permutations(["success", "executionId", "error"]),
)
def test_a_trigger_answer_with_odd_fields_is_accepted(words, names):
    TARGETS["trigger"](as_bytes(dict(zip(names, words, strict=True))))


@pytest.mark.parametrize("name", ["variables", "suite"])
@given(text=YAML)
def test_any_text_of_a_user_is_accepted(name, text):
    TARGETS[name](text.encode("utf-8", "replace"))
