"""Parts of sentences say what is known, and nothing that is not."""

import pytest

from genesis_ci.execution import words
from genesis_ci.models import Status
from genesis_ci.models.proof import Finding, Judgement
from tests.builders import a_block, after, an_execution


def findings(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name=f"check {n}", judgement=one, block="b", expected="0", found="3", where="w")
        for n, one in enumerate(judgements, start=1)
    ]


MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], ""),
        ([MET], ", and 1 of 1 check is met"),
        ([MET, MET], ", and 2 of 2 checks are met"),
        ([MET, SKIPPED], ", and 1 of 2 checks is met, 1 skipped"),
    ],
)
def test_how_many_checks_are_met(found, said):
    assert words.how_many_met(findings(*found)) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([MET], ""),
        ([MET, UNMET], "1 of 2 checks is unmet: “check 2” (found 3)"),
        ([UNMET] * 2, "2 of 2 checks are unmet: “check 1” (found 3); “check 2” (found 3)"),
    ],
)
def test_which_checks_are_unmet(found, said):
    assert words.how_many_unmet(findings(*found)) == said


def test_of_many_unmet_checks_the_first_three_are_named():
    said = words.how_many_unmet(findings(*[UNMET] * 5))
    assert "“check 3”" in said
    assert "“check 4”" not in said
    assert said.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, ""),
        ({"block_count": 5}, ""),
        ({"block_count": 5, "completed_blocks": 0}, " (0/5 blocks)"),
    ],
)
def test_how_many_blocks_are_done_where_both_numbers_are_known(counts, said):
    assert words.blocks_done(an_execution(**counts)) == said


def test_of_a_run_without_an_id_nobody_is_told_to_attach():
    assert words.how_to_attach(None) == ""
    assert words.may_be_going(None) == "The run may still be going."
    assert "genesis-ci wait run-1" in words.may_be_going("run-1")


@pytest.mark.parametrize(
    ("fields", "may_be_superseded", "said"),
    [
        ({}, False, "The run was cancelled."),
        ({"cancel_reason": "lunch"}, False, "The run was cancelled (lunch)."),
        ({"cancel_reason": "lunch"}, True, "The run was cancelled (lunch), possibly superseded"),
        ({"cancel_reason": "A newer run"}, False, "The run was cancelled, superseded by a newer"),
        ({}, True, "The run was cancelled, superseded by a newer"),
        ({"cancel_requested_at": after(1)}, False, "The run was cancelled on request, most likely"),
    ],
)
def test_how_a_run_was_cancelled(fields, may_be_superseded, said):
    run = an_execution(Status.CANCELLED, **fields)
    assert words.how_it_was_cancelled(run, may_be_superseded=may_be_superseded).startswith(said)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", ""),
        ("a", "block a"),
        ("abc", "blocks a, b, c"),
        ("abcd", "blocks a, b, c and 1 more"),
    ],
)
def test_blocks_in_a_status_are_named(keys, said):
    blocks = (a_block("done"), *(a_block(key, Status.FAILED) for key in keys))
    assert words.blocks_named(an_execution(blocks=blocks), Status.FAILED) == said


@pytest.mark.parametrize(("exit_code", "name"), [(130, "SIGINT"), (143, "SIGTERM")])
def test_a_signal_has_its_name(exit_code, name):
    assert words.name_of_signal(exit_code) == name
