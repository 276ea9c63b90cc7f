"""Inputs that contradict each other."""

import pytest

from genesis_ci.models.workflow import Verb
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in
from tests.unit.config.configs import ATTACHED, KEY, entry, parse

CANCEL_PREVIOUS = f"workflow-id: {WORKFLOW_ID}, concurrency-policy: cancel-previous"
BOTH = f"version: 1\nworkflows: [{{name: a, {CANCEL_PREVIOUS}}}, {{name: b, {CANCEL_PREVIOUS}}}]"
WITH_KEY = f"wait-for: {{url: 'https://a.example/{KEY}'}}"


@pytest.mark.parametrize(
    ("given", "start"),
    [
        (
            {"verb": Verb.TRIGGER, "execution_id": "x"},
            "execution-id attaches to a run that exists,",
        ),
        ({"execution_id": "x", "wait": "false"}, "wait: false together with execution-id leaves"),
        (
            {"verb": Verb.WAIT, "execution_id": "x", "attempts": "2"},
            "attempts: wait never triggers,",
        ),
        ({"verb": Verb.TRIGGER, "attempts": "2"}, "attempts: a job that does not wait cannot try"),
        ({"wait": "false", "attempts": "2"}, "attempts: a job that does not wait cannot try"),
        (
            {"execution_id": "x", "attempts": "2"},
            "attempts: execution-id attaches, and starts no run;",
        ),
    ],
)
def test_contradicting_inputs_are_one_problem(given, start):
    [problem] = problems_in(parse(**given))
    assert problem.startswith(start)


@pytest.mark.parametrize(
    ("verb", "text", "words"),
    [
        (Verb.TRIGGER, BOTH, f"both run workflow {WORKFLOW_ID}, whose concurrency policy is"),
        (Verb.TRIGGER, ATTACHED, "execution-id attaches to a run that exists, but trigger starts"),
        (
            Verb.WAIT,
            entry(),
            "wait never triggers, and this entry has no execution-id.",
        ),
    ],
)
def test_entry_contradicting_the_verb_is_reported(verb, text, words):
    assert problems_in(parse(text, environ={"RUN": EXECUTION_ID})) == ()
    [problem] = problems_in(parse(text, verb=verb, environ={"RUN": EXECUTION_ID}))
    assert problem.partition(": ")[2].startswith(words)


def test_key_in_an_address_is_reported_at_its_line():
    [problem] = problems_in(parse(entry(WITH_KEY)))
    assert problem.startswith(".genesis-ci.yml:5: wait-for: it contains the API key, which is for")
