"""`result.json` read back: as it was written, or refused with the reason."""

import json

import pytest

from genesis_ci.models import MAX_WORKFLOWS
from genesis_ci.reporters import result
from genesis_ci.reporters.result_reader import ResultError, parse

from . import reports

KINDS = [
    "completed",
    "failed",
    "review",
    "several",
    "flaky",
    "no_key",
    "bad_configuration",
    "interrupted",
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_comment_shows_is_read_back_as_it_was(kind):
    written = getattr(reports, kind)()
    found = parse(result.render(written))
    assert found.outcome == written.outcome
    assert [str(one) for one in found.problems] == [str(one) for one in written.problems]
    assert found.started_at == written.started_at
    for ours, theirs in zip(found.workflows, written.workflows, strict=True):
        assert (ours.name, ours.outcome, ours.required) == (
            theirs.name,
            theirs.outcome,
            theirs.required,
        )
        assert ours.status_word == theirs.status_word
        assert [one.execution_id for one in ours.earlier] == [
            one.execution_id for one in theirs.earlier
        ]
        if ours.execution and theirs.execution:
            assert ours.execution.seconds == theirs.execution.seconds
            assert [(one.key, one.status, one.error) for one in ours.execution.blocks] == [
                (one.key, one.status, one.error) for one in theirs.execution.blocks
            ]


def test_as_many_workflows_as_a_job_may_have_are_read_back():
    document = json.loads(result.render(reports.completed()))
    document["workflows"] *= MAX_WORKFLOWS
    assert len(parse(json.dumps(document)).workflows) == MAX_WORKFLOWS


def test_a_field_of_a_later_version_is_left_alone():
    document = json.loads(result.render(reports.failed()))
    document["invented"] = document["workflows"][0]["invented"] = {"a": 1}
    assert parse(json.dumps(document)) == parse(result.render(reports.failed()))


def spoilt(**fields):
    return {**json.loads(result.render(reports.failed())), **fields}


def spoilt_workflow(**fields):
    document = spoilt()
    return {**document, "workflows": [{**document["workflows"][0], **fields}]}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the file is not an object"),
        ({}, "not a result.json of this version"),
        (spoilt(schema=2), "not a result.json of this version"),
        (spoilt(verdict="good"), "the verdict of the file is unknown"),
        (spoilt(exit_code=True), "the exit code of the file is none"),
        (spoilt(exit_code=256), "the exit code of the file is none"),
        (spoilt(message=7), "“message” of the file is not text"),
        (spoilt(workflows={}), "“workflows” of the file is not a list"),
        (spoilt(workflows=[7]), "workflows 1 of the file is not an object"),
        (spoilt(workflows=[{}] * (MAX_WORKFLOWS + 1)), "it has over 1000 workflows"),
        (spoilt(problems=[7]), "“problems” of the file is not a list of texts"),
        (spoilt(seconds="7"), "“seconds” of the file is not a number"),
        (spoilt_workflow(required="no"), "“required” of workflows 1 of the file is not true or"),
        (spoilt_workflow(blocks=[{"key": 7}]), "“key” of blocks 1 of workflows 1 of the file"),
    ],
)
def test_a_malformed_file_is_refused_with_the_reason(document, words):
    with pytest.raises(ResultError) as refused:
        parse(json.dumps(document))
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", '{"tool": 1, "tool": 2}', "[" * 200 + "]" * 200])
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(ResultError):
        parse(text)
