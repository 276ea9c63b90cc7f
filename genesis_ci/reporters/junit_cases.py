"""What the JUnit file says: a suite for each workflow, a case for each block and each check."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from genesis_ci.models import Block, OnState, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.reporters import attempts, findings, labels
from genesis_ci.reporters.labels import Names
from genesis_ci.reporters.truncate import Room, cut, left_out


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
    """One test case. `kind` is the verdict or status; `text` is empty only when it passed.

    `classname` is the suite's name, and behind it the suite that an inner test tells of itself.
    `reruns` are what earlier attempts said of the same, each with its kind.
    """

    name: str
    classname: str
    result: Result
    kind: str
    seconds: float = 0.0
    text: str = ""
    output: str = ""
    reruns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """The cases of one workflow; the name is unique in the file, case names are in the suite.

    `output` is what is known of the run as a whole, `properties` what a program may ask of it.
    """

    name: str
    seconds: float
    cases: tuple[Case, ...]
    output: str = ""
    properties: tuple[tuple[str, str], ...] = ()


def suites_of(report: RunReport, room: Room) -> tuple[Suite, ...]:
    """Return one suite per workflow, and `genesis-ci` for what no workflow tells."""
    names = Names()
    notices = labels.notices(report)[: room.rows]
    suites = []
    taken: defaultdict[str, Names] = defaultdict(Names)
    for workflow in report.workflows:
        name = names.unique(labels.title(workflow))
        suites.append(
            Suite(
                name=name,
                seconds=workflow.seconds,
                cases=tuple(_cases(workflow, room, name, taken)),
                output="\n".join(
                    cut(fact, room.characters) for fact in (*_facts(workflow), *notices)
                ),
                properties=tuple(_properties(workflow)),
            )
        )
    told = any(case.result.red for suite in suites for case in suite.cases)
    if not suites or report.problems or (not report.outcome.green and not told):
        name = names.unique("genesis-ci")
        suites.append(Suite(name=name, seconds=report.seconds, cases=(_job_case(report, name),)))
    return tuple(suites)


def _cases(
    workflow: WorkflowReport, room: Room, suite: str, taken: defaultdict[str, Names]
) -> Iterator[Case]:
    """The blocks and what the checks found; first the workflow where none carries its verdict.

    `taken` are the names by classname: GitLab and others know a test by both.
    """
    names = taken[suite]
    own_name = names.unique("(workflow)")
    blocks = workflow.execution.blocks if workflow.execution else ()
    kept = labels.most_telling(blocks, room.rows)
    found = findings.most_telling(workflow.findings, room.rows)
    carrying = [at for at in kept if _carries(blocks[at], workflow)]
    if not carrying and not findings.unmet(found):
        yield _workflow_case(workflow, own_name, suite)
    yield from _untold_attempts(workflow, [blocks[at].key for at in kept], found, suite, names)
    for at in kept:
        name = names.unique(blocks[at].key)
        case = _block_case(workflow, blocks[at], name, suite, room, at in carrying[:1])
        yield replace(case, reruns=tuple(_failures_before(workflow, blocks[at].key, room)))
    shown = set(kept)
    rest = [block for at, block in enumerate(blocks) if at not in shown]
    for words in left_out(len(rest), f"blocks ({labels.tally(rest)})"):
        yield _aside(names.unique("(more blocks)"), suite, "more", words)
    if workflow.execution and (count := labels.not_started(workflow.execution)):
        text = f"{count} of {workflow.execution.block_count} blocks have not started."
        name = names.unique(f"({labels.NOT_STARTED})")
        yield _aside(name, suite, labels.NOT_STARTED, text)
    yield from _finding_cases(workflow, found, room, suite, taken, remedy=not carrying)


def _failures_before(workflow: WorkflowReport, key: str, room: Room) -> Iterator[tuple[str, str]]:
    """What a block said where it failed in earlier attempts."""
    for number, attempt in enumerate(workflow.earlier, start=1):
        if block := attempts.failed_blocks(attempt).get(key):
            words = labels.block_text(block) or labels.status_word(block)
            yield "failed", f"Attempt {number}: {cut(words, room.characters)}"


def _unmet_before(workflow: WorkflowReport, name: str, room: Room) -> Iterator[tuple[str, str]]:
    """What a check found where it said no in earlier attempts."""
    for number, attempt in enumerate(workflow.earlier, start=1):
        if finding := attempts.unmet_findings(attempt).get(name):
            yield "unmet", f"Attempt {number}: {_finding_text(finding, attempt, room)}"


def _untold_attempts(
    workflow: WorkflowReport, keys: list[str], found: list[Finding], suite: str, names: Names
) -> Iterator[Case]:
    """A case for each earlier attempt of which no block or check of the last one tells."""
    told = {*keys, *map(findings.full_name, found)}
    for number, attempt in enumerate(workflow.earlier, start=1):
        if not told & {*attempts.failed_blocks(attempt), *attempts.unmet_findings(attempt)}:
            verdict = attempt.outcome.verdict
            text = f"{verdict}, run again: {attempt.outcome.message}"
            yield _aside(names.unique(f"(attempt {number})"), suite, verdict, text)


def _properties(workflow: WorkflowReport) -> Iterator[tuple[str, str]]:
    if workflow.earlier:
        yield "attempts", str(len(attempts.all_of(workflow)))
        yield "flaky", str(workflow.outcome.flaky).lower()
    if workflow.kept:
        yield "kept", "true"


def _aside(name: str, suite: str, kind: str, text: str) -> Case:
    return Case(name=name, classname=suite, result=Result.SKIPPED, kind=kind, text=text)


def _finding_cases(
    workflow: WorkflowReport,
    found: list[Finding],
    room: Room,
    suite: str,
    taken: defaultdict[str, Names],
    *,
    remedy: bool,
) -> Iterator[Case]:
    """A case for each; the first that is unmet tells the remedy, where no block does."""
    first = next(iter(findings.unmet(found)), None) if remedy else None
    for finding in found:
        classname = f"{suite} › {finding.suite}" if finding.suite else suite
        result = _finding_result(finding, workflow)
        text = _finding_text(finding, workflow, room)
        if finding is first and workflow.outcome.hint:
            text += f"\n\n{labels.WHAT_TO_DO} {workflow.outcome.hint}{_link(workflow)}"
        yield Case(
            name=taken[classname].unique(finding.name),
            classname=classname,
            result=result,
            kind=finding.judgement,
            seconds=finding.seconds or 0.0,
            text="" if result is Result.PASSED else text,
            reruns=tuple(_unmet_before(workflow, findings.full_name(finding), room)),
        )
    rest = len(workflow.findings) - len(found)
    for words in left_out(rest, "checks"):
        yield _aside(taken[suite].unique("(more checks)"), suite, "more", words)


def _finding_result(finding: Finding, workflow: WorkflowReport) -> Result:
    match finding.judgement:
        case Judgement.MET:
            return Result.PASSED
        case Judgement.SKIPPED:
            return Result.SKIPPED
        case Judgement.UNMET:
            return Result.FAILURE if workflow.required else Result.SKIPPED
        case _:
            assert_never(finding.judgement)


def _finding_text(finding: Finding, workflow: WorkflowReport, room: Room) -> str:
    if finding.judgement is Judgement.SKIPPED:
        return _filled(cut(finding.found, room.characters), finding.judgement)
    tolerated = "" if workflow.required else f"{finding.judgement}, not required: "
    lines = [f"{tolerated}{findings.in_short(finding)}", finding.where]
    for title, text in (("Expected", finding.expected), ("Found", finding.found)):
        if not findings.fits(text):
            lines += ["", f"{title}:", cut(text, room.characters)]
    return "\n".join(lines)


def _carries(block: Block, workflow: WorkflowReport) -> bool:
    """Whether the block's case says what the workflow's would, so that nothing counts twice."""
    match workflow.outcome.verdict:
        case Verdict.PASSED:
            if workflow.outcome.lenient:
                return _is_let_pass(block, workflow)
            return block.status is Status.COMPLETED
        case Verdict.UNMET:
            return block.status is Status.FAILED and not _is_let_pass(block, workflow)
        case Verdict.FAILED:
            return block.status is Status.FAILED
        case Verdict.REVIEW_PENDING:
            return block.status is Status.REVIEW_PENDING
        case _:
            return False


def _is_let_pass(block: Block, workflow: WorkflowReport) -> bool:
    """Whether the policy lets a failed block of a completed run pass."""
    completed = workflow.execution and workflow.execution.status is Status.COMPLETED
    passes = workflow.on_failed_block is OnState.PASS
    return block.status is Status.FAILED and bool(completed) and passes


def _job_case(report: RunReport, suite: str) -> Case:
    outcome = report.outcome
    lines = [outcome.message, *(f"- {problem}" for problem in labels.problems(report))]
    lines += labels.notices(report)
    if outcome.hint:
        lines += ["", f"{labels.WHAT_TO_DO} {outcome.hint}"]
    return Case(
        name="(job)",
        classname=suite,
        result=Result.SKIPPED if outcome.green else Result.ERROR,
        kind=outcome.verdict,
        seconds=report.seconds,
        text=_filled("\n".join(lines), outcome.verdict),
    )


def _workflow_case(workflow: WorkflowReport, name: str, suite: str) -> Case:
    outcome = workflow.outcome
    result = _workflow_result(workflow)
    said = workflow.status_word if outcome.lenient and workflow.status_word else outcome.verdict
    text = f"{said}{_why_tolerated(workflow)}: {outcome.message}"
    if outcome.hint:
        text += f"\n{labels.WHAT_TO_DO} {outcome.hint}"
    text += _link(workflow)
    return Case(
        name=name,
        classname=suite,
        result=result,
        kind=outcome.verdict,
        seconds=workflow.seconds,
        text="" if result is Result.PASSED else text,
    )


def _link(workflow: WorkflowReport) -> str:
    return f"\n{labels.OPEN_RUN}: {workflow.run_url}" if workflow.run_url else ""


def _workflow_result(workflow: WorkflowReport) -> Result:
    outcome = workflow.outcome
    if outcome.verdict is Verdict.PASSED and not outcome.lenient:
        return Result.PASSED
    if outcome.green or not workflow.required:
        return Result.SKIPPED
    is_of_a_test = outcome.verdict in {Verdict.FAILED, Verdict.UNMET}
    return Result.FAILURE if is_of_a_test else Result.ERROR


def _why_tolerated(workflow: WorkflowReport) -> str:
    if not workflow.required:
        return ", not required"
    return ", passed by policy" if workflow.outcome.lenient else ""


def _facts(workflow: WorkflowReport) -> Iterator[str]:
    outcome = workflow.outcome
    yield f"verdict: {outcome.verdict} (exit code {outcome.exit_code}). {outcome.message}"
    if workflow.execution_id:
        yield f"execution: {workflow.execution_id}"
    if workflow.run_url:
        yield f"run: {workflow.run_url}"
    if workflow.readiness:
        yield f"waited for {labels.readiness(workflow.readiness)}"
    if workflow.status_word:
        yield f"Genesis status: {workflow.status_word}"
    if done := labels.progress(workflow.execution):
        yield f"blocks: {done}"
    for number, attempt in enumerate(workflow.earlier, start=1):
        verdict = attempt.outcome.verdict
        yield f"attempt {number}: {verdict}, execution {attempt.execution_id or 'unknown'}"
    yield from (f"variable {key}: {value}" for key, value in workflow.variables.items())
    yield from (f"note: {note}" for note in workflow.notes)


def _block_case(
    workflow: WorkflowReport, block: Block, name: str, suite: str, room: Room, tells_remedy: bool
) -> Case:
    """One block as a case; its output is not repeated where it is the failure's text already."""
    result = _block_result(block, workflow)
    output = (block.output or "").strip("\n")
    own = labels.block_text(block)
    text = ""
    if result is not Result.PASSED:
        words = own or f"Genesis says of this block: {labels.status_word(block)}."
        text = f"{_tolerated(block, workflow)}{cut(words, room.characters)}"
        if tells_remedy and workflow.outcome.hint:
            text += f"\n\n{labels.WHAT_TO_DO} {workflow.outcome.hint}{_link(workflow)}"
    return Case(
        name=name,
        classname=suite,
        result=result,
        kind=block.status or "unknown",
        seconds=block.seconds or 0.0,
        text=text,
        output="" if text and own == block.output else cut(output, room.characters),
    )


def _tolerated(block: Block, workflow: WorkflowReport) -> str:
    """How the text begins of what would be red, were the workflow required or not let pass."""
    if block.status is not Status.FAILED and not _carries(block, workflow):
        return ""
    if not workflow.required:
        return f"{block.status_word}, not required: "
    passes = workflow.outcome.green or _is_let_pass(block, workflow)
    return f"{block.status_word}, passed by policy: " if passes else ""


def _block_result(block: Block, workflow: WorkflowReport) -> Result:
    if block.status is Status.COMPLETED:
        return Result.PASSED
    if workflow.outcome.green or not workflow.required or _is_let_pass(block, workflow):
        return Result.SKIPPED
    if block.status is Status.FAILED:
        return Result.FAILURE
    return Result.ERROR if _carries(block, workflow) else Result.SKIPPED


def _filled(text: str, fallback: str) -> str:
    """Text that is never blank: JUnit's writers drop an empty failure."""
    return text if text.strip() else fallback
