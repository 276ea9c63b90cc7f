"""The types of the inputs: the values that each accepts and refuses."""

from typing import Any, Never

import pytest

from genesis_ci.config import input_types as types
from genesis_ci.config.input_types import InputType
from genesis_ci.config.nodes import Listing, Node, ReportedError, Text
from genesis_ci.models import OnState
from tests.builders import WORKFLOW_ID


class FakeJob:
    """A job with these values of other inputs."""

    def __init__(self, **values: str) -> None:
        self._values = {name.replace("_", "-"): value for name, value in values.items()}

    def known(self, name: str) -> str | None:
        return self._values.get(name)

    def variables_in(self, path: str) -> Never:
        raise AssertionError(path)


NO_JOB = FakeJob()


def a_node(*texts: str, **fields: Any) -> Node:
    """Return the node of an input x; it has several texts if the flag is repeated."""
    scalars = tuple(Text(text, line=0) for text in texts)
    tree = scalars[0] if len(scalars) == 1 else Listing(scalars, line=0)
    return Node(**{"name": "x", "tree": tree, "place": "--x", "problems": [], **fields})


def value_of(kind: InputType[Any], *texts: str, job: FakeJob = NO_JOB) -> Any:
    node = a_node(*texts)
    value = kind.read(node, job)
    assert node.problems == []
    return value


def problem_with(kind: InputType[Any], *texts: str, job: FakeJob = NO_JOB, **fields: Any) -> str:
    node = a_node(*texts, **fields)
    with pytest.raises(ReportedError):
        kind.read(node, job)
    [problem] = node.problems
    return problem.words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1.0), ("90", 90.0), ("1.5", 1.5), ("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0),
        ("1H 30M 5S", 5405.0), ("168h", 604_800.0), ("604800", 604_800.0),
    ],
)  # fmt: skip
def test_duration_is_read_in_seconds(text, seconds):
    assert value_of(types.DURATION, text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "7d", "604801", "0.999", "0", "", "m", "5m1h", "123456789", "1.2345", "-1", "1e3", "169h",
        "999999s", "0" * 200 + "1",
    ],
)  # fmt: skip
def test_duration_outside_its_limits_is_refused(text):
    assert f"x: “{text.strip()}” is not " in problem_with(types.DURATION, text)


def test_poll_interval_is_auto_or_a_duration():
    assert value_of(types.POLL_INTERVAL, "auto") is value_of(types.POLL_INTERVAL, "AUTO") is None
    assert value_of(types.POLL_INTERVAL, "5") == 5.0
    assert value_of(types.POLL_INTERVAL, "2s") == 2.0
    words = "“soon” is neither auto nor a number of seconds"
    assert words in problem_with(types.POLL_INTERVAL, "soon")
    words = "“0” is not between 1 second and 7 days"
    assert words in problem_with(types.POLL_INTERVAL, "0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gk_1\n", "a line break at position 5 of 5"),
        ("gk_1\r\n", "a line break at position 5 of 6"),
        (" gk_1", "a space at position 1 of 5"),
        ("gk\x7f_1", "a character that no key has at position 3 of 5"),
        ("gké_1", "a character that no key has at position 3 of 5"),
        ("!~ gk", "a space at position 3 of 5"),
        ("", "it has nothing but white space; set the secret again"),
    ],
)
def test_malformed_key_is_reported_by_position(text, words):
    problem = problem_with(types.API_KEY, text)
    assert words in problem
    assert "gk" not in problem


def test_key_is_visible_ascii():
    whole = "".join(map(chr, range(0x21, 0x7F)))
    assert value_of(types.API_KEY, whole) == whole
    assert types.is_key(whole)
    assert not types.is_key("a b")


def test_execution_ids_are_unique_and_at_most_500():
    assert value_of(types.EXECUTION_IDS, "b,a b\n a") == ("b", "a")
    ids = [f"run-{n}" for n in range(types.MOST_IDS)]
    assert value_of(types.EXECUTION_IDS, " ".join(ids)) == tuple(ids)
    for text, words in {
        " ".join([*ids, "one-more"]): "it names 501 ids, and one job attaches to at most 500",
        " , ": "it names no id",
        "a ..": "“..” is not an execution id",
    }.items():
        assert words in problem_with(types.EXECUTION_IDS, text)


def test_names_are_unique_short_and_at_most_a_thousand():
    assert value_of(types.NAMES_OF_INPUTS, "b a", "a,c") == ("b", "a", "c")
    many = [f"n{n}" for n in range(types.MOST_NAMES)]
    assert value_of(types.NAMES_OF_INPUTS, *many) == tuple(many)
    words = "it lists 1001 names, and at most 1000 are read"
    assert words in problem_with(types.NAMES_OF_INPUTS, *many, "more")
    assert value_of(types.NAMES_OF_INPUTS, "a" * 100) == ("a" * 100,)
    words = "is too long: a name has at most 100 characters, and"
    assert words in problem_with(types.NAMES_OF_INPUTS, "a" * 101)


