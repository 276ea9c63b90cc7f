"""The words and marks that all reports share: what a verdict is called, what a reader does next."""

import re
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
from genesis_ci.models.proof import Judgement
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

WHAT_TO_DO = "What to do:"
OPEN_RUN = "Open the run in Genesis"
PREVIEW = "Waited for"
RAN = "Ran in Genesis"
RUN_ERROR = "The run's error"
VARIABLES = "Context variables"
NOT_STARTED = "not started"
NOT_REQUIRED = "This workflow is not required, so it cannot fail the job."
OUTPUTS_DO_NOT_SHOW = (
    "Genesis completed the workflow, but its outputs do not show what they had to."
)
MOST_NAMED = 3
LONGEST_NAME = 80
_COMMAND = re.compile(r"(genesis-ci wait(?: [A-Za-z0-9_-]+)+)")


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


def failing_first(workflows: Iterable[WorkflowReport]) -> list[WorkflowReport]:
    """Return the workflows as people want to read of them: the good ones last."""
    return sorted(workflows, key=_urgency)


def _urgency(workflow: WorkflowReport) -> tuple[bool, bool, bool]:
    outcome = workflow.outcome
    return outcome.green, not workflow.required, _is_quiet(outcome)


def _is_quiet(outcome: Outcome) -> bool:
    return verdict_tone(outcome) is not (Tone.WARN if outcome.green else Tone.BAD)


def headline(report: RunReport) -> str:
    """Return the verdict of the job in one line, without a mark."""
    word = verdict_word(report.outcome)
    match len(report.workflows):
        case 0:
            return word
        case 1:
            return f"{word}: {title(report.workflows[0])}"
        case _:
            return _of_several(word, report)


def _of_several(word: str, report: RunReport) -> str:
    ranked = failing_first(report.workflows)
    required = [one for one in ranked if one.required]
    bad = [one for one in required if not _is_fine(one.outcome)]
    of = str(len(ranked)) if len(required) == len(ranked) else f"{len(required)} required"
    if bad:
        return f"{_how_many(word, bad, of)}: {_named(bad)}"
    others_bad = [one for one in ranked if not one.required and not one.outcome.green]
    aside = f"; not required: {_named(others_bad)} did not pass" if others_bad else ""
    if not required:
        return f"{word}: none of {len(ranked)} workflows is required{aside}"
    if flaky := [one for one in required if one.outcome.flaky]:
        return f"{len(flaky)} of {of} passed, but flaky: {_named(flaky)}{aside}"
    return f"{word}: {len(required)} of {of} workflows{aside}"


def _is_fine(outcome: Outcome) -> bool:
    """Green, and not only because a commit status says that a person has to look."""
    return outcome.green and outcome.verdict is not Verdict.REVIEW_PENDING


def _how_many(word: str, bad: Sequence[WorkflowReport], of: str) -> str:
    """How many are not green: in the verdict's own word, if they all have it and it fits."""
    alike = {verdict_word(one.outcome) for one in bad} == {word}
    if alike and bad[0].outcome.verdict not in {Verdict.UNMET, Verdict.ERROR}:
        return f"{len(bad)} of {of} {word[0].lower()}{word[1:]}"
    return f"{word}: {len(bad)} of {of} did not pass"


def _named(workflows: Sequence[WorkflowReport]) -> str:
    names = [_shortened(title(one)) for one in workflows[:MOST_NAMED]]
    more = len(workflows) - MOST_NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def message_of(workflow: WorkflowReport) -> str:
    """Return a workflow's message; without what the checks found where they are listed below it."""
    if workflow.outcome.verdict is Verdict.UNMET and any(
        one.judgement is Judgement.UNMET for one in workflow.findings
    ):
        return OUTPUTS_DO_NOT_SHOW
    return workflow.outcome.message


def job_message(report: RunReport) -> str:
    """Return the job's message; empty where one of several workflows says it below."""
    message = report.outcome.message
    for one in report.workflows:
        if message == one.outcome.message:
            return message_of(one)
        if one.outcome.message and message.endswith(one.outcome.message):
            return ""
    return message


def job_hint(report: RunReport) -> str | None:
    """Return the job's remedy; none where it is a command for the run of one of several."""
    hint = report.outcome.hint
    below = len(report.workflows) > 1 and any(hint == one.outcome.hint for one in report.workflows)
    return None if hint and below and _COMMAND.search(hint) else hint


def watched(workflow: WorkflowReport) -> str:
    """Return what the local duration of a workflow is."""
    return "Watched for" if workflow.attached else "From trigger to end"


def id_untold(workflow: WorkflowReport) -> str:
    """Return the run's id; empty where it is unknown, or told by the remedy or beside attempts."""
    known = workflow.execution_id or ""
    commands = _COMMAND.findall(workflow.outcome.hint or "")
    told = bool(workflow.earlier) or any(known in command.split() for command in commands)
    return "" if told else known


def remedy(text: str) -> list[str]:
    """Return a remedy in parts: words at even places, commands to be copied at odd ones."""
    return _COMMAND.split(text)


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
    """The address that had to answer before the trigger, and how it answered."""
    return f"{waited.shown}: {how_ready(waited)}"


def how_ready(waited: Readiness) -> str:
    """How an address answered before the trigger, and how long that took."""
    how = "ready after" if waited.ready else "not ready within"
    return f"{waited.words} ({how} {human_seconds(waited.seconds)})"


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
