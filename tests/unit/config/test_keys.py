"""The problems of malformed inputs, as people read them.

Each heading in `tests/approved/problems.txt` is an input with its value. To add a case, write its
heading and run `make approve`. `↵` stands for a line break, `<9>` for nine letters, `<KEY>` for the
API key.
"""

import re
from typing import Any

from genesis_ci.models.change import Change
from tests.approved import FOLDER, check_approved
from tests.builders import problems_in
from tests.unit.config.configs import FILE, KEY, entry, parse

GIVEN: dict[str, Any] = {
    "environ": {"GITHUB_TOKEN": "ghs_0123456789"},
    "ci": "GITHUB_ACTIONS",
    "change": Change(sha="a" * 40),
}


def test_problems_of_malformed_inputs_are_approved():
    shown = {}
    text_of_file = (FOLDER / "problems.txt").read_text(encoding="utf-8")
    for case, name, text in re.findall("^## (([a-z-]+): (.*))$", text_of_file, re.MULTILINE):
        value = re.sub("<([0-9]+)>", lambda many: "x" * int(many[1]), text).replace("<KEY>", KEY)
        problems = problems_in(parse(**{name: value.replace("↵", "\n")}, **GIVEN))
        assert problems, case
        assert KEY not in str(problems)
        assert "hunter2" not in str(problems)
        if value[0] in "[{" and "↵" not in value and "line 1" not in problems[0]:
            in_file = problems_in(parse(entry(f"{name}: {value}"), **GIVEN))
            assert [one.removeprefix(f"{FILE}:5: ") for one in in_file] == [*problems]
        shown[case] = "\n".join(problems)
    check_approved("problems", shown)
