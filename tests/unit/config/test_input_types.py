"""The types of the inputs, at the edges of what is taken."""

from typing import Any, Never

import pytest

from genesis_ci.config import input_types
from genesis_ci.config.input_types import InputType
from genesis_ci.config.nodes import Listing, Node, ReportedError, Text
from genesis_ci.models import OnState
from tests.builders import WORKFLOW_ID


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1.0), ("90", 90.0), ("1.5", 1.5), ("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0),
        ("1H 30M 5S", 5405.0), ("7d", None), ("168h", 604_800.0), ("604800", 604_800.0),
        ("604801", None), ("0.999", None), ("0", None), ("", None), (" ", None), ("m", None),
        ("5m1h", None), ("123456789", None), ("1.2345", None), ("-1", None), ("1e3", None),
        ("8d", None), ("169h", None), ("999999s", None), ("0" * 200 + "1", None),
    ],
)  # fmt: skip
def test_a_duration_is_a_second_to_seven_days(text, seconds):
    if seconds is None:
        with pytest.raises(ValueError, match="is not"):
            input_types.duration(text)
    else:
        assert input_types.duration(text) == seconds


def test_a_poll_interval_is_auto_or_a_duration():
    assert input_types.poll_interval("auto") is input_types.poll_interval("AUTO") is None
    assert input_types.poll_interval("5") == 5.0
    assert input_types.poll_interval("2s") == 2.0
    with pytest.raises(ValueError, match="“soon” is neither auto nor a number of seconds"):
        input_types.poll_interval("soon")
    with pytest.raises(ValueError, match="“0” is not between 1 second and 7 days"):
        input_types.poll_interval("0")


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
def test_what_is_wrong_with_a_key_is_told_by_its_place(text, words):
    with pytest.raises(ValueError, match=words) as error:
        input_types.api_key(text)
    assert "gk" not in str(error.value)


def test_a_key_is_of_visible_ascii():
    whole = "".join(map(chr, range(0x21, 0x7F)))
    assert input_types.api_key(whole) == whole
    assert input_types.is_key(whole)
    assert not input_types.is_key("a b")


def test_a_list_of_ids_has_each_once_and_at_most_500():
    assert input_types.execution_ids("b,a b\n a") == ("b", "a")
    ids = [f"run-{n}" for n in range(input_types.MOST_IDS)]
    assert input_types.execution_ids(" ".join(ids)) == tuple(ids)
    with pytest.raises(ValueError, match="it names 501 ids, and one job attaches to at most 500"):
        input_types.execution_ids(" ".join([*ids, "one-more"]))
    with pytest.raises(ValueError, match="it names no id"):
        input_types.execution_ids(" , ")
    with pytest.raises(ValueError, match=r"“\.\.” is not an execution id"):
        input_types.execution_ids("a ..")


def test_names_are_each_once_at_most_a_thousand_and_none_too_long():
    assert input_types.names(["b a", "a,c"]) == ("b", "a", "c")
    many = [f"n{n}" for n in range(input_types.MOST_NAMES)]
    assert input_types.names(many) == tuple(many)
    with pytest.raises(ValueError, match="it lists 1001 names, and at most 1000 are read"):
        input_types.names([*many, "more"])
    assert input_types.names(["a" * 100]) == ("a" * 100,)
    with pytest.raises(ValueError, match="is too long: a name has at most 100 characters, and"):
        input_types.names(["a" * 101])


def test_a_variable_of_the_environment_has_a_name_that_shells_take():
    assert input_types.variables(["A_1 _b"]) == ("A_1", "_b")
    assert input_types.is_variable("a" * 100)
    assert not input_types.is_variable("a" * 101)
    with pytest.raises(ValueError, match="“1A” is not the name of an environment variable"):
        input_types.variables(["A", "1A"])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("out/", "out"),
        ("./a/b", "a/b"),
        (".github/reports", ".github/reports"),
        ("a/workflows", "a/workflows"),
        (".", None),
        ("", None),
        ("/out", None),
        ("a/../b", None),
        ("a\\b", None),
        ("a\nb", None),
        ("a/.GIT/b", None),
        ("a/.GitHub/Workflows", None),
    ],
)
def test_reports_go_into_the_workspace_and_nowhere_that_git_or_github_read(text, path):
    if path is None:
        with pytest.raises(ValueError, match=r"leads out of the workspace|is not a place for"):
            input_types.report_dir(text)
    else:
        assert input_types.report_dir(text) == path


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("FALSE", False), ("yes", None)])
def test_a_boolean_is_true_or_false_in_any_case(text, meant):
    if meant is None:
        with pytest.raises(ValueError, match="“yes” is neither true nor false"):
            input_types.boolean(text)
    else:
        assert input_types.boolean(text) is meant


