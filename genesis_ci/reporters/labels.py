"""The marks and words that all reports share: functions translate them, constants are marked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from genesis_ci.language import N_, _, commas, fill, human_seconds, listed
from genesis_ci.models.execution import UNKNOWN_STATUS, Block, Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement, Tone
from genesis_ci.models.report import (
    INTERNAL_ERROR,
    UNNAMED,
    JobReport,
    Outcome,
    Selector,
    Verdict,
    WorkflowReport,
)
from genesis_ci.text import brief, cells, clean_line


class Badge(NamedTuple):
    """A verdict, status or judgement for people: an emoji, a word, and how urgent it is."""

    mark: str
    word: str
    tone: Tone


_VERDICTS: dict[Verdict, str] = {
    Verdict.PASSED: N_("Passed"),
    Verdict.FAILED: N_("Failed"),
    Verdict.UNMET: N_("Conditions unmet"),
    Verdict.REVIEW_PENDING: N_("Waiting for review"),
    Verdict.CANCELLED: N_("Cancelled"),
    Verdict.SKIPPED: N_("Skipped"),
    Verdict.TIMED_OUT: N_("Timed out"),
    Verdict.REJECTED: N_("Rejected by Genesis"),
    Verdict.LOST_CONTACT: N_("Lost contact"),
    Verdict.NOT_READY: N_("Not ready"),
    Verdict.INTERRUPTED: N_("Interrupted"),
    Verdict.TRIGGERED: N_("Triggered"),
    Verdict.NOT_RUN: N_("Not run"),
    Verdict.ERROR: N_("Configuration error"),
}
_NOT_PASSED: dict[Verdict, tuple[str, Tone]] = {
    Verdict.REVIEW_PENDING: ("⏸️", Tone.WARN),
    Verdict.TRIGGERED: ("🚀", Tone.IDLE),
    Verdict.NOT_RUN: ("⏭️", Tone.IDLE),
}
"""The other verdicts that may have exit code 0."""

_LAST_OF_RED = {Verdict.REVIEW_PENDING, Verdict.CANCELLED, Verdict.SKIPPED, Verdict.INTERRUPTED}
"""No test failed and no time was over: other red workflows are listed before these."""

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

WHAT_TO_DO = N_("What to do:")
OPEN_RUN = N_("Open the run in Genesis")
RUN_ERROR = N_("The run's error")
VARIABLES = N_("Context variables")
NOT_STARTED = N_("not started")
ANSWERED = N_("{address}: {words}")
NOT_REQUIRED = N_("This workflow is not required, so it cannot fail the job.")
CHECKS = N_("Checks")
ATTEMPTS = N_("Attempts")
NOT_CHECKED = N_(
    "nothing in the outputs, or not every report, was checked, or no test passed (see expect and "
    "tests)"
)
NO_BLOCK_DIFFERS = N_("No block or check differs between the attempts.")
ABSENT = "–"
_MAX_NAME = 80
_MAX_CHECK_TEXT = 90


def verdict_badge(outcome: Outcome) -> Badge:
    """Return the badge of an outcome: red if the exit code is not 0, a warning for a remark."""
    word = _(_VERDICTS[outcome.verdict])
    if outcome.exit_code == INTERNAL_ERROR:
        word = _("Internal error")
    elif outcome.lenient and outcome.verdict is Verdict.PASSED and not outcome.flaky:
        word = fill("{word} by policy", word=word)
    if not outcome.green:
        return Badge("❌", remarked(word, flaky=outcome.flaky), Tone.BAD)
    mark, tone = _NOT_PASSED.get(outcome.verdict, ("✅", Tone.GOOD))
    word = remarked(word, flaky=outcome.flaky, unchecked=outcome.unchecked)
    if outcome.unchecked:
        mark, tone = "☑️", Tone.UNCHECKED
    if outcome.flaky:
        return Badge("🔁", word, Tone.WARN)
    return Badge(mark, word, Tone.WARN if outcome.lenient else tone)


def remarked(word: str, *, flaky: bool, unchecked: bool = False) -> str:
    """Return the word for a verdict, and whether the workflow is flaky and unchecked."""
    if flaky and unchecked:
        return fill("{word}, flaky, unchecked", word=word)
    if flaky:
        return fill("{word}, flaky", word=word)
    return fill("{word}, unchecked", word=word) if unchecked else word


def status_badge(block: Block) -> Badge:
    """Return the badge of a block's status: `review_pending` reads `waiting for review`."""
    mark, tone = _STATUSES[block.status]
    waits = block.status is Status.REVIEW_PENDING
    word = _("waiting for review") if waits else status(block.status_word).replace("_", " ")
    return Badge(mark, word, tone)


def status(word: str) -> str:
    """Return a status in the language in use; a word that the catalog does not have stays."""
    return _(word or UNKNOWN_STATUS)


def check_badge(finding: Finding) -> Badge:
    row = finding.judgement.row
    return Badge(row.mark, _(row.word), row.tone)


