"""Findings of checks: in order, without secrets and safe to show."""

import json
from datetime import date

import pytest

from genesis_ci.checks.judging import described, judge, judge_task, unmet
from genesis_ci.models.findings import (
    EachReport,
    Expectation,
    KnownFailure,
    ListedTests,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.models.judgement import Judgement
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.text import clean
from tests.builders import a_block
from tests.hostile import each_string

UNMET = Judgement.UNMET
LATE = "not judged: it took over 2 seconds"


def expecting(block="b", operator=Operator.CONTAINS, expected="PASS", **fields) -> Expectation:
    return Expectation(block=block, operator=operator, expected=expected, **fields)


def at_once(tasks):
    return map(judge_task, tasks)


def too_late(tasks):
    return [unmet(task.check, LATE) for task in tasks]


def judge_all(checks, blocks, *, scrub=str, in_child=at_once, **limits):
    return judge(checks, blocks, in_child=in_child, scrub=scrub, **limits)


def judged(checks, *blocks, **options):
    return judge_all(RunChecks(configured=checks), blocks, **options).findings


class Recorded:
    """A scrubber that finds nothing and keeps the texts that it searched."""

    def __init__(self):
        self.searched = []

    def __call__(self, text):
        self.searched.append(text)
        return text


def test_only_slow_checks_are_judged_in_the_other_process():
    handed_over = []

    def in_child(tasks):
        handed_over.extend(task.check for task in tasks)
        return too_late(tasks)

    slow = [expecting(query="a"), expecting(operator=Operator.MATCHES), ListedTests(block="b")]
    checks = [slow[0], expecting(), *slow[1:]]
    found = judged(checks, a_block("b", raw="PASS"), in_child=in_child)
    assert handed_over == slow
    assert [one.found for one in found] == [LATE, "PASS", LATE, LATE]
    assert [one.judgement for one in found] == [UNMET, Judgement.MET, UNMET, UNMET]


STEPS = [f"s{number}" for number in range(90)]
NOT_THERE = "no such block; the run has"


@pytest.mark.parametrize(
    ("wanted", "keys", "found"),
    [
        ("b", [], f"{NOT_THERE} none"),
        ("b", ["B"], f"{NOT_THERE} “B”"),
        ("zzz", ["a", "b"], f"{NOT_THERE} “a”, “b”"),
        ("zzz", STEPS, f"{NOT_THERE} “s0”, “s1”, “s2”, “s3”, “s4” and 85 more"),
        ("tests", [*STEPS, "test"], f"{NOT_THERE} “test” and 90 more"),
        ("s", STEPS[:6], f"{NOT_THERE} “s5”, “s4”, “s3”, “s2”, “s1” and 1 more"),
        ("b", ["b", "b"], "2 blocks of that name, so it is not clear which one counts"),
        ("b", ["b"], "no output"),
    ],
)
def test_a_missing_block_or_output_is_unmet_with_the_reason(wanted, keys, found):
    for check in (expecting(wanted), ListedTests(block=wanted), expecting(wanted, query="a")):
        (finding,) = judged([check], *map(a_block, keys))
        assert (finding.judgement, finding.found) == (UNMET, found)


def shown_of_each(count: int, longest: int = 4_000, **limits) -> int:
    tests = [{"name": f"t{n}", "status": "failed", "message": "x" * longest} for n in range(count)]
    block = a_block("b", raw={"results": {"tests": tests}})
    found = judged([ListedTests(block="b")], block, **limits)
    return len(found[0].found.split("…")[0])


@pytest.mark.parametrize(
    ("count", "shown"), [(1, 3950), (5, 3950), (10, 2000), (100, 200), (150, 200)]
)
def test_many_findings_show_less_of_each(count, shown):
    assert shown_of_each(count, shown_of_all=40_000) == shown


def test_all_findings_show_up_to_four_million_characters():
    assert shown_of_each(1_000, longest=2_000) == 2_000


def test_a_described_check_contains_its_rule_or_the_number_of_tests():
    assert described(expecting()) == 'b: contains "PASS"'
    assert described(expecting(name="good")) == 'good (b: contains "PASS")'
    one = described(ListedTests(block="b"))
    assert one == "b: at least 1 test passed or failed, and none of them failed"
    assert described(ListedTests(block="b", at_least=2)).startswith("b: at least 2 tests passed")


@pytest.mark.parametrize(
    "bug", [{"in_child": lambda tasks: []}, {"scrub": lambda text: text[:1]}], ids=" ".join
)
def test_too_few_answers_and_a_lost_separator_are_bugs(bug):
    with pytest.raises(ValueError, match="argument 2 is"):
        judged([ListedTests(block="b")], a_block("b", raw="x"), **bug)


def test_the_whole_output_is_judged_and_its_beginning_is_shown():
    expected = "x" * 5_000
    (finding,) = judged([expecting(expected=expected)], a_block("b", raw="y" * 99_999 + expected))
    assert finding.judgement is Judgement.MET
    assert len(finding.found) < 5_000
    assert finding.expected.endswith("more characters cut]")


def test_the_separator_is_replaced_in_texts():
    (finding,) = judged([expecting()], a_block("b", raw="a\ufdd0b"))
    assert finding.found == "a\ufffdb"


def test_a_secret_is_compared_but_never_shown():
    scrub = Scrubber([Secret("hunter2!")])
    check = expecting(operator=Operator.EQUALS, expected="hunter2!", query="token")
    tests = {"results": {"tests": [{"name": "hunter2!", "status": "failed", "suite": "hunter2!"}]}}
    found = judged(
        [check, ListedTests(block="hunter2!"), expecting("c", expected="hunter2!")],
        a_block("b", raw={"token": "hunter2!"}),
        a_block("hunter2!", raw=tests),
        scrub=scrub,
    )
    assert found[0].judgement is Judgement.MET
    assert "hunter2!" not in str(found)
    assert found[0].name == 'b: token equals "***"'


BLANKS = "a secret  with\xa0blanks"


@pytest.mark.parametrize(
    ("output", "operator", "expected", "query", "shown"),
    [
        ("VERDICT: PASS\r\n", "equals", "VERDICT: PASS", None, r'"VERDICT: PASS\r\n"'),
        ("a\r\nPASS\r\n", "matches", "(?m)^PASS$", None, r'"a\r\nPASS\r\n"'),
        ("PASS\u3000\n", "matches", r"^PASS\Z", None, r'"PASS\u3000\n"'),
        ("PASS: 1", "matches", "^PASS:\xa01$", None, '"PASS: 1"'),
        ("1\xa0of 1", "contains", "1 of 1", None, r'"1\u00a0of 1"'),
        ("a\nb", "contains", "a b", None, r'"a\nb"'),
        ("a\rb", "not-contains", "\r", None, r'"a\rb"'),
        ("fine\n", "not-equals", "fine\n", None, r'"fine\n"'),
        ("a  b", "equals", "a b", None, r'"a \u0020b"'),
        ("cafe\u0301", "equals", "caf\xe9", None, r'"cafe\u0301"'),
        ("PA\u200dSS", "equals", "PASS", None, r'"PA\u200dSS"'),
        ({"v": "hunter2!\xa0"}, "equals", "hunter2!", "v", r'"***\u00a0"'),
        ({"v\xa0": ["x"]}, "equals", {"v": ["x"]}, "@", r'{"v\u00a0": ["x"]}'),
        ({"v": ["hunter2!\t"]}, "contains", "hunter2!", "v", r'["***\t"]'),
        ("hunter2!\r\nx", "contains", "hunter2!\nx", None, r'"***\r\nx"'),
        (f"{BLANKS}\n", "equals", BLANKS, None, r'"***\n"'),
        ("one\nFAIL\n", "not-contains", "FAIL", None, "one\nFAIL\n"),
        ("one\xa0", "equals", "two", None, "one\xa0"),
    ],
)
def test_a_found_value_that_seems_to_be_as_expected_has_escapes(
    output, operator, expected, query, shown
):
    check = expecting(operator=Operator(operator), expected=expected, query=query)
    scrub = Scrubber([Secret("hunter2!"), Secret(BLANKS)])
    [finding] = judged([check], a_block("b", raw=output), scrub=scrub)
    assert (finding.judgement, finding.found) == (UNMET, shown)


def test_hostile_text_is_cleaned_in_every_field():
    each_string(is_cleaned_in_every_field)


def is_cleaned_in_every_field(text):
    tests = {"results": {"tests": [{"name": text, "suite": text, "status": text, "message": text}]}}
    found = judged(
        [ListedTests(block="b"), expecting("c", expected=text, query=text, name=None)],
        a_block("b", raw=tests),
        a_block("c", raw=text),
    )
    for finding in found:
        for shown in (finding.name, finding.suite, finding.where, finding.expected, finding.found):
            assert clean(shown) == shown
        assert "\n" not in finding.name + finding.suite + finding.where


def test_equal_names_in_a_suite_are_numbered():
    names = [("a", "x"), ("a", "x"), ("a (2)", "x"), ("a", "y"), ("a", "x")]
    tests = [{"name": name, "suite": suite, "status": "passed"} for name, suite in names]
    found = judged([ListedTests(block="b")], a_block("b", raw={"results": {"tests": tests}}))
    assert [one.name for one in found] == ["a", "a (2)", "a (2) (2)", "a", "a (3)"]


def test_a_secret_cut_by_the_child_is_not_shown():
    secret = "s3cret-" * 200
    (finding,) = judged(
        [expecting()], a_block("b", raw=secret * 1_000), scrub=Scrubber([Secret(secret)])
    )
    assert "s3cret" not in finding.found


def test_many_findings_are_searched_in_in_child_portions():
    scrub = Recorded()
    tests = [{"name": f"test {n} {'x' * 3_000}", "status": "failed"} for n in range(2_000)]
    judged([ListedTests(block="b")], a_block("b", raw={"results": {"tests": tests}}), scrub=scrub)
    assert max(map(len, scrub.searched)) < 2_000_000
    assert len(scrub.searched) < 50


@pytest.mark.parametrize("length", [3_999, 4_000, 4_001])
def test_a_text_around_the_limit_is_shown(length):
    (finding,) = judged([expecting()], a_block("b", raw="x" * length))
    assert finding.found.startswith("x" * 3_900)
    assert (finding.found == "x" * length) is (length <= 4_000)


def test_an_answer_is_shortened_before_the_next_is_read():
    scrub = Recorded()

    def in_child(tasks):
        for number, task in enumerate(tasks):
            assert len(scrub.searched) == number
            yield judge_task(task)

    lists = {"a": "x" * 5_000, "b": "x" * 5_001, "c": "x" * 5_002}
    checks = [expecting(query=name) for name in lists]
    found = judged(checks, a_block("b", raw=lists), scrub=scrub, in_child=in_child)
    assert {len(one.found) for one in found} <= set(range(3_900, 4_001))


def test_equal_texts_are_searched_and_kept_once():
    scrub = Recorded()
    checks = [expecting(expected=f"y{number}") for number in range(20)]
    found = judged(checks, a_block("b", raw="x" * 5_000), scrub=scrub)
    assert scrub.searched.count("x" * 5_000) == 1
    assert len({id(one.found) for one in found}) == 1


REPORT = {"results": {"tool": {"name": "a"}, "tests": [{"name": "t", "status": "failed"}]}}
CUT = '{"results": {"tool": {"name": "a"}, "tests": ['


def test_outputs_that_are_test_reports_are_judged_once():
    checks = RunChecks(configured=(expecting("named", Operator.NOT_EMPTY, True),))
    outputs = {"named": REPORT, "text": "testsuite", "echo": json.dumps(REPORT)}
    rest = (
        ("named", REPORT),
        ("empty", json.dumps({"results": {"tool": {}, "tests": []}})),
        ("last", json.dumps(REPORT).replace("failed", "passed")),
    )
    blocks = [a_block(key, raw=raw) for key, raw in (*outputs.items(), *rest)]
    judged = judge_all(checks, blocks)
    assert [(one.block, one.automatic) for one in judged.findings] == [
        ("named", False), ("named", True), ("empty", True), ("last", True)
    ]  # fmt: skip
    assert judged.warnings == ()
    assert [one.also_in for one in judged.findings] == ["", "echo, named", "", ""]


def test_equal_tests_count_each_in_one_output_and_once_in_several():
    chrome, firefox = (
        f'<testsuite hostname="{host}"><testcase name="t"/></testsuite>\n'
        for host in ("chrome", "firefox")
    )
    scrub = Scrubber([Secret("hunter2!")])
    for keys, outputs, also_in in (
        ("ab", [chrome + firefox, firefox], ["b", "b"]),
        ("a", [chrome + firefox + chrome], ["", ""]),
        ("aa", [chrome, firefox], ["a"]),
        (["a", "hunter2!", "c"], [chrome, firefox + chrome, chrome], ["***, c"]),
    ):
        blocks = [a_block(key, raw=raw) for key, raw in zip(keys, outputs, strict=True)]
        found = judge_all(RunChecks(), blocks, scrub=scrub).findings
        assert [(one.block, one.also_in) for one in found] == [("a", one) for one in also_in]


def test_a_report_of_skipped_tests_beside_others_is_a_warning():
    suites = '<testsuite name="s"><testcase name="t"{0}/></testsuite>\n'
    skipped = '<testsuite><testcase name="" classname="hunter2!\n.Off"><skipped/></testcase>'
    raw = suites.format("") + suites.format(' status="skipped"') + f"{skipped}</testsuite>"
    scrub = Scrubber([Secret("hunter2!")])
    found, warnings, unjudged = judge_all(RunChecks(), [a_block("a", raw=raw)], scrub=scrub)
    assert [one.judgement for one in found] == [Judgement.MET, *[Judgement.SKIPPED] * 2]
    assert warnings == ("Every test was skipped in the report of a: s, a: *** .Off.",)
    assert unjudged == ()


@pytest.mark.parametrize(
    ("rule", "judged_blocks", "warnings"),
    [
        ({}, "ab", ()),
        ({"reports": NoReports()}, "", ("Not judged (tests: none): the test report of a, b, c.",)),
        (
            {"reports": EachReport(frozenset("ac"))},
            "b",
            ("Not judged (tests: except): the test report of a, c.",),
        ),
        ({"reports": EachReport(frozenset("A"))}, "ab", ()),
        (
            {"reports": NoReports(), "configured": (ListedTests(block="b"),)},
            "b",
            ("Not judged (tests: b): the test report of a, c.",),
        ),
    ],
)
def test_reports_that_tests_leaves_out_are_named_and_not_judged(rule, judged_blocks, warnings):
    passed = {"results": {"tool": {"name": "a"}, "tests": [{"name": "u", "status": "passed"}]}}
    other = {"results": {"tests": ["no test report"]}}
    outputs = {"a": REPORT, "b": passed, "c": REPORT, "d": other, "e": "PASS"}
    blocks = [a_block(key, raw=raw) for key, raw in outputs.items()]
    found = judge_all(RunChecks(**rule), blocks)
    assert "".join(one.block for one in found.findings) == judged_blocks
    assert found.warnings == warnings


JEST = {"numRuntimeErrorTestSuites": 0, "testResults": [], "success": True}
NAMED = "Block “b” has a test report in a format that is not read (Jest JSON); use jest-junit."


@pytest.mark.parametrize(
    ("expected", "warnings"),
    [
        ({}, (NAMED,)),
        ({"query": "success", "operator": Operator.EQUALS, "expected": True}, ()),
        ({"query": "success", "operator": Operator.EQUALS, "expected": False}, (NAMED,)),
        ({"block": "c", "query": "success", "operator": Operator.NOT_EMPTY}, (NAMED,)),
    ],
)
def test_another_format_is_named_unless_a_query_reads_it(expected, warnings):
    for output in (JEST, {**JEST, "log": "> <testcase>"}, json.dumps(JEST)):
        checks = RunChecks((expecting(**expected),) if expected else ())
        found = judge_all(checks, [a_block("b", raw=output), a_block("c", raw={"success": "x"})])
        assert (found.warnings, found.unjudged) == (warnings, ("b",) * len(warnings))


def test_a_query_excuses_no_report_inside_other_text():
    block = a_block("b", raw={"success": True, "log": "> <testcase>"})
    found = judge_all(RunChecks((expecting(query="success", expected=True),)), [block])
    assert found.unjudged == ("b",)


def test_a_query_of_another_format_excuses_no_junit_report():
    output = {**JEST, "log": "see <testsuite><testcase><failure/></testcase></testsuite>"}
    found = judge_all(
        RunChecks((expecting(query="success", expected=True),)), [a_block("b", raw=output)]
    )
    assert found.unjudged == ("b",)


def test_except_leaves_another_format_out():
    rule = EachReport(frozenset("b"))
    found = judge_all(RunChecks(reports=rule), [a_block("b", raw=JEST)])
    warnings = ("Not judged (tests: except): the test report of b.",)
    assert (found.warnings, found.unjudged) == (warnings, ())


def test_a_block_that_cannot_be_read_is_unmet_unless_it_is_left_out():
    block = a_block("a", readable=False)
    assert RunChecks().concerns([block])
    [found] = judge_all(RunChecks(), [block]).findings
    shown = (found.judgement, found.found, found.automatic)
    assert shown == (UNMET, "a block that is neither an object nor a text", True)
    for rule in ({"reports": NoReports()}, {"reports": EachReport(frozenset("a"))}):
        assert judge_all(RunChecks(**rule), [block]).findings == ()


def test_a_known_failure_has_the_number_that_reports_show():
    tests = [{"name": "renders", "status": status} for status in ("passed", "failed", "failed")]
    block = a_block("a", raw={"results": {"tests": tests}})
    checks = RunChecks(known=(KnownFailure("renders (2)", date(2026, 3, 16)),))
    found = judge_all(checks, [block]).findings
    assert [one.judgement for one in found] == [Judgement.MET, Judgement.KNOWN, UNMET]


def test_an_unnamed_report_that_cannot_be_judged_is_unmet():
    blocks = [a_block("a", raw=CUT), a_block("b", raw=REPORT)]
    found, warnings, _ = judge_all(RunChecks(), blocks, in_child=too_late)
    assert [(one.block, one.judgement) for one in found] == [("a", UNMET), ("b", UNMET)]
    assert all(one.found.startswith(LATE) for one in found)
    assert warnings == ()


def test_a_report_inside_other_text_is_a_warning():
    scrub = Scrubber([Secret("hunter2!")])
    block = a_block("hunter2!\n\x1b", raw=f"Here it is: {CUT}")
    found, [warning], unjudged = judge_all(RunChecks(), [block], scrub=scrub)
    assert (found, unjudged) == ((), ("*** \\x1b",))
    words = "has a test report inside other text, so it is not judged"
    advice = "let it put out the whole report and nothing else."
    assert warning == f"Block “*** \\x1b” {words}; {advice}"
    blocks = [a_block(f"b{n}", raw=block.raw) for n in range(7)]
    five, seven = (judge_all(RunChecks(), blocks[:n]) for n in (5, 7))
    assert (len(five.warnings), len(seven.warnings), len(seven.unjudged)) == (5, 6, 7)
    assert seven.warnings[-1] == "The same is true of 2 more outputs."
