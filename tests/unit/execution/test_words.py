"""What an end says beside its verdict: of whom, of what, and how many."""

from dataclasses import replace

import pytest

from genesis_ci.execution.words import (
    blocks_done,
    blocks_named,
    how_it_was_cancelled,
    how_many_met,
    how_many_unmet,
    how_to_attach,
    how_to_review,
    may_be_going,
    name_of_signal,
)
from genesis_ci.models import Status
from genesis_ci.models.proof import Finding, Judgement
from tests.builders import START, a_block, an_execution

MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


def findings(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name=f"c{n}", judgement=one, block="b", expected="0", found=f"{n}", where="b")
        for n, one in enumerate(judgements, start=1)
    ]


@pytest.mark.parametrize(
    ("done", "count", "words"),
    [(2, 5, " (2/5 blocks)"), (0, 0, " (0/0 blocks)"), (None, 5, ""), (2, None, "")],
)
def test_blocks_are_counted_where_both_numbers_are_known(done, count, words):
    assert blocks_done(an_execution(completed_blocks=done, block_count=count)) == words


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ([], ""),
        ([MET], ", and 1 of 1 check is met"),
        ([MET, MET], ", and 2 of 2 checks are met"),
        ([MET, SKIPPED], ", and 1 of 2 checks is met, 1 skipped"),
        ([SKIPPED], ", and 0 of 1 check are met, 1 skipped"),
    ],
)
def test_met_checks_are_counted(judgements, words):
    assert how_many_met(findings(*judgements)) == words


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ([MET, SKIPPED], ""),
        ([UNMET], "1 of 1 check is unmet: “c1” (found 1)"),
        ([MET, UNMET, UNMET], "2 of 3 checks are unmet: “c2” (found 2); “c3” (found 3)"),
        ([UNMET] * 3, "3 of 3 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3)"),
        (
            [UNMET] * 5,
            "5 of 5 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3); and 2 more",
        ),
    ],
)
def test_unmet_checks_are_counted_and_the_first_three_are_told(judgements, words):
    assert how_many_unmet(findings(*judgements)) == words


def test_a_check_and_what_was_found_are_told_in_120_characters_each():
    [one] = findings(UNMET)
    told = how_many_unmet([replace(one, name="n" * 121, found="f" * 121)])
    assert told.count("n" * 120 + "… [1 more characters cut]") == 1
    assert told.count("f" * 120 + "… [1 more characters cut]") == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (1, "block b0"),
        (3, "blocks b0, b1, b2"),
        (4, "blocks b0, b1, b2 and 1 more"),
        (5, "blocks b0, b1, b2 and 2 more"),
    ],
)
def test_three_blocks_are_named_and_the_rest_is_counted(count, words):
    blocks = tuple(a_block(f"b{n}", Status.FAILED) for n in range(count))
    assert blocks_named(an_execution(blocks=(*blocks, a_block("ok"))), Status.FAILED) == words


@pytest.mark.parametrize(
    ("reason", "requested", "policy", "words"),
    [
        ("Superseded by run 7", None, False, "superseded by a newer trigger of the workflow (Sup"),
        ("replaced by an API request", None, True, "superseded by a newer trigger of the workfl"),
        ("A new API execution began", None, False, "superseded by a newer trigger of the workflo"),
        (None, None, True, "The run was cancelled, superseded by a newer trigger of the workflow."),
        (None, START, True, "The run was cancelled, superseded by a newer trigger of the workflow"),
        ("by Annabelle", None, True, "cancelled (by Annabelle), possibly superseded by a newer"),
        (None, START, False, "cancelled on request, most likely superseded by a newer trigger."),
        ("by Annabelle", START, False, "The run was cancelled (by Annabelle)."),
        (None, None, False, "The run was cancelled."),
    ],
)
def test_who_or_what_cancelled_a_run_is_told_as_far_as_it_is_known(
    reason, requested, policy, words
):
    execution = an_execution(cancel_reason=reason, cancel_requested_at=requested)
    assert words in how_it_was_cancelled(execution, may_be_superseded=policy)


def test_how_to_go_on_names_the_run_where_there_is_one():
    assert how_to_attach(None) == ""
    assert "genesis-ci wait run-1" in how_to_attach("run-1")
    assert may_be_going(None) == "The run may still be going."
    assert may_be_going("run-1") == f"The run may still be going. {how_to_attach('run-1')}"
    assert "re-run this job: it attaches to execution run-1 again" in how_to_review(
        "run-1", attached=True
    )
    assert how_to_review("run-1", attached=False).endswith(
        "genesis-ci wait run-1, or run this job with that execution-id."
    )


def test_a_signal_is_told_by_its_name():
    assert (name_of_signal(130), name_of_signal(143)) == ("SIGINT", "SIGTERM")
