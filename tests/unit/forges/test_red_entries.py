"""The red entries in an issue's mark; `test_comment_thread.py` has the rule that closes it."""

import re

import pytest

from genesis_ci.forges.red_entries import (
    LONGEST_SHOWN,
    MOST_CHARACTERS,
    UNKNOWN,
    Red,
    merged,
    read,
    red_entries,
    written,
)
from genesis_ci.models.report import Verdict
from genesis_ci.result import parse, render
from tests.hostile import each_string
from tests.unit.reporters.reports import not_started, outcome_of, report

FAILED = not_started(outcome_of(Verdict.FAILED))


def test_a_mark_keeps_entries_with_hostile_names():
    def check(text):
        made = report(not_started(outcome_of(Verdict.UNMET), name=text or "x"), FAILED)
        entries = red_entries(parse(render(made)))
        assert read(written(entries)) == entries
        assert re.fullmatch(r"[\w+/=:,]+", written(entries), re.ASCII)
        assert max(len(one.shown) for one in entries) <= LONGEST_SHOWN
        assert sorted(one.is_unmet for one in entries) == [False, True]

    each_string(check)


def test_entries_that_do_not_fit_are_never_settled():
    every = [Red(f"{number:08}", f"{number:08}", shown="x" * 60) for number in range(2_000)]
    text = written(every[:1_000])
    assert {one.name for one in read(text)} == {one.name for one in every[:1_000]}
    text = written(every)
    assert UNKNOWN in read(text)
    assert len(text) <= MOST_CHARACTERS
    assert read(f"{text},{text}") == {UNKNOWN}


@pytest.mark.parametrize(
    "token",
    ["", "x", "AAAAAAAA:AAAAAAAA:2:", "AAAAAAAA:AAAA:0:", "AAAAAAAA::0:AAA", "AAAAAAAA::0:/w=="],
)
def test_an_entry_that_cannot_be_read_is_never_settled(token):
    whole = written([Red("AAAAAAAA")])
    assert read(f"{whole},{token}") == {Red("AAAAAAAA"), UNKNOWN}


def test_an_entry_that_was_once_unmet_is_until_it_is_settled():
    before, now = Red("AAAAAAAA", "BBBBBBBB", is_unmet=True), Red("AAAAAAAA", "BBBBBBBB", shown="a")
    assert merged([before], [now]) == {now._replace(is_unmet=True)}
