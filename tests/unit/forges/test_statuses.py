"""Yellow while something is still to come, and then as the job ended."""

from dataclasses import replace

import pytest

from genesis_ci.forges.statuses import MOST_DESCRIPTION, State, status_of
from genesis_ci.models import Outcome, Verdict
from tests.builders import a_report, a_run_report


@pytest.mark.parametrize(
    ("verdict", "exit_code", "state"),
    [
        (Verdict.PASSED, 0, State.SUCCESS),
        (Verdict.FAILED, 1, State.FAILURE),
        (Verdict.TIMED_OUT, 6, State.FAILURE),
        (Verdict.REVIEW_PENDING, 3, State.PENDING),
        (Verdict.TRIGGERED, 0, State.PENDING),
    ],
)
def test_the_state_follows_from_the_verdict(verdict, exit_code, state):
    status = status_of(a_run_report(a_report(verdict, exit_code)), "genesis")
    assert (status.state, status.context) == (state, "genesis")


def test_a_failure_is_not_kept_yellow_by_a_run_that_was_only_started():
    report = a_run_report(a_report(Verdict.TRIGGERED), a_report(Verdict.FAILED, 1))
    assert status_of(report, "genesis").state is State.FAILURE


def test_the_link_is_of_the_run_that_decided():
    report = a_run_report(
        a_report(run_url="https://g.example/1"),
        a_report(Verdict.FAILED, 1, run_url="https://g.example/2"),
    )
    assert status_of(report, "genesis").target_url == "https://g.example/2"


def test_a_long_description_is_cut_at_a_word():
    outcome = Outcome(verdict=Verdict.FAILED, exit_code=1, message="word " * 60)
    report = replace(a_run_report(a_report()), outcome=outcome)
    description = status_of(report, "genesis").description
    assert len(description) <= MOST_DESCRIPTION
    assert description.endswith("word…")
