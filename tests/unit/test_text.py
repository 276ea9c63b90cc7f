"""Text from outside is cleaned and stays readable."""

import pytest

from genesis_ci.text import (
    MAX_TEXT,
    REACH,
    clean,
    clean_line,
    cut_to_cells,
    scrubbed_beginning,
    without_full_stop,
)
from tests.hostile import each_string

SCRIPTS = "👩‍💻 🇯🇵 ❤️ 日本語のテスト مرحبا naïve – “quoted” …"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J\x7f", "\\x9b2J\\x7f"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800 \ufdd0 \ufffe \U0001ffff \U0010fffe", " ".join("\ufffd" * 5)),
        ("tab\tstays", "tab\tstays"),
        (SCRIPTS, SCRIPTS),
    ],
)
def test_only_active_characters_become_visible(text, cleaned):
    assert clean(text) == cleaned


def test_every_control_and_bidi_character_becomes_visible():
    controls = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {*"\t\n\r"}
    assert {one: clean(one) for one in controls} == {one: f"\\x{ord(one):02x}" for one in controls}
    directions = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert [clean(one) for one in directions] == [f"\\u{ord(one):04x}" for one in directions]


def test_clean_cuts_long_text_and_clean_line_joins_lines():
    assert clean("abcdef", limit=4) == "abcd… [2 more characters cut]"
    assert clean_line(" two\r\n lines\there ") == "two lines here"
    assert clean_line("a" + " " * (2 * MAX_TEXT) + "b") == "a"


def test_cleaning_twice_equals_cleaning_once():
    def check(text):
        once = clean(text)
        assert clean(once) == once

    each_string(check)


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("pay now", 7, "pay now"),
        ("pay now", 6, "pay no"),
        ("注文を確定", 6, "注文を"),
        ("注文ab", 5, "注文a"),
        ("注文ab", 3, "注"),
        ("ｗｉｄｅ", 4, "ｗｉ"),
        ("e\u0301te\u0301", 2, "e\u0301t"),
        ("\u304b\u3099\u304b", 2, "\u304b\u3099"),
        ("é·…", 3, "é·…"),
        ("x", 0, ""),
    ],
)
def test_text_is_cut_to_cells_of_a_terminal(text, most, shown):
    assert cut_to_cells(text, most) == shown


def test_a_secret_at_the_cut_is_dropped():
    secret = "s3cret-" * 200
    text = secret * ((MAX_TEXT + REACH) // len(secret) + 2)
    shown = scrubbed_beginning(text, lambda part: part.replace(secret, "***"))
    assert "s3cret" not in shown
    assert shown.endswith(" more characters cut]")


def test_a_long_text_is_searched_up_to_its_limit():
    searched = []

    def scrub(part: str) -> str:
        searched.append(len(part))
        return part

    shown = scrubbed_beginning("x" * (3 * MAX_TEXT), scrub, limit=1_000)
    assert searched == [1_000 + REACH]
    assert len(shown) <= 1_000
    left = shown.index("…")
    assert shown[left:] == f"… [{3 * MAX_TEXT - left} more characters cut]"


@pytest.mark.parametrize("stop", [".", "。", ""])
def test_one_full_stop_of_either_language_is_removed(stop):
    assert without_full_stop(f"It failed{stop}") == "It failed"
