"""The outputs of the job: JSON stays valid within the limits of the CI."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from genesis_ci.models import UNKNOWN_STATUS, Block, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.providers.github import GitHub
from genesis_ci.reporters import outputs
from genesis_ci.reporters.junit import suites_of
from genesis_ci.reporters.truncate import Limits

from . import reports

MOST = outputs.MAX_OUTPUT


def rendered(report: RunReport, output_block: str | None = None) -> dict[str, str]:
    return outputs.render(report, report_dir="results", output_block=output_block)


def output_of(*workflows: WorkflowReport) -> dict[str, object]:
    return json.loads(rendered(reports.report(*workflows))["output"])


def results_of(*workflows: WorkflowReport) -> list[dict[str, object]]:
    return json.loads(rendered(reports.report(*workflows))["results"])


def a_workflow(*blocks: Block, name: str = "smoke") -> WorkflowReport:
    return reports.judged(reports.execution(Status.COMPLETED, *blocks), name=name)


def a_block(key: str, output: str | None, *, is_json: bool = False) -> Block:
    return replace(reports.block(key, output=output), output_is_json=is_json)


def size(text: str) -> int:
    return len(text.encode())


def test_output_has_blocks_by_key_and_by_workflow_if_several():
    open_, look = a_block("open", "opened"), a_block("look", '{"ok": 1}', is_json=True)
    assert output_of(a_workflow(open_, look)) == {"open": "opened", "look": {"ok": 1}}
    assert output_of(a_workflow(open_, name="a"), a_workflow(look, name="b")) == {
        "a": {"open": "opened"},
        "b": {"look": {"ok": 1}},
    }


def test_block_without_output_is_left_out():
    silent, empty = a_block("silent", None), a_block("empty", "")
    assert output_of(a_workflow(silent, empty)) == {"empty": ""}
    assert output_of(a_workflow(silent, name="a"), a_workflow(name="b")) == {"a": {}, "b": {}}


def test_workflow_without_a_run_has_no_output():
    assert output_of(reports.workflow(Verdict.REJECTED)) == {}


def test_equal_workflow_names_are_numbered_as_in_the_junit_file():
    names = ("smoke", "smoke (2)", "smoke", "smoke")
    workflows = [a_workflow(a_block("say", "x"), name=name) for name in names]
    found = [*output_of(*workflows)]
    assert found == ["smoke", "smoke (2)", "smoke (3)", "smoke (4)"]
    suites = suites_of(reports.report(*workflows), Limits(rows=100, characters=100))
    assert found == [suite.name for suite in suites]
    assert found == [row["name"] for row in results_of(*workflows)]


def test_equal_block_keys_are_numbered():
    assert output_of(a_workflow(a_block("***", "one"), a_block("***", "two"))) == {
        "***": "one",
        "*** (2)": "two",
    }


def numbered(count: int, width: int = 0) -> list[WorkflowReport]:
    """Workflows with one block, and names with at least `width` digits."""
    one = a_workflow(a_block("a", "x"))
    return [replace(one, name=f"{n:0{width}}") for n in range(count)]


BIG: dict[str, Callable[[], Iterable[WorkflowReport]]] = {
    "one long text": lambda: [a_workflow(a_block("a", "x" * 2 * MOST))],
    "quotes that JSON escapes": lambda: [a_workflow(a_block("a", '"' * MOST))],
    "controls that JSON escapes": lambda: [a_workflow(a_block("a", "\x01" * MOST))],
    "letters of three bytes": lambda: [a_workflow(a_block("a", "日" * MOST))],
    "emoji": lambda: [a_workflow(a_block("a", "🛒" * MOST))],
    "one long JSON value": lambda: [
        a_workflow(a_block("a", json.dumps(["x"] * (MOST // 2)), is_json=True))
    ],
    "many workflows": lambda: [
        a_workflow(a_block("a", "x" * 9_000), name=f"w{n}") for n in range(20)
    ],
    "many workflows of one name": lambda: [a_workflow(a_block("a", "x" * 9_000))] * 20,
    "more blocks than fit": lambda: [
        a_workflow(*(a_block(f"b{n}", "x" * 190) for n in range(700)))
    ],
    "more workflows than fit": lambda: numbered(400, width=120),
}


@pytest.mark.parametrize("big", BIG)
def test_large_outputs_are_valid_json_within_the_limit_of_github(big, tmp_path):
    values = rendered(reports.report(*BIG[big]()))
    assert all(size(text) <= MOST < 120 * 1024 for text in values.values())
    GitHub({"GITHUB_OUTPUT": str(tmp_path / "output")}, lambda _: None).outputs(values)
    lines = (tmp_path / "output").read_text().split("\n")
    for name in ("output", "results"):
        [at] = [at for at, line in enumerate(lines) if line.startswith(f"{name}<<")]
        assert json.loads(lines[at + 1])


def test_only_texts_that_are_too_long_are_shortened():
    workflows = (
        a_workflow(a_block("short", "fine"), a_block("value", "[1]", is_json=True), name="a"),
        a_workflow(a_block("long", "x" * 2 * MOST), name="b"),
    )
    found = output_of(*workflows)
    assert found["a"] == {"short": "fine", "value": [1]}
    assert found["b"]["long"].startswith("xxx")
    assert found["b"]["long"].endswith("more characters in result.json]")
    assert size(rendered(reports.report(*workflows))["output"]) > 0.8 * MOST


def test_text_of_exactly_the_limit_is_not_shortened():
    text = "x" * (MOST - size(json.dumps({"a": ""})))
    assert output_of(a_workflow(a_block("a", text))) == {"a": text}
    assert "more characters in result.json" in output_of(a_workflow(a_block("a", text + "x")))["a"]


def test_outputs_that_are_left_out_are_counted():
    found = output_of(*BIG["more blocks than fit"]())
    note = found.pop(outputs.MORE_BLOCKS)
    assert note == f"{700 - len(found)} more outputs are left out; result.json has them all."
    assert found["b0"] == "x" * 190


def test_results_that_are_left_out_are_counted():
    *found, last = results_of(*BIG["more workflows than fit"]())
    assert last == {
        "name": outputs.MORE_WORKFLOWS,
        "left-out": 400 - len(found),
        "see": "result.json",
    }
    assert len(found) > 200
    assert all(result["verdict"] == "passed" for result in found)


def test_execution_ids_that_are_left_out_are_counted():
    workflows = [replace(one, execution_id=f"{n:0360}") for n, one in enumerate(numbered(400))]
    *ids, last = rendered(reports.report(*workflows))["execution-id"].split(",")
    assert last == f"{400 - len(ids)} more in result.json"
    assert ids == [f"{n:0360}" for n in range(len(ids))]


def test_results_have_the_attempts_of_a_flaky_pass():
    [row] = results_of(*reports.flaky().workflows)
    assert (row["attempts"], row["flaky"], row["kept"]) == (2, True, False)


@pytest.mark.parametrize(("count", "unmet"), [(1, 50), (40, 2)])
def test_results_have_the_first_unmet_checks_that_fit(count, unmet):
    rows = results_of(*reports.many_checks().workflows * count)
    assert len(rows) == count
    assert rows[0]["checks"] == {"met": 62, "unmet": 60, "skipped": 0}
    assert (len(rows[0]["unmet"]), rows[0]["unmet-left-out"]) == (unmet, 60 - unmet)


def test_output_block_selects_the_text_of_one_block():
    text = '{"ok":  1}'
    report = reports.report(a_workflow(a_block("a", text, is_json=True), a_block("b", "x")))
    assert rendered(report, "a")["output"] == text
    assert rendered(report, "b")["output"] == "x"


def test_long_text_of_an_output_block_is_shortened():
    text = rendered(reports.report(a_workflow(a_block("a", "日" * 200_000))), "a")["output"]
    assert text.endswith("more characters in result.json]")
    assert 0.8 * MOST < size(text) <= MOST


def test_long_json_of_an_output_block_becomes_a_json_string():
    value = json.dumps(["x"] * 90_000)
    report = reports.report(a_workflow(a_block("a", value, is_json=True)))
    text = rendered(report, "a")["output"]
    assert json.loads(text).startswith('["x", "x"')
    assert size(text) <= MOST


@pytest.mark.parametrize(
    ("count", "known"),
    [
        (9, "There are “block-0”, “block-1”, “block-2”, “block-3”, “block-4”, 4 more."),
        (0, "Genesis listed no blocks."),
    ],
)
def test_warning_about_a_missing_block_lists_known_blocks(count, known):
    blocks = [a_block(f"block-{n}", None) for n in range(count)]
    assert outputs.missing_block(reports.report(a_workflow(*blocks)), "blok-1") == (
        f"output-block: no workflow has a block “blok-1”, so the output is empty. {known}"
    )


@pytest.mark.parametrize(
    ("report", "output_block"),
    [
        (reports.report(a_workflow(a_block("a", None))), "a"),
        (reports.report(a_workflow(), a_workflow(a_block("a", "x"))), "a"),
        (reports.report(reports.workflow(Verdict.REJECTED)), "a"),
        (reports.bad_configuration(), "a"),
        (reports.report(a_workflow()), None),
    ],
    ids=["silent block", "second workflow", "no run", "no workflow", "no output-block"],
)
def test_no_warning_unless_runs_lack_the_output_block(report, output_block):
    assert outputs.missing_block(report, output_block) is None


@pytest.mark.parametrize(
    "word", ["$KEY", "${KEY}", "%KEY%", "a b", "a\nb", "a#b", "a'b", 'a"b', "é"]
)
def test_dotenv_file_replaces_words_that_gitlab_expands_or_refuses(word):
    workflow = reports.judged(replace(reports.execution(Status.COMPLETED), status_word=word))
    lines = outputs.render_dotenv(reports.report(workflow)).splitlines()
    assert f"GENESIS_RESULT_STATUS={UNKNOWN_STATUS}" in lines
