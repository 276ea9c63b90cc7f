"""Problems do not show secrets that are in the wrong input."""

import json

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files

LONG_KEY = "gk_" + "0123456789abcdef" * 8
ANSWERS = f"genesis.autify.com/api/workflows/{WORKFLOW_ID}/trigger"


def parse(**texts: str) -> Settings:
    named = {"api-key": LONG_KEY, "workflow-id": WORKFLOW_ID}
    named |= {name.replace("_", "-"): text for name, text in texts.items()}
    given = {name: Given(text, name) for name, text in named.items() if text}
    return settings_of(given, verb=Verb.RUN, read_file=files({}))


def problem_with(**texts: str) -> str:
    [problem] = problems_in(parse(**texts))
    return problem


@pytest.mark.parametrize(
    "name", ["api_url", "wait", "max_wait_time", "poll_interval", "on_skipped", "secret_inputs"]
)
def test_long_key_in_another_input_is_hidden(name):
    assert "“***”" in problem_with(**{name: LONG_KEY})


@pytest.mark.parametrize("secret", ["my  sec ret pw", "my\tsec\x07ret", "my sec\nret pw"])
def test_secret_with_white_space_is_hidden_in_another_input(secret):
    texts = {"inputs": json.dumps({"password": secret}), "secret_inputs": "password"}
    problem = problem_with(report_dir=f"../{secret}", **texts)
    assert "“../***”" in problem


def test_hexadecimal_key_as_workflow_id_is_not_shown():
    [_, problem] = problems_in(parse(api_key="", workflow_id="deadbeef" * 4))
    assert "it is no UUID (32 characters)" in problem
    assert "deadbeef" not in problem


@pytest.mark.parametrize("text", ["x" * 1500, "x”" + "x" * 1500])
def test_long_value_is_cut(text):
    problem = problem_with(wait=text)
    assert "more characters cut" in problem
    assert len(problem) < 1100


@pytest.mark.parametrize("key", ["gk_hunter2", "c0ffee"])
def test_swapped_key_and_workflow_id_are_reported(key):
    problem = problem_with(api_key=WORKFLOW_ID, workflow_id=key)
    assert f"({len(key)} characters); are api-key and workflow-id swapped? Write a UUID" in problem
    assert key not in problem


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
def test_password_in_an_address_is_not_shown(name, text):
    problem = problem_with(**{name: text})
    assert "ter2" not in problem
    assert "user:" not in problem
