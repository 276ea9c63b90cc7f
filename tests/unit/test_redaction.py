"""Secrets do not print, and are found in the text that servers return."""

import base64
import copy
import json
import pickle
import re
from html import escape
from itertools import product
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.redaction import ENCODINGS, ESCAPES, Scrubber, Secret
from tests.counting import steps

SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
KEY = 'gk_live/7+Q"x&%=Zt9'


def test_the_security_policy_lists_every_form():
    text = SECURITY.read_text(encoding="utf-8").partition("How secrets are searched for\n")[2]
    rows = re.findall(r"^\| ([^|]+) \|", text.partition("\n## ")[0], re.MULTILINE)
    assert rows[0] == "found"
    assert sorted(rows[1:]) == sorted([*ENCODINGS, *ESCAPES])


@pytest.mark.parametrize(
    ("show", "shown"),
    [(str, "***"), (repr, "***"), ("{:>5}".format, "  ***"), (lambda one: f"{[one]}", "[***]")],
)
def test_a_secret_prints_as_stars(show, shown):
    assert show(Secret(KEY)) == shown


def test_only_reveal_gives_the_value():
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != KEY
    for attempt in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError, match=r"pickling|JSON"):
            attempt(Secret(KEY))


@pytest.mark.parametrize(
    "encode",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: quote(text, safe=""),
        quote_plus,
        escape,
        lambda text: escape(text).replace("&quot;", "&#34;").replace("+", "&#43;"),
        lambda text: re.sub(r"\W", lambda match: f"&#{ord(match[0])};", text),
        lambda text: re.sub(r"\W", lambda match: f"&#x{ord(match[0]):x};", text),
        lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026").replace("/", "\\/"),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        lambda text: "".join(f"&#{ord(one):07};" for one in text),
        lambda text: "".join(f"&#X000{ord(one):X}" for one in text),
        lambda text: text.replace("/", "&sol;").replace("+", "&plus;").replace("_", "&lowbar;"),
        lambda text: re.sub(r"\W", lambda match: f"\\u{ord(match[0]):04X}", text),
        lambda text: json.dumps(json.dumps(json.dumps(text)[1:-1])[1:-1])[1:-1],
        lambda text: json.dumps(json.dumps(escape(text))[1:-1])[1:-1],
    ],
)
def test_an_escaped_secret_is_found(encode):
    scrubbed = Scrubber([Secret(KEY)])(f"key is {encode(KEY)}!")
    assert scrubbed == "key is ***!"


PHRASE = "correct horse battery"
SYMBOLS = "\u00fb\u00ff\u00fe~~~???>>>"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("pw!1 234'(x)~*", "pw!1%20234'(x)~*"),
        ("pw!1 234'(x)~*", "pw%211+234%27%28x%29%7E*"),
        ("a;b/c?d:e@f&g=h+i$j k", "a;b/c?d:e@f&g=h+i$j%20k"),
        ('a"b&c', 'a"b&amp;c'),
        ("it's", "it&#039;s"),
        ("a`b+c<d", "a\\u0060b\\u002Bc\\u003Cd"),
        ("a`b+c<d", "a`b+c\\u003cd"),
        ("große-ärger", "gro\\u00dfe-\\u00e4rger"),
        ("große-ärger", "gro\\u00DFe-\\u00E4rger"),
        ("abc\udcffdef", "abc\udcffdef"),
        ("first line\nsecond line", "second line"),
        ("abcd\nsecond line", "abcd"),
        ("ab cd", "ab  cd"),
        ("abcdefgh", "abcd\nefgh"),
        ("abcdef", "YWJjZGVm"),
        (SYMBOLS, "w7vDv8O+fn5+Pz8/Pj4+"),
        (SYMBOLS, "w7vDv8O-fn5-Pz8_Pj4-"),
        (SYMBOLS, "w7vDv8O%2Bfn5%2BPz8%2FPj4%2B"),
        (SYMBOLS, "w7vDv8O\\u002Bfn5\\u002BPz8/Pj4\\u002B"),
        (PHRASE, "correct  horse\r\n   battery"),
        (PHRASE, "cor\nrect horse bat\ntery"),
        (PHRASE, "correcthorsebattery"),
        (PHRASE, "correct\\nhorse\\u0020battery"),
        ("p\U0001f600ssword", "p\\ud83d\\uDE00ssword"),
        ("&amp;-less", "&amp;amp;-less"),
        ("gk_live/7+x", "gk_live%2\nF7%2Bx"),
        ("p%7D@h?a=1&region=2", "p%7D@h?a=1\\u0026region=2"),
        ("C:\\temp", "C:\\\\temp"),
    ],
)
def test_a_secret_is_found_as_other_programs_write_it(secret, shown):
    assert Scrubber([Secret(secret)])(f"say {shown} now") == "say *** now"


