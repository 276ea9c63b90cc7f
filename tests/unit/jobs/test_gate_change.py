"""A request that changes its own gate: what is said first about it, on every forge."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.errors import ContactError
from genesis_ci.jobs.gate_change import MOST_ROWS, SECONDS, compare
from tests.builders import WORKFLOW_ID
from tests.forges import REFUSED, Fault, ForgejoStandIn, GitHubStandIn, GitLabStandIn
from tests.hostile import CORPUS
from tests.unit.config.configs import FILE, OTHER_ID, entry, parse, under
from tests.unit.forges.jobs import TOKEN, contact_with, on

BASE = f"""\
version: 1
defaults: {{on-unchecked: fail, tests: {{at-least: 20}}}}
workflows:
  - name: smoke
    workflow-id: {WORKFLOW_ID}
    expect:
      - {{block: report, query: failed, equals: 0}}
      - {{block: report, contains: PASS}}
    known-failures: [{{test: refund, until: 2026-12-01}}]
  - {{name: search, workflow-id: {OTHER_ID}, paths: [shop/**]}}
"""
TITLE = f"This request changes its own gate: {FILE} differs from that in main."
UNKNOWN = "It is not known whether this request changes its own gate: "


def gate_of(forge, now: str, base: str | bytes | None = BASE, path: str = FILE, **environ: str):
    """Return what is said first of a job that read a file."""
    on_forge = on(forge)(**environ)
    if base is not None:
        forge.contents["main"][path] = base.encode() if isinstance(base, str) else base
    parsed = parse(environ=on_forge)
    assert isinstance(parsed, Settings)
    compared = compare(parsed, now, path, "main", contact_with(forge, on_forge))
    assert compared.workflows == parsed.workflows
    return list(compared.gate)


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn, ForgejoStandIn])
def forge(request):
    return request.param()


def test_what_became_weaker_is_named(forge):
    now = f"""\
version: 1
workflows:
  - name: smoke
    workflow-id: {WORKFLOW_ID}
    required: false
    attempts: 3
    tests: {{except: [unit]}}
    expect: [{{block: report, query: failed, equals: "0"}}]
    known-failures: [{{test: "*", until: 2026-12-20}}, {{test: refund, until: 2026-12-01}}]
"""
    assert gate_of(forge, now) == [
        TITLE,
        "search: no longer in the file",
        "smoke: no longer required",
        "smoke: tests was “at-least: 20”, is now “except: unit”",
        "smoke: on-unchecked was “fail”, is now “pass”",
        "smoke: attempts was “1”, is now “3”",
        "smoke: removed from expect: “block: report, query: failed, equals: 0”",
        "smoke: removed from expect: “block: report, contains: PASS”",
        "smoke: added to known-failures: “test: *, until: 2026-12-20”",
    ]
    [request] = forge.requests
    assert request.method == "GET"


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ("", "paths: [docs/**, '!a']", "paths was none, is now “docs/**, !a”"),
        ("paths: [a]", "paths: [b]", "paths was “a”, is now “b”"),
        ("tags: [a, b]", "tags: [b]", "tags was “a, b”, is now “b”"),
        ("", "wait: false", "wait was “true”, is now “false”"),
        ("", "on-review-pending: pass", "on-review-pending was “fail”, is now “pass”"),
        ("tests: Report", "tests: report", "tests was “Report”, is now “report”"),
        ("", "required: ${REQUIRED:-false}", "required was “true”, is now “${required:-false}”"),
        ("required: ${X}", "required: FALSE", "no longer required"),
        ("expect: [{block: a, matches: x}]", "expect:", "removed from expect: “block: a, "),
    ],
)
def test_a_key_that_changed_is_named(before, after, row):
    title, *rows = gate_of(GitHubStandIn(), entry(after), entry(before))
    assert title == TITLE
    assert [one.startswith(f"smoke: {row}") for one in rows] == [True]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("required: false", "required: true"),
        ("", "expect: [{block: a, equals: x}]"),
        ("known-failures: [{test: a, until: 2026-12-01}]", ""),
        ("", "inputs: {a: b}"),
        ("inputs: {a: 1.1}", "inputs: {a: 1.10}"),
    ],
)
def test_nothing_is_listed_if_nothing_listed_became_weaker(before, after):
    assert gate_of(GitHubStandIn(), entry(after), entry(before)) == [TITLE]


@pytest.mark.parametrize(
    ("now", "base"),
    [
        (BASE, BASE),
        (BASE, f"\ufeff# a comment\n{BASE}\n"),
        (BASE, BASE.replace("\n", "\r\n")),
        (entry("attempts: '2'", "required: True"), entry("attempts: 2")),
        (entry("tests: auto", "on-flaky: PASS", "expect:"), entry()),
        (under("defaults: {on-flaky: fail, inputs: }"), entry("on-flaky: fail")),
        (
            entry("inputs: {a: '5'}"),
            under("defaults:").replace("  - ", "  - inputs: {a: 5}\n    ", 1),
        ),
        (entry("expect: [{equals: 'x', block: a}]"), entry("expect: [{block: a, equals: x}]")),
    ],
)
def test_nothing_is_said_of_another_form(forge, now, base):
    assert gate_of(forge, now, base) == []


def test_an_empty_list_overrides_the_default_of_all_entries():
    known = "defaults: {known-failures: [{test: a, until: 2026-12-01}]}"
    none = under(known).replace("workflow-id", "known-failures: []\n    workflow-id", 1)
    title, row = gate_of(GitHubStandIn(), under(known), none)
    assert "added to known-failures: “test: a, until: 2026-12-01”" in row
    assert gate_of(GitHubStandIn(), none, under(known)) == [title]


def test_the_default_of_all_entries_counts_in_each():
    base = BASE.replace("on-unchecked: fail", "required: true")
    rows = gate_of(GitHubStandIn(), BASE.replace("on-unchecked: fail", "required: false"), base)
    assert rows[1:] == ["smoke: no longer required", "search: no longer required"]


UNREADABLE = {
    "no YAML": ("workflows: [", "main: line 1, column 13: this is not valid YAML"),
    "another file": ("hello", "main: it is not a config file"),
    "no list": ("workflows: {a: b}", "main: it is not a config file"),
    "an entry that is text": ("workflows: [a]", "main: it is not a config file"),
    "defaults that are a list": ("defaults: [a]\nworkflows: []", "main: it is not a config file"),
    "no number of JSON": (entry("expect: [{block: a, equals: .nan}]"), "not a finite number"),
    "empty": ("", "main: it is not a config file"),
    "an alias": ("workflows: &a [*a]", "is not allowed"),
    "a folder": ('[{"type": "file", "name": "a"}]', "main: it is not a config file"),
    "other bytes": (b"\xff\x00workflows", "the character U+0000 is not allowed"),
    "over the limit": ("a" * 2_000_000, "the YAML is over 512 KiB"),
    "deep": ("[" * 100_000, "levels deep"),
    "missing": (None, f"main has no {FILE} that the token may read."),
}


@pytest.mark.parametrize(("base", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_base_file_that_cannot_be_read_is_named(forge, base, why):
    [words] = gate_of(forge, BASE, base)
    assert words.startswith(UNKNOWN)
    assert why in words


MISHAPS: dict[str, tuple[Any, str]] = {
    "a refusal": (lambda forge: setattr(forge, "act", lambda *_: REFUSED), "Resource not acc"),
    "faults": (lambda forge: forge.faults.extend([Fault("GET")] * 3), "answered 502"),
    "silence": (
        lambda forge: forge.faults.append(
            Fault("GET", ContactError("No answer.", reached=True, permanent=True))
        ),
        "No answer.",
    ),
}


@pytest.mark.parametrize(("mishap", "why"), MISHAPS.values(), ids=MISHAPS)
def test_a_forge_that_does_not_answer_is_named(forge, mishap, why):
    mishap(forge)
    [words] = gate_of(forge, BASE)
    assert words.startswith(UNKNOWN)
    assert why in words
    assert sum(forge.paused) <= SECONDS


def test_a_refusal_names_the_permission():
    each = {
        GitHubStandIn: "contents: read",
        GitLabStandIn: "read_api",
        ForgejoStandIn: "read:repository",
    }
    for forge, permission in ((made(), words) for made, words in each.items()):
        forge.act = lambda *_: REFUSED  # type: ignore[method-assign]
        assert permission in gate_of(forge, BASE)[0]


def test_a_wrong_token_is_named_as_that(forge):
    forge.act = lambda *_: (401, {}, {"message": "Bad credentials"})
    [words] = gate_of(forge, BASE)
    assert "is wrong or has expired" in words


def test_a_wrong_address_does_not_say_that_nothing_was_triggered(forge):
    wrong = {"GITHUB_API_URL": "http://10.1.2.3", "CI_API_V4_URL": "http://10.1.2.3"}
    [words] = gate_of(forge, BASE, **wrong)
    assert words.endswith("is not https, so the token would be sent unencrypted.")


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "GITLAB_TOKEN"])
def test_nothing_is_said_without_a_token(forge, variable):
    others = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN, variable: ""}
    own = {"GITHUB_TOKEN": GitHubStandIn, "GITLAB_TOKEN": GitLabStandIn}[variable]
    said = gate_of(forge, BASE, None, **others)
    assert bool(said) is not isinstance(forge, own)
    assert bool(forge.requests) is not isinstance(forge, own)


def test_many_changes_are_counted_and_required_ones_come_first():
    head = "version: 1\nworkflows:\n"
    each = [f"  - {{name: n{at}, workflow-id: {WORKFLOW_ID}, MORE}}\n" for at in range(60)]
    base = head + "".join(each).replace("MORE", "attempts: 2")
    now = head + "".join(each).replace("MORE", "attempts: 3, on-flaky: fail", 59)
    _, *rows, last = gate_of(GitHubStandIn(), now.replace("MORE", "required: false"), base)
    assert len(rows) == MOST_ROWS
    assert rows[0] == "n59: no longer required"
    assert last == "and 90 more changes"


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_text_of_the_base_file_is_one_short_line(text):
    escaped = "".join(f"\\U{ord(one):08x}" for one in text if not "\ud800" <= one <= "\udfff")
    base = f'workflows: [{{name: "{escaped}"}}, {{name: smoke, tests: "{escaped}"}}]'
    rows = gate_of(GitHubStandIn(), entry(), base)
    assert all(len(one.splitlines()) <= 1 and len(one) <= 1100 for one in rows)


def test_secrets_are_hidden(forge):
    rows = gate_of(forge, entry(), entry(f"tests: {TOKEN}"))
    assert rows[1] == "smoke: tests was “***”, is now “auto”"


def test_the_file_is_requested_by_its_path_and_branch(forge):
    path = "a b/ü#?.yml"
    assert gate_of(forge, BASE, path=path) == []
    [request] = forge.requests
    parts = urlsplit(request.url)
    slash = "%2F" if isinstance(forge, GitLabStandIn) else "/"
    assert f"a%20b{slash}%C3%BC%23%3F.yml" in parts.path
    assert parse_qs(parts.query) == {"ref": ["main"]}


@pytest.mark.parametrize(
    ("commits", "ref"),
    [
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "d1"}, "d1"),
        (
            {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "d1", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "t1"},
            "t1",
        ),
    ],
)
def test_on_gitlab_newer_commits_of_the_branch_are_no_change(commits, ref):
    forge = GitLabStandIn()
    forge.contents[ref][FILE] = BASE.encode()
    assert gate_of(forge, BASE, "workflows: []", **commits) == []


def test_the_project_of_the_target_has_the_file():
    forge = GitLabStandIn()
    assert gate_of(forge, BASE, CI_PROJECT_ID="11") == []
