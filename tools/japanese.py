"""The translations in `japanese.toml`, each with a mark of the English text.

tests/test_japanese.py compares the marks, so that every translation is up to date.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

Name = TypeVar("Name", str, int)


class Meaning(NamedTuple):
    """A translation, and the mark of its English text."""

    mark: str
    text: str


def mark_of(english: str) -> str:
    """Return the mark of an English text, a short hash."""
    return hashlib.sha256(english.encode()).hexdigest()[:8]


def texts(table: Mapping[Name, Meaning]) -> dict[Name, str]:
    """Return the translations of a table without their marks."""
    return {name: meaning.text for name, meaning in table.items()}


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
INPUTS = {name: Meaning(*row) for name, row in _FILE["INPUTS"].items()}
OUTPUTS = {name: Meaning(*row) for name, row in _FILE["OUTPUTS"].items()}
EXIT_CODES = {int(code): Meaning(*row) for code, row in _FILE["EXIT_CODES"].items()}
