"""Which workflows a job is about: the config file, the job's own inputs, or an earlier job."""

import pytest

from genesis_ci.config.settings import parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import EXECUTION_ID, told_by
from tests.fakes import files

from .suites import (
    ATTACHED,
    ENV,
    FILE,
    KEY,
    LAYERS,
    OTHER_ID,
    PRODUCT_EXAMPLE,
    entry,
    parse,
    run_of,
    settings,
)


def test_an_entry_beats_the_defaults_and_the_job_beats_the_entry():
    assert run_of(LAYERS).max_wait == 120
    assert run_of(LAYERS, max_wait_time="3m").max_wait == 180


def test_variables_are_merged_by_key():
    run = run_of(LAYERS, inputs="c: job")
    assert run.variables == {"a": "defaults", "b": "entry", "c": "job"}


def test_an_empty_value_counts_as_not_set():
    text = LAYERS.replace("max-wait-time: 2m", 'max-wait-time: "${EMPTY}"')
    assert run_of(text).max_wait == 60


@pytest.mark.parametrize("name", ["GENESIS_API_KEY", "INNOCENT"])
def test_the_key_is_in_nothing_that_is_shown(name):
    text = entry(f"inputs: {{a: 'x ${{{name}}}'}}").replace("smoke", f"smoke ${{{name}}}")
    parsed = parse(text, env={name: KEY})
    told = [*told_by(parsed), *(str(run) for run in parsed.workflows)]
    assert KEY not in "".join(told)
    assert told_by(parsed)


def test_a_file_that_cannot_be_read_is_the_only_problem():
    def read_file(path):
        raise ValueError("the file is not UTF-8 text")

    given = {"api-key": Given(KEY, "api-key")}
    [problem] = told_by(parse_settings(given, verb=Verb.RUN, read_file=read_file))
    assert "the file is not UTF-8 text" in problem


def test_secret_values_of_every_workflow_are_hidden_from_all():
    text = entry("inputs: {pw: 'hunter2!', url: 'x?hunter2!'}", "secret-inputs: pw")
    parsed = parse(
        text + f"  - name: b\n    workflow-id: {OTHER_ID}\n    inputs: {{n: 'hunter2!'}}\n"
    )
    first, second = settings(parsed).workflows
    assert first.shown == {"pw": "***", "url": "x?***"}
    assert second.shown == {"n": "***"}
    assert second.variables == {"n": "hunter2!"}


def test_a_secret_name_in_defaults_has_to_be_known_to_one_workflow_only():
    head = "version: 1\ndefaults: {secret-inputs: pw}\nworkflows:\n"
    text = entry("inputs: {pw: x}", head=head) + f"  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    assert "is not a name in inputs" in told_by(parse(entry(head=head)))[0]


def test_the_default_file_is_read_only_when_nothing_else_says_what_to_run():
    for other in ({"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}):
        [run] = settings(parse(PRODUCT_EXAMPLE, **other)).workflows
        assert run.name is None


@pytest.mark.parametrize("rival", [{"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}])
def test_a_config_that_was_asked_for_stands_alone(rival):
    [told] = told_by(parse(PRODUCT_EXAMPLE, config=".genesis-ci.yml", **rival))
    assert told.startswith(f"config: {next(iter(rival)).replace('_', '-')} is set too")


def test_a_config_that_was_asked_for_has_to_exist():
    [told] = told_by(parse(PRODUCT_EXAMPLE, config="other.yml"))
    assert told.startswith("config: there is no such file. Write ")


def test_a_config_may_have_any_name():
    parsed = parse("", config="ci/gate.yml", more_files={"ci/gate.yml": PRODUCT_EXAMPLE})
    assert len(settings(parsed).workflows) == 2


def test_a_default_file_that_cannot_be_read_is_a_problem():
    def read(path: str) -> str:
        raise OSError(40, "Too many levels of symbolic links")

    parsed = parse_settings({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=read)
    assert "Too many levels" in told_by(parsed)[0]


def test_without_a_file_the_missing_workflow_is_told():
    parsed = parse_settings({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=files({}))
    assert "there is no .genesis-ci.yml" in told_by(parsed)[0]


def test_without_a_key_that_may_be_missing_undefined_names_do_not_matter():
    assert settings(parse(PRODUCT_EXAMPLE, env={}, api_key="", missing_key="skip")).api_key is None
    assert told_by(parse(PRODUCT_EXAMPLE, env={}))


def test_an_entry_can_attach():
    [run] = settings(parse(ATTACHED, verb=Verb.WAIT, env={"RUN": EXECUTION_ID})).workflows
    assert (run.name, run.execution_id, run.workflow_id) == ("a", EXECUTION_ID, None)


@pytest.mark.parametrize(
    ("verb", "text", "problem"),
    [
        (Verb.TRIGGER, ATTACHED, "trigger starts a new one"),
        (Verb.WAIT, PRODUCT_EXAMPLE, "wait never triggers"),
        (Verb.RUN, ATTACHED + "defaults: {wait: false}\n", "leaves nothing to do"),
        (Verb.RUN, ATTACHED.replace("${RUN}", "a,b"), "an entry attaches to one run"),
    ],
)
def test_each_verb_asks_for_what_it_needs(verb, text, problem):
    problems = told_by(parse(text, verb=verb, env={**ENV, "RUN": EXECUTION_ID}))
    assert problem in problems[0]
    assert problems[0].startswith(FILE)


def test_check_reads_the_file_too():
    assert len(settings(parse(PRODUCT_EXAMPLE, verb=Verb.CHECK)).workflows) == 2
    assert told_by(parse(entry("colour: red"), verb=Verb.CHECK))


def test_a_credential_needs_the_jobs_word_and_is_hidden_then():
    text = entry("inputs: {token: '${E2E_TOKEN}', url: 'x?${E2E_TOKEN}'}")
    env = {"E2E_TOKEN": "hunter2-and-a-half"}
    problems = told_by(parse(text, env=env))
    assert problems[0].startswith(f"{FILE}:5: token: “E2E_TOKEN” is not put in")
    run = run_of(text, env=env, expose="OTHER E2E_TOKEN")
    assert run.variables["token"] == "hunter2-and-a-half"
    assert run.shown == {"token": "***", "url": "x?***"}


def test_what_is_malformed_in_defaults_is_told_also_where_an_entry_wins():
    [told] = told_by(parse(LAYERS.replace("max-wait-time: 1m", "max-wait-time: soon")))
    assert told.startswith(f"{FILE}:3: max-wait-time: “soon” is not a duration")
