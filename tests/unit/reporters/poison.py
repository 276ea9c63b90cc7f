"""Foreign text in each place of a report that can have foreign text."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from genesis_ci.models import (
    Block,
    Execution,
    Outcome,
    Problem,
    RunReport,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.models.checks import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.text import clean, clean_line
from tests.hostile import CORPUS, naming

from .reports import START, after

Put = Callable[[str, str], str]
"""Returns the text of a place, given its name and its usual text."""
LETTERS = [letter for letter in map(chr, range(ord("A"), 0x250)) if letter.isalpha()]

BLOCKS_OF_TEXT = {
    "block_output",
    "block_error",
    "run_error",
    "variable_value",
    "finding_expected",
    "finding_found",
}
"""The other fields are one bounded line after parsing."""


def harmless(text: str, letter: str) -> str:
    """Return a plain text that is also empty, blank or long, of one line or several."""
    if not text.strip():
        return text and " "
    line = letter * (400 if len(text) > 300 else 1)
    return f"{line}\n{letter}" if "\n" in text.strip() else line


def parsed(text: str) -> tuple[str, str]:
    """Return a text as parsers do: as a block of text, and as one line."""
    return clean(text), clean_line(text)


def plainest(text: str, letter: str = "x") -> tuple[str, str]:
    """Return plain texts of the same shape, as a block and as one line."""
    block, line = parsed(text)
    return harmless(block, letter), harmless(line, letter)


def poisoned(text: str, *fields: str) -> RunReport:
    """A red report with `text` in the named places of one workflow, or in all places of two."""
    return report_of(*parsed(text), *fields)


def report_of(block: str, line: str, *fields: str) -> RunReport:
    """Do the same with a text that was parsed."""

    def put(field: str, usual: str) -> str:
        if fields and field not in fields:
            return usual
        return block if field in BLOCKS_OF_TEXT else line

    if fields:
        return _job(put, _workflow(put, statuses=(Status.FAILED, None)))
    return _job(put, _workflow(put), _workflow(put, required=False))


def check_every_string_in_every_place(check: Callable[[RunReport, RunReport], object]) -> None:
    """Check reports that together have each string of the corpus once in each place.

    `check` gets a report and the same one with plain texts. If a report fails, each of its strings
    is tried alone, so that the failure names the string and the place.
    """
    for shifts, made, plain in _all_poisoned():
        try:
            check(made, plain)
        except Exception:
            for shift in shifts:
                for field, kind in _placed(shift).items():
                    alone = poisoned(CORPUS[kind], field)
                    with naming(f"“{kind}” in the place {field}"):
                        check(alone, report_of(*plainest(CORPUS[kind]), field))
            raise


@cache
def _all_poisoned() -> tuple[tuple[tuple[int, ...], RunReport, RunReport], ...]:
    """Return reports and plain ones: with two workflows that share the corpus, or with none."""
    half = -(-len(CORPUS) // 2)
    of_two = [(shift, shift + half) for shift in range(half)]
    of_none = [(shift,) for shift in range(half, len(CORPUS))]
    return tuple(
        (shifts, _at_once(shifts, harmful=True), _at_once(shifts, harmful=False))
        for shifts in (*of_two, *of_none)
    )


def _at_once(shifts: tuple[int, ...], *, harmful: bool) -> RunReport:
    """Use another letter for each plain text: equal texts may be shown once."""

    def put(at: int, field: str) -> str:
        text = CORPUS[_placed(shifts[at])[field]]
        letter = LETTERS[FIELDS.index(field) + at * len(FIELDS)]
        block, line = parsed(text) if harmful else plainest(text, letter)
        return block if field in BLOCKS_OF_TEXT else line

    first, second = (lambda field, _, at=at: put(at, field) for at in range(2))
    if len(shifts) == 1:
        return _job(first)
    return _job(first, _workflow(first), _workflow(second, required=False))


def _placed(shift: int) -> dict[str, str]:
    """Return the kind of string of the corpus in each place."""
    kinds = list(CORPUS)
    return {field: kinds[(at + shift) % len(kinds)] for at, field in enumerate(FIELDS)}


def _outcome(put: Put) -> Outcome:
    return Outcome(
        verdict=Verdict.FAILED,
        exit_code=1,
        message=put("message", "It failed."),
        hint=put("hint", "Do something."),
    )


def _workflow(
    put: Put,
    *,
    required: bool = True,
    statuses: tuple[Status | None, ...] = (Status.COMPLETED, Status.FAILED, None),
) -> WorkflowReport:
    """Return a failed workflow with texts from `put`."""
    blocks = tuple(
        Block(
            key=put("block_key", f"block-{status}"),
            status=status,
            status_word=put("block_status", str(status)),
            started_at=after(1),
            finished_at=after(2),
            output=put("block_output", "an output"),
            error=put("block_error", "an error"),
        )
        for status in statuses
    )
    execution = Execution(
        id="e",
        status=Status.FAILED,
        status_word=put("status_word", "failed"),
        workflow_name=put("genesis_name", "a name"),
        block_count=3,
        completed_blocks=1,
        created_at=START,
        finished_at=after(60),
        cancel_reason=put("cancel_reason", "a reason"),
        error=f"an error\n{put('run_error', 'of two lines')}",
        blocks=blocks,
    )
    findings = tuple(
        Finding(
            name=put("finding_name", "a check"),
            judgement=judgement,
            block="b",
            expected=put("finding_expected", "passed"),
            found=put("finding_found", "failed"),
            where=put("finding_where", "an output"),
            suite=put("finding_suite", "a suite"),
            seconds=1.0,
        )
        for judgement in Judgement
    )
    workflow = WorkflowReport(
        name=put("workflow_name", "a workflow"),
        outcome=_outcome(put),
        workflow_id=put("workflow_id", "w"),
        execution_id=put("execution_id", "e"),
        execution=execution,
        variables={put("variable_name", "key"): put("variable_value", "value")},
        required=required,
        seconds=60.0,
        notes=(put("note", "a note"),),
        run_url=put("run_url", "https://genesis.autify.com/runs/e"),
        readiness=Readiness(
            shown=put("waited_for", "https://p.example.com/"),
            ready=True,
            seen=("503", put("waited_answer", "200")),
        ),
        findings=findings,
    )
    before = replace(workflow, execution=replace(execution, blocks=blocks[:-1]))
    return replace(workflow, earlier=(before,))


def _job(put: Put, *workflows: WorkflowReport) -> RunReport:
    return RunReport(
        outcome=_outcome(put),
        workflows=workflows,
        problems=(Problem(words=put("problem", "a problem")),),
        started_at=START,
        seconds=61.0,
        tool_version=put("tool_version", "1.0.0"),
        api_url=put("api_url", "https://genesis.autify.com"),
        job_url=put("job_url", "https://ci.example/7"),
        change=Change(
            sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
            branch=put("change_branch", "topic"),
            base_branch=put("change_base", "main"),
            request="7",
            actor=put("change_actor", "octocat"),
        ),
    )


def _fields() -> tuple[str, ...]:
    found: dict[str, None] = {}

    def put(field: str, usual: str) -> str:
        found[field] = None
        return usual

    _job(put, _workflow(put))
    return tuple(found)


FIELDS = _fields()
"""The places of a report that can have foreign text."""
