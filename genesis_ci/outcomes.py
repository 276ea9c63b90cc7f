"""Outcomes in the order of a job's phases. A sentence is one literal: plain or for `fill`. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import assert_never

from genesis_ci.errors import ContactError, GenesisCiError, ProtocolError
from genesis_ci.language import N_, _, commas, counted, fill, human_seconds, listed
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding, tests_that_ran
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept, Concurrency, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import (
    EXIT_CODES,
    INTERNAL_ERROR,
    TERMINATED,
    USUAL_EXIT_CODES,
    Outcome,
    Selector,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import clean_line, without_full_stop

_MAX_FINDING_CHARACTERS = 120

_MAY_BE_GOING = N_("The run may still be going.")
_RUN_ALL = N_("To start every workflow, run the job without failed-from, or without its file.")
_MOST_NAMES = 5
_ANOTHER_RUN = (
    r"(?i)supersed|replace|newer|concurren|previous"
    r"|(new|another) (api )?(execution|request|run|trigger)"
)
"""Matches a cancel reason that names another run, not a person."""


def make(
    verdict: Verdict,
    *sentences: str | None,
    steps: Sequence[str | None] = (),
    exit_code: int | None = None,
    lenient: bool = False,
    flaky: bool = False,
    unchecked: bool = False,
    attach_to: Sequence[str | None] = (),
    quoted: str = "",
    left_out_by: Selector | None = None,
) -> Outcome:
    """Return an outcome; empty sentences and unknown runs are left out."""
    return Outcome(
        verdict,
        USUAL_EXIT_CODES[verdict] if exit_code is None else exit_code,
        tuple(filter(None, sentences)),
        tuple(filter(None, steps)),
        lenient,
        flaky,
        unchecked,
        tuple(filter(None, attach_to)),
        quoted=quoted,
        left_out_by=left_out_by,
    )


# Before the trigger


def missing_key() -> Outcome:
    why = _("There is no API key, and missing-key: skip lets the job pass: nothing was run.")
    forks = _("Changes from forks and from Dependabot get no secrets.")
    steps = (forks, _("In other jobs, check the secret."))
    return make(Verdict.NOT_RUN, why, steps=steps, lenient=True)


def dry_run() -> Outcome:
    why = _("Nothing was run, because dry-run is set; plan.json says what a run would do.")
    return make(Verdict.NOT_RUN, why, steps=[_("Drop dry-run in a job that has to test.")])


def not_selected(by: Selector = Selector.ONLY) -> Outcome:
    why = _("The input “only” does not select this workflow.")
    if by is Selector.PATHS:
        why = _("No changed file matches “paths” of this workflow.")
    return make(Verdict.NOT_RUN, why, left_out_by=by)


def missing_from_earlier_job() -> Outcome:
    why = _(
        "There is no run to attach to: the earlier job's result.json has no run of this workflow, "
        "which the config file lists."
    )
    step = _(
        "Trigger and wait with the same config file, or look in Genesis whether a run was started."
    )
    return make(Verdict.LOST_CONTACT, why, steps=[step])


def no_run_from_earlier_job(before: Verdict) -> Outcome:
    """An earlier job ended with the verdict `before` and left no run to attach to. Never green."""
    if before is Verdict.NOT_READY:
        steps = [_("Nothing was started for it."), _("Run the job that triggers again.")]
    elif before is Verdict.NOT_RUN:
        again = _(
            "Run the job that triggers again; if it had the input “only”, give this job the same "
            "value. If “paths” left it out there, the jobs had different lists of changed files."
        )
        steps = [_("Nothing was started for it."), again]
    else:
        steps = [_("Look in Genesis whether a run was started, and trigger it again if not.")]
    kept = before in {Verdict.REJECTED, Verdict.ERROR, Verdict.TIMED_OUT, Verdict.NOT_READY}
    why = fill(
        "There is no run to attach to: the job that should have triggered it ended {verdict}.",
        verdict=_(before),
    )
    return make(before if kept else Verdict.LOST_CONTACT, why, steps=steps)


def not_ready(readiness: Readiness) -> Outcome:
    message = fill(
        "Not started: {address} was not ready within {waited}: {words}.",
        address=readiness.shown,
        waited=human_seconds(readiness.seconds),
        words=readiness.words,
    )
    hint = readiness.hint or _(
        "See whether the deployment succeeded, and raise the timeout of wait-for if it takes "
        "longer."
    )
    steps = (_("Nothing was triggered, and no credit was spent."), hint)
    return make(Verdict.NOT_READY, message, steps=steps)


def stopped_by_fail_fast(stopper: Workflow, why: Outcome) -> Outcome:
    message = fill(
        "Not started: “{workflow}” ended {verdict} (exit code {code}), and fail-fast starts "
        "nothing after that.",
        workflow=stopper.label,
        verdict=_(why.verdict),
        code=why.exit_code,
    )
    step = _("Correct what failed and run the job again, or set fail-fast: false to see them all.")
    return make(Verdict.NOT_RUN, message, steps=[step], lenient=True)


def turn_never_came(before: Workflow) -> Outcome:
    """An earlier run of the same template may still be running; a trigger would cancel it."""
    message = fill(
        "Not started: the run of “{workflow}” may still be going, and starting this one would "
        "cancel it.",
        workflow=before.label,
    )
    step = fill(
        "Raise max-wait-time of “{workflow}”, or run the job again when that run is over.",
        workflow=before.label,
    )
    return make(Verdict.TIMED_OUT, message, steps=(_("Nothing was started for it."), step))


def job_out_of_time() -> Outcome:
    why = _("Not started: it was still queued when the CI job's time was over.")
    steps = (_("Nothing was started for it."), _("Raise the job's time limit or max-parallel."))
    return make(Verdict.TIMED_OUT, why, steps=steps)


# The trigger


def triggered(execution_id: str) -> Outcome:
    message = _("The workflow was triggered; its result was not waited for.")
    return make(Verdict.TRIGGERED, message, attach_to=[execution_id])


def refused(
    error: GenesisCiError, execution_id: str | None, *, exists: bool, ambiguous: bool
) -> Outcome:
    """Genesis refused the trigger, or a later request about a run that `exists`.

    `ambiguous` is true when an earlier request of this job may have started a run.
    """
    known, attach_to = None, execution_id if exists else None
    if attach_to:
        known = _(_MAY_BE_GOING)
    elif ambiguous and not execution_id:
        known = _("An earlier request of this job may have started a run; look in Genesis.")
    return make(Verdict.REJECTED, error.message, steps=[error.hint, known], attach_to=[attach_to])


def lost_contact(
    error: ContactError, execution_id: str | None, *, ambiguous: bool, again: bool = False
) -> Outcome:
    """Genesis gave no usable answer to the trigger or to the last polls.

    `ambiguous` is true when a trigger may have started a run, `again` after the first attempt.
    """
    if execution_id:
        known = [_(_MAY_BE_GOING)]
    elif ambiguous:
        look = _(
            "Look in Genesis before you trigger again; if a run is there, set execution-id to its "
            "id in place of workflow-id."
        )
        sent = _("The run may have started: the request was sent and its answer is unknown.")
        known = [sent, look]
    elif again:
        known = [_("No request took effect: this attempt was not started.")]
    else:
        known = [_("No request took effect: nothing was started.")]
    message = fill("Lost contact with Genesis: {fault}", fault=error.message)
    # an answer that is not Genesis's casts doubt on the rest
    steps = [error.hint, *known] if isinstance(error, ProtocolError) else [*known, error.hint]
    return make(Verdict.LOST_CONTACT, message, steps=steps, attach_to=[execution_id])


# While the job waits


def other_workflow(execution: Execution, workflow_id: str, *, failed_from: bool = False) -> Outcome:
    message = fill(
        "Execution {id} belongs to workflow {actual}, not to {expected}.",
        id=execution.id,
        actual=execution.workflow_id,
        expected=workflow_id,
    )
    steps = (_("Nothing was triggered."), _("Correct execution-id or workflow-id."))
    return make(Verdict.ERROR, message, steps=[_(_RUN_ALL)] if failed_from else steps)


def other_variables(execution: Execution, names: Sequence[str]) -> Outcome:
    """The run of `failed-from` differs in the variables of these names, or in further ones."""
    text = N_("Execution {id} ran with other variables than this job sends.")
    if names:
        text = N_("Execution {id} ran with another value of {names} than this job sends.")
    message = fill(text, id=execution.id, names=commas(map(clean_line, names[:_MOST_NAMES])))
    return make(Verdict.ERROR, message, steps=[_(_RUN_ALL)])


def not_comparable(execution: Execution) -> Outcome:
    text = N_("Genesis does not say with which variables execution {id} ran.")
    if execution.workflow_id is None:
        text = N_("Genesis does not say of which workflow execution {id} is.")
    return make(Verdict.ERROR, fill(text, id=execution.id), steps=[_(_RUN_ALL)])


def with_way_to_run_all(outcome: Outcome) -> Outcome:
    return outcome._replace(steps=(*outcome.steps, _(_RUN_ALL)))


def timed_out(
    execution_id: str | None, execution: Execution | None, *, waited: float, by_job: bool = False
) -> Outcome:
    """The last poll before the deadline showed no final status.

    `by_job` is true when the deadline is the CI job's time limit, false for `max-wait-time`.
    """
    limit = _("the CI job's own time limit") if by_job else "max-wait-time"
    text = N_("No final status within {limit}, {waited}.")
    if execution:
        text = N_("No final status within {limit}, {waited} (last status: {status}).")
    status = execution and _(execution.status_word)
    return make(
        Verdict.TIMED_OUT,
        fill(text, limit=limit, waited=human_seconds(waited), status=status),
        steps=(_(_MAY_BE_GOING), fill("If runs usually take longer, raise {limit}.", limit=limit)),
        attach_to=[execution_id],
    )


def interrupted(
    execution_ids: Sequence[str | None], *, exit_code: int, may_run: bool, completed: bool
) -> Outcome:
    """SIGINT or SIGTERM ended the job before the workflow, or each of several, had an outcome.

    `completed` is true when Genesis completed the run, but its outputs were not judged.
    """
    text = N_("The job was interrupted ({name}) before the run ended.")
    if completed:
        text = N_(
            "The job was interrupted ({name}) before the outputs of the completed run were judged."
        )
        known = None
    elif any(execution_ids):
        known = _(_MAY_BE_GOING)
    elif may_run:
        known = _("The run may have started; look in Genesis before you trigger again.")
    else:
        known = _("Nothing was started.")
    return make(
        Verdict.INTERRUPTED,
        fill(text, name=_signal(exit_code)),
        steps=[known],
        attach_to=execution_ids,
        exit_code=exit_code,
    )


def _signal(exit_code: int) -> str:
    return "SIGTERM" if exit_code == TERMINATED else "SIGINT"


# Final statuses, and what the policy accepts


def for_execution(
    execution: Execution,
    policy: Policy,
    *,
    attached: bool = False,
    findings: Sequence[Finding] = (),
    unjudged: Sequence[str] = (),
    reviewed: float = 0.0,
) -> Outcome | None:
    """Return the outcome of a run's status; None while polling has to continue.

    `attached` is true when this job did not trigger the run, so that a re-run attaches again.
    `findings` are the results of the checks of a completed run, `unjudged` the blocks whose report
    was not judged. `reviewed` is how many seconds a person had for the review.
    Final statuses are listed one by one, so a status that the API guide does not name is not final.
    """
    match execution.status:
        case None | Status.PENDING | Status.RUNNING:
            return None
        case Status.COMPLETED:
            return _completed(execution, policy, findings, unjudged)
        case Status.FAILED:
            return _failed(execution)
        case Status.CANCELLED:
            return _unless_accepted(Accept.CANCELLED, policy, _cancelled(execution, policy))
        case Status.SKIPPED:
            why = _("Genesis skipped the workflow: a condition kept it from running.")
            step = _("Check the workflow's condition, or add skipped to accept if that is fine.")
            red = make(Verdict.SKIPPED, why, steps=[step])
            return _unless_accepted(Accept.SKIPPED, policy, red)
        case Status.REVIEW_PENDING:
            red = in_review(execution, attached, reviewed)
            return _unless_accepted(Accept.REVIEW_PENDING, policy, red)
        case _:
            assert_never(execution.status)


def _accepted(name: Accept, policy: Policy) -> str:
    """Say that the policy lets a state or a remark pass; empty if it does not."""
    return fill("accept: {name} lets the job pass.", name=name) if name in policy.accept else ""


def _unless_accepted(name: Accept, policy: Policy, red: Outcome) -> Outcome:
    if not (passes := _accepted(name, policy)):
        return red
    return make(Verdict.PASSED, *red.sentences, passes, lenient=True, quoted=red.quoted)


def _completed(
    execution: Execution, policy: Policy, findings: Sequence[Finding], unjudged: Sequence[str]
) -> Outcome:
    """Return the outcome of a completed run: red by the first rule that it breaks, or green."""
    if unmet := [one for one in findings if one.judgement is Judgement.UNMET]:
        return _with_unmet_checks(findings, unmet)
    not_done, errors = _blocks_not_done(execution), _errors(execution)
    tolerated = _accepted(Accept.FAILED_BLOCK, policy)
    if (not_done or errors) and not tolerated:
        step = _(
            "Correct what failed, or add failed-block to accept if that is fine, and run this job "
            "again."
        )
        return _unmet(not_done, errors, steps=[step])
    alone = _excused_alone(findings)
    if Accept.UNCHECKED not in policy.accept:
        if alone:
            step = _(
                "accept does not name unchecked: correct what one of these tests finds, or run a "
                "test that passes, too."
            )
            return _unmet(alone, steps=[step])
        if not findings:
            step = _(
                "accept does not name unchecked: set tests to the block that lists tests, or "
                "write expect, and run this job again."
            )
            return _unmet(_("Nothing in its outputs was checked."), steps=[step])
        if unjudged:
            return _unmet(_("A report was not judged."), steps=[_leave_out(unjudged)])
    failed = execution.blocks_with(Status.FAILED)
    return make(
        Verdict.PASSED,
        _done(failed, is_checked=bool(findings)),
        errors,
        fill("{tally}.", tally=tally(findings)) if findings else "",
        _same_tests(findings),
        alone,
        _("A report was not judged (see expect and tests).") if unjudged and findings else "",
        tolerated if failed or errors else "",
        lenient=bool(failed or errors),
        unchecked=bool(alone or not findings or unjudged),
    )


def _done(failed: Sequence[Block] = (), *, is_checked: bool = True) -> str:
    """Say that a run completed, although blocks failed or nothing was checked."""
    if failed and is_checked:
        text = N_("Genesis completed the workflow, although {blocks} failed.")
    elif failed:
        text = N_(
            "Genesis completed the workflow, although {blocks} failed; nothing in its outputs was "
            "checked (see expect and tests)."
        )
    elif is_checked:
        text = N_("Genesis completed the workflow.")
    else:
        text = N_(
            "Genesis completed the workflow; nothing in its outputs was checked (see expect and "
            "tests)."
        )
    return fill(text, blocks=_named(failed))


def _unmet(*why: str, steps: Sequence[str | None]) -> Outcome:
    return make(Verdict.UNMET, *why, _done(), steps=steps)


def _with_unmet_checks(findings: Sequence[Finding], unmet: Sequence[Finding]) -> Outcome:
    names = [clean_line(one.name, limit=_MAX_FINDING_CHARACTERS) for one in unmet]
    failed = {one.block for one in unmet if one.is_test}
    reports = {one.block for one in unmet if one.automatic}.difference(failed)
    correct = _("Correct what the run found, or the check if it is wrong, and run this job again.")
    is_wrong = any(one.block not in reports for one in unmet)
    ran = tests_that_ran(findings)
    by_number = {one.block for one in unmet if ran and one.none_ran} & reports
    others = {one.block for one in unmet if not (ran and one.none_ran)} & reports
    least = fill(
        "Let a test run in each report of {blocks}, or set tests: {{at-least: {ran}}}; it has to "
        "be the number of the whole suite, because it is then the only rule for such a report.",
        blocks=_quoted(by_number),
        ran=ran,
    )
    steps = [
        correct if is_wrong else None,
        least if by_number else None,
        _leave_out(others) if others else None,
    ]
    why = fill("{tally}: {names}.", tally=tally(findings), names=listed(names))
    owed = _("What failed in an earlier attempt has to run and pass in this one.")
    more = [owed] if any(one.is_owed for one in unmet) else []
    return _unmet(why, _same_tests(findings), *more, steps=steps)


def _leave_out(blocks: Iterable[str]) -> str:
    return fill(
        "Correct the report of {blocks}, or set tests: {{except: [{blocks}]}} if it is none.",
        blocks=_quoted(blocks),
    )


def _quoted(blocks: Iterable[str]) -> str:
    return ", ".join(json.dumps(block, ensure_ascii=False) for block in sorted(blocks))


def _blocks_not_done(execution: Execution) -> str:
    """Say which blocks of a completed run are not known to be done; empty if all are."""
    if not execution.blocks and execution.block_count != 0:
        return _("Genesis lists no blocks, so it is unknown whether one failed.")
    names = [
        fill("{name} ({status})", name=one.key, status=_(one.status_word))
        for one in execution.blocks
        if not one.is_done
    ]
    if not names:
        return ""
    blocks = counted(len(names), "{count} block", "{count} blocks")
    return fill("{blocks} not completed or skipped: {names}.", blocks=blocks, names=listed(names))


def _errors(execution: Execution) -> str:
    """Say of what a completed run reports an error, and the first one; a failed block is named."""
    found = [(_("the run"), execution.error)]
    found += [
        (_named([one]), one.error) for one in execution.blocks if one.status is not Status.FAILED
    ]
    found = [one for one in found if one[1] is not None]
    if not found:
        return ""
    reason = without_full_stop(clean_line(found[0][1] or "")) or "?"
    places = listed([place for place, _error in found])
    return fill("Genesis reports an error of {places}: {reason}.", places=places, reason=reason)


def tally(findings: Sequence[Finding]) -> str:
    """Return how many checks and tests failed, or else passed: `2 of 40 tests failed`."""
    tests = [one.judgement for one in findings if one.is_test]
    checks = [one.judgement for one in findings if not one.is_test]
    groups = [
        (checks, counted(len(checks), "{count} check", "{count} checks")),
        (tests, counted(len(tests), "{count} test", "{count} tests")),
    ]
    failed = [group for group in groups if Judgement.UNMET in group[0]]
    kind = Judgement.UNMET if failed else Judgement.MET
    parts = [
        fill("{n} of {all}", n=judgements.count(kind), all=every)
        for judgements, every in failed or groups
        if judgements
    ]
    text = N_("{parts} failed") if failed else N_("{parts} passed")
    beside = [
        kind.row.counted(tests.count(kind))
        for kind in Judgement
        if kind.row.counted and kind in tests
    ]
    return commas([fill(text, parts=_(" and ").join(parts)), *beside])


def _excused_alone(findings: Sequence[Finding]) -> str:
    """Say which tests ran if they do not count and no test passed; else return nothing."""
    kinds = {one.judgement for one in findings if one.is_test}
    ran = [kind.row.alone for kind in Judgement if kind in kinds and kind.row.alone]
    return _(ran[0]) if ran and Judgement.MET not in kinds else ""


def _same_tests(findings: Sequence[Finding]) -> str:
    """Say which blocks list the same tests; empty if none do."""
    pairs = dict.fromkeys((one.block, one.also_in) for one in findings if one.also_in)
    blocks = [_(" and ").join(pair) for pair in pairs]
    return fill("The same tests in {blocks} count once.", blocks=listed(blocks)) if blocks else ""


def not_judged(execution: Execution, why: str) -> Outcome:
    message = fill(
        "Genesis completed the workflow, but its outputs could not be judged: {why}.",
        why=why,
    )
    return make(
        Verdict.UNMET,
        message,
        steps=[_("A run that was not judged is not green.")],
        attach_to=[execution.id],
    )


def _failed(execution: Execution) -> Outcome:
    reason = without_full_stop(clean_line(execution.error or ""))
    failed = execution.blocks_with(Status.FAILED)
    if all(block.key in reason for block in failed):
        text = N_("The workflow failed: {reason}.") if reason else N_("The workflow failed.")
    elif reason:
        text = N_("The workflow failed at {blocks}: {reason}.")
    else:
        text = N_("The workflow failed at {blocks}.")
    step = _("Open the run in Genesis, correct what failed, and run this job again.")
    message = fill(text, blocks=_named(failed), reason=reason)
    return make(Verdict.FAILED, message, steps=[step], quoted=reason)


def _cancelled(execution: Execution, policy: Policy) -> Outcome:
    reason = execution.cancel_reason or ""
    names_another = re.search(_ANOTHER_RUN, reason)
    cancels_previous = policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if names_another and "superseded" not in reason.lower():
        text = N_(
            "The run was cancelled, superseded by a newer trigger of the workflow ({reason})."
        )
    elif reason and cancels_previous and not names_another:
        text = N_("The run was cancelled ({reason}), possibly superseded by a newer trigger.")
    elif reason:
        text = N_("The run was cancelled ({reason}).")
    elif cancels_previous:
        text = N_("The run was cancelled, superseded by a newer trigger of the workflow.")
    elif execution.cancel_requested_at:
        text = N_("The run was cancelled on request, most likely superseded by a newer trigger.")
    else:
        text = N_("The run was cancelled.")
    if names_another and not cancels_previous:
        step = _(
            "The workflow's trigger dialog seems to cancel previous runs: set concurrency-policy: "
            "cancel-previous."
        )
    else:
        step = _("If nobody started one, ask who cancelled this run.")
    gate = _(
        "A gate needs the result of each run: choose “Run in parallel” in the workflow's trigger "
        "dialog."
    )
    is_superseded = (
        names_another or cancels_previous or (not reason and execution.cancel_requested_at)
    )
    steps = (
        _("Look for a newer run of the same workflow; its result counts."),
        step,
        *([gate] if is_superseded else []),
    )
    return make(Verdict.CANCELLED, fill(text, reason=reason), steps=steps, quoted=reason)


def in_review(execution: Execution, attached: bool, waited: float) -> Outcome:
    """A person had so many seconds to decide; 0 if the job does not wait for that."""
    blocks = execution.blocks_with(Status.REVIEW_PENDING)
    keys = listed([block.key for block in blocks])
    if waited:
        text = N_("Nobody reviewed the run within max-review-time, {waited}.")
    elif not blocks:
        text = N_("The workflow waits for a person's review in Genesis.")
    elif len(blocks) == 1:
        text = N_("Block {keys} waits for a person's review in Genesis.")
    else:
        text = N_("Blocks {keys} wait for a person's review in Genesis.")
    message = fill(text, keys=keys, waited=human_seconds(waited))
    if attached:
        decide = _("A person has to approve it in Genesis.")
        again = fill(
            "After the approval re-run this job: it attaches to execution {id} again and starts "
            "nothing.",
            id=execution.id,
        )
        return make(Verdict.REVIEW_PENDING, message, steps=[decide, again])
    first = _("First a person has to approve it in Genesis.")
    return make(Verdict.REVIEW_PENDING, message, steps=[first], attach_to=[execution.id])


def _named(blocks: Sequence[Block]) -> str:
    text = N_("block {keys}") if len(blocks) == 1 else N_("blocks {keys}")
    return fill(text, keys=listed([block.key for block in blocks]))


# Several attempts


def pass_denied(red: Outcome) -> Outcome:
    rule = _("After a failed attempt only a pass is green, whatever accept names.")
    return red._replace(sentences=(*red.sentences, rule), steps=(), attach_to=())


def interrupted_between_attempts(attempts: int, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM arrived after this many failed attempts, before the next one."""
    message = fill(
        "The job was interrupted ({name}) after {attempts} had failed, and before the next one "
        "began.",
        name=_signal(exit_code),
        attempts=counted(attempts, "an attempt", "{count} attempts"),
    )
    steps = (_("Nothing more was started."), _("Run the job again."))
    return make(Verdict.INTERRUPTED, message, steps=steps, exit_code=exit_code)


