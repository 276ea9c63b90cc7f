"""The settings of a job, or all problems at once."""

import pytest

from genesis_ci.config.settings import Reporting
from genesis_ci.config.sources import Given
from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from tests.builders import EXECUTION_ID, problems_in, reporting_from
from tests.fakes import files
from tests.unit.config.configs import (
    API_URL,
    FILE,
    KEY,
    PATH,
    a_triggered,
    entry,
    parse,
    result_json,
)


def test_reporting_is_read_from_the_inputs():
    def reporting(*texts: str) -> Reporting:
        each = zip(("report-dir", "summary", "output-block"), texts, strict=True)
        return reporting_from({name: Given(text, name) for name, text in each})

    expected = Reporting(report_dir="out", summary=False, output_block="checkout")
    assert reporting("out", "false", "checkout") == expected
    assert reporting("../x", "true", "  ") == Reporting()
    key = {"api-key": Given(KEY, "api-key")}
    for name in ("report-dir", "output-block"):
        assert reporting_from({**key, name: Given(f"a-{KEY}", name)}) == Reporting()


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


def test_refused_job_records_what_it_attaches_to():
    """Its reports show the runs, and a job with config: none attaches to them."""
    given = {"verb": Verb.WAIT, "attach_from": PATH, "ci": "GITHUB_ACTIONS"}
    of_a_file = result_json(a_triggered(), config=FILE)
    for more in ({}, {"max_wait_time": "soon"}, {"config": "missing.yml"}):
        assert parse(entry(), result=of_a_file, **given, **more).config == FILE
    result = result_json(a_triggered(), change={"sha": "a" * 40})
    parsed = parse(entry(), result=result, review_status="genesis", **given)
    assert (parsed.review_status, parsed.config, parsed.tested.sha) == (None, None, "a" * 40)
    assert [(one.name, one.execution_id) for one in parsed.workflows] == [("smoke", EXECUTION_ID)]
    assert parse(entry()).config == FILE
    assert parse().config is None
