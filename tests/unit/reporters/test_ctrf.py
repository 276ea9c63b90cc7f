"""The CTRF file: valid by its schema, with the cases and counts of the JUnit file."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from genesis_ci.models.change import Change
from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.reporters import ctrf, junit
from genesis_ci.reporters.cases import MAX_CASES
from tests.builders import a_report

from . import reports
from .consumers import counts, ctrf_tests
from .reports import CART, OPEN, a_finding, each_ending, execution, report


def assert_same_counts(made):
    cases = counts(junit.render(made))
    red = cases.pop("failure", 0) + cases.pop("error", 0)
    statuses = Counter(test["status"] for test in ctrf_tests(ctrf.render(made)))
    assert statuses == +(cases + Counter(failed=red))


def test_file_is_valid_and_counts_what_the_junit_file_counts():
    each_ending(assert_same_counts)
    assert_same_counts(report(*(reports.unmet().workflows * 2)))
    assert_same_counts(reports.many_blocks(MAX_CASES + 100, failed_every=2))


def test_output_of_a_passed_block_shortens_no_error():
    error = "語" * 3_000
    blocks = (replace(OPEN, output="o" * 50_000), replace(CART, error=error))
    made = report(reports.judged(execution(Status.FAILED, *blocks)))
    [_, failed] = ctrf_tests(ctrf.render(made, limit=12_000))
    assert failed["trace"].startswith(error)


@pytest.mark.parametrize(("judgement", "flaky"), [(Judgement.MET, True), (Judgement.UNMET, False)])
def test_earlier_failures_of_a_test_are_its_retries(judgement, flaky):
    def attempt(result, **fields):
        findings = (a_finding("total", result, found=result.value),)
        return a_report(findings=findings, **fields)

    results = (Judgement.UNMET, Judgement.MET, Judgement.UNMET)
    last = attempt(judgement, earlier=tuple(map(attempt, results)))
    [*_, test] = ctrf_tests(ctrf.render(report(last)))
    assert (test["flaky"], test["retries"]) == (flaky, 2)
    message = "expected passed, found unmet"
    trace = f"{message}\nits output"
    assert test["retryAttempts"] == [
        {"attempt": number, "status": "failed", "message": message, "trace": trace}
        for number in (1, 3)
    ]


def test_environment_is_empty_if_nothing_is_known_of_the_change():
    made = reports.completed()._replace(change=Change(), job_url=None)
    assert json.loads(ctrf.render(made))["results"]["environment"] == {}
