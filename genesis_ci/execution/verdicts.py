"""Which outcome a run gets: after an answer, its checks, a refusal, its last request, a signal."""

import math
from collections.abc import Callable
from functools import partial
from typing import cast

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution import timing
from genesis_ci.execution.state import Run
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import NoReports
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import Outcome
from genesis_ci.text import in_one_spelling


def after_answer(run: Run, execution: Execution, now: float = -math.inf) -> Outcome | None:
    """Return the outcome under the policy of the run, or None if the wait continues.

    A review ends the wait when its time is over; `now` is when the answer arrived.
    """
    reviewed = run.workflow.max_review if run.waits_for_review(execution) else 0.0
    if reviewed and now < timing.workflow_deadline(run):
        return None
    outcome_under = partial(
        outcomes.for_execution,
        execution,
        attached=run.attached,
        findings=run.findings,
        unjudged=run.unjudged,
        reviewed=reviewed,
    )
    outcome = outcome_under(run.policy)
    if outcome and not outcome.green:
        as_configured = outcome_under(run.workflow.policy)
        if as_configured and as_configured.green:
            return outcomes.pass_denied(outcome)
    return outcome


def after_comparison(run: Run, execution: Execution, now: float) -> Outcome | None:
    """Return the outcome of a run of `failed-from` that is not proved to be the entry's.

    What Genesis does not show yet may be in a later answer, if one follows.
    """
    workflow, found, payload = run.workflow, execution.workflow_id, execution.payload
    if found and in_one_spelling(found) != in_one_spelling(workflow.workflow_id):
        return outcomes.other_workflow(execution, workflow.workflow_id or "", failed_from=True)
    if payload is not None and payload != workflow.variables:
        ran_with = payload if isinstance(payload, dict) else {}
        sent = {name: workflow.variables.get(name) for name in workflow.shown}
        return outcomes.other_variables(
            execution, [name for name, text in sent.items() if text != ran_with.get(name)]
        )
    is_compared = found is not None and payload is not None
    if is_compared or after_answer(run, execution, now) is None:
        return None
    return outcomes.not_comparable(execution)


def after_checks(run: Run, execution: Execution, problem: str | None) -> Outcome:
    """Return the outcome after the checks; `problem` is why they were not made."""
    checks = run.checks
    is_judged = checks.configured or checks.has_failed or not isinstance(checks.reports, NoReports)
    is_completed = execution.status is Status.COMPLETED
    if problem and is_completed and is_judged:  # else only a warning is missing
        return outcomes.not_judged(execution, problem)
    return cast("Outcome", after_answer(run, execution))  # completed and failed are final


def after_refusal(run: Run, error: RefusedError | ContactError) -> Outcome:
    refused = outcomes.refused(
        error, run.execution_id, exists=run.exists, ambiguous=run.lost_triggers > 0
    )
    is_gone = isinstance(error, RefusedError) and error.unknown_run
    return (
        outcomes.with_way_to_run_all(refused) if is_gone and run.workflow.triggered_by else refused
    )


def after_last_request(run: Run, clock: Callable[[], float]) -> Outcome:
    """Return the outcome of a run for which no request is sent any more."""
    workflow = run.workflow
    if not run.has_begun:
        return run.earlier[-1].outcome if run.earlier else outcomes.job_out_of_time()
    if run.last_error and _has_lost_contact(run):
        return outcomes.lost_contact(
            run.last_error,
            run.execution_id,
            ambiguous=run.lost_triggers > 0,
            again=bool(run.earlier),
        )
    if run.end_by < timing.workflow_deadline(run):
        waited = clock() - run.began
        return outcomes.timed_out(run.execution_id, run.execution, waited=waited, by_job=True)
    if run.review_since is not None and run.execution:
        return outcomes.in_review(run.execution, run.attached, workflow.max_review)
    return outcomes.timed_out(run.execution_id, run.execution, waited=workflow.max_wait)


def _has_lost_contact(run: Run) -> bool:
    """Return whether the last answer is no basis for an outcome, because requests failed since."""
    # a review is accepted only if the last answer shows it
    accepts = run.review_since is not None and Accept.REVIEW_PENDING in run.policy.accept
    return run.faults > 1 or run.execution is None or accepts


def after_late_answer(run: Run, clock: Callable[[], float]) -> Outcome:
    """Return the outcome of a run whose address was ready before, and is not ready now."""
    if run.has_begun or run.readiness is None or run.readiness.ready is None:
        return after_last_request(run, clock)
    not_ready = outcomes.not_ready(run.readiness)
    if not run.earlier:
        return not_ready
    failed = run.earlier[-1].outcome
    return failed._replace(sentences=(*failed.sentences, not_ready.message))


def after_signal(run: Run, exit_code: int) -> Outcome:
    status = run.execution and run.execution.status  # if it is final, the run is being judged
    has_failed = status is Status.FAILED
    if has_failed or (run.earlier and not run.has_begun):
        failed = len(run.earlier) + has_failed
        return outcomes.interrupted_between_attempts(failed, exit_code=exit_code)
    return outcomes.interrupted(
        [run.execution_id],
        exit_code=exit_code,
        may_run=run.lost_triggers > 0,
        completed=status is Status.COMPLETED,
    )


def after_attempts(run: Run, outcome: Outcome) -> Outcome:
    """Return the outcome of the workflow, from that of its current attempt."""
    if not run.earlier or not run.has_begun or run.workflow.ended:
        return outcome
    return outcomes.after_failed_attempts(outcome, run.attempt, run.workflow.policy)