def after_failed_attempts(outcome: Outcome, attempt: int, policy: Policy) -> Outcome:
    """Return the outcome of a workflow from that of its last attempt, which followed failed ones.

    A pass is flaky.
    """
    if outcome.verdict is not Verdict.PASSED:
        first, *others = outcome.sentences
        text = N_("Attempt {attempt}: {what}")
        if policy.attempts >= attempt:
            text = N_("Attempt {attempt} of {most}: {what}")
        message = fill(text, attempt=attempt, most=policy.attempts, what=first)
        return outcome._replace(sentences=(message, *others))
    text = N_("Flaky: attempt {attempt} passed after {failed} of them had failed.")
    if attempt == 2:
        text = N_("Flaky: attempt {attempt} passed after the first one had failed.")
    sentences = (fill(text, attempt=attempt, failed=attempt - 1), *outcome.sentences)
    if _accepted(Accept.FLAKY, policy):
        step = _("Compare the attempts in the reports, and correct what makes it fail sometimes.")
        return outcome._replace(sentences=sentences, steps=(step,), flaky=True)
    step = _(
        "Compare the attempts in the reports, and correct what makes it fail sometimes; or add "
        "flaky to accept."
    )
    return make(
        Verdict.FAILED,
        *sentences,
        _("accept does not name flaky, so the job is red."),
        steps=[step],
        flaky=True,
        unchecked=outcome.unchecked,
    )


