"""The input `wait-for`, and its problems with file and line."""

import json
from typing import Any

import pytest

from genesis_ci.config.input_types import DURATION
from genesis_ci.config.wait_for_input import WAIT_FOR
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.workflow import Verb
from tests.builders import problems_in
from tests.unit.config.configs import FILE, KEY, entry, parse, run_of, workflows

URL = "https://p.example.com/"


def with_url(part: str) -> str:
    return f"{{url: '{URL}', {part}}}"


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
    ],
    ids=["address", "mapping", "lines", "query"],
)
def test_address_or_mapping_is_read(text, expected, shown):
    found = waits(wait_for=text)
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


OF_WHOLE = (
    "Write an http or https address, or a mapping such as {url: https://…, contains: TEXT, "
    "timeout: 10m}."
)
OF_STATUS = "Write a status such as 200."
OF_CONTAINS = "Write words of the page."
OF_URL = "Write an http or https address."
OF_TIMEOUT = f"Write {DURATION.accepts}."
OF_HEADER = "Write “Name: value”, with a header other than those of the connection."
NO_HEADER = "header: it is not a header on one line."


@pytest.mark.parametrize(
    ("text", "words", "advice"),
    [
        ("ftp://p.example.com/", "“ftp://p.example.com/” is not an http or https address", OF_URL),
        ("/health", "“/health” is not an http or https address", OF_URL),
        ("https://user:hunter2@p.example.com/", "has a user name", "password into header."),
        ("https://p.example.com/ x", "is not an address", OF_URL),
        ("[https://p.example.com/]", "this is a list", OF_WHOLE),
        ("{url: https://p.example.com/", "this is not valid YAML: a bracket is not closed", ""),
        ("{url: [x]}", "url: this is not a single value", OF_URL),
        (with_url("status: 99"), "status: “99” is not an HTTP status", OF_STATUS),
        (with_url("contains: ''"), "contains: the text has 0 characters", OF_CONTAINS),
        (with_url("timeout: soon"), "timeout: “soon” is not a duration", OF_TIMEOUT),
        (with_url("timeout: 8d"), "timeout: “8d” is not between", OF_TIMEOUT),
        (with_url("header: hunter2"), NO_HEADER, OF_HEADER),
        (with_url("header: 'Host: x'"), "“Host” is a header that cannot be set", OF_HEADER),
        (with_url("header: 'X-Api-Key: x'"), "“X-Api-Key” is a header that cannot", OF_HEADER),
        (with_url('header: "X: a\\nY: b"'), NO_HEADER, OF_HEADER),
        ("{urll: x}", "unknown key “urll”. Did you mean “url”?", ""),
        (with_url("colour: red"), "unknown key “colour”. Known here: contains, header, ", ""),
        (f"https://p.example.com/{KEY}", "it contains the API key, which is for Genesis only", ""),
        (with_url(f"header: 'X: {KEY}'"), "it contains the API key, which is for Genesis only", ""),
    ],
)
def test_malformed_value_is_reported_with_advice_and_no_secret(text, words, advice):
    [problem] = problems_in(parse(wait_for=text))
    assert problem.startswith("wait-for: ")
    assert words in problem
    assert problem.endswith(advice)
    assert "hunter2" not in problem
    assert KEY not in problem


@pytest.mark.parametrize(
    ("key", "short", "most"),
    [("url", "http://p.example.com/", 2_000), ("contains", "", 1_000), ("header", "X: ", 8_000)],
)
def test_text_has_a_maximum_length(key, short, most):
    texts = {"url": URL, key: short + "x" * (most - len(short))}
    assert waits(wait_for=json.dumps(texts))
    [problem] = problems_in(parse(wait_for=json.dumps({**texts, key: texts[key] + "x"})))
    assert problem.startswith(f"wait-for: {key}: ")
    assert f"{most + 1} characters" in problem


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (["url: nowhere", "timeout: 0s"], ["url: “nowhere” is not an", "timeout: “0s” is not "]),
        (["status: 200", "timout: 5s"], ["url is missing. Write the address", "unknown key “tim"]),
    ],
)
def test_all_problems_of_a_file_have_their_lines(lines, problems):
    found = problems_in(parse(entry("wait-for:", *(f"  {line}" for line in lines))))
    for line, (problem, words) in enumerate(zip(found, problems, strict=True), start=6):
        assert problem.startswith(f"{FILE}:{line}: wait-for: {words}")


@pytest.mark.parametrize("key", ["", "url", "status", "timeout", "contains", "header"])
def test_value_from_the_environment_is_not_shown(key):
    text = json.dumps({"url": URL, key: "${PREVIEW}"}) if key else "${PREVIEW}"
    value = "hunter2" * (200 if key == "contains" else 1)
    [problem] = problems_in(parse(entry(f"wait-for: {text}"), environ={"PREVIEW": value}))
    assert "the value of the variable here is not accepted" in problem
    assert "hunter2" not in problem


def test_attached_run_has_no_wait_for():
    assert run_of(verb=Verb.WAIT, wait_for=URL, execution_id="run-1").wait_for is None
