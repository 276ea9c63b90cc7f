"""A whole job with fakes."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

from junitparser import JUnitXml

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.jobs.publish import Publisher
from genesis_ci.jobs.run import RunIO, run_job
from genesis_ci.models.execution import Execution
from genesis_ci.models.report import Level
from genesis_ci.models.workflow import Verb
from genesis_ci.system.workspace import Workspace
from tests.builders import WORKFLOW_ID, reporting_from, settings_of
from tests.fakes import FakeApi, FakeClock, RecordingProvider, VirtualCalls, a_loop

KEY = "gk_0123456789abcdef"


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
        config_text: str | None = None,
        parse: Callable[[Settings], Settings] = lambda settings: settings,
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
        io: Mapping[str, Any] = MappingProxyType({}),
        **inputs: str,
    ) -> "Job":
        """Run the job. A signal with the exit code `interrupt` arrives `after` some seconds.

        `config_text` is the text of a config file. `parse` gets the parsed inputs and may change
        them. `interruptible` replaces that of the job, `io` some fields of its `RunIO`.
        """
        texts = {"api-key": KEY} if config_text else {"api-key": KEY, "workflow-id": WORKFLOW_ID}
        if config_text:
            (self.root / ".genesis-ci.yml").write_text(config_text)
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
        fake = self.io(publisher, api, interrupt, after)._replace(**io)
        self.exit_code = run_job(lambda: parse(parsed), fake)
        return self

    def io(
        self, publisher: Publisher, api: FakeApi, interrupt: int | None = None, after: float = 2.5
    ) -> RunIO:
        clock = FakeClock()
        calls = VirtualCalls(clock, api)
        at = clock() + after
        if interrupt:
            calls.interrupt_at(at, interrupt)
        return RunIO(
            publisher=publisher,
            provider=self.provider,
            clock=clock,
            now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
            make_loop=lambda settings, log, save_ids: a_loop(
                api, clock, calls, progress=log, save_ids=save_ids, plan=settings.plan
            ),
            signalled=lambda: interrupt if clock() >= at else None,
            connect=lambda *_: SimpleNamespace(post_status=lambda *_: None),
            confirm_key=lambda _: True,
            await_readers=lambda: None,
        )

    def annotations(self, level: Level) -> list[str]:
        return [words for its, words in self.provider.annotations if its is level]

    def report(self, name: str, directory: str = "genesis-results") -> str:
        return (self.root / directory / name).read_text(encoding="utf-8")

    @property
    def result(self) -> Any:
        return json.loads(self.report("result.json"))

    @property
    def verdicts(self) -> list[str]:
        return [one["verdict"] for one in self.result["workflows"]]

    @property
    def is_red_in_junit(self) -> bool:
        suites = JUnitXml.fromstring(self.report("junit.xml").encode())
        return any(suite.failures + suite.errors for suite in suites)


def polled(execution: Execution) -> FakeApi:
    return FakeApi(polls=[execution])
