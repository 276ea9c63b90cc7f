"""The hostile strings of `corpus/strings.json`, for everything that shows text."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CORPUS: dict[str, str] = {
    entry["kind"]: entry["text"]
    for entry in json.loads((Path(__file__).parent / "corpus" / "strings.json").read_text("utf-8"))
}


@contextmanager
def naming(offender: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"with {offender}")
        raise


def each_string(check: Callable[[str], object]) -> None:
    """Check every string of the corpus; a failure names the string."""
    for kind, text in CORPUS.items():
        with naming(f"“{kind}” of corpus/strings.json"):
            check(text)
