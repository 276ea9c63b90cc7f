"""The config file, and all its problems with their lines and without values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import MAX_PROBLEMS, Bounds
from genesis_ci.config.sources import JobInputs
from genesis_ci.config.strict_yaml import read_document
from genesis_ci.config.suite import (
    BOUNDS,
    MAX_WORKFLOWS,
    parse_file,
)
from genesis_ci.models import Concurrency, OnReview, OnState, Plan
from tests.builders import WORKFLOW_ID, problems_in
from tests.fakes import files

from .suites import (
    ENV,
    FILE,
    LAYERS,
    ODD_FILES,
    OTHER_ID,
    PRODUCT_EXAMPLE,
    entry,
    parse,
    run_of,
    settings,
    under,
)


def problems_of(text: str) -> list[str]:
    """Return all problems of a file, in the order in which they are found."""
    job = JobInputs(read_file=files({}))
    parse_file(text, path=FILE, interpolation=Interpolation(ENV), job=job)
    return list(map(str, job.problems))


def test_documented_example_is_read():
    found = settings(parse(PRODUCT_EXAMPLE))
    smoke, charter = found.workflows
    assert (smoke.name, smoke.workflow_id, smoke.max_wait) == ("checkout smoke", WORKFLOW_ID, 1200)
    assert smoke.variables == {"target_url": "https://preview.example.com"}
    assert smoke.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    assert smoke.policy.required
    assert (charter.workflow_id, charter.policy.required) == (OTHER_ID, False)
    assert charter.policy.on_review_pending is OnReview.PASS
    assert (found.plan.max_parallel, found.plan.fail_fast) == (8, False)


def test_workflow_inputs_are_read_from_entries_and_defaults():
    lines = [
        "required: false",
        "concurrency-policy: cancel-previous",
        "poll-interval: 7",
        "max-wait-time: 1h30m",
        "on-review-pending: wait",
        "review-wait-time: 2h",
        "on-cancelled: pass",
        "on-skipped: pass",
        "on-failed-block: fail",
        "expect: [{block: report, not-empty: true}]",
        "tests: {block: report, at-least: 3}",
        "inputs: {a: b}",
        "inputs-file: more.yml",
        "secret-inputs: [c]",
    ]
    in_defaults = "version: 1\ndefaults:\n" + "".join(f"  {line}\n" for line in lines)
    texts = [entry(*lines), entry(head=f"{in_defaults}workflows:\n")]
    for text in texts:
        run = run_of(text, more_files={"more.yml": "c: secret-value"})
        assert (run.poll_interval, run.max_wait, run.review_wait) == (7, 5400, 7200)
        assert run.policy.on_review_pending is OnReview.WAIT
        assert run.policy.on_cancelled is run.policy.on_skipped is OnState.PASS
        assert run.policy.on_failed_block is OnState.FAIL
        assert [check.block for check in run.proof.checks] == ["report", "report"]
        assert run.policy.concurrency is Concurrency.CANCEL_PREVIOUS
        assert not run.policy.required
        assert run.variables == {"a": "b", "c": "secret-value"}
        assert run.shown == {"a": "b", "c": "***"}


@pytest.mark.parametrize("most", [1, 2, MAX_WORKFLOWS])
def test_max_parallel_is_from_one_to_all(most):
    assert settings(parse(entry(head=f"version: 1\nmax-parallel: {most}\nworkflows:\n"))).plan == (
        Plan(max_parallel=most)
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("API_KEY", "unknown key “API_KEY”: a key belongs in no file"),
        ("'workflow_id '", "unknown key “workflow_id”. Did you mean “workflow-id”?"),
        ("workflw", "unknown key “workflw”. Did you mean “workflow-id”?"),
        ("xyzzy", "unknown key “xyzzy”. Known here: attempts, concurrency-policy, "),
        ("name", "unknown key “name” here: it belongs in an entry."),
        ("max-parallel", "unknown key “max-parallel” here: it belongs at the top."),
        ("report-dir", "unknown key “report-dir”: it is for the whole job"),
        ("w" * 101, "unknown key of 101 characters. Known here: attempts, "),
        (f"'{'workflow-id'.ljust(100)}'", "Did you mean “workflow-id”?"),
        (f"'{'workflow-id'.ljust(101)}'", "unknown key of 101 characters. Known here: attempts, "),
    ],
)
def test_unknown_key_is_reported_with_advice(key, words):
    [problem] = problems_in(parse(under("defaults:", f"  {key}: x")))
    assert problem.startswith(f"{FILE}:3: unknown key ")
    assert words in problem


def test_misplaced_workflow_input_is_reported_with_its_place():
    [problem] = problems_in(parse(under("max-wait-time: 1m")))
    assert "here: it belongs in an entry or in defaults." in problem


def test_variables_are_the_written_strings():
    text = entry("inputs: {ver: 1.10, on: yes, n: null, zip: 007, d: 2024-01-01, e: }")
    assert run_of(text).variables == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "d": "2024-01-01", "e": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${PREVIEW_URL}", "https://preview.example.com"),
        ("at ${PREVIEW_URL}/x?${EMPTY}", "at https://preview.example.com/x?"),
        ("$${PREVIEW_URL}", "${PREVIEW_URL}"),
        ("$$${PREVIEW_URL}", "$${PREVIEW_URL}"),
        ("$PREVIEW_URL", "$PREVIEW_URL"),
        ("cost: $5 {x}", "cost: $5 {x}"),
        ("'${PREVIEW_URL}'", "https://preview.example.com"),
    ],
)
def test_references_to_the_environment_are_replaced(written, value):
    text = entry("inputs:", f"  a: {written}" if ": " not in written else f"  a: '{written}'")
    assert run_of(text).variables == {"a": value}


@pytest.mark.parametrize(
    "value", ["a: b\nc: [d]", "*x", "${PREVIEW_URL}", "'", "#", "\t- x", "日本"]
)
def test_replaced_text_is_not_parsed_as_yaml(value):
    run = run_of(entry("inputs:", "  a: ${X}"), env={"X": value})
    assert run.variables == {"a": value}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_environment_text_is_unchanged(value):
    assert run_of(entry("inputs: {a: '${X}'}"), env={"X": value}).variables == {"a": value}


def test_workflow_inputs_can_have_references():
    text = PRODUCT_EXAMPLE.replace(WORKFLOW_ID, "${W}").replace("required: false", "required: ${R}")
    found = settings(parse(text, env={**ENV, "W": WORKFLOW_ID, "R": "false"}))
    assert found.workflows[0].workflow_id == WORKFLOW_ID
    assert not found.workflows[1].policy.required


def test_plan_can_have_references():
    text = under("max-parallel: ${MOST}", "fail-fast: ${FAST}")
    plan = settings(parse(text, env={"MOST": "3", "FAST": "True"})).plan
    assert plan == Plan(max_parallel=3, fail_fast=True)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (entry("required:"), entry()),
        (under("max-parallel:", "fail-fast:", "defaults:"), entry()),
        (entry().replace("smoke", ""), entry().replace("name: smoke\n    ", "")),
    ],
)
def test_key_without_a_value_is_not_set(text, plain):
    assert settings(parse(text)) == settings(parse(plain))


A_LIST = "Write a list, each entry beginning with “- name: …”."
BAD = [
    (entry("workflw-id: x"), 5, "unknown key “workflw-id”. Did you mean “workflow-id”?"),
    (entry("max_wait_time: 1m"), 5, "unknown key “max_wait_time”. Did you mean"),
    (entry("api-key: gk_hunter2!"), 5, "unknown key “api-key”: a key belongs in no file"),
    (entry("report-dir: x"), 5, "unknown key “report-dir”: it is for the whole job"),
    (entry("max-parallel: 2"), 5, "unknown key “max-parallel” here: it belongs at the top"),
    (under("max-wait-time: 2m"), 2, "unknown key “max-wait-time” here: it belongs in an entry or"),
    (entry("zzz: 1"), 5, "unknown key “zzz”. Known here: "),
    (entry("max-wait-time: soon"), 5, "max-wait-time: “soon” is not a duration"),
    (entry("max-wait-time: [1m]"), 5, "max-wait-time: this is not a single value"),
    (entry("on-cancelled: maybe"), 5, "on-cancelled: “maybe” is not one of the choices"),
    (entry("required: maybe"), 5, "required: “maybe” is neither true nor false"),
    (entry(f"required: {'x' * 2_000}"), 5, "required: “xxx"),
    (entry(f"required: {'x' * 2_001}"), 5, "required: it has 2001 characters, and at most"),
    (entry("inputs: [a]"), 5, "inputs: this is not a mapping"),
    (entry("inputs: a=b"), 5, "inputs: this is not a mapping"),
    (entry("inputs:", "  a: [b]"), 6, "inputs: key “a”: a list is not allowed"),
    (entry("inputs:", "  a: {b: c}"), 6, "inputs: key “a”: a nested mapping is not allowed"),
    (entry("inputs: {a: 1}", "inputs: {b: 1}"), 6, "the key “inputs” is given twice"),
    (entry("inputs-file: no.yml"), 5, "inputs-file: there is no file “no.yml”"),
    (entry("inputs-file: [a]"), 5, "inputs-file: this is not a single value"),
    (entry(f"secret-inputs: {'k' * 101}"), 5, "secret-inputs: “kkk"),
    (entry("secret-inputs: pw"), 5, "secret-inputs: “pw” is not a name in inputs"),
    (entry("inputs: {a: '${NOPE}'}"), 5, "a: the environment variable “NOPE” is not set"),
    (entry("inputs:", "  b: x", "  a: '${NOPE}'"), 7, "a: the environment variable “NOPE”"),
    (entry("inputs: {a: '${NO PE}'}"), 5, "a: ${ begins a name"),
    (entry(f"inputs: {{{'a' * 100}: '${{'}}"), 5, f"{'a' * 100}: ${{ begins a name"),
    (entry(f"inputs: {{{'a' * 101}: '${{'}}"), 5, "a value: ${ begins a name"),
    (entry("execution-id: x"), 5, "execution-id: an entry has workflow-id or execution-id"),
    (
        f"version: 1\nworkflows:\n  - execution-id: x\n    workflow-id: {WORKFLOW_ID}\n",
        3,
        "execution-id: an entry has workflow-id or execution-id, not both.",
    ),
    (entry("inputs: &x {a: 1}"), 5, "key “inputs”: a YAML anchor"),
    (entry() + "---\nversion: 1\n", 0, "there is more than one YAML document"),
    (entry().replace("smoke", "x" * 101), 3, "name: it has 101 characters. Write a name of"),
    (entry().replace(WORKFLOW_ID, "123"), 4, "workflow-id: it is no UUID (3 characters)"),
    (entry(head="workflows:\n"), 1, "version: it is missing. Write version: 1."),
    (entry(head="# to do\nworkflows:\n"), 1, "version: it is missing. Write version: 1."),
    (entry(head="version: 2\nworkflows:\n"), 1, "version: this version of genesis-ci reads"),
    (under("fail-fast: x"), 2, "fail-fast: “x” is neither"),
    (under("max-parallel: 0"), 2, "max-parallel: “0” is not a number in this range."),
    (under("max-parallel: ½"), 2, "max-parallel: “½” is not a number in this range"),
    (under("defaults: []"), 2, "defaults: this is not a mapping"),
    (under("defaults:\n  name: x"), 3, "unknown key “name” here: it belongs in an entry."),
    (under("defaults:\n  defaults: {}"), 3, "unknown key “defaults” here: it belongs"),
    ("version: 1\n", 1, f"workflows: it is missing. {A_LIST}"),
    ("version: 1\nworkflows: []\n", 2, f"workflows: the list is empty. {A_LIST}"),
    ("version: 1\nworkflows: {a: b}\n", 2, f"workflows: this is not a list. {A_LIST}"),
    ("version: 1\nworkflows: [smoke]\n", 2, "workflows: this is not a mapping"),
    ("version: 1\nworkflows:\n  - name: x\n", 3, "the entry has neither workflow-id nor"),
    ("[1]", 1, "this is not a mapping of names to values"),
    ("version: 1\nx: 'a", 2, "column 6: this is not valid YAML"),
    ("{a: " * 30, 1, "it is over 20 levels deep"),
    ("x: " + " " * 600_000, 0, "the YAML is over 512 KiB; one file holds at most"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), BAD, ids=[words for *_, words in BAD])
def test_problem_has_file_line_and_advice(text, line, words):
    parsed = parse(text)
    assert parsed.problems
    place = f"{FILE}:{line}" if line else FILE
    assert any(problem.startswith(f"{place}: {words}") for problem in problems_in(parsed)), (
        problems_in(parsed)
    )
    assert all(problem.endswith((".", "?")) for problem in problems_in(parsed))


def test_name_can_have_a_hundred_characters():
    assert run_of(entry().replace("smoke", "x" * 100)).name == "x" * 100


def test_empty_file_has_two_problems():
    assert len(problems_in(parse("# to do\n"))) == 2


def test_all_problems_are_in_the_order_of_the_file():
    text = entry("max-wait-time: soon", "colour: red", "required: x", "inputs: {a: [b]}")
    text += "  - name: smoke\n"
    parsed = parse(text.replace("version: 1", "version: 3"), wait="maybe")
    first, *suite = problems_in(parsed)
    assert first.startswith("wait: ")
    assert [problem.split(":")[:2] for problem in suite] == [
        [FILE, str(line)] for line in (1, 5, 6, 7, 8, 9, 9)
    ]


def test_too_many_workflows_are_refused():
    words = f"workflows: {MAX_WORKFLOWS + 1} workflows, and one file holds at most {MAX_WORKFLOWS}"
    many = f"version: 1\nworkflows: [{'a,' * (MAX_WORKFLOWS + 1)}]"
    [problem] = problems_of(many)
    assert problem.startswith(f"{FILE}:2: {words}")
    most = f"version: 1\nworkflows: [{'a,' * MAX_WORKFLOWS}]"
    assert len(problems_of(most)) == MAX_WORKFLOWS


def test_bounds_allow_all_workflows_with_ten_keys():
    share = Bounds(
        size=BOUNDS.size // MAX_WORKFLOWS, nodes=BOUNDS.nodes // MAX_WORKFLOWS, advice=""
    )
    keys = ["name: smoke", f"workflow-id: {WORKFLOW_ID}", *(f"max-wait-{n}: 20m" for n in range(8))]
    assert read_document("\n".join(f"    {key}" for key in keys), share)[1] == ()


def test_first_fifty_unknown_keys_have_suggestions():
    problems = problems_of(under(*(f"fail-fas{number:02}: x" for number in range(52))))
    meant = ["Did you mean “fail-fast”?" in one for one in problems]
    assert meant == [True] * MAX_PROBLEMS + [False] * 2
    assert problems[-1] == f"{FILE}:53: unknown key “fail-fas51”."


def test_problem_of_the_whole_file_is_first():
    problems = problems_in(parse(entry("colour: red") + "---\na: b\n"))
    assert problems[0] == f"{FILE}: there is more than one YAML document."
    assert [one.split(":")[1] for one in problems[1:]] == ["5"]


@pytest.mark.parametrize("text", ["[1]", "smoke", "- name: smoke\n- name: login"])
def test_file_without_a_mapping_is_one_problem(text):
    assert problems_in(parse(text)) == (f"{FILE}:1: this is not a mapping of names to values.",)


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        (entry().replace("version", "vershun"), 1, "version"),
        (entry().replace("workflows", "workflow"), 2, "workflows"),
        (entry().replace("workflow-id", "workflow_id"), 4, "workflow-id"),
        (entry().replace("workflow-id", "execution_id"), 4, "execution-id"),
    ],
)
def test_misspelt_key_is_not_missing(text, line, meant):
    [problem] = problems_in(parse(text))
    assert problem.startswith(f"{FILE}:{line}: unknown key ")
    assert problem.endswith(f"Did you mean “{meant}”?")


@pytest.mark.parametrize("key", ["workflow-interval", f"'{'workflow-id'.ljust(101)}'"])
def test_unknown_key_does_not_replace_a_missing_key(key):
    problems = problems_in(parse(entry().replace("workflow-id", key)))
    assert [one.split(" ")[1] for one in problems] == ["the", "unknown"]
    assert "neither workflow-id nor execution-id" in problems[0]


def test_misspelt_key_affects_only_its_entry():
    text = entry().replace("workflow-id", "workflow_id") + "  - name: login\n"
    assert [problem.split(" ")[1] for problem in problems_in(parse(text))] == ["unknown", "the"]


def test_problems_over_the_limit_are_counted():
    text = "version: 1\nworkflows:\n" + "  - colour: red\n" * 300
    problems = problems_in(parse(text))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == "There are 550 more problems."


@pytest.mark.parametrize(
    "text",
    [
        entry("max-wait-time: ${LOGIN}"),
        entry("required: ${LOGIN}"),
        entry("on-cancelled: ${LOGIN}"),
        entry("secret-inputs: ['${LOGIN}']", "inputs: {a: x}"),
        entry().replace(WORKFLOW_ID, "${LOGIN}"),
        entry("inputs: {a: ['hunter2!']}"),
        entry("hunter: {hunter2!: hunter2!}"),
        entry("inputs: {a: 'hunter2!'", "x"),
        entry(head="version: ${LOGIN}\nworkflows:\n"),
        entry(head="version: 1\nmax-parallel: ${LOGIN}\nworkflows:\n"),
    ],
)
def test_problem_does_not_show_a_possible_secret(text):
    parsed = parse(text)
    assert problems_in(parsed)
    assert "hunter2" not in "".join(problems_in(parsed))


@given(ODD_FILES | st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_file_is_settings_or_problems(text):
    parsed = parse(text)
    assert parsed.workflows or problems_in(parsed)
    assert all(problem.startswith(FILE) for problem in problems_in(parsed))


@pytest.mark.parametrize("key", ["expose", "allow-http"])
def test_config_file_cannot_set_inputs_of_the_job(key):
    for text in (entry(f"{key}: X"), under(f"{key}: X"), under(f"defaults: {{{key}: X}}")):
        problems = problems_in(parse(text))
        assert f"unknown key “{key}”: it is for the whole job" in problems[0]


def test_malformed_reference_in_a_weaker_source_is_reported():
    text = LAYERS.replace("max-wait-time: 1m", "max-wait-time: '${'")
    [problem] = problems_in(parse(text, max_wait_time="3m"))
    assert problem.startswith(f"{FILE}:3: max-wait-time: ${{ begins a name")


def test_white_space_around_a_value_is_ignored():
    blanks = " " * 2_001
    run = run_of(
        entry(f"required: 'false{blanks}'", f"wait-for: {{url: '{blanks}https://a.example'}}")
    )
    assert not run.policy.required
    assert run.wait_for.url == "https://a.example"


def test_missing_keys_are_reported_in_the_order_of_the_file():
    problems = problems_in(parse("defaults: {}"))
    assert [one.split(" ")[1] for one in problems] == ["version:", "workflows:"]
