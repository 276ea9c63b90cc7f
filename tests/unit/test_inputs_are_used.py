"""Every input that a command accepts has an effect on it."""

import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from genesis_ci.commands import inputs_of
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.config.sources import Given
from genesis_ci.jobs.check import check_job
from genesis_ci.jobs.publish import Publisher
from genesis_ci.jobs.run import run_job
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Policy
from genesis_ci.models.report import Verdict
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from genesis_ci.system.workspace import Workspace
from tests.builders import (
    EXECUTION_ID,
    WORKFLOW_ID,
    a_block,
    a_report,
    a_run,
    an_execution,
    settings_of,
)
from tests.fakes import FakeApi, files
from tests.unit.published import KEY, Job


def recorded(value: Any, path: str, read: set[str]) -> Any:
    """Return a copy that records which fields are read, except by `replace`."""

    class Recorded(type(value)):
        def __getattribute__(self, name: str) -> Any:
            if sys._getframe(1).f_globals["__name__"] != "dataclasses":
                read.add(f"{path}.{name}")
            return object.__getattribute__(self, name)

    if isinstance(value, tuple):
        return tuple.__new__(Recorded, value)
    copy = object.__new__(Recorded)
    for field in fields(value):
        object.__setattr__(copy, field.name, getattr(value, field.name))
    return copy


SCENARIOS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["running", "completed"]),
    ({}, ["cancelled"]),
    ({}, ["skipped"]),
    ({"max_review": 60.0}, ["review_pending", "completed"]),
    ({"policy": Policy(attempts=2)}, ["failed", "completed"]),
    ({"earlier": (a_report(Verdict.FAILED, 1),)}, ["completed"]),
]
"""Fields of a workflow, and the statuses of its run; without fields, the run has a failed block."""


def fields_read_by(verb: Verb, root: Path) -> set[str]:
    """The fields of workflows, policies and reporting that jobs of a verb read."""
    read: set[str] = set()
    reporting = recorded(Reporting(output_block="block-1"), "reporting", read)
    for given, words in SCENARIOS:
        workflow = a_run(
            run_url="https://genesis.autify.com/runs/{execution_id}",
            wait=verb is not Verb.TRIGGER,
            execution_id=EXECUTION_ID if verb is Verb.WAIT else None,
            **{**given, "policy": recorded(given.get("policy", Policy()), "policy", read)},
        )
        blocks = (a_block(status=Status.COMPLETED if given else Status.FAILED),)
        settings = Settings(
            api_url="https://genesis.autify.com",
            api_key=Secret(KEY),
            workflows=(recorded(workflow, "workflow", read),),
        )
        job = Job(root)
        if verb is Verb.CHECK:
            rest = {"unwritable": None, "confirm_key": lambda _: None}
            check_job(partial(replace, settings), reporting, provider=job.provider, **rest)
        else:
            publisher = Publisher(job.provider, Workspace(root), reporting)
            api = FakeApi(polls=[an_execution(word, blocks=blocks) for word in words])
            run_job(partial(replace, settings), job.io(publisher, api))
    return read


@pytest.mark.parametrize("verb", Verb)
def test_every_command_reads_the_field_of_each_input(verb, tmp_path):
    read = fields_read_by(verb, tmp_path)
    known = read | {"reporting.language"}  # the app reads it before a command begins
    ignored = [row.name for row in inputs_of(verb) if row.target and row.target not in known]
    assert ignored == [], f"{verb} accepts these inputs and ignores them"


OF_ONE_WORKFLOW = {"api-key": KEY, "workflow-id": WORKFLOW_ID, "inputs": "user: annabelle"}
OF_ONE_RUN = {"api-key": KEY, "execution-id": EXECUTION_ID}
ANOTHER = {
    "api-url": "https://other.example.com",
    "inputs": "user: bob",
    "inputs-file": "more.env",
    "secret-inputs": "user",
    "config": "several.yml",
    "execution-id": "run-2",
    "review-status": "genesis",
    "expect": "[{block: b, not-empty: true}]",
    "tests": "test-report",
    "missing-key": "skip",
    "expose": "TEST_PASSWORD",
    "failed-from": "genesis-results/result.json",
}
"""A value other than the default of each input without a target."""
BESIDE = {
    "missing-key": {"api-key": ""},
    "expose": {"workflow-id": "", "execution-id": "", "config": "exposing.yml"},
}
"""Other inputs that an input needs to have an effect."""
EXPOSING = "version: 1\nworkflows: [{execution-id: run-1, name: '${TEST_PASSWORD}'}]"


@pytest.mark.parametrize("verb", Verb)
def test_every_input_without_a_target_changes_the_settings(verb):
    usual = OF_ONE_RUN if verb is Verb.WAIT else OF_ONE_WORKFLOW
    read_file = files({"more.env": "browser=firefox", "exposing.yml": EXPOSING})

    def meaning(texts: dict[str, str]) -> Settings:
        given = {name: Given(text, name) for name, text in texts.items()}
        environ = {"TEST_PASSWORD": "correct horse"}
        return settings_of(given, verb=verb, read_file=read_file, environ=environ)

    for row in inputs_of(verb):
        if not row.target:
            name, base = row.name, {**usual, **BESIDE.get(row.name, {})}
            another = {**base, name: ANOTHER.get(name, "1")}
            assert meaning(another) != meaning(base), f"nothing reads {name}; give it a target"
