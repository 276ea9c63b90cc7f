"""The words and marks that all reports share: what a verdict is called, what a reader does next."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from genesis_ci.models import (
    INTERNAL_ERROR,
    UNKNOWN_STATUS,
    UNNAMED,
    Block,
    Execution,
    Outcome,
    RunReport,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import Readiness
from genesis_ci.text import human_seconds


class Tone(StrEnum):
    """How a state should strike the reader."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    IDLE = "idle"


_VERDICTS: dict[Verdict, tuple[str, str, Tone]] = {
    Verdict.PASSED: ("✅", "Passed", Tone.GOOD),
    Verdict.FAILED: ("❌", "Failed", Tone.BAD),
    Verdict.UNMET: ("❌", "Checks unmet", Tone.BAD),
    Verdict.REVIEW_PENDING: ("⏸️", "Waiting for review", Tone.WARN),
    Verdict.CANCELLED: ("🚫", "Cancelled", Tone.WARN),
    Verdict.SKIPPED: ("⏭️", "Skipped", Tone.WARN),
    Verdict.TIMED_OUT: ("⌛", "Timed out", Tone.BAD),
    Verdict.REJECTED: ("⛔", "Rejected by Genesis", Tone.BAD),
    Verdict.LOST_CONTACT: ("📡", "Lost contact", Tone.BAD),
    Verdict.NOT_READY: ("🚧", "Not ready", Tone.BAD),
    Verdict.INTERRUPTED: ("🛑", "Interrupted", Tone.WARN),
    Verdict.TRIGGERED: ("🚀", "Triggered", Tone.IDLE),
    Verdict.NOT_RUN: ("⏭️", "Not run", Tone.IDLE),
    Verdict.ERROR: ("⚠️", "Configuration error", Tone.BAD),
}

_STATUSES: dict[Status | None, tuple[str, Tone]] = {
    Status.PENDING: ("◽", Tone.IDLE),
    Status.RUNNING: ("▶️", Tone.WARN),
    Status.COMPLETED: ("✅", Tone.GOOD),
    Status.FAILED: ("❌", Tone.BAD),
    Status.CANCELLED: ("🚫", Tone.WARN),
    Status.SKIPPED: ("⏭️", Tone.IDLE),
    Status.REVIEW_PENDING: ("⏸️", Tone.WARN),
    None: ("❔", Tone.WARN),
}

_MAY_GO_ON = frozenset(
    {
        Verdict.FAILED,
        Verdict.REVIEW_PENDING,
        Verdict.TIMED_OUT,
        Verdict.LOST_CONTACT,
        Verdict.INTERRUPTED,
        Verdict.TRIGGERED,
    }
)

WHAT_TO_DO = "What to do:"
ATTACH = "Wait for this run again"
OPEN_RUN = "Open the run in Genesis"
PREVIEW = "Waited for"
RUN_ERROR = "The run's error"
VARIABLES = "Context variables"
NOT_STARTED = "not started"
NOT_REQUIRED = "This workflow is not required, so it cannot fail the job."


def verdict_word(outcome: Outcome) -> str:
    """Return a verdict in a manager's words."""
    if outcome.exit_code == INTERNAL_ERROR:
        return "Internal error"
    word = _VERDICTS[outcome.verdict][1]
    if outcome.flaky:
        return f"{word}, flaky"
    return f"{word} by policy" if outcome.lenient and outcome.verdict is Verdict.PASSED else word


def verdict_mark(outcome: Outcome) -> str:
    """Return a verdict's emoji."""
    if outcome.flaky and outcome.green:
        return "🔁"
    return _VERDICTS[outcome.verdict][0]


def verdict_tone(outcome: Outcome) -> Tone:
    """Return a verdict's tone; what only a policy passes is a warning."""
    tone = _VERDICTS[outcome.verdict][2]
    return Tone.WARN if outcome.lenient or (outcome.flaky and outcome.green) else tone


def status_mark(block: Block) -> str:
    """Return a block status's emoji."""
    return _STATUSES[block.status][0]


def status_tone(block: Block) -> Tone:
    """Return a block status's tone."""
    return _STATUSES[block.status][1]


def status_word(block: Block) -> str:
    """Return a block's status for people: `review_pending` reads `review pending`."""
    return block.status_word.replace("_", " ") or UNKNOWN_STATUS


def title(workflow: WorkflowReport) -> str:
    """Return what a workflow is called; never empty."""
    execution = workflow.execution
    told = (workflow.name, execution.workflow_name if execution else None, workflow.workflow_id)
    return next((text for text in told if text and text.strip()), UNNAMED)


