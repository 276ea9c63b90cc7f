"""Several workflows on the page: those that failed first and open, the rest folded."""

import re
from dataclasses import replace

from genesis_ci.reporters import html
from genesis_ci.reporters.labels import failing_first, title

from . import reports
from .markdown import taken_apart
from .reports import report


def test_the_contents_lead_to_each_workflow_and_good_ones_are_folded():
    made = reports.many_workflows(40)
    text = html.render(made)
    ranked = failing_first(made.workflows)
    links = re.findall(r'<a href="#(workflow-\d+)"><bdi>(.*?)</bdi>', text)
    assert links == [(f"workflow-{at}", title(run)) for at, run in enumerate(ranked, start=1)]
    rows = re.findall(r'<details class="workflow [a-z0-9-]+" id="(.*?)"( open)?>', text)
    assert rows == [
        (f"workflow-{at}", "" if run.outcome.green else " open")
        for at, run in enumerate(ranked, start=1)
    ]


def test_the_contents_name_the_blocks_that_failed_and_the_checks_that_are_unmet():
    [unmet] = reports.forty_tests().workflows
    made = report(*reports.several().workflows, replace(unmet, name="payment"))
    text = taken_apart(html.render(made)).shown
    assert "checkout smoke verify-cart" in text
    assert "payment order total 12, order total 25, order total 38" in text


def test_a_remedy_that_several_workflows_share_is_told_once():
    runs = [replace(reports.failed().workflows[0], name=name) for name in ("a", "b", "c")]
    text = taken_apart(html.render(report(*runs))).shown
    assert text.count("Open the run in Genesis, correct what failed") == 1
    assert text.count("The workflow failed: verify-cart") == 3


def test_the_job_does_not_repeat_what_a_workflow_says():
    text = taken_apart(html.render(reports.several())).shown
    assert text.count("The workflow failed at block verify-cart.") == 1


def test_a_filter_for_each_verdict_hides_the_others_by_style_alone():
    text = html.render(reports.many_workflows(40))
    choices = re.findall(r'name="show" id="show-(kind-\d)">(\d+) ([A-Z][a-z ]+)<', text)
    assert [word for _, _, word in choices] == [
        "Failed",
        "Waiting for review",
        "Cancelled",
        "Passed",
    ]
    for kind, count, _ in choices:
        assert f"main:has(#show-{kind}:checked) .workflow:not(.{kind}) {{ display: none; }}" in text
        assert text.count(f'class="workflow {kind}"') == int(count)


def test_a_few_workflows_are_counted_and_need_no_filter():
    text = html.render(reports.several())
    assert "<input" not in text
    assert '<span class="pill bad">1 Failed</span>' in text


def test_one_legend_explains_the_bars_of_all():
    assert html.render(reports.several()).count('class="legend"') == 1
