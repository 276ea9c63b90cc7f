"""CI systems with a plain text log: how each one is detected, and the change it provides."""

import re
from pathlib import Path

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers.base import CLEANERS
from genesis_ci.providers.plain import SYSTEMS, Plain

DOCS = Path(__file__).resolve().parents[3] / "docs"
HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
"""The commit that a CI checks out where it builds a merge: never the change itself."""
SHOP, FEATURE = "octo-org/shop", "feature/checkout-2"

JENKINS = {
    "JENKINS_URL": "https://ci.example.com/",
    "BUILD_NUMBER": "7",
    "BUILD_URL": "https://ci.example.com/job/shop/7/",
    "GIT_COMMIT": HEAD,
    "BRANCH_NAME": "main",
}
JENKINS_REQUEST = {
    **JENKINS,
    "GIT_COMMIT": MERGE,
    "BRANCH_NAME": "PR-482",
    "CHANGE_ID": "482",
    "CHANGE_BRANCH": FEATURE,
    "CHANGE_TARGET": "main",
    "CHANGE_AUTHOR": "octocat",
}
CIRCLECI = {
    "CIRCLECI": "true",
    "CIRCLE_SHA1": HEAD,
    "CIRCLE_BRANCH": FEATURE,
    "CIRCLE_PULL_REQUEST": "https://github.com/octo-org/shop/pull/482",
    "CIRCLE_PROJECT_USERNAME": "octo-org",
    "CIRCLE_PROJECT_REPONAME": "shop",
    "CIRCLE_USERNAME": "Octo Cat",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo-org/shop/42",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_SOURCEVERSION": HEAD,
    "BUILD_SOURCEBRANCH": "refs/heads/release/2.0",
    "BUILD_REPOSITORY_NAME": SHOP,
    "BUILD_REQUESTEDFOR": "Octo Cat",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/octo-org/",
    "SYSTEM_TEAMPROJECT": "Web shop",
    "BUILD_BUILDID": "42",
}
AZURE_REQUEST = {
    **AZURE,
    "BUILD_SOURCEVERSION": MERGE,
    "BUILD_SOURCEBRANCH": "refs/pull/482/merge",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "482",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "99001",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD,
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": f"refs/heads/{FEATURE}",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
}
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "42",
    "BITBUCKET_COMMIT": "0a1b2c3d4e5f",
    "BITBUCKET_BRANCH": FEATURE,
    "BITBUCKET_PR_ID": "482",
    "BITBUCKET_PR_DESTINATION_BRANCH": "main",
    "BITBUCKET_REPO_FULL_NAME": SHOP,
    "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/octo-org/shop",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{3f1c0a9e-0000-4000-8000-000000000000}",
}
BUILD = "https://buildkite.com/octo-org/shop/builds/42"
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_COMMIT": HEAD,
    "BUILDKITE_BRANCH": FEATURE,
    "BUILDKITE_PULL_REQUEST": "482",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
    "BUILDKITE_REPO": "git@github.com:octo-org/shop.git",
    "BUILDKITE_BUILD_CREATOR": "Octo Cat",
    "BUILDKITE_BUILD_URL": BUILD,
    "BUILDKITE_JOB_ID": "0189",
}
THE_REQUEST = Change(
    sha=HEAD, branch=FEATURE, base_branch="main", request="482", repository=SHOP, actor="Octo Cat"
)
JENKINS_CHANGE = THE_REQUEST._replace(
    sha=None, repository=None, actor="octocat", job_url=JENKINS["BUILD_URL"]
)
AZURE_JOB = "https://dev.azure.com/octo-org/Web%20shop/_build/results?buildId=42"
CHANGES = {
    "jenkins, branch": (JENKINS, Change(sha=HEAD, branch="main", job_url=JENKINS["BUILD_URL"])),
    "jenkins, pull request": (JENKINS_REQUEST, JENKINS_CHANGE),
    "jenkins, pull request's head": (
        {**JENKINS_REQUEST, "BRANCH_NAME": "PR-482-head", "GIT_COMMIT": HEAD},
        JENKINS_CHANGE._replace(sha=HEAD),
    ),
    "circleci, pull request": (
        CIRCLECI,
        THE_REQUEST._replace(base_branch=None, job_url=CIRCLECI["CIRCLE_BUILD_URL"]),
    ),
    "azure, branch": (
        AZURE,
        Change(
            sha=HEAD, branch="release/2.0", repository=SHOP, actor="Octo Cat", job_url=AZURE_JOB
        ),
    ),
    "azure, pull request": (AZURE_REQUEST, THE_REQUEST._replace(job_url=AZURE_JOB)),
    "bitbucket, pull request": (
        BITBUCKET,
        THE_REQUEST._replace(
            sha="0a1b2c3d4e5f",
            actor=None,
            job_url="https://bitbucket.org/octo-org/shop/pipelines/results/42",
        ),
    ),
    "buildkite, pull request": (BUILDKITE, THE_REQUEST._replace(job_url=f"{BUILD}#0189")),
    "azure, another case": ({"TF_BUILD": "true"}, Change()),
    "plain": ({"USER": "octocat"}, Change()),
    "plain, a half of jenkins": ({"JENKINS_URL": "https://ci.example.com/"}, Change()),
    "plain, the other half": ({"BUILD_NUMBER": "7"}, Change()),
    "plain, another word": ({"CIRCLECI": "1", "BUILDKITE": "false"}, Change()),
}


