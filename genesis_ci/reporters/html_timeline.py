"""The timeline in the HTML report: places in per cent, which the style sheet draws."""

from collections import defaultdict

from genesis_ci.reporters.escape import html_line
from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.timeline import Span, Timeline, ticks
from genesis_ci.reporters.view import Blocks
from genesis_ci.text import human_seconds

LEAST_WIDTH = 0.6
"""Per cent: a bar that can be seen."""
MAX_WORDS = 3
"""Statuses that the legend names for one colour."""


def axis(timeline: Timeline) -> str:
    """Return the labels above the bars; the style sheet draws lines at the same places."""
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
    """Return a block's bar; its title describes it in words."""
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


def legend(blocks: Blocks) -> str:
    """Return the meaning of the colours that the bars have."""
    drawn = [(one, one.span) for one in blocks.rows.shown if one.span]
    words: defaultdict[Tone, dict[str, None]] = defaultdict(dict)
    for block, span in drawn:
        if not span.in_review:
            words[block.badge.tone][block.badge.word] = None
    if any(span.in_review and span.end > span.start for _, span in drawn):
        words.setdefault(Tone.GOOD, {"ran": None})
    late = any(span.start > 0 for _, span in drawn)
    parts = ['<span class="wait">before the start</span>'] if late else []
    for tone in Tone:
        if tone in words:
            named = ", ".join([*words[tone]][:MAX_WORDS])
            named += " and others" if len(words[tone]) > MAX_WORDS else ""
            parts.append(f'<span class="{tone}">{html_line(named)}</span>')
    if any(span.in_review for _, span in drawn):
        parts.append('<span class="review">in review</span>')
    return f'<p class="legend">{"".join(parts)}</p>' if parts else ""


def _percent(seconds: float, timeline: Timeline) -> float:
    return 100 * seconds / timeline.seconds


def _in_words(span: Span) -> str:
    words = f"started after {human_seconds(max(0.0, span.start))}"
    if span.end > span.start:
        words += f", ran {human_seconds(span.end - span.start)}"
    if span.in_review:
        words += f", in review for {human_seconds(span.review_end - span.end)}"
    return words


def _label(seconds: float) -> str:
    """A tick's label, as short as possible: `0`, `0.5s`, `30s`, `2m`, `1h 30m`."""
    if seconds < 60:
        return f"{seconds:g}s" if seconds else "0"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count)
