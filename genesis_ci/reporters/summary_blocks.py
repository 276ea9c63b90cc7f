"""The blocks of one run as Markdown: a table with a bar per block, and what failed in words."""

from collections.abc import Iterator

from genesis_ci.domain import Block, Execution, Status
from genesis_ci.reporters import wording
from genesis_ci.reporters.markup import markdown_block, markdown_code, markdown_prose
from genesis_ci.reporters.timeline import Span, timeline_of
from genesis_ci.text import human_seconds

CELLS = 24
"""Characters of the bar that stands for the whole run."""

FOLD_FROM = 30
"""A longer table is folded."""

_IDLE, _RUN, _REVIEW = "·", "█", "▒"


def blocks_table(execution: Execution, *, rows: int, failures: int) -> Iterator[str]:
    """Yield the table of at most `rows` blocks, or of up to `failures` if so many failed."""
    failed = len(execution.blocks_with(Status.FAILED))
    kept = wording.most_telling(execution.blocks, max(rows, min(failed, failures)))
    bars = _bars(execution)
    table = [
        f"| Block | Status | Duration |{' Timeline |' if bars else ''}",
        f"| :-- | :-- | --: |{' :-- |' if bars else ''}",
        *(_row(execution.blocks[index], bars[index] if bars else None) for index in kept),
    ]
    fold = len(kept) > FOLD_FROM
    if fold:
        yield f"<details><summary>Blocks: {_prose_tally(execution.blocks)}</summary>"
    yield "\n".join(table)
    if len(kept) < len(execution.blocks):
        kept_set = set(kept)
        rest = [block for at, block in enumerate(execution.blocks) if at not in kept_set]
        yield (
            f"_{len(rest)} more blocks are not shown here ({_prose_tally(rest)}); "
            "result.json has them all._"
        )
    if fold:
        yield "</details>"


def failure_texts(blocks: tuple[Block, ...], *, most: int, characters: int) -> Iterator[str]:
    """Yield, folded, what each failed block and each block in review has to say."""
    telling = [block for block in blocks if _tells(block)]
    for position, block in enumerate(telling[:most]):
        opened = " open" if position == 0 else ""
        mark = wording.status_mark(block)
        yield f"<details{opened}><summary>{mark} {markdown_code(block.key)}</summary>"
        yield markdown_block(wording.block_text(block), limit=characters)
        yield "</details>"
    if len(telling) > most:
        yield f"_{len(telling) - most} more blocks have a text; junit.xml and result.json have it._"


def _tells(block: Block) -> bool:
    speaks = block.status in (Status.FAILED, Status.REVIEW_PENDING) or bool(block.error)
    return speaks and bool(wording.block_text(block))


def _row(block: Block, bar: str | None) -> str:
    took = human_seconds(block.seconds) if block.seconds is not None else ""
    cells = [
        markdown_code(block.key),
        f"{wording.status_mark(block)} {markdown_prose(wording.status_word(block))}",
        took,
    ]
    if bar is not None:
        cells.append(bar)
    return f"| {' | '.join(cells)} |"


def _bars(execution: Execution) -> list[str] | None:
    timeline = timeline_of(execution)
    if timeline is None:
        return None
    return [_bar(span, timeline.seconds) for span in timeline.spans]


def _bar(span: Span | None, length: float) -> str:
    if span is None:
        return ""
    start = min(CELLS - 1, _cell(span.start, length))
    end = max(start + 1, _cell(span.end, length))
    review = max(end, _cell(span.review_end, length)) if span.review_end > span.end else end
    drawn = _IDLE * start + _RUN * (end - start) + _REVIEW * (review - end)
    return f"<code>{drawn.ljust(CELLS, _IDLE)}</code>"


def _cell(seconds: float, length: float) -> int:
    return min(CELLS, max(0, round(CELLS * seconds / length)))


def _prose_tally(blocks: tuple[Block, ...] | list[Block]) -> str:
    return markdown_prose(wording.tally(blocks), limit=400)
