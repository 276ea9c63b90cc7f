"""The JUnit file. The job's exit code is 0 exactly if no case is a failure or an error."""

from collections import Counter
from xml.etree import ElementTree as ET

import junit_xml

from genesis_ci.errors import GenesisCiError
from genesis_ci.language import fill
from genesis_ci.models.judgement import Result
from genesis_ci.models.report import JobReport
from genesis_ci.reporters.cases import MAX_CASES, MAX_TEXT, Case, Suite, make_suites
from genesis_ci.reporters.truncate import MAX_FILE_BYTES, Limits, fitted, rows_each, text_lengths


def render(report: JobReport, *, limit: int = MAX_FILE_BYTES, cases: int = MAX_CASES) -> str:
    """Return the XML text, its counts checked by parsing it."""

    def rendered(limits: Limits) -> str:
        suites = make_suites(report, limits)
        document = _document(suites, report)
        verify(document, suites, green=report.outcome.green)
        return document

    most = Limits(rows=rows_each(report, total=cases), characters=MAX_TEXT)
    return fitted(rendered, limit=limit, most=most, lengths=text_lengths(report, most))


def _document(suites: tuple[Suite, ...], report: JobReport) -> str:
    root = ET.Element("testsuites")
    root.extend(_suite(suite) for suite in suites)
    for count in ("errors", "failures", "tests"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    root.set("time", _time(report.seconds))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def verify(document: str, suites: tuple[Suite, ...], *, green: bool) -> None:
    """Read the document as others do; raise if its counts contradict suites or exit code."""
    root = ET.fromstring(document)  # noqa: S314 - genesis-ci wrote it, foreign text is escaped
    read = [
        (suite.get("name"), Counter(_result(case) for case in suite.iter("testcase")))
        for suite in root.iter("testsuite")
    ]
    meant = [(suite.name, Counter(case.result for case in suite.cases)) for suite in suites]
    if read != meant:
        raise GenesisCiError("The JUnit file does not hold the cases that were meant for it.")
    if any(suite.red for suite in suites) is green:
        raise GenesisCiError("The JUnit file contradicts the exit code.")


def _result(case: ET.Element) -> Result:
    for result in (Result.FAILURE, Result.ERROR, Result.SKIPPED):
        element = case.find(result)
        if element is not None and (element.text or "").strip():
            return result
    return Result.PASSED


def _suite(suite: Suite) -> ET.Element:
    """Return a suite's element, with corrections of what junit-xml writes.

    It leaves out a time of 0, writes others with the digits of a float, sums the times of workflow
    and blocks, adds an attribute that Jenkins's schema does not know, writes the suite's output
    before its cases, where that schema has it after them, and has no reruns.
    """
    cases = [*map(_case, suite.cases)]
    written = junit_xml.TestSuite(suite.name, cases, properties=dict(suite.properties))
    root: ET.Element = written.build_xml_doc("utf-8")
    root.set("time", _time(suite.seconds))
    del root.attrib["disabled"]
    for case, element in zip(suite.cases, root.iter("testcase"), strict=True):
        element.set("time", _time(case.seconds))
        # Surefire's form of reruns: no reader counts them as failures.
        name = "rerunFailure" if case.result.red else "flakyFailure"
        for attempt, kind, reason in case.reruns:
            line = fill("Attempt {number}: {text}", number=attempt, text=reason.line)
            shown = reason._replace(line=line)
            rerun = ET.SubElement(element, name, type=kind, message=shown.message)
            ET.SubElement(rerun, "stackTrace").text = shown.text
    if suite.output:
        ET.SubElement(root, "system-out").text = suite.output
    return root


def _case(case: Case) -> junit_xml.TestCase:
    made = junit_xml.TestCase(case.name, case.suite, stdout=case.output)
    texts = {"type": case.kind, "message": case.reason.message, "output": case.reason.text}
    lists = {Result.FAILURE: made.failures, Result.ERROR: made.errors, Result.SKIPPED: made.skipped}
    if case.result in lists:
        lists[case.result].append(texts)
    return made


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
