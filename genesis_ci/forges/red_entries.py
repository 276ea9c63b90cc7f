"""Which entries an issue names as red, and which of them a job settles."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from enum import Enum, auto
from hashlib import sha256
from typing import NamedTuple

from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.text import clean_line

MOST_CHARACTERS = 24_000
"""Of all entries in a mark: 1000 fit, without their names if these are long."""
LONGEST_SHOWN = 60


class Red(NamedTuple):
    """A red entry: digests of its name and its workflow's id, which is empty if it is unknown.

    `shown` is the beginning of the name, for people.
    """

    name: str
    workflow: str = ""
    is_unmet: bool = False
    shown: str = ""


JOB = Red("job")
"""The job was red without a red entry, for example by its configuration."""
UNKNOWN = Red("unknown")
"""Entries that do not fit into the mark or cannot be read; no job settles them."""


class Settled(Enum):
    """What a job does to a red entry."""

    NO = auto()
    BY_PASS = auto()
    BY_REMOVAL = auto()
    """Neither its name nor its workflow id is in the config file any more."""


Rule = Callable[[Red], Settled]


def red_entries(report: JobReport) -> frozenset[Red]:
    """Return what makes a job red; empty if it is green."""
    if report.outcome.green:
        return frozenset()
    red = [one for one in report.workflows if one.required and not one.outcome.green]
    return merged(
        Red(
            _digest(one.name),
            _workflow(one),
            one.outcome.verdict is Verdict.UNMET,
            clean_line(one.name)[:LONGEST_SHOWN],
        )
        for one in red
    ) or frozenset([JOB])


def rule_of(report: JobReport) -> Rule:
    """Return how the job with this report settles a red entry."""
    by_name, by_id = _grouped(report, lambda one: _digest(one.name)), _grouped(report, _workflow)
    # without a config file, or with an unknown id, nobody knows what is not there any more
    lists_all = report.config is not None and "" not in by_id

    def settled(red: Red) -> Settled:
        if red == JOB:
            return Settled.BY_PASS if report.outcome.verdict is Verdict.PASSED else Settled.NO
        if red == UNKNOWN:
            return Settled.NO
        now = by_name.get(red.name) or (by_id.get(red.workflow, []) if red.workflow else [])
        if now:
            is_passed = all(_passes(one, after_unmet=red.is_unmet) for one in now)
            return Settled.BY_PASS if is_passed else Settled.NO
        return Settled.BY_REMOVAL if red.workflow and lists_all else Settled.NO

    return settled


def _passes(outcome: Outcome, *, after_unmet: bool) -> bool:
    """Return whether a pass is clean, or unchecked or flaky after a red that was not unmet."""
    if outcome.verdict is not Verdict.PASSED or outcome.lenient:
        return False
    return not (after_unmet and (outcome.unchecked or outcome.flaky))


def merged(*entries: Iterable[Red]) -> frozenset[Red]:
    """Return the entries, each once; one that was ever unmet is."""
    every = [one for each in entries for one in each]
    unmet = {one[:2] for one in every if one.is_unmet}
    shown = {one[:2]: one.shown for one in every}
    return frozenset(Red(*key, key in unmet, name) for key, name in shown.items())


def without(entries: Iterable[Red], others: Iterable[Red]) -> list[Red]:
    known = {one[:2] for one in others}
    return [one for one in entries if one[:2] not in known]


def written(entries: Iterable[Red]) -> str:
    """Return the entries as a mark has them, in characters that end no HTML comment."""
    every = sorted(entries)
    for shown in (True, False):
        text = ",".join(_token(one if shown else one._replace(shown="")) for one in every)
        if len(text) <= MOST_CHARACTERS:
            return text
    fits = text[: MOST_CHARACTERS - len(_token(UNKNOWN))].rpartition(",")[0]
    return f"{fits},{_token(UNKNOWN)}"


def read(text: str) -> frozenset[Red]:
    """Return the entries in a mark."""
    if len(text) > MOST_CHARACTERS:
        return frozenset([UNKNOWN])
    return frozenset(_entry(token) for token in text.split(",")) if text else frozenset()


_DIGEST = "[A-Za-z0-9+/]{8}"
_TOKEN = re.compile(rf"({_DIGEST}|job|unknown):({_DIGEST}|):([01]):([A-Za-z0-9+/]*={{0,2}})")


def _token(one: Red) -> str:
    return f"{one.name}:{one.workflow}:{one.is_unmet:d}:{_base64(one.shown.encode())}"


def _entry(token: str) -> Red:
    found = _TOKEN.fullmatch(token)
    try:
        name, workflow, is_unmet, encoded = found.groups() if found else ("", "", "", "?")
        shown = b64decode(encoded, validate=True).decode()
    except ValueError:
        return UNKNOWN
    return Red(name, workflow, is_unmet == "1", clean_line(shown)[:LONGEST_SHOWN])


def _grouped(report: JobReport, key: Callable[[WorkflowReport], str]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for one in report.workflows:
        found.setdefault(key(one), []).append(one.outcome)
    return found


def _workflow(workflow: WorkflowReport) -> str:
    """Return the digest of the workflow's id; empty if that is unknown."""
    execution = workflow.execution
    found = workflow.workflow_id or (execution and execution.workflow_id)
    return _digest(found) if found else ""


def _digest(text: str) -> str:
    return _base64(sha256(text.encode()).digest()[:6])


def _base64(text: bytes) -> str:
    return b64encode(text).decode()
