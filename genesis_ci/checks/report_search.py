"""Finds the test reports in an output. The cost grows linearly with the output."""

import json
import re
from functools import cached_property
from typing import TypeAlias

from genesis_ci.checks import ctrf, formats
from genesis_ci.checks.reading import BLANK, FENCE, NothingToJudgeError
from genesis_ci.checks.reports import Report
from genesis_ci.language import N_
from genesis_ci.strict_json import (
    JsonText,
    JsonValue,
    StrictJsonError,
    children,
    parse_beginning,
)

MAX_DEPTH = 5
MAX_TEXTS = 1_000
"""Texts inside JSON that are searched."""
IN_TEXT = N_("a test report inside other text")
CUT = N_("a test report whose beginning is missing")
ESCAPED = N_("a test report in which “<” is escaped")
TOO_FAR = N_("a test report too deep in JSON, or after too many texts")
"""What text that is not searched has, if it has the words of a report."""
Spans: TypeAlias = list[tuple[int, int]]

_BLANKS = re.compile(f"[{BLANK}]*")
_QUOTE = "[\"'`´‘’‚‛“”„‟«»＂＇]"
_AMP = r"(?:(?:amp|#0*38|#x0*26);)*"
"""What follows `&` that is escaped again and again."""
_QUOTED = rf"\\*(?:{_QUOTE}|\\u0022|(?:&|\\u0026){_AMP}(?:quot|#0*34|#x0*22);)"
_NAMES = (
    rf"results(?:(?<=[2;{_QUOTE[1:]}results){_QUOTED}|\s*:\s*\{{)",
    rf"tests(?:(?<=[2;{_QUOTE[1:]}tests){_QUOTED}|\s*:\s*\[)",
)
"""The keys of CTRF in text that is no JSON: in any quotes, or as JavaScript shows an object."""
_FORMAT = rf"(?i)reportFormat\\*{_QUOTE}?\s*:\s*\\*{_QUOTE}?CTRF"
_SUITE = re.compile(r"(?ai)<(?:[^\s<>/]*:)?testsuites?(?![\w.:-])")
_LESS = rf"{_AMP}(?:lt|#0*60|#x0*3c);?"
_TAG = re.compile(
    rf"(?ai)(?:<(?!<)|\\(?:u003c|x3c|u\{{0*3c\}}|u0026{_LESS})|&{_LESS})"
    rf"(?P<end>\\*(?:/|\\u002f|(?:&|\\u0026){_AMP}(?:sol|#0*47|#x0*2f);))?"
    r"(?:[^\s<>/&\\]*:)?test(?:suites?|(?P<case>case))(?![\w.:-])"
)
"""A tag of JUnit, as JSON and HTML may escape it."""
_NOT_SEARCHED = re.compile(r"(?i)\W*(?:diff|patch)\b")
"""The info string of a fence."""
_BEGINNING = (
    rf"(?:{FENCE}|[\ufeff\u200b\u2060]*(?=<\?xml\s|<(?:[^\s<>/]*:)?testsuites?\b"
    rf"|\{{\s*\\*{_QUOTE}?(?:{'|'.join(ctrf.KEYS)})\\*{_QUOTE}?\s*:))"
)
"""A line that is a fence, or in prose the beginning of what may be a report."""
_FIRST = re.compile(f"(?i){_BEGINNING}")
_NEXT = re.compile(rf"(?i)[\r\n](?=[ \t`~<{{\ufeff\u200b\u2060]){_BEGINNING}")
_BEFORE_ROOT = r"<\?[^<>]*\?>|<!(?!--)[^\[>]*(?:\[[^\]]*\]?)?[^<]*|[\s\ufeff]+"
"""An instruction, a document type, or blanks."""
_COMMENT = r"(?s:<!--.*?-->)"


