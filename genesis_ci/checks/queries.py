"""JMESPath, imported when a query is used. A query may take for ever and any memory."""

from collections.abc import Iterator
from typing import Any

from genesis_ci.checks.reading import NothingToJudgeError
from genesis_ci.strict_json import JsonValue


def query_problem(query: str) -> str | None:
    """Return why a query is none: it does not parse, or a function is unknown or misused."""
    import jmespath

    try:
        expression = jmespath.compile(query)
    except RecursionError:
        return "query is nested too deep; make it simpler"
    except ValueError as error:
        return f"query is no JMESPath: {_first_line(error)}"
    return next(filter(None, map(_function_problem, _functions(expression.parsed))), None)


def search(query: str, value: JsonValue) -> JsonValue:
    """Return what a query finds in a value.

    Raises:
        NothingToJudgeError: the query fails on this value.
    """
    import jmespath

    try:
        found: JsonValue = jmespath.search(query, value)
    except Exception as error:  # of JMESPath, and of Python where it compares text with a number
        what = _first_line(error) or type(error).__name__
        raise NothingToJudgeError(f"a query that fails on the output: {what}") from None
    return found


def _functions(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every function call of a parsed query."""
    nodes: list[Any] = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes += node.get("children", ())
            if node["type"] == "function_expression":
                yield node


def _function_problem(node: dict[str, Any]) -> str | None:
    import difflib

    from jmespath.functions import Functions

    name, given = node["value"], len(node["children"])
    if name not in Functions.FUNCTION_TABLE:
        near = difflib.get_close_matches(name, Functions.FUNCTION_TABLE, n=1)
        advice = f"did you mean {near[0]}()?" if near else "see https://jmespath.org"
        return f"query uses {name}(), which JMESPath does not have; {advice}"
    signature = Functions.FUNCTION_TABLE[name]["signature"]
    takes_more = bool(signature) and signature[-1].get("variadic", False)
    if given < len(signature) or (given > len(signature) and not takes_more):
        return f"query gives {name}() {given} arguments, and it takes {len(signature)}"
    return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
