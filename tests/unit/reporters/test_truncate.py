"""Reports stay within their limits and state what is left out."""

import tracemalloc

import pytest

from genesis_ci import result
from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.reporters import cases, ctrf, html, junit, summary, truncate
from tests.builders import a_block

from . import reports

GITLAB_LIMIT = 30_000_000
MEBIBYTE = 1_048_576


def fitted(*texts, limit):
    """The texts in rows, within the limit."""

    def render(limits):
        rows = [truncate.shorten(text, limits.characters) for text in texts[: limits.rows]]
        note = truncate.rest_note(len(texts) - len(rows), "texts")
        return "\n".join([*rows, note] if note else rows)

    most = truncate.Limits(rows=len(texts), characters=10_000)
    return truncate.fitted(render, limit=limit, most=most, lengths=[len(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One. Two. Three.", 11, "One. Two. … [7 more characters in result.json]"),
        ("one two three", 9, "one two … [6 more characters in result.json]"),
        ("x" * 20, 10, f"{'x' * 10} … [10 more characters in result.json]"),
        ("v1.2 is out. More", 14, "v1.2 is out. … [5 more characters in result.json]"),
        ("検査 3件が失敗した", 8, "検査 3件が失敗 … [2 more characters in result.json]"),
        ("一。二。三。", 5, "一。二。 … [2 more characters in result.json]"),
        ("short", 10, "short"),
    ],
)
def test_text_is_shortened_after_a_full_sentence(text, limit, expected):
    assert truncate.shorten_to_sentence(text, limit) == expected


@pytest.mark.parametrize(
    ("texts", "limit", "expected"),
    [
        (("x" * 300, "y"), 302, "x" * 300 + "\ny"),
        (("日" * 2_000,), 650, "日" * 200 + "… [1800 more characters in result.json]"),
        (("x" * 500,), 10, "1 more texts are not shown here; result.json has them all."),
    ],
    ids=["all fits", "bytes count", "nothing fits"],
)
def test_rendering_is_within_the_limit_or_only_a_note(texts, limit, expected):
    assert fitted(*texts, limit=limit) == expected


def test_texts_are_shortened_before_rows_are_left_out():
    text = fitted("x" * 5_000, "y" * 5_000, "z", limit=3_000)
    assert 2_000 < len(text) <= 3_000
    first, second, last = text.split("\n")
    assert first.startswith("x" * 200)
    assert second.endswith("more characters in result.json]")
    assert last == "z"


def test_rows_are_left_out_before_texts_are_shorter_than_the_least():
    *rows, last = fitted(*["x" * 1_000] * 100, limit=5_000).split("\n")
    assert all(row.startswith("x" * truncate.LEAST_TEXT) for row in rows)
    assert last == f"{100 - len(rows)} more texts are not shown here; result.json has them all."


def test_texts_that_are_known_to_be_too_long_are_not_rendered():
    sizes = []

    def render(limits):
        sizes.append(limits.characters)
        return "x" * limits.characters

    most = truncate.Limits(rows=1, characters=1_000_000)
    truncate.fitted(render, limit=1_000, most=most, lengths=[1_000_000])
    assert max(sizes) <= 1_000


@pytest.mark.parametrize(("rows", "length"), [(50_000, 100), (1_000, 10_000), (50_000, 10_000)])
def test_a_few_renderings_find_a_text_that_uses_its_limit(rows, length):
    sizes = []

    def render(limits):
        sizes.append(limits.rows * (min(length, limits.characters) + 1))
        return "x" * sizes[-1]

    most = truncate.Limits(rows=rows, characters=1_000_000)
    text = truncate.fitted(render, limit=3_000_000, most=most)
    assert 0.9 * 3_000_000 <= len(text) <= 3_000_000
    assert len(sizes) <= 12


def test_failed_blocks_and_unmet_checks_are_kept_first_and_in_order():
    blocks = [a_block(str(n), Status.FAILED if n == 7 else Status.COMPLETED) for n in range(9)]
    assert truncate.kept_blocks(blocks, 3) == [0, 1, 7]
    kept = truncate.kept_checks(reports.unmet().workflows[0].findings, 2)
    assert [one.judgement for one in kept] == [Judgement.MET, Judgement.UNMET]


LARGE = {
    "many blocks with much output": reports.many_blocks(25, output="o" * 1_678),
    "large outputs": reports.many_blocks(8, output="&" * 5_000, failed_every=2),
    "many failed blocks": reports.many_blocks(60, failed_every=1),
    "many checks": reports.many_checks(),
    "workflows of many blocks": reports.report(*reports.many_blocks(25).workflows * 4),
}


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("module", [junit, ctrf, summary, html], ids=lambda one: one.__name__)
def test_report_is_within_its_limit_and_states_what_is_left_out(module, large):
    made = (reports.many_blocks(0), LARGE[large])
    limit = sum(len(module.render(one).encode()) for one in made) // 2
    text = module.render(LARGE[large], limit=limit)
    assert len(text.encode()) <= limit
    assert "result.json" in text


def test_default_limits_are_below_those_of_github_and_gitlab():
    assert truncate.MAX_FILE_BYTES < GITLAB_LIMIT
    assert summary.MAX_BYTES < MEBIBYTE
    assert html.MAX_ROWS == cases.MAX_CASES == 10_000


@pytest.mark.parametrize(
    "module", [junit, ctrf, summary, html, result], ids=lambda one: one.__name__
)
def test_rendering_uses_bounded_memory(module):
    made = reports.many_blocks(30, output="o" * 28_000)
    tracemalloc.start()
    try:
        module.render(made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEBIBYTE
