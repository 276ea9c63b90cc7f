"""`result.json`: all fields are written, and read back unchanged or rejected."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from genesis_ci import result
from genesis_ci.models.change import Change
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import JobReport
from genesis_ci.models.workflow import MAX_WORKFLOWS
from genesis_ci.result import MAX_VALUES, ResultError, parse
from genesis_ci.system.workspace import MAX_READ

from .reporters import reports
from .reporters.reports import each_ending

SCHEMA = json.loads(Path(result.__file__).with_name("result.schema.json").read_text("utf-8"))


def strict(schema):
    """Return the schema with unknown fields forbidden."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        return closed | {"additionalProperties": False} if "properties" in closed else closed
    return [strict(item) for item in schema] if isinstance(schema, list) else schema


def test_every_ending_fits_the_published_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(strict(SCHEMA))
    each_ending(lambda made: validator.validate(json.loads(result.render(made))))


def test_long_outputs_are_written_in_full():
    long = reports.block("long", output="x" * 300_000)
    [made] = reports.failed().workflows
    made = replace(made, execution=replace(made.execution, blocks=(long,)))
    [entry] = json.loads(result.render(reports.report(made)))["workflows"]
    assert len(entry["blocks"][0]["output"]) == 300_000


def test_next_step_is_read_with_its_command():
    made = reports.timed_out().outcome
    read = parse(result.render(reports.timed_out())).outcome
    assert read.command == f"genesis-ci wait {reports.EXECUTION_ID}"
    assert (read.sentences, read.steps) == (made.sentences, made.steps)


def test_texts_and_lists_that_are_left_out_say_so():
    [made] = reports.unmet().workflows
    made = replace(made, variables={"a": "x" * 300, "b": ""}, earlier=(made,))
    text = result.render(reports.unmet()._replace(workflows=(made,)), characters=200, rows=1)
    [entry] = json.loads(text)["workflows"]
    left_out = len(made.execution.blocks) + len(made.findings) - 1
    assert entry["notes"][-1].startswith(f"{left_out} blocks, checks and variables are left out")
    assert entry["variables"] == {"a": "x" * 200 + "… [100 more characters cut]"}
    for one in (entry, *entry["earlier_attempts"]):
        assert [len(one["blocks"]), len(one["findings"])] == [1, 1]
    assert entry["message"] == made.outcome.message
    assert result.render(parse(text)) == text


