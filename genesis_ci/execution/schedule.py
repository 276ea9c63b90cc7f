"""Which of several workflows may start now, and which never will: pure decisions.

A run that is attached to exists already: it waits for nobody, and nobody waits for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genesis_ci.execution.verdicts import exit_code
from genesis_ci.models import Concurrency, Outcome, Verdict, Workflow

MAX_PARALLEL = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How several workflows share a job.

    At most `max_parallel` of them run at once. Under `fail_fast` nothing more is triggered once
    a required one ended red.
    """

    max_parallel: int = MAX_PARALLEL
    fail_fast: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where one workflow stands: queued until it has `started`, over once it has an outcome.

    `abandoned` says that nobody watches its run any more, which may still be going.
    """

    run: Workflow
    started: bool = False
    outcome: Outcome | None = None
    abandoned: bool = False

    @property
    def queued(self) -> bool:
        """Whether its turn has yet to come."""
        return not self.started and self.outcome is None

    @property
    def occupies(self) -> bool:
        """Whether a run that was started here is not over."""
        return self.started and self.outcome is None and _triggers(self.run)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turns:
    """What is to be done with the queue now, by position: start these, end those unstarted."""

    starts: tuple[int, ...]
    ends: Mapping[int, Outcome]


def turns(places: Sequence[Place], plan: Plan, *, late: bool = False) -> Turns:
    """Return whose turn has come, first come, first served, and whose never will.

    `late` says that the CI job's time is over.
    """
    ends = _ends(places, plan, late=late)
    lanes = _lanes([place.run for place in places])
    free = plan.max_parallel - sum(place.occupies for place in places)
    taken = {lane for lane, place in zip(lanes, places, strict=True) if place.occupies}
    starts: list[int] = []
    for position, (lane, place) in enumerate(zip(lanes, places, strict=True)):
        if not place.queued or position in ends:
            continue
        if _triggers(place.run):
            if free < 1 or (lane is not None and lane in taken):
                continue
            free -= 1
            taken.add(lane)
        starts.append(position)
    return Turns(starts=tuple(starts), ends=ends)


def predecessors(runs: Sequence[Workflow]) -> dict[int, int]:
    """Return, for each run that waits for its turn on a template, the position before it."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, lane in enumerate(_lanes(runs)):
        if lane is None:
            continue
        if lane in last:
            found[position] = last[lane]
        last[lane] = position
    return found


def turn_taking(run: Workflow) -> str:
    """Why a run waits for another one, as the end of a sentence."""
    return (
        f"both run workflow {run.workflow_id}, whose concurrency policy is cancel-previous, so "
        "starting them side by side would cancel the first"
    )


def _ends(places: Sequence[Place], plan: Plan, *, late: bool) -> dict[int, Outcome]:
    stopped = _stopped(places) if plan.fail_fast else None
    never = stopped or (_out_of_time() if late else None)
    lanes = _lanes([place.run for place in places])
    blocked = _blocked(lanes, places)
    found: dict[int, Outcome] = {}
    for position, (lane, place) in enumerate(zip(lanes, places, strict=True)):
        outcome = place.run.ended
        if outcome is None and _triggers(place.run):
            outcome = never or (blocked.get(lane) if lane else None)
        if place.queued and outcome:
            found[position] = outcome
    return found


def _blocked(lanes: Sequence[str | None], places: Sequence[Place]) -> dict[str, Outcome]:
    """What becomes of all that is queued in a lane whose run nobody watches any more."""
    return {
        lane: _turn_never_came(place.run)
        for lane, place in zip(lanes, places, strict=True)
        if lane and place.abandoned
    }


def _turn_never_came(before: Workflow) -> Outcome:
    return Outcome(
        verdict=Verdict.TIMED_OUT,
        exit_code=exit_code(Verdict.TIMED_OUT),
        message=f"Not started: the run of “{before.label}” may still be going, and starting this "
        "one would cancel it.",
        hint=f"Nothing was started for it. Raise max-wait-time of “{before.label}”, or run the "
        "job again when that run is over.",
    )


def _stopped(places: Sequence[Place]) -> Outcome | None:
    """What fail-fast makes of all that is queued; None while no required one ended red."""
    for place in places:
        outcome = place.outcome
        if outcome and not outcome.green and place.run.policy.required:
            return _not_run(place.run, outcome)
    return None


def _not_run(stopper: Workflow, outcome: Outcome) -> Outcome:
    return Outcome(
        verdict=Verdict.NOT_RUN,
        exit_code=exit_code(Verdict.NOT_RUN),
        message=f"Not started: “{stopper.label}” ended {outcome.verdict} (exit code "
        f"{outcome.exit_code}), and fail-fast starts nothing after that.",
        hint="Correct what failed and run the job again, or set fail-fast: false to see them all.",
        lenient=True,
    )


def _out_of_time() -> Outcome:
    return Outcome(
        verdict=Verdict.TIMED_OUT,
        exit_code=exit_code(Verdict.TIMED_OUT),
        message="Not started: its turn had not come when the CI job's time was over.",
        hint="Nothing was started for it. Raise the job's time limit or max-parallel.",
    )


def _triggers(run: Workflow) -> bool:
    return run.execution_id is None


def _lanes(runs: Sequence[Workflow]) -> list[str | None]:
    """The template that each run has to itself while it goes; None where it need not."""
    cancelling = {
        run.workflow_id
        for run in runs
        if _triggers(run) and run.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    return [
        run.workflow_id if _triggers(run) and run.workflow_id in cancelling else None
        for run in runs
    ]
