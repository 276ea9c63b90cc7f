"""Finds the test reports in an output. The cost grows linearly with the output."""

import json
import re
from typing import TypeAlias

from genesis_ci.checks import ctrf, junit
from genesis_ci.checks.reading import BLANK, FENCE, NothingToJudgeError
from genesis_ci.checks.reports import Report
from genesis_ci.language import N_
from genesis_ci.strict_json import JsonValue, StrictJsonError, children, parse_beginning

MAX_DEPTH = 5
MAX_TEXTS = 1_000
"""Texts inside JSON that are searched."""
SEARCHED_FENCES = {"", "json", "xml", "text", "log"}
Spans: TypeAlias = list[tuple[int, int]]

_BLANKS = re.compile(f"[{BLANK}]*")
_QUOTE = "[\"'`´‘’‚‛“”„‟«»＂＇]"
_NAMES = (
    rf"results(?:(?<={_QUOTE}results)\\*{_QUOTE}|\s*:\s*\{{)",
    rf"tests(?:(?<={_QUOTE}tests)\\*{_QUOTE}|\s*:\s*\[)",
)
"""The keys of CTRF in text that is no JSON: in any quotes, or as JavaScript shows an object."""
_FORMAT = rf"(?i)reportFormat\\*{_QUOTE}?\s*:\s*\\*{_QUOTE}?CTRF"
_SUITE = re.compile(r"(?ai)<(?:[^\s<>/]*:)?testsuites?(?![\w.:-])")
_LINE = r"(?<![^\r\n])"
_NEXT = re.compile(
    rf"(?i){_LINE}(?:{FENCE}|[\ufeff\u200b\u2060]*(?=<\?xml\s|<(?:[^\s<>/]*:)?testsuites?\b"
    rf"|\{{\s*\\*{_QUOTE}?(?:{'|'.join(ctrf.KEYS.split())})\\*{_QUOTE}?\s*:))"
)
"""A line that is a fence, or in prose the beginning of what may be a report."""
_BEFORE_ROOT = r"<\?[^<>]*\?>|<!(?!--)[^\[>]*(?:\[[^\]]*\]?)?[^<]*|[\s\ufeff]+"
"""An instruction, a document type, or blanks."""
_COMMENT = r"(?s:<!--.*?-->)"


class ReportSearch:
    """The reports in an output, each after its text, and why one that cannot be read ended the
    search.

    `overlooks` is true if text that is not searched has the words of a report.
    """

    def __init__(self, output: JsonValue) -> None:
        self.reports = list[tuple[str, Report]]()
        self.problem = ""
        self.overlooks = False
        self._texts = 0
        try:
            if isinstance(output, str):
                self._search_text(output, depth=0)
            else:
                self._search_value(output, depth=0)
        except NothingToJudgeError as error:
            self.problem = str(error)

    def _search_value(self, value: JsonValue, depth: int) -> None:
        self._texts += isinstance(value, str)
        if depth > MAX_DEPTH or (isinstance(value, str) and self._texts > MAX_TEXTS):
            self.overlooks |= _has_words(value)
        elif ctrf.is_report(value):
            self.reports.append((json.dumps(value), ctrf.read(value)))
        elif isinstance(value, str):
            self._search_text(value, depth + 1)
        else:
            for child in children(value):
                self._search_value(child, depth + 1)

    def _search_text(self, text: str, depth: int) -> None:
        """Search a text; `depth` is that of JSON in it."""
        cursor = _Cursor(text, json_from=0 if depth <= MAX_DEPTH else len(text))
        may_begin: bool | None = True
        while may_begin is not None:
            may_begin = self._read(cursor, depth) if may_begin else cursor.next_line()
        self.overlooks |= _names_report(text, cursor.gaps())

    def _read(self, cursor: "_Cursor", depth: int) -> bool:
        """Read what begins at the cursor; return whether it was a report, or had one."""
        text, begin, count = cursor.text, cursor.after_blanks(), len(self.reports)
        first, stop = text[begin : begin + 1], begin
        if first in {"<", "{"}:
            cursor.at = begin + 1
        if first == "<":
            comment = _COMMENT if begin < cursor.last_comment else "(?!)"
            before = re.compile(f"(?:{comment}|{_BEFORE_ROOT})*")
            root = _after(before, text, begin, cursor.end)
            if _SUITE.match(text, root):
                report, stop = junit.read(text, begin)
                self.reports.append((text[begin:stop], report))
            else:
                line = max(text.rfind(end, begin, root) for end in "\r\n") + 1
                cursor.at = max(line, cursor.at)  # a fence may be indented
        elif first and first in '{["' and begin >= cursor.json_from:
            stop = self._read_json(text, begin, cursor.end, depth)
            if first == "{" and stop == begin:
                cursor.json_from = cursor.end  # it has no end before
        if stop > begin:
            cursor.skip(begin, stop)
        return len(self.reports) > count

    def _read_json(self, text: str, begin: int, end: int, depth: int) -> int:
        """Return the place after a JSON value; if there is none, where it should begin."""
        try:
            value, stop = parse_beginning(text, begin)
        except StrictJsonError as error:
            is_format = re.compile(_FORMAT).search(text, begin, end)
            if text[begin] != "{" or not (is_format or _has_keys(text, [(begin, end)])):
                return begin
            words = N_("no JSON ({reason})")
            if error.line:
                words = N_("no JSON ({reason}, line {line})")
            raise NothingToJudgeError(words, reason=error.shown, line=error.line) from None
        self._search_value(value, depth)
        return stop


