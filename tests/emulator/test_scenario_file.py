"""A scenario file is read, or refused with one line for each problem."""

import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from genesis_emulator import scenario_file
from genesis_emulator.scenario import Review, ScenarioError, Verdict

ID = "6F9619FF-8B86-4D01-B42D-00C04FC964FF"
GOOD = """\
organizations: [{id: acme, credits: 5}]
keys: [{key: secret, organization: acme}]
projects: [{name: web}, {name: old, deleted: true}]
workflows:
  - id: 6F9619FF-8B86-4D01-B42D-00C04FC964FF
    name: 決済 smoke-1
    organization: acme
    project: web
    variables: [on, 1.10, 007, ~, 2024-01-01]
    policy: cancel-previous
    pending: 2
    blocks:
      - {duration: 4, inputs: {a: 1.10, b: on, c: 007}}
      - {key: look, status: completed, review: {after: 6, decision: reject}}
      - {status: skipped}
      - {review: true, output: null}
      - review: false
        output: [~, 'null', true, on, 1.5, '1.5', 007, .inf, 1.0e+999, 2024-01-01, {a: [7, {b: x}]}]
    outcomes:
      - failed
      - {when: {on: 007}, status: skipped, error: gone, blocks: [{key: a}, {}]}
error_body: message
faults:
  - {on: poll, do: status, nth: [1, 3], status: 503, headers: {Retry-After: "2"}, size: 7}
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as raised:
        scenario_file.parse(text, "s.yml")
    return raised.value.problems


def test_valid_file_becomes_a_scenario():
    scenario = scenario_file.parse(GOOD, "s.yml")
    assert scenario.error_body == "message"
    assert [project.deleted for project in scenario.projects] == [False, True]

    [workflow] = scenario.workflows
    assert (workflow.id, workflow.name, workflow.api_access) == (ID.lower(), "決済 smoke-1", True)
    assert (workflow.policy, workflow.pending) == ("cancel-previous", 2)
    assert workflow.variables == ("on", "1.10", "007", "~", "2024-01-01")

    blocks = workflow.blocks
    assert [block.key for block in blocks] == ["block-1", "look", "block-3", "block-4", "block-5"]
    assert [block.duration for block in blocks] == [4, 1, 0, 1, 1]
    reviews = [None, Review(after=6, decision=Verdict.REJECT), None, Review(), None]
    assert [block.review for block in blocks] == reviews
    assert blocks[2].status == "skipped"
    assert blocks[0].inputs == {"a": "1.10", "b": "on", "c": "007"}
    assert blocks[3].output is None
    assert json.dumps(blocks[4].output) == (
        '[null, "null", true, "on", 1.5, "1.5", "007", ".inf", "1.0e+999", "2024-01-01", '
        '{"a": [7, {"b": "x"}]}]'
    )

    first, second = workflow.outcomes
    assert (first.status, first.when, first.blocks) == ("failed", {}, None)
    assert (second.when, second.status, second.error) == ({"on": "007"}, "skipped", "gone")
    assert [block.key for block in second.blocks] == ["a", "block-2"]

    [fault] = scenario.faults
    assert (fault.on, fault.do, fault.nth) == ("poll", "status", (1, 3))
    assert (fault.status, fault.headers, fault.size) == (503, {"Retry-After": "2"}, 7)


@pytest.mark.parametrize(
    ("place", "good", "bad"),
    [
        ("pending: 2", ["0", "0.5", "'4'"], ["-1", ".inf", ".nan", "soon", "{}"]),
        ("credits: 5", ["0", "2147483647", "null"], ["-1", "2147483648", "1.5"]),
        ("status: 503", ["200", "599"], ["199", "600"]),
        ("size: 7", ["1", "268435456"], ["0", "268435457"]),
        ("nth: [1, 3]", ["1", "[2147483647]"], ["0", "[1, 0]", "2147483648", "a", "[[1]]"]),
        ("deleted: true", ["true", "false"], ["yes", "True", "1", "null", "'on'"]),
        ("name: old", ["決済 1"], ['""', r'"a\nb"', r'"a\e[31m"', r'"a\u202eb"']),
        (f"id: {ID}", [ID], ["x", ID.replace("-", ""), f"'{{{ID}}}'", rf'"{ID}\n"', '""']),
        (
            'headers: {Retry-After: "2"}',
            ['{X-Odd!: "a b~"}'],
            [
                '{"bad name": "2"}',
                "{Content-Length: 2}",
                "{transfer-ENCODING: x}",
                "{a: 日本}",
                r'{a: "a\tb"}',
                r'{a: "\x7f"}',
            ],
        ),
    ],
)
def test_value_outside_its_bounds_is_refused_at_its_place(place, good, bad):
    key = place.partition(":")[0]
    assert GOOD.count(place) == 1
    for value in good:
        scenario_file.parse(GOOD.replace(place, f"{key}: {value}"), "s.yml")
    line = GOOD[: GOOD.index(place)].count("\n") + 1
    for value in bad:
        [problem] = problems(GOOD.replace(place, f"{key}: {value}"))
        assert problem.startswith(f"s.yml:{line}: "), value
        assert f".{key}" in problem, value


BROKEN = r"""organizations: [acme, {id: acme, credit: 5}, {id: rich, credits: -1}]
#! organizations[1]: unknown key 'credit'; known are id, credits (did you mean 'credits'?)
#! organizations[0]: expected a mapping, got 'acme'
#! organizations[2].credits: -1 should be greater than or equal to 0
keys: [{key: k, organization: acne}, {key: k, organization: null, member: yes}]
#! keys[1].member: expected true or false, got 'yes'
#! keys[1].key: 'k' is taken by keys[0].key; use another
#! keys[0].organization: 'acne' is not in organizations; add it there or correct it (did you mean
#  'acme'?)
projects:
  - {name: "a\e[31m", deleted: ~}
