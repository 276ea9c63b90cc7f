"""Words and marks that all reports share."""

import pytest

from genesis_ci.models import Outcome, Status, Verdict
from genesis_ci.models.change import Change
from genesis_ci.reporters import labels
from tests.builders import a_block, a_report, a_run_report, an_execution

PASSED = Outcome(verdict=Verdict.PASSED, exit_code=0, message="It passed.")


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_word_a_mark_and_a_tone(verdict):
    outcome = Outcome(verdict=verdict, exit_code=1, message="")
    assert labels.verdict_word(outcome)
    assert labels.verdict_mark(outcome)
    assert labels.verdict_tone(outcome)


@pytest.mark.parametrize("status", [*Status, None])
def test_every_status_has_a_word_a_mark_and_a_tone(status):
    block = a_block(status=status)
    assert labels.status_word(block)
    assert labels.status_mark(block)
    assert labels.status_tone(block)


@pytest.mark.parametrize(
    ("required", "optional", "said"),
    [
        ([0, 0], [], "Passed: 2 of 2 workflows"),
        ([0, 1], [], "Failed: 1 of 2 workflows did not pass"),
        ([0], [1], "Passed: 1 of 1 required workflows; 1 not required did not pass"),
        ([1], [0], "Failed: 1 of 1 required workflows did not pass"),
        ([], [0, 1], "Passed by policy: none of 2 workflows is required"),
    ],
)
def test_the_headline_counts_what_is_required(required, optional, said):
    verdicts = {0: Verdict.PASSED, 1: Verdict.FAILED}
    rows = [a_report(verdicts[code], code) for code in required]
    rows += [a_report(verdicts[code], code, required=False) for code in optional]
    assert labels.headline(a_run_report(*rows)) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "its name in Genesis"),
        ({"name": "smoke"}, "smoke"),
        ({"name": "", "execution": None, "workflow_id": "w"}, "w"),
    ],
)
def test_a_workflow_is_called_by_the_best_name_there_is(fields, said):
    execution = an_execution(workflow_name="its name in Genesis")
    assert labels.title(a_report(**{"execution": execution, **fields})) == said


def test_failed_blocks_are_kept_before_all_others_and_stay_in_order():
    blocks = [a_block(str(n), Status.FAILED if n == 7 else Status.COMPLETED) for n in range(9)]
    assert labels.most_telling(blocks, 3) == [0, 1, 7]


def test_blocks_are_tallied_with_the_most_frequent_status_first():
    blocks = [a_block(), a_block(), a_block(status=Status.FAILED)]
    assert labels.tally(blocks) == "2 completed, 1 failed"


@pytest.mark.parametrize(
    ("counts", "left"),
    [({}, 0), ({"block_count": 5}, 3), ({"block_count": 5, "completed_blocks": 4}, 1)],
)
def test_blocks_that_genesis_has_not_listed_have_not_started(counts, left):
    blocks = (a_block("a"), a_block("b"))
    assert labels.not_started(an_execution(blocks=blocks, **counts)) == left


def test_the_change_is_told_as_far_as_it_is_known():
    assert labels.change(Change()) == ""
    told = labels.change(Change(branch="topic", base_branch="main", actor="octocat"))
    assert told == "branch topic into main · by octocat"


@pytest.mark.parametrize(
    ("error", "message", "told"),
    [
        ("no button", "It failed: no button.", ""),
        ("no button\nat step 4", "It failed: no button.", "no button\nat step 4"),
        (None, "It failed.", ""),
    ],
)
def test_the_runs_error_is_told_where_the_message_does_not_hold_it_whole(error, message, told):
    outcome = Outcome(verdict=Verdict.FAILED, exit_code=1, message=message)
    assert labels.run_error(a_report(execution=an_execution(error=error), outcome=outcome)) == told


def test_a_name_that_is_taken_gets_a_number():
    names = labels.Names()
    assert [names.unique("a") for _ in range(3)] == ["a", "a (2)", "a (3)"]
    assert names.unique(" ") == "unnamed"
