"""References to the environment in a config file, and what the job does not list."""

import base64

import pytest

from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import Text
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given
from genesis_ci.models.change import Change
from genesis_ci.redaction import Scrubber, Secret
from tests.fakes import files

KEY = "gk_0123456789abcdef"
VALUE = "hunter2-and-a-half"
TOKEN = "ghs_0123456789abcdefghij"
WITH_PASSWORD = "https://gitlab-ci-token:glcbt-64_x@gitlab.example.com/group/project.git"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def fill_in(text: str, environ: dict[str, str], **options) -> tuple[str, tuple[str, ...]]:
    options.setdefault("exposed", [*environ])
    filled, problems = Interpolation(environ, **options).fill_in(Text(text, 1))
    return filled.text, problems


NAMES_OF_CREDENTIALS = [
    "SYSTEM_ACCESSTOKEN", "client_secret", "userPass", "MYSQL_PWD", "MONKEY_NAME", "DB_CREDS",
    "CI_COMMIT_AUTHOR", "A_COOKIE", "SESSION_ID", "SENTRY_DSN", "SMTP_LOGIN", "GH_PAT", "PAT2",
    "CI_REPOSITORY_URL",
]  # fmt: skip


@pytest.mark.parametrize("variable", NAMES_OF_CREDENTIALS)
def test_name_of_a_credential_needs_to_be_listed_whole(variable):
    environ, text = {variable: VALUE}, f"a ${{{variable}}} b"
    for exposed in ((), (f"{variable[:2]}*",), (variable.swapcase(),)):
        interpolation = Interpolation(environ, exposed=exposed)
        filled, [problem] = interpolation.fill_in(Text(text))
        assert filled.text == text
        assert "is not listed in expose by its whole name" in "".join(problem)
        assert interpolation.credentials == set()
    interpolation = Interpolation(environ, exposed=[variable])
    assert interpolation.fill_in(Text(text))[0].text == f"a {VALUE} b"
    assert interpolation.credentials == {VALUE}


@pytest.mark.parametrize("variable", ["PREVIEW_URL", "SPATIAL", "CI_COMMIT_SHA"])
@pytest.mark.parametrize("exposed", ["{}", "{}*", "*{}"])
def test_listed_variable_is_available_and_shown(variable, exposed):
    exposed = ["OTHER", exposed.format(variable)]
    interpolation = Interpolation({variable: "https://a.example/@b"}, exposed=exposed)
    filled, problems = interpolation.fill_in(Text(f"${{{variable}}}/x"))
    assert (filled.text, problems) == ("https://a.example/@b/x", ())
    assert interpolation.credentials == set()


@pytest.mark.parametrize(
    ("way", "exposed", "line"),
    [
        ("--expose ", ["OTHER"], "--expose PREVIEW_URL"),
        ("expose: ", [], "expose: PREVIEW_URL"),
        ("GENESIS_EXPOSE: ", ["*_X", "preview_*"], "GENESIS_EXPOSE: PREVIEW_URL *_X preview_*"),
    ],
)
def test_variable_that_is_not_listed_is_a_problem_with_the_line_to_add(way, exposed, line):
    for reference in ("${PREVIEW_URL}", "${PREVIEW_URL:-text}"):
        for environ in ({"PREVIEW_URL": "https://preview.example.com"}, {}):
            found = fill_in(reference, environ, exposed=exposed, way=way, job_is_skipped=True)
            words = "is not listed in expose. If it may be read, add to the job: "
            assert found == (reference, (f"“PREVIEW_URL” {words}{line}",))


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", in_base64(f"x-access-token:{TOKEN}")])
def test_variable_with_a_token_of_the_forge_needs_to_be_listed_whole(value):
    options = {"holds_token": lambda text: Scrubber([Secret(TOKEN)])(text) != text}
    _, [problem] = fill_in("${OTHER}", {"OTHER": value}, exposed=["O*"], **options)
    assert "is not listed in expose by its whole name" in problem
    assert fill_in("${OTHER}", {"OTHER": value}, exposed=["OTHER"], **options) == (value, ())


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
    assert interpolation.fill_in(Text("${OTHER}"))[0].text == value
    assert interpolation.credentials == ({value} if is_hidden else set())


def test_exposed_values_are_few_enough_to_be_hidden():
    environ = {"A_TOKEN": "x" * 65_536, "B_TOKEN": "y" * 65_536, "C_TOKEN": "z"}
    interpolation = Interpolation(environ, exposed=[*environ])
    for name in environ:
        _, problems = interpolation.fill_in(Text(f"${{{name}}}", 1))
    [problem] = problems
    assert "".join(problem).startswith(
        "“C_TOKEN” is not used: there are 3 secret values of 131073 "
    )
    assert len(interpolation.credentials) == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("INNOCENT", KEY),
        ("INNOCENT", f"Bearer {KEY}"),
        ("INNOCENT", in_base64(f"x:{KEY}")),
        ("GENESIS_API_KEY", "other"),
    ],
)
def test_key_is_refused_in_every_variable(variable, value):
    problem = f"“{variable}” has the API key, which no value may contain"
    job = Reader({"api-key": Given(KEY, "api-key")}, read_file=files({}))
    for exposed in ((), [variable]):
        text = f"${{{variable}:-x}}"
        environ = {variable: value}
        found = fill_in(text, environ, holds_key=job.holds_key, exposed=exposed)
        assert found == (text, (problem,))


