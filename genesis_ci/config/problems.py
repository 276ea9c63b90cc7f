"""Problems of the configuration: their words, until all secrets are known and they are shown."""

import re
from collections.abc import Callable, Iterable, Sequence
from string import Formatter
from typing import NamedTuple

from genesis_ci.language import _
from genesis_ci.models.report import Problem
from genesis_ci.text import clean_line, suggestion

LONGEST_NAME = 100
LONGEST_QUOTATION = 60
LONGEST_PROBLEM = 1000
MAX_PROBLEMS = 50
"""The most problems that one job reports."""


class Quoted(str):
    """A value in quotation marks, shortened when it is shown: secrets in it are not known yet."""

    text: str
    marks: str

    def __new__(cls, text: str, marks: str = "“{name}”") -> "Quoted":
        self = super().__new__(cls, marks.format(name=text))
        self.text, self.marks = text, marks
        return self


class Question(str):
    """The end of a message with a question mark, so that no full stop follows."""


Words = tuple[str, ...]
"""The parts of a message; some are `Quoted`, and the last may be a `Question`."""


class Mistake(NamedTuple):
    """A problem of the configuration, before it is shown as a `Problem`.

    `input` is the input or the key of the config file; `subject` also has the part or the place.
    """

    words: Words
    subject: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    input: str | None = None

    @property
    def with_line(self) -> Words:
        """The words with their place in front, for a text that is not in a file."""
        if self.line is None:
            return self.words
        column = f", column {self.column}" if self.column else ""
        return (f"line {self.line}{column}: ", *self.words)

    def shown(self, hide: Callable[[str], str]) -> Problem:
        """Return the problem as people see it; `hide` removes the secrets in a text."""
        subject = f"{self.subject}: " if self.subject else ""
        file = self.file and in_one_line((self.file,), hide)
        words = in_one_line((subject, *self.words), hide)
        return Problem(words, file, self.line, self.column, self.input)


class MalformedError(ValueError):
    """A value is malformed; `words` say why."""

    def __init__(self, *words: str) -> None:
        self.words = words
        super().__init__("".join(words))


class AdvisedError(MalformedError):
    """A value is malformed; the message also says what to do."""


class UnreadableError(AdvisedError):
    """A text is malformed; `problems` say why, each with its line if that is known."""

    def __init__(self, *problems: Mistake | str) -> None:
        self.problems = by_line(
            Mistake((one,)) if isinstance(one, str) else one for one in problems
        )
        super().__init__(*[part for one in self.problems for part in ("; ", *one.with_line)][1:])


NOT_REPLACED = (
    " is a reference to a variable, which was not replaced. See that the variable exists, and that "
    "this form is replaced where it is written"
)


def is_reference(text: str) -> bool:
    """Return whether a text is a reference to a variable, as shells and CI systems write it."""
    return re.fullmatch(r"\$[A-Za-z_]\w*|\$\{.*\}|\$\(.*\)|%[A-Za-z_]\w*%", text) is not None


def check_replaced(text: str, *examples: str) -> None:
    """Raise `AdvisedError` if a text is a reference to a variable, or the word of an example."""
    if text in examples:
        raise AdvisedError(f"{text}, the word of an example, was not replaced. Write the id")
    if is_reference(text):
        raise AdvisedError(Quoted(text), NOT_REPLACED)


def words_of(error: ValueError) -> Words:
    return error.words if isinstance(error, MalformedError) else (str(error),)


def by_line(problems: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Return the problems of one text in the order of their lines, those without one last."""
    return tuple(sorted(problems, key=lambda one: (one.line is None, one.line)))


def sentence(words: Words) -> Words:
    return words if isinstance(words[-1], Question) else (*words, ".")


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return the end of a problem with a misspelt word; empty if no known word is similar."""
    near = suggestion(word, known)
    return Question(near) if near else ""


def filled(template: str, /, **values: str | Words) -> Words:
    """Return a notice in the language in use; its `Quoted` values are shortened when it is shown.

    The template is marked, and a value may have several parts.
    """
    words: list[str] = []
    marks = _("“{name}”")
    for text, field, *_rest in Formatter().parse(_(template)):
        value = values[field] if field else ()
        parts = (value,) if isinstance(value, str) else value
        words += (text, *(Quoted(p.text, marks) if isinstance(p, Quoted) else p for p in parts))
    return tuple(words)


def quoted_key(key: str) -> str:
    """Return a key as a quotation, or its length if it is too long."""
    return Quoted(key) if len(key) <= LONGEST_NAME else f"of {len(key)} characters"


def in_one_line(words: Words, hide: Callable[[str], str] = str) -> str:
    """Return words as one harmless line with short quotations; `hide` removes their secrets."""
    shown = (
        Quoted(clean_line(hide(one.text), limit=LONGEST_QUOTATION), one.marks)
        if isinstance(one, Quoted)
        else one
        for one in words
    )
    return clean_line(hide("".join(shown)), limit=LONGEST_PROBLEM)
