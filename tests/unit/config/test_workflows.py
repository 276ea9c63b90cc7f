"""Which workflows a job runs: those of its config file, or of its inputs."""

import pytest

from genesis_ci.models.workflow import Verb, Workflow
from genesis_ci.outcomes import not_selected
from tests.builders import WORKFLOW_ID, problems_in
from tests.unit.config.configs import (
    FILE,
    OTHER_ID,
    PATH,
    a_triggered,
    parse,
    result_json,
    workflows,
)

READABLE = "Write none, or the path of a readable file in the workspace."
OTHER_FILE = {"config": "other.yml"}
BESIDE = (
    f"“{FILE}” is here, and its checks would not count, because workflow-id is set. Set config: "
    "none, or drop workflow-id."
)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (OTHER_FILE, FileNotFoundError(), f"there is no file “other.yml”. {READABLE}"),
        ({}, OSError(40, "It loops"), f"“{FILE}” cannot be read: It loops. {READABLE}"),
        ({}, ValueError("too long; cut it"), f"“{FILE}” cannot be read: too long; cut it."),
        ({"workflow_id": OTHER_ID, "only": ""}, PermissionError(), BESIDE),
    ],
)
def test_missing_or_unreadable_file_is_a_problem(given, error, words):
    def read(_: str) -> str:
        raise error

    parsed = parse(**{"workflow_id": "", "only": "smoke", "read_file": read, **given})
    assert problems_in(parsed) == (f"config: {words}",)


@pytest.mark.parametrize(("more", "problems"), [(0, []), (1, ["inputs: they make 10000001 bytes"])])
def test_variables_of_all_sources_have_a_total_limit(more, problems):
    frame = len('{"a":""}')
    of_file, of_job = ("a=" + "x" * (size - frame) for size in (9_999_900, 100 + more))
    found = problems_in(parse(inputs=of_job, inputs_file="more", contents={"more": of_file}))
    assert [problem.split(",")[0] for problem in found] == problems


KNOWN = {"known_failures": "[{test: t, until: 2026-03-17}]"}


@pytest.mark.parametrize(
    ("of_each", "entries", "too_much", "given"),
    [
        ("a=1\n" + "".join(f"b{number}=\n" for number in range(1_998)), 50, False, {}),
        ("a=1\n" + "".join(f"b{number}=\n" for number in range(1_999)), 50, True, {}),
        ("a=1\n" + "".join(f"b{number}=\n" for number in range(1_998)), 50, True, KNOWN),
        ("a=" + "x" * 1_000_000, 20, False, {}),
        ("a=" + "x" * 1_000_000, 22, True, {"verb": Verb.WAIT, "attach_from": PATH}),
    ],
)
def test_all_workflows_have_a_total_limit(of_each, entries, too_much, given):
    """Of variables, checks and known failures. Entries after the limit are not read."""
    text = listed(*[f"workflow-id: {WORKFLOW_ID}, name: w{one}" for one in range(entries)])
    defaults = "defaults: {expect: [{block: b, not-empty: true}]}"
    text = text.replace("workflows:", f"{defaults}\nworkflows:")
    words = (
        "config: its workflows have over 100000 variables, checks and known failures or over "
        "20 MB in all; give some of them to another job."
    )
    contents = {"more": of_each, PATH: result_json(a_triggered(), config=FILE)}
    found = problems_in(parse(text, inputs_file="more", contents=contents, **given))
    assert found == ((words,) if too_much else ())


def listed(*entries: str) -> str:
    """A file with these entries from line 3."""
    return "version: 1\nworkflows:\n" + "".join(f"  - {{{one}}}\n" for one in entries)


TAGGED = listed(
    f"name: smoke  test, tags: [daily, 速い], workflow-id: {WORKFLOW_ID}",
    f"name: 'of $${{X}}', tags: 'slow, 速い, daily', workflow-id: {WORKFLOW_ID}",
    f"tags: ['${{EMPTY:-}}slow'], workflow-id: {OTHER_ID}, wait: false",
    "name: other, accept: maybe, inputs: {token: '${UNSET}'}, wait: perhaps",
    f"name: another, concurrency-policy: cancel-previous, workflow-id: {WORKFLOW_ID}, wait: false",
).replace("workflows:", "defaults: {secret-inputs: [token]}\nworkflows:")


@pytest.mark.parametrize(
    ("only", "selected"),
    [
        ("smoke test", [0]),
        ("速い", [0, 1]),
        ("daily", [0, 1]),
        ("slow\nsmoke test,slow", [0, 1, 2]),
        ("another", [4]),
        ("of ${X}", [1]),
        (OTHER_ID, [2]),
    ],
)
def test_only_selects_by_name_or_tag(only, selected):
    """The values of the other entries are not checked."""
    every = workflows(parse(TAGGED, only=only))
    assert [one.name for one in every] == ["smoke test", "of ${X}", OTHER_ID, "other", "another"]
    assert [at for at, one in enumerate(every) if not one.ended] == selected
    for one in every:
        if one.ended:
            assert one == Workflow(
                name=one.name,
                tags=one.tags,
                workflow_id=one.workflow_id,
                secrets={"token": "${UNSET}"} if one.name == "other" else {},
                ended=not_selected(),
            )
