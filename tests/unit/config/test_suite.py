"""The config file: what it means, and every problem at once with its line and no value."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import MAX_PROBLEMS, Parsed, Settings, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.suite import ENTRY_KEYS, MAX_WORKFLOWS, unknown_key
from genesis_ci.execution.schedule import Plan
from genesis_ci.models import Concurrency, OnReview, OnState, Verb
from scripts.suite_schema import suite_schema
from tests.builders import EXECUTION_ID, WORKFLOW_ID, told_by
from tests.fakes import files

KEY = "gk_0123456789abcdef"
OTHER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ENV = {"PREVIEW_URL": "https://preview.example.com", "EMPTY": "", "LOGIN": "hunter2!"}

PRODUCT_EXAMPLE = f"""\
version: 1
defaults:
  max-wait-time: 20m
max-parallel: 8
workflows:
  - name: checkout smoke
    workflow-id: {WORKFLOW_ID}
    concurrency-policy: cancel-previous
    inputs:
      target_url: ${{PREVIEW_URL}}
  - name: exploratory charter
    workflow-id: {OTHER_ID}
    required: false
    on-review-pending: pass
"""


def parse(text: str, *, verb: Verb = Verb.RUN, env=None, more_files=None, **texts: str) -> Parsed:
    named = {"api-key": KEY, **{key.replace("_", "-"): value for key, value in texts.items()}}
    return parse_settings(
        {name: Given(value, f"--{name}") for name, value in named.items() if value},
        verb=verb,
        read_file=files({".genesis-ci.yml": text, **(more_files or {})}),
        environ=ENV if env is None else env,
    )


def settings(parsed: Parsed) -> Settings:
    assert told_by(parsed) == ()
    assert parsed.settings is not None
    return parsed.settings


def entry(*lines: str, head: str = "version: 1\nworkflows:\n") -> str:
    """A file with one entry; line 3 is its name, line 4 its workflow, line 5 the first of these."""
    own = "".join(f"    {line}\n" for line in lines)
    return f"{head}  - name: smoke\n    workflow-id: {WORKFLOW_ID}\n{own}"


def under(*lines: str) -> str:
    """A file with one entry, and these lines from line 2."""
    return entry(head="\n".join(["version: 1", *lines, "workflows:\n"]))


def run_of(text: str, **options):
    [run] = settings(parse(text, **options)).workflows
    return run


def test_the_contracts_example_means_what_it_says():
    found = settings(parse(PRODUCT_EXAMPLE))
    smoke, charter = found.workflows
    assert (smoke.name, smoke.workflow_id, smoke.max_wait) == ("checkout smoke", WORKFLOW_ID, 1200)
    assert smoke.variables == {"target_url": "https://preview.example.com"}
    assert smoke.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    assert smoke.policy.required
    assert (charter.workflow_id, charter.policy.required) == (OTHER_ID, False)
    assert charter.policy.on_review_pending is OnReview.PASS
    assert (found.plan.max_parallel, found.plan.fail_fast) == (8, False)


def test_every_input_of_a_workflow_can_stand_in_an_entry_and_in_defaults():
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
def test_one_to_all_may_run_at_once(most):
    assert settings(parse(entry(head=f"version: 1\nmax-parallel: {most}\nworkflows:\n"))).plan == (
        Plan(max_parallel=most)
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("API_KEY", "unknown key “API_KEY”: a key belongs in no file"),
        ("workflow_id ", "Did you mean “workflow-id”?"),
        ("workflw", "Did you mean “workflow-id”?"),
        ("xyzzy", "Known here: inputs, workflow-id"),
        ("name", "unknown key “name” here: it stands in an entry"),
        ("max-wait-time", "here: it stands in an entry or in defaults"),
        ("report-dir", "it is for the whole job"),
        ("w" * 101, "unknown key of 101 characters. Known here: inputs, workflow-id"),
    ],
)
def test_what_was_perhaps_meant_by_an_unknown_key_is_told(key, words):
    told = unknown_key(key, ["workflow-id", "inputs"])
    assert told.endswith(words) or words in told
    assert told.count("“") <= 2 or "Did you mean" in told


def test_what_stands_in_an_entry_only_is_not_said_to_stand_in_defaults():
    assert unknown_key("name", ["inputs"]).endswith("it stands in an entry")


def test_values_stay_the_strings_that_were_written():
    text = entry("inputs: {ver: 1.10, on: yes, n: null, zip: 007, d: 2024-01-01, e: }")
    assert run_of(text).variables == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "d": "2024-01-01", "e": "",
    }  # fmt: skip


LAYERS = """\
version: 1
defaults:
  max-wait-time: 1m
  inputs: {a: defaults, b: defaults, c: defaults}
