"""One CI job from its inputs to its exit code, with evidence on every path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from genesis_ci import __version__, outcomes
from genesis_ci.config.review_status import ReviewStatus
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.errors import ConfigError, GenesisCiError, place_of
from genesis_ci.execution.runner import Runner
from genesis_ci.log import Narrator
from genesis_ci.models import (
    Annotation,
    Level,
    Outcome,
    Problem,
    RunReport,
    Workflow,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.providers.base import Provider
from genesis_ci.publish import Evidence, internal_error
from genesis_ci.review_status import PostStatus, kept_yellow, post_nothing, settled
from genesis_ci.system.signals import Interrupted

WHILE_RUNNING = ("execution-id", "results")
"""The outputs that change while the job runs; GitHub's file of outputs only ever grows."""
MOST_BLOCKS = 500
MOST_TEXT = 1_000_000
"""What an interrupted job still has the time to report of its runs' blocks."""
FREE_WRITING = 0.5
"""Seconds that writing the ids of started runs may take before it is rationed."""
WRITING_SHARE = 0.1
"""The share of the job's time that it may take from then on, however many runs there are."""

MakeRunner = Callable[[Settings, Narrator], Runner]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a job gets from outside.

    `clock` gives monotonic seconds, `now` the date, `make_runner` everything that talks to
    Genesis. `change` is what the CI tells of the change under test. `interrupted` gives the exit
    code that a signal asks for, None while there was none. `await_readers` waits until the log
    is read or a signal comes. `post_status` posts a commit status, or raises.
    """

    provider: Provider
    clock: Callable[[], float]
    now: Callable[[], datetime]
    make_runner: MakeRunner
    change: Change = field(default_factory=Change)
    interrupted: Callable[[], int | None] = lambda: None
    post_status: PostStatus = post_nothing
    await_readers: Callable[[], object] = lambda: None


def run_job(parse: Callable[[], Parsed], evidence: Evidence, world: World) -> int:
    """Run what the inputs ask for, publish the evidence, and return the exit code.

    The files of an earlier job are replaced before anything is read, so that a job that is killed
    leaves no green ones behind.
    """
    began = world.clock()
    review: ReviewStatus | None = None
    report = RunReport(
        outcome=outcomes.killed(may_run=False),
        started_at=world.now(),
        tool_version=__version__,
        job_url=world.change.job_url,
        change=world.change,
    )
    try:
        evidence.leave(report)
        parsed = parse()
        review = parsed.review_status
        report = _conclude(report, parsed, evidence, world)
        report = _kept_yellow(report, review, world)
    except Interrupted:
        report = replace(report, outcome=_stopped_early(world.interrupted() or 0))
    except GenesisCiError as error:
        report = _failed_before(report, error)
    except Exception as bug:
        report = internal_error(report, place_of(bug))
    report = replace(report, seconds=world.clock() - began)
    code = _publish(report, review, evidence, world)
    world.await_readers()
    late = world.interrupted()
    return code if late in {None, code} else _publish(report, review, evidence, world)


def _kept_yellow(report: RunReport, review: ReviewStatus | None, world: World) -> RunReport:
    """The same as `kept_yellow`; after a signal the end says so in its own words."""
    try:
        return kept_yellow(report, review, world.post_status)
    except Interrupted:
        return report


def _publish(
    report: RunReport, review: ReviewStatus | None, evidence: Evidence, world: World
) -> int:
    """Publish the report as it stands after all signals; one that comes in here counts too."""

    def settle(stored: RunReport) -> None:
        if warning := settled(stored, review, world.post_status):
            world.provider.annotate(Annotation(level=Level.WARNING, message=warning))

    try:
        return evidence.publish(_as_interrupted(report, world.interrupted()), settle)
    except Interrupted:
        return evidence.publish(_as_interrupted(report, world.interrupted()), settle)


def _conclude(report: RunReport, parsed: Parsed, evidence: Evidence, world: World) -> RunReport:
    for notice in parsed.notices:
        world.provider.annotate(Annotation(level=Level.NOTICE, message=notice))
    settings = parsed.settings
    api_url = settings.api_url if settings else ""
    change = replace(parsed.tested or report.change, job_url=report.job_url)
    report = replace(report, api_url=api_url, notices=parsed.notices, change=change)
    signalled = world.interrupted()
    if signalled is not None:
        return _not_begun(report, parsed, _stopped_early(signalled, parsed))
    problems = (*parsed.problems, *([Problem(words=evidence.problem)] if evidence.problem else []))
    if settings is None or problems:
        failed = _failed_before(report, ConfigError(problems))
        return _not_begun(failed, parsed, failed.outcome)
    if settings.api_key is None:
        return _not_begun(report, parsed, outcomes.missing_key())
    workflows, bug = _run(report, settings, evidence, world)
    return replace(report, outcome=bug or outcomes.aggregate(workflows), workflows=workflows)


def _run(
    report: RunReport, settings: Settings, evidence: Evidence, world: World
) -> tuple[tuple[WorkflowReport, ...], Outcome | None]:
    """Return the workflows' reports, and the job's outcome where a bug decides it."""
    killed = replace(report, outcome=outcomes.killed(may_run=True))
    interim = Interim(evidence, killed, settings.workflows, world.clock)
    narrator = Narrator(
        world.provider, clock=world.clock, interim=interim, several=len(settings.workflows) > 1
    )
    narrator.planned(settings.workflows, settings.plan, change=world.change)
    runner = world.make_runner(settings, narrator)
    try:
        return runner.run(settings.workflows), None
    except Exception as bug:
        outcome = outcomes.bug(place_of(bug))
        return runner.abandon(outcome), outcome


def _not_begun(report: RunReport, parsed: Parsed, outcome: Outcome) -> RunReport:
    """Keep what a later job has to know: the ids to attach to, and what has no run at all."""
    known = [one for one in parsed.workflows if one.execution_id or one.ended or one.keeps]
    rows = unfinished(
        known,
        outcome,
        ids=[one.execution_id or one.keeps for one in known],
        earlier=[one.earlier for one in known],
    )
    return replace(report, outcome=outcome, workflows=rows)


def _stopped_early(exit_code: int, parsed: Parsed | None = None) -> Outcome:
    ids = (
        " ".join(one.execution_id for one in parsed.workflows if one.execution_id) if parsed else ""
    )
    return outcomes.interrupted(ids or None, exit_code=exit_code, may_run=False, completed=False)


def _as_interrupted(report: RunReport, exit_code: int | None) -> RunReport:
    """Return the report of a job that a signal ended, short enough to be written in time."""
    if exit_code is None:
        return report
    if report.outcome.exit_code == exit_code:
        return shortened(report)
    of_workflow = (workflow.outcome for workflow in report.workflows)
    outcome = next(
        (one for one in of_workflow if one.exit_code == exit_code),
        outcomes.interrupted_while_reporting(report.outcome, exit_code=exit_code),
    )
    return shortened(replace(report, outcome=outcome))


def _failed_before(report: RunReport, error: GenesisCiError) -> RunReport:
    problems = error.problems if isinstance(error, ConfigError) else (Problem(words=error.message),)
    return replace(report, outcome=outcomes.for_error(error), problems=problems)


class Interim:
    """What the evidence says while the job runs, as if the process were killed now.

    Args:
        report: the job as it is known before it starts anything.
        workflows: what it is about to start or attach to.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        evidence: Evidence,
        report: RunReport,
        workflows: Sequence[Workflow],
        clock: Callable[[], float],
    ) -> None:
        self._evidence = evidence
        self._report = report
        self._workflows = workflows
        self._clock = clock
        self._began = clock()
        self._wrote = 0.0
        self._ids = [workflow.execution_id or workflow.keeps for workflow in workflows]
        self._earlier = [workflow.earlier for workflow in workflows]
        self._is_behind = False
        self._renew()

    def execution_known(self, workflow: Workflow, execution_id: str) -> None:
        """Write the id of a run that was started, at once or, of hundreds, as soon as it may."""
        self._ids[self._position(workflow)] = execution_id
        self._is_behind = True
        if all(self._ids):
            self._renew()
        self.keep_up()

    def begins_again(self, workflow: Workflow, earlier: Sequence[WorkflowReport]) -> None:
        """Keep the ids of the attempts that are over; a run that was not kept has none."""
        position = self._position(workflow)
        self._ids[position] = None
        self._earlier[position] = tuple(earlier)
        self._is_behind = True
        self.keep_up()

    def _position(self, workflow: Workflow) -> int:
        return next(at for at, one in enumerate(self._workflows) if one is workflow)

    def keep_up(self) -> None:
        """Write what is not written yet, where it may be."""
        may = FREE_WRITING + WRITING_SHARE * (self._clock() - self._began)
        if self._is_behind and self._wrote <= may:
            self._renew()

    def _renew(self) -> None:
        began = self._clock()
        self._is_behind = False
        rows = unfinished(
            self._workflows, self._report.outcome, ids=self._ids, earlier=self._earlier
        )
        report = replace(self._report, workflows=rows)
        self._evidence.leave(report, only=WHILE_RUNNING)
        self._wrote += self._clock() - began


