"""One job in virtual time, for tests of its requests and its outcome."""

import math
from collections import Counter
from typing import Any

from genesis_ci.execution.loop import SLOTS
from genesis_ci.execution.wishes import Pool
from tests.builders import a_run
from tests.fakes import FakeApi, FakeClock, FakeWeb, RecordingProgress, VirtualCalls, a_loop
from tests.unit.test_outcomes import as_people_read_it


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

    @property
    def text(self) -> str:
        """What the job requested, and what it says of each run and its earlier attempts."""
        polls = Counter(self.api.polled).items()
        polled = ", ".join(f"{id_} ({n if n < 10 else 'many'})" for id_, n in polls) or "nothing"
        counts = f"{len(self.api.triggered)} triggers, {len(self.web.requested)} pages"
        rows = [f"{self.seconds:.0f} s, {counts}, polled: {polled}"]
        for one in self.reports:
            head = [f"[{one.execution_id}] {one.seconds:.0f} s"]
            head += ["attached"] if one.attached else []
            head += [f"after {each.execution_id} {each.outcome.verdict}" for each in one.earlier]
            head += [f"address: {one.readiness.words}"] if one.readiness else []
            head += [f"proof {one.proof}"] if one.proof else []
            head += [f"{each.block} {each.judgement}" for each in one.findings]
            rows += [", ".join(head), as_people_read_it(one.outcome)]
            rows += [f"note: {note}" for note in one.notes]
        return "\n".join(rows)
