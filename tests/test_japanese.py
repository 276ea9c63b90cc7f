"""The Japanese pages say what the English ones say, as far as a machine can see."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from genesis_ci.config.inputs import INPUTS
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from scripts import japanese
from scripts.japanese import Meaning, mark_of

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


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_a_japanese_meaning_for_each_row(table):
    meanings, translated = TABLES[table]
    assert list(translated) == list(meanings), f"write the missing rows into {table}"


@pytest.mark.parametrize(
    ("table", "row"),
    [(table, row) for table, (meanings, _) in TABLES.items() for row in meanings],
)
def test_a_translation_is_of_the_english_meaning_as_it_is_now(table, row):
    meanings, translated = TABLES[table]
    now = mark_of(meanings[row])
    assert translated.get(row, Meaning("", "")).mark == now, (
        f"The English meaning of “{row}” changed. Translate it anew in scripts/japanese.py, "
        f"{table}, write the mark {now} beside it, and run `make generate`."
    )


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_the_code_of_the_english_page(path):
    """So that whatever is tested of the English examples holds for these."""
    assert BLOCK.findall(path.read_text(encoding="utf-8")) == BLOCK.findall(english(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_the_sections_of_the_english_page(path):
    of_this, of_english = (
        re.findall(r"^#+ ", prose(text), re.MULTILINE)
        for text in (path.read_text(encoding="utf-8"), english(path))
    )
    assert of_this == of_english


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_names_what_the_english_page_names(path):
    """An input, a message or a value that one of them tells of and the other does not."""
    of_this, of_english = (
        set(re.findall(r"`+[^`]+`+", prose(text)))
        for text in (path.read_text(encoding="utf-8"), english(path))
    )
    assert of_this == of_english


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_github_shows_what_is_bold_as_bold(path):
    """Beside Japanese punctuation, without a space, asterisks stay asterisks."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    texts = [child.content for token in tokens for child in token.children or []]
    shown = [text for text in texts if "**" in text]
    assert shown == []
