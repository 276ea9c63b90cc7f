"""Changed files select entries on every forge; if they are unknown, all entries run."""

from dataclasses import replace

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.jobs.changed_files import select, with_warnings
from genesis_ci.models.change import Change
from genesis_ci.models.report import Selector
from tests.builders import WORKFLOW_ID
from tests.forges import (
    NOT_FOUND,
    OTHER_SHA,
    REFUSED,
    SHA,
    Fault,
    ForgejoStandIn,
    GitHubStandIn,
    GitLabStandIn,
)
from tests.unit.config.configs import ENV, parse
from tests.unit.forges.jobs import TOKEN, contact_with, on, on_github

OWN = Change(sha=SHA, request="7")
PATHS = {
    "shop": "[shop/**, lib/**, '!**.md']",
    "account": "[account/**, lib/**]",
    "pages": "[docs/**, '!docs/internal/**', docs/internal/api.md]",
    "app": "['**/*.swift']",
    "always": "",
}
FIVE = "version: 1\nworkflows:\n" + "".join(
    f"  - {{name: {name}, workflow-id: 6f9619ff-8b86-4d01-b42d-00c04fc964f{at}, paths: {paths}}}\n"
    for at, (name, paths) in enumerate(PATHS.items())
)
CHANGES = {
    "shop/cart.py": "shop always",
    "lib/money.py": "shop account always",
    "shop/README.md": "always",
    "lib/README.md": "account always",
    "shop/README.md shop/cart.py": "shop always",
    "account/a.py docs/start.md": "account pages always",
    "docs/internal/plan.md": "always",
    "docs/internal/api.md": "pages always",
    "App.swift ios/View.swift": "app always",
    "shop/設計.py": "shop always",
    ".genesis-ci.yml": "shop account pages app always",
    "shop/a.py->account/a.py": "shop account always",
}
EVERY = " ".join(PATHS)
LONG_NAMES = [f"{number:04000}" for number in range(700)]


def settings_for(forge, config=FIVE, own=OWN, environ=None, **given) -> Settings:
    """Return the settings of a job on the forge after the selection."""
    environ = {**on(forge)(), **ENV, **(environ or {})}
    parsed = parse(config, environ=environ, change=own, **given)
    assert not parsed.problems
    return select(parsed, own, contact_with(forge, environ))


def names_of(settings: Settings) -> str:
    return " ".join(str(one.name) for one in settings.workflows if not one.ended)


def selected(forge, **given) -> str:
    return names_of(settings_for(forge, **given))


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn, ForgejoStandIn])
def forge(request):
    return request.param()


@pytest.mark.parametrize(("names", "expected"), CHANGES.items())
def test_a_change_selects_the_entries_whose_files_it_touches(forge, names, expected):
    forge.touch(*(name.replace("->", " -> ") for name in names.split()))
    assert selected(forge) == expected


def test_a_file_beyond_the_first_page_counts(forge):
    forge.touch(*map("docs/internal/{}.md".format, range(100)), "shop/cart.py")
    assert selected(forge) == "shop always"


def test_an_entry_that_is_left_out_keeps_what_reports_need(forge):
    forge.touch("shop/cart.py")
    [_, account, *_] = settings_for(forge).workflows
    assert (account.name, account.ended.left_out_by) == ("account", Selector.PATHS)
    assert account.policy.required
    assert "No changed file matches" in account.ended.message


def test_a_change_without_any_entry_is_noticed(forge):
    forge.touch("README")
    limited = FIVE.replace("paths: }", "paths: [x]}")
    settings = settings_for(forge, limited)
    assert names_of(settings) == ""
    [notice] = settings.notices
    assert notice == "paths: nothing runs, because none of 1 changed file matches."


def pushed(forge):
    forge.after["GET"] = lambda: setattr(forge, "head", OTHER_SHA)


WRONG_TOKEN = (401, {}, {"message": "Bad credentials"})
UNKNOWN = {
    "another head": (lambda forge: setattr(forge, "head", OTHER_SHA), "another commit"),
    "a push between the requests": (pushed, "another commit"),
    "more than the list": (lambda forge: setattr(forge, "count", "3001"), "not complete"),
    "no file": (lambda forge: forge.files.clear(), "the list is empty"),
    "a refusal": (lambda forge: refuse(forge, REFUSED), "Resource not accessible"),
    "a wrong token": (lambda forge: refuse(forge, WRONG_TOKEN), "wrong or has expired"),
    "no such request": (lambda forge: refuse(forge, NOT_FOUND), "Not Found"),
    "three faults": (lambda forge: forge.faults.extend([Fault("GET")] * 3), "answered 502"),
    "a limit": (lambda forge: limit(forge), "slow down"),
    "too much to compare": (lambda forge: forge.touch(*LONG_NAMES), "too many names"),
}


def refuse(forge, answer) -> None:
    forge.act = lambda *_: answer


def limit(forge) -> None:
    headers = {"retry-after": "600"}
    forge.pause = lambda seconds: forge.paused.append(seconds)
    forge.act = lambda *_: (429, headers, {"message": "slow down"})


