"""One CI job from its parsed inputs to its exit code, with evidence on every path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from genesis_ci import __version__
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.delivery import Delivery, bug_outcome, internal_error
from genesis_ci.domain import Outcome, RunReport, Verdict, WorkflowReport
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.gate import aggregate, exit_code
from genesis_ci.narration import Narrator
from genesis_ci.providers.base import Provider
from genesis_ci.runner import Runner

MakeRunner = Callable[[Settings, Narrator], Runner]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a job gets from outside.

    `clock` gives monotonic seconds, `now` the date, `make_runner` everything that talks to
    Genesis. `job_url` is the CI job's address, where known.
    """

    provider: Provider
    clock: Callable[[], float]
    now: Callable[[], datetime]
    make_runner: MakeRunner
    job_url: str | None = None


def run_job(parsed: Parsed, delivery: Delivery, world: World) -> int:
    """Run what the inputs ask for, deliver the evidence, and return the exit code."""
    began = world.clock()
    report = RunReport(
        outcome=Outcome(verdict=Verdict.ERROR, exit_code=2, message=""),
        started_at=world.now(),
        tool_version=__version__,
        api_url=parsed.settings.api_url if parsed.settings else "",
        job_url=world.job_url,
    )
    try:
        report = _conclude(report, parsed, delivery, world)
    except GenesisCiError as error:
        report = _failed_before(report, error)
    except Exception as bug:
        report = internal_error(report, place_of(bug))
    return delivery.deliver(replace(report, seconds=world.clock() - began))


def _conclude(report: RunReport, parsed: Parsed, delivery: Delivery, world: World) -> RunReport:
    if parsed.settings is None:
        return _failed_before(report, ConfigError(parsed.problems))
    if parsed.settings.api_key is None:
        return replace(report, outcome=_skipped_without_key())
    workflows = _run(parsed.settings, delivery, world)
    return replace(report, outcome=aggregate(workflows), workflows=workflows)


def _run(settings: Settings, delivery: Delivery, world: World) -> tuple[WorkflowReport, ...]:
    narrator = Narrator(
        world.provider,
        clock=world.clock,
        known_id=delivery.execution_known,
        several=len(settings.runs) > 1,
    )
    runner = world.make_runner(settings, narrator)
    try:
        return runner.run(settings.runs)
    except Exception as bug:
        return runner.abandon(bug_outcome(place_of(bug)))


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


def place_of(bug: Exception) -> str:
    """Type and place of an exception, without its message: that may hold a secret."""
    places = []
    trace = bug.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(bug).__name__} at {' > '.join(places[-4:])}."