#! projects[0].name: expected a name: not empty, on one line, no control characters
#! projects[0].deleted: expected true or false, got nothing
  - {name: web}
  - name: web
#! projects[2]: a key is not a plain string
#! projects[2].name: 'web' is taken by projects[1].name; use another
    deleted: true
    deleted: false
#! projects[2]: the key 'deleted' is given twice; keep one
    ? [odd]
    : key
workflows:
  - id: smoke-1
#! workflows[0].id: 'smoke-1' is not a UUID; write it as 8-4-4-4-12 hexadecimal digits
    name: smoke
    organization: acme
    project: wbe
#! workflows[0].project: 'wbe' is not in projects; add it there or correct it (did you mean 'web'?)
    variables: [on, target_url, on]
#! workflows[0].variables: 'on' is given twice; keep one
    polcy: parallel
#! workflows[0]: unknown key 'polcy'; known are id, name, title, organization, project, variables,
#  policy, api_access, pending, status, error, cancel_reason, blocks, outcomes (did you mean
#  'policy'?)
    policy: cancel_previous
#! workflows[0].policy: 'cancel_previous' is unknown; use parallel or cancel-previous (did you mean
#  'cancel-previous'?)
    pending: soon
#! workflows[0].pending: 'soon' should be a valid number
    blocks:
      - {duration: .inf, key: look, output: "{{ target_url }} in {{brwser}}"}
#! workflows[0].blocks[0].duration: .inf should be a valid number
#! workflows[0].blocks[0].output: 'brwser' is not in the workflow's variables; add it there or
#  correct it
      - {duration: [], key: look, inputs: {url: "{{target_ulr}}"}}
#! workflows[0].blocks[1].duration: a list should be a valid number
#! workflows[0].blocks[1].key: 'look' is taken by workflows[0].blocks[0].key; use another
#! workflows[0].blocks[1].inputs.url: 'target_ulr' is not in the workflow's variables; add it there
#  or correct it (did you mean 'target_url'?)
      - {status: running, review: yes}
#! workflows[0].blocks[2].status: 'running' is unknown; use completed, failed, cancelled or skipped
#! workflows[0].blocks[2].review: expected true, false or a mapping, got 'yes'
      - {review: {decision: reject}}
#! workflows[0].blocks[3].review: the key 'after' is missing; add it, or write review: true
      - {review: {after: 1, decision: maybe}}
#! workflows[0].blocks[4].review.decision: 'maybe' is unknown; use approve or reject
    outcomes:
      - fail
#! workflows[0].outcomes[0].status: 'fail' is unknown; use completed, failed, cancelled or skipped
#  (did you mean 'failed'?)
      - {wen: {no: a}, when: {no: a}}
