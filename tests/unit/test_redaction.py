"""Secrets do not print, and are found in the text that servers return."""

import base64
import copy
import json
import pickle
import re
import unicodedata
from html import escape
from itertools import product
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.redaction import ENCODINGS, SPELLINGS, Scrubber, Secret

SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
KEY = 'gk_live/7+Q"x&%=Zt9'


def test_the_security_policy_lists_every_form():
    text = SECURITY.read_text(encoding="utf-8").partition("How secrets are searched for\n")[2]
    rows = re.findall(r"^\| ([^|]+) \|", text.partition("\n## ")[0], re.MULTILINE)
    assert rows[0] == "found"
    assert sorted(rows[1:]) == sorted([*SPELLINGS, *ENCODINGS])


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>5}".format, lambda s: f"{[s]}"])
def test_a_secret_prints_as_stars(show):
    assert KEY not in show(Secret(KEY))
    assert "***" in show(Secret(KEY))


def test_a_secret_cannot_be_pickled_copied_or_dumped():
    for attempt in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError):
            attempt(Secret(KEY))


def test_only_reveal_gives_the_value():
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != KEY


@pytest.mark.parametrize(
    "encode",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(json.dumps(text))[3:-3],
        lambda text: quote(text, safe=""),
        quote_plus,
        escape,
        lambda text: escape(text).replace("/", "&#x2F;"),
        lambda text: escape(text).replace("&quot;", "&#34;").replace("+", "&#43;"),
        lambda text: re.sub(r"\W", lambda match: f"&#{ord(match[0])};", text),
        lambda text: re.sub(r"\W", lambda match: f"&#x{ord(match[0]):X};", text),
        lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026"),
        lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026").replace("/", "\\/"),
        lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026").replace("+", "\\u002B"),
        lambda text: quote(quote(text, safe="")),
        lambda text: re.sub("%..", lambda code: code[0].lower(), quote(quote(text, safe=""))),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    ],
)
def test_a_secret_is_found_in_json_html_and_urls(encode):
    scrubbed = Scrubber([Secret(KEY)])(f"key is {encode(KEY)}!")
    assert scrubbed == "key is ***!"


PHRASE = "correct horse battery"


@pytest.mark.parametrize(
    "shown",
    [
        "correct\nhorse battery",
        "correct  horse\r\n   battery",
        "correct\u00a0horse\tbattery",
        "cor\nrect horse bat\ntery",
        "correcthorsebattery",
        "correct\\nhorse\\u0020battery",
        "correct\u200b horse battery",
    ],
)
def test_a_secret_of_several_words_is_found_with_other_blanks(shown):
    assert Scrubber([Secret(PHRASE)])(f"say {shown} now") == "say *** now"


ENDS = (
    "\n", "\r\n  ", "\\n", " ", "\xa0", "\u3000",
    "=\r\n", "\\\n", "\n> ", "\n # ", "\n * ",
    "\x00", "\b", "\x1b[0m", "\u200b", "\u2062", "\u202e", "\ufe0f", "\U000e0020",
    "\\u000a", "\\u200B", "\\x0a", "\\\\n",
    "&nbsp;", "&#10;", "&#xA0;", "&#8203;", "<br>", "<br />\n", "<wbr>",
    "%0A", "%C2%A0", "%250a",
)  # fmt: skip
"""Blanks between two lines of a wrapped text."""


def lines_of(text, width):
    return [text[at : at + width] for at in range(0, len(text), width)]


@pytest.mark.parametrize("width", [1, 7, 40])
def test_a_secret_is_found_in_wrapped_text(width):
    secret = "gk_live_0123456789abcdef"
    scrub = Scrubber([Secret(secret)])
    scrubbed = {end: scrub(f"<{end.join(lines_of(secret, width))}>") for end in ENDS}
    assert scrubbed == dict.fromkeys(ENDS, "<***>")


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: data.hex(),
        lambda data: data.hex(" ").upper(),
        lambda data: base64.b64encode(base64.b64encode(data)).decode(),
        lambda data: base64.b64encode(b"key=" + base64.b64encode(b"x" + data)).decode(),
        lambda data: base64.encodebytes(base64.b64encode(data)).decode(),
        lambda data: base64.b64encode(data.decode().encode("utf-16-le")).decode(),
        lambda data: base64.b32encode(data).decode(),
        lambda data: data.hex(":"),
        lambda data: data.hex("-").upper(),
        lambda data: str(list(data)),
        lambda data: ", ".join(f"0x{byte:02x}" for byte in data),
        lambda data: "".join(f"\\x{byte:02X}" for byte in data),
        lambda data: "".join(f"\\u{byte:04x}" for byte in data),
        lambda data: "".join(f"&#{byte};" for byte in data),
    ],
)
def test_a_secret_is_found_in_bytes_base32_and_base64(encode):
    shown = encode(KEY.encode())
    scrubbed = Scrubber([Secret(KEY)])(f"<{shown}>")
    assert "***" in scrubbed
    assert len(scrubbed) < len(shown) / 2


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("secret", ["schlüssel", unicodedata.normalize("NFD", "schlüssel")])
def test_accents_are_found_composed_and_decomposed(secret, form):
    shown = unicodedata.normalize(form, secret)
    assert Scrubber([Secret(secret)])(f"<{shown}>") == "<***>"


