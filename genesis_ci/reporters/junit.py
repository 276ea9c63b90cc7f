"""The JUnit file, for GitLab's Tests tab, Jenkins and the test-reporter actions.

The invariant: the job's exit code is 0 exactly when no case is a failure or an error."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree as ET

import junit_xml

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import Block, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.labels import Names
from genesis_ci.reporters.truncate import (
    MAX_FILE_BYTES,
    Room,
    cut,
    fitted,
    left_out,
    lengths_of,
    rows_each,
)

MAX_CASES = 10_000
"""Cases in one file; what does not fit is counted in a case of its own."""
MAX_TEXT = 65_536
MAX_MESSAGE = 200


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
    """The cases of one workflow; the name is unique in the file, case names are in the suite.

    `output` is what is known of the run as a whole.
    """

    name: str
    seconds: float
    cases: tuple[Case, ...]
    output: str = ""


def suites_of(report: RunReport, room: Room) -> tuple[Suite, ...]:
    """Return one suite per workflow, and `genesis-ci` for what no workflow tells."""
    names = Names()
    notices = labels.notices(report)[: room.rows]
    suites = [
        Suite(
            name=names.unique(labels.title(workflow)),
            seconds=workflow.seconds,
            cases=tuple(_cases(workflow, room)),
            output="\n".join(cut(fact, room.characters) for fact in (*_facts(workflow), *notices)),
        )
        for workflow in report.workflows
    ]
    told = any(case.result.red for suite in suites for case in suite.cases)
    if not suites or report.problems or (not report.outcome.green and not told):
        suites.append(
            Suite(
                name=names.unique("genesis-ci"), seconds=report.seconds, cases=(_job_case(report),)
            )
        )
    return tuple(suites)


def _cases(workflow: WorkflowReport, room: Room) -> Iterator[Case]:
    """The blocks, and before them the workflow itself where no block carries its verdict."""
    names = Names()
    own_name = names.unique("(workflow)")
    blocks = workflow.execution.blocks if workflow.execution else ()
    kept = labels.most_telling(blocks, room.rows)
    carrying = [at for at in kept if _carries(blocks[at], workflow)]
    if not carrying:
        yield _workflow_case(workflow, own_name)
    for at in kept:
        remedy = workflow.outcome.hint if at in carrying[:1] else None
        yield _block_case(workflow, blocks[at], names.unique(blocks[at].key), room, remedy)
    shown = set(kept)
    rest = [block for at, block in enumerate(blocks) if at not in shown]
    for words in left_out(len(rest), f"blocks ({labels.tally(rest)})"):
        name = names.unique("(more blocks)")
        yield Case(name=name, result=Result.SKIPPED, kind="more", text=words)
    if workflow.execution and (count := labels.not_started(workflow.execution)):
        text = f"{count} of {workflow.execution.block_count} blocks have not started."
        name = names.unique(f"({labels.NOT_STARTED})")
        yield Case(name=name, result=Result.SKIPPED, kind=labels.NOT_STARTED, text=text)


def _carries(block: Block, workflow: WorkflowReport) -> bool:
    """Whether the block's case says what the workflow's would, so that nothing counts twice."""
    match workflow.outcome.verdict:
        case Verdict.PASSED:
            return block.status is Status.COMPLETED and not workflow.outcome.lenient
        case Verdict.FAILED:
            return block.status is Status.FAILED
        case Verdict.REVIEW_PENDING:
            return block.status is Status.REVIEW_PENDING
        case _:
            return False


def _job_case(report: RunReport) -> Case:
    outcome = report.outcome
    lines = [outcome.message, *(f"- {problem}" for problem in labels.problems(report))]
    lines += labels.notices(report)
    if outcome.hint:
        lines += ["", f"{labels.WHAT_TO_DO} {outcome.hint}"]
    return Case(
        name="(job)",
        result=Result.SKIPPED if outcome.green else Result.ERROR,
        kind=outcome.verdict,
        seconds=report.seconds,
        text=_filled("\n".join(lines), outcome.verdict),
    )


def _workflow_case(workflow: WorkflowReport, name: str) -> Case:
    outcome = workflow.outcome
    result = _workflow_result(workflow)
    said = workflow.status_word if outcome.lenient and workflow.status_word else outcome.verdict
    text = f"{said}{_why_tolerated(workflow)}: {outcome.message}"
    if outcome.hint:
        text += f"\n{labels.WHAT_TO_DO} {outcome.hint}"
    if workflow.run_url:
        text += f"\n{labels.OPEN_RUN}: {workflow.run_url}"
    return Case(
        name=name,
        result=result,
        kind=outcome.verdict,
        seconds=workflow.seconds,
        text="" if result is Result.PASSED else text,
    )


def _workflow_result(workflow: WorkflowReport) -> Result:
    outcome = workflow.outcome
    if outcome.verdict is Verdict.PASSED and not outcome.lenient:
        return Result.PASSED
    if outcome.green or not workflow.required:
        return Result.SKIPPED
    return Result.FAILURE if outcome.verdict is Verdict.FAILED else Result.ERROR


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
    if command := labels.attach_command(workflow):
        yield f"attach: {command}"
    yield from (f"variable {key}: {value}" for key, value in workflow.variables.items())
    yield from (f"note: {note}" for note in workflow.notes)


def _block_case(
    workflow: WorkflowReport, block: Block, name: str, room: Room, remedy: str | None
) -> Case:
    """The output is the failure's text where there is no error, and then not told once more."""
    result = _block_result(block, workflow)
    output = (block.output or "").strip("\n")
    own = labels.block_text(block)
    text = ""
    if result is not Result.PASSED:
        words = own or f"Genesis says of this block: {labels.status_word(block)}."
        text = f"{_tolerated(block, workflow)}{cut(words, room.characters)}"
        if remedy:
            text += f"\n\n{labels.WHAT_TO_DO} {remedy}"
            if workflow.run_url:
                text += f"\n{labels.OPEN_RUN}: {workflow.run_url}"
    return Case(
        name=name,
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
    return f"{block.status_word}, passed by policy: " if workflow.outcome.green else ""


def _block_result(block: Block, workflow: WorkflowReport) -> Result:
    if block.status is Status.COMPLETED:
        return Result.PASSED
    if workflow.outcome.green or not workflow.required:
        return Result.SKIPPED
    if block.status is Status.FAILED:
        return Result.FAILURE
    return Result.ERROR if _carries(block, workflow) else Result.SKIPPED


def _filled(text: str, fallback: str) -> str:
    """Text that is never blank: JUnit's writers drop an empty failure."""
    return text if text.strip() else fallback


def render(report: RunReport) -> str:
    """Return the XML text, its counts checked by parsing it.

    Raises:
        GenesisCiError: the text does not say what the report says, which is a bug of ours.
    """

    def rendered(room: Room) -> str:
        suites = suites_of(report, room)
        document = _document(suites, report.seconds)
        check(document, suites, green=report.outcome.green)
        return document

    most = Room(rows=rows_each(report, total=MAX_CASES), characters=MAX_TEXT)
    return fitted(rendered, limit=MAX_FILE_BYTES, most=most, lengths=lengths_of(report, most.rows))


def check(document: str, suites: tuple[Suite, ...], *, green: bool) -> None:
    """Raise unless a reader of the document counts what was meant, and red is not green.

    Raises:
        GenesisCiError: the counts differ, or failures and errors contradict the exit code.
    """
    read = [(suite.get("name"), _read(suite)) for suite in _parse(document).iter("testsuite")]
    meant = [(suite.name, Counter(case.result for case in suite.cases)) for suite in suites]
    if read != meant:
        raise GenesisCiError("The JUnit file does not hold the cases that were meant for it.")
    red = any(case.result.red for suite in suites for case in suite.cases)
    if red is green:
        raise GenesisCiError("The JUnit file contradicts the exit code.")


def _read(suite: ET.Element) -> Counter[Result]:
    return Counter(_result(case) for case in suite.iter("testcase"))


def _result(case: ET.Element) -> Result:
    for result in (Result.FAILURE, Result.ERROR, Result.SKIPPED):
        element = case.find(result)
        if element is not None and (element.text or "").strip():
            return result
    return Result.PASSED


def _document(suites: tuple[Suite, ...], seconds: float) -> str:
    written = junit_xml.to_xml_report_string(
        [_suite(suite) for suite in suites], prettyprint=False, encoding="utf-8"
    )
    root = _parse(written)
    _correct(root, suites, seconds)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _suite(suite: Suite) -> junit_xml.TestSuite:
    return junit_xml.TestSuite(suite.name, [_case(case, suite.name) for case in suite.cases])


def _case(case: Case, classname: str) -> junit_xml.TestCase:
    test = junit_xml.TestCase(case.name, classname=classname, stdout=case.output)
    message = case.text.strip().partition("\n")[0][:MAX_MESSAGE]
    match case.result:
        case Result.FAILURE:
            test.add_failure_info(message, case.text, failure_type=case.kind)
        case Result.ERROR:
            test.add_error_info(message, case.text, error_type=case.kind)
        case Result.SKIPPED:
            test.add_skipped_info(message, case.text)
        case Result.PASSED:
            pass
    return test


def _correct(root: ET.Element, suites: tuple[Suite, ...], seconds: float) -> None:
    """Set what junit-xml gets wrong.

    It leaves out a time of 0, writes others with the digits of a float, sums the workflow's time
    and its blocks' times, adds an attribute that Jenkins's schema does not know, and would put the
    suite's output before its cases, where that schema has it after them.
    """
    root.set("time", _time(seconds))
    root.attrib.pop("disabled", None)
    for suite, element in zip(suites, root, strict=True):
        element.set("time", _time(suite.seconds))
        element.attrib.pop("disabled", None)
        for case, test in zip(suite.cases, element, strict=True):
            test.set("time", _time(case.seconds))
        if suite.output:
            ET.SubElement(element, "system-out").text = suite.output


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _parse(document: str) -> ET.Element:
    """Parse a document of our own; what foreign text could have put in it is not markup."""
    return ET.fromstring(document)  # noqa: S314
