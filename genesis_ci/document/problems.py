"""Problems of the configuration: their words, until all secrets are known and they are shown."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from genesis_ci.language import N_, _, fill, in_sequence
from genesis_ci.models.report import Problem
from genesis_ci.text import MARK, clean_line

LONGEST_NAME = 100
LONGEST_QUOTATION = 60
LONGEST_PROBLEM = 1000
MAX_PROBLEMS = 50
"""The most problems that one job reports."""
_QUOTATION = "(?s)(?<=“)[^”]*(?=”)|(?<=「)[^」]*(?=」)"


def quoted(text: str) -> str:
    """Return a value as a quotation for a problem; `in_one_line` shortens it."""
    return f"“{text}”"


def quoted_in_language(text: str) -> str:
    """Return a value as a quotation for a notice or warning; `in_one_line` shortens it."""
    return fill("“{name}”", name=text)


def quoted_key(key: str) -> str:
    """Return a key as a quotation, or its length if it is too long."""
    if len(key) <= LONGEST_NAME:
        return quoted_in_language(key)
    return fill("of {count} characters", count=len(key))


def sentence(words: str) -> str:
    return words if words.endswith(("?", "。")) else f"{words}."


def with_advice(words: str, accepts: str) -> str:
    """Return a problem with a value, and what is accepted instead."""
    return in_sequence((sentence(words), fill("Write {accepts}", accepts=accepts)))


def in_one_line(words: str, hide: Callable[[str], str] = str) -> str:
    """Return a message as one harmless line; `hide` removes its secrets.

    Quotations are shortened after that, so that no part of a secret stays.
    """
    short = partial(clean_line, limit=LONGEST_QUOTATION, mark=_(MARK))
    shown = re.sub(_QUOTATION, lambda text: short(text[0]), hide(words))
    return clean_line(shown, limit=LONGEST_PROBLEM, mark=_(MARK))


class Mistake(NamedTuple):
    """A problem of the configuration, before it is shown as a `Problem`.

    `input` is the input or the key of the config file; `subject` also has the part or the place.
    `listed` are the names that are known at the place, which one problem lists for all.
    """

    words: str
    subject: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    input: str | None = None
    listed: str | None = None

    @property
    def with_line(self) -> str:
        """The words with their place in front, for a text that is not in a file."""
        if self.line is None:
            return self.words
        place = N_("line {line}, column {column}") if self.column else N_("line {line}")
        label = fill(place, line=self.line, column=self.column)
        return fill("{label}: {text}", label=label, text=self.words)

    def shown(self, hide: Callable[[str], str]) -> Problem:
        """Return the problem as people see it; `hide` removes the secrets in a text."""
        words = self.words
        if self.subject:
            words = fill("{label}: {text}", label=self.subject, text=words)
        file = self.file and in_one_line(self.file, hide)
        return Problem(in_one_line(words, hide), file, self.line, self.column, self.input)


class AdvisedError(ValueError):
    """A value is malformed; the message also says what to do."""


class NoFileError(ValueError):
    """A file does not exist."""


class UnreadableError(AdvisedError):
    """A text is malformed; `problems` say why, each with its line if that is known."""

    def __init__(self, *problems: Mistake | str) -> None:
        self.problems = by_line(Mistake(one) if isinstance(one, str) else one for one in problems)
        super().__init__("; ".join(one.with_line for one in self.problems))


NOT_REPLACED = N_(
    "{text} is a reference to a variable, which was not replaced. See that the variable exists, "
    "and that this form is replaced where it is written"
)


def is_reference(text: str) -> bool:
    """Return whether a text is a reference to a variable, as shells and CI systems write it."""
    return re.fullmatch(r"\$[A-Za-z_]\w*|\$\{.*\}|\$\(.*\)|%[A-Za-z_]\w*%", text) is not None


def check_replaced(text: str, *examples: str) -> None:
    """Raise `AdvisedError` if a text is a reference to a variable, or the word of an example."""
    if text in examples:
        words = N_("{text}, the word of an example, was not replaced. Write the id")
        raise AdvisedError(fill(words, text=text))
    if is_reference(text):
        raise AdvisedError(fill(NOT_REPLACED, text=quoted_in_language(text)))


def by_line(problems: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Return the problems of one text in the order of their lines, those without one last."""
    return tuple(sorted(problems, key=lambda one: (one.line is None, one.line)))