def test_utf_8_read_as_latin_1_is_found():
    assert Scrubber([Secret("schlüssel")])("<schlÃ¼ssel>") == "<***>"


@pytest.mark.parametrize("secret", ["key=0123%20&amp;x", "a=\nb\\nc=d<br>e", "line\n> quoted"])
def test_a_secret_may_contain_text_that_looks_like_a_blank(secret):
    wrapped = "\n".join(secret)
    scrub = Scrubber([Secret(secret)])
    assert scrub(f"<{secret}>") == "<***>"
    assert scrub(f"<{wrapped}>") == "<***>"


def test_a_short_secret_is_not_found_across_words():
    assert Scrubber([Secret("sand")])("this and that") == "this and that"


def test_overlapping_secrets_are_hidden_together():
    scrub = Scrubber([Secret("abcdefgh"), Secret("efghijkl")])
    assert scrub("-abcdefghijkl-") == "-***-"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("pw!1 234'(x)~*", "pw!1%20234'(x)~*"),
        ("pw!1 234'(x)~*", "pw%211+234%27%28x%29%7E*"),
        ("a;b/c?d:e@f&g=h+i$j k", "a;b/c?d:e@f&g=h+i$j%20k"),
        ("it's", "it&#039;s"),
        ("it's", "it&apos;s"),
        ("a`b+c<d", "a\\u0060b\\u002Bc\\u003Cd"),
        ("a`b+c<d", "a`b+c\\u003cd"),
    ],
)
def test_a_secret_is_found_as_other_languages_encode_it(secret, shown):
    assert Scrubber([Secret(secret)])(f"<{shown}>") == "<***>"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda b: b.replace("+", "%2B").replace("/", "%2F"),
        lambda b: b.replace("+", "%2b").replace("/", "%2f"),
        lambda b: b.replace("/", "\\/"),
        lambda b: b.replace("+", "\\u002B"),
    ],
)
def test_base64_is_found_in_urls_and_json(wrap):
    secret = "\u00fb\u00ff\u00fe~~~???>>>"
    encoded = base64.b64encode(secret.encode()).decode()
    assert encoded == "w7vDv8O+fn5+Pz8/Pj4+"
    assert Scrubber([Secret(secret)])(wrap(encoded)) == "***"


@pytest.mark.parametrize("width", [5, 64, 76])
def test_wrapped_base64_is_found(width):
    scrub = Scrubber([Secret(KEY)])
    core = base64.b64encode(KEY.encode()).decode()[2:14]
    for end, before in product(("\n", "\r\n"), (0, 29, 50)):
        encoded = base64.b64encode(b"." * before + KEY.encode() * 3 + b"." * 40).decode()
        scrubbed = scrub(end.join(lines_of(encoded, width)))
        assert scrubbed.count("***") == 3, (end, before)
        assert core not in scrubbed.replace("\r", "").replace("\n", ""), (end, before)


def test_a_secret_may_be_invalid_unicode():
    secret = "abc\udcffdef"
    assert Scrubber([Secret(secret)])(f"<{secret}>") == "<***>"


@pytest.mark.parametrize("prefix", ["", "a", "ab"])
def test_base64_is_found_at_every_offset(prefix):
    encoded = base64.b64encode(f"{prefix}{KEY}:tail".encode()).decode()
    scrubbed = Scrubber([Secret(KEY)])(encoded)
    assert "***" in scrubbed
    assert base64.b64encode(KEY.encode()).decode()[2:14] not in scrubbed


@pytest.mark.parametrize("shown", ["gro\\u00dfe-\\u00e4rger", "gro\\u00DFe-\\u00E4rger"])
def test_json_escapes_are_found_in_upper_and_lower_case(shown):
    assert Scrubber([Secret("große-ärger")])(f"<{shown}>") == "<***>"


def test_all_secrets_are_found_the_longest_first():
    scrub = Scrubber([Secret("alpha"), Secret("alpha-beta"), Secret("gamma")])
    assert scrub("gamma alpha-beta alpha delta") == "*** *** *** delta"


def test_each_line_of_a_secret_is_found():
    assert Scrubber([Secret("first line\nsecond line")])("see second line") == "see ***"


def test_a_value_under_four_characters_is_not_hidden():
    assert Scrubber([Secret("yes")])("yes, it is") == "yes, it is"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20))
def test_no_secret_stays_in_plain_text(value, around):
    scrubbed = Scrubber([Secret(value)])(f"{around}{value}{around}")
    assert value not in scrubbed or value in "***"
