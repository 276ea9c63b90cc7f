"""Compares the verdicts about kept reports of real test tools with the tools' exit codes."""

import re
import tomllib
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import NamedTuple

from genesis_ci.checks.judging import judge, judge_task
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import AllReports, KnownFailure, RunChecks
from genesis_ci.models.judgement import Judgement

HERE = Path(__file__).resolve().parent
KEPT = HERE.parents[1] / "tests/unit/checks/reports"
"""A file for each tool: the versions, then each report below a line that begins with MARK."""
MARK = "%%%"
FORMATS = {"junit": "JUnit", "ctrf": "CTRF"}
NOTHING_RAN = {"class-skipped", "empty", "empty-allowed", "no-files", "no-tests"}
"""Scenarios in which no test runs, so that exit code 0 proves nothing."""
REASONS = {
    "no-report": "no report: `at-least: 1`",
    "not-in-it": "not in the report: the exit code",
    "missing-tests": "tests are missing or skipped: `at-least`",
    "expected": "listed as a failure: `known-failures`",
    "both-runs": "both runs are listed: no `--rerun-fails`",
    "pending": "pending is listed as a failure: no `--no-strict`",
    "fixture": "the fixture failed, and the exit code is 0: nothing",
    "zero": "no test is listed, and the exit code is 0: `at-least: 1`",
    "warnings": "warnings are failures: `--max-warnings 0`",
    "notes": "notes are failures: the exit code alone",
    "filtered": "tests that a filter leaves out are listed as passed: no filter",
}
"""Why verdict and exit code differ in a scenario, and what to set."""
AUTO = RunChecks()
REMEDIES = {
    "no-report": RunChecks(reports=AllReports(1)),
    "missing-tests": RunChecks(reports=AllReports(2)),
    "expected": RunChecks(known=(KnownFailure("*", until=date.max),)),
}
"""The settings that a reason names; a test checks that they help."""


class Report(NamedTuple):
    """A report of a tool in a scenario; the text is empty if the tool wrote none."""

    tool: str
    kind: str
    scenario: str
    exit_code: int
    text: str
    reason: str | None

    @property
    def id(self) -> str:
        return f"{self.tool}-{self.kind}-{self.scenario}"

    def verdict(self, checks: RunChecks = AUTO) -> str:
        status = Status.COMPLETED
        block = Block(key="report", status=status, status_word=status, raw=self.text or None)
        judged = judge(checks, [block], in_child=lambda tasks: map(judge_task, tasks), scrub=str)
        found = {one.judgement for one in judged.findings}
        if Judgement.UNMET in found:
            return "red"
        return "green" if Judgement.MET in found else "unchecked"

    def agrees(self) -> bool:
        """Return whether the verdict says what the exit code says."""
        if self.exit_code:
            return self.verdict() == "red"
        return (self.verdict() == "green") != (self.scenario in NOTHING_RAN)

    def problem(self) -> str | None:
        """Return how the verdict is not what the exit code, or the declared reason, says."""
        said = f"{self.id}: exit code {self.exit_code}, {self.verdict()}"
        if self.agrees():
            return f"{said}, but declared to differ: {self.reason}" if self.reason else None
        if not self.reason:
            return said
        remedy = REMEDIES.get(self.reason)
        if remedy and (self.verdict(remedy) == "red") != bool(self.exit_code):
            return f"{said}; {self.reason}: its remedy does not help"
        return None


def tools() -> list[str]:
    return sorted(path.stem for path in KEPT.glob("*.txt"))


def kept(tool: str) -> tuple[dict[str, str], list[Report]]:
    """Return the versions of a tool and of its reporters, and its reports."""
    with (KEPT / f"{tool}.txt").open(encoding="utf-8", newline="") as file:
        head, *parts = re.split(rf"(?m)^{MARK} (\S+) (\S+) exit (\d+)\n", file.read())
    described = tomllib.loads((HERE / f"tools/{tool}.toml").read_text("utf-8"))
    reasons = {
        (kind, scenario): reason
        for kind, differing in described.get("differs", {}).items()
        for reason, scenarios in differing.items()
        for scenario in scenarios
    }
    reports = []
    for scenario, kind, code, text in zip(*[iter(parts)] * 4, strict=True):
        no_report = "no-report" if int(code) and not text.strip() else None
        reason = reasons.pop((kind, scenario), no_report)
        report = Report(tool, kind, scenario, int(code), text.removesuffix("\n"), reason)
        reports.append(report)
    if reasons:
        raise ValueError(f"{tool} has no such reports: {reasons}")
    return dict(line.split(" = ", 1) for line in head.splitlines()), reports


def table() -> str:
    """Return the table of docs/internals/tool-runs.md."""
    rows = ["| tool | report | agree | where not: why, and what to set |", "|---|---|---|---|"]
    for tool in tools():
        versions, reports = kept(tool)
        for kind, by in list(versions.items())[1:]:
            tried = [one for one in reports if one.kind == kind]
            differing: dict[str, list[str]] = defaultdict(list)
            for one in tried:
                if one.reason:
                    differing[one.reason].append(f"`{one.scenario}`")
            agree = len(tried) - sum(map(len, differing.values()))
            shown = "<br>".join(
                f"{', '.join(names)}: {REASONS[reason]}" for reason, names in differing.items()
            )
            row = (versions["tool"], f"{FORMATS[kind]}, {by}", f"{agree} / {len(tried)}", shown)
            rows.append(f"| {' | '.join(row)} |")
    return "\n".join(rows) + "\n"
