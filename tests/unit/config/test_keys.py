"""The problems of malformed inputs and config files, as people read them.

Each heading in `tests/approved/problems.txt` is an input with its value; or a config file, its
entries, the keys of its one entry, or those at its top. To add a case, write its heading and run
`make approve`. `↵` stands for a line break, `<9>` for nine letters, `<KEY>` for the API key, `<ID>`
for the id of a workflow.
"""

import re
from typing import Any

from genesis_ci.models.change import Change
from tests.approved import FOLDER, check_approved
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in
from tests.unit.config.configs import ENV, FILE, KEY, OTHER_ID, entry, parse, under

GIVEN: dict[str, Any] = {
    "environ": {**ENV, "RUN": EXECUTION_ID, "GITHUB_TOKEN": "ghs_0123456789"},
    "ci": "GITHUB_ACTIONS",
    "change": Change(sha="a" * 40),
    "expose": "NOPE RUN",
}
WORDS = {"↵": "\n", "<KEY>": KEY, "<ID>": WORKFLOW_ID, "<OTHER>": OTHER_ID}


def problems_with(name: str, text: str) -> tuple[str, ...]:
    match name:
        case "file":
            return problems_in(parse(text, **GIVEN))
        case "entries":
            return problems_in(parse(f"version: 1\nworkflows:\n{text}", **GIVEN))
        case "entry":
            return problems_in(parse(entry(*text.splitlines()), **GIVEN))
        case "top":
            return problems_in(parse(under(*text.splitlines()), **GIVEN))
    problems = problems_in(parse(**{name: text}, **GIVEN))
    if text[0] in "[{" and "\n" not in text and "line 1" not in problems[0]:
        in_file = problems_with("entry", f"{name}: {text}")
        assert [one.removeprefix(f"{FILE}:5: ") for one in in_file] == [*problems]
    return problems


def test_problems_of_malformed_inputs_are_approved():
    shown = {}
    text_of_file = (FOLDER / "problems.txt").read_text(encoding="utf-8")
    for case, name, text in re.findall("^## (([a-z-]+): (.*))$", text_of_file, re.MULTILINE):
        value = re.sub("<([0-9]+)([a-z]?)>", lambda many: (many[2] or "x") * int(many[1]), text)
        for word, meaning in WORDS.items():
            value = value.replace(word, meaning)
        problems = problems_with(name, value)
        assert problems, case
        assert all(one.endswith((".", "?")) for one in problems)
        assert KEY not in str(problems)
        assert "hunter2" not in str(problems)
        shown[case] = "\n".join(problems)
    check_approved("problems", shown)
