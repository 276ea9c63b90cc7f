"""`result.json` holds everything that is known, and its published schema describes it."""

import json
from dataclasses import fields

import jsonschema
import pytest

from genesis_ci.models import Block, Execution, Outcome, RunReport, Verdict, WorkflowReport
from genesis_ci.models.change import Change
from genesis_ci.models.proof import Finding
from genesis_ci.models.readiness import Readiness
from genesis_ci.reporters import result

from . import reports
from .reports import each_ending

ELSEWHERE = {
    RunReport: {"outcome"},
    WorkflowReport: {"outcome", "readiness", "on_failed_block", "earlier"},  # earlier_attempts
    Change: {"request", "job_url"},  # change; of the job
    Readiness: {"shown", "hint"},  # url; in the outcome's hint
    Outcome: {"lenient"},  # passed_by_policy
    Execution: {"id", "status", "status_word", "blocks", "payload"},  # of the workflow
    Finding: set(),
    Block: {"status_word", "raw"},  # status; output, scrubbed
}


def strict(schema):
    """The schema without its tolerance for fields that it does not know."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        return closed | {"additionalProperties": False} if "properties" in closed else closed
    return [strict(item) for item in schema] if isinstance(schema, list) else schema


def test_every_ending_fits_the_published_schema_and_nothing_is_undescribed():
    validator = jsonschema.Draft202012Validator(strict(json.loads(result.schema())))
    each_ending(lambda made: validator.validate(json.loads(result.render(made))))


def test_the_schema_is_itself_valid_and_of_the_version_that_is_written():
    schema = json.loads(result.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == result.SCHEMA_VERSION
    assert schema["$defs"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_no_field_of_the_domain_is_forgotten(kind):
    document = json.loads(result.render(reports.unmet()))
    waited = json.loads(result.render(reports.not_ready()))
    entry = document["workflows"][0]
    written = {
        Change: document["change"],
        Readiness: waited["workflows"][0]["wait_for"],
        RunReport: document,
        WorkflowReport: entry,
        Outcome: entry,
        Execution: entry["execution"],
        Block: entry["blocks"][0],
        Finding: entry["findings"][0],
    }[kind]
    assert {field.name for field in fields(kind)} - ELSEWHERE[kind] <= set(written)


def test_a_program_finds_verdict_ids_and_outputs():
    document = json.loads(result.render(reports.failed()))
    assert (document["schema"], document["verdict"], document["exit_code"]) == (1, "failed", 1)
    assert document["started_at"] == "2026-03-14T09:26:53.589Z"
    entry = document["workflows"][0]
    assert entry["execution_id"] == reports.EXECUTION_ID
    assert entry["variables"] == {"target_url": "https://pr-7.example.test", "password": "***"}
    cart = entry["blocks"][2]
    assert (cart["key"], cart["status"], cart["seconds"]) == ("verify-cart", "failed", 27.75)
    assert cart["output"].startswith("[09:27:41]")


def test_japanese_and_emoji_stand_unescaped_and_the_text_is_stable():
    text = result.render(reports.failed())
    assert "佐藤" in text
    assert text == result.render(reports.failed())
    assert text.endswith("}\n")


def test_texts_are_never_cut():
    run = reports.execution("completed", reports.block("b", output="x" * 300_000))
    made = reports.report(reports.workflow(Verdict.PASSED, run))
    assert len(json.loads(result.render(made))["workflows"][0]["blocks"][0]["output"]) == 300_000
