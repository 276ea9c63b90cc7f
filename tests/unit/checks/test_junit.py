"""JUnit XML counts as the tools mean it that write it."""

import pytest

from genesis_ci.checks.junit import MAX_DEPTH, PORTIONS, read
from genesis_ci.checks.reading import NothingToJudgeError

OK = '<testcase name="ok"/>'


def suite(*cases, **counts):
    stated = "".join(f' {name}="{count}"' for name, count in counts.items())
    return f'<testsuites><testsuite name="shop"{stated}>{"".join(cases)}</testsuite></testsuites>'


def case(inner="", **attributes):
    own = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f'<testcase name="t"{own}>{inner}</testcase>'


def listed(*cases, **counts):
    return read(suite(*cases, **counts))[0].tests


def contradiction_of(*cases, **counts):
    return read(suite(*cases, **counts))[0].contradiction


FAILURE = "<failure>no</failure>"
MAY_FAIL = '<skipped message="TEST_CASE tagged with !mayfail"/>'
NO_EXECUTABLE = '<skipped message="Unable to find executable"/>'


NO_NAME = "no name and no class, as pytest lists a test that was interrupted"
TODO = '<error type="TodoTestSucceeded">why</error>'


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        (case(TODO), "passed", ""),
        (case(TODO, status="failed"), "failed", "why"),
        (case(TODO + FAILURE), "failed", "no\nwhy"),
        (case(FAILURE), "failed", "no"),
        (case('<failure message="a">b</failure>'), "failed", "a\nb"),
        (case("<error/>"), "failed", ""),
        (case("<j:Failure>no</j:Failure>"), "failed", "no"),
        (case('<skipped type="todo"/>' + FAILURE), "skipped", ""),
        (case(FAILURE + MAY_FAIL), "skipped", "TEST_CASE tagged with !mayfail"),
        (case('<skipped message="why"/>' + FAILURE), "failed", "no"),
        (case(FAILURE, flaky="true"), "passed", "flaky: no"),
        (case(FAILURE, flaky="false"), "failed", "no"),
        (case(FAILURE, flaky="true", status="failed"), "failed", "no"),
        (case("<flakyFailure>no</flakyFailure>"), "passed", "flaky: no"),
        (case("<flakyError/>"), "passed", "flaky"),
        (case("<rerunError>no</rerunError>"), "failed", "no"),
        (case('<skipped message="no"/>'), "skipped", "no"),
        *((case(status=word), "skipped", "") for word in ("disabled", "NotRun", "xfail", "TODO")),
        (case(status="run", result="suppressed"), "skipped", ""),
        (case(result="Inconclusive"), "skipped", ""),
        (case(NO_EXECUTABLE, status="notrun"), "failed", "Unable to find executable"),
        (case("<skipped/>", status="notrun"), "skipped", ""),
        *(
            (case(f'<skipped message="{text}"/>', status="notrun"), "skipped", text)
            for text in ("SKIP_RETURN_CODE=4", "SKIP_REGULAR_EXPRESSION_MATCHED")
        ),
        *((case(**{name: "FAILED"}), "failed", "") for name in ("Status", "result", "outcome")),
        (case(state="timed_out"), "failed", ""),
        (case("<status> failed </status>"), "failed", ""),
        (case("<failed>no</failed>"), "failed", "no"),
        (case("<skipped/>", status="error"), "failed", ""),
        (case(status="passed", Status="failed"), "failed", ""),
        (case(), "passed", ""),
        (case("<system-out>FAIL</system-out>", status="run", result="completed"), "passed", ""),
        (case(status="WARNING"), "passed", "warning"),
        (case(status="odd"), "odd", ""),
        (case("<skipped/>", result="odd"), "odd", ""),
        (case("<status>odd</status>", outcome="odd", state="7"), "passed", ""),
        ('<testcase time="0.000" />', NO_NAME, ""),
        ('<testcase file="a.py" line="3"><skipped/></testcase>', NO_NAME, ""),
        (f"<testcase>{FAILURE}</testcase>", "failed", "no"),
        ('<testcase xmlns:j="u" j:ClassName="" />', "passed", ""),
    ],
)  # fmt: skip
def test_a_case_counts_as_its_tool_means_it(given, status, message):
    [test] = listed(given)
    assert (test.status, test.message) == (status, message)


@pytest.mark.parametrize(
    ("given", "name", "suite_", "seconds"),
    [
        ('<testcase name="a" time="1.2"/>', "a", "shop", 1.2),
        ('<testcase name="b" classname="shop.Cart" time="soon"/>', "b", "shop.Cart", None),
        ('<testsuite name="cart"><testcase name="c"/></testsuite>', "c", "shop › cart", None),
        ('<group name="x"><testsuite><testcase name="d"/></testsuite></group>', "d", "shop", None),
        ('<testcase name=" " classname="a.Skipped"/>', "a.Skipped", "shop", None),
        ("<testcase/>", "test without a name", "shop", None),
        ('<testcase name="a"><testcase name="in"/></testcase>', "a", "shop", None),
        *(
            (f'<testcase name="a" time="{time}"/>', "a", "shop", float(time) if is_time else None)
            for time, is_time in (("0", 1), ("1e9", 1), ("1e10", 0), ("-1", 0), ("nan", 0))
        ),
    ],
)  # fmt: skip
def test_a_case_has_name_suite_and_time(given, name, suite_, seconds):
    test = listed(given)[0]
    assert (test.name, test.suite, test.seconds) == (name, suite_, seconds)


