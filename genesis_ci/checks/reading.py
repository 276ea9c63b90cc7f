"""How an output is read: as a JSON value, as text, or as the one fenced code block in its text."""

import re
from collections.abc import Iterator

from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import REACH

MAX_SHOWN = 4_000
MAX_FOUND = MAX_SHOWN + REACH + 1
"""Characters of a value in a finding: more than is shown, so that a secret is found as a whole,
and one more, so that a cut value is known as one."""

_LINE_END = re.compile("\r\n?|\n")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n]*)")


class NothingToJudgeError(ValueError):
    """There is nothing that could meet a check; the message says what was there instead."""


def kind(value: object) -> str:
    """Return what kind of JSON value this is, in words; true and false are not numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "no JSON value"


def where_of(block: str) -> str:
    """Return where a check looks."""
    return f"output of block “{block}”"


def require_output(output: JsonValue) -> JsonValue:
    """Return an output that is there.

    Raises:
        NothingToJudgeError: it is null, or text of white space.
    """
    if output is None:
        raise NothingToJudgeError("no output")
    if isinstance(output, str) and not output.strip():
        raise NothingToJudgeError("an empty output")
    return output


def read_json(output: JsonValue) -> JsonValue:
    """Return an output as JSON: its value, its text as JSON, or the one code fence in its text.

    Raises:
        NothingToJudgeError: it can be read in no way, or in more than one.
    """
    if not isinstance(output, str):
        return output
    try:
        return parse_json(output.strip("\ufeff \t\r\n"))
    except StrictJsonError as error:
        fenced = only_fence(output)
        if fenced is None:
            raise NothingToJudgeError(f"no JSON ({error}), and no code fence in it") from None
    try:
        return parse_json(fenced)
    except StrictJsonError as error:
        raise NothingToJudgeError(f"no JSON in the code fence ({error})") from None


def only_fence(text: str) -> str | None:
    """Return the content of the one fenced code block in a text, None where there is none.

    Raises:
        NothingToJudgeError: there are several, or it is not closed.
    """
    fences = list(_fences(text))
    if len(fences) > 1:
        raise NothingToJudgeError(f"{len(fences)} code fences, so it is not clear which one counts")
    return fences[0] if fences else None


def _fences(text: str) -> Iterator[str]:
    """The content of each fence. One ends where CommonMark says, but must end."""
    opening: str | None = None
    content: list[str] = []
    for line in _LINE_END.split(text):
        mark = _FENCE.match(line)
        if opening is None:
            if mark and not ("`" in mark[1] and "`" in mark[2]):
                opening, content = mark[1], []
        elif mark and mark[1].startswith(opening) and not mark[2].strip():
            yield "\n".join(content)
            opening = None
        else:
            content.append(line)
    if opening is not None:
        raise NothingToJudgeError("a code fence that is not closed; was the output cut short?")
