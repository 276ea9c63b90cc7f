"""Outcomes: one module makes them all, and each says what happened and what to do next."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path

import pytest

import genesis_ci
from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.features import review_status
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept, Concurrency, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import EXIT_CODES, Outcome, Selector, Verdict
from tests.approved import check_approved
from tests.builders import START, a_block, a_report, a_run, an_execution, refusing

PASSED = Outcome(verdict=Verdict.PASSED, exit_code=0, sentences=("It passed.",), steps=("Fine.",))
FAILED = Outcome(verdict=Verdict.FAILED, exit_code=1, sentences=("It failed.",), steps=("Look.",))
WAITING = Outcome(
    verdict=Verdict.REVIEW_PENDING, exit_code=3, sentences=("It waits.",), steps=("Decide.",)
)
REFUSED = RefusedError("403.", hint="Permit it.", status=403)
NO_CONTACT = ContactError("Reset.", reached=True, hint="Look.")
NOT_READY = Readiness(shown="https://p", ready=False, seen=("503",), seconds=60, hint="Hm.")
SMOKE = a_run(name="smoke")
GOING = an_execution(id="run-1", workflow_id="t")
WORST_FIRST = (70, 130, 143, 2, 1, 9, 7, 8, 6, 10, 4, 5, 3, 0)
MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED
KNOWN = Judgement.KNOWN
PASSES, STRICT = Policy(accept=frozenset(Accept)), Policy(accept=frozenset())
MARKS = ("lenient", "flaky", "unchecked", "left_out_by")


def outcome_of(execution: Execution, policy: Policy | None = None, **more) -> Outcome:
    outcome = outcomes.for_execution(execution, policy or Policy(), **more)
    assert outcome is not None
    return outcome


def completed(*failed_blocks: str, **fields) -> Execution:
    blocks = [a_block(key, Status.FAILED) for key in failed_blocks]
    return an_execution(Status.COMPLETED, blocks=(*blocks, a_block("ok")), **fields)


def failed(*blocks: str, error: str | None = None) -> Outcome:
    return outcome_of(replace(completed(*blocks, error=error), status=Status.FAILED))


def in_review(*keys: str, **more) -> Outcome:
    blocks = tuple(a_block(key, Status.REVIEW_PENDING) for key in keys)
    return outcome_of(an_execution(Status.REVIEW_PENDING, id="run-1", blocks=blocks), **more)


def cancelled(reason: str | None, *, requested: bool = False, previous: bool = False) -> Outcome:
    concurrency = Concurrency.CANCEL_PREVIOUS if previous else Concurrency.PARALLEL
    run = an_execution(
        Status.CANCELLED, cancel_reason=reason, cancel_requested_at=START if requested else None
    )
    return outcome_of(run, Policy(concurrency=concurrency))


def findings(*judgements: Judgement, **fields) -> list[Finding]:
    return [
        Finding(
            name=f"c{n}", judgement=one, block="b", expected="0", found=f"{n}", where="b", **fields
        )
        for n, one in enumerate(judgements, start=1)
    ]


def blocks(*words: str) -> Execution:
    made = [
        replace(a_block(f"b{n}"), status=Status.of(word), status_word=word)
        for n, word in enumerate(words)
    ]
    return an_execution(Status.COMPLETED, blocks=tuple(made))


def before_the_trigger() -> Iterator[tuple[str, Outcome]]:
    yield "no key", outcomes.missing_key()
    yield "dry run", outcomes.dry_run()
    yield "not selected by only", outcomes.not_selected()
    yield "not selected by paths", outcomes.not_selected(Selector.PATHS)
    yield "the earlier job's file lacks it", outcomes.missing_from_earlier_job()
    for verdict in (Verdict.NOT_RUN, Verdict.NOT_READY, Verdict.FAILED, Verdict.REJECTED):
        yield f"the earlier job ended {verdict}", outcomes.no_run_from_earlier_job(verdict)
    yield "address not ready", outcomes.not_ready(NOT_READY)
    yield "address not ready, without hint", outcomes.not_ready(NOT_READY._replace(hint=None))
    yield "fail-fast", outcomes.stopped_by_fail_fast(SMOKE, FAILED)
    yield "turn never came", outcomes.turn_never_came(SMOKE)
    yield "job out of time", outcomes.job_out_of_time()


def after_the_trigger() -> Iterator[tuple[str, Outcome]]:
    yield "triggered", outcomes.triggered("run-1")
    yield "another workflow's run", outcomes.other_workflow(GOING, "mine")
    yield "skipped", outcome_of(an_execution(Status.SKIPPED))
    yield "review", in_review()
    yield "review of a block", in_review("a")
    yield "review of two blocks, attached", in_review("a", "b", attached=True)
    yield "review passed by policy", in_review("a", policy=PASSES)
    yield "failed", failed()
    yield "failed, with error", failed(error="It broke.")
    yield "failed block", failed("pay")
    yield "failed block, with error", failed("pay", error="{0} {blocks} {")
    yield "failed block, which the error names", failed("pay", error="Block pay broke.")
    yield "cancelled", cancelled(None)
    yield "cancelled on request", cancelled(None, requested=True)
    yield "cancelled under cancel-previous", cancelled(None, requested=True, previous=True)
    for reason in (
        "by Annabelle", "Cancelled by another user", "SUPERSEDED by 7", "Replaced by run 7",
        "A newer one", "new run", "A new API execution", "another trigger", "concurrency policy",
        "cancel previous",
    ):  # fmt: skip
        yield f"cancelled: {reason}", cancelled(reason)
    for reason in ("by Annabelle", "Superseded by 7", "Replaced by run 7"):
        yield f"cancelled under cancel-previous: {reason}", cancelled(reason, previous=True)


def of_completed_runs() -> Iterator[tuple[str, Outcome]]:
    strict = STRICT
    tests = findings(MET, KNOWN, KNOWN, SKIPPED, is_test=True)
    [unread] = findings(UNMET, automatic=True)
    unread = replace(unread, block='“a" é')
    empty = replace(unread, block="b", none_ran=True)
    same = [replace(one, block="chrome", also_in="firefox") for one in tests]
    yield "completed", outcome_of(completed())
    for done, count in ((2, 5), (0, 0), (None, 5), (2, None)):
        counted = completed(completed_blocks=done, block_count=count)
        yield f"completed {done} of {count} blocks", outcome_of(counted)
    yield "completed with a failed block", outcome_of(completed("pay"))
    yield "completed with failed blocks", outcome_of(completed(*"abcd"))
    yield "failed block forbidden", outcome_of(completed("pay"), strict)
    yield (
        "failed block forbidden, check met",
        outcome_of(completed("pay"), strict, findings=findings(MET)),
    )
    yield (
        "failed block forbidden, check unmet",
        outcome_of(completed("pay"), strict, findings=findings(UNMET)),
    )
    erroneous = replace(completed("pay"), error="Out of memory.")
    with_errors = tuple(replace(one, error="no\npage") for one in completed("pay", "log").blocks)
    for title, run in (
        ("an error", replace(completed(), error="Out of memory.")),
        ("an empty error", replace(completed(), error="")),
        ("an error and a failed block", erroneous),
        ("an error of each block", replace(erroneous, blocks=with_errors)),
    ):
        yield f"completed with {title}", outcome_of(run, findings=findings(MET))
        yield f"{title}, forbidden", outcome_of(run, strict, findings=findings(MET))
    words = ("review_pending", "pending", "completed", "failed", "unknown")
    yield "blocks not done forbidden", outcome_of(blocks(*words), strict)
    yield "unknown blocks forbidden", outcome_of(blocks(), strict)
    yield "unchecked forbidden", outcome_of(completed(), strict)
    yield "check met", outcome_of(completed(), findings=findings(MET))
    yield "check met, block failed", outcome_of(completed("pay"), findings=findings(MET))
    for name, policy in (("", None), (", which is forbidden", strict)):
        yield (
            f"check met, report not judged{name}",
            outcome_of(completed(), policy, findings=findings(MET), unjudged=["a"]),
        )
    yield "tests passed", outcome_of(completed(), findings=tests)
    yield "the same tests passed", outcome_of(completed(), findings=same)
    yield "no test ran in a report", outcome_of(completed(), findings=[unread, empty, *same])
    yield "no test ran in any report", outcome_of(completed(), findings=[empty])
    yield "checks and tests passed", outcome_of(completed(), findings=[*findings(MET), *tests])
    known = findings(KNOWN, is_test=True)
    yield "only known failures", outcome_of(completed(), findings=known)
    yield "only known failures forbidden", outcome_of(completed(), strict, findings=known)
    yield "check unmet", outcome_of(completed(), findings=findings(UNMET, MET))
    yield "checks unmet", outcome_of(completed(), findings=findings(*[UNMET] * 5))
    long = replace(findings(UNMET)[0], name="n" * 121)
    yield "check with a long name unmet", outcome_of(completed(), findings=[long])
    some = findings(UNMET, MET, SKIPPED, is_test=True)
    yield "tests failed", outcome_of(completed(), findings=[*findings(MET), *some])
    yield "checks and tests failed", outcome_of(completed(), findings=[*findings(UNMET), *some])
    yield "report unreadable", outcome_of(completed(), findings=[*findings(MET), unread])
    yield (
        "report unreadable, and a test of it failed",
        outcome_of(completed(), findings=[unread, replace(unread, is_test=True)]),
    )
    yield (
        "report unreadable, and a test of another failed",
        outcome_of(completed(), findings=[unread, *some]),
    )
    yield "not judged", outcomes.not_judged(GOING, "no time")


def after_attempts() -> Iterator[tuple[str, Outcome]]:
    policy = Policy(attempts=2)
    yield "pass denied", outcomes.pass_denied(FAILED)
    for attempts, code in ((1, 130), (2, 143)):
        yield (
            f"interrupted after attempt {attempts}",
            outcomes.interrupted_between_attempts(attempts, exit_code=code),
        )
    for attempt in (2, 3):
        yield f"attempt {attempt} failed", outcomes.after_failed_attempts(FAILED, attempt, policy)
        passed = PASSED._replace(lenient=True, unchecked=True)
        yield f"attempt {attempt} passed", outcomes.after_failed_attempts(passed, attempt, policy)
    yield "flaky forbidden", outcomes.after_failed_attempts(passed, 2, STRICT)


def of_the_job() -> Iterator[tuple[str, Outcome]]:
    left_out = [a_report(outcome=outcomes.not_selected(one)) for one in Selector]
    others = [*left_out, a_report(outcome=outcomes.missing_key()), a_report(), a_report()]
    yield "no workflow required", outcomes.aggregate([a_report(Verdict.FAILED, 1, required=False)])
    yield "several workflows", outcomes.aggregate([*others, a_report(outcome=FAILED)])
    yield "all left out", outcomes.aggregate(left_out[1:])
    yield "green in review", review_status.green_in_review(WAITING, "gate")
    yield "red in review", review_status.red_in_review(WAITING, "gate")
    yield "status refused", review_status.status_not_posted("gate", "success", REFUSED)
    yield "status without contact", review_status.status_not_posted("gate", "pending", NO_CONTACT)
    reached = PASSED._replace(attach_to=("run-1",))
    yield (
        "interrupted while it reported",
        outcomes.interrupted_while_reporting(reached, exit_code=143),
    )
    yield "killed", outcomes.killed()
    for ids in ([], ["run-1"]):
        made = outcomes.evidence_not_written(PASSED, "out/junit.xml: disk full", "Free it.", ids)
        yield f"report not written, {len(ids)} runs", made
    yield "bug", outcomes.bug("job.py:1")


def as_people_read_it(outcome: Outcome) -> str:
    marks = [name for name in MARKS if getattr(outcome, name)]
    steps = [f"→ {step}" for step in outcome.next_steps]
    command = [f"$ {outcome.command}"] if outcome.command else []
    head = " ".join([outcome.verdict, str(outcome.exit_code), *marks])
    return "\n".join([head, *outcome.sentences, *steps, *command])


def test_outcomes_are_approved():
    made = [
        *before_the_trigger(), *after_the_trigger(), *of_completed_runs(), *after_attempts(),
        *of_the_job(),
    ]  # fmt: skip
    assert len(dict(made)) == len(made)
    check_approved("outcomes", {name: as_people_read_it(outcome) for name, outcome in made})


def test_only_this_module_makes_outcomes():
    paths = Path(genesis_ci.__file__).parent.rglob("*.py")
    makers = [
        path
        for path in paths
        if re.search(r"(?<!class )\bOutcome\(", path.read_text(encoding="utf-8"))
    ]
    assert makers == [Path(outcomes.__file__)]


def test_each_verdict_has_one_usual_exit_code():
    rows = EXIT_CODES.values()
    assert sorted(verdict for row in rows for verdict in row.verdicts) == sorted(Verdict)
    assert all(row.verdicts or row.others for row in rows)


@pytest.mark.parametrize("before", Verdict)
def test_an_earlier_job_without_a_run_is_never_green(before):
    outcome = outcomes.no_run_from_earlier_job(before)
    kept = {Verdict.REJECTED, Verdict.ERROR, Verdict.TIMED_OUT, Verdict.NOT_READY}
    assert outcome.verdict is (before if before in kept else Verdict.LOST_CONTACT)
    assert not outcome.green


@pytest.mark.parametrize("word", ["pending", "running", "paused", "COMPLETED", " completed", ""])
def test_any_other_status_has_no_outcome(word):
    assert outcomes.for_execution(an_execution(word), PASSES) is None


@pytest.mark.parametrize(
    ("words", "count", "is_green"),
    [
        (["completed", "skipped"], 9, True),
        *[([word], 1, False) for word in ("cancelled", "running", "error", "Completed")],
        ([], 3, False),
        ([], None, False),
        ([], 0, True),
    ],
)
def test_without_failed_block_every_block_has_to_be_done(words, count, is_green):
    run = replace(blocks(*words), block_count=count)
    assert outcome_of(run).green
    assert outcome_of(run, refusing(Accept.FAILED_BLOCK)).green is is_green


@pytest.mark.parametrize(
    ("judgements", "unjudged", "is_unchecked"),
    [([MET], [], False), ([], [], True), ([], ["a"], True), ([MET], ["a"], True)],
)
def test_an_unchecked_pass_says_so_and_may_be_red(judgements, unjudged, is_unchecked):
    given = {"findings": findings(*judgements), "unjudged": unjudged}
    outcome = outcome_of(completed(), **given)
    assert (outcome.verdict, outcome.unchecked) == (Verdict.PASSED, is_unchecked)
    strict = outcome_of(completed(), refusing(Accept.UNCHECKED), **given)
    assert strict.verdict is (Verdict.UNMET if is_unchecked else Verdict.PASSED)


def test_the_worst_of_several_required_workflows_decides():
    rows = {code: [*row.verdicts, *row.others] for code, row in EXIT_CODES.items()}
    for worse, better in pairwise(WORST_FIRST):
        reports = [a_report(rows[code][0], code) for code in (better, worse, better)]
        assert outcomes.aggregate(reports).exit_code == worse
    reports = [a_report(), a_report(Verdict.FAILED, 1, required=False)]
    assert outcomes.aggregate(reports).green
    failed = a_report(outcome=FAILED)
    assert outcomes.aggregate([failed]) is FAILED


@pytest.mark.parametrize("name", MARKS[:3])
def test_a_green_job_has_the_marks_of_one_green_workflow(name):
    marked = a_report(outcome=PASSED._replace(**{name: True}))
    both = outcomes.aggregate([a_report(), marked])
    assert [each for each in MARKS if getattr(both, each)] == [name]
    assert not getattr(outcomes.aggregate([a_report(), a_report()]), name)
    assert not getattr(outcomes.aggregate([a_report(Verdict.FAILED, 1), marked]), name)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ((Verdict.PASSED, Verdict.TRIGGERED, Verdict.NOT_RUN), Verdict.TRIGGERED),
        ((Verdict.PASSED, Verdict.NOT_RUN), Verdict.PASSED),
        ((Verdict.NOT_RUN, Verdict.NOT_RUN), Verdict.NOT_RUN),
    ],
)
def test_the_verdict_of_a_green_job_does_not_depend_on_the_order(given, verdict):
    for verdicts in permutations(given):
        assert outcomes.aggregate(map(a_report, verdicts)).verdict is verdict
