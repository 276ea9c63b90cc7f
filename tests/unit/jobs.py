"""A whole job with fake services."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from junitparser import JUnitXml

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.job import Services, run_job
from genesis_ci.models import Execution, Status, Verb
from genesis_ci.publish import Publisher
from genesis_ci.system.workspace import Workspace
from tests.builders import WORKFLOW_ID, a_block, reporting_from, settings_of
from tests.fakes import FakeApi, FakeClock, RecordingProvider, VirtualCalls, a_loop

KEY = "gk_0123456789abcdef"
BLOCKS = (a_block("block-1", output="fine"), a_block("block-2", Status.FAILED, output="broken"))


class Job:
    """One job in a workspace, with its exit code and its reports."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.provider = RecordingProvider()
        self.exit_code: int | None = None

    def run(
        self,
        api: FakeApi,
        *,
        interrupt: int | None = None,
        after: float = 2.5,
        verb: Verb = Verb.RUN,
        attach_from: str | None = None,
        parse: Callable[[], Settings] | None = None,
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
        services: Mapping[str, Any] = MappingProxyType({}),
        **inputs: str,
    ) -> "Job":
        """Run the job. A signal with the exit code `interrupt` arrives `after` some seconds.

        `parse` and `interruptible` replace those of the job, `services` some of its services.
        """
        texts = {"api-key": KEY, "workflow-id": WORKFLOW_ID}
        texts |= {name.replace("_", "-"): text for name, text in inputs.items()}
        given = {name: Given(text, name) for name, text in texts.items() if text}
        read_file = Workspace(self.root).read
        parsed = settings_of(given, verb=verb, read_file=read_file, attach_from=attach_from)
        publisher = Publisher(
            self.provider,
            Workspace(self.root),
            reporting_from(given),
            interruptible=interruptible,
        )
        fake = replace(self.services(api, interrupt, after), **services)
        self.exit_code = run_job(parse or (lambda: parsed), publisher, fake)
        return self

    def services(self, api: FakeApi, interrupt: int | None = None, after: float = 2.5) -> Services:
        clock = FakeClock()
        calls = VirtualCalls(clock, api)
        at = clock() + after
        if interrupt:
            calls.interrupt_at(at, interrupt)
        return Services(
            provider=self.provider,
            clock=clock,
            now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
            make_loop=lambda settings, log, record: a_loop(
                api, clock, calls, progress=log, record=record, plan=settings.plan
            ),
            signalled=lambda: interrupt if clock() >= at else None,
        )

    def report(self, name: str, directory: str = "genesis-results") -> str:
        return (self.root / directory / name).read_text(encoding="utf-8")

    @property
    def is_red_in_junit(self) -> bool:
        suites = JUnitXml.fromstring(self.report("junit.xml").encode())
        return any(suite.failures + suite.errors for suite in suites)


def polled(execution: Execution) -> FakeApi:
    return FakeApi(polls=[execution])