class _Cursor:
    """A place in a text, inside or outside of a fence. JSON is read from `json_from` on."""

    def __init__(self, text: str, *, json_from: int) -> None:
        self.text, self.at, self.json_from = text, 0, json_from
        self.end = len(text)  # of the fence, or else of the text
        self.last_comment = text.rfind("-->")  # searched once: many may have no end
        self._fence, self._is_searched = "", True
        self._gaps = [0]

    def after_blanks(self) -> int:
        begin = _after(_BLANKS, self.text, self.at, len(self.text))
        if self.end < begin:  # a report has lines that look like the end of the fence
            self.end = _fence_end(self._fence, self.text, begin)
        return begin

    def skip(self, begin: int, stop: int) -> None:
        """Continue after what was read."""
        self._gaps += [begin, stop]
        self.at = stop

    def gaps(self) -> Spans:
        """Return the parts of the text that were not skipped."""
        return [*zip(self._gaps[::2], [*self._gaps[1::2], len(self.text)], strict=True)]

    def next_line(self) -> bool | None:
        """Go to the next line in `_NEXT`; return whether a report may begin, None at the end."""
        line = _NEXT.search(self.text, self.at)
        if not line:
            return None
        self.at, mark, info = line.end(), line["mark"], line["info"]
        if mark is None:
            self.at += not self._is_searched
            return self._is_searched
        if self._fence:
            if mark.startswith(self._fence) and not info.strip():
                self._fence, self._is_searched, self.end = "", True, len(self.text)
            return False
        if "`" in mark and "`" in info:
            return False
        self._fence, self.end = mark, _fence_end(mark, self.text, self.at)
        self._is_searched = (info.split() or [""])[0].lower() in SEARCHED_FENCES
        return self._is_searched


def _after(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at


def _fence_end(fence: str, text: str, at: int) -> int:
    """Return where the line begins that closes a fence; without it, or a fence, the text ends."""
    closing = rf"{_LINE}[ \t]*{fence}{fence[:1]}*[ \t]*(?![^\r\n])"
    found = re.compile(closing).search(text, at) if fence else None
    return found.start() if found else len(text)


def _has_keys(text: str, spans: Spans) -> bool:
    keys = map(re.compile, _NAMES)
    return all(any(key.search(text, begin, end) for begin, end in spans) for key in keys)


def _names_report(text: str, spans: Spans) -> bool:
    has_suite = any(_SUITE.search(text, begin, end) for begin, end in spans)
    return has_suite or _has_keys(text, spans)


def _has_words(value: JsonValue) -> bool:
    """Return whether JSON that is too deep has the words of a report."""
    values, keys = [value], set[str]()
    while values:
        one = values.pop()
        if isinstance(one, str) and _names_report(one, [(0, len(one))]):
            return True
        if isinstance(one, dict):
            keys |= one.keys() & {"results", "tests"}
        values += children(one)
    return len(keys) == 2
