"""References to the environment in a config file, and what the job does not list."""

import pytest

from genesis_ci.config.interpolation import Interpolation
from genesis_ci.document.nodes import Scalar

VALUE = "hunter2-and-a-half"
WITH_PASSWORD = "https://gitlab-ci-token:glcbt-64_x@gitlab.example.com/group/project.git"


def fill_in(text: str, environ: dict[str, str], **options) -> tuple[str, tuple[str, ...]]:
    options.setdefault("exposed", [*environ])
    filled, problems = Interpolation(environ, **options).fill_in(Scalar(text, 1))
    return filled.text, problems


NAMES_OF_CREDENTIALS = [
    "SYSTEM_ACCESSTOKEN", "client_secret", "userPass", "MYSQL_PWD", "MONKEY_NAME", "DB_CREDS",
    "CI_COMMIT_AUTHOR", "A_COOKIE", "SESSION_ID", "SENTRY_DSN", "SMTP_LOGIN", "GH_PAT", "PAT2",
    "CI_JOB_JWT", "SLACK_WEBHOOK", "TLS_CERT", "SSH_PRIV", "CI_REPOSITORY_URL",
]  # fmt: skip


@pytest.mark.parametrize("variable", NAMES_OF_CREDENTIALS)
def test_name_of_a_credential_needs_to_be_listed_whole(variable):
    environ, text = {variable: VALUE}, f"a ${{{variable}}} b"
    for exposed in ((), (f"{variable[:2]}*",), (variable.swapcase(),)):
        interpolation = Interpolation(environ, exposed=exposed)
        filled, [problem] = interpolation.fill_in(Scalar(text))
        assert filled.text == text
        assert "is not listed in expose by its whole name" in "".join(problem)
        assert interpolation.credentials == set()
    interpolation = Interpolation(environ, exposed=[variable])
    assert interpolation.fill_in(Scalar(text))[0].text == f"a {VALUE} b"
    assert interpolation.credentials == {VALUE}


@pytest.mark.parametrize("variable", ["PREVIEW_URL", "SPATIAL", "CI_COMMIT_SHA"])
@pytest.mark.parametrize("exposed", ["{}", "{}*", "*{}"])
def test_listed_variable_is_available_and_shown(variable, exposed):
    exposed = ["OTHER", exposed.format(variable)]
    interpolation = Interpolation({variable: "https://a.example/@b"}, exposed=exposed)
    filled, problems = interpolation.fill_in(Scalar(f"${{{variable}}}/x"))
    assert (filled.text, problems) == ("https://a.example/@b/x", ())
    assert interpolation.credentials == set()


@pytest.mark.parametrize(
    ("value", "is_hidden"),
    [
        (WITH_PASSWORD, True),
        ("redis://:p@cache:6379", True),
        (f"--index-url {WITH_PASSWORD}", True),
        ("https://example.com?to=a@b", False),
        ("git@github.com:o/r", False),
        ("https://a.example ann@example.com", False),
    ],
)
def test_address_with_user_information_is_hidden(value, is_hidden):
    interpolation = Interpolation({"OTHER": value}, exposed=["O*"])
    assert interpolation.fill_in(Scalar("${OTHER}"))[0].text == value
    assert interpolation.credentials == ({value} if is_hidden else set())


def test_exposed_values_are_few_enough_to_be_hidden():
    environ = {"A_TOKEN": "x" * 65_536, "B_TOKEN": "y" * 65_536, "C_TOKEN": "z"}
    interpolation = Interpolation(environ, exposed=[*environ])
    for name in environ:
        _, problems = interpolation.fill_in(Scalar(f"${{{name}}}", 1))
    [problem] = problems
    assert "".join(problem).startswith(
        "“C_TOKEN” is not used: there are 3 secret values of 131073 "
    )
    assert len(interpolation.credentials) == 2


@pytest.mark.parametrize(
    "text",
    ["${", "${}", "${a b}", "${1}", "${a${B}", "${B", "${ B }", f"${{{'N' * 101}}}", "${B:-${B}}",
     "${B-x}", "${B:=x}", "${B:?x}", "${!B}", "${#B}", "${B:-a{b}}", "${:-x}", "${ci.sha"],
)  # fmt: skip
def test_malformed_reference_is_a_problem(text):
    filled, problems = fill_in(text, {"B": "value"})
    assert "is no reference to a variable. Write ${NAME} or ${NAME:-text}, with a" in problems[0]
    assert "value" not in filled


def test_references_are_limited_in_total_size():
    interpolation = Interpolation({"BIG": "x" * 100_000}, exposed=["BIG"])
    assert interpolation.fill_in(Scalar("${BIG}" * 50, 1))[1] == ()
    filled, problems = interpolation.fill_in(Scalar("${BIG}" * 1000, 1))
    assert filled.text.count("x") == 5_000_000
    assert ["".join(one) for one in problems] == [
        "with “BIG” the values in this file have over 10 MB; send less"
    ]


@pytest.mark.parametrize(
    ("text", "private"),
    [("a ${B}", "“B”"), ("${B}/${C:-}${B}", "“B”, “C” (empty)"), ("$${B}", ""), ("$B", "")],
)
def test_value_with_a_reference_names_its_variables(text, private):
    filled, _ = Interpolation({"B": "b"}, exposed=["B", "C"]).fill_in(Scalar(text, 1))
    assert filled.private == private
