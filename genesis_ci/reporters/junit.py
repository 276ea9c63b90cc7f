"""The JUnit file, for GitLab's Tests tab, Jenkins and the test-reporter actions.

The invariant: the job's exit code is 0 exactly when no case is a failure or an error.
"""

from collections import Counter
from xml.etree import ElementTree as ET

import junit_xml

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import RunReport
from genesis_ci.reporters.junit_cases import Case, Result, Suite, suites_of
from genesis_ci.reporters.truncate import MAX_FILE_BYTES, Room, fitted, lengths_of, rows_each

MAX_CASES = 10_000
"""Cases in one file; what does not fit is counted in a case of its own."""
MAX_TEXT = 65_536
MAX_MESSAGE = 200


def render(report: RunReport, *, limit: int = MAX_FILE_BYTES, cases: int = MAX_CASES) -> str:
    """Return the XML text, its counts checked by parsing it.

    Raises:
        GenesisCiError: the text does not say what the report says, which is a bug of ours.
    """

    def rendered(room: Room) -> str:
        suites = suites_of(report, room)
        document = _document(suites, report.seconds)
        check(document, suites, green=report.outcome.green)
        return document

    most = Room(rows=rows_each(report, total=cases), characters=MAX_TEXT)
    return fitted(rendered, limit=limit, most=most, lengths=lengths_of(report, most))


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
    cases = [_case(case) for case in suite.cases]
    return junit_xml.TestSuite(suite.name, cases, properties=dict(suite.properties))


def _case(case: Case) -> junit_xml.TestCase:
    test = junit_xml.TestCase(case.name, classname=case.classname, stdout=case.output)
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
    suite's output before its cases, where that schema has it after them. It knows no reruns.
    """
    root.set("time", _time(seconds))
    root.attrib.pop("disabled", None)
    for suite, element in zip(suites, root, strict=True):
        element.set("time", _time(suite.seconds))
        element.attrib.pop("disabled", None)
        for case, test in zip(suite.cases, element.findall("testcase"), strict=True):
            test.set("time", _time(case.seconds))
            _add_reruns(case, test)
        if suite.output:
            ET.SubElement(element, "system-out").text = suite.output


def _add_reruns(case: Case, test: ET.Element) -> None:
    """Add what earlier attempts said, in Surefire's form: no reader counts it as a failure."""
    if case.result is Result.SKIPPED:
        return
    name = "rerunFailure" if case.result.red else "flakyFailure"
    for kind, text in case.reruns:
        message = text.strip().partition("\n")[0][:MAX_MESSAGE]
        rerun = ET.SubElement(test, name, type=kind, message=message)
        ET.SubElement(rerun, "stackTrace").text = text


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _parse(document: str) -> ET.Element:
    """Parse a document of our own; what foreign text could have put in it is not markup."""
    return ET.fromstring(document)  # noqa: S314
