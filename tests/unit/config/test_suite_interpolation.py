"""The environment's texts in a file's values, and what is not given to a file."""

import pytest

from genesis_ci.config.suite import MAX_PUT_IN, Interpolation

CREDENTIALS = [
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_TOKEN",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT_V2",
    "CI_REGISTRY_PASSWORD",
    "CI_DEPLOY_PASSWORD",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
]


@pytest.mark.parametrize("variable", CREDENTIALS)
def test_a_credential_of_the_ci_is_given_to_no_file(variable):
    filled = Interpolation({variable: "hunter2"}).fill_in(f"a ${{{variable}}} b")
    assert filled.text == "a  b"
    [problem] = filled.problems
    assert problem.startswith(f"“{variable}” is a credential of the CI")


def test_the_key_is_given_to_no_file():
    [problem] = Interpolation({"GENESIS_API_KEY": "hunter2"}).fill_in("${GENESIS_API_KEY}").problems
    assert "the API key" in problem


@pytest.mark.parametrize("variable", ["TEST_TOKEN", "NO_PROXY", "CI_COMMIT_SHA", "DB_PASSWORD"])
def test_what_the_job_set_for_its_tests_is_given(variable):
    filled = Interpolation({variable: "text"}).fill_in(f"${{{variable}}}")
    assert (filled.text, filled.from_environment, filled.problems) == ("text", True, ())


def test_the_environment_does_not_fill_memory_by_being_asked_for_often():
    half = "x" * (MAX_PUT_IN // 2)
    interpolation = Interpolation({"BIG": half})
    assert interpolation.fill_in("${BIG}").problems == ()
    filled = interpolation.fill_in("${BIG}" * 1000)
    assert len(filled.text) == len(half)
    assert filled.problems == ("with “BIG” the environment gives this file over 10 MB",)