@pytest.mark.parametrize(("mishap", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_every_entry_runs_if_the_files_are_unknown(forge, mishap, why):
    forge.touch("shop/cart.py")
    mishap(forge)
    settings = settings_for(forge)
    assert names_of(settings) == EVERY
    [notice] = settings.notices
    assert notice.startswith("paths: every entry runs, because ")
    assert why in notice


def test_gitlab_ends_an_incomplete_count_with_a_plus():
    forge = GitLabStandIn()
    forge.touch("docs/internal/a.md")
    forge.count = "1+"
    assert selected(forge) == EVERY


def test_a_fault_is_repeated(forge):
    forge.touch("shop/cart.py")
    forge.faults = [Fault("GET"), Fault("GET")]
    assert selected(forge) == "shop always"
    assert forge.paused == [1.0, 3.0]


def test_a_refusal_names_the_permission():
    each = {
        GitHubStandIn: "pull-requests: read",
        GitLabStandIn: "read_api",
        ForgejoStandIn: "read:repository",
    }
    for forge, permission in ((made(), words) for made, words in each.items()):
        refuse(forge, REFUSED)
        assert permission in settings_for(forge).notices[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"own": Change(sha=SHA)}, "no commit of a pull or merge request"),
        ({"own": Change(request="7")}, "no commit of a pull or merge request"),
        ({"environ": {"GITHUB_TOKEN": "", "GITLAB_TOKEN": ""}}, "there is no token"),
    ],
)
def test_nothing_is_requested_without_need(forge, given, why):
    settings = settings_for(forge, **given)
    assert names_of(settings) == EVERY
    assert why in settings.notices[0]
    assert not forge.requests


def test_the_token_of_another_forge_is_not_sent():
    forge = GitLabStandIn()
    settings = settings_for(forge, environ={"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": ""})
    assert "there is no token" in settings.notices[0]


def test_the_input_is_the_token_for_github():
    forge = GitHubStandIn()
    settings_for(forge, github_token="ghs_of_the_input", environ={"GITHUB_TOKEN": ""})
    assert {one.headers["Authorization"] for one in forge.requests} == {"Bearer ghs_of_the_input"}


def test_only_and_the_changed_files_select_together(forge):
    forge.touch("lib/money.py")
    settings = settings_for(forge, only="shop,pages")
    assert names_of(settings) == "shop"
    reasons = [one.ended and one.ended.left_out_by for one in settings.workflows]
    only, paths = Selector.ONLY, Selector.PATHS
    assert reasons == [None, only, paths, only, only]


def test_a_settled_status_is_about_the_request_of_the_file():
    """A schedule has another commit and no request."""
    forge = GitHubStandIn()
    forge.touch("shop/cart.py")
    on_schedule = Change(sha=OTHER_SHA)
    environ = on_github()
    given = {"environ": environ, "change": on_schedule, "ci": "GITHUB_ACTIONS"}
    parsed = parse(FIVE, review_status="genesis", **given)
    contact = contact_with(forge, environ)
    assert names_of(select(replace(parsed, tested=OWN), on_schedule, contact)) == "shop always"
    assert names_of(select(replace(parsed, tested=Change()), on_schedule, contact)) == EVERY


def test_a_job_that_does_not_run_requests_nothing(forge):
    parsed = parse(FIVE, api_key="", missing_key="skip")
    assert select(parsed, OWN, contact_with(forge, {})) is parsed


def test_without_requests_every_entry_counts_as_selected():
    parsed = replace(parse(FIVE, environ=ENV), api_key=None)
    selected = select(parsed, OWN, None)
    assert names_of(selected) == EVERY
    [notice] = selected.notices
    assert notice.endswith("every entry runs, because --offline sends no request.")


@pytest.mark.parametrize(
    ("paths", "idle"),
    [
        ("[shop/**, '!**.txt']", ""),
        ("[shp/**]", "“shp/**”"),
        ("[Shop/**, lib/**, docs]", "“Shop/**”, “docs”"),
        ("[docs/**, shop/**, '!**.md', docs/a.md]", "“docs/**”"),
        ("['!**', shop/**]", ""),
    ],
)
def test_a_pattern_that_selects_no_file_is_named(paths, idle):
    text = f"version: 1\nworkflows: [{{name: a, workflow-id: {WORKFLOW_ID}, paths: {paths}}}]"
    files = ("shop/cart.py", "lib/money.py", "docs/a.md")
    warnings = with_warnings(parse(text, environ=ENV), files).warnings
    assert [one.partition(" by ")[2].partition(". ")[0] for one in warnings] == [idle] * bool(idle)
    assert with_warnings(parse(text, environ=ENV), ()).warnings == ()


def test_no_pattern_is_named_after_too_many_steps(monkeypatch):
    monkeypatch.setattr("genesis_ci.jobs.changed_files.MOST_STEPS", 10)
    assert with_warnings(parse(FIVE, environ=ENV), ["a/b.c"] * 10).warnings == ()
