"""Reads an output: a JSON value, text, the one code fence in a text, or what a query finds."""

import re
from typing import Any

from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import nearest

BLANK = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""White space, a byte order mark, and what else has no width."""
_LINE_END = re.compile("\r\n?|\n")
_BARE_TEXT = r"(?:[=<>]=|!=|[<>])\s*[^\W\d]"
FENCE = r"[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>[^\r\n]*)"


class NothingToJudgeError(ValueError):
    """Nothing can meet a check; the marked template says what was found instead."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(fill(template, **values))


def require_output(output: JsonValue) -> JsonValue:
    """Return the output; raise `NothingToJudgeError` for null and for white space."""
    if output is None:
        raise NothingToJudgeError(N_("no output"))
    if isinstance(output, str) and not output.strip():
        raise NothingToJudgeError(N_("an empty output"))
    return output


def read_json(output: JsonValue) -> JsonValue:
    """Return an output as JSON: its value, its text as JSON, or the one code fence in its text.

    Raises `NothingToJudgeError` if it is not JSON, or ambiguous.
    """
    if not isinstance(output, str):
        return output
    try:
        return parse_json(output.strip(BLANK))
    except StrictJsonError as error:
        reason = error.shown
    contents, is_open = fences(output)
    if is_open:
        raise NothingToJudgeError(N_("a code fence that is not closed; was the output cut short?"))
    if not contents:
        raise NothingToJudgeError(N_("no JSON ({reason}), and no code fence in it"), reason=reason)
    if len(contents) > 1:
        raise NothingToJudgeError(
            N_("{count} code fences, so it is not clear which one counts"), count=len(contents)
        )
    try:
        return parse_json(contents[0])
    except StrictJsonError as error:
        words = N_("no JSON in the code fence ({reason})")
        raise NothingToJudgeError(words, reason=error.shown) from None


def fences(text: str) -> tuple[list[str], bool]:
    """Return the fenced code blocks of a text, as in CommonMark, and whether the last is open."""
    opening: str | None = None
    contents: list[list[str]] = []
    for line in _LINE_END.split(text):
        mark = re.match(FENCE, line)
        if opening is None:
            if mark and not ("`" in mark[1] and "`" in mark[2]):
                opening = mark[1]
                contents.append([])
        elif mark and mark[1].startswith(opening) and not mark[2].strip():
            opening = None
        else:
            contents[-1].append(line)
    return ["\n".join(lines) for lines in contents], opening is not None


def search(query: str, value: JsonValue) -> JsonValue:
    """Return what a JMESPath query finds in a value. It may never end and take any memory."""
    import jmespath  # most jobs have no queries

    try:
        found: JsonValue = jmespath.search(query, value)
    except Exception as error:  # of JMESPath, and of Python where it compares text with a number
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        words = N_("a query that fails on the output: {reason}")
        raise NothingToJudgeError(words, reason=reason) from None
    return found


def query_problem(query: str) -> str | None:
    """Return why a query is invalid.

    It does not parse, a function is unknown or misused, or a filter compares with a field.
    """
    import jmespath

    try:
        nodes: list[tuple[Any, bool]] = [(jmespath.compile(query).parsed, False)]
    except RecursionError:
        return _("query is nested too deep; make it simpler")
    except ValueError as error:
        words = N_("query “{query}” is {what}")
        if re.search(_BARE_TEXT, query):
            words = N_("query “{query}” is {what}; write a text in single quotes: 'a text'")
        return fill(words, query=query, what=_syntax_problem(error))
    while nodes:
        node, in_filter = nodes.pop()
        if isinstance(node, dict):
            children = node.get("children", ())
            is_filter = node["type"] == "filter_projection"
            nodes += ((one, in_filter or (is_filter and one is children[2])) for one in children)
            if node["type"] == "function_expression" and (problem := _function_problem(node)):
                return problem
            if in_filter and node["type"] == "comparator" and children[1]["type"] == "field":
                return _comparison_problem(children[1]["value"])
    return None


def _comparison_problem(field: str) -> str:
    # a missing field is null, so the filter would keep nothing or everything
    literal = f"`{field}`" if field in {"true", "false", "null"} else f"'{field}'"
    words = N_(
        "query compares with a field “{field}”; write {literal}, or put @. before it if it is a "
        "field"
    )
    return fill(words, field=field, literal=literal)


def _syntax_problem(error: ValueError) -> str:
    from jmespath.exceptions import LexerError, ParseError

    if not isinstance(error, ParseError) or error.token_type in {None, "EOF"}:
        return _("incomplete JMESPath")
    words = N_("not valid JMESPath: “{found}” is not expected at character {place}")
    if isinstance(error, LexerError) and error.message.startswith("Unclosed"):
        words = N_("not valid JMESPath: a quotation mark is not closed from character {place} on")
    return fill(words, found=error.token_value, place=error.lex_position + 1)


def _function_problem(node: dict[str, Any]) -> str | None:
    from jmespath.functions import Functions

    name, given = node["value"], len(node["children"])
    if name not in Functions.FUNCTION_TABLE:
        near = nearest(name, tuple(Functions.FUNCTION_TABLE))
        words = N_("query uses {name}(), which JMESPath does not have; see https://jmespath.org")
        if near:
            words = N_("query uses {name}(), which JMESPath does not have; did you mean {near}()?")
        return fill(words, name=name, near=near)
    signature = Functions.FUNCTION_TABLE[name]["signature"]
    takes_more = bool(signature) and signature[-1].get("variadic", False)
    if given < len(signature) or (given > len(signature) and not takes_more):
        words = N_("query gives {name}() {given} arguments, and it takes {takes}")
        return fill(words, name=name, given=given, takes=len(signature))
    return None
