"""The documentation site, the problems that its check finds, and the pictures of the demo."""

import re

import pytest
from lxml import etree

from tests.doc_pages import ROOT
from tools.site import NAVIGATION, page_of_the_site, pages_of, problems

ADDRESS = "https://o.github.io/r/"


@pytest.mark.parametrize("language", NAVIGATION)
def test_every_page_is_in_both_languages_and_once_in_the_navigation(language):
    listed = re.findall(r"'([\w-]+\.md)'", str(NAVIGATION[language]))
    for folder in map(pages_of, NAVIGATION):
        assert sorted(listed) == sorted(path.name for path in folder.glob("*.md"))


@pytest.mark.parametrize(
    ("language", "account", "text", "shown"),
    [
        ("en", "o/r", "[a](../B.md#x)", "[a](https://github.com/o/r/blob/HEAD/B.md#x)"),
        ("en", "o/r", "[a](recipes/c.yml)", "[a](https://github.com/o/r/blob/HEAD/docs/recipes/c.yml)"),
        ("en", "o/r", "[a](internals/c.md)", "[a](https://github.com/o/r/blob/HEAD/docs/internals/c.md)"),
        ("en", "o/r", "[a](proof.md)", "[a](proof.md)"),
        ("ja", "o/r", "[a](../../B.md)", "[a](https://github.com/o/r/blob/HEAD/B.md)"),
        ("ja", "o/r", "[a](../attempts.md#x)", "[a](../attempts.html#x)"),
        ("ja", "o/r", "[a](../internals/c.md)", "[a](https://github.com/o/r/blob/HEAD/docs/internals/c.md)"),
        ("ja", "o/r", "![a](../images/d.svg)", "![a](images/d.svg)"),
        ("ja", "o/r", "[a](proof.md)", "[a](proof.md)"),
        ("en", "o/r", "`OWNER` stands for the account.\nOWNER/genesis-ci@v0", "o/r@v0"),
        ("en", "OWNER/genesis-ci", "OWNER/genesis-ci@v0", "OWNER/genesis-ci@v0"),
    ],
)  # fmt: skip
def test_links_and_account_are_those_of_the_site(language, account, text, shown):
    assert page_of_the_site(text, language, account) == shown


def test_missing_file_is_found(tmp_path):
    page = '<img src="b.png"> <link href="/r/b.png"> <img src="data:,"> <img src="gone.png">'
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "b.png").touch()
    assert problems(tmp_path, ADDRESS) == ["a.html: gone.png is missing"]


@pytest.mark.parametrize("tag", ["<script src=", '<link rel="stylesheet" href=', "<img src="])
def test_a_file_from_another_server_is_found(tag, tmp_path):
    (tmp_path / "a.html").write_text(f'{tag}"https://cdn.example/a">')
    (tmp_path / "b.css").write_text("@font-face{src:url(https://fonts.example/x)}")
    assert sorted(problems(tmp_path, ADDRESS)) == [
        "a.html: https://cdn.example/a is loaded from elsewhere",
        "b.css loads something from elsewhere",
    ]


@pytest.mark.parametrize("name", ["demo.svg", "ja/demo.svg"])
def test_the_picture_is_small_and_shows_the_end_of_the_demo(name):
    svg = (ROOT / "docs/images" / name).read_bytes()
    assert len(svg) < 150_000
    root = etree.fromstring(svg)
    used = {etree.QName(element).localname for element in root.iter()}
    assert used == {"svg", "title", "style", "rect", "g", "text"}
    last = "\n".join(root.xpath("//*[@class='last']//text()"))
    assert "verdict=unmet" in last
    assert "exit-code=9" in last
    words = "\n".join(root.itertext())
    assert "prefers-reduced-motion" in words
    assert "prefers-color-scheme:dark" in words
    assert "/home/" not in words
    assert "/tmp/" not in words
