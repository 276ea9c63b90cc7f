"""The step summary: what is open and what is left out."""

from dataclasses import replace

from genesis_ci.reporters import summary
from genesis_ci.reporters.truncate import LEAST_TEXT, Limits

from . import reports
from .pages import rendered


def test_failed_blocks_are_kept_and_the_first_text_is_open():
    most = Limits(rows=50, characters=1_000, minor_rows=10)
    page = rendered(summary.render(reports.many_blocks(160, failed_every=4), most=most))
    assert all(f"block-{at:04d}" in page.shown for at in range(3, 160, 4))
    assert all(f"Block {at} did not find its button." in page.shown for at in range(3, 160, 4))
    assert "120 more blocks (120 completed) are not shown here; result.json has" in page.shown
    opened = [bool(attributes) for tag, attributes in page.tags if tag == "details"]
    assert opened == [False, True, *[False] * 40], "the table, the texts and the variables"


def test_values_of_variables_are_shortened():
    [run] = reports.failed().workflows
    made = reports.report(replace(run, variables={"key": "v" * 300}))
    text = rendered(summary.render(made)).shown
    assert f"{'v' * LEAST_TEXT}… [100 more characters in result.json]" in text
