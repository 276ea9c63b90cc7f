"""The language of what people read: English, or that of a gettext catalog. One for a process.

A literal is marked by the function that translates it: `_`, `fill` or `counted`; `N_` marks a
template in a variable or a table, which `fill` or `_` translates when it is shown. Words that
programs read, problems of the configuration and `--help` are not marked.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum


class Language(StrEnum):
    """The languages, by their names for `gettext` and HTML."""

    ENGLISH = "en"
    JAPANESE = "ja"


def _same(message: str) -> str:
    return message


def _by_number(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


_current: tuple[Language, Callable[[str], str], Callable[[str, str, int], str]]
_current = (Language.ENGLISH, _same, _by_number)


def use(language: Language) -> bool:
    """Use a language from now on; return False, and use English, if its catalog is missing."""
    global _current  # noqa: PLW0603 - as gettext has it
    _current = (Language.ENGLISH, _same, _by_number)
    if language is Language.ENGLISH:
        return True
    from gettext import GNUTranslations  # an English job starts without them
    from importlib.resources import files

    try:
        with files(__package__).joinpath(f"locale/{language}.mo").open("rb") as file:
            catalog = GNUTranslations(file)
    except OSError:
        return False
    _current = (language, catalog.gettext, catalog.ngettext)
    return True


def in_use() -> Language:
    return _current[0]


def N_(message: str) -> str:  # noqa: N802 - gettext's name
    """Mark a literal; what shows it translates it."""
    return message


def _(message: str) -> str:
    """Return a literal in the language in use."""
    return _current[1](message)


def ngettext(one: str, many: str, number: int) -> str:
    """Return the literal for a number in the language in use."""
    return _current[2](one, many, number)


def in_sequence(sentences: Iterable[str]) -> str:
    """Return sentences as one text; Japanese has no spaces between them."""
    return _("{one} {next}").format(one="", next="").join(sentences)