def headline(report: RunReport) -> str:
    """Return the verdict of the job in one line, without a mark."""
    word = verdict_word(report.outcome)
    match len(report.workflows):
        case 0:
            return word
        case 1:
            return f"{word}: {title(report.workflows[0])}"
        case _:
            return f"{word}: {_how_many(report.workflows)}"


def _how_many(workflows: tuple[WorkflowReport, ...]) -> str:
    required = [one.outcome.green for one in workflows if one.required]
    others_bad = sum(not one.outcome.green for one in workflows if not one.required)
    which = "workflows" if len(required) == len(workflows) else "required workflows"
    if not all(required):
        return f"{required.count(False)} of {len(required)} {which} did not pass"
    if not required:
        return f"none of {len(workflows)} workflows is required"
    aside = f"; {others_bad} not required did not pass" if others_bad else ""
    return f"{len(required)} of {len(required)} {which}{aside}"


def change(told: Change) -> str:
    """The change under test in one line; empty where the CI tells nothing."""
    into = f" into {told.base_branch}" if told.base_branch else ""
    parts = [
        f"commit {told.short_sha}" if told.sha else "",
        f"branch {told.branch}{into}" if told.branch else "",
        f"request {told.request}" if told.request else "",
        f"by {told.actor}" if told.actor else "",
    ]
    return " · ".join(part for part in parts if part)


def readiness(waited: Readiness) -> str:
    """How an address answered before the trigger, and how long that took."""
    how = "ready after" if waited.ready else "not ready within"
    took = human_seconds(waited.seconds)
    return f"{waited.shown}: {waited.words} ({how} {took})"


def attach_command(workflow: WorkflowReport) -> str | None:
    """Return the command that waits for the same run again, where that makes sense."""
    if workflow.execution_id is None or workflow.outcome.verdict not in _MAY_GO_ON:
        return None
    return f"genesis-ci wait {workflow.execution_id}"


def progress(execution: Execution | None) -> str:
    """Return how many blocks are done, `3/5`; empty when the server never said so."""
    if execution is None or execution.block_count is None:
        return ""
    return f"{execution.completed_blocks or 0}/{execution.block_count}"


def block_text(block: Block) -> str:
    """Return what a block has to say of its failure: its error, else its output; may be empty."""
    return next((text for text in (block.error, block.output) if text and text.strip()), "")


def run_error(workflow: WorkflowReport) -> str:
    """Return the run's own error, where the outcome's message does not hold it whole."""
    error = ((workflow.execution and workflow.execution.error) or "").strip()
    told = "\n" not in error and " ".join(error.split()) in workflow.outcome.message
    return "" if told else error


def notices(report: RunReport) -> list[str]:
    """Return what people should know although nothing is wrong."""
    return [f"Notice: {notice}" for notice in report.notices]


def problems(report: RunReport) -> list[str]:
    """Return the configuration's problems with their places; not one that the message is."""
    return [text for text in map(str, report.problems) if text != report.outcome.message]


def not_started(execution: Execution) -> int:
    """Return how many blocks the run has that Genesis has not listed, as they have not started."""
    listed = max(len(execution.blocks), execution.completed_blocks or 0)
    return max(0, (execution.block_count or 0) - listed)


def most_telling(blocks: Sequence[Block], most: int) -> list[int]:
    """Return the places of at most `most` blocks, in order; failures are kept before all others."""
    ranked = sorted(range(len(blocks)), key=lambda at: _rank(blocks[at]))
    return sorted(ranked[:most])


def _rank(block: Block) -> int:
    match block.status:
        case Status.FAILED:
            return 0
        case Status.COMPLETED | Status.SKIPPED | Status.PENDING:
            return 2
        case _:
            return 1


def tally(blocks: Iterable[Block]) -> str:
    """Return how many blocks are in each status, most frequent first: `3 completed, 1 failed`."""
    counts = Counter(status_word(block) for block in blocks)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{count} {word}" for word, count in ordered[:8])
    return shown + (" and others" if len(ordered) > 8 else "")


class Names:
    """Hands out names, numbering those that were taken: `name`, `name (2)`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unique(self, text: str) -> str:
        """Return the name, or the first numbered one that is free."""
        name = text.strip() or "unnamed"
        candidate = name
        while candidate in self._taken:
            self._next[name] = self._next.get(name, 1) + 1
            candidate = f"{name} ({self._next[name]})"
        self._taken.add(candidate)
        return candidate
