"""The job's outputs: none is lost, and what is JSON stays JSON within the CI's limits."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from genesis_ci.models import UNKNOWN_STATUS, Block, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.providers.github import GitHub
from genesis_ci.reporters import outputs
from genesis_ci.reporters.junit import suites_of
from genesis_ci.reporters.truncate import Room

from . import reports

ROOM = Room(rows=100, characters=100)


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


def test_one_workflow_gives_its_blocks_and_several_give_theirs_by_name():
    open_, look = a_block("open", "opened"), a_block("look", '{"ok": 1}', is_json=True)
    assert output_of(a_workflow(open_, look)) == {"open": "opened", "look": {"ok": 1}}
    assert output_of(a_workflow(open_, name="a"), a_workflow(look, name="b")) == {
        "a": {"open": "opened"},
        "b": {"look": {"ok": 1}},
    }


def test_a_block_without_output_is_left_out_and_a_workflow_without_any_is_empty():
    silent, empty = a_block("silent", None), a_block("empty", "")
    assert output_of(a_workflow(silent, empty)) == {"empty": ""}
    assert output_of(a_workflow(silent, name="a"), a_workflow(name="b")) == {"a": {}, "b": {}}


def test_a_workflow_that_nothing_was_seen_of_has_no_output():
    assert output_of(reports.workflow(Verdict.REJECTED)) == {}


def test_workflows_of_one_name_are_numbered_as_junit_numbers_them():
    workflows = [a_workflow(a_block("say", word)) for word in ("one", "two", "three")]
    assert output_of(*workflows) == {
        "smoke": {"say": "one"},
        "smoke (2)": {"say": "two"},
        "smoke (3)": {"say": "three"},
    }
    junit = [suite.name for suite in suites_of(reports.report(*workflows), ROOM)]
    assert list(output_of(*workflows)) == junit


def test_a_numbered_name_never_takes_the_place_of_one_that_was_given():
    names = ("smoke", "smoke (2)", "smoke")
    told = output_of(*(a_workflow(a_block("say", name), name=name) for name in names))
    assert len(told) == 3


def test_a_result_has_the_name_that_its_output_has():
    workflows = [a_workflow(a_block("say", "x")) for _ in range(2)]
    assert [result["name"] for result in results_of(*workflows)] == [*output_of(*workflows)]


def test_blocks_whose_keys_became_equal_are_numbered_too():
    assert output_of(a_workflow(a_block("***", "one"), a_block("***", "two"))) == {
        "***": "one",
        "*** (2)": "two",
    }


MOST = outputs.MAX_OUTPUT


def named(count: int, width: int = 0) -> Iterator[WorkflowReport]:
    """Workflows of one block each, with names of so many digits."""
    one = a_workflow(a_block("a", "x"))
    return (replace(one, name=f"{n:0{width}}") for n in range(count))


BIG: dict[str, Callable[[], Iterable[WorkflowReport]]] = {
    "one long text": lambda: [a_workflow(a_block("a", "x" * 2 * MOST))],
    "quotes that JSON writes as two": lambda: [a_workflow(a_block("a", '"' * MOST))],
    "controls that JSON writes as six": lambda: [a_workflow(a_block("a", "\x01" * MOST))],
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
    "more workflows than fit": lambda: named(400, width=120),
}


@pytest.mark.parametrize("big", BIG)
def test_however_much_there_is_github_gets_json_that_lets_the_next_step_start(big, tmp_path):
    values = rendered(reports.report(*BIG[big]()))
    assert all(size(text) <= outputs.MAX_OUTPUT < 120 * 1024 for text in values.values())
    GitHub({"GITHUB_OUTPUT": str(tmp_path / "output")}, lambda _: None).outputs(values)
    lines = (tmp_path / "output").read_text().split("\n")
    for name in ("output", "results"):
        [at] = [at for at, line in enumerate(lines) if line.startswith(f"{name}<<")]
        assert json.loads(lines[at + 1])


def test_only_texts_that_are_too_long_are_shortened_and_they_say_so():
    told = output_of(
        a_workflow(a_block("short", "fine"), a_block("value", "[1]", is_json=True), name="a"),
        a_workflow(a_block("long", "x" * 2 * MOST), name="b"),
    )
    assert told["a"] == {"short": "fine", "value": [1]}
    assert told["b"]["long"].startswith("xxx")
    assert told["b"]["long"].endswith("more characters in result.json]")


def test_shortening_leaves_as_much_as_there_is_room_for():
    text = rendered(reports.report(a_workflow(a_block("a", "x" * 2 * MOST))))["output"]
    assert size(text) > 0.8 * outputs.MAX_OUTPUT


def test_what_just_fits_is_not_shortened():
    frame = size(json.dumps({"a": ""}))
    whole = "x" * (outputs.MAX_OUTPUT - frame)
    assert output_of(a_workflow(a_block("a", whole))) == {"a": whole}
    assert "more characters in result.json" in output_of(a_workflow(a_block("a", whole + "x")))["a"]


def test_outputs_that_are_left_out_are_counted():
    told = output_of(*BIG["more blocks than fit"]())
    words = told.pop(outputs.MORE_BLOCKS)
    assert words == f"{700 - len(told)} more outputs are left out; result.json has them all."
    assert told["b0"] == "x" * 190


def test_results_that_are_left_out_are_counted():
    *told, last = results_of(*BIG["more workflows than fit"]())
    assert last == {
        "name": outputs.MORE_WORKFLOWS,
        "left-out": 400 - len(told),
        "see": "result.json",
    }
    assert all(result["verdict"] == "passed" for result in told)


def test_ids_that_are_too_many_are_counted():
    workflows = [replace(one, execution_id=f"{n:0360}") for n, one in enumerate(named(400))]
    *ids, last = rendered(reports.report(*workflows))["execution-id"].split(",")
    assert last == f"{400 - len(ids)} more in result.json"
    assert ids == [f"{n:0360}" for n in range(len(ids))]


def test_workflows_with_long_names_all_have_their_result():
    workflows = [a_workflow(name=f"{n} " + "名前" * 70) for n in range(150)]
    told = results_of(*workflows)
    assert len(told) == 150
    assert {result["execution-id"] for result in told} == {reports.EXECUTION_ID}


def test_one_blocks_output_is_its_text_as_it_came():
    text = '{"ok":  1}'
    report = reports.report(a_workflow(a_block("a", text, is_json=True), a_block("b", "x")))
    assert rendered(report, "a")["output"] == text
    assert rendered(report, "b")["output"] == "x"


def test_one_blocks_output_that_is_too_long_is_cut_and_says_so():
    text = rendered(reports.report(a_workflow(a_block("a", "日" * 200_000))), "a")["output"]
    assert text.endswith("more characters in result.json]")
    assert 0.8 * outputs.MAX_OUTPUT < size(text) <= outputs.MAX_OUTPUT


def test_one_blocks_json_that_is_too_long_becomes_a_json_text():
    value = json.dumps(["x"] * 90_000)
    report = reports.report(a_workflow(a_block("a", value, is_json=True)))
    text = rendered(report, "a")["output"]
    assert json.loads(text).startswith('["x", "x"')
    assert size(text) <= outputs.MAX_OUTPUT


def test_a_block_that_no_workflow_has_is_named_with_some_that_there_are():
    blocks = [a_block(f"block-{n}", None) for n in range(9)]
    words = outputs.missing_block(reports.report(a_workflow(*blocks)), "blok-1")
    assert words == (
        "output-block: no workflow has a block “blok-1”, so the output is empty. There are "
        "“block-0”, “block-1”, “block-2”, “block-3”, “block-4”, 4 more."
    )


def test_a_block_that_is_asked_of_a_run_without_any_is_told():
    words = outputs.missing_block(reports.report(a_workflow()), "a")
    assert words is not None
    assert words.endswith("Genesis told of no block at all.")


@pytest.mark.parametrize(
    "report",
    [
        reports.report(a_workflow(a_block("a", None))),
        reports.report(a_workflow(), a_workflow(a_block("a", "x"))),
        reports.report(reports.workflow(Verdict.REJECTED)),
        reports.bad_configuration(),
    ],
    ids=["silent block", "block of the second workflow", "nothing seen", "nothing run"],
)
def test_nothing_is_said_of_a_block_that_is_there_or_of_runs_that_were_not_seen(report):
    assert outputs.missing_block(report, "a") is None


def test_nothing_is_said_when_no_block_was_asked_for():
    assert outputs.missing_block(reports.report(a_workflow()), None) is None


@pytest.mark.parametrize(
    "word", ["$KEY", "${KEY}", "%KEY%", "a b", "a\nb", "a#b", "a'b", 'a"b', "é"]
)
def test_the_dotenv_file_has_no_word_that_gitlab_would_expand_or_refuse(word):
    workflow = reports.judged(replace(reports.execution(Status.COMPLETED), status_word=word))
    lines = outputs.render_dotenv(reports.report(workflow)).splitlines()
    assert f"GENESIS_RESULT_STATUS={UNKNOWN_STATUS}" in lines
