"""The types of the inputs: the values that each accepts and refuses."""

from typing import Any

import pytest

from genesis_ci.config import input_types as types
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given
from genesis_ci.document.keys import InputType
from genesis_ci.document.nodes import Node, ReportedError, Scalar, YamlSequence
from genesis_ci.features.review_status import STATUS_NAME
from genesis_ci.models.policy import Concurrency
from tests.fakes import files


def read(
    kind: InputType[Any], *texts: str, in_file: bool = False, **others: str
) -> tuple[Any, list[str]]:
    """Return the value of an input x and its problems; `others` are other inputs.

    It has several texts if the flag is repeated.
    """
    scalars = tuple(map(Scalar, texts))
    tree = scalars[0] if len(scalars) == 1 else YamlSequence(scalars, line=2 if in_file else 0)
    place = "a.yml" if in_file else "--x"
    node = Node(name="x", tree=tree, place=place, problems=[], in_file=in_file)
    given = {name.replace("_", "-"): Given(text, name) for name, text in others.items()}
    try:
        return kind.read(node, Reader(given, read_file=files({}))), []
    except ReportedError:
        return None, [f"{one.subject}: {''.join(one.words)}" for one in node.problems]


def problem_with(kind: InputType[Any], *texts: str, **values: Any) -> str:
    _, [problem] = read(kind, *texts, **values)
    return problem


VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
IDS = [f"run-{n}" for n in range(types.MOST_IDS)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (types.DURATION, "1", 1.0),
        (types.DURATION, "1.5", 1.5),
        (types.DURATION, "90s", 90.0),
        (types.DURATION, " 10m\n", 600.0),
        (types.DURATION, "1H 30M 5S", 5405.0),
        (types.DURATION, "168h", 604_800.0),
        (types.DURATION, "6d24h", 604_800.0),
        (types.POLL_INTERVAL, "AUTO", None),
        (types.POLL_INTERVAL, "2s", 2.0),
        (types.BOOLEAN, "true", True),
        (types.BOOLEAN, "FALSE", False),
        (types.CONCURRENCY, "PARALLEL", Concurrency.PARALLEL),
        (types.REVIEW_TIME, "0", 0.0),
        (types.REVIEW_TIME, "0h 0s", 0.0),
        (types.REVIEW_TIME, "2h", 7200.0),
        (types.ATTEMPTS, "1", 1),
        (types.ATTEMPTS, "5", 5),
        (types.PARALLEL_RUNS, "1", 1),
        (types.PARALLEL_RUNS, "1000", 1000),
        (types.API_KEY, VISIBLE, VISIBLE),
        (types.TOKEN, " ghs_1\n", "ghs_1"),
        (types.FILE, " a b ", "a b"),
        (types.ENTRY_NAME, "a" * 100, "a" * 100),
        (STATUS_NAME, "a" * 100, "a" * 100),
        (types.EXECUTION_IDS, "b,a \n c", ("b", "a", "c")),
        (types.EXECUTION_IDS, " ".join(IDS), tuple(IDS)),
        (types.NAMES_OF_INPUTS, "a" * 100, ("a" * 100,)),
        (types.EXPOSED, "A_1 B_*", ("A_1", "B_*")),
        (types.ENTRIES, " a  b,c\r\n\na b\u00a0, 速い", ("a b", "c", "速い")),
        (types.DIRECTORY, "out/", "out"),
        (types.DIRECTORY, "./a/b", "a/b"),
        (types.DIRECTORY, ".github/reports", ".github/reports"),
        (types.DIRECTORY, "a/workflows", "a/workflows"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_value_is_read(kind, text, value):
    assert read(kind, text) == (value, [])


NO_DURATIONS = ["7w", "١", "", "m", "1h1d", "123456789", "1.2345", "-1", "1e3", "0" * 200 + "1"]
ELSEWHERE = "leads out of the workspace"
NO_PLACE = "is not a place for reports"
NO_RANGE = "is not a number in this range. Write a number from 1 to "


@pytest.mark.parametrize(
    ("kind", "words", "texts"),
    [
        (types.DURATION, "is not between 1 second and 7 days", ["604801", "0.999", "0", "169h"]),
        (types.DURATION, "is not a duration", NO_DURATIONS),
        (types.POLL_INTERVAL, "is neither auto nor a number of seconds", ["soon"]),
        (types.POLL_INTERVAL, "is not between 1 second and 7 days", ["0"]),
        (types.BOOLEAN, "is neither true nor false. Write true or", ["yes"]),
        (types.BOOLEAN, "is neither true nor false; did you mean true? Write", ["ture"]),
        (types.BOOLEAN, "is neither true nor false; did you mean false? Write", ["flase"]),
        (types.ON_MISSING_KEY, "is not one of the choices. Write fail or", ["ok"]),
        (types.ON_MISSING_KEY, "is not one of the choices; did you mean fail? Write", ["FIAL"]),
        (
            types.PARALLEL_RUNS,
            NO_RANGE,
            ["0", "1001", "-1", "1.5", "", "1e1", "00001", "½", "08", "1_0", "+1", "８"],
        ),
        (types.ATTEMPTS, NO_RANGE, ["0", "6", "-1", "1.0", "01", "１", "1_0", "+1"]),
        (types.EXECUTION_IDS, "is not an execution id", [".."]),
        (
            types.EXPOSED,
            "is neither a variable nor a pattern",
            ["1A", "A?", "a/b", "a.b", "A[B]"],
        ),
        (types.EXPOSED, "would match every variable", ["*", "**", "_*"]),
        (types.NAMES_OF_INPUTS, "is too long: a name has at most 100 characters", ["a" * 101]),
        (types.DIRECTORY, "is an absolute path. Write a relative path inside the", ["/out"]),
        (types.DIRECTORY, ELSEWHERE, ["a/../b", "a\\b", "a\nb"]),
        (types.DIRECTORY, NO_PLACE, [".", "", "a/.GIT/b", "a/.GitHub/Workflows"]),
    ],
)
def test_malformed_value_is_refused(kind, words, texts):
    for text in texts:
        assert f"x: “{text}” {words}" in problem_with(kind, text)


def test_names_of_repeated_flags_add_up_to_a_thousand():
    many = [f"n{n}" for n in range(types.MOST_NAMES)]
    assert read(types.NAMES_OF_INPUTS, "n0 n1", *many) == (tuple(many), [])
    words = "x: it lists 1001 names; name at most 1000."
    assert problem_with(types.NAMES_OF_INPUTS, *many, "more") == words


@pytest.mark.parametrize("texts", [["a-b a-b"], ["a-b,\nAB"], ["a-b", "x", "ab"]])
def test_a_run_is_named_once_in_any_spelling(texts):
    words = "x: “a-b” is named twice; name each run once."
    assert problem_with(types.EXECUTION_IDS, *texts) == words


def test_execution_ids_have_a_limit():
    problem = problem_with(types.EXECUTION_IDS, " ".join([*IDS, "x"]))
    assert problem.endswith("attaches to at most 500; run several jobs.")


def test_environment_variable_has_at_most_a_hundred_characters():
    assert types.is_variable("a" * 100)
    assert not types.is_variable("a" * 101)
