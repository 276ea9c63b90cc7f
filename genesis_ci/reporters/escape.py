"""The encoders for Markdown and HTML: they return text that is shown and has no other effect.

The text was cleaned when it was parsed (`text.clean`): it has no control characters.
"""

import re

from genesis_ci.providers.base import log_lines
from genesis_ci.text import is_link

ZERO_WIDTH_SPACE = "\u200b"

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_MARKS = re.compile(
    r"(?P<issue>(?<=\bGH)-(?=\d))"
    r"|(?P<kept>(?<=[A-Za-z0-9])['-](?=[A-Za-z0-9])|(?<=\d)/(?=\d)|(?<=[A-Za-z)])[.:](?=\s|$)"
    r"|[,;(]|(?<=[A-Za-z])\))"
    r"|[!-/:-@\[-`{-~]",
    re.IGNORECASE,
)
_COMMIT_ID = re.compile(
    r"((?<![\w-])|(?<=\bGH-))[0-9a-f]{7,40}(?![\w-])",  # `markdown_prose` separates GH- from it
    re.IGNORECASE,
)


def html_text(text: str) -> str:
    """Return text for HTML content and quoted attributes."""
    for mark, entity in _ENTITIES.items():  # `html` takes as long to import as a page to render
        text = text.replace(mark, entity)
    return text


def html_line(text: str) -> str:
    """Return text for HTML content, isolated from the writing direction around it."""
    return f"<bdi>{html_text(text)}</bdi>"


def markdown_prose(text: str) -> str:
    """Return one line that Markdown shows as it is: no markup, link, mention or table cell.

    Each ASCII punctuation mark becomes a numeric entity, unless it is part of a sentence and has no
    other meaning (`self-made`, `2/3`, a comma, a full stop before a space). A zero-width space
    follows marks from which GitHub makes links, and splits words that look like commit ids.
    """
    return _MARKS.sub(_unlinked_entity, _COMMIT_ID.sub(_split, " ".join(text.split())))


def markdown_code(text: str) -> str:
    """Return one line of code for Markdown prose and table cells; nothing for an empty text.

    GitHub makes only links to mail and xmpp addresses in code. `<wbr>` prevents them; unlike a
    zero-width space, it is not copied.
    """
    encoded = _MARKS.sub(_entity, " ".join(text.split())).replace("&#64;", "&#64;<wbr>")
    return f"<code>{encoded}</code>" if encoded else ""


def markdown_block(text: str) -> str:
    """Return a block of preformatted text for Markdown, to be put at the start of a line.

    The text could close a code fence; `<pre>` ends only at its own end tag. HTML drops the first
    line feed after `<pre>`, so one is added.
    """
    return f"<pre>\n{html_text(text)}\n</pre>"


def link_target(url: str | None) -> str | None:
    """Return a URL if it is a safe link in every report, else None."""
    return url if url and is_link(url) else None


def comment_prose(text: str) -> str:
    """Return `markdown_prose` for a comment, also without the links that only GitLab makes.

    Its `!1`, `~1`, `%1`, `&1`, `^1`, `*1` and `[1` name requests, labels, milestones and others.
    """
    return re.sub(r"&#(33|37|38|42|91|94|126);", rf"\g<0>{ZERO_WIDTH_SPACE}", markdown_prose(text))


def issue_title(text: str) -> str:
    """Return one line for the title of an issue: no reference, mention or command in any forge."""
    return " ".join(re.sub(r"[^\w ./,()-]", " ", text).split())


def comment_block(text: str) -> str:
    """Return a block of preformatted text for a comment, to be put at the start of a line.

    GitLab reads commands, which are lines that begin with `/`, before it reads markup. So every
    mark is an entity.
    """
    return f"<pre>\n{_MARKS.sub(_entity, text)}\n</pre>"


def fenced_block(text: str) -> str:
    """Return a block for Markdown in a log: the text as it is, in a fence that it cannot close.

    No CI reads a line of it as a command.
    """
    lines = "\n".join(log_lines(text))
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", lines)), 0)
    return f"{fence}text\n{lines}\n{fence}"


def plain_line(text: str) -> str:
    """Return one line for a terminal."""
    return " ".join(text.split())


def plain_block(text: str) -> str:
    """Return the lines of a text for a terminal, below those of the report."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _split(match: re.Match[str]) -> str:
    return ZERO_WIDTH_SPACE.join(match[0][at : at + 6] for at in range(0, len(match[0]), 6))


def _unlinked_entity(match: re.Match[str]) -> str:
    links = match["issue"] or (not match["kept"] and match[0] in "@.:/#$")
    return _entity(match) + (ZERO_WIDTH_SPACE if links else "")


def _entity(match: re.Match[str]) -> str:
    return match[0] if match["kept"] else f"&#{ord(match[0])};"
