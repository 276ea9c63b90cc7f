"""The CTRF file, for test reporters, dashboards and posters: the cases of junit.xml as JSON.

https://ctrf.io describes the format. A name has its suites in it, because readers keep the history
of a test by its name alone.
"""

import json
from collections import Counter
from typing import Any

from genesis_ci.models.judgement import Result
from genesis_ci.models.report import JobReport
from genesis_ci.reporters.cases import MAX_CASES, MAX_TEXT, Case, make_suites
from genesis_ci.reporters.truncate import MAX_FILE_BYTES, Limits, fitted, rows_each, text_lengths


def render(report: JobReport, *, limit: int = MAX_FILE_BYTES) -> str:
    """Return the JSON text. Times are milliseconds; outputs of passed blocks are left out."""
    most = Limits(rows=rows_each(report, total=MAX_CASES), characters=MAX_TEXT, outputs=0)

    def rendered(limits: Limits) -> str:
        document = {
            "reportFormat": "CTRF",
            "specVersion": "0.0.0",
            "results": _results(report, limits),
        }
        return json.dumps(document, ensure_ascii=False) + "\n"

    return fitted(rendered, limit=limit, most=most, lengths=text_lengths(report, most))


def _results(report: JobReport, limits: Limits) -> dict[str, Any]:
    tests = [_test(case) for suite in make_suites(report, limits) for case in suite.cases]
    counts = Counter(test["status"] for test in tests)
    start = _milliseconds(report.started_at.timestamp())
    change = report.change
    known = {
        "buildUrl": report.job_url,
        "repositoryName": change.repository,
        "commit": change.sha,
        "branchName": change.branch,
    }
    return {
        "tool": {"name": "genesis-ci", "version": report.tool_version},
        "summary": {
            "tests": len(tests),
            **{status: counts[status] for status in ("passed", "failed", "skipped")},
            "pending": 0,
            "other": 0,
            "flaky": sum(test.get("flaky", False) for test in tests),
            "start": start,
            "stop": start + _milliseconds(report.seconds),
        },
        "tests": tests,
        "environment": {name: value for name, value in known.items() if value},
    }


def _test(case: Case) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{case.suite} › {case.name}",
        "status": "failed" if case.result.red else case.result,
        "rawStatus": case.kind,
        "duration": _milliseconds(case.seconds),
        "suite": [case.suite],
    }
    if case.result is not Result.PASSED:
        test |= {"message": case.reason.message, "trace": case.reason.text}
    if case.reruns:
        test |= {"flaky": case.result is Result.PASSED, "retries": len(case.reruns)}
        test["retryAttempts"] = [
            {"attempt": number, "status": "failed", "message": reason.message, "trace": reason.text}
            for number, _, reason in case.reruns
        ]
    return test


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
