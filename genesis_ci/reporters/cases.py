"""Which test case says what: the mapping of a `RunReport` to suites and cases, free of any XML.

The invariant: the job's exit code is 0 exactly when no case is a failure or an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from genesis_ci.domain import Block, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.reporters import wording
from genesis_ci.reporters.markup import plain
from genesis_ci.reporters.names import Names

MAX_CASES = 10_000
"""Cases in one file; what does not fit is counted in a case of its own."""


class Result(StrEnum):
    """The result of a test case; the values of all but the first are JUnit's element names."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def red(self) -> bool:
        """True for a result that makes a consumer call the file failed."""
        return self in (Result.FAILURE, Result.ERROR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One test case. `kind` is the verdict or status; `text` is empty only when it passed."""

    name: str
    result: Result
    kind: str
    seconds: float = 0.0
    text: str = ""
    output: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """The cases of one workflow; the name is unique in the file, case names are in the suite."""

    name: str
    seconds: float
    cases: tuple[Case, ...]


def suites_of(report: RunReport, *, text_limit: int) -> tuple[Suite, ...]:
    """Return one suite per workflow, and `genesis-ci` for what no workflow tells."""
    names = Names()
    share = max(50, MAX_CASES // max(1, len(report.workflows)))
    suites = [
        Suite(
            name=names.unique(wording.title(workflow)),
            seconds=workflow.seconds,
            cases=tuple(_cases(workflow, text_limit, share)),
        )
        for workflow in report.workflows
    ]
    told = any(case.result.red for suite in suites for case in suite.cases)
    if not suites or report.problems or (not report.outcome.green and not told):
        suites.append(
            Suite(
                name=names.unique("genesis-ci"),
                seconds=report.seconds,
                cases=(_job_case(report, text_limit),),
            )
        )
    return tuple(suites)


def _cases(workflow: WorkflowReport, text_limit: int, share: int) -> Iterator[Case]:
    names = Names()
    yield _workflow_case(workflow, names.unique("(workflow)"), text_limit)
    blocks = workflow.execution.blocks if workflow.execution else ()
    ranked = sorted(
        range(len(blocks)), key=lambda index: not _block_result(blocks[index], workflow).red
    )
    for index in sorted(ranked[:share]):
        yield _block_case(workflow, blocks[index], names.unique(blocks[index].key), text_limit)
    if dropped := ranked[share:]:
        yield Case(
            name=names.unique("(more blocks)"),
            result=Result.SKIPPED,
            kind="more",
            text=f"{len(dropped)} more blocks are not listed here: "
            f"{wording.tally(blocks[index] for index in dropped)}. result.json has them all.",
        )


def _job_case(report: RunReport, text_limit: int) -> Case:
    outcome = report.outcome
    lines = [outcome.message, *(f"- {problem}" for problem in report.problems)]
    if outcome.hint:
        lines += ["", f"What to do: {outcome.hint}"]
    return Case(
        name="(job)",
        result=Result.SKIPPED if outcome.green else Result.ERROR,
        kind=outcome.verdict,
        seconds=report.seconds,
        text=_filled("\n".join(lines), text_limit, outcome.verdict),
    )


def _workflow_case(workflow: WorkflowReport, name: str, text_limit: int) -> Case:
    result = _workflow_result(workflow)
    told = "" if result is Result.PASSED else _workflow_text(workflow)
    return Case(
        name=name,
        result=result,
        kind=workflow.outcome.verdict,
        seconds=workflow.seconds,
        text=told and _filled(told, text_limit, workflow.outcome.verdict),
        output=plain("\n".join(_facts(workflow)), limit=text_limit),
    )


def _workflow_result(workflow: WorkflowReport) -> Result:
    outcome = workflow.outcome
    if not workflow.required or outcome.verdict is Verdict.NOT_RUN:
        return Result.SKIPPED
    if outcome.green:
        passed = outcome.verdict is Verdict.PASSED and not outcome.lenient
        return Result.PASSED if passed else Result.SKIPPED
    return Result.FAILURE if outcome.verdict is Verdict.FAILED else Result.ERROR


def _workflow_text(workflow: WorkflowReport) -> str:
    outcome = workflow.outcome
    lines = [] if workflow.required else [wording.NOT_REQUIRED]
    lines.append(f"{wording.verdict_word(outcome)}: {outcome.message}")
    if outcome.hint:
        lines.append(f"What to do: {outcome.hint}")
    return "\n".join(lines)


def _facts(workflow: WorkflowReport) -> Iterator[str]:
    yield f"verdict: {workflow.outcome.verdict} (exit code {workflow.outcome.exit_code})"
    if workflow.execution_id:
        yield f"execution: {workflow.execution_id}"
    if workflow.status_word:
        yield f"Genesis status: {workflow.status_word}"
    if done := wording.progress(workflow.execution):
        yield f"blocks: {done}"
    if command := wording.attach_command(workflow):
        yield f"attach: {command}"
    yield from (f"variable {key}: {value}" for key, value in workflow.variables.items())
    yield from (f"note: {note}" for note in workflow.notes)


def _block_case(workflow: WorkflowReport, block: Block, name: str, text_limit: int) -> Case:
    result = _block_result(block, workflow)
    told = "" if result is Result.PASSED else _block_words(workflow, block)
    return Case(
        name=name,
        result=result,
        kind=block.status or "unknown",
        seconds=block.seconds or 0.0,
        text=told and _filled(told, text_limit, wording.status_word(block)),
        output=plain((block.output or "").strip("\n"), limit=text_limit),
    )


def _block_result(block: Block, workflow: WorkflowReport) -> Result:
    if not workflow.required:
        return Result.SKIPPED
    if block.status is Status.COMPLETED:
        return Result.PASSED
    if workflow.outcome.green:
        return Result.SKIPPED
    match block.status:
        case Status.FAILED:
            return Result.FAILURE
        case Status.RUNNING | Status.CANCELLED | Status.REVIEW_PENDING | None:
            return Result.ERROR
        case Status.PENDING | Status.SKIPPED:
            return Result.SKIPPED
        case _:
            assert_never(block.status)


def _block_words(workflow: WorkflowReport, block: Block) -> str:
    own = wording.block_text(block)
    lines = [] if workflow.required else [wording.NOT_REQUIRED]
    if block.status is Status.FAILED and workflow.required and workflow.outcome.green:
        lines.append("The block failed, but the workflow's verdict lets the job go on.")
    lines.append(own or f"Genesis says of this block: {wording.status_word(block)}.")
    return "\n".join(lines)


def _filled(text: str, limit: int, fallback: str) -> str:
    """Clean text that is never blank: JUnit's writers drop an empty failure."""
    cleaned = plain(text, limit=limit)
    return cleaned if cleaned.strip() else fallback
