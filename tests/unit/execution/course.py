"""One run of the runner in virtual time, for the tests of what is sent and how it ends."""

import math
from typing import Any

from genesis_ci.execution.runner import Runner
from genesis_ci.preview.previews import Previews
from tests.builders import a_run
from tests.fakes import FakeApi, FakeClock, FakeWeb, RecordingProgress, VirtualCalls, judge


class Course:
    """One run against a scripted API, and what came of it."""

    def __init__(
        self,
        api: FakeApi,
        *runs,
        interrupt: tuple[float, int] | None = None,
        end_by: float = math.inf,
        web: FakeWeb | None = None,
        progress: RecordingProgress | None = None,
        **options: Any,
    ) -> None:
        self.api = api
        self.clock = FakeClock()
        self.progress = progress or RecordingProgress()
        self.calls = VirtualCalls(self.clock, api)
        if interrupt:
            self.calls.interrupt_at(self.clock() + interrupt[0], interrupt[1])
        began = self.clock()
        runner = Runner(
            api=api,
            calls=self.calls,
            clock=self.clock,
            jitter=lambda: 0.0,
            progress=self.progress,
            judge=options.pop("judge", judge),
            end_by=began + end_by,
            previews=Previews(web, scrub=str) if web else None,
            **options,
        )
        self.reports = runner.run(runs or [a_run()])
        self.seconds = self.clock() - began
        self.report = self.reports[0]
        self.verdict = self.report.outcome.verdict
        self.exit_code = self.report.outcome.exit_code