def test_a_choice_is_one_of_its_words_in_any_case():
    assert input_types.choice(OnState, "PASS") is OnState.PASS
    with pytest.raises(ValueError, match="“ok” is not one of the choices"):
        input_types.choice(OnState, "ok")


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
    """The value of an input x, or its values if the flag stood several times."""
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
    ("kind", "words"),
    [
        (input_types.NAME, "it has 101 characters."),
        (input_types.STATUS_NAME, "it is not a name for a status."),
    ],
    ids=["entry", "status"],
)
def test_name_has_at_most_a_hundred_characters(kind, words):
    assert value_of(kind, "a" * 100) == "a" * 100
    told = problem_with(kind, "a" * 101)
    assert told == f"x: {words} Write a name of at most 100 characters."


@pytest.mark.parametrize(("kind", "most"), [(input_types.ATTEMPTS, 5), (input_types.COUNT, 1000)])
def test_number_is_taken_from_one_to_its_limit(kind, most):
    assert [value_of(kind, text) for text in ("1", str(most))] == [1, most]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((input_types.COUNT, text) for text in ("0", "1001", "-1", "1.5", "", "1e1", "00001")),
        *((input_types.ATTEMPTS, text) for text in ("0", "6", "-1", "1.0", "01", "１")),
    ],
)
def test_number_is_a_whole_number_within_its_limits(kind, text):
    words = f"x: “{text}” is not a number in this range. Write a number from 1 to "
    assert problem_with(kind, text).startswith(words)


def test_white_space_around_value_does_not_count():
    assert value_of(input_types.DURATION, " 10m\n") == 600
    assert value_of(input_types.FILE, " a b ") == "a b"
    assert value_of(input_types.TOKEN, " ghs_1\n") == "ghs_1"


def test_server_in_the_clear_is_the_one_that_the_job_allows():
    url = "http://genesis.internal"
    assert value_of(input_types.API_URL, url, job=FakeJob(allow_http="genesis.internal")) == url
    assert "in the clear" in problem_with(input_types.API_URL, url, job=FakeJob(allow_http="other"))


def test_page_of_a_run_is_compared_with_the_jobs_server():
    url = "https://genesis.example.com/{execution_id}"
    server = FakeJob(api_url="https://genesis.example.com")
    assert value_of(input_types.RUN_URL, url, job=server) == url
    other = FakeJob(api_url="https://other.example.com")
    assert "is on another host than api-url" in problem_with(input_types.RUN_URL, url, job=other)


def test_workflow_is_compared_with_the_jobs_server_and_key():
    endpoint = f"https://genesis.example.com/api/workflows/{WORKFLOW_ID}/trigger"
    server = FakeJob(api_url="https://genesis.example.com")
    assert value_of(input_types.WORKFLOW_ID, endpoint, job=server) == WORKFLOW_ID
    other = FakeJob(api_url="https://other.example.com")
    told = problem_with(input_types.WORKFLOW_ID, endpoint, job=other)
    assert "belongs to another server than api-url" in told
    told = problem_with(input_types.WORKFLOW_ID, "gk_1", job=FakeJob(api_key=WORKFLOW_ID))
    assert "are api-key and workflow-id swapped? Write a UUID" in told


def test_config_file_has_ids_in_one_text():
    items = (Text("a", line=2), Text("b", line=3))
    in_file = {"tree": Listing(items, line=2), "place": "a.yml", "in_file": True}
    told = problem_with(input_types.EXECUTION_IDS, **in_file)
    assert told.startswith("x: this is not a single value. Write execution ids, ")