@pytest.mark.parametrize("case", CHANGES)
def test_each_system_is_detected_and_provides_its_change(case):
    environ, change = CHANGES[case]
    found = Plain(environ, print)
    assert (found.name, found.change) == (case.split(",")[0], change)


@pytest.mark.parametrize(
    ("environ", "known"),
    [({}, True), ({"CI": ""}, True), ({"CI": "true"}, False), (BITBUCKET, False)],
    ids=["shell", "empty", "unknown CI", "known CI"],
)
def test_the_checkout_is_the_change_in_a_shell_only(environ, known):
    """It is read once, because a person may check out another branch meanwhile."""
    found = iter([Change(sha=MERGE, branch="refs/heads/main")])
    plain = Plain(environ, print, checkout=lambda: next(found))
    for _ in range(2):
        assert (plain.change == Change(sha=MERGE, branch="main")) is known


def test_each_row_has_a_case_for_each_of_its_values():
    for system in SYSTEMS:
        changes = [change for case, (_, change) in CHANGES.items() if case.startswith(system.name)]
        for field in CLEANERS:
            is_tested = any(getattr(change, field) for change in changes)
            words = f"add a case with {field} of {system.name} to CHANGES"
            assert (getattr(system, field) is not None) == is_tested, words


def test_the_docs_describe_each_system():
    page = (DOCS / "other-ci.md").read_text(encoding="utf-8")
    headings = "".join(re.findall("^## (.+)$", page, re.MULTILINE)).lower()
    missing = [one.name for one in SYSTEMS if one.name not in headings]
    assert missing == ["plain"], "docs/other-ci.md has no section of a system"


@pytest.mark.parametrize("field", CLEANERS)
def test_the_docs_list_the_systems_that_provide_a_value(field):
    page = (DOCS / "previews.md").read_text(encoding="utf-8")
    start = f"| `${{ci.{'change' if field == 'request' else field}}}`"
    [row] = [line for line in page.splitlines() if line.startswith(start)]
    others = row.split("|")[5].lower()
    every = {one.name for one in SYSTEMS} - {"plain"}
    named = {name for name in every if name in others}
    provided = {one.name for one in SYSTEMS if getattr(one, field)}
    listed = every - named if others.startswith(" all") else named
    assert listed == provided, f"correct this row of docs/previews.md: {row}"


