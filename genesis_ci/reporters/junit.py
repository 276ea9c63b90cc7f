"""The JUnit file, for GitLab's Tests tab, Jenkins and the test-reporter actions."""

from collections import Counter
from xml.etree import ElementTree as ET

import junit_xml

from genesis_ci.domain import RunReport
from genesis_ci.errors import GenesisCiError
from genesis_ci.reporters.budget import text_limit
from genesis_ci.reporters.cases import Case, Result, Suite, suites_of
from genesis_ci.reporters.markup import plain_line

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
