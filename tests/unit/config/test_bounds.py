"""Whatever size a text has, reading the configuration takes time in proportion to it at most.

Measured is the processor's time of a text and of its half: pauses by other jobs do not count."""

import json
import time
from collections.abc import Callable
from functools import partial

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.suite import BOUNDS, ENTRY_KEYS
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID
from tests.fakes import files
from tests.hostile import naming

HEAD = "version: 1\nworkflows:\n"
ENTRY = f"{HEAD}  - name: smoke\n    workflow-id: {WORKFLOW_ID}\n"
PIECES = ["a", "x://", "@", "0-", "1", "/api/workflows/", "“", "${", "${A}", "a,", "-", " a"]
ONE_MEGABYTE = 1_000_000
SOME = 17_000
"""Characters that a pattern of quadratic time takes a tenth of a second for, at the least."""
MANY = 100_000
ENOUGH = 0.02
"""Seconds below which a ratio means nothing."""


def read(*, config: str | None = None, **texts: str) -> None:
    named = {"api-key": "gk_0123456789abcdef", **texts}
    parse_settings(
        {name: Given(text, name) for name, text in named.items()},
        verb=Verb.RUN,
        read_file=files({} if config is None else {".genesis-ci.yml": config}),
        environ={"A": "b"},
    )


def seconds(work: Callable[[], None]) -> float:
    """The processor's seconds, which other jobs disturb little."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def assert_grows_in_proportion(read_some: Callable[[int], None], size: int) -> None:
    """Quick is good enough; what is not quick has to be slow by its size alone, once in three."""
    for _ in range(3):
        whole = seconds(lambda: read_some(size))
        if whole <= ENOUGH or whole < 3.5 * seconds(lambda: read_some(size // 2)):
            return
    raise AssertionError(f"{size} characters take {whole:.2f} s, half of them less than a third")


def read_input(name: str, text: str) -> None:
    read(**{"workflow-id": WORKFLOW_ID, name: text})


@pytest.mark.parametrize("name", [row.name for row in INPUTS])
def test_each_input_takes_time_in_proportion_to_its_text(name):
    for piece in PIECES:
        with naming(piece):
            assert_grows_in_proportion(partial(read_pieces, name, piece), SOME)


def read_pieces(name: str, piece: str, size: int) -> None:
    read_input(name, piece * (size // len(piece)))


@pytest.mark.parametrize("name", [row.name for row in INPUTS])
def test_each_input_is_read_in_a_moment_at_a_length_that_hides_no_slow_pattern(name):
    text = "x://@“${A}" * (MANY // 10)
    assert seconds(lambda: read_input(name, text)) < 1


@pytest.mark.parametrize("key", sorted(ENTRY_KEYS))
def test_each_key_of_the_config_file_takes_time_in_proportion_to_its_text(key):
    for piece in PIECES:
        with naming(piece):
            assert_grows_in_proportion(partial(read_entry, key, piece), SOME)


def read_entry(key: str, piece: str, size: int) -> None:
    text = piece * (size // len(piece))
    value = f'{{a: "{text}"}}' if key == "inputs" else f'"{text}"'
    read(config=f"{HEAD}  - {key}: {value}\n")


KEYS = "".join(f"    max-wait-tim{number}: 1\n" for number in range(11_000))
REFERENCES = "".join(f"      a{number}: ${{N{number}}}\n" for number in range(11_000))
WHOLE_FILES = {
    "unknown keys": f"{ENTRY}{KEYS}",
    "undefined names": f"{ENTRY}    inputs:\n{REFERENCES}",
    "a long key": f"{ENTRY}    {'x' * 900}: 1\n",
    "lists in lists": "[" * ONE_MEGABYTE,
    "list items": f"[{'a,' * 200_000}]",
    "directives": "%a\n" * 170_000,
    "empty lines": f"{ENTRY}    inputs: {{a: '" + "x\n\n" * 170_000,
}


@pytest.mark.parametrize("what", WHOLE_FILES)
def test_a_large_config_file_takes_time_in_proportion_to_its_size(what):
    text = WHOLE_FILES[what]
    assert_grows_in_proportion(lambda size: read(config=text[:size]), BOUNDS.size // 8)


INPUTS_OF_TWENTY_MEGABYTES = {
    "one line": lambda size: f"a={'x' * size}",
    "many lines": lambda size: "a=1\n" * (size // 4),
    "empty lines": lambda size: "\n" * size,
    "a JSON text": lambda size: json.dumps({"a": "x" * size}),
    "JSON pairs": lambda size: "{" + '"":0,' * (size // 5) + '"":0}',
    "JSON objects": lambda size: '{"a":[' + "{}," * (size // 3) + "0]}",
    "a number": lambda size: '{"a":' + "1" * size + "}",
    "nested": lambda size: '{"a":' * (size // 5),
    "no name": lambda size: "=" * size,
}


@pytest.mark.parametrize("what", INPUTS_OF_TWENTY_MEGABYTES)
def test_inputs_of_the_greatest_size_take_time_in_proportion(what):
    make = INPUTS_OF_TWENTY_MEGABYTES[what]
    text = {size: make(size) for size in (200_000, 100_000)}
    assert_grows_in_proportion(
        lambda size: read(**{"workflow-id": WORKFLOW_ID, "inputs": text[size]}), 200_000
    )


def test_variables_that_all_workflows_share_are_read_once():
    def read_some(number: int) -> None:
        entries = "".join(
            f"  - {{name: w{one}, workflow-id: {WORKFLOW_ID}}}\n" for one in range(number)
        )
        read(config=HEAD + entries, inputs=f"a={'x' * 500_000}")

    assert seconds(lambda: read_some(20)) < 5 * seconds(lambda: read_some(1))


@pytest.mark.parametrize("text", ["1" * 200_000, "0" * 200_000 + "1", "8d", "169h", "999999s"])
def test_a_wait_over_seven_days_is_refused(text):
    given = {"api-key": Given("gk_0123456789abcdef", "x"), "max-wait-time": Given(text, "x")}
    parsed = parse_settings(given, verb=Verb.CHECK, read_file=files({}))
    assert parsed.problems[0].words.startswith("max-wait-time (from x): ")
