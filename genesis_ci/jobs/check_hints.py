"""What `check` says of checks that are valid, but prove something else than they seem to."""

import json
import re
from collections.abc import Iterator, Sequence

from genesis_ci.checks.expectations import claim
from genesis_ci.language import N_, fill, listed
from genesis_ci.models.findings import Check, Expectation, NoReports, Operator
from genesis_ci.models.policy import Accept
from genesis_ci.models.workflow import Workflow

_FILTERED = r"(?:length\()?\s*([\w.@]*(?:\[\*?\][\w.]*)*)\[\?.*"
"""A query that lists or counts what a filter keeps of a list."""
_LIMITS = {Operator.AT_MOST, Operator.NOT_CONTAINS, Operator.NOT_EQUALS}


def about_checks(workflows: Sequence[Workflow]) -> Iterator[str]:
    """Yield that nothing is checked where that is red, and which checks an empty list meets."""
    judged = [one for one in workflows if one.wait and not one.ended]
    red = [one.label for one in judged if _is_red_unchecked(one)]
    if red:
        words = N_(
            "{names}: nothing is checked (no expect, and tests: none), and accept does not name "
            "unchecked, so a completed run is red. Add a check, or add unchecked to accept."
        )
        yield fill(words, names=listed(red))
    found: dict[tuple[str, str, str], list[str]] = {}
    for workflow in judged:
        for check, query in _met_by_nothing(workflow.checks.configured):
            found.setdefault((claim(check), check.block, query), []).append(workflow.label)
    for (name, block, query), labels in found.items():
        words = N_(
            "{names}: an empty list passes “{check}” too. Add a second check: {{ block: {block}, "
            "query: {query}, at-least: 1 }}."
        )
        texts = {"block": block, "query": query}
        shown = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items()}
        yield fill(words, names=listed(labels), check=name, **shown)


def _is_red_unchecked(workflow: Workflow) -> bool:
    checks = workflow.checks
    is_checked = checks.configured or not isinstance(checks.reports, NoReports)
    return not is_checked and Accept.UNCHECKED not in workflow.policy.accept


def _met_by_nothing(checks: Sequence[Check]) -> Iterator[tuple[Expectation, str]]:
    """Yield each limit of a filtered list with the query for the length of the whole list.

    Another check of the block may already need a list that is not empty.
    """
    limits: dict[str, tuple[Expectation, str]] = {}
    others = set()
    for check in checks:
        if not isinstance(check, Expectation):
            others.add(check.block)
        elif query := _whole_list(check):
            limits[check.block] = check, query
        elif check.operator not in _LIMITS:
            others.add(check.block)
    yield from (limit for block, limit in limits.items() if block not in others)


def _whole_list(check: Expectation) -> str | None:
    found = re.fullmatch(_FILTERED, check.query or "", re.DOTALL)
    is_limit = check.operator is Operator.AT_MOST or (
        check.operator is Operator.EQUALS and check.expected in (0, [])
    )
    return f"length({found[1] or '@'})" if found and is_limit else None
