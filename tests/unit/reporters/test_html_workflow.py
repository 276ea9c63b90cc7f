"""One workflow on the page: its facts, attempts, checks and blocks."""

import re

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.models.checks import Judgement
from genesis_ci.reporters import html
from tests.builders import a_block, a_report, an_execution

from . import reports
from .pages import parsed_html
from .reports import a_finding, report, workflow


def cells_of(made, table_class):
    """The rows of a table with the text of their cells."""
    table = re.search(rf'<table class="{table_class}">(.*?)</table>', html.render(made), re.DOTALL)
    return [
        [
            parsed_html(cell).text
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table[1], re.DOTALL)
    ]


def passed_after_failure(**fields):
    """A pass at the second attempt; block `pay` failed in the first one."""
    failed, passed = (a_block("pay", Status.FAILED, error="no button"), a_block("pay"))
    first = a_report(execution=an_execution(Status.FAILED, blocks=(failed,)), **fields)
    return report(
        a_report(execution=an_execution(Status.COMPLETED, blocks=(passed,)), earlier=(first,))
    )


def with_checks(*findings):
    return report(workflow(Verdict.UNMET, findings=findings))


def test_failed_blocks_are_open_and_other_outputs_folded():
    text = html.render(reports.failed())
    rows = re.findall(r"<details( open)?><summary><bdi>(.*?)</bdi>", text)
    assert rows == [("", "open-shop"), ("", "log-in"), (" open", "verify-cart")]


def test_command_in_a_remedy_is_code():
    command = f"<code>genesis-ci wait {reports.EXECUTION_ID}</code>, or run this job"
    assert command in html.render(reports.timed_out())


def test_workflow_that_is_not_required_has_a_tag():
    shown = parsed_html(html.render(reports.not_required())).shown
    assert "exploratory charter not required" in shown


def test_attempts_have_columns_and_what_differs_has_rows():
    assert cells_of(reports.flaky(), "attempts") == [
        ["", "Attempt 1", "Attempt 2"],
        ["Ended", "Failed", "Passed, flaky"],
        ["Execution", reports.EARLIER_ID, reports.EXECUTION_ID],
        ["verify-cart", "failed", "completed"],
        ["pay", "skipped", "–"],
        ["check-mail", "pending", "–"],
    ]


def test_text_of_a_failed_attempt_is_folded_below_its_number():
    page = parsed_html(html.render(passed_after_failure()))
    assert "Attempt 1: pay\n\nno button" in page.text
    assert [dict(names) for tag, names in page.tags if tag == "details"] == [{}]


def test_attempt_without_an_execution_id_has_a_dash():
    made = passed_after_failure(execution_id=None)
    assert cells_of(made, "attempts")[2] == ["Execution", "–", "–"]


def test_unmet_checks_are_open_and_other_checks_folded():
    page = parsed_html(html.render(with_checks(*(a_finding(one.value, one) for one in Judgement))))
    unmet, others = page.text.split("1 met, 1 skipped", 2)[1:]
    assert "unmet · its output" in unmet
    assert "met · its output" in others
    assert "skipped · its output" in others
    assert page.names.count("table") == 2


def test_met_checks_alone_have_one_folded_table():
    names = parsed_html(html.render(with_checks(a_finding("total", Judgement.MET)))).names
    assert names.index("details") < names.index("table")
    assert names.count("table") == 1


@pytest.mark.parametrize(
    ("fields", "head"),
    [
        ({}, "totalunmet · its output"),
        ({"suite": "checkout"}, "checkout › totalunmet · its output"),
        ({"seconds": 1.2}, "totalunmet · its output · 1.2s"),
    ],
)
def test_check_has_its_name_place_and_texts_line_by_line(fields, head):
    finding = a_finding("total", Judgement.UNMET, expected="1\n2", found="<b>3</b>\n4", **fields)
    assert cells_of(with_checks(finding), "checks") == [
        ["Check", "Expected", "Found"],
        [head, "\n1\n2", "\n<b>3</b>\n4"],
    ]
