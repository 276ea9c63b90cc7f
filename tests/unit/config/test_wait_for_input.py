"""The input `wait-for`, and its problems with file and line."""

import json
from typing import Any

import pytest

from genesis_ci.config.wait_for_input import WAIT_FOR
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.workflow import Verb
from tests.builders import problems_in
from tests.unit.config.configs import KEY, entry, parse, run_of, workflows

URL = "https://p.example.com/"


def with_url(part: str) -> str:
    return f"{{url: '{URL}', {part}}}"


ON_GITHUB: dict[str, Any] = {
    "environ": {"GITHUB_TOKEN": "ghs_0123456789", "PREVIEW": "hunter2"},
    "ci": "GITHUB_ACTIONS",
    "change": Change(sha="a" * 40),
}


def waits(*config: str, **given: Any) -> WaitFor:
    found = run_of(*config, **given).wait_for
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        (f"{URL}#top", WaitFor(url=URL, shown=URL), f"{URL} within 10m 00s"),
        (
            with_url("status: 401, contains: 'a: b', timeout: 90s"),
            WaitFor(url=URL, shown=URL, status=401, contains="a: b", shown_text="a: b", timeout=90),
            f"{URL} with status 401 with “a: b” within 1m 30s",
        ),
        (
            f"url: {URL}\ncontains: x\ntimeout: 10m\n",
            WaitFor(url=URL, shown=URL, contains="x", shown_text="x"),
            f"{URL} with “x” within 10m 00s",
        ),
        (
            f"{URL}x?bypass=hunter2",
            WaitFor(url=f"{URL}x?bypass=hunter2", shown=f"{URL}x?…"),
            f"{URL}x?… within 10m 00s",
        ),
        (
            "{deployment: Preview, as: base, path: '/v?k=hunter2', contains: x}",
            WaitFor(
                deployment="Preview",
                variable="base",
                path="/v?k=hunter2",
                contains="x",
                shown="the deployment to “Preview” at /v?…",
                shown_text="x",
            ),
            "the deployment to “Preview” at /v?… with “x” within 10m 00s, its address becomes base",
        ),
    ],
    ids=["address", "mapping", "lines", "query", "deployment"],
)
def test_address_or_mapping_is_read(text, expected, shown):
    found = waits(wait_for=text, **ON_GITHUB)
    assert found == expected
    assert WAIT_FOR.show(found) == shown


def test_commit_of_the_change_can_be_expected():
    change = Change(sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", branch="topic")
    text = entry("wait-for: {url: '${PREVIEW_URL}', contains: '${ci.short_sha}'}")
    found = waits(text, change=change)
    assert (found.url, found.contains) == ("https://preview.example.com", "0a1b2c3")


@pytest.mark.parametrize("scheme", ["Bearer", "Token for previews"])
def test_header_is_hidden_with_and_without_its_scheme(scheme):
    header = f"header: 'Authorization: {scheme} ${{BYPASS}}'"
    parsed = parse(entry(f"wait-for: {with_url(header)}"), environ={"BYPASS": "hunter2-and"})
    [run] = workflows(parsed)
    assert run.wait_for.header == ("Authorization", f"{scheme} hunter2-and")
    hidden = set(parsed.scrub.values)
    assert hidden == {KEY, f"{scheme} hunter2-and", "hunter2-and"}
    assert "hunter2" not in repr(parsed)


@pytest.mark.parametrize(
    ("key", "short", "most"),
    [
        ("url", "http://p.example.com/", 2_000),
        ("contains", "", 1_000),
        ("header", "X: ", 8_000),
        ("deployment", "", 255),
        ("as", "", 100),
    ],
)
def test_text_has_a_maximum_length(key, short, most):
    either = {"url": URL} if short or key == "contains" else {"deployment": "p", "as": "x"}
    texts = either | {key: short + "x" * (most - len(short))}
    assert waits(wait_for=json.dumps(texts), **ON_GITHUB)
    longer = json.dumps({**texts, key: texts[key] + "x"})
    [problem] = problems_in(parse(wait_for=longer, **ON_GITHUB))
    assert problem.startswith(f"wait-for: {key}: ")
    assert f"{most + 1} characters" in problem


def test_attached_run_has_no_wait_for():
    assert run_of(verb=Verb.WAIT, wait_for=URL, execution_id="run-1").wait_for is None


def test_missing_keys_are_reported_in_the_order_of_the_table():
    assert problems_in(parse(wait_for="{path: /health}", **ON_GITHUB)) == (
        "wait-for: “deployment” is missing. Write the environment.",
        "wait-for: “as” is missing. Write the variable for its address.",
    )


DEPLOYED = "{deployment: Preview, as: base}"
ON_GITLAB = {"ci": "GITLAB_CI", "environ": {"CI_JOB_TOKEN": "job-0123", "GITLAB_TOKEN": "own-0123"}}


@pytest.mark.parametrize(
    ("given", "token"),
    [
        ({}, ("GITHUB_TOKEN", "ghs_0123456789")),
        ({"github_token": "ghs_input"}, ("GITHUB_TOKEN", "ghs_input")),
        (ON_GITLAB, ("CI_JOB_TOKEN", "job-0123")),
        ({**ON_GITLAB, "environ": {"GITLAB_TOKEN": "own-0123"}}, ("GITLAB_TOKEN", "own-0123")),
    ],
)
def test_deployment_is_found_with_a_token_of_the_forge(given, token):
    parsed = parse(wait_for=DEPLOYED, **{**ON_GITHUB, **given})
    assert parsed.problems == ()
    assert parsed.access.commit == "a" * 40
    assert (parsed.access.variable, parsed.access.token.reveal()) == token
    assert token[1] in parsed.scrub.values
