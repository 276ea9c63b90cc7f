"""Which workflows a job runs: those of its config file, its inputs, or an earlier job."""

from dataclasses import replace
from typing import Any

import pytest

from genesis_ci import result
from genesis_ci.config.sources import Given
from genesis_ci.config.variables import MAX_PAYLOAD
from genesis_ci.models import Verb, Verdict, WorkflowReport
from tests.builders import (
    EXECUTION_ID,
    WORKFLOW_ID,
    a_report,
    a_run_report,
    problems_in,
    settings_of,
)
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


def test_entry_overrides_defaults_and_job_overrides_entry():
    assert run_of(LAYERS).max_wait == 120
    assert run_of(LAYERS, max_wait_time="3m").max_wait == 180


def test_variables_are_merged_by_key():
    run = run_of(LAYERS, inputs="c: job")
    assert run.variables == {"a": "defaults", "b": "entry", "c": "job"}


@pytest.mark.parametrize("name", ["GENESIS_API_KEY", "INNOCENT"])
def test_key_is_never_shown(name):
    text = entry(f"inputs: {{a: 'x ${{{name}}}'}}").replace("smoke", f"smoke ${{{name}}}")
    parsed = parse(text, env={name: KEY})
    shown = [*problems_in(parsed), *(str(run) for run in parsed.workflows)]
    assert KEY not in "".join(shown)
    assert problems_in(parsed)


def test_secret_values_of_every_workflow_are_hidden_from_all():
    text = entry("inputs: {pw: 'hunter2!', url: 'x?hunter2!'}", "secret-inputs: pw")
    parsed = parse(
        text + f"  - name: b\n    workflow-id: {OTHER_ID}\n    inputs: {{n: 'hunter2!'}}\n"
    )
    first, second = settings(parsed).workflows
    assert first.shown == {"pw": "***", "url": "x?***"}
    assert second.shown == {"n": "***"}
    assert second.variables == {"n": "hunter2!"}


def test_secret_name_in_defaults_needs_one_workflow():
    head = "version: 1\ndefaults: {secret-inputs: pw}\nworkflows:\n"
    text = entry("inputs: {pw: x}", head=head) + f"  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    assert "is not a name in inputs" in problems_in(parse(entry(head=head)))[0]


