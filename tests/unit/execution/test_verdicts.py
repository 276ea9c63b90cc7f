"""Which outcome a run gets: a table for each cause."""

from typing import Any

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution import verdicts
from genesis_ci.execution.state import Run
from genesis_ci.models.execution import Status
from genesis_ci.models.report import Verdict
from tests.builders import a_report, a_run, an_attachment, an_execution

BEGAN = 1000.0
RESET = ContactError("Lost the connection.", reached=True)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
RUNNING = an_execution(Status.RUNNING, id="run-1")
SEEN: dict[str, Any] = {"sent_at": BEGAN, "execution_id": "run-1", "execution": RUNNING}
LOST: dict[str, Any] = {"sent_at": BEGAN, "last_error": RESET, "faults": 1}
SECOND: dict[str, Any] = {"earlier": (a_report(Verdict.FAILED, 1),)}


def a_state(**fields: Any) -> Run:
    return Run(workflow=a_run(max_wait=1800.0), began=BEGAN, due=BEGAN, **fields)


@pytest.mark.parametrize(
    ("fields", "verdict", "words"),
    [
        ({}, Verdict.TIMED_OUT, "Nothing was started for it"),
        (SECOND, Verdict.FAILED, ""),
        (LOST, Verdict.LOST_CONTACT, "nothing was started"),
        (LOST | SECOND, Verdict.LOST_CONTACT, "this attempt was not started"),
        (LOST | {"lost_triggers": 1}, Verdict.LOST_CONTACT, "may have started"),
        (LOST | SEEN, Verdict.TIMED_OUT, "last status: running"),
        (LOST | SEEN | {"faults": 2}, Verdict.LOST_CONTACT, "run-1"),
        (SEEN, Verdict.TIMED_OUT, "max-wait-time, 30m 00s"),
        (SEEN | {"end_by": BEGAN + 65}, Verdict.TIMED_OUT, "CI job's own time limit, 1m 05s (last"),
        (SEEN | {"end_by": BEGAN + 1800}, Verdict.TIMED_OUT, "max-wait-time"),
        (SEEN | {"review_since": BEGAN}, Verdict.REVIEW_PENDING, "review-wait-time, 1h 00m"),
    ],
)
def test_the_outcome_of_an_ended_wait_names_its_cause(fields, verdict, words):
    run = a_state(**fields)
    outcome = verdicts.after_last_request(run, lambda: BEGAN + 65)
    assert outcome.verdict is verdict
    assert words in f"{outcome.message} {outcome.next_step}"
    assert ("run-1" in outcome.next_step) is (run.execution_id == "run-1")


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({}, "Check the key."),
        ({"lost_triggers": 1}, "may have started a run"),
        ({"execution_id": "run-1"}, "may still be going"),
    ],
)
def test_a_refusal_warns_of_a_run_that_may_exist(fields, hint):
    found = verdicts.after_refusal(a_state(**fields), REFUSAL).next_step
    assert hint in found
    assert ("An earlier request" in found) is ("lost_triggers" in fields)


def test_the_next_step_of_a_review_depends_on_who_triggered_it():
    in_review = an_execution(Status.REVIEW_PENDING)
    for workflow, words in ((a_run(), "genesis-ci wait"), (an_attachment(), "re-run this job")):
        outcome = verdicts.after_answer(Run(workflow=workflow), in_review)
        assert words in outcome.next_step


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Nothing was started."),
        ({"sent_at": BEGAN, "lost_triggers": 1}, "may have started"),
        ({"execution_id": "run-1", "is_to_be_judged": True}, "outputs of the completed run"),
        (SECOND, "after an attempt had failed, and before the next one began"),
        (SECOND | SEEN, "before the run ended"),
    ],
)
def test_a_signal_says_what_may_still_be_going(fields, words):
    outcome = verdicts.after_signal(a_state(**fields), 143)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INTERRUPTED, 143)
    assert words in f"{outcome.message} {outcome.next_step}"
