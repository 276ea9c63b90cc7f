"""One CI job from its inputs to its exit code, with evidence on every path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from genesis_ci import __version__
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.errors import ConfigError, GenesisCiError, place_of
from genesis_ci.execution.outcomes import (
    bug_outcome,
    interrupted_late_outcome,
    interrupted_outcome,
    killed_outcome,
)
from genesis_ci.execution.runner import Runner
from genesis_ci.execution.verdicts import aggregate, exit_code
from genesis_ci.log import Narrator
from genesis_ci.models import Level, Outcome, RunReport, Verdict, WorkflowReport
from genesis_ci.providers.base import Provider
from genesis_ci.publish import Evidence, Interim, internal_error, shortened, unfinished
from genesis_ci.reporters.annotations import TITLE
from genesis_ci.system.signals import Interrupted

MakeRunner = Callable[[Settings, Narrator], Runner]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a job gets from outside.

    `clock` gives monotonic seconds, `now` the date, `make_runner` everything that talks to
    Genesis. `job_url` is the CI job's address, where known. `interrupted` gives the exit code
    that a signal asks for, None while there was none. `await_readers` waits until the log is
    read or a signal comes.
    """

    provider: Provider
    clock: Callable[[], float]
    now: Callable[[], datetime]
    make_runner: MakeRunner
    job_url: str | None = None
    interrupted: Callable[[], int | None] = lambda: None
    await_readers: Callable[[], object] = lambda: None


def run_job(parse: Callable[[], Parsed], evidence: Evidence, world: World) -> int:
    """Run what the inputs ask for, publish the evidence, and return the exit code.

    The files of an earlier job are replaced before anything is read, so that a job that is killed
    leaves no green ones behind.
    """
    began = world.clock()
    report = RunReport(
        outcome=killed_outcome(may_run=False),
        started_at=world.now(),
        tool_version=__version__,
        job_url=world.job_url,
    )
    try:
        evidence.leave(report)
        report = _conclude(report, parse(), evidence, world)
    except Interrupted:
        report = replace(report, outcome=_stopped_early(world.interrupted() or 0))
    except GenesisCiError as error:
        report = _failed_before(report, error)
    except Exception as bug:
        report = internal_error(report, place_of(bug))
    report = replace(report, seconds=world.clock() - began)
    code = _publish(report, evidence, world)
    world.await_readers()
    late = world.interrupted()
    return code if late in {None, code} else _publish(report, evidence, world)


def _publish(report: RunReport, evidence: Evidence, world: World) -> int:
    """Publish the report as it stands after all signals; one that comes in here counts too."""
    try:
        return evidence.publish(_as_interrupted(report, world.interrupted()))
    except Interrupted:
        return evidence.publish(_as_interrupted(report, world.interrupted()))


def _conclude(report: RunReport, parsed: Parsed, evidence: Evidence, world: World) -> RunReport:
    for notice in parsed.notices:
        world.provider.annotate(Level.NOTICE, TITLE, notice)
    settings = parsed.settings
    report = replace(report, api_url=settings.api_url if settings else "")
    signalled = world.interrupted()
    if signalled is not None:
        return _not_begun(report, parsed, _stopped_early(signalled, parsed))
    problems = (*parsed.problems, *([evidence.problem] if evidence.problem else []))
    if settings is None or problems:
        failed = _failed_before(report, ConfigError(problems))
        return _not_begun(failed, parsed, failed.outcome)
    if settings.api_key is None:
        return _not_begun(report, parsed, _skipped_without_key())
    workflows, bug = _run(report, settings, evidence, world)
    return replace(report, outcome=bug or aggregate(workflows), workflows=workflows)


def _run(
    report: RunReport, settings: Settings, evidence: Evidence, world: World
) -> tuple[tuple[WorkflowReport, ...], Outcome | None]:
    """Return the workflows' reports, and the job's outcome where a bug decides it."""
    killed = replace(report, outcome=killed_outcome(may_run=True))
    interim = Interim(evidence, killed, settings.runs, world.clock)
    narrator = Narrator(
        world.provider, clock=world.clock, interim=interim, several=len(settings.runs) > 1
    )
    narrator.planned(settings.runs, settings.plan)
    runner = world.make_runner(settings, narrator)
    try:
        return runner.run(settings.runs), None
    except Exception as bug:
        outcome = bug_outcome(place_of(bug))
        return runner.abandon(outcome), outcome


def _not_begun(report: RunReport, parsed: Parsed, outcome: Outcome) -> RunReport:
    """Keep what a later job has to know: the ids to attach to, and what has no run at all."""
    known = [run for run in parsed.runs if run.execution_id or run.ended]
    rows = unfinished(known, outcome, ids=[run.execution_id for run in known])
    return replace(report, outcome=outcome, workflows=rows)


def _stopped_early(exit_code: int, parsed: Parsed | None = None) -> Outcome:
    ids = " ".join(run.execution_id for run in parsed.runs if run.execution_id) if parsed else ""
    return interrupted_outcome(ids or None, exit_code=exit_code, may_run=False)


def _as_interrupted(report: RunReport, exit_code: int | None) -> RunReport:
    """Return the report of a job that a signal ended, short enough to be written in time."""
    if exit_code is None:
        return report
    if report.outcome.exit_code == exit_code:
        return shortened(report)
    of_workflow = (workflow.outcome for workflow in report.workflows)
    outcome = next(
        (one for one in of_workflow if one.exit_code == exit_code),
        interrupted_late_outcome(report.outcome, exit_code=exit_code),
    )
    return shortened(replace(report, outcome=outcome))


def _failed_before(report: RunReport, error: GenesisCiError) -> RunReport:
    problems = error.problems if isinstance(error, ConfigError) else (error.message,)
    outcome = Outcome(
        verdict=Verdict.ERROR,
        exit_code=error.exit_code,
        message=error.message,
        hint=error.hint,
    )
    return replace(report, outcome=outcome, problems=problems)


def _skipped_without_key() -> Outcome:
    return Outcome(
        verdict=Verdict.NOT_RUN,
        exit_code=exit_code(Verdict.NOT_RUN),
        message="There is no API key, and missing-key: skip lets the job pass: nothing was run.",
        hint="Pull requests from forks and from Dependabot get no secrets. Where a key should be "
        "there, check the secret.",
        lenient=True,
    )
