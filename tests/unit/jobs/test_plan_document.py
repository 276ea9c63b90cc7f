"""The plan as JSON: what its schema describes, and no value of a variable."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from genesis_ci.jobs.plan_document import document
from genesis_ci.models.findings import (
    EachReport,
    Expectation,
    KnownFailure,
    ListedTests,
    Operator,
    RunChecks,
)
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.report import Level, Problem, Selector
from genesis_ci.outcomes import not_selected
from genesis_ci.redaction import Scrubber, Secret
from tests.approved import check_approved
from tests.builders import a_run, accepting, an_attachment
from tests.doc_pages import ROOT
from tests.unit.jobs.test_check import settings
from tests.unit.test_result import strict

SCHEMA = json.loads((ROOT / "docs/plan.schema.json").read_text("utf-8"))
VALUE = "annabelle-and-bob"
CHECKS = RunChecks(
    configured=(
        Expectation(block="block-1", operator=Operator.EQUALS, expected=VALUE, query=VALUE),
        ListedTests(block="block-2", at_least=3),
    ),
    shown=(VALUE,),
    reports=EachReport(frozenset("ba")),
    known=(KnownFailure("cart › total", date(2026, 3, 16), "SHOP-12"),),
)
RUN = a_run(
    name="smoke",
    tags=("fast",),
    variables={"user": VALUE},
    shown={"user": VALUE},
    checks=CHECKS,
    policy=accepting(Accept.CANCELLED, attempts=2),
)


def read(*arguments):
    value = json.loads(document(*arguments))
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(value)
    assert VALUE not in json.dumps(value)
    return value


def test_documents_are_approved():
    left_out = a_run(policy=Policy(required=False), ended=not_selected(Selector.PATHS))
    value = read(0, settings(RUN, left_out, an_attachment(wait=False)), [])
    check_approved("plan", {"three workflows": json.dumps(value, indent=1, ensure_ascii=False)})


def test_secrets_are_hidden_in_every_text():
    named = replace(RUN, tags=("s3cret-tag",))
    remarks = [(Level.ERROR, Problem("s3cret-tag.")), (Level.WARNING, Problem("s3cret-tag?"))]
    value = read(2, settings(named, scrub=Scrubber([Secret("s3cret-tag")])), remarks)
    assert "s3cret-tag" not in json.dumps(value)
    assert value["notices"] == ["***?"]


@pytest.mark.parametrize("exit_code", [130, 143])
def test_document_of_an_interrupted_check_has_no_workflows(exit_code):
    value = read(exit_code, None, [(Level.ERROR, Problem("It was interrupted."))])
    assert (value["exit_code"], value["workflows"]) == (exit_code, [])