# Several workflows


def aggregate(workflows: Iterable[WorkflowReport]) -> Outcome:
    """Return the job's outcome: that of its worst required workflow that is selected."""
    every = tuple(workflows)
    reports = tuple(one for one in every if not one.outcome.left_out_by)
    if every and not reports:
        message = _("No changed file matches “paths” of a workflow, so none was run.")
        return make(Verdict.NOT_RUN, message, left_out_by=Selector.PATHS)
    required = [report.outcome for report in reports if report.required]
    if not required:
        message = _("No workflow is required, so none can fail the job.")
        return make(Verdict.PASSED, message, lenient=True)
    worst = min(required, key=_order)
    if len(reports) == 1:
        return worst
    counts = fill("{text}.", text=required_ended(reports, worst.verdict))
    return worst._replace(
        sentences=(counts, *worst.sentences),
        lenient=worst.green and any(outcome.lenient for outcome in required),
        flaky=worst.green and any(outcome.flaky for outcome in required),
        unchecked=worst.green and any(outcome.unchecked for outcome in required),
    )


def required_ended(workflows: Iterable[WorkflowReport], verdict: Verdict) -> str:
    """Return how many of the required workflows ended so: `1 of 3 required failed`."""
    required = [one.outcome.verdict for one in workflows if one.required]
    return of_required(required.count(verdict), len(required), _(verdict).replace("_", " "))


