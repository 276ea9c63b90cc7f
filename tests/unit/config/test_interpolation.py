"""References to the environment in a config file, and those that are refused."""

import base64

import pytest

from genesis_ci.config.interpolation import (
    Interpolation,
    has_user_information,
    is_credential_of_the_ci,
)
from genesis_ci.config.nodes import Text
from genesis_ci.config.sources import Given, JobInputs
from genesis_ci.models.change import Change
from tests.fakes import files

KEY = "gk_0123456789abcdef"
VALUE = "hunter2-and-a-half"
TOKEN = "ghs_0123456789abcdefghij"
WITH_PASSWORD = "https://gitlab-ci-token:glcbt-64_x@gitlab.example.com/group/project.git"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def fill_in(text: str, environ: dict[str, str], **options) -> tuple[str, tuple[str, ...]]:
    filled, problems = Interpolation(environ, **options).fill_in(Text(text, 1))
    return filled.text, tuple(map("".join, problems))


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
    "HTTP_AUTHORIZATION", "TEST_passwd", "ID_JWT", "BITBUCKET_STEP_OIDC_TOKEN", "ghPat", "dbPw2",
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
        (f"?a={in_base64(f'x-access-token:{TOKEN}')}", SECRET_ELSEWHERE),
    ],
    ids=lambda text: text[:20],
)
def test_credential_in_another_variable_is_available_only_if_exposed(value, reason):
    environ, options = {"OTHER": value, "GITHUB_TOKEN": TOKEN}, {"secrets": [VALUE]}
    _, [problem] = fill_in("${OTHER}", environ, **options)
    assert problem.startswith(f"“OTHER” is not used: {reason}, and")
    assert fill_in("${OTHER}", environ, exposed={"OTHER"}, **options) == (value, ())


PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
DOCKER = '{"auths": {"ghcr.io": {"auth": "dXNlcjpwYXNzd29yZA=="}}}'
RECOGNIZED = {
    "a token": [
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "github_pat_11ABCDEFG0abcdefghijkl_x", TOKEN,
        "glpat-abcdefghij0123456789", "glrt-abcdefghij0123456789", "xoxb-123456789012-abcdef",
        "AKIAIOSFODNN7EXAMPLE", "sk_live_abcdefghijkl", "sk-ant-api03-abcdefghijklmnop",
        "npm_abcdefghijklmnopqrstuvwxyz0123456789", "AIzaSyA-abcdefghijklmnopqrstuvwxyz01234",
        "eyJhbGciOiJIUzI1NiJ9.e30.x", "eyJ2ZXIiOjF9.eyJzdWIiOiIxMjM0In0.dozjgN",
        "hvs." + "CAESIJ" * 5,
    ],
    "a private key": [PRIVATE_KEY, PRIVATE_KEY.replace("\n", "\\n"), in_base64(PRIVATE_KEY)],
    "a password": [
        "Server=tcp:x.example;User ID=u;Password=hunter2;", "host=db password=hunter2",
        "AccountName=a;AccountKey=abcd==", "Endpoint=sb://x/;SharedAccessKey=abc=", DOCKER,
        "https://x.example/c?sv=2022&sig=abcdefghij0123456789%3D", in_base64(DOCKER),
        '{"clientId": "x", "clientSecret": "abc8Q~def"}', '<profile userPWD="abcdef" />',
    ],
    "an address of a webhook": [
        "https://hooks.slack.com/services/T00/B00/XXXX", "discord.com/api/webhooks/1/abc",
        "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d",
    ],
    "a header with a credential": [
        "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46", "Bearer abcdefghijklmnopqrstuv0123456789",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", RECOGNIZED)
def test_credential_is_recognized_by_its_value(kind):
    for value in RECOGNIZED[kind]:
        text, [problem] = fill_in("${OTHER}", {"OTHER": value})
        assert text == "${OTHER}"
        assert problem.startswith(f"“OTHER” is not used: it contains {kind}, and a pull request")
        assert value not in problem
        assert fill_in("${OTHER}", {"OTHER": value}, exposed={"OTHER"}) == (value, ())


def test_credential_is_found_anywhere_in_a_long_value():
    value = "-" * 65_520 + RECOGNIZED["a token"][0]
    assert "it contains a token" in fill_in("${OTHER}", {"OTHER": value})[1][0]


PLAIN = [
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
    "https://preview-42.example.com/app?x=1&next=/password#top", in_base64("nothing in here"),
    "Check that the password field hides it: at least 8 characters; basic authentication fails.",
    "authorization: add token-refresh-logic", "docs: set the Authorization: Bearer <token> header",
    "Fix pwd = cwd; password == confirmation", "Mask ghp_ and glpat- in logs; basic smoke-test-1",
    "feature/glossary-of-terms-and-conditions", "sk-SK", "https://app.slack.com/client/T0/C0",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ x", f"registry.example.com/app@sha256:{'0a1b' * 16}",
    *(PRIVATE_KEY.replace("RSA PRIVATE KEY", what) for what in ("CERTIFICATE", "PUBLIC KEY")),
    in_base64(PRIVATE_KEY.replace("RSA PRIVATE KEY", "CERTIFICATE")),
    '{"author": "annabelle", "auth": "basic", "max_tokens": 5, "token": null, "a": "password"}',
    '<input type="password" name=password>', "Server=x;Authentication=Active Directory Default;",
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda text: text[:20])
def test_plain_text_is_no_credential(value):
    assert fill_in("${OTHER}", {"OTHER": value}) == (value, ())


def test_exposed_values_are_few_enough_to_be_hidden():
    environ = {"A_TOKEN": "x" * 65_536, "B_TOKEN": "y" * 65_536, "C_TOKEN": "z"}
    interpolation = Interpolation(environ, exposed=environ)
    for name in environ:
        _, problems = interpolation.fill_in(Text(f"${{{name}}}", 1))
    [problem] = problems
    assert "".join(problem).startswith(
        "“C_TOKEN” is not used: there are 3 secret values of 131073 "
    )
    assert len(interpolation.credentials) == 2


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
    job = JobInputs({"api-key": Given(KEY, "api-key")}, read_file=files({}))
    for exposed in ((), {variable}):
        text = f"${{{variable}}}"
        environ = {variable: value}
        found = fill_in(text, environ, holds_key=job.holds_key, exposed=exposed)
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
    assert ["".join(one) for one in problems] == [
        "with “BIG” the values in this file have over 10 MB"
    ]


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
        ("ci.sha", Change(), f"“ci.sha” {NOT_KNOWN} {NONE}", False),
        ("UNSET", Change(), "the environment variable “UNSET” is not set", False),
    ],
)
def test_unknown_name_is_a_problem(text, change, problem, is_problem_of_skipped_job):
    text = f"a${{{text}}}"
    assert fill_in(text, {}, change=change) == (text, (problem,))
    of_skipped_job = fill_in(text, {}, change=change, job_is_skipped=True)
    assert of_skipped_job == ((text, (problem,)) if is_problem_of_skipped_job else ("a", ()))
