"""What the outputs had to show, as tables: what says no first, the rest folded."""

from collections.abc import Iterator, Sequence

from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.reporters import findings
from genesis_ci.reporters.escape import html_line, html_text
from genesis_ci.reporters.truncate import Room, cut, left_out
from genesis_ci.text import human_seconds


def checks(found: Sequence[Finding], room: Room, *, level: int) -> Iterator[str]:
    """Yield the section; nothing where there were no checks."""
    if not found:
        return
    unmet = findings.unmet(found)
    others = [one for one in found if one.judgement is not Judgement.UNMET]
    yield f"<h{level}>{findings.HEADING}: {findings.tally(found)}</h{level}>"
    yield from _table(unmet, room)
    if others:
        yield f"<details><summary>{findings.tally(others)}</summary>"
        yield from _table(others, room)
        yield "</details>"


def _table(found: Sequence[Finding], room: Room) -> Iterator[str]:
    if not found:
        return
    yield '<table class="checks"><thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in ("Check", "Expected", "Found"))
    yield "</tr></thead><tbody>"
    yield from (_row(one, room) for one in found[: room.rows])
    yield "</tbody></table>"
    for words in left_out(len(found) - room.rows, "checks"):
        yield f'<p class="note">{words}</p>'


def _row(finding: Finding, room: Room) -> str:
    expected, found = (
        f"<td><pre>\n{html_text(cut(text, room.characters))}</pre></td>"
        for text in (finding.expected, finding.found)
    )
    took = "" if finding.seconds is None else f" · {human_seconds(finding.seconds)}"
    return (
        f'<tr class="{findings.tone(finding)}"><th scope="row">'
        f'<span class="key">{html_line(findings.full_name(finding))}</span>'
        f'<span class="where">{finding.judgement} · {html_line(finding.where)}{took}</span></th>'
        f"{expected}{found}</tr>"
    )
