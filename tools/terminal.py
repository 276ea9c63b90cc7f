# /// script
# requires-python = ">=3.11"
# dependencies = ["pyte==0.8.2", "wcwidth"]
# ///
"""Records a demo in a terminal, in each language, and writes animated SVGs without script.

`make picture` runs it with genesis-ci on the PATH. The pictures follow the reader's colors and
loop. With reduced motion they show only their last state.
"""

import os
import pty
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from wcwidth import wcswidth, wcwidth

ROOT = Path(__file__).resolve().parent.parent
PROMPT = "genesis-ci demo --scenario unmet"
PICTURES = {"demo.svg": PROMPT, "ja/demo.svg": f"{PROMPT} --language ja"}
EXIT_CODE = 9
COLUMNS, ROWS = 120, 24
CELL, LINE, FONT, MARGIN = 7.8, 19, 13, 16
TYPED_AFTER, STARTED_AFTER, HELD_FOR = 0.4, 1.2, 6.0
COLOURS = {"green": ("#1a7f37", "#3fb950"), "red": ("#cf222e", "#f85149")} | {
    "brown": ("#9a6700", "#d29922"),  # pyte's word for yellow
    "text": ("#1f2328", "#e6edf3"),
    "ground": ("#f6f8fa", "#0d1117"),
    "edge": ("#d1d9e0", "#30363d"),
}
Run = tuple[int, str, str]
"""A text of one colour and one width of characters, and the column where it begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The text of a row during one span of time."""

    row: int
    runs: tuple[Run, ...]
    begin: float
    end: float


def recorded(prompt: str) -> list[tuple[float, bytes]]:
    """Run the command in a terminal; return its output with the time in seconds."""
    parts = []
    begun = time.monotonic()

    def read(terminal: int) -> bytes:
        written = os.read(terminal, 65_536)
        parts.append((time.monotonic() - begun, written))
        return written

    environment = [f"{name}={os.environ[name]}" for name in ("PATH", "HOME")]
    environment += ["TERM=xterm-256color", f"COLUMNS={COLUMNS}"]
    status = pty.spawn(["env", "-i", *environment, *prompt.split()], read)
    if os.waitstatus_to_exitcode(status) != EXIT_CODE:
        sys.exit(f"{prompt} failed")
    return parts


def rows_over_time(prompt: str, parts: Sequence[tuple[float, bytes]]) -> list[Shown]:
    """Return every text of a row with its time; the prompt is the first row."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    moments = [(0.0, b"$ "), (TYPED_AFTER, f"{prompt}\r\n".encode())]
    moments += [(STARTED_AFTER + at, written) for at, written in parts]
    over = moments[-1][0] + HELD_FOR
    shown: list[Shown] = []
    since: dict[int, tuple[float, tuple[Run, ...]]] = {}
    for at, written in moments:
        stream.feed(written)
        for row in range(ROWS):
            runs = runs_of(screen, row)
            begin, before = since.get(row, (at, ()))
            if runs != before:
                shown.append(Shown(row=row, runs=before, begin=begin, end=at))
                since[row] = (at, runs)
    shown += [
        Shown(row=row, runs=runs, begin=begin, end=over) for row, (begin, runs) in since.items()
    ]
    return [each for each in shown if each.runs and each.begin < each.end]


def runs_of(screen: pyte.Screen, row: int) -> tuple[Run, ...]:
    """Return the texts of a row; a wide character has two cells, and the second one is empty."""
    cells = [(column, screen.buffer[row][column]) for column in range(COLUMNS)]
    found = []
    for (colour, _), many in groupby(cells, lambda cell: (cell[1].fg, wcwidth(cell[1].data) == 1)):
        together = list(many)
        text = "".join(cell.data for _, cell in together).rstrip()
        indent = len(text) - len(text.lstrip())
        if text:
            named = "text" if colour == "default" else colour
            found.append((together[0][0] + indent, named, text.lstrip()))
    return tuple(found)


def picture(prompt: str, shown: Sequence[Shown]) -> str:
    """Return the SVG, which shows each text during its span of time."""
    over = max(each.end for each in shown)
    rows = max(each.row for each in shown) + 1
    width, height = round(COLUMNS * CELL + 2 * MARGIN), rows * LINE + 2 * MARGIN
    spans = sorted({(each.begin, each.end) for each in shown})
    names = {span: f"t{number}" for number, span in enumerate(spans)}
    light, dark = (
        "".join(f"--{name}:{pair[index]};" for name, pair in COLOURS.items()) for index in (0, 1)
    )
    style = [
        f"svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}",
        f"text{{font:{FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
        "white-space:pre}",
        *(f".{name}{{fill:var(--{name})}}" for name in COLOURS),
        "g{opacity:0}.last{opacity:1}",
        "@media(prefers-reduced-motion:no-preference){",
        # The end is shown first, for a reader who scrolls past.
        *(
            f"#{name}{{animation:{name} {over:.2f}s step-end {HELD_FOR - over:.2f}s infinite}}"
            for name in names.values()
        ),
        "}",
        *(keyframes(names[span], span, over) for span in spans),
    ]
    groups = [
        f'<g id="{names[span]}"{" class=" + chr(34) + "last" + chr(34) if span[1] == over else ""}>'
        + "".join(row_of(each) for each in shown if (each.begin, each.end) == span)
        + "</g>"
        for span in spans
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" xml:space="preserve" role="img">',
            f"<title>A terminal: {prompt}</title>",
            f"<style>{''.join(style)}</style>",
            f'<rect class="ground" width="{width - 1}" height="{height - 1}" x=".5" y=".5" '
            'rx="8" stroke="var(--edge)"/>',
            *groups,
            "</svg>\n",
        ]
    )


def keyframes(name: str, span: tuple[float, float], over: float) -> str:
    """Return the animation that shows something during a span of the recording."""
    begin, end = (100 * moment / over for moment in span)
    hidden = f"{end:.2f}%{{opacity:0}}" if end < 100 else ""
    return f"@keyframes {name}{{0%{{opacity:{int(begin == 0)}}}{begin:.2f}%{{opacity:1}}{hidden}}}"


def row_of(shown: Shown) -> str:
    """Return the texts of a row at their positions."""
    y = MARGIN + shown.row * LINE + FONT
    return "".join(
        f'<text class="{colour}" x="{MARGIN + column * CELL:.1f}" y="{y}" '
        f'textLength="{wcswidth(text) * CELL:.1f}">{escape(text)}</text>'
        for column, colour, text in shown.runs
    )


def main() -> None:
    """Record and write the pictures."""
    os.chdir(ROOT)
    for name, prompt in PICTURES.items():
        file = ROOT / "docs/images" / name
        file.write_text(picture(prompt, rows_over_time(prompt, recorded(prompt))), encoding="utf-8")
        sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
