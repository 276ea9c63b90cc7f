"""`make live` on the emulator: the table, and that it starts one run at most."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tools.live import ASSUMPTIONS, Seen, main, table

ROOT = Path(__file__).resolve().parents[2]
INPUTS = {"target_url": "https://shop.example.com/42"}
OWN = {
    "`state.workflowId` is the id in the trigger's address",
    "`state.executionId` is `id`",
    "`state.status` is `status`",
}


def live(emulator, capsys, workflow, *flags, answer="", **options):
    environ = emulator.environment(workflow)
    inputs = [f"{name}={text}" for name, text in INPUTS.items()]
    code = main(
        [environ["GENESIS_WORKFLOW_ID"], *inputs, *flags],
        environ,
        answer=lambda question: answer,
        sleep=lambda seconds: time.sleep(seconds / 50),
        **options,
    )
    out = capsys.readouterr().out
    rows = re.findall(r"^\| (.+) \| (yes|\*\*no\*\*|not seen) \| (.*) \|$", out, re.MULTILINE)
    return code, out, {name: (holds.strip("*"), form) for name, holds, form in rows}


def triggers(emulator):
    return [one for one in emulator.requests() if one["method"] == "POST"]


@pytest.mark.parametrize("own_state", [False, True])
def test_the_table_has_every_assumption_and_nothing_of_the_account(
    emulator, capsys, monkeypatch, own_state
):
    monkeypatch.setattr(emulator, "scenario", replace(emulator.scenario, own_state=own_state))
    code, out, rows = live(emulator, capsys, "completed", "--yes")
    assert code == 0
    assert [*rows] == [*ASSUMPTIONS]
    assert {name for name, (holds, _) in rows.items() if holds == "no"} == {
        "outputs are texts",
        *(OWN if own_state else ()),
    }
    assert rows["outputs are texts"][1] == "3× text, 1× object"
    assert rows["the first final answer is complete"][0] == "yes"
    [run] = emulator.executions()
    texts = [run["id"], run["state"]["workflowId"], run["state"]["executionId"], emulator.api_key]
    texts += [run["workflowName"], *INPUTS, *INPUTS.values(), emulator.url, "block-1"]
    texts += [
        word for one in run["state"]["blocks"].values() for word in str(one["output"]).split()
    ]
    assert [one for one in texts if len(one) > 5 and one in out] == []
    assert len(triggers(emulator)) == 1


@pytest.mark.parametrize(
    ("workflow", "name", "found"),
    [
        ("cancelled", "`cancelReason` of a cancelled run is a text", ("yes", "text")),
        (
            "tests-fence",
            "outputs are texts",
            ("yes", "1× text with a code fence with a test report"),
        ),
        ("review", "the first final answer is complete", ("yes", "changed 5 s later: nothing")),
    ],
)
def test_the_form_is_that_of_the_answers(emulator, capsys, workflow, name, found):
    assert live(emulator, capsys, workflow, "--yes")[2][name] == found


def test_an_answer_that_cannot_be_read_is_in_the_table(emulator, capsys):
    emulator.add_fault(on="poll", nth=1, workflow="passed", do="not-json")
    rows = live(emulator, capsys, "passed", "--yes")[2]
    assert rows["every answer can be read"][0] == "no"


def test_a_run_that_genesis_does_not_know_is_in_the_table(emulator, capsys):
    body = '{"error": "Execution not found"}'
    emulator.add_fault(on="poll", do="status", status=404, body=body)
    code, _, rows = live(emulator, capsys, "passed", "--yes", limit=0.5)
    assert code == 0
    assert rows["a run is known from its trigger on"][0] == "no"
    assert rows["`state.executionId` is `id`"] == ("not seen", "no answer")
    assert rows["the first final answer is complete"] == ("not seen", "no answer")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"state": None},
        {"state": "SECRET", "error": {"SECRET": 1}, "triggerPayload": "SECRET", "SECRET": 1},
        {"state": {"blocks": 7, "SECRET WORDS": 1}, "blockCount": "SECRET"},
        {"state": {"blocks": ["SECRET", {"status": "SECRET", "output": {"SECRET": "SECRET"}}]}},
    ],
)
def test_other_forms_of_answers_are_shown_without_their_texts(answer):
    answers = [{"id": "SECRET", "status": word} | answer for word in ("SECRET", "completed")]
    text = "\n".join(
        table(Seen("SECRET", {"SECRET": "SECRET"}, [], answers * 2, [], []), "a server")
    )
    assert "SECRET" not in text
    assert text.count("\n| ") == 1 + len(ASSUMPTIONS)


@pytest.mark.parametrize("answer", ["", "n"])
def test_nothing_is_started_without_a_yes(emulator, capsys, answer):
    assert live(emulator, capsys, "passed", answer=answer) == (2, "", {})
    assert triggers(emulator) == []


def test_a_lost_trigger_is_not_repeated(emulator, capsys):
    emulator.add_fault(on="trigger", do="close-after")
    assert live(emulator, capsys, "passed", answer="y") == (8, "", {})
    assert len(triggers(emulator)) == 1


def test_the_page_says_what_depends_on_each_assumption():
    page = (ROOT / "docs/internals/assumptions.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", page, re.MULTILINE)
    assert rows == ["assumption", *ASSUMPTIONS]
