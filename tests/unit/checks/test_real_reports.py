"""Replays the reports that real test tools wrote; `make reporters` makes them."""

import pytest

from tools.reporters.agreement import kept, tools

REPORTS = [report for tool in tools() for report in kept(tool)[1]]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_verdict_agrees_with_the_exit_code_or_the_difference_is_declared(report):
    assert report.problem() is None
