"""Reports to render: small builders, and reports of jobs that ended in different ways."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from genesis_ci import __version__, outcomes
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept, Concurrency, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import (
    INTERNAL_ERROR,
    USUAL_EXIT_CODES,
    JobReport,
    Outcome,
    Problem,
    Selector,
    Verdict,
    WorkflowReport,
)
from tests.builders import accepting, refusing
from tests.hostile import naming

START = datetime(2026, 3, 14, 9, 26, 53, 589_000, tzinfo=UTC)
EARLIER_ID = "5f4dcc3b-5aa7-45d6-9d83-27deb882cf99"
EXECUTION_ID = "7b0a3c1e-5d2f-4e8a-9c6b-0f1e2d3c4b5a"
WORKFLOW_ID = "6f9619ff-8b86-4d01-b42d-00c04fc964ff"
RUN_URL = f"https://genesis.autify.com/runs/{EXECUTION_ID}"
CHANGE = Change(
    sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    branch="feature/checkout-2",
    base_branch="main",
    request="482",
    repository="OWNER/shop",
    actor="octo-佐藤",
    job_url="https://github.com/OWNER/shop/actions/runs/42/job/7",
)
WAITED = Readiness(
    shown="https://pr-482.preview.example.test/health",
    ready=True,
    seen=("503", "200 without “0a1b2c3”", "200"),
    seconds=6.2,
)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def block(
    key: str,
    status: Status | str = Status.COMPLETED,
    start: float | None = None,
    end: float | None = None,
    **fields: Any,
) -> Block:
    return Block(
        key=key,
        status=Status.of(status),
        status_word=str(status),
        started_at=None if start is None else after(start),
        finished_at=None if end is None else after(end),
        **fields,
    )


def execution(
    status: Status | str, *blocks: Block, end: float | None = None, **fields: Any
) -> Execution:
    return Execution(
        id=EXECUTION_ID,
        status=Status.of(status),
        status_word=str(status),
        workflow_name="Checkout smoke",
        workflow_id=WORKFLOW_ID,
        block_count=len(blocks),
        completed_blocks=sum(each.status is Status.COMPLETED for each in blocks),
        created_at=START,
        updated_at=after(end or 60),
        started_at=after(1.5),
        finished_at=None if end is None else after(end),
        blocks=blocks,
        **fields,
    )


def workflow(
    outcome: Outcome | Verdict, run: Execution | None = None, **fields: Any
) -> WorkflowReport:
    usual = {
        "name": "checkout smoke",
        "execution_id": EXECUTION_ID,
        "run_url": RUN_URL,
        "variables": {"target_url": "https://pr-7.example.test", "password": "***"},
        "seconds": 64.2,
    }
    return WorkflowReport(
        outcome=outcome if isinstance(outcome, Outcome) else outcome_of(outcome),
        workflow_id=WORKFLOW_ID,
        execution=run,
        polls=9,
        **{**usual, **fields},
    )


def not_started(outcome: Outcome, **fields: Any) -> WorkflowReport:
    return workflow(outcome, execution_id=None, run_url=None, variables={}, **fields)


def outcome_of(verdict: Verdict, exit_code: int | None = None) -> Outcome:
    return Outcome(
        verdict=verdict,
        exit_code=USUAL_EXIT_CODES[verdict] if exit_code is None else exit_code,
        sentences=(f"This is what {verdict} means here.",),
        steps=("This is what to do next.",),
    )


def judged(run: Execution, policy: Policy | None = None, **fields: Any) -> WorkflowReport:
    """Return the report of a run with the outcome that the policy gives it."""
    policy = policy or Policy()
    outcome = outcomes.for_execution(run, policy, findings=fields.get("findings", ()))
    assert outcome is not None
    given = {
        "required": policy.required,
        "failed_block_passes": Accept.FAILED_BLOCK in policy.accept,
    }
    return workflow(outcome, run, **given, **fields)


def report(
    *workflows: WorkflowReport, outcome: Outcome | None = None, problems: tuple[str, ...] = ()
) -> JobReport:
    return JobReport(
        outcome=outcome or outcomes.aggregate(workflows),
        workflows=workflows,
        problems=tuple(Problem(words=one) for one in problems),
        started_at=START,
        seconds=65.7,
        tool_version=__version__,
        api_url="https://genesis.autify.com",
        job_url="https://github.com/OWNER/shop/actions/runs/42/job/7",
        change=CHANGE,
    )


OPEN = block("open-shop", Status.COMPLETED, 2, 9.4, output="The shop is open.")
LOGIN = block("log-in", Status.COMPLETED, 9.4, 21, output='{"user":"佐藤","ok":true}')
CART = block(
    "verify-cart",
    Status.FAILED,
    21,
    48.75,
    error="Expected 2 items in the cart, found 1.\n  at step 4: click “Add to cart”",
    output="[09:27:41] click “Add to cart”\n[09:27:44] cart shows 1 item",
)
PAY = block("pay", Status.SKIPPED)
MAIL = block("check-mail", Status.PENDING)
RUNNING = block("verify-cart", Status.RUNNING, 21)
IN_REVIEW = block(
    "verify-cart", Status.REVIEW_PENDING, 21, 40, output="Two prices differ; please look."
)


def completed() -> JobReport:
    cart = block("verify-cart", Status.COMPLETED, 21, 40, output="2 items 🛒")
    run = execution(Status.COMPLETED, OPEN, LOGIN, cart, end=42)
    return report(judged(run, readiness=WAITED))


def completed_with_failed_block() -> JobReport:
    return report(judged(execution(Status.COMPLETED, OPEN, CART, end=50)))


def failed_block_counts() -> JobReport:
    run = execution(Status.COMPLETED, OPEN, CART, end=50)
    return report(judged(run, refusing(Accept.FAILED_BLOCK)))


def a_finding(name: str, judgement: Judgement, **fields: str | float) -> Finding:
    given = {"block": "b", "expected": "passed", "found": "failed", "where": "its output"}
    return Finding(name=name, judgement=judgement, **{**given, **fields})


WRONG_TOTAL = "Expected 1,980 JPY as in the cart, found 2,178 JPY.\n  at step 4: the tax is added"


def with_tests(count: int, *, failed_every: int, message: str = WRONG_TOTAL) -> JobReport:
    """Two expectations that are met, and tests in two suites of which some failed."""
    names = ("all tests ran", 'summary: contains "PASS"')
    findings = [a_finding(name, Judgement.MET) for name in names]
    for at in range(count):
        bad = at % failed_every == failed_every - 1
        test = a_finding(
            f"order total {at}",
            Judgement.UNMET if bad else Judgement.MET,
            suite="checkout" if at % 2 else "",
            found=f"failed: {message}" if bad else "passed",
            where=f"output of block “test-report”, test {at + 1}",
            seconds=1.2,
            is_test=True,
        )
        findings.append(test)
    tests = block("test-report", Status.COMPLETED, 10, 40, output="12 tests")
    run = execution(Status.COMPLETED, OPEN, tests, end=42)
    return report(judged(run, findings=tuple(findings)))


def unmet() -> JobReport:
    return with_tests(4, failed_every=4)


def known_failures() -> JobReport:
    run = with_tests(3, failed_every=9).workflows[0]
    until = "known failure until 2026-04-01: SHOP-12"
    known = [
        a_finding(name, Judgement.KNOWN, suite="checkout", expected=until, is_test=True,
                  found=f"failed: {WRONG_TOTAL}")
        for name in ("gift wrapping", "refund")
    ]  # fmt: skip
    assert run.execution
    return report(judged(run.execution, findings=(*run.findings, *known)))


def forty_tests() -> JobReport:
    return with_tests(40, failed_every=13)


def many_checks() -> JobReport:
    return with_tests(120, failed_every=2, message="This differs from that. " * 9)


def failed() -> JobReport:
    run = execution(
        Status.FAILED, OPEN, LOGIN, CART, PAY, MAIL, end=49, error="verify-cart: assertion failed"
    )
    return report(judged(run, notes=("Genesis did not answer for 12s; polling went on.",)))


def review() -> JobReport:
    return report(judged(execution(Status.REVIEW_PENDING, OPEN, LOGIN, IN_REVIEW, PAY)))


def review_passed() -> JobReport:
    run = execution(Status.REVIEW_PENDING, OPEN, LOGIN, IN_REVIEW, PAY)
    return report(judged(run, accepting(Accept.REVIEW_PENDING)))


def cancelled() -> JobReport:
    cut = block("log-in", Status.CANCELLED, 9.4, 30)
    asked = {"cancel_requested_at": after(30), "cancel_reason": "Superseded by a newer run"}
    run = execution(Status.CANCELLED, OPEN, cut, PAY, end=30, **asked)
    return report(judged(run, Policy(concurrency=Concurrency.CANCEL_PREVIOUS)))


def timed_out() -> JobReport:
    run = execution(Status.RUNNING, OPEN, LOGIN, RUNNING, MAIL)
    outcome = outcomes.timed_out(EXECUTION_ID, run, waited=1800)
    return report(workflow(outcome, run))


def not_ready() -> JobReport:
    waited = WAITED._replace(ready=False, seen=("503", "200 without “0a1b2c3”"), seconds=600.0)
    return report(not_started(outcomes.not_ready(waited), readiness=waited))


def no_key() -> JobReport:
    return report(outcome=outcome_of(Verdict.NOT_RUN))


def bad_configuration() -> JobReport:
    problems = (
        "max-wait-time: 'soon' is no duration; write seconds, 90s, 10m or 1h30m.",
        "api-key: is empty; add the secret to the step's environment.",
    )
    return report(outcome=outcome_of(Verdict.ERROR), problems=problems)


def internal_error() -> JobReport:
    return report(outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR))


def not_required() -> JobReport:
    run = execution(Status.FAILED, OPEN, CART, PAY, end=49)
    good = judged(execution(Status.COMPLETED, OPEN, LOGIN, end=22), name="log in")
    return report(good, judged(run, Policy(required=False), name="exploratory charter"))


def several() -> JobReport:
    good = judged(execution(Status.COMPLETED, OPEN, LOGIN, end=22), name="log in")
    bad = judged(execution(Status.FAILED, OPEN, CART, PAY, end=49))
    return report(good, bad, not_started(outcome_of(Verdict.NOT_RUN)._replace(lenient=True)))


LONG_NAME = (
    "checkout with a name that says at length what it does for the storefront in Japan "
    "決済画面のスモークテスト_and_an_identifier_that_has_no_place_to_break_it_at"
)


def several_long_names() -> JobReport:
    """Names without a break, in the workflow, its blocks and its variables."""
    cart = replace(CART, key=LONG_NAME, error=LONG_NAME * 3)
    run = execution(Status.FAILED, OPEN, cart, PAY, end=49)
    bad = judged(run, name=LONG_NAME, variables={LONG_NAME: LONG_NAME})
    unmet = with_tests(4, failed_every=2, message=LONG_NAME).workflows[0]
    good = judged(execution(Status.COMPLETED, OPEN, LOGIN, end=22), name=f"log in, {LONG_NAME}")
    return report(good, bad, replace(unmet, name="payment"), *review().workflows)


def flaky(policy: Policy | None = None) -> JobReport:
    """A pass at the second attempt."""
    first, last = failed().workflows[0], completed().workflows[0]
    outcome = outcomes.after_failed_attempts(last.outcome, 2, policy or Policy())
    return report(
        replace(last, outcome=outcome, earlier=(replace(first, execution_id=EARLIER_ID),))
    )


def flaky_refused() -> JobReport:
    return flaky(refusing(Accept.FLAKY))


def none_selected() -> JobReport:
    each = [not_started(outcomes.not_selected(by), name=by, seconds=0.0) for by in Selector]
    return report(*each)


SCENARIOS = {
    make.__name__.replace("_", "-"): cache(make)
    for make in (
        completed, completed_with_failed_block, failed_block_counts, unmet, known_failures,
        failed, review, review_passed, cancelled, timed_out, not_ready, no_key, bad_configuration,
        internal_error, not_required, several, flaky, flaky_refused, none_selected,
    )
}  # fmt: skip
"""Reports of jobs that ended in different ways, by name."""


def each_ending(check: Callable[[JobReport], object]) -> None:
    """Check the report of each ending; a failure names the ending."""
    for name, make in SCENARIOS.items():
        with naming(f"the ending “{name}”"):
            check(make())


def shown_messages(made: JobReport) -> list[str]:
    """Return the messages of the workflows as reports show them, or the job's without any."""
    return [one.outcome.message for one in made.workflows] or [made.outcome.message]


