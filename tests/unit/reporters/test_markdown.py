"""The Markdown of a report, in full and in brief."""

from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import comment_text, summary

from . import reports
from .pages import rendered

each_page = pytest.mark.parametrize("page", [summary, comment_text])


def shown(page, made):
    return rendered(page.render(made)).shown


@each_page
def test_the_only_workflow_has_its_message_if_the_job_has_another(page):
    reached = reports.failed().outcome
    late = outcomes.interrupted_while_reporting(reached, exit_code=143)
    text = shown(page, reports.failed()._replace(outcome=late))
    _, heading, below = text.partition("❌ Failed: checkout smoke\n")
    assert heading
    assert below.strip().startswith(reached.message)


@each_page
def test_table_of_workflows_says_why_and_the_rest_is_below(page):
    [passed, bad, _] = reports.several().workflows
    why = bad.outcome._replace(sentences=("It failed.", "This is more."))
    text = shown(page, reports.report(passed, replace(bad, outcome=why)))
    assert text.count("It failed. This is more.") == 1
    assert text.count("It failed.") == 2
    assert text.count(passed.outcome.message) == 1


@each_page
def test_workflow_that_passed_with_a_remark_is_open(page):
    flaky = replace(reports.flaky().workflows[0], name="cart")
    text = shown(page, reports.report(flaky, reports.workflow(Verdict.PASSED, name="search")))
    assert "Passed, flaky, unchecked: cart\n" in text
