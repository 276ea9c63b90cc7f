"""Which lines and members of an output become checks."""

import pytest

from genesis_ci.jobs.proposals import propose

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
