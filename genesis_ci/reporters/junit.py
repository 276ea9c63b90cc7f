"""The JUnit file, for GitLab's Tests tab, Jenkins and the test-reporter actions.

The invariant: the job's exit code is 0 exactly when no case is a failure or an error."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from xml.etree import ElementTree as ET

import junit_xml

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import Block, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import plain, plain_line
from genesis_ci.reporters.labels import Names
from genesis_ci.reporters.truncate import text_limit

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
            name=names.unique(labels.title(workflow)),
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
            f"{labels.tally(blocks[index] for index in dropped)}. result.json has them all.",
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
    lines = [] if workflow.required else [labels.NOT_REQUIRED]
    lines.append(f"{labels.verdict_word(outcome)}: {outcome.message}")
    if outcome.hint:
        lines.append(f"What to do: {outcome.hint}")
    return "\n".join(lines)


def _facts(workflow: WorkflowReport) -> Iterator[str]:
    yield f"verdict: {workflow.outcome.verdict} (exit code {workflow.outcome.exit_code})"
    if workflow.execution_id:
        yield f"execution: {workflow.execution_id}"
    if workflow.status_word:
        yield f"Genesis status: {workflow.status_word}"
    if done := labels.progress(workflow.execution):
        yield f"blocks: {done}"
    if command := labels.attach_command(workflow):
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
        text=told and _filled(told, text_limit, labels.status_word(block)),
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
    own = labels.block_text(block)
    lines = [] if workflow.required else [labels.NOT_REQUIRED]
    if block.status is Status.FAILED and workflow.required and workflow.outcome.green:
        lines.append("The block failed, but the workflow's verdict lets the job go on.")
    lines.append(own or f"Genesis says of this block: {labels.status_word(block)}.")
    return "\n".join(lines)


def _filled(text: str, limit: int, fallback: str) -> str:
    """Clean text that is never blank: JUnit's writers drop an empty failure."""
    cleaned = plain(text, limit=limit)
    return cleaned if cleaned.strip() else fallback


MAX_BYTES = 20_000_000
"""GitLab refuses a file of more than 30 MB."""

_TEXT_TOTAL = 8_000_000
_TEXT_MOST = 65_536
_TEXT_LEAST = 200
_MESSAGE_LIMIT = 250


def render(report: RunReport) -> str:
    """Return the XML text, its counts checked by parsing it.

    Raises:
        GenesisCiError: the text does not say what the report says, which is a bug of ours.
    """
    limit = text_limit(report, total=_TEXT_TOTAL, most=_TEXT_MOST, least=_TEXT_LEAST)
    while True:
        suites = suites_of(report, text_limit=limit)
        document = _document(suites, report.seconds)
        if len(document.encode()) <= MAX_BYTES or limit <= _TEXT_LEAST:
            break
        limit = max(_TEXT_LEAST, limit // 4)
    check(document, suites, green=report.outcome.green)
    return document


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
    message = plain_line(case.text.strip().partition("\n")[0], limit=_MESSAGE_LIMIT)
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
    and its blocks' times, and adds an attribute that Jenkins's schema does not know.
    """
    root.set("time", _time(seconds))
    root.attrib.pop("disabled", None)
    for suite, element in zip(suites, root, strict=True):
        element.set("time", _time(suite.seconds))
        element.attrib.pop("disabled", None)
        for case, test in zip(suite.cases, element, strict=True):
            test.set("time", _time(case.seconds))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _parse(document: str) -> ET.Element:
    """Parse a document of our own; what foreign text could have put in it is not markup."""
    return ET.fromstring(document)  # noqa: S314
