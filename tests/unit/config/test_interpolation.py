"""References to the environment in a config file, and those that are refused."""

import base64

import pytest

from genesis_ci.config.interpolation import (
    Interpolation,
    has_user_information,
    is_credential_of_the_ci,
)
from genesis_ci.config.nodes import Text
from genesis_ci.models.change import Change

KEY = "gk_0123456789abcdef"
VALUE = "hunter2-and-a-half"
TOKEN = "ghs_0123456789abcdefghij"
WITH_PASSWORD = "https://gitlab-ci-token:glcbt-64_x@gitlab.example.com/group/project.git"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def fill_in(text: str, environ: dict[str, str], **options) -> tuple[str, tuple[str, ...]]:
    filled, problems = Interpolation(environ, **options).fill_in(Text(text, 1))
    return filled.text, problems


CREDENTIALS = [
    "SYSTEM_ACCESSTOKEN", "GH_TOKEN", "GITHUB_TOKEN", "CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2",
    "BUILDKITE_AGENT_ACCESS_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "CI_JOB_TOKEN", "CI_JOB_JWT_V2", "CI_REGISTRY_PASSWORD",
    "CI_DEPLOY_PASSWORD", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "GOOGLE_APPLICATION_CREDENTIALS", "DOCKER_AUTH_CONFIG", "SSH_PRIVATE",
    "SSH_AUTH_SOCK", "apiKey", "ApiKeys", "GH_PAT", "DB_PASS", "MYSQL_PWD", "DB_CREDS_PSW",
    "SESSION_COOKIE", "PGPASSWORD", "GPG_PASSPHRASE", "SENTRY_DSN", "SLACK_WEBHOOK", "test_token",
    "DBPASS", "userPass", "DB_PASS1", "MYSQLPWD", "DB_PW2", "GH_PAT2", "PGPASSFILE", "SESSION_ID",
    "KUBECONFIG", "KUBE_CONFIG_DATA", "CONNSTR", "PFX_BASE64", "ID_RSA", "MNEMONIC", "SLACK_HOOK",
    "HTTP_AUTHORIZATION", "TEST_passwd", "ID_JWT", "BITBUCKET_STEP_OIDC_TOKEN",
]  # fmt: skip


@pytest.mark.parametrize("variable", CREDENTIALS)
def test_credential_is_available_only_if_exposed(variable):
    written, environ = f"a ${{{variable}}} b", {variable: VALUE}
    text, [problem] = fill_in(written, environ)
    assert text == written
    assert problem.startswith(f"“{variable}” is not used: its name says that it is a credential")
    assert "input expose" in problem
    assert VALUE not in problem
    assert fill_in(written, environ, exposed={variable}) == (f"a {VALUE} b", ())


@pytest.mark.parametrize(
    "variable",
    ["CI_COMMIT_AUTHOR", "GITHUB_ACTOR", "NO_PROXY", "CI_COMMIT_SHA", "PREVIEW_URL", "KEYBOARD",
     "PWD", "OLDPWD", "PASSED", "COMPASS", "BYPASS", "CI_REGISTRY_USER", "SPATIAL", "KEYWORDS"],
)  # fmt: skip
def test_name_similar_to_a_credential_is_available(variable):
    assert fill_in(f"${{{variable}}}", {variable: VALUE}) == (VALUE, ())


SECRET_ELSEWHERE = "it contains the value of a secret"
USER_INFORMATION = "it is an address with user information"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (WITH_PASSWORD, USER_INFORMATION),
        ("postgres://u:p@db/x", USER_INFORMATION),
        ("redis://:p@cache:6379", USER_INFORMATION),
        ("postgres://u:a/b?c@db/x", USER_INFORMATION),
        (f"--index-url {WITH_PASSWORD}", USER_INFORMATION),
        ("ssh://git@example.com/x", USER_INFORMATION),
        ("https://" + "x" * 900 + "@example.com", USER_INFORMATION),
        (f"x{VALUE}x", SECRET_ELSEWHERE),
        (f"AUTHORIZATION: basic {in_base64(f'x-access-token:{TOKEN}')}", SECRET_ELSEWHERE),
    ],
    ids=lambda text: text[:20],
)
def test_credential_in_another_variable_is_available_only_if_exposed(value, reason):
    environ, options = {"OTHER": value, "GITHUB_TOKEN": TOKEN}, {"secrets": [VALUE]}
    _, [problem] = fill_in("${OTHER}", environ, **options)
    assert problem.startswith(f"“OTHER” is not used: {reason}, and")
    assert fill_in("${OTHER}", environ, exposed={"OTHER"}, **options) == (value, ())


def test_copy_of_an_exposed_credential_is_available():
    environ = {"HOME": "/root", "MY_TOKEN": VALUE, "COPY": f"x {VALUE}"}
    assert fill_in("${COPY}", environ)[1] != ()
    assert fill_in("${COPY}", environ, exposed={"MY_TOKEN"}) == (f"x {VALUE}", ())


