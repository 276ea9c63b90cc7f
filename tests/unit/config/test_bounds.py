"""Reading the configuration takes linear time.

Executed lines of Python are counted. C code, such as a pattern, cannot be counted: the CPU time of
a text is compared with that of its quarter, so that pauses by other jobs do not count.
"""

import json
import time
from collections.abc import Callable
from functools import partial

import pytest

from genesis_ci.config.config_file import ENTRY
from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.variables import parse_variables
from genesis_ci.document.nodes import Scalar
from tests.builders import WORKFLOW_ID
from tests.counting import calls, steps
from tests.unit.config.configs import entry, parse

HEAD = "version: 1\nworkflows:\n"
SOME = 17_000
"""Characters for which a quadratic pattern takes at least 0.1 s."""
ENOUGH = 0.02
"""Shorter times, in seconds, are not compared."""


def lines(line: str, number: int) -> str:
    return "".join(line.format(f"{one:03}") for one in range(number))


def entries(number: int) -> str:
    return HEAD + lines(f"  - {{{{workflow-id: {WORKFLOW_ID}, name: w{{}}}}}}\n", number)


FILES: dict[str, tuple[int, Callable[[int], str]]] = {
    "entries": (10, entries),
    "unknown keys": (60, lambda number: entry() + lines("    x{}: 1\n", number)),
    "names that are not set": (
        60,
        lambda number: f"{entry()}    inputs:\n" + lines("      a{0}: ${{N{0}}}\n", number),
    ),
    "names that are set": (60, lambda number: f"{entry()}    inputs:\n      a: {'${A}' * number}"),
    "list items": (60, lambda number: f"[{'a,' * number}]"),
    "directives": (60, lambda number: "%a\n" * number),
    "empty lines": (60, lambda number: f"{entry()}    inputs: {{a: '" + "x\n\n" * number),
}
"""Texts with a number of the same parts; more of them are not reported in full."""


@pytest.mark.parametrize("what", FILES)
def test_config_file_is_read_in_linear_steps(what):
    number, text = FILES[what]
    work = [partial(parse, text(times * number), environ={"A": "b"}) for times in (1, 2, 3)]
    work[0]()
    one, two, three = map(steps, work)
    a_step_for_each_pair = number * number
    assert (three - two) - (two - one) < a_step_for_each_pair / 2


PIECES = [
    "a", "x://", "@", "x://@“${A}", "0-", "1", "/api/workflows/", "“", "${", "${A}", "a,", "-", " a"
]  # fmt: skip
ALONE = {"api-key", "secret-inputs"}
"""Tested alone, because searching for secrets takes most of the time."""


def of(piece: str, size: int) -> str:
    return piece * (size // len(piece))


def seconds(work: Callable[[int], object], size: int) -> float:
    """Return the CPU seconds of the work."""
    began = time.thread_time()
    work(size)
    return time.thread_time() - began


def assert_takes_time_in_proportion(read_some: Callable[[int], object], size: int) -> None:
    """Pass if the work is quick, or linear in its size in one of three attempts.

    A quarter takes a quarter of the time, or a sixteenth where the time is quadratic.
    """
    for _ in range(3):
        whole = seconds(read_some, size)
        if whole <= ENOUGH or whole < 8 * seconds(read_some, size // 4):
            return
    raise AssertionError(f"{size} characters take {whole:.2f} s, a quarter less than an eighth")


@pytest.mark.parametrize("piece", PIECES)
def test_inputs_are_parsed_in_linear_time(piece):
    longest = {row.name: min(SOME, row.type.max_length) for row in INPUTS if row.name not in ALONE}

    def read_all(size: int) -> None:
        sizes = {name: most * size // SOME for name, most in longest.items()}
        parse(**{name: of(piece, most) for name, most in sizes.items()})

    assert_takes_time_in_proportion(read_all, SOME)
    assert_takes_time_in_proportion(lambda size: parse(secret_inputs=of(piece, size)), SOME)


@pytest.mark.parametrize("piece", PIECES)
def test_values_of_config_file_are_parsed_in_linear_time(piece):
    """The texts come from the environment, so that parsing the file takes little time."""

    def read_keys(keys: set[str], size: int) -> None:
        texts = {key: '{a: "${A}"}' if key == "inputs" else '"${A}"' for key in keys}
        keys_of_entry = "".join(f"    {key}: {text}\n" for key, text in texts.items())
        parse(f"{HEAD}  -\n{keys_of_entry}", environ={"A": of(piece, size)})

    assert_takes_time_in_proportion(partial(read_keys, {*ENTRY} - ALONE), SOME)
    assert_takes_time_in_proportion(partial(read_keys, {*ENTRY} & ALONE), SOME)
    putting_in = Interpolation({"A": "b"})
    assert_takes_time_in_proportion(
        lambda size: putting_in.fill_in(Scalar(of(piece, size), 1)), SOME
    )


VARIABLES = {
    "one line": lambda size: f"a={'x' * size}",
    "many lines": lambda size: "".join(f"a{number:05}=\n" for number in range(size // 8)),
    "empty lines": lambda size: "\n" * size,
    "a JSON text": lambda size: json.dumps({"a": "x" * size}),
    "JSON pairs": lambda size: "{" + '"":0,' * (size // 5) + '"":0}',
    "JSON objects": lambda size: '{"a":[' + "{}," * (size // 3) + "0]}",
    "a number": lambda size: '{"a":' + "1" * size + "}",
    "nested": lambda size: '{"a":' * (size // 5),
    "no name": lambda size: "=" * size,
}


@pytest.mark.parametrize("what", VARIABLES)
def test_variables_are_parsed_in_linear_time(what):
    size = 60_000
    text = {some: VARIABLES[what](some) for some in (size, size // 4)}
    assert_takes_time_in_proportion(lambda some: parse(inputs=text[some]), size)


def test_shared_variables_are_parsed_once():
    work = partial(parse, entries(5), inputs="a=1")
    assert calls(work)[parse_variables.__code__] == 1