@pytest.mark.parametrize(
    ("secret", "text"), [("sand", "this and that"), ("sand", "XX XX"), ("yes", "yes, it is")]
)
def test_a_short_secret_is_not_found_in_ordinary_words(secret, text):
    assert Scrubber([Secret(secret)])(text) == text


MANY = [f"se??t-number-{number:03}" for number in range(200)]


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        (["alpha", "alpha-beta", "gamma"], "gamma alpha-beta alpha delta", "*** *** *** delta"),
        (["abcdefgh", "efghijkl"], "-abcdefghijkl-", "-***-"),
        (['a"bcd\\'], "<td>a&quot;bcd\\</td>", "<td>***</td>"),
        (["große-ärger"], "%C3%A4gro%C3%9Fe-%C3%A4rger%C3%A4", "%C3%A4***%C3%A4"),
        (MANY, f"-{MANY[7]}-{quote(MANY[199])[:-1]}-", "-***-se%3F%3Ft-number-19-"),
    ],
)
def test_each_of_several_secrets_is_hidden(secrets, text, shown):
    assert Scrubber(map(Secret, secrets))(text) == shown


def test_more_secrets_take_no_more_steps_in_a_text():
    text = "x" * 10_000
    few, many = (Scrubber(map(Secret, MANY[:number])) for number in (50, 200))
    assert steps(lambda: many(text)) < 1.1 * steps(lambda: few(text))


ENDS = (
    "\n", "\r\n  ", " ", "\xa0", "\u3000",
    "\\n", "\\u000a", "&nbsp;", "&#10;", "&#xA0;", "%0A", "%C2%A0",
)  # fmt: skip
"""Blanks between two lines of a wrapped text."""


def lines_of(text, width):
    return [text[at : at + width] for at in range(0, len(text), width)]


@pytest.mark.parametrize("width", [1, 7])
def test_a_secret_is_found_in_wrapped_text(width):
    secret = "gk_live_0123456789abcdef"
    scrub = Scrubber([Secret(secret)])
    scrubbed = {end: scrub(f"({end.join(lines_of(secret, width))})") for end in ENDS}
    assert scrubbed == dict.fromkeys(ENDS, "(***)")


@pytest.mark.parametrize("digits", ["02x", "02X"])
@pytest.mark.parametrize("blank", ["", " ", "\n", "\\n", "%0A"])
def test_a_secret_is_found_in_hexadecimal(blank, digits):
    encoded = blank.join(f"{byte:{digits}}" for byte in KEY.encode())
    assert Scrubber([Secret(KEY)])(f"<{encoded}>") == "<***>"


@pytest.mark.parametrize("secret", ["key=0123%20&amp;x", "a=\nb\\nc=d<br>e", "line\n> quoted"])
def test_a_secret_may_contain_text_that_looks_like_a_blank(secret):
    wrapped = "\n".join(secret)
    scrub = Scrubber([Secret(secret)])
    assert scrub(f"<{secret}>") == "<***>"
    assert scrub(f"<{wrapped}>") == "<***>"


@pytest.mark.parametrize("width", [5, 64, 76])
def test_wrapped_base64_is_found(width):
    scrub = Scrubber([Secret(KEY)])
    core = base64.b64encode(KEY.encode()).decode()[2:14]
    for end, before in product(("\n", "\r\n", "\\n", "%0A"), (0, 29, 50)):
        encoded = base64.b64encode(b"." * before + KEY.encode() * 3 + b"." * 40).decode()
        scrubbed = scrub(end.join(lines_of(encoded, width)))
        assert scrubbed.count("***") == 3, (end, before)
        assert core not in scrubbed.replace(end, ""), (end, before)


def test_an_endless_number_in_html_is_no_error():
    text = f"&#{'0' * 5000}65; a secret"
    assert Scrubber([Secret("a secret")])(text) == text.replace("a secret", "***")


PIECES = (
    "&amp;", "&#8203;", "\\u0061", "\\n", "\\\\", "%20", "%C3%A4", "1, 2, 3, 4, 5; ", "\n> ", " ",
    "<br>", "ü",
)  # fmt: skip
ESCAPED = (
    lambda text: text,
    lambda text: "\n".join(text),
    lambda text: "".join(f"&#{ord(one)};" for one in text),
    lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    lambda text: "\\n".join(text),
    lambda text: "&nbsp;".join(text),
    quote,
    escape,
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.sampled_from(ESCAPED),
)
def test_only_the_secret_is_hidden(before, after, escaped):
    text = f"{before}({escaped('gk<live&7Zt9')}){after}"
    assert Scrubber([Secret("gk<live&7Zt9")])(text) == f"{before}(***){after}"
