"""The cases of the JUnit file: their names, results and texts; no failure counts twice."""

from dataclasses import replace

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.models.findings import Judgement
from genesis_ci.models.policy import OnState, Policy
from genesis_ci.models.report import INTERNAL_ERROR, Verdict
from genesis_ci.reporters.cases import Result, suites_of
from genesis_ci.reporters.truncate import Limits

from . import reports
from .reports import CART, MAIL, OPEN, a_finding, block, execution, outcome_of, report, workflow

LIMITS = Limits(rows=100, characters=1_000)
UNMET = {"findings": (a_finding("total", Judgement.UNMET),)}
BLOCKS = [block(status, status) for status in (*Status, "warming_up")]
SKIPPED = a_finding("total", Judgement.SKIPPED, found="no stock")
FAILED_BLOCK = execution(Status.COMPLETED, CART, end=50)
IN_REVIEW = execution(Status.REVIEW_PENDING, reports.IN_REVIEW)
TEXTS = {"open": "", "pay": "x" * 1_001}
FAILED_RUN = execution(Status.FAILED, CART, end=50)
NOT_DONE = execution(
    Status.COMPLETED, OPEN, block("log-in", Status.CANCELLED), reports.PAY, MAIL, end=50
)
OTHERS_SKIPPED = "open-shop passed, log-in skipped, pay skipped, check-mail skipped"


def cases_of(made):
    return [case for suite in suites_of(made, LIMITS) for case in suite.cases]


def text_of(case):
    return "" if case.result is Result.PASSED else case.reason.text


@pytest.mark.parametrize(
    ("made", "results", "text"),
    [
        (
            report(workflow(Verdict.FAILED, execution(Status.FAILED, *BLOCKS))),
            "pending skipped, running skipped, completed passed, failed failure, "
            "cancelled skipped, skipped skipped, review_pending skipped, warming_up skipped",
            "Genesis says of this block: failed.",
        ),
        (
            reports.review(),
            "open-shop passed, log-in passed, verify-cart error, pay skipped",
            "Two prices differ; please look.\n\nWhat to do: A person has to approve it in Genesis",
        ),
        (
            reports.review_passed(),
            "(workflow) skipped, open-shop passed, log-in passed, verify-cart skipped, pay skipped",
            "review_pending, passed by policy: Block ",
        ),
        (
            reports.completed_with_failed_block(),
            "open-shop passed, verify-cart skipped",
            "failed, passed by policy: Expected 2 items in the cart",
        ),
        (
            report(workflow(Verdict.PASSED, FAILED_BLOCK)),
            "(workflow) passed, verify-cart skipped",
            "",
        ),
        (
            report(reports.judged(FAILED_BLOCK, **UNMET)),
            "verify-cart skipped, total failure",
            "failed, passed by policy: Expected 2 items in the cart",
        ),
        (
            report(reports.judged(FAILED_BLOCK, Policy(on_failed_block=OnState.FAIL), **UNMET)),
            "verify-cart failure, total failure",
            "Expected 2 items in the cart",
        ),
        (
            report(reports.judged(NOT_DONE, Policy(on_failed_block=OnState.FAIL))),
            "open-shop passed, log-in failure, pay skipped, check-mail failure",
            "Genesis says of this block: cancelled.\n\nWhat to do: ",
        ),
        (
            report(reports.judged(NOT_DONE)),
            OTHERS_SKIPPED,
            "Genesis says of this block: cancelled.",
        ),
        (
            report(reports.judged(NOT_DONE, **UNMET)),
            f"{OTHERS_SKIPPED}, total failure",
            "Genesis says of this block: cancelled.",
        ),
        (
            report(reports.judged(execution(Status.COMPLETED), Policy(on_unchecked=OnState.FAIL))),
            "(workflow) failure",
            "unmet: Nothing in its outputs was checked.",
        ),
        (
            report(workflow(Verdict.TIMED_OUT, execution(Status.RUNNING, OPEN, CART, MAIL))),
            "(workflow) error, open-shop passed, verify-cart failure, check-mail skipped",
            "Expected 2 items in the cart",
        ),
        (
            report(workflow(Verdict.REVIEW_PENDING, IN_REVIEW, required=False, **UNMET)),
            "verify-cart skipped, total skipped",
            "review_pending, not required: Two prices differ; please look.",
        ),
        (
            report(workflow(Verdict.TIMED_OUT, required=False)),
            "(workflow) skipped",
            "timed_out, not required: This is what",
        ),
        (
            reports.flaky_refused(),
            "(workflow) failure, open-shop passed, log-in passed, verify-cart passed",
            "failed: Flaky: attempt 2 passed",
        ),
        (
            report(workflow(Verdict.FAILED, replace(FAILED_RUN, block_count=4))),
            "verify-cart failure, (not started) skipped",
            "3 of 4 blocks have not started.",
        ),
        (
            report(workflow(Verdict.PASSED, findings=(SKIPPED,))),
            "(workflow) passed, total skipped",
            "no stock",
        ),
        (
            report(workflow(Verdict.PASSED, findings=(replace(SKIPPED, found=""),))),
            "(workflow) passed, total skipped",
            "skipped",
        ),
        (
            report(workflow(Verdict.REVIEW_PENDING, required=False, **UNMET)),
            "total skipped",
            "unmet, not required: ",
        ),
        (reports.no_key(), "(job) skipped", "This is what not_run means here."),
        (
            report(workflow(Verdict.PASSED), outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR)),
            "(workflow) passed, (job) error",
            "This is what error means here.",
        ),
    ],
)
def test_cases_have_their_results_and_texts(made, results, text):
    cases = cases_of(made)
    assert ", ".join(f"{case.name} {case.result}" for case in cases) == results
    assert any(text_of(case).startswith(text) for case in cases)