def test_environment_variable_has_a_portable_name():
    assert value_of(types.NAMES_OF_VARIABLES, "A_1 _b") == ("A_1", "_b")
    assert types.is_variable("a" * 100)
    assert not types.is_variable("a" * 101)
    words = "“1A” is not the name of an environment variable"
    assert words in problem_with(types.NAMES_OF_VARIABLES, "A", "1A")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("out/", "out"),
        ("./a/b", "a/b"),
        (".github/reports", ".github/reports"),
        ("a/workflows", "a/workflows"),
    ],
)
def test_report_directory_is_inside_the_workspace(text, path):
    assert value_of(types.DIRECTORY, text) == path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".", "is not a place for reports"),
        ("", "is not a place for reports"),
        ("/out", "leads out of the workspace"),
        ("a/../b", "leads out of the workspace"),
        ("a\\b", "leads out of the workspace"),
        ("a\nb", "leads out of the workspace"),
        ("a/.GIT/b", "is not a place for reports"),
        ("a/.GitHub/Workflows", "is not a place for reports"),
    ],
)
def test_report_directory_elsewhere_is_refused(text, words):
    assert words in problem_with(types.DIRECTORY, text)


def test_boolean_is_true_or_false_in_any_case():
    assert value_of(types.BOOLEAN, "true") is True
    assert value_of(types.BOOLEAN, "FALSE") is False
    assert "“yes” is neither true nor false" in problem_with(types.BOOLEAN, "yes")


def test_choice_is_one_of_its_words_in_any_case():
    assert value_of(types.ON_STATE, "PASS") is OnState.PASS
    assert "“ok” is not one of the choices" in problem_with(types.ON_STATE, "ok")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (types.NAME, "it has 101 characters."),
        (types.STATUS_NAME, "it is not a name for a status."),
    ],
    ids=["entry", "status"],
)
def test_name_has_at_most_a_hundred_characters(kind, words):
    assert value_of(kind, "a" * 100) == "a" * 100
    problem = problem_with(kind, "a" * 101)
    assert problem == f"x: {words} Write a name of at most 100 characters."


@pytest.mark.parametrize(("kind", "most"), [(types.ATTEMPTS, 5), (types.COUNT, 1000)])
def test_number_within_its_limits_is_accepted(kind, most):
    assert [value_of(kind, text) for text in ("1", str(most))] == [1, most]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((types.COUNT, text) for text in ("0", "1001", "-1", "1.5", "", "1e1", "00001")),
        *((types.ATTEMPTS, text) for text in ("0", "6", "-1", "1.0", "01", "１")),
    ],
)
def test_number_outside_its_limits_is_refused(kind, text):
    words = f"x: “{text}” is not a number in this range. Write a number from 1 to "
    assert problem_with(kind, text).startswith(words)


def test_white_space_around_value_is_ignored():
    assert value_of(types.DURATION, " 10m\n") == 600
    assert value_of(types.FILE, " a b ") == "a b"
    assert value_of(types.TOKEN, " ghs_1\n") == "ghs_1"


def test_http_server_is_only_the_allowed_host():
    url = "http://genesis.internal"
    assert value_of(types.API_URL, url, job=FakeJob(allow_http="genesis.internal")) == url
    assert "in the clear" in problem_with(types.API_URL, url, job=FakeJob(allow_http="other"))


def test_run_url_is_compared_with_the_api_url():
    url = "https://genesis.example.com/{execution_id}"
    server = FakeJob(api_url="https://genesis.example.com")
    assert value_of(types.RUN_URL, url, job=server) == url
    other = FakeJob(api_url="https://other.example.com")
    assert "is on another host than api-url" in problem_with(types.RUN_URL, url, job=other)


def test_workflow_id_is_compared_with_the_api_url_and_key():
    endpoint = f"https://genesis.example.com/api/workflows/{WORKFLOW_ID}/trigger"
    server = FakeJob(api_url="https://genesis.example.com")
    assert value_of(types.WORKFLOW_ID, endpoint, job=server) == WORKFLOW_ID
    other = FakeJob(api_url="https://other.example.com")
    problem = problem_with(types.WORKFLOW_ID, endpoint, job=other)
    assert "belongs to another server than api-url" in problem
    problem = problem_with(types.WORKFLOW_ID, "gk_1", job=FakeJob(api_key=WORKFLOW_ID))
    assert "are api-key and workflow-id swapped? Write a UUID" in problem


def test_list_of_execution_ids_in_the_config_file_is_refused():
    items = (Text("a", line=2), Text("b", line=3))
    in_file = {"tree": Listing(items, line=2), "place": "a.yml", "in_file": True}
    problem = problem_with(types.EXECUTION_IDS, **in_file)
    assert problem.startswith("x: this is not a single value. Write execution ids, ")