class ReportSearch:
    """The reports in an output, each after its text, and why one that cannot be read ended the
    search.

    `overlooked` is what text that is not searched has, or empty; `format` is the name of one that
    is not read and that a part of the output has.
    """

    def __init__(self, output: JsonValue) -> None:
        self.reports = list[tuple[str, Report]]()
        self.problem = ""
        self.overlooked = ""
        self.format = ""
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
            self.overlooked = self.overlooked or (TOO_FAR if _has_words(value) else "")
            self.format = self.format or formats.within(value)
        elif isinstance(value, str):
            self._search_text(value, depth + 1)
        else:
            if ctrf.is_report(value):
                self.reports.append((json.dumps(value), ctrf.read(value)))
                value = ctrf.beside(value)
            self.format = self.format or formats.in_object(value)
            for child in children(value):
                if isinstance(child, str | list | dict):
                    self._search_value(child, depth + 1)

    def _search_text(self, text: str, depth: int) -> None:
        """Search a text; `depth` is that of JSON in it."""
        cursor = _Cursor(text, json_from=0 if depth <= MAX_DEPTH else len(text))
        may_begin: bool | None = True
        while may_begin is not None:
            may_begin = self._read(cursor, depth) if may_begin else cursor.next_line()
        self.overlooked = self.overlooked or _what_is_in(text, cursor.gaps())
        self.format = self.format or formats.in_text(text, cursor.gaps(diffs=False))

    def _read(self, cursor: "_Cursor", depth: int) -> bool:
        """Read what begins at the cursor; return whether it was a report, or had one."""
        text, part, count = cursor.text, cursor.part, len(self.reports)
        begin = stop = _after(_BLANKS, text, cursor.at, len(text))
        first = text[begin : begin + 1]
        if first in {"<", "{"}:
            cursor.at = begin + 1
        if first == "<":
            comment = _COMMENT if begin < part.last_comment else "(?!)"
            before = re.compile(f"(?:{comment}|{_BEFORE_ROOT})*")
            root = _after(before, text, begin, part.end)
            if _SUITE.match(text, root):
                from genesis_ci.checks import junit  # most outputs need no parser of XML

                report, stop = junit.read(text, begin)
                self.reports.append((text[begin:stop], report))
            else:
                line = max(text.rfind(end, begin, root) for end in "\r\n") + 1
                cursor.at = max(line, cursor.at)  # a fence may be indented
        elif first and first in '{["' and begin >= part.json_from:
            stop = self._read_json(cursor, begin, depth)
            if first == "{" and stop == begin:
                part.json_from = part.end  # it has no end before
        if stop > begin:
            cursor.skip(begin, stop)
        return len(self.reports) > count

    def _read_json(self, cursor: "_Cursor", begin: int, depth: int) -> int:
        """Return the place after a JSON value; if there is none, where it should begin."""
        text, end = cursor.text, cursor.part.end
        try:
            value, stop = parse_beginning(cursor.json, begin)
        except StrictJsonError as error:
            if text[begin] != "{":  # there may be many, and each search takes the rest of the text
                return begin
            is_format = re.compile(_FORMAT).search(text, begin, end)
            if not (is_format or _has_keys(text, [(begin, end)])):
                return begin
            words, line = N_("no JSON ({reason})"), 0
            if error.at is not None:
                words = N_("no JSON ({reason}, line {line})")
                line = text.count("\n", 0, error.at) + 1
            raise NothingToJudgeError(words, reason=error.shown, line=line) from None
        self._search_value(value, depth)
        return stop


class _Part:
    """A text, or a fence in it. JSON is read from `json_from` on."""

    def __init__(self, text: str, at: int, json_from: int, fence: str = "", info: str = "") -> None:
        self.fence, self.json_from = fence, json_from
        self.is_searched = not _NOT_SEARCHED.match(info)
        self.end_after(text, at)

    def end_after(self, text: str, at: int) -> None:
        self.end = _fence_end(self.fence, text, at)
        self.last_comment = text.rfind("-->", at, self.end)  # searched once: many may have no end


class _Cursor:
    """A place in a text, and the part of it in which the place is."""

    def __init__(self, text: str, *, json_from: int) -> None:
        self.text, self.at = text, 0
        self.part = self._whole = _Part(text, 0, json_from)
        self._json_from = json_from
        self._gaps = [0]
        self._diffs = list[int]()

    @cached_property
    def json(self) -> JsonText:
        return JsonText(self.text)

    def skip(self, begin: int, stop: int) -> None:
        """Continue after what was read."""
        self._gaps += [begin, stop]
        self.at = stop
        if self.part.end < stop:  # a report has lines that look like the end of the fence
            self.part.end_after(self.text, stop)

    def gaps(self, *, diffs: bool = True) -> Spans:
        """Return the parts of the text that were not skipped."""
        edges = self._gaps if diffs else sorted(self._gaps + self._diffs)
        return [*zip(edges[::2], [*edges[1::2], len(self.text)], strict=True)]

    def next_line(self) -> bool | None:
        """Go to the next line in `_NEXT`; return whether a report may begin, None at the end."""
        line = None if self.at else _FIRST.match(self.text)
        line = line or _NEXT.search(self.text, max(self.at - 1, 0))
        if not line:
            return None
        self.at, mark, info = line.end(), line["mark"], line["info"]
        if mark is None:
            self.at += not self.part.is_searched
            return self.part.is_searched
        if self.part.fence:
            if mark.startswith(self.part.fence) and not info.strip():
                self.part = self._whole
            return False
        if "`" in mark and "`" in info:
            return False
        self.part = _Part(self.text, self.at, self._json_from, mark, info)
        self._diffs += [] if self.part.is_searched else [self.at, self.part.end]
        return self.part.is_searched


def _after(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at


def _fence_end(fence: str, text: str, at: int) -> int:
    """Return where the line begins that closes a fence; without it, or a fence, the text ends."""
    closing = rf"[\r\n][ \t]*{fence[:1]}{{{len(fence)},}}[ \t]*(?![^\r\n])"
    found = re.compile(closing).search(text, at) if fence else None
    return found.start() + 1 if found else len(text)


def _has_keys(text: str, spans: Spans) -> bool:
    keys = map(re.compile, _NAMES)
    return all(any(key.search(text, begin, end) for begin, end in spans) for key in keys)


def _what_is_in(text: str, spans: Spans) -> str:
    for tag in filter(None, (_TAG.search(text, begin, end) for begin, end in spans)):
        if text[tag.start()] != "<":
            return ESCAPED
        return CUT if tag["end"] or tag["case"] else IN_TEXT
    return IN_TEXT if _has_keys(text, spans) else ""


def _has_words(value: JsonValue) -> bool:
    """Return whether JSON that is too deep has the words of a report."""
    values, keys = [value], set[str]()
    while values:
        one = values.pop()
        if isinstance(one, str) and _what_is_in(one, [(0, len(one))]):
            return True
        if isinstance(one, dict):
            keys |= one.keys() & {"results", "tests"}
        values += children(one)
    return len(keys) == 2