def unfinished(
    workflows: Sequence[Workflow],
    outcome: Outcome,
    *,
    ids: Sequence[str | None],
    earlier: Sequence[tuple[WorkflowReport, ...]],
) -> tuple[WorkflowReport, ...]:
    """Return the reports of workflows whose end this job has not seen."""
    return tuple(
        WorkflowReport(
            name=workflow.title,
            outcome=outcome,
            workflow_id=workflow.workflow_id,
            execution_id=execution_id,
            variables=workflow.shown,
            required=workflow.policy.required,
            attached=workflow.execution_id is not None,
            run_url=workflow.address_of(execution_id),
            earlier=attempts,
        )
        for workflow, execution_id, attempts in zip(workflows, ids, earlier, strict=True)
    )


def shortened(report: RunReport) -> RunReport:
    """Return the report without blocks and findings where it is too much to be told in a hurry."""
    told = [one for workflow in report.workflows for one in (*workflow.earlier, workflow)]
    blocks = [block for one in told if one.execution for block in one.execution.blocks]
    text = sum(len(block.output or "") + len(block.error or "") for block in blocks)
    found = [finding for one in told for finding in one.findings]
    text += sum(len(finding.expected) + len(finding.found) for finding in found)
    if len(blocks) + len(found) <= MOST_BLOCKS and text <= MOST_TEXT:
        return report
    return replace(report, workflows=tuple(map(_without_blocks, report.workflows)))


def _without_blocks(workflow: WorkflowReport) -> WorkflowReport:
    earlier = tuple(map(_without_blocks, workflow.earlier))
    if workflow.execution is None:
        return replace(workflow, earlier=earlier)
    note = "The blocks are left out: an interrupted job has no time to report so many."
    return replace(
        workflow,
        execution=replace(workflow.execution, blocks=()),
        findings=(),
        notes=(*workflow.notes, note),
        earlier=earlier,
    )
