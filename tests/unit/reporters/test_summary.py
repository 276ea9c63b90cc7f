"""The step summary begins with the verdict and stays within GitHub's limit."""

from dataclasses import replace

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.reporters import summary
from genesis_ci.reporters.truncate import LEAST_TEXT, Limits

from . import reports
from .pages import rendered
from .reports import SCENARIOS, block, execution, judged, report, workflow

FIRST_LINES = {
    "completed": "## ✅ Passed: checkout smoke",
    "failed": "## ❌ Failed: checkout smoke",
    "review": "## ⏸️ Waiting for review: checkout smoke",
    "review-passed": "## ✅ Passed by policy: checkout smoke",
    "timed-out": "## ⌛ Timed out: checkout smoke",
    "no-key": "## ⏭️ Not run",
    "bad-configuration": "## ⚠️ Configuration error",
    "internal-error": "## ⚠️ Internal error",
    "several": "## ❌ 1 of 3 failed: checkout smoke",
    "flaky": "## 🔁 Passed, flaky: checkout smoke",
    "not-required": "## ✅ Passed: 1 of 1 required workflows; "
    "not required: exploratory charter did not pass",
}


def shown(made):
    return rendered(summary.render(made)).shown


def first_line(made):
    return summary.render(made).partition("\n")[0].replace("&#58;\u200b", ":")


def test_first_line_is_the_verdict():
    assert {name: first_line(SCENARIOS[name]()) for name in FIRST_LINES} == FIRST_LINES


def test_only_the_first_text_of_a_failed_block_is_open():
    blocks = [block(f"b{at}", Status.FAILED, error=f"error {at}") for at in range(3)]
    page = rendered(summary.render(report(judged(execution(Status.FAILED, *blocks)))))
    details = [attributes for tag, attributes in page.tags if tag == "details"]
    assert details[:3] == [(("open", None),), (), ()]


def test_red_workflows_have_headings_and_green_ones_are_folded():
    made = reports.many_workflows(40)
    page = rendered(summary.render(made))
    text = page.shown
    assert page.names.count("h3") == sum(not run.outcome.green for run in made.workflows)
    assert all(run.name in text for run in made.workflows)
    assert text.index("Failed: sign up 1") < text.index("Passed: checkout 1")
    cells = [text.index(f"{name}\n") for name in ("sign up 1", "refund 1", "checkout 1")]
    assert cells == sorted(cells)


def test_failed_blocks_are_kept_even_over_the_limit_of_minor_rows():
    most = Limits(rows=50, characters=1_000, minor_rows=10)
    text = rendered(summary.render(reports.many_blocks(60, failed_every=4), most=most)).shown
    assert all(f"block-{at:04d}" in text for at in range(3, 60, 4))
    assert all(f"Block {at} did not find its button." in text for at in range(3, 60, 4))
    assert "45 more blocks (45 completed) are not shown here; result.json has" in text


@pytest.mark.parametrize("letter", ["x", "&", "佐", "🛒"])
def test_summary_with_long_texts_is_within_its_limit(letter):
    error = letter * 30_000
    blocks = (block(f"b{at}", Status.FAILED, output=error, error=error) for at in range(20))
    text = summary.render(report(judged(execution(Status.FAILED, *blocks))), limit=100_000)
    assert len(text.encode()) <= 100_000
    rendered(text)
    assert "more characters in result.json" in text


def test_summary_of_many_workflows_is_within_its_limit():
    run = workflow(Verdict.FAILED, reports.failed().workflows[0].execution, name="&" * 100)
    text = summary.render(report(*[run] * 30), limit=20_000)
    assert len(text.encode()) <= 20_000
    assert "more workflows are not shown here" in rendered(text).shown


def test_values_of_variables_are_shortened():
    [run] = reports.failed().workflows
    text = shown(report(replace(run, variables={"key": "v" * 300})))
    assert f"{'v' * LEAST_TEXT}… [100 more characters in result.json]" in text
