"""A scenario file is read, or refused with one line for each problem."""

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from genesis_emulator import scenario_file
from genesis_emulator.scenario import (
    Endpoint,
    ErrorBody,
    FaultKind,
    Policy,
    Review,
    ScenarioError,
    Status,
    Verdict,
)

ID = "6f9619ff-8b86-4d01-b42d-00c04fc964ff"
OTHER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

GOOD = f"""\
organizations: [{{id: acme, credits: 5}}]
keys: [{{key: secret, organization: acme}}]
projects: [{{name: web}}, {{name: old, deleted: true}}]
workflows:
  - id: {ID.upper()}
    name: smoke
    organization: acme
    project: web
    variables: [on, no]
    policy: cancel-previous
    pending: 2
    blocks:
      - {{duration: 4, output: {{ok: true, n: 1.5, none: null, list: [a, 007, 2024-01-01]}}}}
      - {{key: look, status: completed, review: {{after: 6, decision: reject}}}}
      - {{status: skipped}}
      - {{review: true}}
error_body: message
faults:
  - {{on: poll, do: status, nth: [1, 3], status: 503, headers: {{Retry-After: "2"}}, delay: 1}}
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as raised:
        scenario_file.parse(text, "s.yml")
    return raised.value.problems


def test_valid_file_becomes_a_scenario():
    scenario = scenario_file.parse(GOOD, "s.yml")
    (workflow,) = scenario.workflows
    assert (workflow.id, workflow.variables) == (ID, ("on", "no"))
    assert (workflow.policy, workflow.api_access) == (Policy.CANCEL_PREVIOUS, True)
    assert scenario.error_body is ErrorBody.MESSAGE
    assert [project.deleted for project in scenario.projects] == [False, True]


def test_blocks_without_a_key_are_numbered():
    blocks = scenario_file.parse(GOOD, "s.yml").workflows[0].blocks
    assert [block.key for block in blocks] == ["block-1", "look", "block-3", "block-4"]
    assert [block.duration for block in blocks] == [4, 1, 0, 1]
    assert [block.review for block in blocks] == [
        None,
        Review(after=6, decision=Verdict.REJECT),
        None,
        Review(),
    ]
    assert blocks[2].status is Status.SKIPPED


def test_fault_is_read_with_numbers_and_headers():
    (fault,) = scenario_file.parse(GOOD, "s.yml").faults
    assert (fault.on, fault.do, fault.nth) == (Endpoint.POLL, FaultKind.STATUS, (1, 3))
    assert (fault.status, fault.headers, fault.delay) == (503, {"Retry-After": "2"}, 1)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "policy: cancel-previous",
            "polcy: cancel-previous",
            "s.yml:10: workflows[0]: unknown key 'polcy'; known are id, name, organization, "
            "project, variables, policy, api_access, pending, status, error, cancel_reason, "
            "blocks, outcomes (did you mean 'policy'?)",
        ),
        (
            f"id: {ID.upper()}",
            "id: smoke-1",
            "s.yml:5: workflows[0].id: 'smoke-1' is not a UUID; "
            "write it as 8-4-4-4-12 hexadecimal digits",
        ),
        (
            "pending: 2",
            "pending: -2",
            "s.yml:11: workflows[0].pending: -2 should be greater than or equal to 0",
        ),
        (
            "duration: 4",
            "duration: soon",
            "s.yml:13: workflows[0].blocks[0].duration: 'soon' should be a valid number",
        ),
        (
            "duration: 4",
            "duration: .inf",
            "s.yml:13: workflows[0].blocks[0].duration: .inf should be a valid number",
        ),
        (
            "credits: 5",
            "credits: -1",
            "s.yml:1: organizations[0].credits: -1 should be greater than or equal to 0",
        ),
        (
            "policy: cancel-previous",
            "policy: cancel_previous",
            "s.yml:10: workflows[0].policy: 'cancel_previous' is unknown; "
            "use parallel or cancel-previous (did you mean 'cancel-previous'?)",
        ),
        (
            "organization: acme\n",
            "organization: acne\n",
            "s.yml:7: workflows[0].organization: 'acne' is not in organizations; "
            "add it there or correct it (did you mean 'acme'?)",
        ),
        (
            "project: web",
            "project: wbe",
            "s.yml:8: workflows[0].project: 'wbe' is not in projects; add it there or correct it "
            "(did you mean 'web'?)",
        ),
        (
            "    name: smoke\n",
            "",
            "s.yml:5: workflows[0]: the key 'name' is missing; add it",
        ),
        (
            "name: smoke",
            "name: smoke\n    name: again",
            "s.yml:7: workflows[0]: the key 'name' is given twice; keep one",
        ),
        (
            "name: smoke",
            'name: "a\\u001b[31m"',
            "s.yml:6: workflows[0].name: "
            "expected a name: not empty, on one line, no control characters",
        ),
        (
            "deleted: true",
            "deleted: yes",
            "s.yml:3: projects[1].deleted: expected true or false, got 'yes'",
        ),
        (
            "variables: [on, no]",
            "variables: on",
            "s.yml:9: workflows[0].variables: expected a list, got 'on'",
        ),
        (
            "variables: [on, no]",
            "variables: [on, on]",
            "s.yml:9: workflows[0].variables: 'on' is given twice; keep one",
        ),
        (
            "key: look",
            "key: block-1, duration: []",
            "s.yml:14: workflows[0].blocks[1].duration: a list should be a valid number",
        ),
        (
            "nth: [1, 3]",
            "nth: [1, 0]",
            "s.yml:19: faults[0].nth[1]: 0 should be greater than or equal to 1",
        ),
        (
            "on: poll, do: status",
            "on: trigger, do: unknown-status",
            "s.yml:19: faults[0]: a trigger's answer has no status; use unknown-status on: poll",
        ),
        (
            'Retry-After: "2"',
            'X-Evil: "a\\r\\nb: c"',
            "s.yml:19: faults[0].headers: the value of X-Evil is not plain ASCII on one line",
        ),
        (
            "nth: [1, 3]",
            "workflow: smok",
            "s.yml:19: faults[0].workflow: 'smok' is not in workflows; add it there or correct it "
            "(did you mean 'smoke'?)",
        ),
        (
            "organizations: [{id: acme, credits: 5}]",
            "organizations: [acme]",
            "s.yml:1: organizations[0]: expected a mapping, got 'acme'",
        ),
    ],
)
def test_problem_has_file_line_path_and_remedy(old, new, problem):
    assert GOOD.count(old) >= 1
    assert problem in problems(GOOD.replace(old, new, 1))


def test_unknown_placeholder_is_reported_with_a_suggestion():
    wrong = GOOD.replace("variables: [on, no]", "variables: [target_url]").replace(
        "{review: true}",
        '{review: true, inputs: {url: "{{target_ulr}}"}, output: "{{ target_url }} in {{brwser}}"}',
    )
    assert problems(wrong) == (
        "s.yml:16: workflows[0].blocks[3].output: 'brwser' is not in the workflow's variables; "
        "add it there or correct it",
        "s.yml:16: workflows[0].blocks[3].inputs.url: 'target_ulr' is not in the workflow's "
        "variables; add it there or correct it (did you mean 'target_url'?)",
    )


def with_outcomes(text: str) -> str:
    return GOOD.replace("    pending: 2\n", f"    pending: 2\n    outcomes: {text}\n")


def test_outcome_is_a_status_or_a_mapping():
    text = "[failed, {when: {on: 007}, status: skipped, error: gone, blocks: [{key: a}, {}]}]"
    first, second = scenario_file.parse(with_outcomes(text), "s.yml").workflows[0].outcomes
    assert (first.status, first.when, first.blocks) == (Status.FAILED, {}, None)
    assert (second.when, second.status, second.error) == ({"on": "007"}, Status.SKIPPED, "gone")
    assert second.blocks is not None
    assert [block.key for block in second.blocks] == ["a", "block-2"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[fail]", "status: 'fail' is unknown; use completed, failed, cancelled or skipped "),
        ("[{when: {no1: a}}]", "when.no1: 'no1' is not in the workflow's variables; "),
        ("[{wen: {no: a}}]", "unknown key 'wen'; known are when, status, error, blocks "),
        ("[{blocks: [{output: '{{of}}'}]}]", "blocks[0].output: 'of' is not in the workflow's "),
        ("[{blocks: [{key: a}, {key: a}]}]", "blocks[1].key: 'a' is taken by "),
    ],
    ids=["word", "variable", "key", "placeholder", "block twice"],
)
def test_wrong_outcome_is_reported_at_its_line(text, problem):
    (found,) = problems(with_outcomes(text))
    assert found.startswith("s.yml:12: workflows[0].outcomes[0]")
    assert problem in found


@pytest.mark.parametrize(
    ("review", "problem"),
    [
        ("{decision: reject}", "the key 'after' is missing; add it, or write review: true"),
        ("yes", "expected true, false or a mapping, got 'yes'"),
        ("{after: 1, decision: maybe}", "'maybe' is unknown; use approve or reject"),
    ],
)
def test_malformed_review_is_refused(review, problem):
    (found,) = problems(GOOD.replace("{review: true}", f"{{review: {review}}}"))
    assert found.startswith("s.yml:16: workflows[0].blocks[3].review")
    assert problem in found


def test_strings_stay_as_written():
    text = GOOD.replace("variables: [on, no]", "variables: [1.10, on, 007, ~, 2024-01-01]").replace(
        "{review: true}", "{inputs: {a: 1.10, b: on, c: 007}, output: 1.10}"
    )
    workflow = scenario_file.parse(text, "s.yml").workflows[0]
    assert workflow.variables == ("1.10", "on", "007", "~", "2024-01-01")
    assert workflow.blocks[3].inputs == {"a": "1.10", "b": "on", "c": "007"}
    assert workflow.blocks[3].output == 1.1


def test_schema_accepts_and_rejects_what_the_reader_does():
    checker = Draft202012Validator(scenario_file.schema())
    checker.check_schema(checker.schema)
    yaml = YAML(typ="safe", pure=True)
    good = with_outcomes("[failed, {when: {no: 1}, status: skipped, blocks: [{}]}]")
    assert list(checker.iter_errors(yaml.load(good))) == []
    for wrong in ("polcy: parallel", "policy: sometimes", "pending: -1", "outcomes: [fail]"):
        text = GOOD.replace("policy: cancel-previous", wrong).replace("    pending: 2\n", "")
        assert list(checker.iter_errors(yaml.load(text))), wrong


def test_duplicate_workflow_ids_are_refused_in_any_case():
    twin = f"  - {{id: {ID}, name: twin, organization: acme}}\nerror_body"
    assert problems(GOOD.replace("error_body", twin, 1)) == (
        f"s.yml:17: workflows[1].id: '{ID}' is taken by workflows[0].id; use another",
    )


def test_duplicate_block_keys_are_refused():
    (problem,) = problems(GOOD.replace("- {review: true}", "- {key: look}"))
    assert problem == (
        "s.yml:16: workflows[0].blocks[3].key: "
        "'look' is taken by workflows[0].blocks[1].key; use another"
    )


def test_all_problems_are_reported_at_once():
    broken = GOOD.replace("pending: 2", "pending: -2").replace("credits: 5", "credit: 5")
    assert len(problems(broken)) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "s.yml:1: the scenario is empty; start with organizations:"),
        ("# nothing\n", "s.yml:1: the scenario is empty; start with organizations:"),
        ("[]", "s.yml:1: expected a mapping, got a list"),
        ("a: b: c", "s.yml:1: not YAML: mapping values are not allowed here; "),
        ("keys: [", "s.yml:1: not YAML: "),
        ("keys: *nobody", "s.yml:1: not YAML: found undefined alias"),
        ("a: \x00", "s.yml: not YAML: unacceptable character #x0000"),
        (
            "keys: " + "[\n " * 1500,
            "s.yml:1: nested too deeply, or an alias inside itself; write it flat",
        ),
    ],
    ids=["empty", "comment", "list", "colon", "open", "alias", "nul", "deep"],
)
def test_text_that_is_no_scenario_is_refused(text, problem):
    assert problems(text)[0].startswith(problem)


def test_output_that_contains_itself_is_refused():
    tied = GOOD.replace("{review: true}", "{output: &o [*o]}")
    assert problems(tied) == (
        "s.yml:1: nested too deeply, or an alias inside itself; write it flat",
    )


def test_unreadable_file_is_reported(tmp_path):
    with pytest.raises(ScenarioError, match="cannot read the scenario: No such file"):
        scenario_file.load(tmp_path / "none.yml")
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        scenario_file.load(binary)


def test_fault_from_data_is_checked_like_one_in_a_file():
    fault = scenario_file.fault_from({"on": "trigger", "do": "close-after", "nth": 2})
    assert (fault.on, fault.do, fault.nth) == (Endpoint.TRIGGER, FaultKind.CLOSE_AFTER, (2,))
    with pytest.raises(ScenarioError) as raised:
        scenario_file.fault_from({"on": "pol", "do": "status", "nht": 1})
    assert raised.value.problems == (
        "fault.on: 'pol' is unknown; use trigger or poll (did you mean 'poll'?)",
        "fault: unknown key 'nht'; known are on, do, nth, workflow, delay, processed, status, "
        "headers, body, word, size, over (did you mean 'nth'?)",
    )


def test_builtin_workflows_take_the_documented_variables():
    workflows = {each.name: each for each in scenario_file.builtin().workflows}
    for name in ("completed", "failed", "review", "cancelled", "skipped", "slow"):
        assert workflows[name].variables == ("target_url", "browser")
    assert workflows["echo"].variables == ("ver", "on", "n", "zip", "j", "target_url")


@pytest.mark.parametrize("name", ["completed", "failed", "review", "cancelled", "skipped"])
def test_each_demo_run_takes_three_to_six_seconds(name):
    workflows = {each.name: each for each in scenario_file.builtin().workflows}
    chosen = workflows[name]
    ends = (Status.FAILED, Status.CANCELLED)
    stop = next((i for i, b in enumerate(chosen.blocks) if b.status in ends or b.review), 99)
    taken = chosen.pending + sum(block.duration for block in chosen.blocks[: stop + 1])
    assert 3 <= taken <= 6