def many_workflows(count: int = 40, *, blocks: int = 0) -> JobReport:
    """Many workflows in several states, each with at least so many blocks."""
    makers = (completed, completed, completed, failed, completed, review, completed, cancelled)
    names = ("checkout", "search", "log in", "sign up", "profile", "refund", "invoice", "mail")
    runs = []
    for at in range(count):
        source = makers[at % len(makers)]().workflows[0]
        ran = source.execution
        assert ran is not None
        more = (replace(OPEN, key=f"step-{n}") for n in range(blocks - len(ran.blocks)))
        run = workflow(
            source.outcome,
            replace(ran, blocks=(*ran.blocks, *more)),
            name=f"{names[at % len(names)]} {at // len(names) + 1}",
            required=at % 5 != 4,
            variables={},
            seconds=20.0 + at * 37 % 190,
        )
        runs.append(run)
    return report(*runs)


def many_blocks(count: int = 5_000, *, output: str = "done", failed_every: int = 100) -> JobReport:
    """One run of many blocks, some of them failed."""

    def made(at: int) -> Block:
        if at % failed_every != failed_every - 1:
            return block(f"block-{at:04d}", Status.COMPLETED, at, at + 1.5, output=output)
        error = f"Block {at} did not find its button."
        return block(f"block-{at:04d}", Status.FAILED, at, at + 1.5, output=output, error=error)

    run = execution(Status.FAILED, *map(made, range(count)), end=count + 2.0)
    return report(judged(run))
