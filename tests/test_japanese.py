"""The Japanese pages have the code, sections and names of the English pages."""

import re
from itertools import chain

import pytest
from markdown_it import MarkdownIt

from genesis_ci.config.inputs import INPUTS
from genesis_ci.models.report import EXIT_CODE_MEANINGS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.doc_pages import BLOCK, ROOT, name_of, text_of
from tools.generate import TRANSLATIONS, english_of, translated

JAPANESE = [ROOT / "README.ja.md", *sorted(ROOT.glob("docs/ja/*.md"))]
ENGLISH = {path: page for path in JAPANESE if (page := english_of(path))}
GENERATED = re.compile(r"<!-- generated: .*?<!-- end: [\w-]+ -->", re.DOTALL)


def test_every_row_of_the_tables_has_a_translation():
    tables = {table: list(rows) for table, rows in TRANSLATIONS.items()}
    comments, patterns = tables.pop("COMMENTS"), tables.pop("BLOCKS")
    assert tables == {
        "INPUTS": [row.name for row in INPUTS],
        "OUTPUTS": list(OUTPUT_NAMES),
        "EXIT_CODES": [str(code) for code in EXIT_CODE_MEANINGS],
    }, "write the missing rows into tools/japanese.toml and run `make generate`"
    blocks = "".join(chain(*(BLOCK.findall(text_of(page)) for page in ENGLISH.values())))
    assert [comment for comment in comments if f"# {comment}\n" not in blocks] == []
    assert [pattern for pattern in patterns if not re.search(pattern, blocks, re.MULTILINE)] == []


@pytest.mark.parametrize("path", JAPANESE, ids=name_of)
def test_a_japanese_page_matches_the_english_page(path):
    """So the tests of the English examples cover the Japanese pages too.

    Names are inputs, messages and values in code marks.
    """
    english = ENGLISH[path]
    blocks = [translated(block) for block in BLOCK.findall(text_of(english))]
    assert BLOCK.findall(text_of(path)) == blocks
    here, there = (GENERATED.sub("", BLOCK.sub("", text_of(page))) for page in (path, english))
    for part, parts in ((r"^#+ ", list), (r"`+[^`]+`+", set)):
        found, expected = (parts(re.findall(part, text, re.MULTILINE)) for text in (here, there))
        assert found == expected


@pytest.mark.parametrize("path", JAPANESE, ids=name_of)
def test_github_shows_no_asterisks(path):
    """Beside Japanese punctuation, without a space, asterisks are not bold."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text_of(path))
    parts = [part for token in tokens for part in token.children or []]
    assert [part.content for part in parts if part.type == "text" and "**" in part.content] == []
