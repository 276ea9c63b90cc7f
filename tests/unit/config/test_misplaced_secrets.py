"""The texts of inputs become values, or a problem that shows no secret, whole or in part."""

import json

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID, settings_of, told_by
from tests.fakes import files

LONG_KEY = "gk_" + "0123456789abcdef" * 8
ANSWERS = f"genesis.autify.com/api/workflows/{WORKFLOW_ID}/trigger"


def parse(**texts: str) -> Settings:
    named = {"api-key": LONG_KEY, "workflow-id": WORKFLOW_ID}
    named |= {name.replace("_", "-"): text for name, text in texts.items()}
    given = {name: Given(text, name) for name, text in named.items() if text}
    return settings_of(given, verb=Verb.RUN, read_file=files({}))


def problem(**texts: str) -> str:
    [told] = told_by(parse(**texts))
    return told


@pytest.mark.parametrize(
    "name", ["api_url", "wait", "max_wait_time", "poll_interval", "on_skipped", "secret_inputs"]
)
def test_of_a_long_key_in_another_input_no_part_is_shown(name):
    assert "“***”" in problem(**{name: LONG_KEY})


@pytest.mark.parametrize("secret", ["my  sec ret pw", "my\tsec\x07ret", "my sec\nret pw"])
def test_a_secret_with_blanks_and_controls_is_hidden_in_another_input(secret):
    texts = {"inputs": json.dumps({"password": secret}), "secret_inputs": "password"}
    told = problem(report_dir=f"../{secret}", **texts)
    assert "“../***”" in told


def test_a_key_of_hexadecimal_digits_in_the_place_of_the_workflow_is_not_shown():
    [_, told] = told_by(parse(api_key="", workflow_id="deadbeef" * 4))
    assert "it is no UUID (32 characters)" in told
    assert "deadbeef" not in told


@pytest.mark.parametrize("text", ["x" * 1500, "x”" + "x" * 1500])
def test_a_long_value_is_cut(text):
    told = problem(wait=text)
    assert "more characters cut" in told
    assert len(told) < 1100


def test_a_workflow_that_may_be_a_key_is_not_shown():
    told = problem(api_key="", missing_key="skip", workflow_id="sk/live:hunter2")
    assert "it is no UUID (15 characters)" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("key", ["gk_hunter2", "c0ffee"])
def test_a_key_that_looks_like_a_workflow_asks_whether_the_two_are_swapped(key):
    told = problem(api_key=WORKFLOW_ID, workflow_id=key)
    assert f"({len(key)} characters); are api-key and workflow-id swapped? Write a UUID" in told
    assert key not in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api_url", "https://user:hunter2@genesis.autify.com"),
        ("api_url", "ftp://user:hunter2@genesis.autify.com"),
        ("api_url", "http://user:hunter2@genesis.autify.com"),
        ("api_url", "https://user:hunter2@genesis.autify.com:port"),
        ("api_url", "https://user:hun/ter2?hunter2@genesis.autify.com\\"),
        ("api_url", "user:hunter2@genesis.autify.com"),
        ("workflow_id", "https://user:hunter2@genesis.autify.com/workflows"),
        ("workflow_id", f"https://user:hunter2@evil.{ANSWERS}"),
        ("workflow_id", f"https://user:hun@hunter2@evil.{ANSWERS}"),
        ("workflow_id", f"ftp://user:hunter2@{ANSWERS}"),
    ],
)
def test_the_password_in_an_address_is_not_shown(name, text):
    told = problem(**{name: text})
    assert "ter2" not in told
    assert "user:" not in told
