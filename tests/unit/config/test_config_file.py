"""The config file, and all its problems with their lines and without values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.config.config_file import BOUNDS, MAX_WORKFLOWS, parse_file
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.reader import Inputs, Reader
from genesis_ci.config.sources import Given
from genesis_ci.document.nodes import Bounds
from genesis_ci.document.problems import MAX_PROBLEMS
from genesis_ci.document.strict_yaml import read_document
from genesis_ci.models.workflow import Verb
from tests.builders import WORKFLOW_ID, problems_in
from tests.fakes import files
from tests.unit.config.configs import (
    ENV,
    FILE,
    ODD_FILES,
    PATH,
    a_triggered,
    entry,
    parse,
    result_json,
    run_of,
    shown,
    under,
)


def problems_of(text: str, only: str = "") -> list[str]:
    """Return all problems of a file, in the order in which they are found."""
    reader = Reader({"only": Given(only, "only")} if only else {}, read_file=files({}))
    job = Inputs(reader.read_layers(), reader)
    parse_file(text, path=FILE, interpolation=Interpolation(ENV), job=job)
    return shown(reader.problems)


def test_white_space_around_a_value_is_ignored():
    blanks = " " * 2_001
    waits = f"wait-for: {{url: '{blanks}https://a.example'}}"
    run = run_of(entry(f"required: 'false{blanks}'", waits).replace("smoke", "x" * 100))
    assert (run.name, run.policy.required) == ("x" * 100, False)
    assert run.wait_for.url == "https://a.example"


def test_number_of_workflows_is_limited():
    words = f"workflows: {MAX_WORKFLOWS + 1} workflows, and one file holds at most {MAX_WORKFLOWS}"
    [problem] = problems_of(f"version: 1\nworkflows: [{'a,' * (MAX_WORKFLOWS + 1)}]")
    assert problem.startswith(f"{FILE}:2: {words}")
    most = f"version: 1\nworkflows: [{'a,' * MAX_WORKFLOWS}]"
    assert len(problems_of(most)) == MAX_WORKFLOWS
    [problem] = problems_of("x: " + " " * 600_000)
    assert problem.startswith(f"{FILE}: the YAML is over 512 KiB; one file holds at most")


def test_bounds_allow_all_workflows_with_ten_keys():
    share = Bounds(
        size=BOUNDS.size // MAX_WORKFLOWS, nodes=BOUNDS.nodes // MAX_WORKFLOWS, advice=""
    )
    keys = ["name: smoke", f"workflow-id: {WORKFLOW_ID}", *(f"max-wait-{n}: 20m" for n in range(8))]
    assert read_document("\n".join(f"    {key}" for key in keys), share)[1] == ()


def test_first_unknown_keys_and_names_have_suggestions():
    problems = problems_of(under(*(f"max-parallel{chr(65 + number)}: x" for number in range(52))))
    meant = ["Did you mean “max-parallel”?" in one for one in problems]
    assert meant == [True] * MAX_PROBLEMS + [False] * 2
    assert problems[-1] == f"{FILE}:53: unknown key “max-parallelt”."
    problems = problems_of(entry(), only=",".join(f"smoke{number:02}" for number in range(52)))
    assert ["Did you mean “smoke”?" in one for one in problems] == [True] * 3 + [False] * 49
    tags = ", ".join(f"a{number:03}" for number in range(1_000))
    [problem] = problems_of(entry(f"tags: [{tags}]"), only="smokee")  # is the last one known
    assert "Did you mean" not in problem


@pytest.mark.parametrize(
    "options", [{}, {"verb": Verb.WAIT, "attach_from": PATH}, {"failed_from": PATH}], ids=str
)
@given(text=ODD_FILES | st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_file_is_settings_or_problems(text, options):
    parsed = parse(text, result=result_json(a_triggered(), config=FILE), **options)
    assert parsed.workflows or problems_in(parsed)
    assert all(problem.startswith(FILE) for problem in problems_in(parsed))
