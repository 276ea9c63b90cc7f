"""The tests of a module of genesis_ci have its path and name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "genesis_ci"
PLACES = (ROOT / "tests/unit", ROOT / "tests/integration", ROOT / "tests/processes")
"""Tests without sockets, with sockets, and with processes."""
ACROSS = {
    "config/test_bounds.py",
    "checks/test_real_reports.py",
    "config/test_secrets.py",
    "execution/test_judged_runs.py",
    "execution/test_attempts.py",
    "execution/test_several.py",
    "providers/test_all.py",
    "providers/test_change.py",
    "reporters/test_foreign_text.py",
    "reporters/test_japanese.py",
    "reporters/test_golden.py",
    "test_accept.py",
    "test_bugs.py",
    "test_failed_from.py",
    "test_inputs_are_used.py",
    "test_promises.py",
}
"""Unit tests of several modules."""
VALUES = {Path("execution", "wishes.py"), Path("config", "task.py")} | {
    Path("models", name)
    for name in (
        *("ci_run.py", "execution.py", "judgement.py", "policy.py", "refusal.py", "report.py"),
        "workflow.py",
    )
}
"""Modules of plain values, which the tests of other modules use."""
BY_ROWS = {
    Path("config", name) for name in ("earlier_runs.py", "run_checks.py", "wait_for_input.py")
}
"""Modules that the rows of `tests/approved/jobs.txt` test."""


def mirror_of(module: Path) -> Path:
    return module.parent / f"test_{module.name}"


MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")
)


@pytest.mark.parametrize("module", sorted({*MODULES} - VALUES - BY_ROWS), ids=str)
def test_every_module_has_a_test_with_its_name(module):
    assert any((place / mirror_of(module)).exists() for place in PLACES)


def test_every_other_unit_test_is_listed():
    mirrors = {mirror_of(module) for module in MODULES}
    tests = {path.relative_to(PLACES[0]) for path in PLACES[0].rglob("test_*.py")}
    assert {str(test) for test in tests - mirrors} == ACROSS
