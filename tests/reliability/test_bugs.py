"""Bugs of genesis-ci: exit code 70, red reports, no secrets, and the known ids."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from genesis_ci.config.settings import Reporting
from genesis_ci.config.sources import Given
from genesis_ci.execution.loop import Loop
from genesis_ci.job import Services, run_job
from genesis_ci.models import Status, Verb
from genesis_ci.publish import REPORTS, Publisher
from genesis_ci.system.workspace import Workspace
from tests.builders import WORKFLOW_ID, an_execution, settings_of
from tests.fakes import FakeApi, FakeClock, RecordingProvider, VirtualCalls, a_loop

KEY = "gk_live_k3y_0123456789"


class Bug(Exception):
    """Has a secret in its message."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(KEY)


def fails(*_: Any, **__: Any) -> Any:
    raise Bug


class Ended:
    def __init__(self, root: Path, provider: RecordingProvider, services: dict[str, Any]) -> None:
        texts = {"api-key": KEY, "workflow-id": WORKFLOW_ID}
        given = {name: Given(text, name) for name, text in texts.items()}
        workspace = Workspace(root)
        parsed = settings_of(given, verb=Verb.RUN, read_file=workspace.read)
        self.root, self.provider = root, provider
        clock = FakeClock()
        api = services.get("api", FakeApi(polls=[an_execution(Status.COMPLETED)]))

        def make_loop(settings: Any, log: Any, record: Any) -> Loop:
            for name in ("starting", "triggered", "polled", "ended"):
                if name in services:
                    setattr(log, name, services[name])
            calls = VirtualCalls(clock, api)
            return a_loop(api, clock, calls, progress=log, record=record, plan=settings.plan)

        self.exit_code = run_job(
            lambda: parsed,
            Publisher(provider, workspace, Reporting(report_dir="out")),
            Services(
                provider=provider,
                clock=clock,
                now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
                make_loop=services.get("make_loop", make_loop),
            ),
        )

    @property
    def everything(self) -> str:
        files = [path.read_text() for path in (self.root / "out").iterdir()]
        provider = self.provider
        return "".join(map(str, [*files, provider.lines, provider.annotations, provider.values]))

    def assert_red(self) -> None:
        junit = JUnitXml.fromstring((self.root / "out" / "junit.xml").read_bytes())
        assert any(suite.errors + suite.failures for suite in junit)
        assert self.exit_code == 70
        assert KEY not in self.everything


WORLDS: dict[str, dict[str, Any]] = {
    "the loop cannot be made": {"make_loop": fails},
    "a trigger": {"api": FakeApi(triggers=[Bug()])},
    "a poll": {"api": FakeApi(polls=[Bug()])},
    "progress of the start": {"starting": fails},
    "progress of the trigger": {"triggered": fails},
    "progress of a poll": {"polled": fails},
    "progress of the end": {"ended": fails},
}


@pytest.mark.parametrize("place", WORLDS)
def test_a_bug_in_the_run_is_red_and_keeps_the_id(place, tmp_path):
    ended = Ended(tmp_path, RecordingProvider(), WORLDS[place])
    ended.assert_red()
    assert "bug of genesis-ci" in f"{ended.provider.lines}{ended.provider.annotations}"
    known = place not in {"the loop cannot be made", "a trigger", "progress of the start"}
    assert ended.provider.values["execution-id"] == ("run-1" if known else "")
    assert ended.provider.values["verdict"] == "error"
    assert ended.provider.values["exit-code"] == "70"


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_cannot_be_made_makes_the_job_red(name, tmp_path, monkeypatch):
    monkeypatch.setitem(REPORTS, name, fails)
    ended = Ended(tmp_path, RecordingProvider(), {})
    ended.assert_red()
    assert name in ended.everything


@pytest.mark.parametrize("name", ["outputs", "summary", "line", "files"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_provider_that_fails_makes_the_job_red(name, nth, tmp_path):
    provider = RecordingProvider()
    original = getattr(provider, name)
    calls = []

    def counted(*args: Any) -> Any:
        calls.append(1)
        return fails() if len(calls) == nth else original(*args)

    setattr(provider, name, counted)
    ended = Ended(tmp_path, provider, {})
    if len(calls) >= nth:
        ended.assert_red()
    assert provider.values["execution-id"] in {"run-1", ""}
    assert provider.values["exit-code"] == str(ended.exit_code)
