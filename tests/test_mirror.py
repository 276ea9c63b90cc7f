"""A newcomer finds a module's tests by its path and name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "genesis_ci"
PLACES = (ROOT / "tests/unit", ROOT / "tests/integration")
"""Without sockets and processes, and with them."""
RULED = ("azure", "base", "bitbucket", "buildkite", "circleci", "jenkins", "plain")
"""Tested by the rules over the table of providers."""
ELSEWHERE = {
    "app.py": "integration/test_*.py",
    "config/inputs.py": "test_drift.py",
    "config/misuses.py": "unit/config/test_suite.py",
    "config/tree.py": "unit/config/test_strict_yaml.py",
    "config/workflows.py": "unit/config/test_suite.py",
    "emulator/connection.py": "integration/emulator/test_routes.py",
    "emulator/errors.py": "unit/emulator/test_store.py",
    "emulator/fields.py": "unit/emulator/test_scenario_file.py",
    "execution/protocols.py": "unit/execution/test_runner.py",
    "forges/base.py": "unit/forges/test_comments.py",
    "forges/rest.py": "unit/forges/test_github.py",
    "forges/wire.py": "integration/test_comment.py",
    "models/change.py": "unit/providers/test_change.py",
    "models/proof.py": "unit/checks/test_parsing.py",
    "models/readiness.py": "unit/preview/test_decisions.py",
    "reporters/html_attempts.py": "unit/reporters/test_attempts.py",
    "reporters/html_findings.py": "unit/reporters/test_findings.py",
    "reporters/junit_cases.py": "unit/reporters/test_junit.py",
    **dict.fromkeys(map("providers/{}.py".format, RULED), "unit/providers/test_all.py"),
}
"""Modules without a test of their name, and what tests them."""
ACROSS = {
    "config/test_bounds.py",
    "config/test_misplaced_secrets.py",
    "providers/test_all.py",
    "providers/test_change.py",
    "reporters/test_foreign_text.py",
    "reporters/test_golden.py",
    "test_job_of_several.py",
}
"""Tests beside them that are about several modules."""


def mirror_of(module: Path) -> Path:
    return module.parent / f"test_{module.name}"


MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_its_test_or_says_where_it_is(module):
    has_one = any((place / mirror_of(module)).exists() for place in PLACES)
    assert has_one is not (str(module) in ELSEWHERE)


def test_what_tests_a_module_elsewhere_is_there():
    assert [place for place in ELSEWHERE.values() if not list(ROOT.glob(f"tests/{place}"))] == []


def test_every_unit_test_is_a_modules_or_said_to_be_about_several():
    mirrors = {mirror_of(module) for module in MODULES}
    tests = {path.relative_to(PLACES[0]) for path in PLACES[0].rglob("test_*.py")}
    assert {str(test) for test in tests - mirrors} == ACROSS