#! workflows[0].outcomes[1]: unknown key 'wen'; known are when, status, error, blocks (did you mean
#  'when'?)
#! workflows[0].outcomes[1].when.no: 'no' is not in the workflow's variables; add it there or
#  correct it
      - {blocks: [{output: "{{of}}"}, {key: a}, {key: a}]}
#! workflows[0].outcomes[2].blocks[2].key: 'a' is taken by workflows[0].outcomes[2].blocks[1].key;
#  use another
#! workflows[0].outcomes[2].blocks[0].output: 'of' is not in the workflow's variables; add it there
#  or correct it
  - {id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff, name: twin, organization: acme, variables: on}
#! workflows[1].variables: expected a list, got 'on'
  - {id: 6F9619FF-8b86-4d01-b42d-00c04fc964ff, organization: other}
#! workflows[2]: the key 'name' is missing; add it
#! workflows[2].id: '6f9619ff-8b86-4d01-b42d-00c04fc964ff' is taken by workflows[1].id; use another
#! workflows[2].organization: 'other' is not in organizations; add it there or correct it
faults:
  - {on: poll, do: status, nth: [1, 0], workflow: smok}
#! faults[0].nth[1]: 0 should be greater than or equal to 1
#! faults[0].workflow: 'smok' is not in workflows; add it there or correct it (did you mean
#  'smoke'?)
  - {on: pol, do: sttus}
#! faults[1].on: 'pol' is unknown; use trigger or poll (did you mean 'poll'?)
#! faults[1].do: 'sttus' is unknown; use delay, status, not-json, close-before, close-after,
#  truncate, unknown-status, oversize or drip (did you mean 'status'?)
  - {on: trigger, do: unknown-status}
#! faults[2]: a trigger's answer has no status; use unknown-status on: poll
  - {on: poll, do: status, headers: {X-Evil: "a\r\nb: c"}}
#! faults[3].headers: the value of X-Evil is not plain ASCII on one line
  - {on: poll, do: status, headers: {bad name: 2}, delay: {}}
#! faults[4].delay: a mapping should be a valid number
#! faults[4].headers: 'bad name' is not a header name
  - {on: poll, do: status, headers: {Content-Length: 2}}
#! faults[5].headers: the server sets Content-Length itself; use truncate for a short body
error_body: text
#! error_body: 'text' is unknown; use error, message or plain
fault: []
#! unknown key 'fault'; known are organizations, keys, workflows, projects, faults, error_body,
#  own_state (did you mean 'faults'?)
"""
"""Each problem is written below its line."""
TOO_DEEP = "s.yml:1: nested too deeply, or an alias inside itself; write it flat"


def test_all_problems_are_reported_with_line_path_and_remedy():
    expected: list[str] = []
    for number, line in enumerate(BROKEN.splitlines(), 1):
        if not line.startswith("#"):
            last = number
        elif line.startswith("#! "):
            expected.append(f"s.yml:{last}: {line[3:]}")
        else:
            expected[-1] += line[2:]
    assert list(problems(BROKEN)) == expected


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
        ("keys: " + "[\n " * 1500, TOO_DEEP),
        (GOOD.replace("output: null", "output: &o [*o]"), TOO_DEEP),
        (GOOD.replace("project: web", "project: no"), "s.yml:8: workflows[0].project: 'no' is not"),
    ],
    ids=["empty", "comment", "list", "colon", "open", "alias", "nul", "deep", "itself", "unknown"],
)
def test_text_that_is_not_a_scenario_is_refused(text, problem):
    assert problems(text)[0].startswith(problem)


def test_unreadable_file_is_reported(tmp_path):
    with pytest.raises(ScenarioError, match="cannot read the scenario: No such file"):
        scenario_file.load(tmp_path / "none.yml")
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        scenario_file.load(binary)


def test_schema_accepts_and_rejects_what_the_reader_does():
    checker = Draft202012Validator(scenario_file.schema())
    checker.check_schema(checker.schema)
    yaml = YAML(typ="safe", pure=True)
    assert (
        list(checker.iter_errors(yaml.load(GOOD.replace("2024-01-01", "'2024'").replace("~,", ""))))
        == []
    )
    for wrong in ("polcy: parallel", "policy: sometimes", "policy: parallel\n    status: fail"):
        text = GOOD.replace("policy: cancel-previous", wrong)
        assert list(checker.iter_errors(yaml.load(text))), wrong
