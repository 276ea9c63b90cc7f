"""Secrets are sent but not shown."""

from collections.abc import Mapping

import pytest

from genesis_ci.config.settings import Settings, too_much_to_hide
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb, Workflow
from genesis_ci.redaction import Secret
from tests.builders import WORKFLOW_ID, problems_in, reporting_from, settings_of
from tests.fakes import files

KEY = "gk_0123456789abcdef"
CONFIG = f"""\
version: 1
workflows:
  - name: "NAME"
    workflow-id: {WORKFLOW_ID}
    wait-for: {{url: "https://hunter22.example.com/", contains: "TEXT"}}
"""
OF_THE_JOB = {"inputs": "password: hunter22", "secret_inputs": "password"}


def parse(
    *,
    config: str | None = None,
    contents: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    **texts: str,
) -> Settings:
    """Return the settings of one workflow, or of those in a config file."""
    named = {"api-key": KEY} | ({} if config else {"workflow-id": WORKFLOW_ID})
    named |= {name.replace("_", "-"): text for name, text in texts.items()}
    return settings_of(
        {name: Given(text, name) for name, text in named.items()},
        verb=Verb.RUN,
        read_file=files({**(contents or {}), **({".genesis-ci.yml": config} if config else {})}),
        environ=environ or {},
    )


def run_of(parsed: Settings) -> Workflow:
    assert problems_in(parsed) == ()
    [run] = parsed.workflows
    return run


def test_secret_values_are_sent_but_not_shown():
    parsed = parse(
        inputs="user: ann\npassword: hunter22\nurl: https://ann:hunter22@example.com",
        secret_inputs="password",
    )
    run = run_of(parsed)
    assert run.variables["password"] == "hunter22"
    assert run.shown == {
        "user": "ann", "password": "***", "url": "https://ann:***@example.com"
    }  # fmt: skip
    assert {secret.reveal() for secret in parsed.secrets} == {KEY, "hunter22"}
    assert "hunter22" not in repr(parsed)


def test_too_long_key_is_not_a_secret():
    assert parse(api_key="k" * 10_001).secrets == ()


@pytest.mark.parametrize("name", ["report-dir", "output-block"])
def test_public_input_with_the_key_is_refused(name):
    given = {"api-key": Given(KEY, "api-key"), name: Given(f"a-{KEY}", name)}
    assert KEY not in str(reporting_from(given))
    [problem] = problems_in(parse(**{name: f"a-{KEY}"}))
    assert problem.startswith(f"{name}: it holds the API key")
    assert KEY not in problem


@pytest.mark.parametrize(
    "texts", [{"inputs": "password: 1\npassword: 2"}, {"inputs_file": "missing.yml"}]
)
def test_secret_name_is_not_unknown_if_inputs_are_malformed(texts):
    [problem] = problems_in(parse(secret_inputs="password", **texts))
    assert problem.startswith("inputs")


def test_too_short_secret_has_a_notice():
    inputs = "pin: 815\ndigit: 8\nempty: ''\nlong: 4711"
    parsed = parse(inputs=inputs, secret_inputs="pin digit empty long")
    of_digit, of_pin = parsed.notices
    assert "“digit”" in of_digit
    assert "“pin”" in of_pin
    assert "8" not in "".join(parsed.notices)
    assert run_of(parsed).shown["pin"] == "***"


def test_too_many_secrets_are_refused():
    names = [f"a{number}" for number in range(201)]
    many = "\n".join(f"{name}=value-{name}" for name in names)
    parsed = parse(inputs=many, secret_inputs=" ".join(names))
    [problem] = problems_in(parsed)
    assert problem.startswith("secret-inputs: there are 201 secret values")
    assert parsed.secrets == (Secret(KEY),)


def test_limits_of_hidden_secrets():
    most = [str(number) for number in range(200)]
    assert too_much_to_hide([]) is None
    assert too_much_to_hide([*most[1:], "x" * 65_536]) is None
    limit = "at most 200 of at most 65536 characters can be hidden; name fewer or shorter ones"
    assert (
        too_much_to_hide([*most, "more"])
        == f"there are 201 secret values, the longest of 4 characters; {limit}"
    )
    assert (
        too_much_to_hide(["x" * 65_537])
        == f"there are 1 secret values, the longest of 65537 characters; {limit}"
    )


def test_secret_is_hidden_in_the_shown_fields_of_a_workflow():
    text = "hunter22" + "x" * 58
    config = CONFIG.replace("NAME", "of hunter22").replace("TEXT", text)
    run = run_of(parse(config=config, **OF_THE_JOB))
    assert run.name == "of ***"
    assert run.wait_for
    assert run.wait_for.url == "https://hunter22.example.com/"
    assert run.wait_for.shown == "https://***.example.com/"
    assert run.wait_for.shown_text == "***" + "x" * 57 + "… [1 more characters cut]"


def test_secret_is_hidden_in_the_file_of_a_problem():
    name = f"{KEY}.env"
    [problem] = parse(inputs_file=name, contents={name: "a=1\nnonsense"}).problems
    assert problem.file == "***.env"


def test_config_file_cannot_use_secrets_of_the_job():
    config = CONFIG.replace("NAME", "${COPY}")
    [problem] = problems_in(parse(config=config, environ={"COPY": "is-hunter22"}, **OF_THE_JOB))
    assert "it holds a value that is secret here" in problem


def test_too_long_secret_is_not_searched_for():
    secret = "x" * 65_537
    [problem] = problems_in(
        parse(
            config="version: 1\nworkflows: [{execution-id: run-1, inputs: {a: '${A}'}}]",
            environ={"A": secret},
            inputs=f"b: {secret}",
            secret_inputs="b",
        )
    )
    assert problem.startswith("secret-inputs: there are 1 secret values, the longest of 65537 ")