def test_a_failure_outside_of_a_case_is_a_test_of_its_own():
    tests = listed(OK, '<error message="It crashed.">line 9</error>')
    assert [test[:4] for test in tests[1:]] == [("(error)", "error", "shop", "It crashed.\nline 9")]
    assert [test.status for test in listed("<group>" + case(FAILURE) + "</group>")] == ["failed"]


FLAKY = "<flakyFailure/>"
TWICE = case(FLAKY * 2)


@pytest.mark.parametrize(
    ("cases", "counts"),
    [
        ([OK], {"failures": 1}),
        ([OK], {"Failures": 1}),
        ([OK], {"failures": " 1 ", "errors": -3}),
        ([OK], {"failures": "1" + "0" * 30}),
        ([case(FAILURE)], {"failures": 1, "errors": 1}),
        ([case(FAILURE * 2)], {"failures": 2}),
        ([TWICE], {"failures": 2}),
        ([OK, TWICE], {"failures": 2, "tests": 3}),
        ([suite(OK, failures=1)], {}),
    ],
)
def test_counts_above_the_cases_are_a_contradiction(cases, counts):
    assert "states" in contradiction_of(*cases, **counts)


@pytest.mark.parametrize(
    ("cases", "counts"),
    [
        ([OK], {"failures": 0, "tests": 9}),
        *(([OK], {"failures": count}) for count in ("", "1.5", "-1", "no")),
        ([f'<x failures="1">{OK}</x>'], {}),
        ([case(FAILURE), "<error/>"], {"failures": 1, "errors": 1}),
        ([case(FLAKY)], {"failures": 1}),
        ([OK, TWICE], {"failures": 2, "tests": 4}),
        ([case(FAILURE + "<rerunFailure/>" * 3)], {"failures": 4, "tests": 4}),
        ([case('<skipped type="todo"/>' + FAILURE)], {"failures": 1}),
        ([case(status="Inconclusive"), case(status="Warning")], {"errors": 2}),
        ([suite(case(FAILURE), failures=1) * 2], {"failures": 2}),
    ],
)
def test_counts_that_the_cases_explain_are_none(cases, counts):
    assert contradiction_of(*cases, **counts) == ""


@pytest.mark.parametrize(("failures", "status"), [(0, "passed"), (1, "passed"), (2, "failed")])
def test_a_flaky_case_failed_if_the_counts_say_so(failures, status):
    flaky, failed = listed(case(FAILURE, flaky="true"), case(FAILURE), failures=failures)
    assert (flaky.status, failed.status) == (status, "failed")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("<testsuite/>x", "x"),
        ('<testsuite a=">" />\nx', "\nx"),
        ("é<testsuite></testsuite\n>😀<", "😀<"),
        ("<testsuite>\ud800é\uffff</testsuite>\ud800", "\ud800"),
        ("<testsuite a='&#x1b;é'>&#0;\x1b</testsuite>&#0;", "&#0;"),
        (f"<testsuite>{'é' * 2 * PORTIONS[1]}</testsuite>x", "x"),
        ('<?xml version="1.0" encoding="utf-16"?><testsuite/>', ""),
    ],
)
def test_a_report_ends_with_its_root(text, after):
    assert text[read(text, text.index("<"))[1] :] == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\n<testsuite>\n", "no valid XML: no element found, line 3"),
        ("a\n<testsuite>&b;", "no valid XML: undefined entity, line 2"),
        ('\n<!DOCTYPE a [\n<!ENTITY b "c">]><testsuite/>', "with a DTD, which is not read, line 2"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>', "XML with a DTD"),
        ("a\n<testsuite>&#10;\x1b&#xb;\x85\n&b;", "no valid XML: undefined entity, line 3"),
        ("<testsuite>&#x110000;", "no valid XML: reference to invalid character number, line 1"),
        ("<a>" * (MAX_DEPTH + 1), "XML nested deeper than 100 levels"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_read_is_refused_with_its_line(text, reason):
    with pytest.raises(NothingToJudgeError, match=reason):
        read(text, text.index("<"))


FORBIDDEN = [*range(9), 0xB, 0xC, *range(0xE, 0x20), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("form", ["{0:c}", "&#{0};", "&#x{0:x};", "&#x00{0:X};"])
@pytest.mark.parametrize(
    "given",
    [
        "<failure>a@b</failure>",
        '<failure message="a@b"/>',
        "<failure@>a b</failure@>",
        "<!-- @ --><failure>a@b</failure>",
        "<system-out><![CDATA[<!-- ]]></system-out><failure>a@b</failure>",
    ],
)
def test_characters_that_xml_forbids_count_as_spaces(given, form):
    for code in FORBIDDEN:
        [test] = listed(case(given.replace("@", form.format(code))))
        assert (test.status, test.message.split()) == ("failed", ["a", "b"])


@pytest.mark.parametrize("form", ["{0:c}", "&#{0};"])
@pytest.mark.parametrize("given", ["<!-@- <failure/> -->", "<@failure/>", "<fail@ure/>"])
def test_characters_that_xml_forbids_make_no_other_element(given, form):
    for code in FORBIDDEN:
        with pytest.raises(NothingToJudgeError, match="not well-formed"):
            listed(case(given.replace("@", form.format(code))))


def test_references_may_lie_between_portions():
    reference = "&#x0001b;"
    for before in range(PORTIONS[0] - len(reference), PORTIONS[0]):
        text = f"<testsuite><testcase name='{'a' * before}'><failure>{reference * 3}</failure>"
        [test] = read(f"{text}</testcase></testsuite>")[0].tests
        assert test.message == ""


def test_a_report_may_be_nested_to_the_limit():
    assert read("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)[0].tests == ()
