"""The input `wait-for`, and its problems with file and line."""

import json

import pytest

from genesis_ci.config.sources import Given
from genesis_ci.config.wait_for import WAIT_FOR
from genesis_ci.models import Verb
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import WaitFor
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files

KEY = "gk_0123456789abcdef"
CHANGE = Change(sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", branch="topic")


def job(verb=Verb.RUN, **inputs):
    texts = {"api-key": KEY, "workflow-id": WORKFLOW_ID}
    texts |= {name.replace("_", "-"): text for name, text in inputs.items()}
    given = {name: Given(text, name) for name, text in texts.items()}
    return settings_of(given, verb=verb, read_file=files({}))


def suite(lines, environ=None, **job):
    text = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n    " + lines
    return settings_of(
        {"api-key": Given(KEY, "api-key"), **job},
        verb=Verb.RUN,
        read_file=files({".genesis-ci.yml": text}),
        environ=environ or {},
        change=CHANGE,
    )


def with_url(part):
    return f"{{url: 'https://p.example.com', {part}}}"


def waits(parsed):
    assert parsed.problems == ()
    return parsed.workflows[0].wait_for


def test_address_alone_has_default_timeout_and_status():
    url = "https://preview.example.com/health"
    assert waits(job(wait_for=url)) == WaitFor(url=url, shown=url)


def test_mapping_sets_every_field():
    text = "{url: 'https://p.example.com/', status: 401, contains: 'a: b', timeout: 90s}"
    assert waits(job(wait_for=text)) == WaitFor(
        url="https://p.example.com/",
        shown="https://p.example.com/",
        status=401,
        contains="a: b",
        shown_text="a: b",
        timeout=90.0,
    )


def test_mapping_can_have_several_lines():
    found = waits(job(wait_for="url: https://p.example.com/\ncontains: abc\ntimeout: 10m\n"))
    assert (found.url, found.contains, found.timeout) == ("https://p.example.com/", "abc", 600.0)


def test_commit_of_the_change_can_be_expected():
    found = waits(
        suite(
            "wait-for: {url: '${PREVIEW}', contains: '${ci.short_sha}'}",
            {"PREVIEW": "https://p.example.com/"},
        )
    )
    assert (found.url, found.contains) == ("https://p.example.com/", "0a1b2c3")


def test_header_is_hidden_with_and_without_its_scheme():
    parsed = suite(
        "wait-for: {url: https://p.example.com/, header: 'Authorization: Bearer ${BYPASS}'}",
        {"BYPASS": "hunter2-and-a-half"},
    )
    assert waits(parsed).header == ("Authorization", "Bearer hunter2-and-a-half")
    hidden = {secret.reveal() for secret in parsed.secrets}
    assert {"Bearer hunter2-and-a-half", "hunter2-and-a-half"} <= hidden
    assert "hunter2" not in repr(parsed)


def test_header_of_several_words_is_hidden():
    header = "Authorization: Token for previews hunter2-and-a-half"
    parsed = job(wait_for=json.dumps({"url": "https://p.example.com/", "header": header}))
    assert {secret.reveal() for secret in parsed.secrets} == {
        KEY, "Token for previews hunter2-and-a-half", "hunter2-and-a-half"
    }  # fmt: skip


def test_query_of_the_address_is_not_shown():
    found = waits(job(wait_for="https://p.example.com/x?bypass=hunter2#top"))
    assert (found.url, found.shown) == (
        "https://p.example.com/x?bypass=hunter2",
        "https://p.example.com/x?…",
    )


OF_WHOLE = (
    "Write an http or https address, or a mapping such as {url: https://…, contains: TEXT, "
    "timeout: 10m}."
)
OF_URL = "Write an http or https address."
OF_TIMEOUT = "Write seconds, or a duration such as 90s or 10m, at most 7 days."
OF_HEADER = "Write “Name: value”, with a header other than those of the connection."
NO_HEADER = "header: it is not a header on one line."


@pytest.mark.parametrize(
    ("text", "words", "advice"),
    [
        ("ftp://p.example.com/", "“ftp://p.example.com/” is not an http or https address", OF_URL),
        ("/health", "“/health” is not an http or https address", OF_URL),
        ("https://user:hunter2@p.example.com/", "has a user name", OF_URL),
        ("https://p.example.com/ x", "is not an address", OF_URL),
        ("[https://p.example.com/]", "this is a list", OF_WHOLE),
        ("{url: https://p.example.com/", "this is not valid YAML", OF_WHOLE),
        ("{status: 200}", "url is missing", "Write the address that has to answer."),
        ("{url: [x]}", "url: this is not a single value", OF_URL),
        (
            with_url("status: 99"),
            "status: “99” is not an HTTP status",
            "Write a status such as 200.",
        ),
        (
            with_url("contains: ''"),
            "contains: the text has 0 characters",
            "Write words of the page.",
        ),
        (with_url("timeout: soon"), "timeout: “soon” is not a duration", OF_TIMEOUT),
        (with_url("timeout: 8d"), "timeout: “8d” is not a duration", OF_TIMEOUT),
        (with_url("header: hunter2"), NO_HEADER, OF_HEADER),
        (with_url("header: 'Host: x'"), "“Host” is a header that cannot be set", OF_HEADER),
        (with_url('header: "X: a\\nY: b"'), NO_HEADER, OF_HEADER),
        (with_url("timout: 5s"), "unknown key “timout”. Did you mean “timeout”?", ""),
        (
            with_url("colour: red"),
            "unknown key “colour”",
            "Known here: contains, header, status, timeout, url.",
        ),
        (f"https://p.example.com/{KEY}", "it holds the API key, which goes to Genesis only", ""),
        (with_url(f"header: 'X: {KEY}'"), "it holds the API key, which goes to Genesis only", ""),
    ],
)
def test_malformed_value_is_reported_with_advice_and_no_secret(text, words, advice):
    [problem] = problems_in(job(wait_for=text))
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
    texts = {"url": "https://p.example.com/", key: short + "x" * (most - len(short))}
    assert waits(job(wait_for=json.dumps(texts)))
    [problem] = problems_in(job(wait_for=json.dumps({**texts, key: texts[key] + "x"})))
    assert problem.startswith(f"wait-for: {key}: ")
    assert f"{most + 1} characters" in problem


def test_contains_can_be_one_character():
    assert waits(job(wait_for="{url: 'http://p.example.com/', contains: x}")).contains == "x"


def test_list_is_reported_with_its_line():
    [problem] = problems_in(suite("wait-for:\n      - https://p.example.com/"))
    assert problem.startswith(".genesis-ci.yml:5: wait-for: this is a list. ")


def test_problem_names_its_environment_variable():
    given = {
        "api-key": Given(KEY, "api-key"),
        "workflow-id": Given(WORKFLOW_ID, "workflow-id"),
        "wait-for": Given("url: nowhere", "GENESIS_WAIT_FOR"),
    }
    [problem] = problems_in(settings_of(given, verb=Verb.RUN, read_file=files({})))
    assert problem.startswith("wait-for (from GENESIS_WAIT_FOR): url: “nowhere” is not an http or ")


def test_all_problems_of_a_file_have_their_lines():
    lines = "wait-for:\n      url: nowhere\n      status: ok\n      timeout: 0s"
    problems = problems_in(suite(lines))
    assert [one.partition(" wait-for: ")[0] for one in problems] == [
        ".genesis-ci.yml:5:",
        ".genesis-ci.yml:6:",
        ".genesis-ci.yml:7:",
    ]


def test_address_from_the_environment_is_not_shown():
    [problem] = problems_in(suite("wait-for: ${PREVIEW}", {"PREVIEW": "hunter2"}))
    assert "what the environment gives here is not accepted" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("key", ["url", "status", "timeout", "contains", "header"])
def test_value_of_a_key_from_the_environment_is_not_shown(key):
    keys = {"url": "https://p.example.com/", key: "${PREVIEW}"}
    value = "hunter2" * (200 if key == "contains" else 1)
    [problem] = problems_in(suite(f"wait-for: {json.dumps(keys)}", {"PREVIEW": value}))
    assert "what the environment gives here is not accepted" in problem
    assert "hunter2" not in problem


def test_unknown_key_and_missing_url_have_their_lines():
    problems = problems_in(suite("wait-for:\n      status: 200\n      timout: 5s"))
    assert problems == (
        ".genesis-ci.yml:5: wait-for: url is missing. Write the address that has to answer.",
        ".genesis-ci.yml:6: wait-for: unknown key “timout”. Did you mean “timeout”?",
    )


def test_misspelt_url_is_not_missing():
    [problem] = problems_in(job(wait_for="{urll: https://p.example.com/}"))
    assert problem == "wait-for: unknown key “urll”. Did you mean “url”?"


def test_check_shows_the_wait():
    plain = waits(job(wait_for="https://p.example.com/x?bypass=hunter2"))
    assert WAIT_FOR.show(plain) == "https://p.example.com/x?… within 10m 00s"
    text = with_url("status: 401, contains: Sign in, timeout: 90s")
    shown = "https://p.example.com with status 401 with “Sign in” within 1m 30s"
    assert WAIT_FOR.show(waits(job(wait_for=text))) == shown


def test_attached_run_has_no_wait_for():
    parsed = job(Verb.WAIT, wait_for="https://p.example.com/", workflow_id="", execution_id="run-1")
    assert waits(parsed) is None
