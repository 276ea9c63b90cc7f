"""After a failed attempt: what failed in it has to run and pass, wherever its report is then."""

from datetime import date
from functools import partial

import pytest

from genesis_ci.checks.judging import judge, judge_task
from genesis_ci.language import Language, use
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Finding,
    KnownFailure,
    ListedTests,
    NoReports,
    RunChecks,
)
from genesis_ci.models.judgement import Judgement
from tests.builders import a_block

WORDS = {"p": "", "f": "<failure/>", "s": "<skipped/>"}
BROKEN = "<testsuite><testcase"
AUTO = RunChecks()
KNOWN = RunChecks(known=(KnownFailure("pays", date(2026, 3, 16)),))
LEAST = RunChecks(reports=AllReports(2))
BLOCK = RunChecks((ListedTests("a"),), reports=NoReports())
NAMED = RunChecks((ListedTests("a", at_least=3),), reports=NoReports())


def report(tests: str) -> str:
    """A report in JUnit XML: `pays=p x=f` are two tests; `_` is a blank."""
    each = (one.split("=") for one in tests.split())
    cases = (
        f'<testcase name="{name.replace("_", " ")}">{WORDS[word]}</testcase>' for name, word in each
    )
    return f"<testsuite>{''.join(cases)}</testsuite>"


def found(attempt: dict[str, str], checks: RunChecks) -> tuple[Finding, ...]:
    texts = {
        key: text if "<" in text or "=" not in text else report(text)
        for key, text in attempt.items()
    }
    blocks = [a_block(key, raw=text) for key, text in texts.items()]
    return judge(checks, blocks, in_child=partial(map, judge_task), scrub=str).findings


def unmet(*attempts: dict[str, str], checks: RunChecks = AUTO, later: RunChecks | None = None):
    """The names of what is unmet in the last attempt; `later` are its checks if they differ."""
    earlier: tuple[tuple[Finding, ...], ...] = ()
    for number, attempt in enumerate(attempts, start=1):
        used = later or checks if number == len(attempts) else checks
        earlier += (found(attempt, used._replace(earlier=earlier)),)
    names = [one.full_name for one in earlier[-1]]
    assert len(set(names)) == len(names)
    return [one.name for one in earlier[-1] if one.judgement is Judgement.UNMET]


