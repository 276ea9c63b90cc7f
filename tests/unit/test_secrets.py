"""Secrets do not print, and are found again in what others send back."""

import base64
import copy
import json
import pickle
import re
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.secrets import Scrubber, Secret

KEY = 'gk_live/7+Q"x&%=Zt9'


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
    ],
)
def test_a_scrubber_finds_a_secret_in_its_encodings(encode):
    scrubbed = Scrubber([Secret(KEY)])(f"key is {encode(KEY)}!")
    assert scrubbed == "key is ***!"


@pytest.mark.parametrize("prefix", ["", "a", "ab"])
def test_a_scrubber_finds_a_secret_in_base64_at_every_offset(prefix):
    encoded = base64.b64encode(f"{prefix}{KEY}:tail".encode()).decode()
    scrubbed = Scrubber([Secret(KEY)])(encoded)
    assert "***" in scrubbed
    assert base64.b64encode(KEY.encode()).decode()[2:14] not in scrubbed


@pytest.mark.parametrize("shown", ["gro\\u00dfe-\\u00e4rger", "gro\\u00DFe-\\u00E4rger"])
def test_a_scrubber_finds_a_secret_in_json_however_its_codes_are_written(shown):
    assert Scrubber([Secret("große-ärger")])(f"<{shown}>") == "<***>"


def test_many_secrets_in_one_text_are_all_found_the_longest_first():
    scrub = Scrubber([Secret("alpha"), Secret("alpha-beta"), Secret("gamma")])
    assert scrub("gamma alpha-beta alpha delta") == "*** *** *** delta"


def test_each_line_of_a_long_secret_is_one():
    assert Scrubber([Secret("first line\nsecond line")])("see second line") == "see ***"


def test_words_too_short_to_be_secret_stay():
    assert Scrubber([Secret("yes")])("yes, it is") == "yes, it is"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20))
def test_no_secret_survives_in_plain_text(value, around):
    scrubbed = Scrubber([Secret(value)])(f"{around}{value}{around}")
    assert value not in scrubbed or value in "***"
