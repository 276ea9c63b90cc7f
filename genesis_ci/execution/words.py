"""Parts of sentences that outcomes share. Pure."""

import re
from collections.abc import Sequence

from genesis_ci.models import TERMINATED, Execution, Status
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.text import clean_line

MOST_NAMED = 3
LONGEST_WORDS = 120

_ANOTHER_RUN = re.compile(
    r"supersed|replace|newer|concurren|previous"
    r"|(new|another) (api )?(execution|request|run|trigger)",
    re.IGNORECASE,
)
"""What a reason says that speaks of another run; who cancelled is not told by it."""


def blocks_done(execution: Execution) -> str:
    """Return how many blocks are done, where that is known."""
    known = execution.block_count is not None and execution.completed_blocks is not None
    return f" ({execution.completed_blocks}/{execution.block_count} blocks)" if known else ""


def how_many_met(findings: Sequence[Finding]) -> str:
    """Return how many checks are met, where there are any."""
    if not findings:
        return ""
    met = sum(one.judgement is Judgement.MET for one in findings)
    skipped = sum(one.judgement is Judgement.SKIPPED for one in findings)
    aside = f", {skipped} skipped" if skipped else ""
    are = "is" if met == 1 else "are"
    return f", and {met} of {_number_of_checks(len(findings))} {are} met{aside}"


def how_many_unmet(findings: Sequence[Finding]) -> str:
    """Return how many checks are unmet, and the first of them; empty where all are met."""
    unmet = [one for one in findings if one.judgement is Judgement.UNMET]
    if not unmet:
        return ""
    are = "is" if len(unmet) == 1 else "are"
    named = "; ".join(map(_what_was_found, unmet[:MOST_NAMED]))
    rest = f"; and {len(unmet) - MOST_NAMED} more" if len(unmet) > MOST_NAMED else ""
    return f"{len(unmet)} of {_number_of_checks(len(findings))} {are} unmet: {named}{rest}"


def _number_of_checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _what_was_found(finding: Finding) -> str:
    """Return a check and what was found, in a few words."""
    name, found = (clean_line(text, limit=LONGEST_WORDS) for text in (finding.name, finding.found))
    return f"“{name}” (found {found})"


def how_to_attach(execution_id: str | None) -> str:
    """Return how to attach to a run that exists."""
    if execution_id is None:
        return ""
    return (
        f"Attach to it instead of triggering again: genesis-ci wait {execution_id}, or run this "
        "job with that execution-id."
    )


def may_be_going(execution_id: str | None) -> str:
    """Return that a run may go on, and how to attach to it."""
    return f"The run may still be going. {how_to_attach(execution_id)}".rstrip()


def how_to_review(execution_id: str, *, attached: bool) -> str:
    """Return who has to do what for a run in review."""
    if attached:
        return (
            "A person has to approve it in Genesis. After the approval re-run this job: it "
            f"attaches to execution {execution_id} again and starts nothing."
        )
    return (
        "A person has to approve it in Genesis. After the approval attach to the same run "
        f"instead of starting another: genesis-ci wait {execution_id}, or run this job with that "
        "execution-id."
    )


def how_it_was_cancelled(execution: Execution, *, may_be_superseded: bool) -> str:
    """Return by whom or by what a run was cancelled, as far as it is told."""
    stated = execution.cancel_reason
    reason = f" ({stated})" if stated else ""
    speaks_of_another = stated is not None and _ANOTHER_RUN.search(stated) is not None
    if speaks_of_another or (may_be_superseded and not stated):
        return f"The run was cancelled, superseded by a newer trigger of the workflow{reason}."
    if may_be_superseded:
        return f"The run was cancelled{reason}, possibly superseded by a newer trigger."
    if execution.cancel_requested_at and not stated:
        return "The run was cancelled on request, most likely superseded by a newer trigger."
    return f"The run was cancelled{reason}."


def blocks_named(execution: Execution, status: Status) -> str:
    """Return the blocks in a status by their names, the first three of them."""
    keys = [block.key for block in execution.blocks_with(status)]
    if not keys:
        return ""
    shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return f"block {shown}" if len(keys) == 1 else f"blocks {shown}"


def name_of_signal(exit_code: int) -> str:
    """Return the name of the signal that asks for an exit code."""
    return "SIGTERM" if exit_code == TERMINATED else "SIGINT"
