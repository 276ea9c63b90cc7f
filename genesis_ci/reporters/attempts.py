"""Several attempts of one workflow side by side: what they ended with, and which block differed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genesis_ci.models import Block, Status, WorkflowReport
from genesis_ci.models.proof import Finding
from genesis_ci.reporters import findings, labels

HEADING = "Attempts"
NO_BLOCK_DIFFERS = "No block or check differs between the attempts."
ABSENT = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A block or a check, and a word for each attempt."""

    name: str
    words: tuple[str, ...]


def all_of(workflow: WorkflowReport) -> tuple[WorkflowReport, ...]:
    """Return the attempts of a workflow, the oldest first; the last one is the report itself."""
    return (*workflow.earlier, workflow)


def differing(workflow: WorkflowReport) -> list[Row]:
    """Return the blocks and checks whose result is not the same in all attempts."""
    attempts = all_of(workflow)
    return [row for row in _rows(attempts) if len(set(row.words)) > 1]


def _rows(attempts: Sequence[WorkflowReport]) -> Iterator[Row]:
    blocks = [_blocks(attempt) for attempt in attempts]
    for key in dict.fromkeys(key for each in blocks for key in each):
        yield Row(
            name=key,
            words=tuple(
                labels.status_word(each[key]) if key in each else ABSENT for each in blocks
            ),
        )
    found = [_findings(attempt) for attempt in attempts]
    for name in dict.fromkeys(name for each in found for name in each):
        yield Row(
            name=name,
            words=tuple(each[name].judgement if name in each else ABSENT for each in found),
        )


def failed_blocks(attempt: WorkflowReport) -> dict[str, Block]:
    """Return the blocks that failed in an attempt, by their keys."""
    return {key: block for key, block in _blocks(attempt).items() if block.status is Status.FAILED}


def unmet_findings(attempt: WorkflowReport) -> dict[str, Finding]:
    """Return the checks that said no in an attempt, by their names."""
    return {findings.full_name(one): one for one in findings.unmet(attempt.findings)}


def _blocks(attempt: WorkflowReport) -> dict[str, Block]:
    return {block.key: block for block in attempt.execution.blocks} if attempt.execution else {}


def _findings(attempt: WorkflowReport) -> dict[str, Finding]:
    return {findings.full_name(one): one for one in attempt.findings}