def of_required(count: int, of: int, word: str) -> str:
    all_of_several = N_("{of} of {of} required {word}") if count == of > 1 else ""
    text = all_of_several or N_("{count} of {of} required {word}")
    return fill(text, count=count, of=of, word=word)


def is_aggregate_of(outcome: Outcome, job: Outcome) -> bool:
    """Return whether `aggregate` made the job's outcome of this one: a count precedes it."""
    return job.sentences[1:] == outcome.sentences


def _order(outcome: Outcome) -> tuple[int, int]:
    """Return the place in the table of exit codes, which begins with the worst."""
    row = EXIT_CODES[outcome.exit_code]
    return [*EXIT_CODES.values()].index(row), (row.verdicts + row.others).index(outcome.verdict)


# The job, and its reports


def interrupted_while_reporting(reached: Outcome, *, exit_code: int) -> Outcome:
    first, *others = reached.sentences
    message = fill(
        "The job was interrupted ({name}) while it reported; the outcome before that: {before}",
        name=_signal(exit_code),
        before=first,
    )
    made = make(Verdict.INTERRUPTED, message, *others, exit_code=exit_code)
    return made._replace(steps=reached.steps, attach_to=reached.attach_to)


def killed() -> Outcome:
    """The reports contain this while the job runs, and keep it if the job is killed."""
    why = _("The job ended before it could report: it was killed, or its machine stopped.")
    step = _("A run that was started may still be going: look in Genesis before you trigger again.")
    return make(Verdict.INTERRUPTED, why, steps=[step], exit_code=TERMINATED)


def evidence_not_written(
    reached: Outcome, what: str, step: str, execution_ids: Sequence[str]
) -> Outcome:
    """The job is green, but a report or its outputs were not written; `what` says which and why."""
    return make(
        Verdict.ERROR,
        *reached.sentences,
        fill("But the job is red, because its evidence could not be written: {what}.", what=what),
        steps=[step],
        attach_to=execution_ids,
        exit_code=INTERNAL_ERROR,
    )


def bug(what: str) -> Outcome:
    """genesis-ci raised an unexpected exception; `what` is its place, without any value."""
    return make(
        Verdict.ERROR,
        fill("This is a bug of genesis-ci, not a verdict about the workflow: {what}.", what=what),
        steps=(
            _("Please report it with this log."),
            _("A run that was started may still be going; its execution id is in the outputs."),
        ),
        exit_code=INTERNAL_ERROR,
    )
