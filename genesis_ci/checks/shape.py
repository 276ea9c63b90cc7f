"""Finds the test report in an output. What has the shape of a report has to be readable."""

import re

from genesis_ci.checks.reading import BLANK, OPEN_FENCE, NothingToJudgeError, fences
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json

_QUOTE = "[\"'`´‘’‚‛“”„‟«»＂＇]"
_KEYS = (
    rf"results(?:(?<={_QUOTE}results)\\*{_QUOTE}|\s*:\s*\{{)",
    rf"tests(?:(?<={_QUOTE}tests)\\*{_QUOTE}|\s*:\s*\[)",
)
"""The keys of CTRF in text that is no JSON: in any quotes, or as JavaScript shows an object."""
_NAME = r"(?ai)<(?:[^\s<>/]*:)?{}(?![\w.:-])"
_SUITE, _CASE = _NAME.format("testsuites?"), _NAME.format("testcase")
_BEFORE_ROOT = r"(?s)<!--.*?-->|<\?.*?\?>|<!(?!--)[^\[>]*(?:\[[^\]]*\]?)?[^<]*|[\s\ufeff]+"
"""A comment, an instruction, a document type, or blanks."""


def find_report(output: JsonValue) -> JsonValue:
    """Return what has the shape of a test report, as a JSON value or as XML; None if nothing has.

    It is the whole output or its only code fence. Raises `NothingToJudgeError` if it is not JSON,
    or its fence is not closed.
    """
    report = _shaped(output)
    if report is None and isinstance(output, str):
        contents, is_open = fences(output)
        report = _shaped(contents[0]) if len(contents) == 1 else None
        if report is not None and is_open:
            raise NothingToJudgeError(_(OPEN_FENCE))
    return report


def is_in_other_text(output: JsonValue) -> bool:
    """Return whether a text without the shape of a report has a report in it."""
    if not isinstance(output, str):
        return False
    has_cases = re.search(_SUITE, output) and re.search(_CASE, output)
    if not has_cases and not _has_keys(output):
        return False
    try:
        return isinstance(parse_json(output.strip(BLANK)), str)
    except StrictJsonError:
        return True


def _shaped(output: JsonValue) -> JsonValue:
    if isinstance(output, str):
        text = output.strip(BLANK)
        if text.startswith("<"):
            return text if re.compile(_SUITE).match(text, _root_at(text)) else None
        try:
            output = parse_json(text) if text.startswith("{") else None
        except StrictJsonError as error:
            if _has_keys(text):
                text = N_("no JSON ({reason})")
                if error.line:
                    text = N_("no JSON ({reason}, line {line})")
                words = fill(text, reason=error.shown, line=error.line)
                raise NothingToJudgeError(words) from None
            return None
    match output:
        case {"results": {"tests": list(tests), **results}, **others}:
            is_marked = "reportFormat" in others or "tool" in results or "summary" in results
            has_status = any(isinstance(test, dict) and "status" in test for test in tests)
            return output if is_marked or has_status else None
        case _:
            return None


def _has_keys(text: str) -> bool:
    return "{" in text and all(re.search(key, text) for key in _KEYS)


def _root_at(text: str) -> int:
    at = 0
    while found := re.compile(_BEFORE_ROOT).match(text, at):
        at = found.end()
    return at
