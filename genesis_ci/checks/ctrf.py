"""Reads CTRF (https://ctrf.io) as the reporters mean it that write it."""

from collections.abc import Sequence

from genesis_ci.checks.reading import NothingToJudgeError
from genesis_ci.checks.reports import (
    FAILED,
    FAILURE_WORDS,
    FLAKY,
    PASSED,
    SKIP_WORDS,
    SKIPPED,
    Report,
    Test,
    count_in,
    plain,
    seconds_in,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, value_at

KEYS = (
    "reportFormat", "specVersion", "reportId", "timestamp", "generatedBy", "results", "insights",
    "baseline", "extra",
)  # fmt: skip
"""The keys of a report."""
_COUNTS = {"tests", "passed", "failed"}


def is_report(value: JsonValue) -> bool:
    """Return whether a JSON value has the shape of a report; `read` may still refuse it."""
    match value:
        case {"reportFormat": str(name)} if name.strip().upper() == "CTRF":
            return True
        case {"results": {"tests": list(tests), **results}, **others}:
            is_marked = "reportFormat" in others or "tool" in results or "summary" in results
            return is_marked or any(isinstance(one, dict) and "status" in one for one in tests)
        case {"results": {"summary": dict(summary), "tool": _tool}}:
            return summary.keys() >= _COUNTS
        case _:
            return False


def beside(report: JsonValue) -> JsonValue:
    """Return what stands in the same object as a report and is no part of it.

    Its `extra` may have earlier reports; a text under one of its keys is no object of CTRF.
    """
    members = report.items() if isinstance(report, dict) else ()
    return {key: one for key, one in members if key not in KEYS or not isinstance(one, dict)}


def read(report: JsonValue) -> Report:
    """Return the tests of a report, and the first of its statements that contradicts them."""
    entries = value_at(report, "results", "tests")
    if not isinstance(entries, list):
        raise NothingToJudgeError(N_("CTRF without a list of tests"))
    tests = tuple(_test(number, entry) for number, entry in enumerate(entries, start=1))
    failed = sum(
        test.status == FAILED or _may_count_as_failed(entry)
        for test, entry in zip(tests, entries, strict=True)
    )
    contradiction = ""
    if value_at(report, "results", "extra", "errors"):
        contradiction = _("it has errors outside its tests (results.extra.errors)")
    for key, listed in (("failed", failed), ("tests", len(tests))):
        stated = _count(value_at(report, "results", "summary", key))
        if stated > listed and not contradiction:
            words = N_("the summary states {key}: {stated}, and {listed} are listed")
            contradiction = fill(words, key=key, stated=stated, listed=listed)
    return Report(tests, contradiction)


def _test(number: int, entry: JsonValue) -> Test:
    fields = entry if isinstance(entry, dict) else {}
    name, suite = _text(fields.get("name")), fields.get("suite")
    status, remark = _status(fields), FLAKY if fields.get("flaky") is True else ""
    said = [fields.get("message"), fields.get("trace")]
    if _passed_against_its_mark(fields):
        status, said = FAILED, [_("it passed, and is marked with test.fail()")]
    return Test(
        name=name if name.strip() else f"test {number} (no name)",
        status=status if name.strip() else N_("no name"),
        suite=_joined(" › ", suite if isinstance(suite, list) else [suite]),
        message=_(remark) if remark and status == PASSED else _joined("\n", said),
        seconds=_seconds(fields.get("duration")),
    )


def _status(fields: dict[str, JsonValue]) -> str:
    written, raw = _text(fields.get("status")), plain(_text(fields.get("rawStatus")))
    match plain(written):
        case "passed" | "skipped" | "failed" as status:
            return status
        case "pending":
            return SKIPPED
        case "other" if raw in SKIP_WORDS or raw == "notexecuted":
            return SKIPPED
        case _:
            return written or N_("no status")


def _passed_against_its_mark(fields: dict[str, JsonValue]) -> bool:
    # Playwright's reporter lists a test with test.fail() as passed; only rawStatus tells.
    notes = value_at(fields, "extra", "annotations")
    marked = isinstance(notes, list) and any(value_at(note, "type") == "fail" for note in notes)
    return marked and plain(_text(fields.get("rawStatus"))) == "passed"


def _may_count_as_failed(entry: JsonValue) -> bool:
    raw = plain(_text(value_at(entry, "rawStatus")))
    return value_at(entry, "flaky") is True or raw in FAILURE_WORDS


def _count(stated: JsonValue) -> int:
    if isinstance(stated, str):
        return count_in(stated)
    if isinstance(stated, bool) or not isinstance(stated, int | float) or stated % 1:
        return 0
    return int(stated)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _joined(separator: str, values: Sequence[JsonValue]) -> str:
    return separator.join(filter(None, map(_text, values)))


def _seconds(milliseconds: JsonValue) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return seconds_in(milliseconds, parts=1000)
