"""The cases of the JUnit file: their names, results and texts; no failure counts twice."""

from dataclasses import replace

from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import INTERNAL_ERROR, Verdict
from genesis_ci.reporters.cases import Suite, make_suites
from genesis_ci.reporters.truncate import Limits
from tests.approved import check_approved
from tests.builders import refusing

from . import reports
from .reports import CART, MAIL, OPEN, a_finding, block, execution, outcome_of, report, workflow

LIMITS = Limits(rows=100, characters=1_000)
UNMET = {"findings": (a_finding("total", Judgement.UNMET),)}
FINDINGS = {"findings": tuple(a_finding(one.value, one) for one in Judgement)}
LONG = a_finding("b", Judgement.UNMET, expected="one\ntwo")
THREE_UNMET = {"findings": (*UNMET["findings"], LONG, replace(LONG, name="c"))}
FAILED_BLOCK = execution(Status.COMPLETED, CART, end=50)
WITH_ERROR = execution(Status.COMPLETED, block("mail", error="out of memory"), end=50)
IN_REVIEW = execution(Status.REVIEW_PENDING, reports.IN_REVIEW)
FAILED_RUN = execution(Status.FAILED, CART, end=50)
TWO_FAILED = execution(Status.FAILED, CART, replace(CART, key="pay", error="no\n\npage"))
NOT_DONE = execution(
    Status.COMPLETED, OPEN, block("log-in", Status.CANCELLED), reports.PAY, MAIL, end=50
)
SAYS_NOTHING = execution(
    Status.FAILED,
    *(block(one, one, output=" \n ") for one in (*Status, "warming_up")),
    block("a", output="\n X\n"),
)
BLOCKS_COUNT = refusing(Accept.FAILED_BLOCK)


def endings():
    """The reports by what is special about them."""
    late = outcome_of(Verdict.TIMED_OUT)._replace(sentences=("Too late.",), steps=())
    skipped = a_finding("total", Judgement.SKIPPED, found="")
    [flaky] = reports.flaky().workflows
    before = workflow(Verdict.UNMET, FAILED_RUN, required=False, **THREE_UNMET)
    again = workflow(Verdict.FAILED, TWO_FAILED, earlier=(before, flaky), **THREE_UNMET)
    equal_text = execution(Status.FAILED, block("a", Status.FAILED, error="no", output="no"))
    return {
        "blocks without a text": report(workflow(Verdict.FAILED, SAYS_NOTHING)),
        "an output that is the error": report(workflow(Verdict.FAILED, equal_text)),
        "two failed blocks": report(workflow(Verdict.FAILED, TWO_FAILED)),
        "review": reports.review(),
        "review that passes": reports.review_passed(),
        "failed block that passes": reports.completed_with_failed_block(),
        "error of a block that passes": report(reports.judged(WITH_ERROR)),
        "error of a block counts": report(reports.judged(WITH_ERROR, BLOCKS_COUNT)),
        "failed block, passed": report(workflow(Verdict.PASSED, FAILED_BLOCK)),
        "failed block, unmet": report(reports.judged(FAILED_BLOCK, **THREE_UNMET)),
        "failed block counts": report(reports.judged(FAILED_BLOCK, BLOCKS_COUNT, **THREE_UNMET)),
        "blocks not done count": report(reports.judged(NOT_DONE, BLOCKS_COUNT)),
        "blocks not done": report(reports.judged(NOT_DONE)),
        "blocks not done, unmet": report(reports.judged(NOT_DONE, **UNMET)),
        "unchecked": report(
            reports.judged(execution(Status.COMPLETED), refusing(Accept.UNCHECKED))
        ),
        "timed out": report(workflow(Verdict.TIMED_OUT, execution(Status.RUNNING, CART, MAIL))),
        "no next step": report(workflow(late, run_url=None)),
        "not required, review": report(
            workflow(Verdict.REVIEW_PENDING, IN_REVIEW, required=False, **UNMET)
        ),
        "not required, unmet": report(workflow(Verdict.UNMET, required=False, **FINDINGS)),
        "not required, timed out": report(workflow(Verdict.TIMED_OUT, required=False)),
        "flaky, refused": reports.flaky_refused(),
        "attempts": report(again),
        "passed after a failed check": report(
            workflow(
                Verdict.PASSED,
                earlier=(before,),
                findings=(replace(LONG, judgement=Judgement.MET),),
            )
        ),
        "passed by policy after a failed block": report(
            replace(reports.completed_with_failed_block().workflows[0], earlier=(again,))
        ),
        "blocks not started": report(workflow(Verdict.FAILED, replace(FAILED_RUN, block_count=4))),
        "skipped check": report(workflow(Verdict.PASSED, findings=(skipped,))),
        "no key": reports.no_key(),
        "internal error": report(
            workflow(Verdict.PASSED), outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR)
        ),
    }


def as_text(suites: tuple[Suite, ...]) -> str:
    """Write each suite's properties, and each case with its texts and reruns."""
    lines = []
    for suite in suites:
        lines += [f"{name}: {value}" for name, value in suite.properties]
        for one in suite.cases:
            lines.append(f"{one.name}: {one.result} ({one.kind}, {one.seconds:.3f}s)")
            texts = [] if one.result == "passed" else [one.reason.text]
            texts += [f"output: {one.output}"] if one.output else []
            texts += [f"{again.attempt} {again.kind}: {again.reason.text}" for again in one.reruns]
            lines += [f"  {line}".rstrip() for text in texts for line in text.split("\n")]
    return "\n".join(lines)


def test_cases_are_approved():
    made = endings()
    check_approved("cases", {name: as_text(make_suites(one, LIMITS)) for name, one in made.items()})


def test_earlier_blocks_are_read_once_and_their_texts_are_shortened():
    reads = []

    class Blocks(tuple):
        def __iter__(self):
            reads.append(len(self))
            return super().__iter__()

    blocks = [block(key, Status.FAILED, error="x" * 1_001) for key in "ab"]
    last = workflow(Verdict.FAILED, execution(Status.FAILED, *blocks))
    before = replace(last, execution=replace(last.execution, blocks=Blocks(blocks)))
    [suite] = make_suites(report(replace(last, earlier=(before,))), LIMITS)
    texts = [again.reason.text for case in suite.cases for again in case.reruns]
    assert texts == [f"{'x' * 1_000}… [1 more characters in result.json]"] * 2
    assert reads == [2]


def test_names_are_unique_and_equal_in_each_run():
    def names(*workflows):
        suites = make_suites(report(*workflows), LIMITS)
        return [(case.suite, case.name) for suite in suites for case in suite.cases]

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
