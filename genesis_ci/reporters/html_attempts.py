"""Several attempts side by side: what each ended with, which block differed, and what it said."""

from collections.abc import Iterator

from genesis_ci.models import WorkflowReport
from genesis_ci.reporters import attempts, labels
from genesis_ci.reporters.escape import html_line, html_text
from genesis_ci.reporters.truncate import Room, cut, left_out


def side_by_side(workflow: WorkflowReport, room: Room, *, level: int) -> Iterator[str]:
    """Yield the section; nothing where there was one attempt."""
    if not workflow.earlier:
        return
    yield f"<h{level}>{attempts.HEADING}</h{level}>"
    yield from _table(workflow, room)
    for number, attempt in enumerate(workflow.earlier, start=1):
        for key, block in list(attempts.failed_blocks(attempt).items())[: room.rows]:
            if text := labels.block_text(block):
                yield f"<details><summary>Attempt {number}: {html_line(key)}</summary>"
                shown = html_text(cut(text, room.characters))
                yield f'<pre class="said" tabindex="0">\n{shown}</pre>'
                yield "</details>"


def _table(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    each = attempts.all_of(workflow)
    yield '<table class="attempts"><thead><tr><th></th>'
    yield "".join(f'<th scope="col">Attempt {number}</th>' for number in range(1, len(each) + 1))
    yield "</tr></thead><tbody>"
    yield _row("Ended", [_ending(attempt) for attempt in each])
    yield _row(
        "Execution",
        [f"<code>{html_line(one.execution_id or attempts.ABSENT)}</code>" for one in each],
    )
    differing = attempts.differing(workflow)
    for row in differing[: room.rows]:
        yield _row(html_line(row.name), [html_line(word) for word in row.words])
    yield "</tbody></table>"
    if not differing:
        yield f'<p class="note">{attempts.NO_BLOCK_DIFFERS}</p>'
    for words in left_out(len(differing) - room.rows, "blocks and checks"):
        yield f'<p class="note">{words}</p>'


def _row(name: str, cells: list[str]) -> str:
    """A row of the table; name and cells are HTML already."""
    told = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th>{told}</tr>'


def _ending(attempt: WorkflowReport) -> str:
    tone, word = labels.verdict_tone(attempt.outcome), labels.verdict_word(attempt.outcome)
    return f'<span class="pill {tone}">{word}</span>'
