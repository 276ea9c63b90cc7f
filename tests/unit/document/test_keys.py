"""The problems of malformed inputs and config files, as people read them.

Each heading in `tests/approved/problems.txt` (Japanese: `problems_ja.txt`) is an input with its
value; or a config file, its entries, the keys of its one entry, or those at its top. To add a case,
write its heading and run `make approve`. `configs.unabridged` says what `↵` and `<9>` stand for.
"""

from typing import Any

import pytest

from genesis_ci.language import Language, use
from genesis_ci.models.change import Change
from tests.approved import check_approved_cases
from tests.builders import EXECUTION_ID, problems_in
from tests.unit.config.configs import ENV, FILE, approved, entry, parse, unabridged, under

GIVEN: dict[str, Any] = {
    "environ": {**ENV, "RUN": EXECUTION_ID, "NONE": ".nan", "GITHUB_TOKEN": "ghs_0123456789"},
    "ci": "GITHUB_ACTIONS",
    "change": Change(sha="a" * 40),
    "expose": "NOPE RUN LOGIN COUNT NONE",
}
FILES = {
    "file": lambda text: text,
    "entries": lambda text: f"version: 1\nworkflows:\n{text}",
    "entry": lambda text: entry(*text.splitlines()),
    "top": lambda text: under(*text.splitlines()),
}


def problems_with(name: str, text: str) -> tuple[str, ...]:
    if name in FILES:
        return problems_in(parse(FILES[name](text), **GIVEN))
    problems = problems_in(parse(**{name: text}, **GIVEN))
    if text[0] in "[{" and "\n" not in text and "line 1" not in str(problems[:1]):
        in_file = problems_with("entry", f"{name}: {text}")
        assert [one.removeprefix(f"{FILE}:5: ") for one in in_file] == [*problems]
    return problems


@pytest.mark.parametrize(
    ("subject", "language"),
    [("problems", Language.ENGLISH), ("problems_ja", Language.JAPANESE)],
)
def test_problems_of_malformed_inputs_are_approved(subject, language):
    use(language)
    check_approved_cases(
        subject, lambda name, text: approved(problems_with(name, unabridged(text))) or "no problem"
    )
