"""Icons, and the timeline as inline SVG: widths in per cent, so that it fits every screen."""

from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.timeline import Span, Timeline, ticks
from genesis_ci.text import human_seconds

_ICONS = {
    Tone.GOOD: '<path d="M4.5 8.5l2.5 2.5 4.5-5.5"/>',
    Tone.BAD: '<path d="M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4"/>',
    Tone.WARN: '<path d="M8 4.3v4.4M8 11.4v.2"/>',
    Tone.IDLE: '<path d="M5 8h6"/>',
}


def icon(tone: Tone) -> str:
    """Return the small picture of a tone; the word beside it says the same."""
    return f'<svg class="icon {tone}" aria-hidden="true"><use href="#icon-{tone}"/></svg>'


def shared_drawings() -> str:
    """Return what the page's pictures share: the icons and the hatching of a review."""
    symbols = "".join(
        f'<symbol id="icon-{tone}" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/>{path}'
        "</symbol>"
        for tone, path in _ICONS.items()
    )
    return (
        f'<svg class="shared" width="0" height="0" aria-hidden="true">{symbols}'
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/>'
        '<rect class="hatch-line" width="3" height="6"/></pattern></defs></svg>'
    )


def axis(timeline: Timeline, grid: str) -> str:
    """Return the axis with its labels and the legend; it defines the grid that bars show."""
    places = [(at, 100 * at / timeline.seconds) for at in ticks(timeline.seconds)]
    lines = "".join(
        f'<line x1="{place:.2f}%" x2="{place:.2f}%" y1="0" y2="100%"/>' for _, place in places
    )
    labels = "".join(
        f'<text x="{place:.2f}%" y="12" text-anchor="{"start" if place == 0 else "middle"}">'
        f"{_label(at)}</text>"
        for at, place in places
        if place <= 96
    )
    return (
        '<div class="axis row"><span class="legend"><span class="wait">waited</span>'
        '<span class="run">ran</span><span class="review">in review</span></span>'
        f'<svg class="bar" height="16" aria-hidden="true"><defs><g id="{grid}" class="grid">{lines}'
        f"</g></defs>{labels}</svg></div>"
    )


def bar(span: Span | None, length: float, tone: Tone, grid: str) -> str:
    """Return a block's bar; its title says the same in words."""
    if span is None:
        kind, drawn = "bar empty", ""
    else:
        kind, drawn = "bar", _drawn(span, length, tone)
    return (
        f'<svg class="{kind}" height="30" role="img"><title>{_in_words(span)}</title>'
        f'<use href="#{grid}"/>{drawn}</svg>'
    )


def _drawn(span: Span, length: float, tone: Tone) -> str:
    start, end, review_end = (
        min(100.0, max(0.0, 100 * at / length)) for at in (span.start, span.end, span.review_end)
    )
    parts = [f'<rect class="wait" y="14.5" height="1" width="{start:.2f}%"/>']
    if review_end > end:
        parts.append(_rect("review", end, review_end - end))
        tone = Tone.GOOD
    if end > start or review_end <= end:
        parts.append(_rect(f"run {tone}", min(start, 99.4), max(0.6, end - start)))
    return "".join(parts)


def _rect(kind: str, start: float, width: float) -> str:
    return f'<rect class="{kind}" x="{start:.2f}%" y="9" width="{width:.2f}%" height="12" rx="2"/>'


def _in_words(span: Span | None) -> str:
    if span is None:
        return "did not start"
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
