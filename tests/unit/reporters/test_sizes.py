"""However much a run says, the files stay within the limits of those who read them."""

import tracemalloc
from dataclasses import replace

import pytest

from genesis_ci.reporters import html, junit, result, summary, truncate

from . import reports

GITLAB_LIMIT = 30_000_000
GITHUB_LIMIT = 1_048_576
MEBIBYTE = 1_048_576

BIG = {
    "5000 blocks": lambda: reports.many_blocks(5_000),
    "5000 blocks, 8 MiB of output": lambda: reports.many_blocks(5_000, output="o" * 1_678),
    "8 outputs of 1 MiB": lambda: reports.many_blocks(8, output="&" * MEBIBYTE),
    "20000 failed blocks": lambda: reports.many_blocks(20_000, failed_every=1),
    "40 workflows of 1000 blocks": lambda: reports.report(
        *reports.many_blocks(1_000).workflows * 40
    ),
}


@pytest.mark.parametrize("big", BIG)
def test_files_stay_below_their_limits(big):
    made = BIG[big]()
    sizes = {
        module.__name__.rpartition(".")[2]: len(module.render(made).encode())
        for module in (junit, summary, html)
    }
    assert sizes["junit"] < GITLAB_LIMIT
    assert sizes["summary"] < GITHUB_LIMIT
    assert sizes["html"] < GITLAB_LIMIT


@pytest.mark.parametrize("module", [junit, summary, html, result], ids=lambda one: one.__name__)
def test_memory_stays_bounded(module):
    made = reports.many_blocks(1_000, output="o" * 8_389)
    tracemalloc.start()
    try:
        module.render(made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 * MEBIBYTE


def test_the_junit_limit_holds_when_every_character_is_written_as_five():
    run = reports.many_blocks(100, output="&" * 60_000).workflows[0]
    document = junit.render(reports.report(run))
    assert len(document.encode()) < truncate.MAX_FILE_BYTES
    assert "more characters in result.json" in document


def test_junit_says_which_blocks_it_left_out_and_keeps_the_red_ones():
    document = junit.render(reports.many_blocks(12_000))
    assert document.count("<failure") == 120
    assert '<testcase name="(more blocks)"' in document
    assert (
        "2000 more blocks (2000 completed) are not shown here; result.json has them all."
        in document
    )


def test_variables_without_end_do_not_fill_the_summary():
    run = reports.failed().workflows[0]
    many = replace(run, variables={f"key_{at}": "v" * 300 for at in range(20_000)})
    assert len(summary.render(reports.report(many)).encode()) < GITHUB_LIMIT
