"""The settings of a job, or all problems at once."""

import pytest

from genesis_ci.config.settings import Reporting
from genesis_ci.config.sources import Given
from genesis_ci.models.change import Change
from genesis_ci.models.policy import USUALLY_ACCEPTED, Concurrency
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in, reporting_from
from tests.fakes import files
from tests.unit.config.configs import (
    API_URL,
    FILE,
    KEY,
    PATH,
    parse,
    result_json,
    run_of,
    workflows,
)


def test_key_and_workflow_are_enough():
    parsed = parse()
    [run] = workflows(parsed)
    assert (parsed.api_key, parsed.api_url) == (Secret(KEY), "https://genesis.autify.com")
    assert (run.workflow_id, run.execution_id, run.wait) == (WORKFLOW_ID, None, True)
    assert (run.poll_interval, run.max_wait, run.max_review) == (None, 1800, 0)
    assert run.policy.accept == USUALLY_ACCEPTED
    assert run.policy.concurrency is Concurrency.PARALLEL


NO_KEY = {"api_key": "", "missing_key": "skip"}


def test_missing_key_can_skip_the_job():
    parsed = parse(workflow_id="", **NO_KEY)
    assert (workflows(parsed), parsed.api_key) == ((), None)
    assert workflows(parse(verb=Verb.WAIT, **NO_KEY))


def test_each_execution_id_is_an_attachment():
    runs = workflows(parse(execution_id=f"{EXECUTION_ID}, other"))
    assert [(run.execution_id, run.workflow_id) for run in runs] == [
        (EXECUTION_ID, WORKFLOW_ID),
        ("other", WORKFLOW_ID),
    ]


@pytest.mark.parametrize(
    ("verb", "texts", "waits"),
    [
        (Verb.RUN, {}, True),
        (Verb.RUN, {"wait": "false"}, False),
        (Verb.TRIGGER, {}, False),
        (Verb.WAIT, {"execution_id": "x", "wait": "false"}, True),
    ],
)
def test_verb_and_wait_decide_about_waiting(verb, texts, waits):
    assert run_of(verb=verb, attempts="1", **texts).wait is waits


def test_reporting_is_read_from_the_inputs():
    def reporting(*texts: str) -> Reporting:
        each = zip(("report-dir", "summary", "output-block"), texts, strict=True)
        return reporting_from({name: Given(text, name) for name, text in each})

    expected = Reporting(report_dir="out", summary=False, output_block="checkout")
    assert reporting("out", "false", "checkout") == expected
    assert reporting("../x", "true", "  ") == Reporting()


def test_problems_are_sorted_by_file_and_line():
    config = "version: 1\nworkflows:\n  - wait: maybe\n" + "  - colour: red\n" * 8
    contents = {"a.env": "a=1\nnonsense"}
    of_job, *problems = problems_in(
        parse(config, inputs_file="a.env", wait="maybe", contents=contents)
    )
    places = list(dict.fromkeys(":".join(one.split(":")[:2]) for one in problems))
    assert of_job.startswith("wait: ")
    assert places == [*(f"{FILE}:{line}" for line in range(3, 12)), "a.env:2"]


def test_first_fifty_problems_are_shown():
    words = [f"Problem {one}." for one in range(51)]
    assert problems_in(parse(usage_problems=words[:50])) == tuple(words[:50])
    assert problems_in(parse(usage_problems=words))[49:] == (
        "Problem 49.",
        "There are 1 more problems.",
    )


@pytest.mark.parametrize("server", [API_URL, "https://other.example.com"])
def test_tested_change_is_of_this_or_the_earlier_job(server):
    """It is known for a file of another server too, so that a status is posted there."""
    ours, theirs = Change(sha="c" * 40), Change(sha="d" * 40)
    read_file = files({PATH: result_json(sha=theirs.sha, api_url=server)})
    paths: list[str] = []

    def read(path: str) -> str:
        paths.append(path)
        return read_file(path)

    assert parse(change=ours).tested == ours
    attached = parse(verb=Verb.WAIT, change=ours, attach_from=PATH, read_file=read)
    assert attached.tested == theirs
    assert paths.count(PATH) == 1
