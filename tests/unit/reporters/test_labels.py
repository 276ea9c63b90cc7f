"""The marks and words that all reports share."""

from dataclasses import replace

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.reporters import labels
from tests.builders import a_block, a_report, an_execution

from . import reports


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"name": " "}, "its name in Genesis"),
        ({"name": "smoke"}, "smoke"),
        ({"name": "", "execution": None, "workflow_id": "w"}, "w"),
    ],
)
def test_title_is_the_first_name_that_is_not_blank(fields, title):
    execution = an_execution(workflow_name="its name in Genesis")
    assert labels.title(a_report(**{"execution": execution, **fields})) == title


def test_block_tally_has_the_most_frequent_status_first():
    blocks = [a_block(), a_block(), a_block(status=Status.FAILED)]
    assert labels.block_tally(blocks) == "2 completed, 1 failed"


def test_check_with_a_rule_in_its_name_shows_the_rule_once():
    unmet = reports.a_finding("b: failed at-least 3", Judgement.UNMET, expected="3", found="1\n2")
    assert labels.check_result(unmet) == "expected 3, found 1 2"
    assert labels.check_result(replace(unmet, subject="b: failed")) == "found 1 2"