@pytest.mark.parametrize(
    "value",
    ["https://example.com/@scope/pkg", "http://example.com/@scope/pkg", "HTTP://example.com/@a",
     "https://example.com?to=a@b", "git@github.com:o/r", "a@b", "https://example.com/#@",
     "https://a.example ann@example.com", "redis://cache ann@example.com"],
)  # fmt: skip
def test_at_sign_elsewhere_is_no_user_information(value):
    assert not has_user_information(value)


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("INNOCENT", KEY, "contains"),
        ("INNOCENT", f"Bearer {KEY}", "contains"),
        ("INNOCENT", in_base64(f"x:{KEY}"), "contains"),
        ("GENESIS_API_KEY", "other", "is"),
    ],
)
def test_key_is_refused_in_every_variable(variable, value, what):
    problem = f"“{variable}” {what} the API key, which no value may contain"
    for exposed in ((), {variable}):
        text = f"${{{variable}}}"
        found = fill_in(text, {variable: value}, key=KEY, exposed=exposed)
        assert found == (text, (problem,))


@pytest.mark.parametrize(
    ("variable", "value", "is_one"),
    [
        ("MY_Token", "x" * 16, True),
        ("CI_JOB_JWT", "x" * 10_000, True),
        ("N" * 200 + "SECRET", VALUE, True),
        ("DB_PASSWORD", "x" * 15, False),
        ("DB_PASSWORD", "x" * 10_001, False),
        ("CI_COMMIT_SHA", VALUE, False),
        ("TOKEN_FILE", "/run/secrets/token", False),
        ("ID_TOKEN_REQUEST_URL", "https://token.example/id", False),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_ci_credential_is_long_and_no_path_or_address(variable, value, is_one):
    assert is_credential_of_the_ci(variable, value) is is_one


def test_used_exposed_variables_are_hidden():
    interpolation = Interpolation({"E2E_TOKEN": VALUE, "B": "b"}, exposed={"E2E_TOKEN"})
    interpolation.fill_in(Text("${E2E_TOKEN} ${B}", 1))
    assert interpolation.credentials == {VALUE}


@pytest.mark.parametrize(
    "text", ["${", "${}", "${a b}", "${1}", "${a${B}", "${B", "${ B }", f"${{{'N' * 101}}}"]
)
def test_malformed_reference_is_a_problem(text):
    _, problems = fill_in(text, {"B": "b"})
    assert problems[0].startswith("write ${NAME}, with a name of at most 100 letters")


def test_references_are_limited_in_total_size():
    interpolation = Interpolation({"BIG": "x" * 100_000})
    assert interpolation.fill_in(Text("${BIG}" * 50, 1))[1] == ()
    filled, problems = interpolation.fill_in(Text("${BIG}" * 1000, 1))
    assert filled.text.count("x") == 5_000_000
    assert problems == ("with “BIG” the values in this file have over 10 MB",)


@pytest.mark.parametrize(("text", "private"), [("a ${B}", True), ("$${B}", False), ("$B", False)])
def test_value_with_a_reference_is_private(text, private):
    filled, _ = Interpolation({"B": "b"}).fill_in(Text(text, 1))
    assert filled.private is private


THE_CHANGE = Change(sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", branch="topic", request="7")


def test_change_is_available_by_name():
    text = "${ci.short_sha} of ${ci.sha} on ${ci.branch}, $${ci.sha}"
    assert fill_in(text, {"ci.sha": "no"}, change=THE_CHANGE) == (
        "0a1b2c3 of 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 on topic, ${ci.sha}",
        (),
    )
    change = Change(branch="${HOME} ${ci.sha}")
    assert fill_in("${ci.branch}", {"HOME": "/root"}, change=change) == ("${HOME} ${ci.sha}", ())


NOT_KNOWN = "is not known in this job. Known here:"
NONE = "none. In a shell, run genesis-ci in the directory that has .git"
KNOWN = "ci.sha, ci.short_sha, ci.branch, ci.change"


@pytest.mark.parametrize(
    ("text", "change", "problem", "is_problem_of_skipped_job"),
    [
        ("ci.actor", THE_CHANGE, f"“ci.actor” {NOT_KNOWN} {KNOWN}", False),
        ("ci.head", THE_CHANGE, f"“ci.head” is not a known name. Known here: {KNOWN}", True),
        ("ci.", THE_CHANGE, f"“ci.” is not a known name. Known here: {KNOWN}", True),
        ("ci.sha", None, f"“ci.sha” {NOT_KNOWN} {NONE}", False),
        ("UNSET", None, "the environment variable “UNSET” is not set", False),
    ],
)
def test_unknown_name_is_a_problem(text, change, problem, is_problem_of_skipped_job):
    text = f"a${{{text}}}"
    assert fill_in(text, {}, change=change) == (text, (problem,))
    of_skipped_job = fill_in(text, {}, change=change, job_is_skipped=True)
    assert of_skipped_job == ((text, (problem,)) if is_problem_of_skipped_job else ("a", ()))
