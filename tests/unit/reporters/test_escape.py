"""Encoders keep text readable and reject addresses that could mislead."""

import html

import pytest

from genesis_ci.reporters.escape import ZERO_WIDTH_SPACE, link_target, markdown_code, markdown_prose


@pytest.mark.parametrize(
    "text",
    [
        "Genesis completed the workflow (2/2 blocks).",
        "Attach: genesis-ci wait 7b0a3c1e-5d2f-4e8a-9c6b-0f1e2d3c4b5a",
        "A person's review, please; it waits.",
        "佐藤さん 🛒",
    ],
)
def test_sentence_is_not_encoded(text):
    assert markdown_prose(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", "a&#124;b"),
        ("*b*", "&#42;b&#42;"),
        ("- item", "&#45; item"),
        ("1. one", f"1&#46;{ZERO_WIDTH_SPACE} one"),
        ("1) one", "1&#41; one"),
        ("@octocat", f"&#64;{ZERO_WIDTH_SPACE}octocat"),
        ("GH-1", f"GH&#45;{ZERO_WIDTH_SPACE}1"),
        ("a\nb", "a b"),
        ("deadbeef", f"deadbe{ZERO_WIDTH_SPACE}ef"),
    ],
)
def test_markup_is_encoded(text, expected):
    assert markdown_prose(text) == expected


def test_code_has_no_invisible_characters():
    url = "https://pr-7.example.test/?a=1#top"
    code = markdown_code(url)
    assert ZERO_WIDTH_SPACE not in code
    assert html.unescape(code) == f"<code>{url}</code>"
    assert markdown_code("deadbeef @octocat GH-1") == (
        "<code>deadbeef &#64;octocat GH&#45;1</code>"
    )
    assert markdown_code(" \n ") == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/OWNER/shop/actions/runs/42/job/7",
        "https://gitlab.example:8443/group/shop/-/jobs/7#L10",
        "http://127.0.0.1:3000",
    ],
)
def test_plain_address_is_a_link(url):
    assert link_target(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://user@evil.example/",
        "https://genesis.autify.com\\@evil.example/",
        "https://genesis.аutify.com/",
        "https://a.example/<b>",
        "https://a.example/\nx",
        "https://a.example/x\n",
    ],
)
def test_misleading_address_is_not_a_link(url):
    assert link_target(url) is None
