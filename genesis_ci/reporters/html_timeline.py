"""The timeline: places in per cent as custom properties, drawn by the style sheet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from genesis_ci.models import Block, Execution
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import html_line
from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.timeline import Span, Timeline, ticks, timeline_of
from genesis_ci.text import human_seconds

LEAST_WIDTH = 0.6
"""Per cent: a bar that can be seen."""
MOST_WORDS = 3
"""Statuses that the legend names for one colour."""


def axis(timeline: Timeline) -> str:
    """Return the labels above the bars; lines at the same places stand behind the bars."""
    marks = "".join(
        f'<i style="--a:{_percent(at, timeline):.2f}">{_label(at)}</i>'
        for at in ticks(timeline.seconds)
        if _percent(at, timeline) <= 96
    )
    return f'<div class="axis" aria-hidden="true">{marks}</div>'


def grid_step(timeline: Timeline) -> str:
    """Return the distance of the axis's lines."""
    places = [_percent(at, timeline) for at in ticks(timeline.seconds)]
    return f"{places[1]:.2f}%" if len(places) > 1 else "100%"


def bar(span: Span | None, timeline: Timeline) -> str:
    """Return a block's bar; its title says the same in words."""
    if span is None:
        return '<i class="bar"></i>'
    start, end, review_end = (
        min(100.0, max(0.0, _percent(at, timeline)))
        for at in (span.start, span.end, span.review_end)
    )
    left, width = min(start, 100 - LEAST_WIDTH), max(LEAST_WIDTH, end - start)
    review = ""
    if review_end > end:
        width = end - start
        review = f'<b style="--a:{end:.1f};--b:{review_end - end:.1f}"></b>'
    places = f"--a:{left:.1f};--b:{width:.1f}"
    return f'<i class="bar" title="{_in_words(span)}" style="{places}">{review}</i>'


def legend(executions: Iterable[Execution]) -> str:
    """Return what the colours of the bars mean: all that are in use, and no other."""
    drawn = list(_drawn(executions))
    words: defaultdict[Tone, dict[str, None]] = defaultdict(dict)
    ran_before_review = False
    for block, span in drawn:
        if span.review_end <= span.end:
            words[labels.status_tone(block)][labels.status_word(block)] = None
        elif span.end > span.start:
            ran_before_review = True
    if ran_before_review and Tone.GOOD not in words:
        words[Tone.GOOD] = {"ran": None}
    parts = ['<span class="wait">waited</span>'] if any(one.start > 0 for _, one in drawn) else []
    for tone in Tone:
        if tone in words:
            named = ", ".join([*words[tone]][:MOST_WORDS])
            named += " and others" if len(words[tone]) > MOST_WORDS else ""
            parts.append(f'<span class="{tone}">{html_line(named)}</span>')
    if any(one.review_end > one.end for _, one in drawn):
        parts.append('<span class="review">in review</span>')
    return f'<p class="legend">{"".join(parts)}</p>' if parts else ""


def _drawn(executions: Iterable[Execution]) -> Iterator[tuple[Block, Span]]:
    for execution in executions:
        if timeline := timeline_of(execution):
            for block, span in zip(execution.blocks, timeline.spans, strict=True):
                if span:
                    yield block, span


def _percent(seconds: float, timeline: Timeline) -> float:
    return 100 * seconds / timeline.seconds


def _in_words(span: Span) -> str:
    words = f"waited {human_seconds(max(0.0, span.start))}"
    if span.end > span.start:
        words += f", ran {human_seconds(span.end - span.start)}"
    if span.review_end > span.end:
        words += f", in review for {human_seconds(span.review_end - span.end)}"
    return words


def _label(seconds: float) -> str:
    """A tick's label without digits that say nothing: `0`, `0.5s`, `30s`, `2m`, `1h 30m`."""
    if seconds < 60:
        return f"{seconds:g}s" if seconds else "0"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count)