CHANGED = [
    (JENKINS, {"BRANCH_NAME": "", "GIT_BRANCH": "origin/release/2.0"}, "branch", "release/2.0"),
    (JENKINS_REQUEST, {"BRANCH_NAME": "PR-482-merge", "GIT_COMMIT": HEAD}, "sha", None),
    (CIRCLECI, {"CIRCLE_PULL_REQUEST": ""}, "request", None),
    (CIRCLECI, {"CIRCLE_PULL_REQUEST": "https://github.com/o/r/pulls"}, "request", None),
    (CIRCLECI, {"CIRCLE_PULL_REQUEST": "482; rm -rf /"}, "request", None),
    (CIRCLECI, {"CIRCLE_PROJECT_USERNAME": ""}, "repository", None),
    (CIRCLECI, {"CIRCLE_PROJECT_REPONAME": ""}, "repository", None),
    (AZURE_REQUEST, {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": ""}, "request", "99001"),
    (AZURE_REQUEST, {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": ""}, "sha", HEAD),
    (AZURE, {"SYSTEM_TEAMPROJECT": ""}, "job_url", None),
    (AZURE, {"BUILD_BUILDID": ""}, "job_url", None),
    (AZURE, {"SYSTEM_COLLECTIONURI": ""}, "job_url", None),
    (BITBUCKET, {"BITBUCKET_GIT_HTTP_ORIGIN": ""}, "job_url", None),
    (BITBUCKET, {"BITBUCKET_BUILD_NUMBER": "x"}, "job_url", None),
    (BUILDKITE, {"BUILDKITE_COMMIT": "HEAD"}, "sha", None),
    (BUILDKITE, {"BUILDKITE_PULL_REQUEST": "false"}, "request", None),
    (BUILDKITE, {"BUILDKITE_BUILD_CREATOR": "", "BUILDKITE_BUILD_AUTHOR": "Cat"}, "actor", "Cat"),
    (BUILDKITE, {"BUILDKITE_JOB_ID": ""}, "job_url", BUILD),
    (BUILDKITE, {"BUILDKITE_REPO": "https://github.com/octo-org/shop.git"}, "repository", SHOP),
    (BUILDKITE, {"BUILDKITE_REPO": "https://me:pw@github.com/octo-org/shop"}, "repository", SHOP),
    (BUILDKITE, {"BUILDKITE_REPO": "ssh://git@host:2222/octo-org/shop.git/"}, "repository", SHOP),
    (BUILDKITE, {"BUILDKITE_REPO": "shop"}, "repository", None),
    (BUILDKITE, {"BUILDKITE_REPO": ""}, "repository", None),
    (BUILDKITE, {"BUILDKITE_REPO": "git@github.com:octo-org/" + "x" * 200}, "repository", None),
]


@pytest.mark.parametrize(("environ", "changed", "field", "value"), CHANGED)
def test_a_value_depends_on_several_variables(environ, changed, field, value):
    assert getattr(Plain({**environ, **changed}, print).change, field) == value


def test_an_error_ends_the_live_text():
    written: list[str] = []
    plain = Plain({}, written.append, columns=lambda: 80)
    plain.live("1/5\nblocks\r\nand ::error::")
    plain.always("It failed.\nat step 4")
    live = "\r\x1b[K\x1b[?7l1/5 blocks and ::error::\x1b[?7h"
    assert "".join(written) == f"{live}\r\x1b[KIt failed.\nat step 4\n"


@pytest.mark.parametrize(
    ("options", "log"),
    [
        ({"columns": lambda: 9}, "\r\x1b[K\x1b[?7l1/5 bloc\x1b[?7h\r\x1b[Kdone\nand gone\n"),
        ({}, "done\nand gone\n"),
        ({"columns": lambda: 80, "quiet": True}, ""),
    ],
    ids=["terminal", "file", "quiet"],
)
def test_live_text_is_for_terminals_only(options, log):
    written: list[str] = []
    plain = Plain({}, written.append, **options)
    plain.live("1/5 blocks")
    plain.line("done")
    plain.line("and gone")
    assert "".join(written) == log
