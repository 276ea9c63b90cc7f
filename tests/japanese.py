"""Finds what is left in English in the texts of a Japanese job."""

import json
import re
from typing import Any

PHRASE = re.compile(r"(?<![-\w])[A-Za-z’']{2,}(?: [A-Za-z’']{2,}){2,}")
"""Three words or more: no name and no command is so long."""
TEXTS = {
    *("message", "hint", "sentences", "steps", "notices", "notes", "expected", "found", "where"),
    *("trace", "stdout", "extra"),
}
"""Fields of result.json, ctrf.json and the output `results` with texts for people."""


def english_in(text: str, data: str) -> list[str]:
    """Return the English phrases of a text that are not in the data of the job."""
    return [phrase for phrase in PHRASE.findall(text) if phrase not in data]


def without_texts(document: str) -> Any:
    """Return a report in JSON without the texts for people."""

    def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: None if key in TEXTS else value for key, value in pairs}

    return json.loads(document, object_pairs_hook=kept)
