"""The marks and words that all reports share."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from genesis_ci.models.change import Change
from genesis_ci.models.execution import UNKNOWN_STATUS, Block, Execution, Status
from genesis_ci.models.findings import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import (
    INTERNAL_ERROR,
    UNNAMED,
    JobReport,
    Outcome,
    Verdict,
    WorkflowReport,
)
from genesis_ci.outcomes import tally
from genesis_ci.text import clean_line, human_seconds, listed


class Tone(StrEnum):
    """How urgent a state is; the class names of the HTML report."""

    GOOD = "good"
    UNCHECKED = "unchecked"
    BAD = "bad"
    WARN = "warn"
    IDLE = "idle"


class Badge(NamedTuple):
    """A verdict, status or judgement for people: an emoji, a word, and how urgent it is."""

    mark: str
    word: str
    tone: Tone


_VERDICTS: dict[Verdict, Badge] = {
    Verdict.PASSED: Badge("✅", "Passed", Tone.GOOD),
    Verdict.FAILED: Badge("❌", "Failed", Tone.BAD),
    Verdict.UNMET: Badge("❌", "Checks unmet", Tone.BAD),
    Verdict.REVIEW_PENDING: Badge("⏸️", "Waiting for review", Tone.WARN),
    Verdict.CANCELLED: Badge("🚫", "Cancelled", Tone.WARN),
    Verdict.SKIPPED: Badge("⏭️", "Skipped", Tone.WARN),
    Verdict.TIMED_OUT: Badge("⌛", "Timed out", Tone.BAD),
    Verdict.REJECTED: Badge("⛔", "Rejected by Genesis", Tone.BAD),
    Verdict.LOST_CONTACT: Badge("📡", "Lost contact", Tone.BAD),
    Verdict.NOT_READY: Badge("🚧", "Not ready", Tone.BAD),
    Verdict.INTERRUPTED: Badge("🛑", "Interrupted", Tone.WARN),
    Verdict.TRIGGERED: Badge("🚀", "Triggered", Tone.IDLE),
    Verdict.NOT_RUN: Badge("⏭️", "Not run", Tone.IDLE),
    Verdict.ERROR: Badge("⚠️", "Configuration error", Tone.BAD),
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

_JUDGEMENTS: dict[Judgement, tuple[str, Tone]] = {
    Judgement.UNMET: ("❌", Tone.BAD),
    Judgement.MET: ("✅", Tone.GOOD),
    Judgement.SKIPPED: ("⏭️", Tone.IDLE),
}

WHAT_TO_DO = "What to do:"
OPEN_RUN = "Open the run in Genesis"
PREVIEW = "Waited for"
RUN_ERROR = "The run's error"
VARIABLES = "Context variables"
NOT_STARTED = "not started"
NOT_REQUIRED = "This workflow is not required, so it cannot fail the job."
CHECKS = "Checks"
ATTEMPTS = "Attempts"
UNCHECKED = ", unchecked"
NO_BLOCK_DIFFERS = "No block or check differs between the attempts."
ABSENT = "–"
_MAX_NAME = 80
_MAX_CHECK_TEXT = 90


def verdict_badge(outcome: Outcome) -> Badge:
    """Return the badge of an outcome; a pass that only a policy allows is a warning."""
    mark, word, tone = _VERDICTS[outcome.verdict]
    if outcome.exit_code == INTERNAL_ERROR:
        word = "Internal error"
    elif outcome.flaky:
        word = f"{word}, flaky"
    elif outcome.lenient and outcome.verdict is Verdict.PASSED:
        word = f"{word} by policy"
    if outcome.unchecked and outcome.green:
        mark, word, tone = "☑️", f"{word}{UNCHECKED}", Tone.UNCHECKED
    if outcome.flaky and outcome.green:
        return Badge("🔁", word, Tone.WARN)
    return Badge(mark, word, Tone.WARN if outcome.lenient else tone)


def status_badge(block: Block) -> Badge:
    """Return the badge of a block's status: `review_pending` reads `review pending`."""
    mark, tone = _STATUSES[block.status]
    return Badge(mark, block.status_word.replace("_", " ") or UNKNOWN_STATUS, tone)


def check_badge(finding: Finding) -> Badge:
    mark, tone = _JUDGEMENTS[finding.judgement]
    return Badge(mark, finding.judgement, tone)


def title(workflow: WorkflowReport) -> str:
    """Return the name of a workflow; never empty."""
    execution = workflow.execution
    names = (workflow.name, execution.workflow_name if execution else None, workflow.workflow_id)
    return next((text for text in names if text and text.strip()), UNNAMED)


def verdict_words(workflow: WorkflowReport) -> str:
    return f"{verdict_badge(workflow.outcome).word}{optional_note(workflow)}"


def optional_note(workflow: WorkflowReport) -> str:
    return "" if workflow.required else " (not required)"


def duration(workflow: WorkflowReport) -> str:
    """Return how long a workflow took; empty if it took no time, as without a run."""
    return human_seconds(workflow.seconds) if workflow.seconds >= 0.05 else ""


def failing_first(workflows: Iterable[WorkflowReport]) -> list[WorkflowReport]:
    def rank(workflow: WorkflowReport) -> tuple[bool, bool, bool]:
        outcome = workflow.outcome
        loudest = Tone.WARN if outcome.green else Tone.BAD
        return outcome.green, not workflow.required, verdict_badge(outcome).tone is not loudest

    return sorted(workflows, key=rank)