workflows:
  - name: smoke
    workflow-id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff
    max-wait-time: 2m
    inputs: {b: entry, c: entry}
"""


def test_an_entry_beats_the_defaults_and_the_job_beats_the_entry():
    assert run_of(LAYERS).max_wait == 120
    assert run_of(LAYERS, max_wait_time="3m").max_wait == 180


def test_variables_are_merged_by_key():
    run = run_of(LAYERS, inputs="c: job")
    assert run.variables == {"a": "defaults", "b": "entry", "c": "job"}


def test_an_empty_value_counts_as_not_set():
    text = LAYERS.replace("max-wait-time: 2m", 'max-wait-time: "${EMPTY}"')
    assert run_of(text).max_wait == 60


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
def test_the_environment_is_put_in(written, value):
    text = entry("inputs:", f"  a: {written}" if ": " not in written else f"  a: '{written}'")
    assert run_of(text).variables == {"a": value}


@pytest.mark.parametrize(
    "value", ["a: b\nc: [d]", "*x", "${PREVIEW_URL}", "'", "#", "\t- x", "日本"]
)
def test_what_is_put_in_is_never_read_again(value):
    run = run_of(entry("inputs:", "  a: ${X}"), env={"X": value})
    assert run.variables == {"a": value}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_whatever_the_environment_holds_arrives_as_it_is(value):
    assert run_of(entry("inputs: {a: '${X}'}"), env={"X": value}).variables == {"a": value}


def test_inputs_other_than_variables_can_come_from_the_environment():
    text = PRODUCT_EXAMPLE.replace(WORKFLOW_ID, "${W}").replace("required: false", "required: ${R}")
    found = settings(parse(text, env={**ENV, "W": WORKFLOW_ID, "R": "false"}))
    assert found.workflows[0].workflow_id == WORKFLOW_ID
    assert not found.workflows[1].policy.required


@pytest.mark.parametrize("name", ["GENESIS_API_KEY", "INNOCENT"])
def test_the_key_is_in_nothing_that_is_shown(name):
    text = entry(f"inputs: {{a: 'x ${{{name}}}'}}").replace("smoke", f"smoke ${{{name}}}")
    parsed = parse(text, env={name: KEY})
    told = [*told_by(parsed), *(str(run) for run in parsed.workflows)]
    assert KEY not in "".join(told)
    assert told_by(parsed)


P = ".genesis-ci.yml"
BAD = [
    (entry("workflw-id: x"), 5, "unknown key “workflw-id”. Did you mean “workflow-id”?"),
    (entry("max_wait_time: 1m"), 5, "unknown key “max_wait_time”. Did you mean"),
    (entry("api-key: gk_hunter2!"), 5, "unknown key “api-key”: a key belongs in no file"),
    (entry("report-dir: x"), 5, "unknown key “report-dir”: it is for the whole job"),
    (entry("max-parallel: 2"), 5, "unknown key “max-parallel” here: it stands at the top"),
    (under("max-wait-time: 2m"), 2, "unknown key “max-wait-time” here: it stands in an entry or"),
    (entry("zzz: 1"), 5, "unknown key “zzz”. Known here: "),
    (entry("max-wait-time: soon"), 5, "max-wait-time: “soon” is not a duration"),
    (entry("max-wait-time: [1m]"), 5, "max-wait-time: this is not a single value"),
    (entry("on-cancelled: maybe"), 5, "on-cancelled: “maybe” is not one of the choices"),
    (entry("required: maybe"), 5, "required: “maybe” is neither true nor false"),
    (entry("inputs: [a]"), 5, "inputs: this is not a mapping"),
    (entry("inputs: a=b"), 5, "inputs: this is not a mapping"),
    (entry("inputs:", "  a: [b]"), 6, "inputs: key “a”: a list is not allowed"),
    (entry("inputs:", "  a: {b: c}"), 6, "inputs: key “a”: a nested mapping is not allowed"),
    (entry("inputs: {a: 1}", "inputs: {b: 1}"), 6, "the key “inputs” stands twice"),
    (entry("inputs:", "  a: 1", "  a: 2"), 7, "the key “a” stands twice"),
    (entry("inputs-file: no.yml"), 5, "inputs-file: the file cannot be read"),
    (entry("secret-inputs: pw"), 5, "secret-inputs: “pw” is not a name in inputs"),
    (entry("inputs: {a: '${NOPE}'}"), 5, "a: the environment variable “NOPE” is not set"),
    (entry("inputs: {a: '${NO PE}'}"), 5, "a: ${ begins a name"),
    (entry("inputs: {a: '${'}"), 5, "a: ${ begins a name"),
    (entry("inputs: {a: '${}'}"), 5, "a: ${ begins a name"),
    (entry("execution-id: x"), 5, "execution-id: an entry has workflow-id or execution-id"),
    (entry("inputs: &x {a: 1}"), 5, "key “inputs”: a YAML anchor"),
    (entry("inputs: *x"), 5, "key “inputs”: a YAML alias"),
    (entry("inputs: !!map {a: 1}"), 5, "key “inputs”: a YAML tag"),
    (entry("<<: {a: 1}"), 5, "a YAML merge key"),
    (entry("? [a]", ": 1"), 5, "a key has to be a plain name"),
    (entry() + "---\nversion: 1\n", 0, "there is more than one YAML document"),
    (entry().replace("smoke", "x" * 101), 3, "name: a name has at most 100 characters"),
    (entry().replace(WORKFLOW_ID, "123"), 4, "workflow-id: it is no UUID (3 characters)"),
    (entry(head="workflows:\n"), 1, "version: it is missing"),
    (entry(head="version: 2\nworkflows:\n"), 1, "version: this version of genesis-ci reads"),
    (under("fail-fast: x"), 2, "fail-fast: “x” is neither"),
    (under("max-parallel: 0"), 2, "max-parallel: “0” is not a number"),
    (under("max-parallel: 1001"), 2, "max-parallel: “1001” is not a number from 1 to 1000"),
    (under("max-parallel: 10000"), 2, "max-parallel: “10000” is not a number from 1 to 1000"),
    (under("max-parallel: ½"), 2, "max-parallel: “½” is not a number"),
    (under("defaults: []"), 2, "defaults: this is not a mapping"),
    (under("defaults:\n  name: x"), 3, "unknown key “name” here: it stands in an entry."),
    (under("defaults:\n  defaults: {}"), 3, "unknown key “defaults” here: it stands"),
    ("version: 1\n", 1, "workflows: it is missing"),
    ("version: 1\nworkflows: []\n", 2, "workflows: the list is empty"),
    ("version: 1\nworkflows: {a: b}\n", 2, "workflows: this is not a list"),
    ("version: 1\nworkflows: [smoke]\n", 2, "workflows: this is not a mapping"),
    ("version: 1\nworkflows:\n  - name: x\n", 3, "the entry has neither workflow-id nor"),
    ("[1]", 0, "this is not a mapping of names to values"),
    ("version: 1\nx: 'a", 2, "column 6: this is not valid YAML"),
    ("{a: " * 30, 1, "it is over 20 levels deep"),
    ("x: " + " " * 600_000, 0, "the YAML is over 512 KiB; one file holds at most"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), BAD, ids=[words for *_, words in BAD])
def test_each_mistake_is_told_with_file_line_and_remedy(text, line, words):
    parsed = parse(text)
    assert parsed.settings is None
    place = f"{P}:{line}" if line else P
    assert any(told.startswith(f"{place}: {words}") for told in told_by(parsed)), told_by(parsed)
    assert all(told.endswith((".", "?")) for told in told_by(parsed))


def test_a_file_that_cannot_be_read_is_the_only_problem():
    def read_file(path):
        raise ValueError("the file is not UTF-8 text")

    given = {"api-key": Given(KEY, "api-key")}
    [problem] = told_by(parse_settings(given, verb=Verb.RUN, read_file=read_file))
    assert "the file is not UTF-8 text" in problem


def test_a_file_with_nothing_in_it_lacks_all():
    assert len(told_by(parse("# to do\n"))) == 2


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    text = entry("max-wait-time: soon", "colour: red", "required: x", "inputs: {a: [b]}")
    text += "  - name: smoke\n"
    parsed = parse(text.replace("version: 1", "version: 3"), wait="maybe")
    suite = [told for told in told_by(parsed) if told.startswith(P)]
    assert len(told_by(parsed)) == 8
    shape = [int(told.split(":")[1]) for told in suite if "soon" not in told]
    assert shape == sorted(shape)


def test_two_entries_of_one_name_are_told_with_both_lines():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    [told] = told_by(parse(text))
    assert told.startswith(f"{P}:11: this name stands at {P}:6 already")


def test_two_entries_without_a_name_need_one_when_they_are_the_same_workflow():
    text = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    [told] = told_by(parse(text.replace(OTHER_ID, WORKFLOW_ID)))
    assert "without a name, stands at" in told


def test_one_template_with_two_policies_is_told():
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID)
    [told] = told_by(parse(text))
    assert told.startswith(
        f"{P}:11: concurrency-policy: the same workflow has another one at {P}:6"
    )


TWO_TURNS = (
    PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID) + "    concurrency-policy: cancel-previous\n"
)


@pytest.mark.parametrize(
    ("verb", "inputs"), [(Verb.TRIGGER, {}), (Verb.RUN, {"wait": "false"}), (Verb.RUN, {})]
)
def test_turns_cannot_be_taken_without_waiting(verb, inputs):
    problems = told_by(parse(TWO_TURNS, verb=verb, **inputs))
    if verb is Verb.RUN and not inputs:
        assert problems == ()
    else:
        assert "without waiting none can take its turn" in problems[0]


def test_no_more_workflows_than_one_job_can_hold():
    item = f"  - {{workflow-id: {WORKFLOW_ID}, name: w%d}}\n"
    head = "version: 1\nworkflows:\n"
    most = head + "".join(item % number for number in range(MAX_WORKFLOWS))
    assert len(settings(parse(most)).workflows) == MAX_WORKFLOWS
    [told] = told_by(parse(most + item % MAX_WORKFLOWS))
    assert told.startswith(f"{P}:3: workflows: 1001 workflows, and one file holds at most 1000")


def test_ten_thousand_workflows_are_one_clear_problem():
    item = f"  - name: w%d\n    workflow-id: {WORKFLOW_ID}\n"
    text = "version: 1\nworkflows:\n" + "".join(item % number for number in range(10_000))
    [told] = told_by(parse(text))
    assert "one file holds at most 1000 workflows" in told


def test_very_many_mistakes_are_summed_up():
    text = "version: 1\nworkflows:\n" + "  - colour: red\n" * 300
    problems = told_by(parse(text))
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
def test_a_problem_never_shows_a_value_that_may_be_secret(text):
    parsed = parse(text)
    assert told_by(parsed)
    assert "hunter2" not in "".join(told_by(parsed))


def test_secret_values_of_every_workflow_are_hidden_from_all():
    text = entry("inputs: {pw: 'hunter2!', url: 'x?hunter2!'}", "secret-inputs: pw")
    parsed = parse(
        text + f"  - name: b\n    workflow-id: {OTHER_ID}\n    inputs: {{n: 'hunter2!'}}\n"
    )
    first, second = settings(parsed).workflows
    assert first.shown == {"pw": "***", "url": "x?***"}
    assert second.shown == {"n": "***"}
    assert second.variables == {"n": "hunter2!"}


def test_a_secret_name_in_defaults_has_to_be_known_to_one_workflow_only():
    head = "version: 1\ndefaults: {secret-inputs: pw}\nworkflows:\n"
    text = entry("inputs: {pw: x}", head=head) + f"  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    assert "is not a name in inputs" in told_by(parse(entry(head=head)))[0]


def test_the_default_file_is_read_only_when_nothing_else_says_what_to_run():
    for other in ({"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}):
        [run] = settings(parse(PRODUCT_EXAMPLE, **other)).workflows
        assert run.name is None


@pytest.mark.parametrize("rival", [{"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}])
def test_a_config_that_was_asked_for_stands_alone(rival):
    [told] = told_by(parse(PRODUCT_EXAMPLE, config=".genesis-ci.yml", **rival))
    assert told.startswith(f"config: {next(iter(rival)).replace('_', '-')} is set too")


def test_a_config_that_was_asked_for_has_to_exist():
    [told] = told_by(parse(PRODUCT_EXAMPLE, config="other.yml"))
    assert told.startswith("config: there is no such file. Write ")


def test_a_config_may_have_any_name():
    parsed = parse("", config="ci/gate.yml", more_files={"ci/gate.yml": PRODUCT_EXAMPLE})
    assert len(settings(parsed).workflows) == 2


def test_a_default_file_that_cannot_be_read_is_a_problem():
    def read(path: str) -> str:
        raise OSError(40, "Too many levels of symbolic links")

    parsed = parse_settings({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=read)
    assert "Too many levels" in told_by(parsed)[0]


def test_without_a_file_the_missing_workflow_is_told():
    parsed = parse_settings({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=files({}))
    assert "there is no .genesis-ci.yml" in told_by(parsed)[0]


def test_without_a_key_that_may_be_missing_undefined_names_do_not_matter():
    assert settings(parse(PRODUCT_EXAMPLE, env={}, api_key="", missing_key="skip")).api_key is None
    assert told_by(parse(PRODUCT_EXAMPLE, env={}))


ATTACHED = "version: 1\nworkflows:\n  - {name: a, execution-id: '${RUN}'}\n"


def test_an_entry_can_attach():
    [run] = settings(parse(ATTACHED, verb=Verb.WAIT, env={"RUN": EXECUTION_ID})).workflows
    assert (run.name, run.execution_id, run.workflow_id) == ("a", EXECUTION_ID, None)


@pytest.mark.parametrize(
    ("verb", "text", "problem"),
    [
        (Verb.TRIGGER, ATTACHED, "trigger starts a new one"),
        (Verb.WAIT, PRODUCT_EXAMPLE, "wait never triggers"),
        (Verb.RUN, ATTACHED + "defaults: {wait: false}\n", "leaves nothing to do"),
        (Verb.RUN, ATTACHED.replace("${RUN}", "a,b"), "an entry attaches to one run"),
    ],
)
def test_each_verb_asks_for_what_it_needs(verb, text, problem):
    problems = told_by(parse(text, verb=verb, env={**ENV, "RUN": EXECUTION_ID}))
    assert problem in problems[0]
    assert problems[0].startswith(P)


def test_check_reads_the_file_too():
    assert len(settings(parse(PRODUCT_EXAMPLE, verb=Verb.CHECK)).workflows) == 2
    assert told_by(parse(entry("colour: red"), verb=Verb.CHECK))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_whatever_comes_is_settings_or_problems(text):
    parsed = parse(text)
    assert bool(told_by(parsed)) is (parsed.settings is None)


SCHEMA = json.loads(suite_schema())


def is_valid(text: str) -> bool:
    return Draft7Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_the_schema_is_one():
    Draft7Validator.check_schema(SCHEMA)


def test_the_schema_knows_the_keys_that_the_code_knows():
    assert set(SCHEMA["definitions"]["workflow"]["properties"]) == ENTRY_KEYS
    assert set(SCHEMA["properties"]["defaults"]["properties"]) == ENTRY_KEYS - {
        "name", "execution-id"
    }  # fmt: skip
    assert ENTRY_KEYS - {"name", "required"} == {row.name for row in INPUTS if row.per_workflow}


@pytest.mark.parametrize("text", [PRODUCT_EXAMPLE, LAYERS, ATTACHED, entry("inputs: {a: 1.10}")])
def test_the_schema_takes_what_the_code_takes(text):
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        entry("colour: red"),
        entry("on-cancelled: maybe"),
        entry("required: maybe"),
        entry("expect: []"),
        entry("expect: [{block: b}]"),
        entry("expect: [{block: b, contains: a, equals: a}]"),
        entry("expect: [{block: b, contain: a}]"),
        entry("expect: [{block: b, query: a, at-least: '3'}]"),
        entry("tests: {at-least: 3}"),
        entry("tests: {block: b, at-least: 0}"),
        entry("inputs: [a]"),
        entry("inputs: {a: [b]}"),
        entry("execution-id: x"),
        entry(head="workflows:\n"),
        entry(head="version: 2\nworkflows:\n"),
        entry(head="version: 1\nmax-parallel: 0\nworkflows:\n"),
        "version: 1\nworkflows: []\n",
    ],
)
def test_the_schema_refuses_what_the_code_refuses(text):
    assert not is_valid(text)
    assert told_by(parse(text))


def test_a_credential_needs_the_jobs_word_and_is_hidden_then():
    text = entry("inputs: {token: '${E2E_TOKEN}', url: 'x?${E2E_TOKEN}'}")
    env = {"E2E_TOKEN": "hunter2-and-a-half"}
    problems = told_by(parse(text, env=env))
    assert problems[0].startswith(f"{P}:5: token: “E2E_TOKEN” is not put in")
    run = run_of(text, env=env, expose="OTHER E2E_TOKEN")
    assert run.variables["token"] == "hunter2-and-a-half"
    assert run.shown == {"token": "***", "url": "x?***"}


@pytest.mark.parametrize("key", ["expose", "allow-http"])
def test_a_file_does_not_say_what_it_may_have(key):
    for text in (entry(f"{key}: X"), under(f"{key}: X"), under(f"defaults: {{{key}: X}}")):
        problems = told_by(parse(text))
        assert f"unknown key “{key}”: it is for the whole job" in problems[0]


def test_a_malformed_reference_is_told_also_where_another_layer_wins():
    text = LAYERS.replace("max-wait-time: 1m", "max-wait-time: '${'")
    [told] = told_by(parse(text, max_wait_time="3m"))
    assert told.startswith(f"{P}:3: max-wait-time: ${{ begins a name")


def test_what_is_malformed_in_defaults_is_told_also_where_an_entry_wins():
    [told] = told_by(parse(LAYERS.replace("max-wait-time: 1m", "max-wait-time: soon")))
    assert told.startswith(f"{P}:3: max-wait-time: “soon” is not a duration")


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_one_run_stands_in_one_entry(spelling):
    text = f"{ATTACHED}  - {{name: b, execution-id: '${{RUN}}'}}\n"
    [told] = told_by(parse(text, verb=Verb.WAIT, env={"RUN": spelling}))
    assert told.startswith(f"{P}:4: this run stands at {P}:3 already")
