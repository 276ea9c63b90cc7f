"""What an issue's mark has; `forges/test_comment_thread.py` has the rule that closes it."""

import re

import pytest

from genesis_ci.forges.comment_thread import mark_for, read_mark
from genesis_ci.jobs.issue import MOST_CHARACTERS, REST, IssuePost, Red, read, written
from genesis_ci.models.report import Verdict
from genesis_ci.result import parse, render
from tests.hostile import each_string
from tests.unit.reporters.reports import not_started, outcome_of, report


def test_a_mark_keeps_entries_with_hostile_names():
    def check(text):
        unmet = not_started(outcome_of(Verdict.UNMET), name=text or "x")
        made = parse(render(report(unmet, not_started(outcome_of(Verdict.FAILED)))))
        body = IssuePost(mark_for("", job=(), run=(1,), is_red=True), "", made).body(None)
        mark = read_mark(body)
        assert {(one.name, one.is_unmet) for one in read(mark.red)} == {
            (one.name[:100], one.outcome.verdict is Verdict.UNMET) for one in made.workflows
        }
        assert re.fullmatch("[A-Za-z0-9+/=]+", mark.red)

    each_string(check)


def test_of_too_many_entries_some_stand_for_the_rest():
    every = [Red(f"{number} {'決' * 90}", "x" * 36) for number in range(1_000)]
    kept = read(written(every))
    assert REST in kept
    assert kept <= {*every, REST}
    assert len(kept) > 10
    assert len(written(every)) <= MOST_CHARACTERS


@pytest.mark.parametrize("text", ["", "x", "W10", "/w==", "W1sxXV0=", "e30x", "W10= W10="])
def test_what_cannot_be_read_is_the_rest(text):
    assert read(text) == {REST}
