"""What all providers share: clean values, and a log without commands."""

import pytest

from genesis_ci.models.report import Annotation, Level
from genesis_ci.providers import base


def written_by(act):
    written: list[str] = []
    act(base.Provider({}, written.append))
    return "".join(written)


def test_a_group_is_a_title_and_indented_lines():
    log = written_by(lambda provider: provider.group("pay: its output", ["no button\nat step 4"]))
    assert log == "pay: its output\n  | no button\n  | at step 4\n"


@pytest.mark.parametrize(
    ("place", "shown"), [((), ""), (("a.yml",), "a.yml: "), (("a.yml", 7, 4), "a.yml:7:4: ")]
)
@pytest.mark.parametrize("level", [Level.ERROR, Level.NOTICE])
def test_an_annotation_is_a_line_of_the_log_with_its_place(level, place, shown):
    one = Annotation(level, "Wrong.", "t", *place)
    log = written_by(lambda provider: provider.annotate(one))
    assert log == f"{level.upper()}: t: {shown}Wrong.\n"


COMMANDS = {
    "::error::x": "| ::error::x",
    "  ::set-output name=a::b": "|   ::set-output name=a::b",
    "a ##[error]x": "a # #[error]x",
    "##VSO[task.complete]": "# #VSO[task.complete]",
    "##teamcity[x]": "# #teamcity[x]",
    "section_start:0:a": "section start:0:a",
    "section_end:0:a": "section end:0:a",
    "日本 👩‍💻 50% a ::b, ## c, section_x": "日本 👩‍💻 50% a ::b, ## c, section_x",
}


def test_log_lines_contain_no_command_of_any_ci():
    for text, shown in COMMANDS.items():
        assert base.log_lines(text) == [shown]


def test_log_lines_split_at_every_line_end():
    ends = ("\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029")
    assert [end for end in ends if base.log_lines(f"a{end}::b") != ["a", "| ::b"]] == []


@pytest.mark.parametrize(
    ("clean", "accepted", "dropped"),
    [
        (base.clean_name, ["octocat", "Octo Cat"], ["", " \n", None, 7]),
        (
            base.commit,
            ["0a1b2c3", "f" * 40, "0" * 64],
            ["HEAD", "", "0a1b2c", "0" * 65, "0A1B2C3D", "0a1b2c3d; rm", "0a1b2c3\n", None, 7],
        ),
        (
            base.number,
            ["482", "1" * 12],
            ["false", "", "-1", "4 2", "482\n", "٤٨٢", "1" * 13, None],
        ),
        (base.branch_name, ["feature/a"], ["refs/pull/482/merge", "refs/heads/", "", None, 7]),
        (base.address, ["https://ci.example/7"], ["", "http://ci.example/", "javascript:alert(1)"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_value_of_the_ci_is_accepted_or_dropped(clean, accepted, dropped):
    assert [clean(value) for value in accepted] == accepted
    assert [clean(value) for value in dropped] == [None] * len(dropped)


def test_a_value_of_the_ci_is_clean_and_bounded():
    assert base.clean_name("\u202ebob\n::error::") == "\\u202ebob ::error::"
    assert base.branch_name("refs/heads/feature/a") == "feature/a"
    assert base.number(482) == "482"
    assert len(base.clean_name("y" * 5000)) < base.LONGEST_NAME + 50
    assert len(base.address("https://ci.example.com/" + "y" * 5000)) < base.LONGEST_ADDRESS + 50
