"""However much a run says, the files stay within the limits of those who read them."""

import tracemalloc
from dataclasses import replace

import pytest

from genesis_ci.reporters import html, junit, result, summary, truncate

from . import reports

GITLAB_LIMIT = 30_000_000
GITHUB_LIMIT = 1_048_576
MEBIBYTE = 1_048_576


def rendering(*texts):
    """A report of these texts, one a row, in as much room as there is."""

    def render(room):
        rows = [truncate.cut(text, room.characters) for text in texts[: room.rows]]
        return "\n".join([*rows, *truncate.left_out(len(texts) - len(rows), "texts")])

    return render


def fitted(*texts, limit, characters=10_000):
    most = truncate.Room(rows=len(texts), characters=characters)
    lengths = [len(text) for text in texts]
    return truncate.fitted(rendering(*texts), limit=limit, most=most, lengths=lengths)


def test_what_fits_is_whole():
    assert fitted("x" * 300, "y", limit=302) == "x" * 300 + "\ny"


def test_texts_are_cut_before_rows_are_left_out_and_say_so():
    text = fitted("x" * 5_000, "y" * 5_000, "z", limit=3_000)
    assert 2_000 < len(text) <= 3_000
    first, second, last = text.split("\n")
    assert first.startswith("x" * 200)
    assert second.endswith("more characters in result.json]")
    assert last == "z"


def test_no_text_gets_shorter_than_the_least_while_rows_can_be_left_out():
    *rows, last = fitted(*["x" * 1_000] * 100, limit=5_000).split("\n")
    assert all(row.startswith("x" * truncate.LEAST_TEXT) for row in rows)
    assert last == f"{100 - len(rows)} more texts are not shown here; result.json has them all."


def test_a_limit_is_of_bytes():
    assert len(fitted("日" * 2_000, limit=3_000).encode()) <= 3_000


def test_no_text_is_longer_than_the_most_even_where_there_is_room():
    text = fitted("x" * 500, limit=10_000, characters=300)
    assert text == "x" * 300 + "… [200 more characters in result.json]"


def test_where_nothing_fits_what_remains_is_all_that_is_left_out():
    assert fitted("x" * 500, limit=10).startswith("1 more texts are not shown")


def test_what_surely_does_not_fit_is_not_rendered():
    sizes = []

    def render(room):
        sizes.append(room.characters)
        return "x" * room.characters

    most = truncate.Room(rows=1, characters=1_000_000)
    truncate.fitted(render, limit=1_000, most=most, lengths=[1_000_000])
    assert max(sizes) <= 1_000


BIG = {
    "many blocks": lambda: reports.many_blocks(500),
    "many blocks with much output": lambda: reports.many_blocks(250, output="o" * 1_678),
    "large outputs": lambda: reports.many_blocks(8, output="&" * 50_000),
    "many failed blocks": lambda: reports.many_blocks(500, failed_every=1),
    "many workflows of many blocks": lambda: reports.report(
        *reports.many_blocks(50).workflows * 20
    ),
}
LIMIT = 100_000
"""Bytes: a hundredth of what the files may have, so that a hundredth of a report is too much."""


@pytest.mark.parametrize("big", BIG)
@pytest.mark.parametrize("module", [junit, summary, html], ids=lambda one: one.__name__)
def test_a_file_stays_below_its_limit(big, module):
    assert len(module.render(BIG[big](), limit=LIMIT).encode()) <= LIMIT


def test_the_limits_are_below_those_of_the_readers():
    assert truncate.MAX_FILE_BYTES < GITLAB_LIMIT
    assert summary.MAX_BYTES < GITHUB_LIMIT


@pytest.mark.parametrize("module", [junit, summary, html, result], ids=lambda one: one.__name__)
def test_memory_stays_bounded(module):
    made = reports.many_blocks(300, output="o" * 28_000)
    tracemalloc.start()
    try:
        module.render(made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 * MEBIBYTE


def test_the_junit_limit_holds_when_every_character_is_written_as_five():
    document = junit.render(reports.many_blocks(60, output="&" * 6_000), limit=LIMIT)
    assert len(document.encode()) <= LIMIT
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
