"""Pages of HTML and of GitHub's Markdown, parsed."""

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

from genesis_ci.reporters.escape import ZERO_WIDTH_SPACE

VOID = frozenset({"br", "hr", "meta", "input", "img", "link", "wbr"})
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
GITLAB_LINKED = re.compile(r"(?<!\w)[!~%&^][\w\"]|\[\w+:\d")


class Page(HTMLParser):
    """The elements of a page in order, its text, and the text in which GitHub makes links."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.declarations = [], []
        self._open, self._texts, self._linkable_texts = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag != "wbr":  # shows nothing
            self.tags.append((tag, tuple(sorted(attrs))))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self._open.pop() == tag, f"</{tag}> has no start tag"
            self.tags.append((f"/{tag}", ()))

    def handle_data(self, data):
        self._texts.append(data)
        if QUIET.isdisjoint(self._open):
            self._linkable_texts.append(data)

    def handle_comment(self, data):
        self.declarations.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def close(self):
        super().close()
        assert self._open == []

    @property
    def text(self):
        return "".join(self._texts)

    @property
    def linkable(self):
        return "".join(self._linkable_texts)

    @property
    def shown(self):
        return self.text.replace(ZERO_WIDTH_SPACE, "")

    @property
    def names(self):
        return [name for name, _ in self.tags]


def parsed_html(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


def rendered(markdown: str) -> Page:
    """Render Markdown as GitHub does before it removes unsafe elements."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return parsed_html(html)


def has_no_link(page: Page, *forms: re.Pattern[str]) -> None:
    assert [form.search(page.linkable) for form in forms] == [None] * len(forms)
