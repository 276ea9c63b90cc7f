"""How Markdown is written in each place: the encoders, and the forms of links, tables and folds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from genesis_ci.reporters.escape import (
    comment_block,
    comment_prose,
    fenced_block,
    link_target,
    markdown_block,
    markdown_code,
    markdown_prose,
    plain_block,
    plain_line,
)
from genesis_ci.reporters.facts import Encoders, Fact, Kind
from genesis_ci.reporters.truncate import rest_note
from genesis_ci.reporters.view import Rows
from genesis_ci.text import cells

T = TypeVar("T")
Encoder = Callable[[str], str]
Table = Sequence[Sequence[str]]


def _table(rule: str, rows: Table) -> str:
    heads, *others = (" | ".join(row) for row in rows)
    return "\n".join(f"| {row} |" for row in (heads, rule, *others))


def _aligned(_rule: str, rows: Table) -> str:
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    padded = (
        [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        for row in rows
    )
    return "\n".join("  ".join(row).rstrip() for row in padded)


class Style(NamedTuple):
    """The encoders of texts of others, and what is put around a text."""

    prose: Encoder
    block: Encoder
    """Of a text of several lines."""
    code: Encoder = markdown_code
    heading: str = "### {}"
    section: str = "**{}**"
    bold: str = "**{}**"
    remark: str = "_{}_"
    small: str = "<sub>{}</sub>"
    command: str = "```sh\n{}\n```"
    link: str = "[{}](<{}>)"
    fold: str = "<details{1}><summary>{0}</summary>"
    fold_end: str = "</details>"
    table: Callable[[str, Table], str] = _table
    """Of the alignment of its columns, and of its rows with the heads."""
    commit: int | None = 7
    """The characters of a commit's id; None is all."""
    in_full: bool = False
    """Whether all is written, or what a reviewer needs."""

    def linked(self, words: str, url: str | None) -> str:
        """Return a link; nothing without a safe address."""
        target = link_target(url)
        return self.link.format(words, target) if target else ""

    def folded(self, title: str, parts: Iterable[str], *, opened: bool = False) -> Iterator[str]:
        yield self.fold.format(title, " open" if opened else "")
        yield from parts
        if self.fold_end:
            yield self.fold_end

    def listed(self, rows: Rows[T], write: Callable[[T], str]) -> Iterator[str]:
        if rows.shown:
            yield "\n".join(f"- {write(row)}" for row in rows.shown)
        yield from self.note(rows)

    def note(self, rows: Rows[object]) -> Iterator[str]:
        """Yield how many rows are left out, if any are."""
        if text := rest_note(rows.left_out, self.prose(rows.things)):
            yield self.remark.format(text)

    def phrases(self, facts: Iterable[Fact]) -> str:
        encoders: Encoders = {
            **dict.fromkeys(Kind, self.code),
            Kind.OWN: str,
            Kind.TEXT: self.prose,
            Kind.COMMIT: lambda commit: self.code(commit[: self.commit]),
        }
        shown = (fact for fact in facts if fact.phrase and (self.in_full or fact.in_comment))
        return " · ".join(fact.written(fact.phrase, encoders) for fact in shown)


SUMMARY = Style(
    markdown_prose, markdown_block, heading="## {}", section="### {}", commit=None, in_full=True
)
COMMENT = Style(comment_prose, comment_block)
LOG = COMMENT._replace(block=fenced_block)
PLAIN = Style(
    plain_line,
    plain_block,
    plain_line,
    heading="{}",
    section="{}",
    bold="{}",
    remark="{}",
    small="{}",
    command="    {}",
    link="{}: {}",
    fold="{}",
    fold_end="",
    table=_aligned,
)
"""For a terminal: it has no HTML and no escapes, and `text.clean` removed what would act on it."""