def title(workflow: WorkflowReport) -> str:
    """Return the name of a workflow; never empty."""
    seen = workflow.execution.workflow_name if workflow.execution else None
    names = (workflow.shown_name, workflow.name, seen, workflow.workflow_id)
    return next((text for text in names if text and text.strip()), UNNAMED)


def verdict_words(workflow: WorkflowReport) -> str:
    return with_note(verdict_badge(workflow.outcome).word, workflow)


def with_note(text: str, workflow: WorkflowReport) -> str:
    """Return a text about a workflow; it says so if the workflow is not required."""
    return text if workflow.required else fill("{text} (not required)", text=text)


def duration(workflow: WorkflowReport) -> str:
    """Return how long a workflow took; empty if it took no time, as without a run."""
    return human_seconds(workflow.seconds) if workflow.seconds >= 0.05 else ""


def in_column(time: str) -> str:
    """Return a duration for a column of the log; few are longer than `12m 35s`."""
    return " " * (cells(human_seconds(755)) - cells(time)) + time


def is_plain(outcome: Outcome) -> bool:
    """Return whether a workflow needs no look: it passed without a remark, or is not selected."""
    tone = verdict_badge(outcome).tone
    return outcome.left_out_by is not None or tone in {Tone.GOOD, Tone.UNCHECKED}


def failing_first(workflows: Iterable[WorkflowReport]) -> list[WorkflowReport]:
    def rank(workflow: WorkflowReport) -> tuple[bool, bool, bool]:
        outcome = workflow.outcome
        is_first = outcome.verdict not in _LAST_OF_RED
        if outcome.green:
            is_first = verdict_badge(outcome).tone is Tone.WARN
        return outcome.green, not workflow.required, not is_first

    return sorted(workflows, key=rank)


def selectors(outcomes: Iterable[Outcome | None]) -> str:
    """Return what leaves workflows out: `only and changed files`; empty if nothing does."""
    found = {one.left_out_by for one in outcomes if one}
    return _(" and ").join(_(one) for one in Selector if one in found)


def tests(report: JobReport) -> list[Finding]:
    return [one for workflow in report.workflows for one in workflow.findings if one.is_test]


def short_names(workflows: Iterable[WorkflowReport]) -> str:
    return listed([*map(short_title, workflows)])


def short_title(workflow: WorkflowReport) -> str:
    """Return the name of a workflow, not too long for a list; without one, its run's id."""
    name = title(workflow)
    return brief(workflow.execution_id or name if name == UNNAMED else name, _MAX_NAME)


def problems(report: JobReport) -> list[str]:
    """Return the configuration's problems with their places; a single one is the message."""
    return [*map(str, report.problems)] if len(report.problems) > 1 else []


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
    words = [fill("{count} {word}", count=count, word=word) for word, count in ordered]
    return and_others(words, most=8)


def and_others(words: Sequence[str], *, most: int) -> str:
    shown = commas(words[:most])
    return fill("{statuses} and others", statuses=shown) if len(words) > most else shown


def left_out(blocks: Sequence[Block], kept: Iterable[int]) -> tuple[int, str]:
    """Return how many blocks are not in the kept places, and a description with their statuses."""
    shown = set(kept)
    others = [block for at, block in enumerate(blocks) if at not in shown]
    return len(others), fill("blocks ({statuses})", statuses=block_tally(others))


def failed_blocks(workflow: WorkflowReport) -> dict[str, Block]:
    """Return the blocks that failed or have an error, by their keys."""
    return {one.key: one for one in workflow.blocks if one.has_failed}


def unmet(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.judgement is Judgement.UNMET]


def excused(findings: Sequence[Finding]) -> dict[Judgement, list[Finding]]:
    """Return the tests that failed and do not count, by judgement."""
    kinds = [kind for kind in Judgement if kind.row.excused]
    return {kind: [one for one in findings if one.judgement is kind] for kind in kinds}


def check_tally(findings: Iterable[Finding]) -> str:
    counts = Counter(one.judgement for one in findings)
    return commas(
        fill("{count} {word}", count=counts[kind], word=_(kind.row.word))
        for kind in Judgement
        if counts[kind]
    )


def check_result(finding: Finding) -> str:
    """Return in one line what was expected, unless the name has it, and what was found."""
    each = (finding.expected, finding.found, finding.message)
    expected, found, message = (clean_line(text, limit=_MAX_CHECK_TEXT) for text in each)
    text = result_text(finding, message)
    return fill(text, expected=expected, found=found, message=message)


def result_text(finding: Finding, message: str = "") -> str:
    """Return the template of that line; with a message it has `message` for `found`."""
    if finding.judgement.row.excused:
        return N_("{expected}: failed: {message}") if message else N_("{expected}: {found}")
    if finding.subject:
        return N_("found {found}")
    if message:
        return N_("expected {expected}, found failed: {message}")
    return N_("expected {expected}, found {found}")


def fits(text: str, limit: int = _MAX_CHECK_TEXT) -> bool:
    """Return whether one line of at most `limit` characters can show the full text."""
    return len(text) <= limit and "\n" not in text.strip()
