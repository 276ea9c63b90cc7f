"""Outcomes: all are made in one module, and each says what happened and what to do next."""

import ast
from pathlib import Path

import pytest

import genesis_ci
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution import outcomes
from genesis_ci.execution.outcomes import (
    let_pass_outcome,
    lost_outcome,
    no_run_left_outcome,
    refused_outcome,
    timed_out_outcome,
)
from genesis_ci.models import Outcome, Verdict
from tests.builders import EXECUTION_ID, an_execution

PACKAGE = Path(genesis_ci.__file__).parent
HERE = Path(outcomes.__file__)
RESET = ContactError("The connection broke.", reached=True, hint="Nothing has to be changed.")
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)


def makes_an_outcome(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = node.func
    return (isinstance(made, ast.Name) and made.id == Outcome.__name__) or (
        isinstance(made, ast.Attribute) and made.attr == Outcome.__name__
    )


def test_outcomes_are_made_in_one_module_and_nowhere_else():
    makers = {
        path
        for path in PACKAGE.rglob("*.py")
        if any(map(makes_an_outcome, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert makers == {HERE}


@pytest.mark.parametrize("verdict", Verdict)
def test_an_earlier_job_without_a_run_is_never_green(verdict):
    assert not no_run_left_outcome(verdict).green


def test_what_a_policy_lets_pass_says_which_policy():
    red = Outcome(verdict=Verdict.REVIEW_PENDING, exit_code=3, message="It waits.")
    let_pass = let_pass_outcome(red)
    assert (let_pass.exit_code, let_pass.lenient) == (0, True)
    assert let_pass.message == "It waits. on-review-pending: pass lets the job go on."


@pytest.mark.parametrize(
    "outcome",
    [
        timed_out_outcome(EXECUTION_ID, an_execution(), waited=60),
        lost_outcome(RESET, EXECUTION_ID, ambiguous=False),
        refused_outcome(REFUSAL, EXECUTION_ID, exists=True, ambiguous=False),
    ],
    ids=lambda outcome: outcome.verdict,
)
def test_who_gives_up_a_run_says_how_to_attach_to_it(outcome):
    assert "may still be going" in outcome.hint
    assert f"genesis-ci wait {EXECUTION_ID}" in outcome.hint


@pytest.mark.parametrize(
    ("ambiguous", "words"), [(True, "may have started"), (False, "nothing was started")]
)
def test_a_lost_trigger_says_whether_a_run_may_have_started(ambiguous, words):
    assert words in (lost_outcome(RESET, None, ambiguous=ambiguous).hint or "")