def test_a_long_file_is_made_one_workflow_at_a_time():
    made = reports.report(*reports.many_blocks(50).workflows * 100)
    tracemalloc.start()
    try:
        text = result.render(made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(text)


def test_the_longest_file_is_not_refused_for_its_many_values():
    shortest = Finding(
        name="a", judgement=Judgement.MET, block="b", expected="", found="", where=""
    )
    [made] = reports.completed().workflows
    made = replace(made, findings=(shortest,) * 1_000)
    text = result.render(reports.completed()._replace(workflows=(made,)))
    assert sum(map(text.count, ",[{")) * MAX_READ // len(text) < MAX_VALUES


def test_every_ending_is_written_again_as_it_was_read():
    def check(report: JobReport) -> None:
        text = result.render(report)
        assert result.render(parse(text)) == text

    each_ending(check)


def changed(**fields):
    return {**json.loads(result.render(reports.failed())), **fields}


def changed_workflow(**fields):
    document = changed()
    return {**document, "workflows": [{**document["workflows"][0], **fields}]}


def changed_and_read(**fields):
    return parse(json.dumps(changed_workflow(**fields)))


def test_the_largest_job_and_unknown_fields_are_read():
    document = changed_workflow(invented={"a": 1}) | {"invented": 1}
    assert parse(json.dumps(document)) == parse(result.render(reports.failed()))
    document["workflows"] *= MAX_WORKFLOWS
    assert len(parse(json.dumps(document)).workflows) == MAX_WORKFLOWS


def test_statuses_and_execution_id_are_read_as_values():
    [written], [found] = (one.workflows for one in (reports.failed(), changed_and_read()))
    assert found.execution.id == written.execution_id
    assert found.execution.status is written.execution.status
    statuses = [block.status for block in written.execution.blocks]
    assert [block.status for block in found.execution.blocks] == statuses


@pytest.mark.parametrize(
    ("config", "name", "shown"),
    [
        (None, reports.WORKFLOW_ID, "Checkout"),
        (None, "workflow", "Checkout"),
        ("gate.yml", "workflow", "Checkout"),
        ("gate.yml", reports.WORKFLOW_ID, ""),
        (None, "smoke", ""),
    ],
)
def test_a_workflow_without_a_name_is_shown_by_its_name_in_genesis(config, name, shown):
    execution = {"workflow_name": "Checkout"}
    entry = changed_workflow(name=name, workflow_id=reports.WORKFLOW_ID, execution=execution)
    [found] = parse(json.dumps(entry | {"config": config})).workflows
    assert (found.name, found.shown_name) == (name, shown)


def test_a_file_without_later_fields_is_read():
    document = changed_workflow()
    later = ["flaky", "attached", "earlier_attempts", "findings", "variables", "wait_for"]
    document["workflows"] = [
        {name: value for name, value in document["workflows"][0].items() if name not in later}
    ]
    del document["change"], document["flaky"], document["notices"]
    found = parse(json.dumps(document))
    assert (found.change, found.workflows[0].earlier) == (Change(), ())


def test_texts_of_the_file_are_cleaned_and_cut():
    found = parse(json.dumps(changed(message="a\n\x1b[2J\u202e" + "x" * 5_000, tool_version="\0")))
    assert found.outcome.message.startswith("a \\x1b[2J\\u202ex")
    assert found.outcome.message.endswith("more characters cut]")
    assert len(found.outcome.message) < 4_100
    assert found.tool_version == "\\x00"
    [run] = changed_and_read(blocks=[{"key": "b", "output": "x" * 200_000}]).workflows
    assert run.execution.blocks[0].output == "x" * 100_000 + "… [100000 more characters cut]"
    found = parse(json.dumps(changed(change={"branch": "x" * 301})))
    assert found.change.branch == f"{'x' * 300}… [1 more characters cut]"


@pytest.mark.parametrize("time", ["yesterday", "0001-01-01T00:00:00+14:00"])
def test_an_invalid_time_is_unknown(time):
    execution = {"started_at": time, "finished_at": "2026-03-14T09:26:53"}
    found = changed_and_read(execution=execution).workflows[0].execution
    assert found.started_at is None
    assert found.finished_at.isoformat() == "2026-03-14T09:26:53+00:00"


FORGED = [
    ("sha", 7, "text"),
    *(
        ("sha", text, "a commit in hexadecimal digits")
        for text in ("HEAD", "", "A" * 40, "a" * 40 + "\n", "a" * 65, "a" * 6, "../../pulls")
    ),
    *(
        ("change", text, "the number of a request")
        for text in ("1/../../../../evil/repo/pulls/7", "", "..", "1\n", "٣", "1" * 13, "7?a=b")
    ),
    ("change", 7, "text"),
    *(
        ("repository", text, "the name of a repository")
        for text in ("..", "a/../b", "a/.", "/a", "a//b", "a?b", "a\nb", "a%2fb", "", "x" * 151)
    ),
]


FORGED_ATTEMPT = {"verdict": "failed", "exit_code": 1, "passed_by_policy": False}
FORGED_ATTEMPT |= {"execution_id": "../x"}


@pytest.mark.parametrize(
    "repository", ["acme/shop", "a.b/c-d/e_f", "My Shop", "日本/店", ".github"]
)
def test_the_names_of_repositories_are_read(repository):
    assert parse(json.dumps(changed(change={"repository": repository}))).change == Change(
        repository=repository
    )


def test_what_no_request_may_have_is_not_written():
    change = Change(sha="HEAD", request="x", repository="a/../b", branch="HEAD")
    written = json.loads(result.render(reports.failed()._replace(change=change)))["change"]
    assert {name: text for name, text in written.items() if text} == {"branch": "HEAD"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the file is not an object"),
        (changed(tool="x"), "not a result.json of this version"),
        (changed(schema=2), "not a result.json of this version"),
        (changed(schema=True), "not a result.json of this version"),
        (changed(verdict="good"), "“verdict” of the file is not known"),
        (changed(exit_code=True), "“exit_code” of the file is not a number from 0 to 255"),
        (changed(exit_code=256), "“exit_code” of the file is not a number from 0 to 255"),
        (changed(message=7), "“message” of the file is not text"),
        (changed(workflows=None), "its list of workflows is missing or too long"),
        (changed(workflows=[{}] * (MAX_WORKFLOWS + 1)), "is missing or too long"),
        (changed(workflows=[7]), "workflow 1 of the file is not an object"),
        (changed(problems=[7]), "“problems” of the file is not a list of texts"),
        (changed(seconds="7"), "“seconds” of the file is not a number"),
        (changed(seconds=10**399), "“seconds” of the file is not a number"),
        (changed(change=[]), "“change” of the file is not an object"),
        *(
            (changed(change={name: text}), f"“{name}” of “change” of the file is not {what}")
            for name, text, what in FORGED
        ),
        (changed(attach_to=["x; y"]), "“attach_to” of the file is not a list of ids"),
        (changed_workflow(required="no"), "“required” of workflow 1 of the file is not true or"),
        *(
            (changed_workflow(**{name: text}), f"“{name}” of workflow 1 of the file is not an id")
            for name in ("execution_id", "workflow_id")
            for text in (" run-1", "run-1\n", "../x", "..", "a/b", "a?b", "-x", "", "x" * 129)
        ),
        (
            changed_workflow(earlier_attempts=[FORGED_ATTEMPT]),
            "“execution_id” of earlier attempt 1 of workflow 1 of the file is not an id",
        ),
        (changed_workflow(variables={"a\n": 7}), "“variables” of workflow 1 of the file is not an"),
        (changed_workflow(earlier_attempts={}), "“earlier_attempts” of workflow 1 of the file is"),
        (changed_workflow(findings=[{"judgement": "x"}]), "“judgement” of finding 1 of workflow 1"),
        (changed_workflow(blocks=[{"key": 7}]), "“key” of block 1 of workflow 1 of the file"),
    ],
)
def test_a_malformed_file_is_rejected_with_the_reason(document, words):
    with pytest.raises(ResultError) as error:
        parse(json.dumps(document))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not valid JSON"), (f"[{'[],' * MAX_VALUES}[]]", "it has over 1500000 values")],
    ids=["half", "many values"],
)
def test_a_file_other_than_strict_json_is_rejected(text, words):
    with pytest.raises(ResultError) as error:
        parse(text)
    assert str(error.value) == f"the file cannot be read: {words}"
