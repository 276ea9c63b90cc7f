"""Attempts on the page: side by side what each ended with, then what the failed ones said."""

import re
from dataclasses import replace

from genesis_ci.models import Status
from genesis_ci.reporters.attempts import NO_BLOCK_DIFFERS
from genesis_ci.reporters.html_attempts import side_by_side
from genesis_ci.reporters.truncate import Room
from tests.builders import a_block, a_report, an_execution

from . import reports
from .markdown import taken_apart

ROOM = Room(rows=100, characters=1_000)


def page_of(workflow, room=ROOM):
    return taken_apart("".join(side_by_side(workflow, room, level=3)))


def table_of(workflow, room=ROOM):
    """The rows of the table, each with its name and its cells."""
    text = "".join(side_by_side(workflow, room, level=3))
    rows = re.findall(r"<tr>(.*?)</tr>", text)
    return [
        [taken_apart(cell).text for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)]
        for row in rows
    ]


def failed_before(*keys, **fields):
    """A pass after an attempt in which these blocks failed."""
    blocks = [a_block(key, Status.FAILED, error=f"{key} broke") for key in keys]
    good = [a_block(key) for key in keys]
    before = a_report(execution=an_execution(Status.FAILED, blocks=blocks), **fields)
    return a_report(execution=an_execution(Status.COMPLETED, blocks=good), earlier=(before,))


def test_one_attempt_is_no_section():
    assert list(side_by_side(reports.failed().workflows[0], ROOM, level=3)) == []


def test_each_attempt_has_a_column_and_what_differs_a_row():
    assert table_of(reports.flaky().workflows[0]) == [
        ["", "Attempt 1", "Attempt 2"],
        ["Ended", "Failed", "Passed, flaky"],
        ["Execution", reports.EARLIER_ID, reports.EXECUTION_ID],
        ["verify-cart", "failed", "completed"],
        ["pay", "skipped", "–"],
        ["check-mail", "pending", "–"],
    ]


def test_what_a_block_said_when_it_failed_is_folded_below_the_attempt_s_number():
    page = page_of(failed_before("pay"))
    assert "Attempt 1: pay\npay broke" in page.text
    assert dict(page.tags)["details"] == ()


def test_where_nothing_differs_it_says_so():
    one = reports.failed().workflows[0]
    assert NO_BLOCK_DIFFERS in page_of(replace(one, earlier=(one,))).text
    assert NO_BLOCK_DIFFERS not in page_of(failed_before("pay")).text


def test_an_attempt_that_has_no_id_has_a_dash_for_it():
    assert table_of(failed_before("pay", execution_id=None))[2] == ["Execution", "–", "–"]


def test_rows_that_find_no_room_are_counted_and_texts_are_cut():
    page = page_of(failed_before("a", "b", "c"), Room(rows=2, characters=3))
    assert "1 more blocks and checks are not shown here" in page.text
    assert page.names.count("details") == 2
    assert "a b… [4 more characters in result.json]" in page.text
