"""However much a run says, the files stay within the limits of those who read them."""

import tracemalloc
from dataclasses import replace
from functools import cache

import pytest

from genesis_ci import result
from genesis_ci.reporters import html, junit, summary, truncate
from tests.hostile import naming

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


def size_of(text):
    return len(text.encode())


@cache
def big():
    return {
        "many blocks": reports.many_blocks(60),
        "many blocks with much output": reports.many_blocks(25, output="o" * 1_678),
        "large outputs": reports.many_blocks(8, output="&" * 5_000, failed_every=2),
        "many failed blocks": reports.many_blocks(60, failed_every=1),
        "workflows of many blocks": reports.report(*reports.many_blocks(25).workflows * 4),
    }


@pytest.mark.parametrize("module", [junit, summary, html], ids=lambda one: one.__name__)
def test_a_file_stays_below_its_limit(module):
    empty = size_of(module.render(reports.many_blocks(0)))
    for kind, made in big().items():
        with naming(kind):
            limit = (empty + size_of(module.render(made))) // 2
            text = module.render(made, limit=limit)
            assert size_of(text) <= limit
            assert "result.json" in text


def test_the_limits_are_below_those_of_the_readers():
    assert truncate.MAX_FILE_BYTES < GITLAB_LIMIT
    assert summary.MAX_BYTES < GITHUB_LIMIT


def test_page_and_junit_file_list_ten_thousand_blocks_unless_told_otherwise():
    given = (html.render.__kwdefaults__["blocks"], junit.render.__kwdefaults__["cases"])
    assert given == (10_000, 10_000)


@pytest.mark.parametrize("module", [junit, summary, html, result], ids=lambda one: one.__name__)
def test_memory_stays_bounded(module):
    made = reports.many_blocks(30, output="o" * 28_000)
    tracemalloc.start()
    try:
        module.render(made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEBIBYTE


def test_the_junit_limit_holds_when_every_character_is_written_as_five():
    document = junit.render(reports.many_blocks(6, output="&" * 6_000), limit=10_000)
    assert size_of(document) <= 10_000
    assert "more characters in result.json" in document


def test_junit_says_which_blocks_it_left_out_and_keeps_the_red_ones():
    document = junit.render(reports.many_blocks(120, failed_every=4), cases=100)
    assert document.count("<failure") == 30
    assert '<testcase name="(more blocks)"' in document
    assert "20 more blocks (20 completed) are not shown here; result.json has them all." in document


def test_variables_without_end_do_not_fill_the_summary():
    run = reports.failed().workflows[0]
    most = summary.MAX_QUIET_ROWS
    many = replace(run, variables={f"key{at}": "v" * 300 for at in range(most + 7)})
    text = summary.render(reports.report(many))
    assert text.count("| <code>key") == text.count("v" * truncate.LEAST_TEXT) == most
    assert "_7 more variables are not shown here" in text
