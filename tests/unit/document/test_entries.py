"""The types of the values in `expect`, `tests` and `known-failures`."""

import pytest

from genesis_ci.document.entries import typed_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("0xFf", 255),
        ("1.10", 1.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_plain_scalar_has_its_type_of_yaml_1_2(text, value):
    typed = typed_scalar(text, plain=True)
    assert (typed, type(typed)) == (value, type(value))


def test_other_scalars_and_quoted_ones_are_text():
    for text in ("tRUE", "yes", "1_000", "1:30", "0b1", "-0x1", "2026-01-01", "1.2.3", "PASS"):
        assert typed_scalar(text, plain=True) == text
    for text in ("0", "true", "null", "", ".nan"):
        assert typed_scalar(text, plain=False) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".nan", "not a finite number"),
        ("-.inf", "not a finite number"),
        ("1e999", "not a finite number"),
        ("9" * 401, "a number of over 400 digits"),
        ("0x" + "f" * 401, "a number of over 400 digits"),
    ],
    ids=["nan", "inf", "large", "401 digits", "hexadecimal"],
)
def test_a_number_that_json_does_not_have_is_rejected(text, words):
    with pytest.raises(ValueError, match=words):
        typed_scalar(text, plain=True)
