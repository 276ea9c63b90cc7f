"""One job in virtual time, for tests of its requests and its outcome."""

import math
from typing import Any

from genesis_ci.execution.loop import SLOTS
from genesis_ci.execution.wishes import Pool
from tests.builders import a_run
from tests.fakes import FakeApi, FakeClock, FakeWeb, RecordingProgress, VirtualCalls, a_loop


class VirtualJob:
    """One job against a scripted API, with its reports; saving ids fails `postponed` times."""

    def __init__(
        self,
        api: FakeApi,
        *runs,
        interrupt: tuple[float, int] | None = None,
        end_by: float = math.inf,
        web: FakeWeb | None = None,
        max_requests: int = SLOTS[Pool.GENESIS],
        postponed: int = 0,
        **options: Any,
    ) -> None:
        self.api = api
        self.web = web or FakeWeb()
        self.clock = FakeClock()
        self.progress = RecordingProgress()
        self.calls = VirtualCalls(self.clock, api)
        self.saved: list[list[str | None]] = []
        began = self.clock()
        if interrupt:
            self.calls.interrupt_at(began + interrupt[0], interrupt[1])

        def save_ids(runs) -> bool:
            self.saved.append([run.execution_id for run in runs])
            return len(self.saved) > postponed

        loop = a_loop(
            api,
            self.clock,
            self.calls,
            progress=self.progress,
            save_ids=save_ids,
            slots={**SLOTS, Pool.GENESIS: max_requests},
            end_by=began + end_by,
            pages=self.web,
            **options,
        )
        self.reports = loop.run(runs or [a_run()])
        self.seconds = self.clock() - began
        self.report = self.reports[0]
        self.verdict = self.report.outcome.verdict
        self.exit_code = self.report.outcome.exit_code
