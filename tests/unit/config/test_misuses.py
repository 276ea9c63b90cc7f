"""Workflows that cannot stand side by side in one file."""

import pytest

from genesis_ci.models import Verb
from tests.builders import EXECUTION_ID, WORKFLOW_ID, told_by

from .suites import ATTACHED, FILE, OTHER_ID, PRODUCT_EXAMPLE, parse, settings


def test_two_entries_of_one_name_are_told_with_both_lines():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    [told] = told_by(parse(text))
    assert told.startswith(f"{FILE}:11: this name stands at {FILE}:6 already")


def test_two_entries_without_a_name_need_one_when_they_are_the_same_workflow():
    text = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    [told] = told_by(parse(text.replace(OTHER_ID, WORKFLOW_ID)))
    assert "without a name, stands at" in told


def test_one_template_with_two_policies_is_told():
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID)
    [told] = told_by(parse(text))
    assert told.startswith(
        f"{FILE}:11: concurrency-policy: the same workflow has another one at {FILE}:6"
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


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_one_run_stands_in_one_entry(spelling):
    text = f"{ATTACHED}  - {{name: b, execution-id: '${{RUN}}'}}\n"
    [told] = told_by(parse(text, verb=Verb.WAIT, env={"RUN": spelling}))
    assert told.startswith(f"{FILE}:4: this run stands at {FILE}:3 already")
