"""One encoder per sink: clean text in, text out that the sink shows and does not act on.

Texts were cleaned when they were parsed (`text.clean`), so they hold no control characters.
"""

import html
import re

ZERO_WIDTH_SPACE = "\u200b"

_MARKS = re.compile(
    r"(?P<issue>(?<=\bGH)-(?=\d))"
    r"|(?P<kept>(?<=[A-Za-z0-9])['-](?=[A-Za-z0-9])|(?<=\d)/(?=\d)|(?<=[A-Za-z)])[.:](?=\s|$)"
    r"|[,;(]|(?<=[A-Za-z])\))"
    r"|[!-/:-@\[-`{-~]",
    re.IGNORECASE,
)
_COMMIT_ID = re.compile(r"(?<![\w-])[0-9a-f]{7,40}(?![\w-])", re.IGNORECASE)
_LINKABLE = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+=&?#,-]*)?")


def html_text(text: str) -> str:
    """Return text for HTML content and quoted attributes."""
    return html.escape(text, quote=True)


def html_line(text: str) -> str:
    """Return text for HTML content, fenced off from its neighbours' writing direction."""
    return f"<bdi>{html_text(text)}</bdi>"


def markdown_prose(text: str) -> str:
    """Return one line that Markdown shows as it is: no markup, link, mention or table cell.

    Each ASCII punctuation mark becomes a numeric entity, except where it stands as in a sentence
    and has no other meaning (`self-made`, `2/3`, a comma, a full stop before a space). A zero-width
    space follows those that GitHub makes links of, and parts what looks like a commit id.
    """
    return _MARKS.sub(_entity_unlinked, _COMMIT_ID.sub(_parted, " ".join(text.split())))


def markdown_code(text: str) -> str:
    """Return one line of code for Markdown prose and table cells; nothing for an empty text.

    GitHub links nothing in code, so nothing invisible is put into what people copy from there.
    """
    encoded = _MARKS.sub(_entity, " ".join(text.split()))
    return f"<code>{encoded}</code>" if encoded else ""


def _parted(match: re.Match[str]) -> str:
    return ZERO_WIDTH_SPACE.join(match[0][at : at + 6] for at in range(0, len(match[0]), 6))


def _entity_unlinked(match: re.Match[str]) -> str:
    links = match["issue"] or (not match["kept"] and match[0] in "@.:/#$")
    return _entity(match) + (ZERO_WIDTH_SPACE if links else "")


def _entity(match: re.Match[str]) -> str:
    return match[0] if match["kept"] else f"&#{ord(match[0])};"


def markdown_block(text: str) -> str:
    """Return a block of preformatted text for Markdown, to be put at the start of a line.

    A code fence could be closed by the text; `<pre>` ends only at its own end tag. The first line
    feed after `<pre>` is not part of the text, so one is always given.
    """
    return f"<pre>\n{html_text(text)}\n</pre>"


def link_target(url: str | None) -> str | None:
    """Return a URL if it is plain enough to be made a link everywhere, else None."""
    return url if url and _LINKABLE.fullmatch(url) else None


def comment_prose(text: str) -> str:
    """Return one line for a comment: as `markdown_prose`, and for GitLab, which links more.

    Its `!1`, `~1`, `%1`, `&1`, `^1`, `*1` and `[1` name requests, labels, milestones and the like.
    """
    return re.sub(r"&#(33|37|38|42|91|94|126);", rf"\g<0>{ZERO_WIDTH_SPACE}", markdown_prose(text))


def comment_block(text: str) -> str:
    """Return a block of preformatted text for a comment, to be put at the start of a line.

    GitLab looks for commands, lines that begin with `/`, before it looks for markup. So a mark is
    an entity wherever it stands.
    """
    return f"<pre>\n{_MARKS.sub(_entity, text)}\n</pre>"
