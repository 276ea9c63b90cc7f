"""The catalog is complete, with the values of English, and compiled; durations are readable."""

import io
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from genesis_ci import language
from genesis_ci.language import Language, _, human_seconds, use

FOLDER = Path(language.__file__).parent / "locale"
CATALOG = read_po(io.BytesIO((FOLDER / "ja.po").read_bytes()))
MESSAGES = [one for one in CATALOG if one.id]


def texts(of: str | tuple[str, ...]) -> tuple[str, ...]:
    return of if isinstance(of, tuple) else (of,)


def values(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # it is shown as it is, and has braces
        return set()


def test_every_message_is_translated():
    missing = [one.id for one in MESSAGES if one.fuzzy or not all(texts(one.string))]
    assert missing == []


def test_translations_have_the_values_of_their_messages():
    pairs = [(texts(one.id)[-1], text) for one in MESSAGES for text in texts(one.string)]
    assert [pair for pair in pairs if values(pair[0]) != values(pair[1])] == []


def test_the_compiled_catalog_is_that_of_the_sources():
    compiled = io.BytesIO()
    write_mo(compiled, CATALOG)
    assert compiled.getvalue() == (FOLDER / "ja.mo").read_bytes(), "run `make test` again"


def test_an_empty_text_is_not_the_header_of_the_catalog():
    use(Language.JAPANESE)
    assert _("") == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.44, "0.4s"), (12.4, "12s"), (59.7, "1m 00s"), (65, "1m 05s"), (3720, "1h 02m")],
)
def test_durations_are_readable(seconds, shown):
    assert human_seconds(seconds) == shown
