"""One workflow on the page: its facts, attempts, checks, blocks and timeline."""

import re
from dataclasses import replace

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.models.findings import Judgement
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import html

from . import reports
from .pages import parsed_html
from .reports import a_finding, block, execution, report, workflow


def table_of(made, name):
    """The text of a table, with a mark after each cell and each row in a line."""
    table = re.search(rf'<table class="{name}">.*?</table>', html.render(made), re.DOTALL)[0]
    return parsed_html(re.sub(r"(?=</t[hd]>)", "|", table)).text.strip()


def test_row_of_a_run_that_was_over_has_its_blocks_once_and_no_duration():
    over = replace(reports.failed().workflows[0], attached=True, seconds=0.0)
    text = parsed_html(html.render(report(over, over))).text
    assert not re.search("Blocks done|Watched for", text)


def test_attempts_have_columns_rows_that_differ_and_folded_texts():
    [flaky] = reports.flaky().workflows
    earlier = replace(flaky.earlier[0], execution_id=None)
    made = report(replace(flaky, earlier=(earlier,)))
    assert table_of(made, "attempts").split("\n") == [
        *("|", "Attempt 1|Attempt 2|", ""),
        "Ended|Failed|Passed, flaky, unchecked|",
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
        "Check|Expected|Found|\n\nshop › totalfailed · its output · 1.2s|\n1\n2|\n<b>3</b>\n4|"
    )
    folded = parsed_html(html.render(made)).text.split("1 passed, 1 skipped")[-1]
    assert "totalpassed · its output · 1.2s" in folded
    assert "totalskipped · its output" in folded
    met = report(workflow(Verdict.PASSED, findings=(a_finding("total", Judgement.MET),)))
    assert "\ntotalpassed · its output|" in table_of(met, "checks")
    names = parsed_html(html.render(met)).names
    assert names.index("details") < names.index("table")
    assert names.count("table") == 1


def failed(*blocks, status=Status.RUNNING, end=None):
    return report(workflow(Verdict.FAILED, execution(status, *blocks, end=end)))


def test_axis_has_short_labels():
    page = html.render(failed(block("a", Status.COMPLETED, 1, 125), end=125))
    axis = re.search(r'<div class="axis".*?</div>', page)[0]
    assert parsed_html(axis.replace("</i>", "</i>|")).text == "0|30s|1m|1m 30s|2m|"


@pytest.mark.parametrize(
    ("made", "colours"),
    [
        (reports.failed(), "wait before the start, good completed, bad failed"),
        (reports.review(), "wait before the start, good completed, review in review"),
        (failed(reports.IN_REVIEW), "wait before the start, good ran, review in review"),
        (
            failed(reports.RUNNING, block("x", "warming_up", 1, 2)),
            "wait before the start, warn running, warming up",
        ),
        (failed(block("x", Status.PENDING)), ""),
    ],
)
def test_legend_has_the_colours_of_the_bars(made, colours):
    legends = re.findall(r'<p class="legend">(.*?)</p>', html.render(made))
    assert len(legends) == bool(colours)
    found = re.findall(r'<span class="(\w+)">(?:<bdi>)?([\w ,]+)', "".join(legends))
    assert ", ".join(" ".join(pair) for pair in found) == colours


def test_run_without_times_has_rows_without_bars():
    run = execution(Status.FAILED, block("b", Status.FAILED))
    timeless = replace(run, created_at=None, started_at=None, updated_at=None)
    text = html.render(report(workflow(Verdict.FAILED, timeless)))
    assert 'class="blocks untimed"' in text
    assert 'class="bar' not in text
    assert 'class="legend"' not in text
