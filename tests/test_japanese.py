"""The Japanese pages have the code, sections and names of the English pages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from genesis_ci.config.inputs import INPUTS
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tools import japanese
from tools.japanese import Meaning, mark_of

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.ja.md", *sorted(ROOT.glob("docs/ja/*.md"))]
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
GENERATED = re.compile(r"<!-- generated: .*?<!-- end: [\w-]+ -->", re.DOTALL)
TABLES = {
    "INPUTS": ({row.name: row.meaning for row in INPUTS}, japanese.INPUTS),
    "OUTPUTS": (OUTPUT_NAMES, japanese.OUTPUTS),
    "EXIT_CODES": (EXIT_CODE_MEANINGS, japanese.EXIT_CODES),
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def english(path: Path) -> str:
    page = ROOT / "README.md" if path.name == "README.ja.md" else ROOT / "docs" / path.name
    return page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    return GENERATED.sub("", BLOCK.sub("", text))


def assert_same(path: Path, parts: Callable[[str], object]) -> None:
    assert parts(path.read_text(encoding="utf-8")) == parts(english(path))


each_page = pytest.mark.parametrize("path", PAGES, ids=name)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_japanese_meaning(table):
    meanings, translated = TABLES[table]
    assert list(translated) == list(meanings), f"write the missing rows into {table}"


@pytest.mark.parametrize(
    ("table", "row"),
    [(table, row) for table, (meanings, _) in TABLES.items() for row in meanings],
)
def test_a_translation_belongs_to_the_current_english_text(table, row):
    meanings, translated = TABLES[table]
    mark = mark_of(meanings[row])
    assert translated.get(row, Meaning("", "")).mark == mark, (
        f"The English meaning of “{row}” changed. Translate it again in tools/japanese.toml, "
        f"{table}, write the mark {mark} beside it, and run `make generate`."
    )


@each_page
def test_a_page_has_the_code_of_the_english_page(path):
    """The tests of the English examples cover the Japanese pages too."""
    assert_same(path, BLOCK.findall)


@each_page
def test_a_page_has_the_sections_of_the_english_page(path):
    assert_same(path, lambda text: re.findall(r"^#+ ", prose(text), re.MULTILINE))


@each_page
def test_a_page_has_the_names_of_the_english_page(path):
    """Names are inputs, messages and values in code marks."""
    assert_same(path, lambda text: set(re.findall(r"`+[^`]+`+", prose(text))))


@each_page
def test_github_shows_no_asterisks(path):
    """Beside Japanese punctuation, without a space, asterisks are not bold."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    texts = [child.content for token in tokens for child in token.children or []]
    assert [text for text in texts if "**" in text] == []
