"""Which lines and members of an output become checks."""

import re
from functools import partial

import pytest

from genesis_ci.checks.judging import CheckTask, judge_task
from genesis_ci.jobs.proposals import Proposals, propose
from genesis_ci.strict_json import JsonValue

LINES = {
    "success": [
        "VERDICT: PASS",
        "Result: passed",
        "**Result: PASS**",
        "- ✅ All 12 checks passed",
        "| Result | PASS |",
        "> Status — OK",
        "12/12 tests passed",
        "Tests: 12 passed, 12 total",
        "12 examples, 0 failures",
        "Final verdict: ✅ PASS (12 of 12, 100%)",
        "PASS",
        "checkout smoke: 12 of 12 tests passed",
        "Everything passed.",
        "結果: 合格",
        "総合判定：成功",
        "12件中12件合格",
        "すべてのテストが合格しました。",
        "成功 12件、失敗 0件",
        "**Verdict:** PASS",
        "### Verdict: PASS",
        "Final Result — PASSED",
        "- [x] All checks passed",
        "VERDICT: PASS - no issues found",
        "All tests passed with no failures.",
        "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
        "[INFO] BUILD SUCCESS",
        "OK (12 tests)",
        "12 passing (3s)",
        "0 failing",
        "PASSED: 12 | FAILED: 0",
        "Score: 10/10 — PASS",
        "test result: ok. 12 passed; 0 failed; 0 ignored; finished in 0.01s",
        "Passed!  - Failed:     0, Passed:    12, Total: 12, Duration: 38 ms - shop.dll (net8.0)",
        "判定結果は合格です。",
        "総合評価：合格（12/12）",
        "テスト結果：OK",
        "全12項目合格",
        "12/12 合格",
        "結果：合格（エラーなし）",
    ],
    "failure": [
        "VERDICT: FAIL",
        "3 of 12 tests failed",
        "12 passed, 1 failed",
        "11 of 12 checks passed",
        "0 of 0 passed",
        "Failed: 2",
        "| Failed | 1 |",
        "判定：失敗",
        "12件中11件合格",
        "失敗 1件",
        "Tests run: 12, Failures: 1, Errors: 0, Skipped: 0",
        "Passed: 11, Failed: 1",
        "PASSED: 11 | FAILED: 1",
        "Result: FAILED (1/12)",
        "結果：NG",
        "Errors: 2",
        "1 test failed.",
    ],
    "neither": [
        "",
        "not passed",
        "no test passed",
        "VERDICT: not passed",
        "Did all tests pass?",
        "If all tests passed, write VERDICT: PASS",
        "All 12 tests should pass.",
        "未合格",
        "結果：未合格",
        "すべて合格した場合はPASSと書いてください。",
        "Step 3 passed the ball to Kim",
        "The payment passed 3 days ago and the customer was happy with it",
        "This release corrects how failed payments are shown.",
        "Result: pending",
        "- ✅ 404 error page is shown",
        "Fixed 3 errors in the cart",
        "Step 3 passed",
        "The login works, and the test passed, as the screenshot of the second page shows",
        "エラーが表示されること",
        "VERDICT: PASS \\u200b",
        '<testsuite tests="12" failures="0">',
    ],
}


@pytest.mark.parametrize("says", LINES)
def test_lines_say_success_or_failure_or_neither(says):
    found = {}
    for line in LINES[says]:
        checks, failures = propose("b", f"Report\n{line}\nEnd of the text\n")
        found[line] = "failure" if failures else "success" if checks else "neither"
    assert found == dict.fromkeys(LINES[says], says)


MEMBERS = {
    "failed: 0": [
        *("failed", "numFailedTests", "error_count", "Errors", "exit-code", "exitCode"),
        *("return_code", "failing tests", "unexpected"),
    ],
    "status: passed": ["status", "Verdict", "testResult", "overall_status", "conclusion"],
    "ok: true": ["ok", "success", "isSuccess", "all_passed"],
    "nothing": [
        *("max_failures", "fail_fast", "error_rate", "warnings", "duration", "id", "errorMessage"),
    ],
}
VALUES: dict[str, JsonValue] = {"failed: 0": 0, "status: passed": "passed", "ok: true": True}
WORSE: dict[str, JsonValue] = {"failed: 0": 1, "status: passed": "failed", "ok: true": False}


@pytest.mark.parametrize("kind", MEMBERS)
@pytest.mark.parametrize("worse", [False, True])
def test_members_say_success_by_their_names(kind, worse):
    found = {}
    for name in MEMBERS[kind]:
        value = (WORSE if worse else VALUES).get(kind, 0)
        found[name] = propose("b", {"in": {name: value}})
    if kind == "nothing":
        assert set(found.values()) == {Proposals()}
    elif worse:
        assert all(one.failures and not one.checks for one in found.values())
    else:
        expected = {name: (one.checks[0].expected, one.failures) for name, one in found.items()}
        assert expected == dict.fromkeys(MEMBERS[kind], (VALUES[kind], ()))


def test_amount_that_passed_is_asked_for_only_if_nothing_else_says_success():
    def asked(value: JsonValue) -> list[tuple[str | None, str]]:
        return [(one.query, one.operator) for one in propose("b", value).checks]

    assert asked({"passed": 12, "failed": 0}) == [("failed", "equals"), ("passed", "at-least")]
    assert asked({"passed": 12, "status": "ok"}) == [("status", "equals")]
    assert propose("b", {"passed": 0}).failures == ("passed: 0",)


def test_null_is_no_failure_while_its_member_is_there():
    [check] = propose("b", {"a-b": {"error": None}}).checks
    task = partial(CheckTask, check)
    outputs: list[JsonValue] = [{"a-b": {"error": None}}, {"a-b": {"error": "x"}}, {"a-b": {}}, {}]
    found = [judge_task(task(one)).reports[0][0].judgement for one in outputs]
    assert found == ["met", "unmet", "unmet", "unmet"]


@pytest.mark.parametrize(
    "line",
    ["Passed: 3/4", "OK (3/4)", "All tests passed: false", "❌ All tests passed", "95% passed"],
)
def test_a_part_or_a_denied_success_is_no_check(line):
    assert propose("b", line).checks == ()


def test_equal_lines_are_required_as_often():
    (check,) = propose("b", "- 5 passed, 0 failed\n- 7 passed, 0 failed").checks
    for text, holds in {
        "- 8 passed, 0 failed\n- 9 passed, 0 failed": True,
        "- 2 passed, 5 failed\n- 7 passed, 0 failed": False,
    }.items():
        assert bool(re.search(str(check.expected), text)) is holds
