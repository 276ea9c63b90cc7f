"""What the checks found, on the page: a table of what says no, and the rest folded."""

import pytest

from genesis_ci.models.proof import Judgement
from genesis_ci.reporters.html_findings import checks
from genesis_ci.reporters.truncate import Room

from .markdown import taken_apart
from .reports import a_finding

ROOM = Room(rows=100, characters=1_000)


def page_of(*found, room=ROOM):
    return taken_apart("".join(checks(found, room, level=2)))


def test_where_nothing_was_checked_there_is_no_section():
    assert list(checks((), ROOM, level=2)) == []


def test_what_says_no_is_open_and_everything_else_is_folded_with_its_count():
    page = page_of(*(a_finding(one.value, one) for one in Judgement))
    open_, folded = page.text.split("1 met, 1 skipped", 2)[1:]
    assert "unmet · its output" in open_
    assert "met · its output" in folded
    assert "skipped · its output" in folded
    assert page.names.count("table") == 2


def test_where_all_is_met_there_is_no_empty_table():
    page = page_of(a_finding("total", Judgement.MET))
    assert page.names.index("details") < page.names.index("table")
    assert page.names.count("table") == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "totalunmet · its output"),
        ({"suite": "checkout"}, "checkout › totalunmet · its output"),
        ({"seconds": 1.2}, "totalunmet · its output · 1.2s"),
    ],
)
def test_a_check_is_told_by_its_suite_and_name_and_where_it_looked(fields, told):
    page = page_of(a_finding("total", Judgement.UNMET, **fields))
    assert told in page.text


def test_what_was_expected_and_found_stands_line_by_line():
    page = page_of(a_finding("total", Judgement.UNMET, expected="1\n2", found="<b>3</b>\n4"))
    assert "CheckExpectedFound" in page.text
    assert "1\n2" in page.text
    assert "<b>3</b>\n4" in page.text


def test_checks_that_find_no_room_are_counted_and_texts_are_cut():
    found = [a_finding(f"n{at}", Judgement.UNMET, found="x" * 500) for at in range(5)]
    page = page_of(*found, room=Room(rows=3, characters=200))
    assert page.text.count("x" * 200 + "… [300 more characters in result.json]") == 3
    assert "2 more checks are not shown here" in page.text
