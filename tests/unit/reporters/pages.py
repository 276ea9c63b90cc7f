"""Pages of HTML and of GitHub's Markdown, parsed."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

ZERO_WIDTH_SPACE = "\u200b"
QUIET = frozenset({"code", "pre", "a"})
"""Elements in which GitHub makes no links."""

LINKED = re.compile(
    r"(?<![\w])@[a-z\d]"  # a mention
    r"|(?<![\w])#\d|\bGH-\d"  # an issue
    r"|\w+://|\bwww\.\w"  # an address
    r"|(?<![\w-])[0-9a-f]{7,40}(?![\w-])"  # a commit
    r"|\$[^\s\u200b]|:\w+:",  # mathematics, an emoji's name
    re.IGNORECASE,
)


@dataclass
class Page(HTMLParser):
    """The elements of a page in order, its text, and the text in which GitHub makes links."""

    tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = field(default_factory=list)
    text: str = ""
    linkable: str = ""
    declarations: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self._open = []
        self._texts, self._linkable_texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(sorted(attrs))))
        if tag not in {"br", "hr", "meta", "input", "img", "link"}:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> has no start tag"
        self.tags.append((f"/{tag}", ()))

    def handle_startendtag(self, tag, attrs):
        self.tags += [(tag, tuple(sorted(attrs))), (f"/{tag}", ())]

    def handle_data(self, data):
        self._texts.append(data)
        if QUIET.isdisjoint(self._open):
            self._linkable_texts.append(data)

    def handle_comment(self, data):
        self.declarations.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def updatepos(self, i, j):
        """Do not count lines: they are not needed, and counting takes a tenth of the time."""
        return j

    def close(self):
        super().close()
        self.text, self.linkable = "".join(self._texts), "".join(self._linkable_texts)

    @property
    def shown(self):
        return self.text.replace(ZERO_WIDTH_SPACE, "")

    @property
    def names(self):
        return [name for name, _ in self.tags]

    def assert_closed(self):
        assert self._open == []


def parsed_html(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    page.assert_closed()
    return page


def rendered(markdown: str) -> Page:
    """Render Markdown as GitHub does before it removes unsafe elements."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return parsed_html(html)