def headline(report: JobReport) -> str:
    """Return the verdict of the job in one line, without a mark, and how its tests ended."""
    word = verdict_badge(report.outcome).word
    selected = report.selected
    if len(selected) > 1:
        line = _headline_of_several(word, failing_first(selected))
    else:
        line = f"{word}: {title(selected[0])}" if selected else word
    if len(selected) < len(report.workflows):
        line += f" ({len(selected)} of {len(report.workflows)}, selected by only)"
    found = tests(report)
    return f"{line} ({tally(found)})" if found else line


def tests(report: JobReport) -> list[Finding]:
    return [one for workflow in report.workflows for one in workflow.findings if one.is_test]


def _headline_of_several(word: str, ranked: Sequence[WorkflowReport]) -> str:
    required = [one for one in ranked if one.required]
    waits = Verdict.REVIEW_PENDING
    bad = [one for one in required if not one.outcome.green or one.outcome.verdict is waits]
    of = str(len(ranked)) if len(required) == len(ranked) else f"{len(required)} required"
    if bad:
        alike = {verdict_badge(one.outcome).word for one in bad} == {word}
        if alike and bad[0].outcome.verdict not in {Verdict.UNMET, Verdict.ERROR}:
            return f"{len(bad)} of {of} {word[0].lower()}{word[1:]}: {names_of(bad)}"
        return f"{word}: {len(bad)} of {of} did not pass: {names_of(bad)}"
    others_bad = [one for one in ranked if not one.required and not one.outcome.green]
    aside = f"; not required: {names_of(others_bad)} did not pass" if others_bad else ""
    if not required:
        return f"{word}: none of {len(ranked)} workflows is required{aside}"
    if flaky := [one for one in required if one.outcome.flaky]:
        return f"{len(flaky)} of {of} passed, but flaky: {names_of(flaky)}{aside}"
    if unchecked := [one for one in required if one.outcome.unchecked]:
        return f"{word}: {len(unchecked)} of {of} workflows ({names_of(unchecked)}){aside}"
    return f"{word}: {len(required)} of {of} workflows{aside}"


def names_of(workflows: Iterable[WorkflowReport]) -> str:
    return listed([*map(short_title, workflows)])


def short_title(workflow: WorkflowReport) -> str:
    """Return the name of a workflow, not too long for a list; without one, its run's id."""
    name = title(workflow)
    return brief(workflow.execution_id or name if name == UNNAMED else name, _MAX_NAME)


def brief(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text; an ellipsis shows that it was longer."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def problems(report: JobReport) -> list[str]:
    """Return the configuration's problems with their places; a single one is the message."""
    return [*map(str, report.problems)] if len(report.problems) > 1 else []


def change(tested: Change) -> str:
    """Return the change under test in one line; empty if the CI does not name it."""
    into = f" into {tested.base_branch}" if tested.base_branch else ""
    parts = [
        f"commit {tested.short_sha}" if tested.sha else "",
        f"branch {tested.branch}{into}" if tested.branch else "",
        f"request {tested.request}" if tested.request else "",
        f"by {tested.actor}" if tested.actor else "",
    ]
    return " · ".join(part for part in parts if part)


def readiness(waited: Readiness) -> str:
    return f"{waited.shown}: {answers(waited)}"


def answers(waited: Readiness) -> str:
    how = "ready after" if waited.ready else "not ready within"
    return f"{waited.words} ({how} {human_seconds(waited.seconds)})"


def progress(execution: Execution | None) -> str:
    """Return how many blocks are done, `3/5`; empty if the server did not report it."""
    if execution is None or execution.block_count is None:
        return ""
    return f"{execution.completed_blocks or 0}/{execution.block_count}"


def not_started(execution: Execution) -> int:
    """Return how many blocks of the run Genesis does not list, because they have not started."""
    listed = max(len(execution.blocks), execution.completed_blocks or 0)
    return max(0, (execution.block_count or 0) - listed)


def block_text(block: Block) -> str:
    """Return a block's error or, without one, its output; may be empty."""
    return next((text for text in (block.error, block.output) if text and text.strip()), "")


def block_tally(blocks: Iterable[Block]) -> str:
    """Return how many blocks are in each status, most frequent first: `3 completed, 1 failed`."""
    counts = Counter(status_badge(block).word for block in blocks)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{count} {word}" for word, count in ordered[:8])
    return shown + (" and others" if len(ordered) > 8 else "")


def left_out(blocks: Sequence[Block], kept: Iterable[int]) -> tuple[int, str]:
    """Return how many blocks are not in the kept places, and a description with their statuses."""
    shown = set(kept)
    others = [block for at, block in enumerate(blocks) if at not in shown]
    return len(others), f"blocks ({block_tally(others)})"


def failed_blocks(workflow: WorkflowReport) -> dict[str, Block]:
    return {one.key: one for one in workflow.blocks if one.status is Status.FAILED}


def unmet(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.judgement is Judgement.UNMET]


def check_tally(findings: Iterable[Finding]) -> str:
    counts = Counter(one.judgement for one in findings)
    return ", ".join(f"{counts[kind]} {kind}" for kind in _JUDGEMENTS if counts[kind])


def check_name(finding: Finding) -> str:
    return f"{finding.suite} › {finding.name}" if finding.suite else finding.name


def check_subject(finding: Finding) -> str:
    """Return the name of a check without what it expects: `b: failed` for `b: failed equals 0`."""
    return finding.subject or check_name(finding)


def check_result(finding: Finding) -> str:
    """Return in one line what was expected, unless the name has it, and what was found."""
    expected, found = (
        clean_line(text, limit=_MAX_CHECK_TEXT) for text in (finding.expected, finding.found)
    )
    return f"found {found}" if finding.subject else f"expected {expected}, found {found}"


def fits(text: str, limit: int = _MAX_CHECK_TEXT) -> bool:
    """Return whether one line of at most `limit` characters can show the full text."""
    return len(text) <= limit and "\n" not in text.strip()
