"""One workflow on the page: its facts, attempts, checks, blocks and timeline."""

import re
from dataclasses import replace

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import html

from . import reports
from .pages import parsed_html
from .reports import a_finding, block, execution, report, workflow


def test_row_of_a_run_that_was_over_has_its_blocks_once_and_no_duration():
    over = replace(reports.failed().workflows[0], attached=True, seconds=0.0)
    text = parsed_html(html.render(report(over, over))).text
    assert not re.search("Blocks done|Watched for", text)


def test_met_and_skipped_checks_are_folded():
    findings = [a_finding("total", one, suite="shop", seconds=1.2) for one in Judgement]
    page = parsed_html(html.render(report(workflow(Verdict.UNMET, findings=tuple(findings)))))
    shown, folded = page.text.split("1 passed, 1 skipped")
    assert re.findall(r"shop › total(\w+ ?\w*) · its output · 1.2s", shown) == [
        "failed",
        "known failure",
    ]
    assert re.findall(r"shop › total(\w+)", folded) == ["passed", "skipped"]


def test_failed_test_links_to_the_block_whose_output_has_it():
    run = execution(Status.COMPLETED, block("open"), block("tests", output="red"), end=9)
    findings = (a_finding("total", Judgement.UNMET, block="tests"),)
    made = workflow(Verdict.UNMET, run, findings=findings)
    for runs, anchor in ([made], "block-2"), ([made, made], "workflow-2-block-2"):
        text = html.render(report(*runs))
        assert text.count(f'<a href="#{anchor}"><bdi>its output</bdi></a>') == 1
        [row] = re.findall(f'<li [^>]*id="{anchor}">.*?<bdi>(.*?)</bdi>', text)
        assert row == "tests"


def failed(*blocks, status=Status.RUNNING, end=None):
    return report(workflow(Verdict.FAILED, execution(status, *blocks, end=end)))


def test_axis_has_short_labels():
    page = html.render(failed(block("a", Status.COMPLETED, 1, 125), end=125))
    axis = re.search(r'<div class="axis".*?</div>', page)[0]
    assert parsed_html(axis.replace("</i>", "</i>|")).text == "0|30s|1m|1m 30s|2m|"


@pytest.mark.parametrize(
    ("made", "colours"),
    [
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
