"""Encoders keep text readable and reject addresses that could mislead."""

import html

import pytest

from genesis_ci.reporters.escape import (
    ZERO_WIDTH_SPACE,
    issue_title,
    link_target,
    markdown_code,
    markdown_prose,
)
from genesis_ci.text import clean_line
from tests.hostile import CORPUS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A person's review, please (2/2 blocks); it waits: self-made.", None),
        ("佐藤さん 🛒", None),
        ("1. one", f"1&#46;{ZERO_WIDTH_SPACE} one"),
        ("1) one", "1&#41; one"),
        ("@octocat", f"&#64;{ZERO_WIDTH_SPACE}octocat"),
        ("GH-1", f"GH&#45;{ZERO_WIDTH_SPACE}1"),
        ("gh-1234567", f"gh&#45;{ZERO_WIDTH_SPACE}123456{ZERO_WIDTH_SPACE}7"),
        ("a\nb|", "a b&#124;"),
        ("deadbeef", f"deadbe{ZERO_WIDTH_SPACE}ef"),
    ],
)
def test_markup_is_encoded_and_a_sentence_is_not(text, expected):
    assert markdown_prose(text) == (expected or text)


@pytest.mark.parametrize(("kind", "text"), CORPUS.items())
def test_a_title_has_no_mark_of_a_reference_or_a_mention(kind, text):
    title = issue_title(clean_line(text))
    assert set("@#!~%&$^*[]{}<>|`:\"'\\\n") & {*title} == set(), kind


def test_a_title_keeps_words_of_every_script():
    assert issue_title("決済 (main), nightly.yml: a_b") == "決済 (main), nightly.yml a_b"


def test_code_has_no_invisible_characters():
    url = "https://pr-7.example.test/?a=1#top"
    code = markdown_code(url)
    assert ZERO_WIDTH_SPACE not in code
    assert html.unescape(code) == f"<code>{url}</code>"
    assert markdown_code("deadbeef @octocat GH-1") == (
        "<code>deadbeef &#64;<wbr>octocat GH&#45;1</code>"
    )
    assert markdown_code(" \n ") == ""


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://github.com/OWNER/shop/actions/runs/42/job/7", True),
        ("https://gitlab.example:8443/group/shop/-/jobs/7#L10", True),
        ("http://127.0.0.1:3000", True),
        (None, False),
        ("", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://user@evil.example/", False),
        ("https://genesis.autify.com\\@evil.example/", False),
        ("https://genesis.аutify.com/", False),
        ("https://a.example/<b>", False),
        ("https://a.example/\nx", False),
        ("https://a.example/x\n", False),
    ],
)
def test_only_a_plain_address_is_a_link(url, is_link):
    assert link_target(url) == (url if is_link else None)
