"""Workflows that cannot stand side by side in one file."""

import pytest

from genesis_ci.models import Verb
from tests.builders import EXECUTION_ID, WORKFLOW_ID, told_by

from .suites import ATTACHED, FILE, OTHER_ID, PRODUCT_EXAMPLE, parse, settings


def test_two_entries_of_one_name_are_told_with_both_lines():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    [told] = told_by(parse(text))
    assert told.startswith(f"{FILE}:11: this name is at {FILE}:6 too. Give each entry its own name")


def test_two_entries_without_a_name_need_one_when_they_are_the_same_workflow():
    text = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    [told] = told_by(parse(text.replace(OTHER_ID, WORKFLOW_ID)))
    assert told.startswith(
        f"{FILE}:4: this workflow, without a name, is at {FILE}:3 too. Give each entry its own name"
    )


def test_entries_after_one_that_names_nothing_are_compared():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    told = told_by(parse(text.replace("workflows:\n", "workflows:\n  - {required: true}\n")))
    assert told[0].startswith(f"{FILE}:6: the entry has neither workflow-id nor execution-id")
    assert told[1].startswith(f"{FILE}:12: this name is at {FILE}:7 too")


def test_one_template_with_two_policies_is_told():
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID)
    [told] = told_by(parse(text))
    assert told.startswith(
        f"{FILE}:11: concurrency-policy: the same workflow has another one at {FILE}:6"
    )


def test_what_is_attached_to_has_no_policy_that_could_be_another_one():
    attached = f"workflows:\n  - {{name: a, execution-id: {EXECUTION_ID}}}"
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID).replace("workflows:", attached)
    [told] = told_by(parse(text))
    assert told.startswith(f"{FILE}:12: concurrency-policy: the same workflow has another one at ")


def two_turns(first: str = "", second: str = "") -> str:
    turn = f"{{name: %s, workflow-id: {WORKFLOW_ID}, concurrency-policy: cancel-previous%s}}"
    return f"version: 1\nworkflows:\n  - {turn % ('a', first)}\n  - {turn % ('b', second)}\n"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (two_turns(), Verb.TRIGGER),
        (two_turns(", wait: false"), Verb.RUN),
        (two_turns("", ", wait: false"), Verb.RUN),
        (two_turns(", wait: false", ", wait: false"), Verb.RUN),
    ],
)
def test_turns_cannot_be_taken_where_one_is_not_waited_for(text, verb):
    [told] = told_by(parse(text, verb=verb))
    assert told.startswith(f"{FILE}:4: both run workflow {WORKFLOW_ID}, whose ")
    assert "without waiting none can take its turn" in told
    assert told.endswith(f"Wait for both ({FILE}:3), or drop one.")


def test_turns_are_taken_by_those_that_are_waited_for():
    assert len(settings(parse(two_turns())).workflows) == 2


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_one_run_stands_in_one_entry(spelling):
    text = f"{ATTACHED}  - {{name: b, execution-id: '${{RUN}}'}}\n"
    [told] = told_by(parse(text, verb=Verb.WAIT, env={"RUN": spelling}))
    assert told.startswith(f"{FILE}:4: this run is at {FILE}:3 too. Name each run once")


def test_runs_after_an_entry_that_triggers_are_compared():
    runs = "".join(f"  - {{name: {name}, execution-id: run-1}}\n" for name in "ab")
    text = f"version: 1\nworkflows:\n  - {{name: c, workflow-id: {WORKFLOW_ID}}}\n{runs}"
    [told] = told_by(parse(text))
    assert told.startswith(f"{FILE}:5: this run is at {FILE}:4 too")
