"""A bug of genesis-ci anywhere in a job: exit code 70, red reports, no secrets, the known id."""

from typing import Any

import pytest

from genesis_ci.config.settings import Reporting
from genesis_ci.jobs.publish import REPORTS, Publisher
from genesis_ci.models.execution import Status
from genesis_ci.system.workspace import Workspace
from tests.builders import an_execution
from tests.fakes import FakeApi
from tests.unit.published import KEY, Job, polled

UNKNOWN_ID = {"make_loop", "trigger", "starting"}
"""Places at which the job has no id yet."""


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


def fails(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError(f"a secret: {KEY}")


def completed() -> FakeApi:
    return polled(an_execution(Status.COMPLETED))


def assert_red(job: Job) -> None:
    provider = job.provider
    files = [path.read_text() for path in (job.root / "genesis-results").iterdir()]
    shown = f"{provider.lines}{provider.annotations}"
    assert job.exit_code == 70
    assert job.is_red_in_junit
    assert provider.values["exit-code"] == "70"
    assert KEY not in "".join([*files, shown, str(provider.values)])


@pytest.mark.parametrize(
    "place", ["make_loop", "trigger", "starting", "triggered", "polled", "ended"]
)
def test_a_bug_makes_the_job_red_and_keeps_the_id(job, place):
    api = completed()
    if place == "trigger":
        api.start = fails
    publisher = Publisher(job.provider, Workspace(job.root), Reporting())
    usual = job.io(publisher, api).make_loop

    def make_loop(settings, log, record):
        if place == "make_loop":
            fails()
        setattr(log, place, fails)
        return usual(settings, log, record)

    job.run(api, io={"make_loop": make_loop})
    assert_red(job)
    assert job.provider.values["execution-id"] == ("" if place in UNKNOWN_ID else "run-1")
    assert job.provider.values["verdict"] == "error"
    assert "bug of genesis-ci" in f"{job.provider.lines}{job.provider.annotations}"


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_cannot_be_made_makes_the_job_red(job, name, monkeypatch):
    monkeypatch.setitem(REPORTS, name, fails)
    job.run(completed())
    assert_red(job)
    assert name in f"{job.provider.lines}{job.provider.annotations}"


@pytest.mark.parametrize("name", ["outputs", "summary", "line", "files"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_provider_that_fails_makes_the_job_red(job, name, nth):
    usual = getattr(job.provider, name)
    calls = []

    def counted(*args: Any) -> Any:
        calls.append(1)
        return fails() if len(calls) == nth else usual(*args)

    setattr(job.provider, name, counted)
    job.run(completed())
    if len(calls) >= nth:
        assert_red(job)
    assert job.provider.values["execution-id"] in {"run-1", ""}
    assert job.provider.values["exit-code"] == str(job.exit_code)
