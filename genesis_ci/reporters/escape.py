"""One encoder per sink: any text in, text out that the sink shows and does not act on.

The domain's text is clean already; the encoders clean it again, so that they hold for any text.
"""

import html
import re

from genesis_ci.text import clean, clean_line

ZERO_WIDTH_SPACE = "\u200b"
NAME_LIMIT = 200

_MARKS = re.compile(
    r"(?P<issue>(?<=\bGH)-(?=\d))"
    r"|(?P<kept>(?<=[A-Za-z0-9])['-](?=[A-Za-z0-9])|(?<=\d)/(?=\d)|(?<=[A-Za-z)])[.:](?=\s|$)"
    r"|[,;(]|(?<=[A-Za-z])\))"
    r"|[!-/:-@\[-`{-~]",
    re.IGNORECASE,
)
_COMMIT_ID = re.compile(r"(?<![\w-])[0-9a-f]{7,40}(?![\w-])", re.IGNORECASE)
_LINKABLE = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+=&?#,-]*)?")


def plain(text: str, *, limit: int) -> str:
    """Return clean text: legal in XML and in UTF-8, invisible characters made visible."""
    return clean(text, limit=limit)


def plain_line(text: str, *, limit: int = NAME_LIMIT) -> str:
    """Return clean text on one line, for attributes and titles."""
    return clean_line(text, limit=limit)


def html_text(text: str, *, limit: int) -> str:
    """Return text for HTML content and quoted attributes."""
    return html.escape(clean(text, limit=limit), quote=True)


def html_line(text: str, *, limit: int = NAME_LIMIT) -> str:
    """Return one line for HTML content, fenced off from its neighbours' writing direction."""
    return f"<bdi>{html.escape(clean_line(text, limit=limit), quote=True)}</bdi>"


def markdown_prose(text: str, *, limit: int = NAME_LIMIT) -> str:
    """Return one line that Markdown shows as it is: no markup, link, mention or table cell.

    Each ASCII punctuation mark becomes a numeric entity, except where it stands as in a sentence
    and has no other meaning (`self-made`, `2/3`, a comma, a full stop before a space). A zero-width
    space follows those that GitHub makes links of, and parts what looks like a commit id.
    """
    line = clean_line(text, limit=limit)
    return _MARKS.sub(_harmless, _COMMIT_ID.sub(_parted, line))


def _parted(match: re.Match[str]) -> str:
    return ZERO_WIDTH_SPACE.join(match[0][at : at + 6] for at in range(0, len(match[0]), 6))


def _harmless(match: re.Match[str]) -> str:
    mark = match[0]
    if match["kept"]:
        return mark
    parted = ZERO_WIDTH_SPACE if match["issue"] or mark in "@.:/#$" else ""
    return f"&#{ord(mark)};{parted}"


def markdown_code(text: str, *, limit: int = NAME_LIMIT) -> str:
    """Return one line of code for Markdown prose and table cells; nothing for an empty text."""
    prose = markdown_prose(text, limit=limit)
    return f"<code>{prose}</code>" if prose else ""


def markdown_block(text: str, *, limit: int) -> str:
    """Return a block of preformatted text for Markdown, to be put at the start of a line.

    A code fence could be closed by the text; `<pre>` ends only at its own end tag. The first line
    feed after `<pre>` is not part of the text, so one is always given.
    """
    return f"<pre>\n{html_text(text, limit=limit)}\n</pre>"


def link_target(url: str | None) -> str | None:
    """Return a URL if it is plain enough to be made a link everywhere, else None."""
    return url if url and _LINKABLE.fullmatch(url) else None
