"""The issue of a job: which entries it names as red, and which green job closes it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from genesis_ci.document.problems import LONGEST_NAME
from genesis_ci.forges.comment_thread import (
    Comment,
    Ending,
    Mark,
    Post,
    Result,
    Write,
    is_beside,
    newest,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import comment_prose
from genesis_ci.strict_json import children, parse_json
from genesis_ci.text import clean_line

MOST_CHARACTERS = 8_000
"""Of all entries in a mark: about a hundred."""
MOST_NAMES = 8
"""Of red entries in one sentence."""
CLOSED = N_("✅ A later run is green, so this issue is closed. The last red report:")
CLOSED_WITHOUT = N_(
    "✅ A later run is green, so this issue is closed. No longer in the config file: {entries}. "
    "The last red report:"
)
CARRIED = N_("Red in an earlier run, and not settled since: {entries}.")


class Red(NamedTuple):
    """A red entry: its name, and its workflow's id, which is empty if it is unknown."""

    name: str
    workflow: str = ""
    is_unmet: bool = False


JOB = Red("")
"""The job was red without a red entry, for example by its configuration."""
REST = Red("", is_unmet=True)
"""Entries that do not fit into the mark, or that cannot be read."""


class IssuePost(Post):
    """The text of an issue, which a green job closes if it settles all that is red there."""

    def __init__(self, mark: Mark, text: str, report: JobReport) -> None:
        super().__init__(mark, text)
        self.closes = report.outcome.green
        self._job = report.outcome
        self._entries = [(_entry(one), one.outcome) for one in report.workflows]
        self._red = frozenset(
            _entry(one) for one in report.workflows if one.required and not one.outcome.green
        )
        # without a config file, or with an unknown id, nobody knows what is not there any more
        has_ids = all(one.workflow for one, _outcome in self._entries)
        self._lists_all = report.config is not None and has_ids

    def body(self, replaced: Comment | None) -> str:
        earlier = read(replaced.mark.red) if replaced else frozenset()
        if replaced and self.closes:
            report = replaced.body.split("\n", 1 if replaced.mark.is_red else 3)[-1]
            removed = [one for one in earlier if self._is_removed(one)]
            words = fill(CLOSED_WITHOUT, entries=_in_prose(removed)) if removed else _(CLOSED)
            return f"{self.mark._replace(red=written([]))}\n**{words}**\n\n{report}"
        open_ = frozenset(one for one in earlier if not self._passes(one))
        carried = {one for one in open_ if one.name not in {ours.name for ours in self._red}}
        words = f"\n{fill(CARRIED, entries=_in_prose(carried))}\n" if carried else ""
        return f"{self.mark._replace(red=written(self._red | open_))}\n{self.text}{words}"

    def not_settled(self, kept: Mark) -> list[Red]:
        red = (read(kept.red) or [JOB]) if self.closes else ()
        return [one for one in red if not (self._passes(one) or self._is_removed(one))]

    def without_open(self, closed: Sequence[Comment], written: Write | None) -> Write | Result:
        """Return the next step; what a person closed stays closed until a newer run is red."""
        ours = self.mark
        if self.closes:
            arrived = next((one for one in closed if one.mark[:3] == ours[:3]), None)
            return Result(Ending.UP_TO_DATE if arrived or written else Ending.NONE_OPEN, arrived)
        if closed:
            last = newest(closed)
            is_by_green, is_of_run = not last.mark.is_red, last.mark.run[0] == ours.run[0]
            if is_by_green and is_beside(last.mark, ours):
                return Write(last)
            if last.mark.run > ours.run:
                return Result(Ending.NEWER_THERE)
            replaced = written.replaced if written else None
            is_written = replaced is not None and replaced.id == last.id
            if is_by_green and (is_of_run or is_written):  # by an older job, at the same time
                return Write(last)
            if is_of_run and not written:
                return Result(Ending.STAYS_CLOSED, last)
        return super().without_open(closed, written)

    def _passes(self, red: Red) -> bool:
        """Return whether what was red passes now; after an unmet one, checked and not flaky."""
        outcomes = self._outcomes(red)
        return bool(outcomes) and all(
            one.verdict is Verdict.PASSED
            and not one.lenient
            and not (red.is_unmet and (one.unchecked or one.flaky))
            for one in outcomes
        )

    def _is_removed(self, red: Red) -> bool:
        """Return whether neither its name nor its workflow's id is in the config file any more."""
        return bool(red.workflow) and self._lists_all and not self._outcomes(red)

    def _outcomes(self, red: Red) -> list[Outcome]:
        """Return how what was red ended now."""
        if red == JOB:
            return [self._job]
        if red == REST:
            return [outcome for _one, outcome in self._entries if self._lists_all]
        named = [outcome for one, outcome in self._entries if one.name == red.name]
        same = [outcome for one, outcome in self._entries if one.workflow == red.workflow]
        return named or (same if red.workflow else [])


def _entry(workflow: WorkflowReport) -> Red:
    execution = workflow.execution
    return Red(
        name=clean_line(workflow.name)[:LONGEST_NAME],
        workflow=workflow.workflow_id or (execution and execution.workflow_id) or "",
        is_unmet=workflow.outcome.verdict is Verdict.UNMET,
    )


def written(entries: Iterable[Red]) -> str:
    """Return the entries as a mark has them, in characters that end no HTML comment."""
    kept, rest = sorted(entries), list[Red]()
    while len(text := _encoded([*kept, *rest])) > MOST_CHARACTERS:
        kept, rest = kept[: len(kept) // 2], [REST]
    return text


def _encoded(entries: Sequence[Red]) -> str:
    return b64encode(json.dumps(entries, ensure_ascii=False).encode()).decode()


def read(text: str) -> frozenset[Red]:
    """Return the entries in a mark."""
    try:
        every = children(parse_json(b64decode(text, validate=True).decode()))
        return frozenset(
            Red(str(name)[:LONGEST_NAME], str(workflow), is_unmet is not False)
            for name, workflow, is_unmet in map(children, every)
        )
    except ValueError:
        return frozenset([REST])


def names(red: Iterable[Red]) -> str:
    """Return the names of red entries, for people."""
    unnamed = {JOB: _("the job itself"), REST: _("entries without a known name")}
    every = {clean_line(one.name) or unnamed.get(one, unnamed[REST]) for one in red}
    return labels.and_others(sorted(every), most=MOST_NAMES)


def _in_prose(red: Iterable[Red]) -> str:
    return comment_prose(names(red))
