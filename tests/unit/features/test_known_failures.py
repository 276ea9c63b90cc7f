"""Known failures: which tests they cover, and what is said of those that cover none."""

from dataclasses import replace
from datetime import date

import pytest

from genesis_ci.features.known_failures import excused, matches, remarks, with_known
from genesis_ci.models.findings import Finding, KnownFailure, RunChecks
from genesis_ci.models.judgement import Judgement
from tests.builders import a_report, a_run
from tests.counting import steps
from tests.unit.config.configs import entry, parse, run_of, workflows

MET, UNMET, KNOWN = Judgement.MET, Judgement.UNMET, Judgement.KNOWN
UNTIL = date(2026, 3, 16)
FAILED = {"judgement": UNMET, "failed": True}


def known(test: str, issue: str = "") -> KnownFailure:
    return KnownFailure(test, UNTIL, issue)


def a_test(name: str, suite: str = "", judgement: Judgement = MET, **fields: bool) -> Finding:
    given = {"block": "b", "expected": "passed", "found": "", "where": "", "is_test": True}
    return Finding(name=name, suite=suite, judgement=judgement, **{**given, **fields})


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "", True),
        ("a*", "ab", True),
        ("a*", "ba", False),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("a*b*c", "a-c", False),
        ("ab*ba", "aba", False),
        ("a*b*ba", "aba", False),
        ("a**a", "aa", True),
        ("*a*b*", "aba", True),
        ("*a*", "a", True),
        ("[a]?*", "ab", False),
        ("a*", "A", False),
    ],
)
def test_a_star_stands_for_any_text(pattern, name, expected):
    assert matches(pattern, name) is expected


class Searched(str):
    """A name that counts the characters of its searches."""

    characters = 0

    def find(self, part: str, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(part, start)
        self.characters += (found + len(part) if found >= 0 else len(self)) - start
        return found


@pytest.mark.parametrize("pattern", ["a*" * 200 + "b", "*a" * 200 + "b*", "*aaab" * 100 + "*"])
def test_no_part_of_a_hostile_name_is_searched_twice(pattern):
    name = Searched("a" * 100_000 + "b")
    matches(pattern, name)
    assert name.characters <= len(name)


def test_ten_thousand_names_take_no_more_steps_than_one():
    tests = [a_test(f"t{number}", **FAILED) for number in range(100)]
    many = [known(f"t{number}") for number in range(10_000)]

    def judged(entries):
        return steps(lambda: list(with_known(tests, entries)))

    assert judged(many) - judged(many[:1]) < 40 * len(many)


@pytest.mark.parametrize(
    ("test", "name", "suite"),
    [
        ("total", "total", "cart"),
        ("cart › total", "total", "cart"),
        ("cart › *", "total", "cart"),
        ("*tal", "total", ""),
        ("two words", " two\n words", ""),
        ("x" * 500, "x" * 500, ""),
    ],
)
def test_a_failed_test_is_covered_with_and_without_its_suite(test, name, suite):
    [found] = with_known([a_test(name, suite, **FAILED)], [known(test, "SHOP-12")])
    assert found.judgement is KNOWN
    assert found.expected == "known failure until 2026-03-16: SHOP-12"


@pytest.mark.parametrize(
    ("test", "finding"),
    [
        ("tota", a_test("total", **FAILED)),
        ("Total", a_test("total", **FAILED)),
        ("total › cart", a_test("total", "cart", **FAILED)),
        ("*", a_test("total", judgement=UNMET)),
        ("*", a_test("b: at least 1 test", judgement=UNMET, is_test=False)),
        ("*", a_test("total", judgement=Judgement.SKIPPED)),
        ("*", a_test("total")),
    ],
    ids=["part", "case", "order", "no failure", "an expectation", "skipped", "passed"],
)
def test_nothing_else_is_covered(test, finding):
    [found] = with_known([finding], [known(test)])
    assert found.judgement is finding.judgement
    assert found.known == ((known(test),) if finding.is_test and test == "*" else ())


def test_an_exact_name_counts_before_a_pattern():
    entries = [known("*", "all"), known("total", "one"), known("cart › total", "suite")]
    [found] = with_known([a_test("total", "cart", **FAILED)], entries)
    assert found.expected.endswith(": suite")


PASSES = "Known failure “total” passes again: remove it from known-failures."
UNLISTED = "Known failure “total”: no report lists this test; correct or remove the entry."


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([[MET]], [PASSES]),
        ([[KNOWN]], []),
        ([[MET, KNOWN]], []),
        ([[MET], [KNOWN]], []),
        ([[Judgement.SKIPPED]], []),
        ([[]], []),
        ([[None]], [UNLISTED]),
        ([[None], [MET]], [PASSES]),
        ([[None], []], []),
        ([[MET], []], []),
        ([[], [MET]], []),
    ],
)
def test_an_entry_without_a_use_is_named_once_for_all_runs(runs, expected):
    """None is another test; a run without any test may have been the one that fails."""
    entry = known("total")
    reports = [
        a_report(
            findings=tuple(
                a_test("login") if one is None else a_test("total", judgement=one, known=(entry,))
                for one in judgements
            )
        )
        for judgements in runs
    ]
    workflows = [a_run(checks=RunChecks(known=(entry,)))] * len(runs)
    assert [*remarks(workflows, reports)] == expected


def test_entries_of_runs_without_tests_are_not_named():
    runs = [a_run(checks=RunChecks(known=(known(name),))) for name in ("a", "b")]
    assert [*remarks(runs, [a_report(), a_report()])] == []


def test_an_entry_that_failed_in_an_earlier_attempt_does_not_pass_again():
    entry = known("total")
    failed, passed = (
        a_report(findings=(a_test("total", judgement=one, known=(entry,)),)) for one in (KNOWN, MET)
    )
    [*said] = remarks(
        [a_run(checks=RunChecks(known=(entry,)))], [replace(passed, earlier=(failed,))]
    )
    assert said == []


def test_only_a_failed_test_of_an_earlier_attempt_is_excused():
    check = a_test("t", judgement=UNMET, is_test=False)
    failed, skipped = a_test("t", judgement=UNMET), a_test("t", judgement=Judgement.SKIPPED)
    found = excused([check, failed, skipped, a_test("u", judgement=UNMET)], [known("t")])
    assert [one.judgement for one in found] == [UNMET, KNOWN, Judgement.SKIPPED, UNMET]


def test_a_known_failure_may_have_a_long_name_and_no_issue():
    parsed = parse(known_failures=f"[{{test: {'x' * 1000}, until: 2026-03-16}}]")
    [run] = workflows(parsed)
    assert run.checks.known == (KnownFailure("x" * 1000, date(2026, 3, 16)),)


def test_known_failures_of_the_job_replace_those_of_the_file_even_if_there_are_none():
    config = entry("known-failures: [{test: a, until: 2026-03-16}]")
    for given in ({"known_failures": "[]"}, {"known_failures": "[{test: b, until: 2026-03-15}]"}):
        [run] = workflows(parse(config, **given))
        assert run.checks.known == ()


@pytest.mark.parametrize(
    ("test", "until", "counts"),
    [("a", "2026-03-15", False), ("a", "2026-03-16", True), ("'*'", "2026-06-14", True)],
)
def test_known_failure_counts_until_the_end_of_its_day(test, until, counts):
    run = run_of(entry(f"known-failures: [{{test: {test}, until: {until}, issue: ' a\nb '}}]"))
    known = KnownFailure(test.strip("'"), date.fromisoformat(until), "a b")
    assert run.checks.known == ((known,) if counts else ())