@pytest.mark.parametrize(
    ("path", "exposed", "line"),
    [
        ("my.env", [], "expose: my.env"),
        ("./data//my.env ", ["X"], "expose: ./data//my.env X"),
        ("variables", ["variables"], "expose: ./variables variables"),
        ("a/../my.env", ["my.env"], "expose: a/../my.env my.env"),
    ],
)
def test_file_that_is_not_listed_is_a_problem_with_the_line_to_add(path, exposed, line):
    problem = Interpolation({}, exposed, way="expose: ").file_problem(Text(path))
    assert problem
    assert "".join(problem).endswith(
        f" is not listed in expose. If it may be read, add to the job: {line}"
    )
    listed = line.split()[1]
    assert Interpolation({}, [listed]).file_problem(Text(path)) is None


def test_file_is_listed_in_any_spelling():
    for path in ("my.env", "./my.env", ".//my.env"):
        assert Interpolation({}, ["./my.env"]).file_problem(Text(path)) is None


@pytest.mark.parametrize(
    "text",
    ["${", "${}", "${a b}", "${1}", "${a${B}", "${B", "${ B }", f"${{{'N' * 101}}}", "${B:-${B}}",
     "${B-x}", "${B:=x}", "${B:?x}", "${!B}", "${#B}", "${B:-a{b}}", "${:-x}", "${ci.sha"],
)  # fmt: skip
def test_malformed_reference_is_a_problem(text):
    filled, problems = fill_in(text, {"B": "value"})
    assert problems[0].startswith("write ${NAME} or ${NAME:-text}, with a name of at most 100 ")
    assert "value" not in filled


@pytest.mark.parametrize("text", ["a ${{ secrets.KEY }}", "${{github.sha}}", "${{ '${B}' }}"])
def test_expression_of_github_is_a_problem(text):
    problem = fill_in(text, {"B": "value"})[1][0]
    assert problem.startswith("${{ … }} is replaced in GitHub's workflows, not in this file.")
    assert "${ci.sha}" in problem
    assert " env: " in problem
    assert fill_in("$${{ x }}", {}) == ("${{ x }}", ())


@pytest.mark.parametrize("environ", [{}, {"A": ""}])
@pytest.mark.parametrize("name", ["A", "ci.change"])
def test_default_replaces_what_is_empty(name, environ):
    for default in ("", "some text: $HOME", "-:-"):
        assert fill_in(f"x${{{name}:-{default}}}", environ, exposed=["A"]) == (f"x{default}", ())
    change = THE_CHANGE._replace(request="7")
    assert fill_in(f"${{{name}:-x}}", {"A": "7"}, change=change) == ("7", ())


def test_references_are_limited_in_total_size():
    interpolation = Interpolation({"BIG": "x" * 100_000}, exposed=["BIG"])
    assert interpolation.fill_in(Text("${BIG}" * 50, 1))[1] == ()
    filled, problems = interpolation.fill_in(Text("${BIG}" * 1000, 1))
    assert filled.text.count("x") == 5_000_000
    assert ["".join(one) for one in problems] == [
        "with “BIG” the values in this file have over 10 MB"
    ]


def test_other_dollars_stay():
    text = "$$${A} $${A} $A $5 {x} ${A}/x?${B:-a}"
    assert fill_in(text, {"A": "1", "B": ""}) == ("$${A} ${A} $A $5 {x} 1/x?a", ())


@pytest.mark.parametrize(("text", "private"), [("a ${B}", True), ("$${B}", False), ("$B", False)])
def test_value_with_a_reference_is_private(text, private):
    filled, _ = Interpolation({"B": "b"}, exposed=["B"]).fill_in(Text(text, 1))
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
SET_IT = ". Set it, or write ${NAME:-text}"
KNOWN = "ci.sha, ci.short_sha, ci.branch, ci.change"


@pytest.mark.parametrize(
    ("text", "change", "problem", "is_problem_of_skipped_job"),
    [
        ("ci.actor", THE_CHANGE, f"“ci.actor” {NOT_KNOWN} {KNOWN}", False),
        ("ci.head", THE_CHANGE, f"“ci.head” is not a known name. Known here: {KNOWN}", True),
        ("ci.", THE_CHANGE, f"“ci.” is not a known name. Known here: {KNOWN}", True),
        ("ci.sha", Change(), f"“ci.sha” {NOT_KNOWN} {NONE}", False),
        ("ci.head:-x", THE_CHANGE, f"“ci.head” is not a known name. Known here: {KNOWN}", True),
        ("UNSET", Change(), f"the environment variable “UNSET” is not set{SET_IT}", False),
        ("EMPTY", Change(), f"the environment variable “EMPTY” is empty{SET_IT}", False),
    ],
)
def test_unknown_name_is_a_problem(text, change, problem, is_problem_of_skipped_job):
    problem, text = problem.replace("NAME", text), f"a${{{text}}}"
    options = {"change": change, "exposed": ["UNSET", "EMPTY"]}
    assert fill_in(text, {"EMPTY": ""}, **options) == (text, (problem,))
    of_skipped_job = fill_in(text, {}, job_is_skipped=True, **options)
    assert of_skipped_job == ((text, (problem,)) if is_problem_of_skipped_job else ("a", ()))
