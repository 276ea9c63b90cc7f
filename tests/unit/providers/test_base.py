"""What all providers share: clean values, and a log without commands."""

import pytest

from genesis_ci.models import Annotation, Level
from genesis_ci.models.change import Change
from genesis_ci.providers import base


class Bare(base.Provider):
    """A CI system that has nothing of its own."""

    name = "bare"


def written_by(act):
    written: list[str] = []
    act(Bare({"CI": "true"}, written.append))
    return "".join(written)


def test_methods_that_are_not_overridden_write_nothing():
    def act(bare):
        bare.mask(["secret"])
        bare.outputs({"verdict": "passed"})
        bare.summary("# Passed")
        bare.live("1/5 blocks")
        assert bare.files("genesis-results") == {}
        assert bare.change == Change()

    assert written_by(act) == ""


def test_a_group_is_a_title_and_indented_lines():
    log = written_by(lambda bare: bare.group("pay: its output", ["no button\nat step 4", "end"]))
    assert log == "pay: its output\n  | no button\n  | at step 4\n  | end\n"


@pytest.mark.parametrize("level", Level)
def test_an_annotation_is_a_line_of_the_log(level):
    one = Annotation(level=level, title="title", message="Wrong.")
    assert written_by(lambda bare: bare.annotate(one)) == f"{level.upper()}: title: Wrong.\n"


@pytest.mark.parametrize(
    ("file", "line", "place"),
    [(None, None, ""), ("a.yml", None, "a.yml: "), ("a.yml", 7, "a.yml:7: ")],
)
def test_an_annotation_text_begins_with_its_place(file, line, place):
    one = Annotation(level=Level.ERROR, title="t", message="Wrong.", file=file, line=line)
    assert base.annotation_text(one) == f"ERROR: t: {place}Wrong."


COMMANDS = {
    "::error::x": "| ::error::x",
    "  ::set-output name=a::b": "|   ::set-output name=a::b",
    "a ##[error]x": "a # #[error]x",
    "##VSO[task.complete]": "# #VSO[task.complete]",
    "##teamcity[x]": "# #teamcity[x]",
    "section_start:0:a": "section start:0:a",
    "section_end:0:a": "section end:0:a",
    "a ::b, ## c and section_x": "a ::b, ## c and section_x",
}


def test_log_lines_contain_no_command_of_any_ci():
    assert {text: base.log_lines(text) for text in COMMANDS} == {
        text: [shown] for text, shown in COMMANDS.items()
    }


def test_log_lines_split_at_every_line_end():
    ends = ("\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029")
    assert [end for end in ends if base.log_lines(f"a{end}::b") != ["a", "| ::b"]] == []


def test_a_name_is_clean_and_bounded():
    assert base.clean_name("\u202ebob\n::error::") == "\\u202ebob ::error::"
    assert len(base.clean_name("y" * 5000)) < base.LONGEST_NAME + 50
    assert [base.clean_name(nothing) for nothing in ("", " \n", None, 7)] == [None] * 4


def test_a_commit_is_7_to_64_lower_case_hexadecimal_digits():
    commits = ["0a1b2c3", "f" * 40, "0" * 64]
    assert [base.commit(text) for text in commits] == commits
    others = (
        "HEAD",
        "",
        "0a1b2c",
        "0" * 65,
        "0A1B2C3D",
        "0a1b2c3d; rm -rf /",
        "0a1b2c3\n",
        None,
        7,
    )
    assert [base.commit(text) for text in others] == [None] * len(others)


def test_a_request_number_has_only_digits():
    assert (base.number("482"), base.number(482)) == ("482", "482")
    others = ("false", "", "-1", "1.5", "4 2", "482\n", "٤٨٢", "1" * 13, None, True)
    assert [base.number(text) for text in others] == [None] * len(others)


def test_a_branch_name_is_found_with_or_without_refs_heads():
    assert base.branch_name("refs/heads/feature/a") == base.branch_name("feature/a") == "feature/a"
    others = ("refs/pull/482/merge", "refs/tags/v1", "refs/heads/", "", None, 7)
    assert [base.branch_name(ref) for ref in others] == [None] * len(others)


def test_an_address_is_https_and_bounded():
    assert base.address("https://ci.example.com/job/7") == "https://ci.example.com/job/7"
    assert len(base.address("https://ci.example.com/" + "y" * 5000)) < base.LONGEST_ADDRESS + 50
    for other in ("", "http://ci.example.com/", "javascript:alert(1)", "//ci.example.com/"):
        assert base.address(other) is None
