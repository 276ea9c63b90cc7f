"""One workflow on the page: its facts, attempts, checks and blocks."""

import re
from dataclasses import replace

from genesis_ci.models import Verdict
from genesis_ci.models.checks import Judgement
from genesis_ci.reporters import html

from . import reports
from .pages import parsed_html
from .reports import a_finding, report, workflow


def table_of(made, name):
    """The text of a table, with a mark after each cell and each row in a line."""
    table = re.search(rf'<table class="{name}">.*?</table>', html.render(made), re.DOTALL)[0]
    return parsed_html(re.sub(r"(?=</t[hd]>)", "|", table)).text.strip()


def test_failed_blocks_are_open_and_other_outputs_folded():
    text = html.render(reports.failed())
    rows = re.findall(r"<details( open)?><summary><bdi>(.*?)</bdi>", text)
    assert rows == [("", "open-shop"), ("", "log-in"), (" open", "verify-cart")]


def test_command_in_a_remedy_is_code():
    command = f"<code>genesis-ci wait {reports.EXECUTION_ID}</code>, or run this job"
    assert command in html.render(reports.timed_out())


def test_attempts_have_columns_rows_that_differ_and_folded_texts():
    [flaky] = reports.flaky().workflows
    earlier = replace(flaky.earlier[0], execution_id=None)
    made = report(replace(flaky, earlier=(earlier,)))
    assert table_of(made, "attempts").split("\n") == [
        *("|", "Attempt 1|Attempt 2|", ""),
        "Ended|Failed|Passed, flaky|",
        f"Execution|–|{reports.EXECUTION_ID}|",
        "verify-cart|failed|completed|",
        "pay|skipped|–|",
        "check-mail|pending|–|",
    ]
    text = html.render(made)
    assert "<details><summary>Attempt 1: <bdi>verify-cart</bdi></summary>\n<pre" in text
    assert text.count("Expected 2 items in the cart, found 1.\n  at step 4") == 1


def test_unmet_checks_are_open_and_other_checks_folded():
    unmet, *others = (
        a_finding("total", one, expected="1\n2", found="<b>3</b>\n4", suite="shop", seconds=1.2)
        for one in (Judgement.UNMET, Judgement.MET, Judgement.SKIPPED)
    )
    made = report(workflow(Verdict.UNMET, findings=(unmet, *others)))
    assert table_of(made, "checks") == (
        "Check|Expected|Found|\n\nshop › totalunmet · its output · 1.2s|\n1\n2|\n<b>3</b>\n4|"
    )
    folded = parsed_html(html.render(made)).text.split("1 met, 1 skipped")[-1]
    assert "totalmet · its output · 1.2s" in folded
    assert "totalskipped · its output" in folded
    met = report(workflow(Verdict.PASSED, findings=(a_finding("total", Judgement.MET),)))
    assert "\ntotalmet · its output|" in table_of(met, "checks")
    names = parsed_html(html.render(met)).names
    assert names.index("details") < names.index("table")
    assert names.count("table") == 1
