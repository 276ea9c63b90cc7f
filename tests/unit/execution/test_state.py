"""The state of one workflow, and its report."""

import pytest

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.state import Run
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import Outcome, Verdict
from tests.builders import (
    WORKFLOW_ID,
    a_block,
    a_run,
    an_attachment,
    an_execution,
    refusing,
)

START = 1000.0
RUNNING = an_execution(Status.RUNNING)
SEEN = an_execution(Status.COMPLETED, workflow_id=WORKFLOW_ID, workflow_name="of Genesis")
TIMED_OUT = outcomes.timed_out("run-1", RUNNING, waited=1800)
LOST = outcomes.lost_contact(ContactError("Lost.", reached=True), None, ambiguous=True)
REFUSED = outcomes.refused(
    RefusedError("Invalid API key", hint="Check the key.", status=401),
    "run-1",
    exists=True,
    ambiguous=False,
)
FAILED = Outcome(verdict=Verdict.FAILED, exit_code=1, sentences=("It failed.",))
PASSED = outcomes.make(Verdict.PASSED, "It passed.")
RUN_URL = "https://genesis.example/{workflow_id}/{execution_id}"


def a_state(workflow=None, **fields) -> Run:
    return Run(**{"workflow": workflow or a_run(), "began": START, "due": START, **fields})


@pytest.mark.parametrize(
    ("run", "left"),
    [
        pytest.param(a_state(outcome=TIMED_OUT, execution_id="run-1"), True, id="timed out"),
        pytest.param(a_state(outcome=REFUSED, execution_id="run-1"), True, id="refused"),
        pytest.param(a_state(outcome=LOST, lost_triggers=1), True, id="may have started"),
        pytest.param(a_state(outcome=LOST), False, id="not started"),
        pytest.param(a_state(outcome=FAILED, execution_id="run-1"), False, id="ended"),
        pytest.param(a_state(execution_id="run-1"), False, id="no outcome yet"),
        pytest.param(
            a_state(an_attachment(), outcome=TIMED_OUT, execution=RUNNING), True, id="attached"
        ),
        pytest.param(a_state(an_attachment(), outcome=LOST), True, id="attached, never seen"),
        pytest.param(
            a_state(an_attachment(), outcome=REFUSED), False, id="attached, there is none"
        ),
    ],
)
def test_a_run_that_may_not_have_ended_is_left_running(run, left):
    assert run.left_running is left


def test_a_block_that_was_in_review_stays_marked():
    run = a_state()
    marked = []
    for status in (Status.RUNNING, Status.REVIEW_PENDING, Status.COMPLETED, Status.COMPLETED):
        blocks = (a_block("look", status), a_block("pay", Status.PENDING))
        run.record_answer(an_execution(blocks=blocks), now=START)
        marked.append([block.key for block in run.execution.blocks if block.reviewed])
    assert marked == [[], ["look"], ["look"], ["look"]]


def test_long_outputs_are_cut_once_to_what_a_run_may_keep():
    run = a_state(most_kept=800)
    texts = [None, "a" * 100, "b" * 101, "c" * 900]
    blocks = tuple(a_block(str(at), output=text, error=text) for at, text in enumerate(texts))
    for _ in range(2):
        run.record_answer(an_execution(blocks=blocks), now=START)
        blocks = run.execution.blocks
        for kept in ([one.output for one in blocks], [one.error for one in blocks]):
            assert kept[:2] == [None, "a" * 100]
            assert [len(text) for text in kept[2:]] == [100, 100]
            assert all(
                text.endswith("[cut: the outputs of this job are too long]") for text in kept[2:]
            )
    crowded = a_state(most_kept=10)
    crowded.record_answer(an_execution(blocks=(a_block("long", output="d" * 900),)), now=START)
    assert crowded.execution.blocks[0].output == "… [cut: the outputs of this job are too long]"
    full = a_state(most_kept=900)
    full.record_answer(an_execution(blocks=(a_block("long", output="d" * 900),)), now=START)
    assert full.execution.blocks[0].output == "d" * 900


def test_a_report_has_the_configuration_and_the_last_answer():
    workflow = a_run(
        name="smoke",
        variables={"user": "bob"},
        shown={"user": "***"},
        policy=refusing(Accept.FAILED_BLOCK, required=False),
        run_url=RUN_URL,
    )
    run = a_state(workflow, execution_id="run-1", execution=SEEN, polls=3, notes=("A note.",))
    assert run.report(FAILED).seconds == 0.0
    run.sent_at = START + 1
    assert run.report(FAILED).seconds == 0.0
    run.ended_at = START + 9
    report = run.report(FAILED)
    assert (report.name, report.outcome, report.seconds, report.polls) == ("smoke", FAILED, 9.0, 3)
    assert (report.workflow_id, report.execution_id) == (WORKFLOW_ID, "run-1")
    assert (report.execution, report.variables) == (SEEN, {"user": "***"})
    assert (report.required, report.attached) == (False, False)
    assert (report.failed_block_passes, report.notes) == (False, ("A note.",))
    assert report.run_url == f"https://genesis.example/{WORKFLOW_ID}/run-1"
    assert (report.earlier, report.findings, report.readiness) == ((), (), None)


@pytest.mark.parametrize(
    ("fields", "seen", "name", "shown"),
    [
        ({"name": "smoke"}, SEEN, "smoke", ""),
        ({"workflow_id": WORKFLOW_ID}, SEEN, WORKFLOW_ID, SEEN.workflow_name),
        ({}, SEEN, "workflow", SEEN.workflow_name),
        ({}, RUNNING, "workflow", ""),
    ],
)
def test_a_report_has_the_name_of_the_entry_or_the_id(fields, seen, name, shown):
    report = a_state(an_attachment(**fields), execution=seen).report(FAILED)
    assert (report.name, report.shown_name) == (name, shown)
    assert report.attached
    assert report.workflow_id == (fields.get("workflow_id") or seen.workflow_id)


def test_the_address_of_an_attached_run_has_its_workflow_id():
    run = a_state(an_attachment(run_url=RUN_URL), execution=SEEN, execution_id="run-7")
    assert run.report(FAILED).run_url == f"https://genesis.example/{WORKFLOW_ID}/run-7"


def test_a_report_says_which_job_triggered_the_run():
    run = a_state(a_run(execution_id="old-1", triggered_by="ci/7"), notes=("mind",))
    assert run.report(PASSED).notes == ("mind", "An earlier job triggered this run (ci/7).")