def test_default_file_is_not_read_with_an_id():
    for other in ({"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}):
        [run] = settings(parse(PRODUCT_EXAMPLE, **other)).workflows
        assert run.name is None


@pytest.mark.parametrize("rival", [{"workflow_id": OTHER_ID}, {"execution_id": EXECUTION_ID}])
def test_config_with_an_id_is_refused(rival):
    name = next(iter(rival)).replace("_", "-")
    assert problems_in(parse(PRODUCT_EXAMPLE, config=".genesis-ci.yml", **rival)) == (
        f"config: {name} is set too, and both say what to run; drop one.",
    )


def test_missing_config_is_refused():
    assert problems_in(parse(PRODUCT_EXAMPLE, config="other.yml")) == (
        "config: there is no file “other.yml”. Write the path of a file in the workspace.",
    )


def test_unreadable_default_file_is_a_problem():
    def read(path: str) -> str:
        raise OSError(40, "Too many levels of symbolic links")

    parsed = settings_of({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=read)
    [problem] = problems_in(parsed)
    assert problem.startswith(
        f"config: “{FILE}” cannot be read: Too many levels of symbolic links."
    )


def test_missing_workflow_is_reported_without_a_file():
    parsed = settings_of({"api-key": Given(KEY, "x")}, verb=Verb.RUN, read_file=files({}))
    assert "there is no .genesis-ci.yml" in problems_in(parsed)[0]


def test_skipped_job_ignores_unset_variables():
    assert settings(parse(PRODUCT_EXAMPLE, env={}, api_key="", missing_key="skip")).api_key is None
    assert problems_in(parse(PRODUCT_EXAMPLE, env={}))


def test_entry_can_attach():
    [run] = settings(parse(ATTACHED, verb=Verb.WAIT, env={"RUN": EXECUTION_ID})).workflows
    assert (run.name, run.execution_id, run.workflow_id) == ("a", EXECUTION_ID, None)


WITH_ALL = "inputs: {user: annabelle}, wait-for: 'https://preview.example.com'"


def test_attachment_has_no_variables():
    text = ATTACHED.replace("'${RUN}'", f"run-1, {WITH_ALL}")
    [listed] = settings(parse(text, verb=Verb.WAIT)).workflows
    alone = {"inputs": "user: annabelle", "wait_for": "https://preview.example.com"}
    [given] = settings(parse("", verb=Verb.WAIT, execution_id="run-1", **alone)).workflows
    for run in (listed, given):
        assert (run.execution_id, run.variables, run.wait_for) == ("run-1", {}, None)


def test_malformed_execution_id_is_not_missing():
    [problem] = problems_in(parse(ATTACHED, env={"RUN": ".."}))
    assert problem.startswith(f"{FILE}:3: execution-id: ")


def test_skipped_job_ignores_missing_ids():
    text = ATTACHED.replace("execution-id", "workflow-id")
    assert problems_in(parse(text, env={"RUN": ""})) != ()
    assert problems_in(parse(text, env={"RUN": ""}, api_key="", missing_key="skip")) == ()


@pytest.mark.parametrize(
    ("verb", "text", "problem"),
    [
        (Verb.TRIGGER, ATTACHED, "trigger starts a new one"),
        (Verb.WAIT, PRODUCT_EXAMPLE, "wait never triggers"),
        (Verb.RUN, ATTACHED + "defaults: {wait: false}\n", "leaves nothing to do"),
        (Verb.RUN, ATTACHED.replace("${RUN}", "a,b"), "an entry attaches to one run"),
    ],
)
def test_missing_or_contradicting_ids_are_reported(verb, text, problem):
    problems = problems_in(parse(text, verb=verb, env={**ENV, "RUN": EXECUTION_ID}))
    assert problem in problems[0]
    assert problems[0].startswith(FILE)


def test_exposed_credential_is_sent_and_hidden():
    text = entry("inputs: {token: '${E2E_TOKEN}', url: 'x?${E2E_TOKEN}'}")
    env = {"E2E_TOKEN": "hunter2-and-a-half"}
    problems = problems_in(parse(text, env=env))
    assert problems[0].startswith(f"{FILE}:5: token: “E2E_TOKEN” is not put in")
    run = run_of(text, env=env, expose="OTHER E2E_TOKEN")
    assert run.variables["token"] == "hunter2-and-a-half"
    assert run.shown == {"token": "***", "url": "x?***"}


def test_execution_id_with_failed_from_is_refused():
    words = "failed-from: execution-id attaches to runs, and failed-from says "
    [problem] = problems_in(parse("", execution_id="run-1", failed_from="result.json"))
    assert problem.startswith(words)
    [malformed, problem] = problems_in(parse("", execution_id="..", failed_from="result.json"))
    assert malformed.startswith("execution-id: “..” is not an execution id")
    assert problem.startswith(words)


@pytest.mark.parametrize(("more", "problems"), [(0, 0), (1, 1)])
def test_variables_of_all_sources_have_a_total_limit(more, problems):
    frame = len('{"a":""}')
    given = [
        {"inputs": Given("a=" + "x" * (size - frame), "x")}
        for size in (MAX_PAYLOAD - 100, 100 + more)
    ]
    job = {"api-key": Given(KEY, "x"), "workflow-id": Given(WORKFLOW_ID, "x")}
    texts = problems_in(settings_of(job, *given, verb=Verb.RUN, read_file=files({})))
    assert len(texts) == problems
    assert all("they make 10000001 bytes" in problem for problem in texts)


def earlier_job(*workflows: WorkflowReport) -> dict[str, str]:
    return {"result.json": result.render(a_run_report(*workflows))}


def triggered(name: str, **fields: Any) -> WorkflowReport:
    return a_report(Verdict.TRIGGERED, name=name, execution_id=f"run-{name}", **fields)


def test_unlisted_run_can_have_another_workflow():
    before = earlier_job(triggered("smoke"), triggered("new", workflow_id=OTHER_ID))
    text = f"version: 1\ndefaults: {{workflow-id: {WORKFLOW_ID}}}\nworkflows: [{{name: smoke}}]\n"
    [smoke, new] = settings(
        parse(text, verb=Verb.WAIT, attach_from="result.json", more_files=before)
    ).workflows
    assert (smoke.execution_id, smoke.workflow_id) == ("run-smoke", WORKFLOW_ID)
    assert (new.execution_id, new.workflow_id) == ("run-new", OTHER_ID)


def test_earlier_outcome_is_kept_without_a_config_file():
    before = earlier_job(triggered("smoke"), a_report(Verdict.NOT_RUN, name="late"))
    parsed = settings_of(
        {"api-key": Given(KEY, "x")},
        verb=Verb.WAIT,
        read_file=files(before),
        attach_from="result.json",
    )
    smoke, late = settings(parsed).workflows
    assert smoke.ended is None
    assert late.ended
    assert not late.ended.green


def test_earlier_job_of_another_server_is_refused():
    report = replace(a_run_report(triggered("smoke")), api_url="https://other.example.com")
    before = {"result.json": result.render(report)}
    problems = problems_in(
        parse(entry(), verb=Verb.WAIT, attach_from="result.json", more_files=before)
    )
    assert problems[0].startswith(
        "--from: its runs belong to another server than api-url. Name the "
    )


def test_repeated_name_is_reported_with_both_lines():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    [problem] = problems_in(parse(text))
    assert problem.startswith(
        f"{FILE}:11: this name is at {FILE}:6 too. Give each entry its own name"
    )


def test_unnamed_entries_of_one_workflow_need_names():
    text = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n  - workflow-id: {OTHER_ID}\n"
    assert len(settings(parse(text)).workflows) == 2
    [problem] = problems_in(parse(text.replace(OTHER_ID, WORKFLOW_ID)))
    assert problem.startswith(
        f"{FILE}:4: this workflow, without a name, is at {FILE}:3 too. Give each entry its own name"
    )


def test_repeated_name_is_reported_after_an_entry_without_ids():
    text = PRODUCT_EXAMPLE.replace("exploratory charter", "checkout smoke")
    problems = problems_in(
        parse(text.replace("workflows:\n", "workflows:\n  - {required: true}\n"))
    )
    assert problems[0].startswith(f"{FILE}:6: the entry has neither workflow-id nor execution-id")
    assert problems[1].startswith(f"{FILE}:12: this name is at {FILE}:7 too")


def test_different_policies_for_one_workflow_are_reported():
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID)
    [problem] = problems_in(parse(text))
    assert problem.startswith(
        f"{FILE}:11: concurrency-policy: the same workflow has another one at {FILE}:6"
    )


def test_attached_run_has_no_policy_to_compare():
    attached = f"workflows:\n  - {{name: a, execution-id: {EXECUTION_ID}}}"
    text = PRODUCT_EXAMPLE.replace(OTHER_ID, WORKFLOW_ID).replace("workflows:", attached)
    [problem] = problems_in(parse(text))
    assert problem.startswith(
        f"{FILE}:12: concurrency-policy: the same workflow has another one at "
    )


def cancel_previous(first: str = "", second: str = "") -> str:
    turn = f"{{name: %s, workflow-id: {WORKFLOW_ID}, concurrency-policy: cancel-previous%s}}"
    return f"version: 1\nworkflows:\n  - {turn % ('a', first)}\n  - {turn % ('b', second)}\n"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (cancel_previous(), Verb.TRIGGER),
        (cancel_previous(", wait: false"), Verb.RUN),
        (cancel_previous("", ", wait: false"), Verb.RUN),
        (cancel_previous(", wait: false", ", wait: false"), Verb.RUN),
    ],
)
def test_cancel_previous_entries_have_to_wait(text, verb):
    [problem] = problems_in(parse(text, verb=verb))
    assert problem.startswith(f"{FILE}:4: both run workflow {WORKFLOW_ID}, whose ")
    assert "without waiting none can take its turn" in problem
    assert problem.endswith(f"Wait for both ({FILE}:3), or drop one.")


def test_waiting_cancel_previous_entries_are_accepted():
    assert len(settings(parse(cancel_previous())).workflows) == 2


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_repeated_run_is_reported_with_both_lines(spelling):
    text = f"{ATTACHED}  - {{name: b, execution-id: '${{RUN}}'}}\n"
    [problem] = problems_in(parse(text, verb=Verb.WAIT, env={"RUN": spelling}))
    assert problem.startswith(f"{FILE}:4: this run is at {FILE}:3 too. Name each run once")


def test_repeated_run_is_reported_after_a_triggered_entry():
    runs = "".join(f"  - {{name: {name}, execution-id: run-1}}\n" for name in "ab")
    text = f"version: 1\nworkflows:\n  - {{name: c, workflow-id: {WORKFLOW_ID}}}\n{runs}"
    [problem] = problems_in(parse(text))
    assert problem.startswith(f"{FILE}:5: this run is at {FILE}:4 too")
