"""Secrets are sent but not shown, also if they are in a wrong input."""

from typing import Any

import pytest

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import Given
from genesis_ci.redaction import too_much_to_hide
from tests.builders import problems_in, reporting_from
from tests.unit.config.configs import KEY, OTHER_ID, entry, parse, run_of, workflows

OF_THE_JOB = {"inputs": "password: hunter22", "secret_inputs": "password"}


def problem_with(*config: str, **given: Any) -> str:
    [problem] = problems_in(parse(*config, **given))
    return problem


def test_secret_values_are_sent_but_not_shown():
    """A secret of one workflow is hidden in every workflow."""
    inputs = "inputs: {user: ann, password: hunter22, url: https://ann:hunter22@example.com}"
    other = f"  - {{name: b, workflow-id: {OTHER_ID}, inputs: {{n: hunter22}}}}\n"
    parsed = parse(entry(inputs, "secret-inputs: password") + other)
    first, second = workflows(parsed)
    assert (first.variables["password"], second.variables) == ("hunter22", {"n": "hunter22"})
    assert first.shown == {
        "user": "ann", "password": "***", "url": "https://ann:***@example.com"
    }  # fmt: skip
    assert second.shown == {"n": "***"}
    assert set(parsed.scrub.values) == {KEY, "hunter22"}
    assert "hunter22" not in repr(parsed)


@pytest.mark.parametrize("name", ["report-dir", "output-block"])
def test_public_input_with_the_key_is_not_used(name):
    given = {"api-key": Given(KEY, "api-key"), name: Given(f"a-{KEY}", name)}
    assert KEY not in str(reporting_from(given))


def test_secret_name_in_defaults_needs_one_workflow():
    head = "version: 1\ndefaults: {secret-inputs: pw}\nworkflows:\n"
    text = entry("inputs: {pw: x}", head=head) + f"  - workflow-id: {OTHER_ID}\n"
    assert len(workflows(parse(text))) == 2
    assert "is not a name in inputs" in problem_with(entry(head=head))


def test_hidden_secrets_are_limited_in_number_and_length():
    most = ["x" * 65_536, "y" * 64_744, *(f"{number:04}" for number in range(198))]
    assert too_much_to_hide([]) is None
    assert too_much_to_hide(most) is None
    limit = "at most 200 of 131072 characters, each of at most 65536, can be hidden"
    for secrets, longest in (
        ([*most[2:], "one", "two", "more"], 4),
        (["x" * 65_537], 65_537),
        ([*most[:1], *most[:1], "x"], 65_536),
    ):
        count = f"there are {len(secrets)} secret values of {sum(map(len, secrets))} characters"
        words = f"{count}, the longest of {longest}; {limit}; name fewer or shorter ones"
        assert too_much_to_hide(secrets) == words


def test_too_many_or_too_long_secrets_are_refused():
    names = [f"a{number}" for number in range(201)]
    many = {"inputs": "\n".join(f"{name}=value-{name}" for name in names)}
    parsed = parse(secret_inputs=" ".join(names), **many)
    assert problems_in(parsed)[0].startswith("secret-inputs: there are 201 secret values")
    assert parsed.scrub.values == (KEY,)
    assert parse(api_key="k" * 10_001).scrub.values == ()


def test_secret_is_hidden_in_the_shown_fields_of_a_workflow():
    text = "hunter22" + "x" * 58
    waits = f"wait-for: {{url: 'https://hunter22.example.com/', contains: {text}}}"
    run = run_of(entry(waits).replace("smoke", "of hunter22"), **OF_THE_JOB)
    assert run.name == "of ***"
    assert run.wait_for
    assert run.wait_for.url == "https://hunter22.example.com/"
    assert run.wait_for.shown == "https://***.example.com/"
    assert run.wait_for.shown_text == "***" + "x" * 57 + "… [1 more characters cut]"


def test_exposed_credential_is_sent_and_hidden():
    text = entry("inputs: {token: '${E2E_TOKEN}', url: 'x?${E2E_TOKEN}', pin: '${TEST_PASS}'}")
    environ = {"E2E_TOKEN": "hunter2-and-a-half", "TEST_PASS": "815"}
    run = run_of(text, environ=environ, expose="TEST_PASS E2E_TOKEN")
    assert run.variables["token"] == "hunter2-and-a-half"
    assert run.shown == {"token": "***", "url": "x?***", "pin": "***"}


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "github-token"])
def test_token_of_the_forge_in_a_plain_variable_is_listed_whole_and_hidden(name):
    token, text = "ghs_0123456789abcdefghij", entry("inputs: {a: 'x ${PLAIN}'}")
    given: dict[str, Any] = {"environ": {"PLAIN": token}}
    (given if name in BY_NAME else given["environ"])[name] = token
    assert "is not listed in expose by its whole name" in problem_with(text, expose="PL*", **given)
    run = run_of(text, expose="PLAIN", **given)
    assert (run.variables, run.shown) == ({"a": f"x {token}"}, {"a": "x ***"})


def test_variables_that_only_together_look_like_the_key_are_accepted():
    assert run_of(inputs=f"a: {KEY[:9]}\nb: {KEY[9:]}").variables["b"] == KEY[9:]


def test_secret_is_hidden_in_the_file_of_a_problem():
    name = f"{KEY}.env"
    [problem] = parse(inputs_file=name, contents={name: "a=1\nnonsense"}).problems
    assert problem.file == "***.env"