def test_text_without_a_hint_ends_with_the_message():
    outcome = outcome_of(Verdict.TIMED_OUT)._replace(sentences=("Too late.",), steps=())
    [case] = cases_of(report(workflow(outcome, run_url=None)))
    assert text_of(case) == "timed_out: Too late."


@pytest.mark.parametrize("run", [FAILED_BLOCK, execution(Status.COMPLETED, OPEN)])
def test_one_of_several_failures_has_the_remedy(run):
    long = a_finding("b", Judgement.UNMET, expected="one\ntwo")
    findings = (a_finding("a", Judgement.UNMET), long, replace(long, name="c"))
    policy = Policy(on_failed_block=OnState.FAIL)
    texts = [
        text_of(case) for case in cases_of(report(reports.judged(run, policy, findings=findings)))
    ]
    assert sum("What to do" in text for text in texts) == 1
    assert texts[-1] == texts[-2]
    assert texts[-1].endswith("\n\nExpected:\none\ntwo")


def test_output_is_shown_once_and_without_lines_around_it():
    failed = block("a", Status.FAILED, error="boom", output="boom")
    passed = block("b", output="\n  X\n", start=0, end=0)
    run = replace(execution(Status.FAILED, failed, passed), block_count=3)
    cases = cases_of(report(workflow(Verdict.FAILED, run)))
    assert [(case.output, case.seconds) for case in cases] == [("", 0), ("  X", 0), ("", 0)]


def test_first_of_several_failed_blocks_has_the_remedy():
    blocks = [block(name, Status.FAILED, error=f"{name} broke") for name in ("a", "b")]
    made = report(workflow(Verdict.FAILED, execution(Status.FAILED, *blocks)))
    assert [text_of(case) for case in cases_of(made)] == [
        "a broke\n\nWhat to do: This is what to do next.\n"
        f"Open the run in Genesis: {reports.RUN_URL}",
        "b broke",
    ]


def test_names_are_unique_and_equal_in_each_run():
    def names(*workflows):
        return [(case.suite, case.name) for case in cases_of(report(*workflows))]

    keys = ("a", "a", "(workflow)", "", "a (2)", "a", "order total 0")
    run = execution(Status.COMPLETED, *map(block, keys))
    shown = ["a", "a (2)", "(workflow) (2)", "unnamed", "a (2) (2)", "a (3)", "order total 0"]
    assert [name for _, name in names(workflow(Verdict.PASSED, run))] == shown
    one = reports.unmet().workflows[0]
    found = names(replace(one, execution=run), one)
    assert len(found) == len(set(found))
    assert ("checkout smoke › checkout", "order total 3") in found
    assert ("checkout smoke", "order total 0 (2)") in found
    assert ("checkout smoke (2)", "open-shop") in found
    assert found == names(replace(one, execution=run, execution_id="another-run", seconds=1.0), one)


def test_suite_of_a_kept_run_has_a_property():
    [kept] = reports.completed().workflows
    found = suites_of(report(replace(kept, kept=True), kept), LIMITS)
    assert [suite.properties for suite in found] == [(("kept", "true"),), ()]


def test_reruns_have_texts_and_read_earlier_blocks_once():
    reads = []

    class Blocks(tuple):
        def __iter__(self):
            reads.append(len(self))
            return super().__iter__()

    run = execution(
        Status.FAILED, *(block(key, Status.FAILED, error=error) for key, error in TEXTS.items())
    )
    findings = (a_finding("total", Judgement.UNMET, suite="shop"),)
    last = workflow(Verdict.FAILED, run, findings=findings)
    before = replace(last, execution=replace(run, blocks=Blocks(run.blocks)), required=False)
    reruns = [
        (rerun.attempt, rerun.kind, rerun.reason.text)
        for case in cases_of(report(replace(last, earlier=(before,))))
        for rerun in case.reruns
    ]
    assert reruns == [
        (1, "failed", "failed"),
        (1, "failed", f"{'x' * 1_000}… [1 more characters in result.json]"),
        (1, "unmet", "unmet, not required: expected passed, found failed\nits output"),
    ]
    assert reads == [2]