FENCED = "```xml\n{}\n```\n```xml\n{}\n```"
TWICE = {
    "p": FENCED.format(report("t=p"), report("t=p")),
    "f": FENCED.format(report("t=p"), report("t=f")),
}
JUDGED = "a: a report that can be judged"
CASES = {
    "it passes": ([{"a": "pays=f x=p"}, {"a": "pays=p"}], []),
    "it is missing": ([{"a": "pays=f x=p"}, {"a": "x=p"}], ["pays"]),
    "it is skipped": ([{"a": "pays=f x=p"}, {"a": "pays=s x=p"}], ["pays"]),
    "there is no report": ([{"a": "pays=f"}, {"a": "done"}], ["pays"]),
    "it fails again": ([{"a": "pays=f x=f"}, {"a": "pays=f x=p"}], ["pays"]),
    "another block has it": ([{"a": "pays=f"}, {"b": "pays=p"}], []),
    "it failed two attempts ago": ([{"a": "t=f x=p"}, {"a": "t=p x=f"}, {"a": "x=p"}], ["t"]),
    "it was missing one attempt ago": ([{"a": "t=f"}, {"a": "x=p"}, {"a": "t=p"}], []),
    "its report is equal now": ([{"a": "t=p", "b": "t=f"}, {"a": "t=p", "b": "t=p"}], []),
    "its report is equal in one output": ([{"a": TWICE["f"]}, {"a": TWICE["p"]}], []),
    "its report is equal in two outputs": (
        [{"a": "t=p", "b": TWICE["f"]}, {"a": "t=p", "b": TWICE["p"]}],
        [],
    ),
    "one of its name is missing": ([{"a": "t=p", "b": "t=f"}, {"a": "t=p"}], ["t (2)"]),
    "an equal report of a third block": (
        [{"a": "t=p", "b": "t=p", "c": "t=f"}, {"a": "t=p", "b": "t=p"}],
        ["t (2)"],
    ),
    "the one of its name that failed is missing": (
        [{"a": "t=f", "b": "t=p"}, {"b": "t=p"}],
        ["t (2)"],
    ),
    "one of its name was skipped before": ([{"a": "t=s t=f"}, {"a": "t=s t=p"}], []),
    "one of its name is skipped now": ([{"a": "t=p t=f"}, {"a": "t=s t=p"}], ["t"]),
    "a number in its name": ([{"a": "t_(1)=f"}, {"a": "t_(2)=p"}], ["t (1)"]),
    "one that passed is skipped now": ([{"a": "pays=f x=p"}, {"a": "pays=p x=s"}], []),
    "unreadable, then readable": ([{"a": BROKEN}, {"a": "x=p"}], []),
    "unreadable, then none": ([{"a": BROKEN}, {"b": "x=p"}], [JUDGED]),
    "no test ran, then none": ([{"a": "x=s"}, {"b": "y=p"}], ["a: at least 1 test"]),
    "no test ran, then the report of another block": ([{"a": "x=s"}, {"a": "x=p", "b": "x=p"}], []),
    "unreadable, then equal to another": (
        [{"b": BROKEN, "a": "x=p"}, {"a": "x=p", "b": "x=p"}],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_failed_has_to_pass(case):
    attempts, expected = CASES[case]
    assert unmet(*attempts) == expected


@pytest.mark.parametrize(
    ("attempts", "checks", "later", "expected"),
    [
        ([{"a": "pays=f x=f"}, {"a": "x=p"}], KNOWN, KNOWN, []),
        ([{"a": "pays=f"}, {"a": "x=p"}], AUTO, KNOWN, []),
        ([{"a": "pays=f"}, {"a": "pays=f"}], AUTO, KNOWN, []),
        ([{"a": "pays=f"}, {"a": "pays=p"}], AUTO, RunChecks(reports=NoReports()), ["pays"]),
        ([{"a": "x=p"}, {"a": "x=p y=p"}], LEAST, LEAST, []),
        ([{"a": "x=p"}, {"a": "x=p y=p"}], LEAST, AUTO, []),
        ([{"a": BROKEN, "b": "x=p y=p"}, {"a": "z=s", "b": "x=p y=p"}], LEAST, LEAST, [JUDGED]),
        ([{"b": "x=p"}, {"a": "x=p"}], BLOCK, BLOCK, []),
        ([{"a": BROKEN}, {"a": "x=p y=p z=p"}], AUTO, NAMED, []),
        (
            [{"a": BROKEN}, {"a": "x=p"}],
            AUTO,
            RunChecks(reports=EachReport(frozenset("a"))),
            [JUDGED],
        ),
    ],
)
def test_checks_may_differ_from_those_of_an_earlier_job(attempts, checks, later, expected):
    assert unmet(*attempts, checks=checks, later=later) == expected


def test_a_test_that_did_not_run_says_why_it_is_unmet():
    before = found({"a": "pays=f x=f"}, AUTO)
    skipped, _passed, missing = found({"a": "x=s y=p"}, RunChecks(earlier=(before,)))
    assert (skipped.found, skipped.where) == ("skipped", "output of block “a”")
    assert (missing.found, missing.where) == ("in no report", "output of block “a”")
    expected = "passed, because it failed in an earlier attempt"
    assert {skipped.expected, missing.expected} == {expected}


def test_results_are_in_english_in_each_language():
    use(Language.JAPANESE)
    before = found({"a": "t=f", "b": BROKEN}, AUTO)
    now = found({"a": "t=s y=p"}, RunChecks(earlier=(before,)))
    skipped, missing = (one for one in now if one.is_owed)
    use(Language.ENGLISH)
    assert skipped.found != "skipped"
    assert (skipped.english_found, skipped.english_where) == ("skipped", "output of block “a”")
    assert missing.where != missing.english_where
    assert missing.english_where == "output of block “b”"


def test_thousands_of_missing_tests_are_each_named_once():
    many = " ".join(f"t{number}=f" for number in range(3_000))
    assert len(unmet({"a": many}, {"a": many}, {"a": "x=p"})) == 3_000
