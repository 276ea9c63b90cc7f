"""CTRF counts as the reporters mean it that write it."""

import pytest

from genesis_ci.checks.ctrf import is_report, read
from genesis_ci.checks.reading import NothingToJudgeError

PASSED = {"name": "a", "status": "passed"}


def ctrf(*tests, extra=None, **summary):
    return {"results": {"summary": summary, "tests": list(tests), "extra": extra}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"reportFormat": "CTRF"}, True),
        ({"reportFormat": " ctrf", "results": []}, True),
        ({"reportFormat": None, "results": {"tests": []}}, True),
        ({"results": {"tests": [], "tool": None}}, True),
        ({"results": {"tests": [], "summary": {}}}, True),
        ({"results": {"tests": ["a", {"status": "passed"}]}}, True),
        ({"results": {"summary": {"tests": 1, "passed": 1, "failed": 0}, "tool": {}}}, True),
        ({"results": {"summary": {"tests": 1, "passed": 1, "failed": 0}}}, False),
        ({"results": {"summary": {"passed": 3, "failed": 0}, "tool": {}}}, False),
        ({"results": {"tests": []}}, False),
        ({"results": {"tests": 12, "summary": {}}}, False),
        ({"results": [PASSED]}, False),
        ({"reportFormat": "x"}, False),
        ([ctrf(PASSED)], False),
        ("CTRF", False),
    ],
)
def test_the_shape_of_a_report(value, expected):
    assert is_report(value) is expected


MARKED = {"extra": {"annotations": [None, {"type": "fail"}]}}
"""What Playwright's reporter writes for a test with test.fail()."""


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "passed", "rawStatus": "passed", **MARKED}, "failed"),
        ({"status": "passed", "rawStatus": "failed", **MARKED}, "passed"),
        ({"status": "passed", "rawStatus": "failed"}, "passed"),
        ({"status": "FAILED"}, "failed"),
        ({"status": "skipped"}, "skipped"),
        ({"status": "pending"}, "skipped"),
        ({"status": "other", "rawStatus": "todo"}, "skipped"),
        ({"status": "other", "rawStatus": "NotExecuted"}, "skipped"),
        ({"status": "other", "rawStatus": "odd"}, "other"),
        ({"status": "other"}, "other"),
        ({"status": "pass"}, "pass"),
        ({"status": ""}, "no status"),
        ({"status": True}, "no status"),
        ({"name": " ", "status": "passed"}, "no name"),
    ],
)
def test_a_test_counts_by_its_status(fields, status):
    [test] = read(ctrf({"name": "a", **fields})).tests
    assert test.status == status


@pytest.mark.parametrize("entry", ["passed", 1, None, {}, {"status": "passed"}])
def test_an_entry_without_a_name_is_numbered(entry):
    test = read(ctrf(PASSED, entry)).tests[1]
    assert (test.name, test.status) == ("test 2 (no name)", "no name")


def test_a_test_has_suite_message_and_time():
    said = {"suite": ["cart", 7, "totals"], "message": "3 != 4", "trace": "line 9"}
    [test] = read(ctrf({"name": "a", "status": "failed", "duration": 1200, **said})).tests
    assert test == ("a", "failed", "cart › totals", "3 != 4\nline 9", 1.2)
    assert read(ctrf({**PASSED, "flaky": True, "suite": "s"})).tests[0][2:4] == ("s", "flaky")


def test_an_impossible_time_is_dropped():
    durations = [0, 500, 1e9, 1e10, -1, True, "12", None, 10**400]
    tests = read(ctrf(*[{**PASSED, "duration": one} for one in durations])).tests
    assert [one.seconds for one in tests] == [0.0, 0.5, 1e6, *[None] * 6]


@pytest.mark.parametrize(
    ("report", "contradiction"),
    [
        (ctrf(PASSED, failed=1), "the summary states failed: 1, and 0 are listed"),
        (ctrf(PASSED, failed="1"), "failed: 1,"),
        (ctrf(PASSED, failed=10**30), "failed: 1000000000000000000000000000000,"),
        (ctrf(PASSED, failed=1e30), "failed: 1000000000000000019884624838656,"),
        (ctrf(PASSED, tests=2.0), "tests: 2, and 1 are listed"),
        (ctrf(PASSED, extra={"errors": ["a"]}), "errors outside its tests"),
    ],
)
def test_statements_above_the_list_are_a_contradiction(report, contradiction):
    assert contradiction in read(report).contradiction


@pytest.mark.parametrize(
    "report",
    [
        *(ctrf(PASSED, tests=count, failed=count) for count in (0, None, "no", True, 0.5, -1, [])),
        ctrf(PASSED, extra={"errors": []}),
        ctrf(PASSED, extra="errors"),
        ctrf({**PASSED, "rawStatus": "timedOut"}, failed=1),
        ctrf({**PASSED, "flaky": True}, failed=1),
        ctrf({**PASSED, "status": "failed"}, failed=1, tests=1),
        {"results": {"tests": [PASSED], "summary": 3}},
    ],
)
def test_other_statements_are_none(report):
    assert read(report).contradiction == ""


@pytest.mark.parametrize("results", [None, [], {}, {"tests": None}, {"tests": {}}])
def test_a_report_without_a_list_is_refused(results):
    with pytest.raises(NothingToJudgeError, match="without a list of tests"):
        read({"reportFormat": "CTRF", "results": results})
