"""Every input that a verb takes is read."""

import pytest

from genesis_ci.commands import inputs_of
from genesis_ci.config.settings import parse_settings, reporting_of
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import EXECUTION_ID, WORKFLOW_ID
from tests.fakes import files

OF_ONE_WORKFLOW = {
    "api-key": "gk_0123456789abcdef",
    "workflow-id": WORKFLOW_ID,
    "inputs": "user: annabelle",
}
OF_ONE_RUN = {"api-key": "gk_0123456789abcdef", "execution-id": EXECUTION_ID}
ANOTHER = {
    "api-url": "https://other.example.com",
    "workflow-id": "11111111-8b86-4d01-b42d-00c04fc964ff",
    "inputs": "user: bob",
    "inputs-file": "more.env",
    "secret-inputs": "user",
    "config": "several.yml",
    "execution-id": "run-2",
    "wait": "false",
    "concurrency-policy": "cancel-previous",
    "poll-interval": "7",
    "max-wait-time": "7m",
    "on-review-pending": "wait",
    "review-wait-time": "7m",
    "review-status": "genesis",
    "wait-for": "https://preview.example.com/health",
    "run-url": "https://genesis.autify.com/runs/{execution_id}",
    "on-cancelled": "pass",
    "on-skipped": "pass",
    "on-failed-block": "fail",
    "expect": "[{block: b, not-empty: true}]",
    "tests": "test-report",
    "missing-key": "skip",
    "output-block": "block-1",
    "report-dir": "elsewhere",
    "summary": "false",
    "allow-http": "genesis.internal",
    "expose": "TEST_PASSWORD",
    "attempts": "2",
    "on-flaky": "fail",
    "failed-from": "genesis-results/result.json",
}
"""A value of each input that means something else than its default."""
BESIDE = {
    "missing-key": {"api-key": ""},
    "allow-http": {"api-url": "http://genesis.internal"},
    "expose": {"workflow-id": "", "execution-id": "", "config": "exposing.yml"},
}
"""What has to be said beside an input that matters only then."""


EXPOSING = "version: 1\nworkflows: [{execution-id: run-1, inputs: {password: '${TEST_PASSWORD}'}}]"


@pytest.mark.parametrize("verb", Verb)
def test_every_input_that_a_verb_takes_makes_a_difference_to_it(verb):
    usual = OF_ONE_RUN if verb is Verb.WAIT else OF_ONE_WORKFLOW
    read = files({"more.env": "browser=firefox", "exposing.yml": EXPOSING})

    def meaning(texts):
        given = {name: Given(text, name) for name, text in texts.items()}
        environ = {"TEST_PASSWORD": "correct horse"}
        parsed = parse_settings(given, verb=verb, read_file=read, environ=environ)
        return parsed, reporting_of(given)

    def makes_a_difference(name):
        base = {**usual, **BESIDE.get(name, {})}
        before = meaning(base) if name in BESIDE else meaning_of_usual
        return meaning({**base, name: ANOTHER[name]}) != before

    meaning_of_usual = meaning(usual)
    assert [name for name in inputs_of(verb) if not makes_a_difference(name)] == []
