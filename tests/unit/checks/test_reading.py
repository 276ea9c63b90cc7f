"""An output is read as JSON in one way, or not at all."""

import pytest

from genesis_ci.checks.reading import NothingToJudgeError, only_fence, read_json, require_output

FENCED = 'Two of them failed.\n\n```json\n{"failed": 2}\n```\n\nSee the log.'


@pytest.mark.parametrize(
    "output",
    [
        {"failed": 2},
        '{"failed": 2}',
        '\ufeff\n {"failed": 2} \n',
        FENCED,
        FENCED.replace("\n", "\r\n"),
        FENCED.replace("```json", "~~~ `json`").replace("```", "~~~"),
        FENCED.replace("```", "`````"),
        '1. The result:\n\n   ```\n   {"failed": 2}\n   ```',
        '````\n{"failed":\n2}\n````',
    ],
)
def test_a_value_a_text_and_the_one_fence_in_a_text_are_read_alike(output):
    assert read_json(output) == {"failed": 2}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("All good.", "no JSON (not valid JSON), and no code fence in it"),
        ('{"a": 1, "a": 2}', "no JSON (a key stands twice in one object)"),
        ('{"failed": NaN}', "no JSON (a number is not finite)"),
        ("```json\nnot yet\n```", "no JSON in the code fence (not valid JSON)"),
        ("```\n```", "no JSON in the code fence"),
        ("```\n0\n```\n```\n3\n```", "2 code fences, so it is not clear which one counts"),
        ("> ```\n> 0\n> ```", "no code fence in it"),
        ('```json\n{"failed": 0', "a code fence that is not closed"),
        ("```json {}```", "no code fence in it"),
        ("``` `\n{}\n```", "a code fence that is not closed"),
        ('It said {"failed": 0} at the end.', "no code fence in it"),
    ],
)
def test_what_can_be_read_in_no_way_or_in_two_is_not_read(output, found):
    with pytest.raises(NothingToJudgeError) as error:
        read_json(output)
    assert found in str(error.value)


def test_a_fence_may_hold_a_shorter_one():
    assert only_fence("````\n```\ninner\n```\n````") == "```\ninner\n```"


def test_a_line_separator_in_a_text_ends_no_line():
    assert read_json('```\n["a\u2028b"]\n```') == ["a\u2028b"]


@pytest.mark.parametrize("output", [None, "", " \n\t"])
def test_nothing_is_no_output(output):
    with pytest.raises(NothingToJudgeError):
        require_output(output)


@pytest.mark.parametrize("output", ["0", 0, False, [], {}])
def test_an_output_that_looks_like_nothing_is_one(output):
    assert require_output(output) == output
