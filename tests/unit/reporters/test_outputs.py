"""The outputs of the job: JSON stays valid within the limits of the CI."""

import json
from dataclasses import replace
from typing import Any

import pytest

from genesis_ci.models.execution import UNKNOWN_STATUS, Block, Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import JobReport, Verdict, WorkflowReport
from genesis_ci.reporters import outputs
from genesis_ci.reporters.junit import make_suites
from genesis_ci.reporters.truncate import Limits
from tests.approved import check_approved

from . import reports

MOST = outputs.MAX_OUTPUT


def rendered(report: JobReport, output_block: str | None = None) -> dict[str, str]:
    return outputs.by_name(report, report_dir="results", output_block=output_block)


def value_of(name: str, *workflows: WorkflowReport) -> Any:
    return json.loads(rendered(reports.report(*workflows))[name])


def a_workflow(*blocks: Block, name: str = "smoke") -> WorkflowReport:
    return reports.judged(reports.execution(Status.COMPLETED, *blocks), name=name)


def test_tests_of_each_judgement_have_an_output():
    assert {kind.row.output for kind in Judgement} <= outputs.OUTPUT_NAMES.keys()


def a_block(key: str, output: str | None, *, is_json: bool = False) -> Block:
    return reports.block(key, output=output, output_is_json=is_json)


def size(text: str) -> int:
    return len(text.encode())


def cases() -> dict[str, tuple[JobReport, str | None]]:
    """Reports, each with an `output-block`, by what is special about their outputs."""
    open_, look = a_block("open", "opened"), a_block("look", '{"ok":  1}', is_json=True)
    silent, empty = a_block("silent", None), a_block("empty", "")
    all_kinds = reports.report(a_workflow(open_, look, silent, empty, open_))
    two = reports.report(a_workflow(open_, name="a"), a_workflow(silent, name="b"))
    refused = reports.report(reports.workflow(Verdict.REJECTED))
    many = reports.report(a_workflow(*(a_block(f"b{n}", None) for n in range(9))))
    nothing = reports.report(outcome=reports.outcome_of(Verdict.FAILED))
    return {
        "every block": (all_kinds, None),
        "one block": (all_kinds, "look"),
        "block without an output": (all_kinds, "silent"),
        "two workflows": (two, None),
        "block of the first of two workflows": (two, "open"),
        "no run": (refused, None),
        "block without a run": (refused, "open"),
        "unknown block": (many, "open"),
        "unknown block of no blocks": (reports.report(a_workflow()), "open"),
        "block without a workflow": (nothing, "open"),
        "flaky": (reports.flaky(), None),
        "failed checks": (reports.unmet(), None),
        "known failures": (reports.known_failures(), None),
    }


def test_outputs_are_approved() -> None:
    """All lines of the first case, and those of the others that it does not have."""
    texts: dict[str, list[str]] = {}
    for name, (report, output_block) in cases().items():
        lines = [f"{key}: {value}" for key, value in rendered(report, output_block).items()]
        lines += outputs.dotenv(report).splitlines()
        lines += filter(None, [outputs.missing_block(report, output_block)])
        first = next(iter(texts.values()), [])
        texts[name] = [line for line in lines if line not in first]
    check_approved("outputs", {name: "\n".join(lines) for name, lines in texts.items()})


def test_equal_workflow_names_are_numbered_as_in_the_junit_file():
    names = ("smoke", "smoke (2)", "smoke", "smoke")
    workflows = [a_workflow(a_block("say", "x"), name=name) for name in names]
    found = [*value_of("output", *workflows)]
    assert found == ["smoke", "smoke (2)", "smoke (3)", "smoke (4)"]
    suites = make_suites(reports.report(*workflows), Limits(rows=100, characters=100))
    assert found == [suite.name for suite in suites]
    assert found == [row["name"] for row in value_of("results", *workflows)]


LONG_VALUE = json.dumps(["x"] * (MOST // 2))
BIG = {
    "quotes that JSON escapes": [a_workflow(a_block("a", '"' * MOST))],
    "letters of three bytes": [a_workflow(a_block("a", "日" * MOST))],
    "one long JSON value": [a_workflow(a_block("a", LONG_VALUE, is_json=True))],
    "workflows of one name": [a_workflow(a_block("a", "x" * 9_000))] * 20,
    "blocks": [a_workflow(*(a_block(f"b{n}", "x" * 190) for n in range(700)))],
    "workflows": [a_workflow(a_block("a", "x"), name=f"{n:0120}") for n in range(400)],
}


@pytest.mark.parametrize("big", BIG)
def test_large_outputs_are_valid_json_within_the_limit_of_github(big):
    values = rendered(reports.report(*BIG[big]))
    assert all(size(text) <= MOST < 120 * 1024 for text in values.values())
    assert json.loads(values["output"])
    assert json.loads(values["results"])


def test_text_of_exactly_the_limit_is_not_shortened():
    text = "x" * (MOST - size(json.dumps({"a": ""})))
    assert value_of("output", a_workflow(a_block("a", text))) == {"a": text}
    assert (
        "more characters in result.json"
        in value_of("output", a_workflow(a_block("a", text + "x")))["a"]
    )


def test_outputs_results_and_ids_that_are_left_out_are_counted():
    found = value_of("output", *BIG["blocks"])
    note = found.pop(outputs.MORE_BLOCKS)
    assert note == f"{700 - len(found)} more outputs are left out; result.json has them all."
    assert found["b0"] == "x" * 190
    *rows, last = value_of("results", *BIG["workflows"])
    left_out = 400 - len(rows)
    assert last == {"name": outputs.MORE_WORKFLOWS, "left-out": left_out, "see": "result.json"}
    assert len(rows) > 200
    assert {row["verdict"] for row in rows} == {"passed"}
    workflows = [replace(one, execution_id=f"{n:0360}") for n, one in enumerate(BIG["workflows"])]
    *ids, last = rendered(reports.report(*workflows))["execution-id"].split(",")
    assert last == f"{400 - len(ids)} more in result.json"
    assert ids == [f"{n:0360}" for n in range(len(ids))]


def test_results_have_the_first_unmet_checks_that_fit():
    for count, unmet in ((1, 50), (40, 2)):
        rows = value_of("results", *reports.many_checks().workflows * count)
        assert len(rows) == count
        assert rows[0]["checks"] == {"met": 62, "unmet": 60, "known-failed": 0, "skipped": 0}
        assert (len(rows[0]["unmet"]), rows[0]["unmet-left-out"]) == (unmet, 60 - unmet)


def test_long_output_of_one_block_is_shortened():
    blocks = (a_block("json", LONG_VALUE, is_json=True), a_block("text", "日" * 200_000))
    report = reports.report(a_workflow(*blocks))
    found = {one.key: rendered(report, one.key)["output"] for one in blocks}
    assert json.loads(found["json"]).startswith('["x", "x"')
    assert found["text"].endswith("more characters in result.json]")
    assert size(found["json"]) <= MOST
    assert 0.8 * MOST < size(found["text"]) <= MOST


@pytest.mark.parametrize("word", ["$KEY", "%KEY%", "a b", "a\nb", "a#b", "a'b", 'a"b', "é"])
def test_dotenv_file_replaces_words_that_gitlab_expands_or_refuses(word):
    workflow = reports.judged(replace(reports.execution(Status.COMPLETED), status_word=word))
    lines = outputs.dotenv(reports.report(workflow)).splitlines()
    assert f"GENESIS_RESULT_STATUS={UNKNOWN_STATUS}" in lines
