"""Deadlines of whole jobs, on the real clock and on a fake one."""

import pytest

from genesis_ci.api.client import GenesisClient
from genesis_ci.models import Verdict
from genesis_ci.providers import provider_class
from genesis_ci.redaction import Secret
from tests.builders import START, WORKFLOW_ID, a_response, a_run, a_wire_execution, after
from tests.fakes import FakeClock, a_loop
from tests.jobs import KEY, run_command
from tests.reliability.answers import RUNNING, started
from tests.reliability.drawn import DrawnCalls
from tests.reliability.server import FaultServer

OUTAGE = 30 * 60


class Outage:
    """A transport whose server answers 502 for half an hour in the middle of a run."""

    latency = 0.05
    timeout = 0.0

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._began = clock()
        self.posts = 0
        self.faults = 0

    def send(self, request, exchange):
        elapsed = self._clock() - self._began
        if request.method == "POST":
            self.posts += 1
            return a_response({"success": True, "executionId": "run-1"})
        if 60 <= elapsed < 60 + OUTAGE:
            self.faults += 1
            return a_response(b"<html>", status=502)
        word = "failed" if elapsed > 120 + OUTAGE else "running"
        return a_response(a_wire_execution(id="run-1", status=word))


def test_half_an_hour_of_502s_does_not_change_the_verdict():
    clock = FakeClock()
    transport = Outage(clock)
    client = GenesisClient(
        transport,
        api_url="https://genesis.example",
        api_key=Secret("key"),
        user_agent="test",
        scrub=str,
    )
    loop = a_loop(client, clock, DrawnCalls(clock, transport), jitter=lambda: 0.5)
    [report] = loop.run([a_run(max_wait=3600.0)])
    assert report.outcome.verdict is Verdict.FAILED
    assert transport.posts == 1
    assert 60 <= transport.faults <= 120
    assert OUTAGE + 120 <= report.seconds <= OUTAGE + 150


@pytest.mark.parametrize(
    ("environ", "left"),
    [
        ({}, None),
        ({"CI_JOB_TIMEOUT": "600"}, None),
        ({"GITLAB_CI": "true"}, None),
        ({"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "soon"}, None),
        ({"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "-1"}, None),
        ({"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "3600"}, 3600 - 60 - 30),
        ({"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "40"}, 20 - 5),
    ],
)
def test_the_time_left_follows_from_gitlabs_job_timeout(environ, left):
    assert provider_class(environ)(environ, print).seconds_left(START) == left


@pytest.mark.parametrize(
    ("started_at", "left"),
    [
        ("2026-03-16T00:00:00Z", 600 - 90 - 30),
        ("2026-03-16T09:00:00+09:00", 600 - 90 - 30),
        ("2026-03-16T00:05:00Z", 600 - 60 - 30),
        ("2026-03-15T00:00:00Z", 600 - 60 - 30),
        ("yesterday", 600 - 60 - 30),
    ],
)
def test_a_plausible_start_of_the_job_reduces_the_time_left(started_at, left):
    environ = {"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "600", "CI_JOB_STARTED_AT": started_at}
    assert provider_class(environ)(environ, print).seconds_left(after(90)) == left


def test_a_job_reports_before_gitlab_ends_it(tmp_path):
    given = {"API_KEY": KEY, "WORKFLOW_ID": WORKFLOW_ID, "POLL_INTERVAL": "1"}
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        named = {f"GENESIS_{name}": text for name, text in {**given, "API_URL": server.url}.items()}
        ended = run_command(tmp_path, "run", GITLAB_CI="true", CI_JOB_TIMEOUT="110", **named)
    assert (ended.exit_code, ended.verdicts) == (6, ["timed_out"]), ended.log
    assert "the CI job's own time limit" in ended.log
    assert 15 < ended.result["seconds"] < 110
