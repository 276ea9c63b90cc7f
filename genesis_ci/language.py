"""The language of what people read: English, or that of a gettext catalog. One for a process.

A literal is marked by the function that translates it: `_`, `fill` or `counted`; `N_` marks a
template in a variable or a table, which `fill` or `_` translates when it is shown. Words that
programs read, problems of the command line, rare ones of the configuration and `--help` are not
marked. Problems are made after the input `language` is read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Self, TypeAlias


class Language(StrEnum):
    """The languages, by their names for `gettext` and HTML."""

    ENGLISH = "en"
    JAPANESE = "ja"


class Worded(str):
    """A text in another language that has its English too, for what programs read.

    It stays one where it is the template, a value or the separator of another text.
    """

    english: str

    def __new__(cls, shown: str, english: str = "") -> Self:
        text = super().__new__(cls, shown)
        text.english = english
        return text

    def __str__(self) -> str:
        return self

    def format(self, *args: object, **values: object) -> "Worded":
        in_english = {name: _english(value) for name, value in values.items()}
        return Worded(super().format(*args, **values), self.english.format(*args, **in_english))

    def join(self, texts: Iterable[str], /) -> "Worded":
        every = [*texts]
        return Worded(super().join(every), self.english.join(map(_english, every)))


def _english(value: Any) -> Any:
    return value.english if isinstance(value, Worded) else value


_Texts: TypeAlias = tuple[Language, Callable[[str], str], Callable[[str, str, int], str]]
"""A language with its `gettext` and its `ngettext`."""
_ENGLISH: _Texts = (Language.ENGLISH, str, lambda one, many, number: one if number == 1 else many)
_current = _ENGLISH


def use(language: Language) -> bool:
    """Use a language from now on; return False, and English, if its catalog cannot be read."""
    global _current  # noqa: PLW0603 - as gettext has it
    _current = _ENGLISH
    if language is Language.ENGLISH:
        return True
    from gettext import GNUTranslations  # an English job starts without them
    from importlib.resources import files

    try:
        with files(__package__).joinpath(f"locale/{language}.mo").open("rb") as file:
            catalog = GNUTranslations(file)
    except Exception:  # a cut catalog raises half a dozen types
        return False
    text, number = catalog.gettext, catalog.ngettext
    _current = (
        language,
        lambda message: Worded(text(message), message),
        lambda one, many, count: Worded(number(one, many, count), _ENGLISH[2](one, many, count)),
    )
    return True


def speak(language: Language, can_show: Callable[[str], bool]) -> Iterator[str]:
    """Use a language for all texts; yield why it is English instead of that."""
    if not use(language):
        yield (
            f"language: this installation has no readable texts in {language}, so they are in "
            "English. Install a release of genesis-ci."
        )
    elif not can_show(_("passed")):
        use(Language.ENGLISH)
        yield (
            f"language: the encoding of this terminal has no characters for {language}, so the "
            "texts are in English. Set a locale with UTF-8."
        )


def in_use() -> Language:
    return _current[0]


def N_(message: str) -> str:  # noqa: N802 - gettext's name
    """Mark a literal; what shows it translates it."""
    return message


def _(message: str) -> str:
    """Return a literal in the language in use."""
    return _current[1](message) if message else ""  # gettext has the catalog's header there


def fill(template: str, /, **values: object) -> str:
    """Return a sentence in the language in use; text from outside is always a value.

    The template is a literal, or one that is marked.
    """
    return _(template).format(**values)


def counted(count: int, one: str, many: str) -> str:
    """Return the template for a number with the number in it: `1 check` or `2 checks`."""
    return _current[2](one, many, count).format(count=count)


def in_sequence(sentences: Iterable[str]) -> str:
    """Return sentences as one text; Japanese has no spaces between them."""
    return _("{one} {next}").format(one="", next="").join(sentences)


def commas(texts: Iterable[str]) -> str:
    return _(", ").join(texts)


def listed(names: Sequence[str], *, most: int = 3) -> str:
    """Return the first names, and how many more there are: `a, b, c and 2 more`."""
    shown = commas(names[:most])
    if len(names) <= most:
        return shown
    return fill("{names} and {count} more", names=shown, count=len(names) - most)


def human_seconds(seconds: float, *, english: bool = False) -> str:
    """Return a duration for people: `0.4s`, `12s`, `3m 05s`, `1h 02m`."""
    write: Callable[..., str] = str.format if english else fill
    if seconds < 10:
        return write(N_("{seconds:.1f}s"), seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return write(N_("{seconds}s"), seconds=rest)
    if minutes < 60 and not rest:
        return write(N_("{minutes}m 00s"), minutes=minutes)
    if minutes < 60:
        return write(N_("{minutes}m {seconds:02d}s"), minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    if not minutes:
        return write(N_("{hours}h 00m"), hours=hours)
    return write(N_("{hours}h {minutes:02d}m"), hours=hours, minutes=minutes)
