"""What `check` says of checks that prove something else than they seem to."""

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.jobs.check_hints import about_checks
from tests.unit.config.configs import entry, parse

NO_CHECK = (
    "smoke: nothing is checked (no expect, and tests: none), and accept does not name unchecked, "
    "so a completed run is red. Add a check, or add unchecked to accept."
)
FAILED = "x[?state=='failed']"


def hints(*lines: str) -> list[str]:
    settings: Settings = parse(entry(*lines))
    assert settings.problems == ()
    return [*about_checks(settings.workflows)]


def of(query: str, rule: str, *others: str) -> list[str]:
    written = f'{{block: b, query: "{query}", {rule}}}'
    return hints(f"expect: [{', '.join((written, *others))}]")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("accept: none", "tests: none"), [NO_CHECK]),
        (("accept: flaky", "tests: none"), [NO_CHECK]),
        (("accept: unchecked", "tests: none"), []),
        (("accept: none",), []),
        (("accept: none", "tests: none", "expect: [{block: b, contains: x}]"), []),
        (("accept: none", "tests: none", "wait: false"), []),
    ],
    ids=str,
)
def test_it_says_that_a_run_that_nothing_checks_is_red(lines, said):
    assert hints(*lines) == said


@pytest.mark.parametrize(
    ("query", "rule", "whole"),
    [
        (f"length({FAILED})", "equals: 0", "length(x)"),
        (f"length({FAILED})", "at-most: 2", "length(x)"),
        ("length([?state=='failed'])", "equals: 0", "length(@)"),
        (f"{FAILED} | length(@)", "equals: 0", "length(x)"),
        ("a.b[*].c[?d].e", "equals: []", "length(a.b[*].c)"),
    ],
)
def test_it_names_the_check_that_an_empty_list_does_not_pass(query, rule, whole):
    [said] = of(query, rule)
    assert said.startswith("smoke: an empty list passes “b: ")
    assert f'Add a second check: {{ block: "b", query: "{whole}", at-least: 1 }}.' in said
    assert of(query, rule, f'{{block: b, query: "{whole}", at-least: 1}}') == []
    assert of(query, rule, '{block: c, query: "x", at-least: 1}') == [said]


@pytest.mark.parametrize(
    ("query", "rule"),
    [(f"length({FAILED})", "equals: 2"), (FAILED, "not-empty: true"), ("failed", "equals: 0")],
)
def test_it_says_nothing_of_a_check_that_needs_something(query, rule):
    assert of(query, rule) == []
