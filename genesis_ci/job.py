"""One CI job from its parsed inputs to its exit code, with evidence on every path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from genesis_ci import __version__
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.errors import ConfigError, GenesisCiError, place_of
from genesis_ci.execution.outcomes import (
    bug_outcome,
    error_outcome,
    interrupted_late_outcome,
    interrupted_outcome,
    no_key_outcome,
    nothing_known_outcome,
)
from genesis_ci.execution.runner import Runner
from genesis_ci.execution.verdicts import aggregate
from genesis_ci.log import Narrator
from genesis_ci.models import Level, Outcome, Problem, RunReport, Workflow, WorkflowReport
from genesis_ci.providers.base import Provider
from genesis_ci.publish import Delivery, internal_error, unfinished
from genesis_ci.reporters.annotations import TITLE

MakeRunner = Callable[[Settings, Narrator], Runner]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a job gets from outside.

    `clock` gives monotonic seconds, `now` the date, `make_runner` everything that talks to
    Genesis. `job_url` is the CI job's address, where known. `interrupted` gives the exit code
    that a signal asks for, None while there was none.
    """

    provider: Provider
    clock: Callable[[], float]
    now: Callable[[], datetime]
    make_runner: MakeRunner
    job_url: str | None = None
    interrupted: Callable[[], int | None] = lambda: None


def run_job(parsed: Parsed, delivery: Delivery, world: World) -> int:
    """Run what the inputs ask for, deliver the evidence, and return the exit code."""
    began = world.clock()
    blank = blank_report(world, api_url=parsed.settings.api_url if parsed.settings else "")
    unwritable = delivery.begin(blank, parsed.runs)
    for notice in parsed.notices:
        world.provider.annotate(Level.NOTICE, TITLE, notice)
    try:
        report = _conclude(blank, parsed, delivery, world, unwritable)
    except GenesisCiError as error:
        report = _failed_before(blank, error)
    except Exception as bug:
        report = internal_error(blank, place_of(bug))
    report = replace(report, seconds=world.clock() - began)
    code = delivery.deliver(_as_interrupted(report, world.interrupted()))
    late = world.interrupted()
    if late is None or code == late:
        return code
    return delivery.deliver(_as_interrupted(report, late))


def blank_report(world: World, *, api_url: str = "") -> RunReport:
    """Return the report of a job of which nothing is known yet."""
    return RunReport(
        outcome=nothing_known_outcome(),
        started_at=world.now(),
        tool_version=__version__,
        api_url=api_url,
        job_url=world.job_url,
    )


def _conclude(
    report: RunReport, parsed: Parsed, delivery: Delivery, world: World, unwritable: str | None
) -> RunReport:
    signalled = world.interrupted()
    if signalled is not None:
        known = " ".join(run.execution_id for run in parsed.runs if run.execution_id)
        outcome = interrupted_outcome(known or None, exit_code=signalled, may_run=False)
        return replace(report, outcome=outcome, workflows=_unattached(parsed.runs, outcome))
    problems = (*parsed.problems, *([Problem(words=unwritable)] if unwritable else []))
    if parsed.settings is None or problems:
        failed = _failed_before(report, ConfigError(problems))
        return replace(failed, workflows=_unattached(parsed.runs, failed.outcome))
    if parsed.settings.api_key is None:
        outcome = no_key_outcome()
        return replace(report, outcome=outcome, workflows=_unattached(parsed.runs, outcome))
    workflows, bug = _run(parsed.settings, delivery, world)
    return replace(report, outcome=bug or aggregate(workflows), workflows=workflows)


def _run(
    settings: Settings, delivery: Delivery, world: World
) -> tuple[tuple[WorkflowReport, ...], Outcome | None]:
    """Return the workflows' reports, and the job's outcome where a bug decides it."""
    narrator = Narrator(
        world.provider,
        clock=world.clock,
        known_id=delivery.execution_known,
        several=len(settings.runs) > 1,
    )
    narrator.planned(settings.runs, settings.plan)
    runner = world.make_runner(settings, narrator)
    try:
        return runner.run(settings.runs), None
    except Exception as bug:
        outcome = bug_outcome(place_of(bug))
        return runner.abandon(outcome), outcome


def _unattached(runs: Sequence[Workflow], outcome: Outcome) -> tuple[WorkflowReport, ...]:
    """What a later job still has to know: the ids to attach to, and what has no run at all."""
    return tuple(
        unfinished(run, outcome, execution_id=run.execution_id)
        for run in runs
        if run.execution_id or run.ended
    )


def _as_interrupted(report: RunReport, exit_code: int | None) -> RunReport:
    """Return the report of a job that a signal ended; one that says so already stays as it is."""
    if exit_code is None or report.outcome.exit_code == exit_code:
        return report
    for workflow in report.workflows:
        if workflow.outcome.exit_code == exit_code:
            return replace(report, outcome=workflow.outcome)
    return replace(report, outcome=interrupted_late_outcome(report.outcome, exit_code=exit_code))


def _failed_before(report: RunReport, error: GenesisCiError) -> RunReport:
    problems = error.problems if isinstance(error, ConfigError) else (Problem(words=error.message),)
    return replace(report, outcome=error_outcome(error), problems=problems)
