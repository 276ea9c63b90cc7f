"""`wait --from result.json`: strict reading, names kept, nothing lost."""

import json
from datetime import UTC, datetime

import pytest

from genesis_ci.config.previous_job import (
    MAX_SIZE,
    EarlierRun,
    ResultError,
    assigned,
    change_of,
    read_job,
)
from genesis_ci.config.settings import Parsed, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.suite import MAX_WORKFLOWS
from genesis_ci.models import (
    EXIT_CODES,
    Change,
    OnReview,
    OnState,
    Outcome,
    RunReport,
    Verb,
    Verdict,
    Workflow,
)
from genesis_ci.reporters import result
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, told_by
from tests.fakes import files

KEY = "gk_0123456789abcdef"
API_URL = "https://genesis.autify.com"
OTHER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PATH = "genesis-results/result.json"
CONFIG = f"""\
version: 1
defaults: {{max-wait-time: 3m, workflow-id: {WORKFLOW_ID}}}
workflows:
  - name: smoke
    on-review-pending: pass
  - name: other
"""
NAMELESS = f"""\
version: 1
workflows:
  - workflow-id: {API_URL}/api/workflows/{WORKFLOW_ID}/trigger
    on-review-pending: pass
"""


def result_json(*workflows, **fields) -> str:
    outcome = Outcome(verdict=Verdict.TRIGGERED, exit_code=0, message="x")
    report = RunReport(
        outcome=outcome,
        workflows=workflows,
        started_at=datetime(2026, 3, 16, tzinfo=UTC),
        api_url=API_URL,
    )
    return json.dumps(json.loads(result.render(report)) | fields)


def a_triggered(name: str = "smoke", execution_id: str | None = EXECUTION_ID, **fields):
    return a_report(Verdict.TRIGGERED, name=name, execution_id=execution_id, **fields)


def parse(text: str | None, *, config: str | None = None, **texts: str) -> Parsed:
    given = {PATH: text, ".genesis-ci.yml": config}
    contents = {path: found for path, found in given.items() if found is not None}
    named = {"api-key": KEY, **{key.replace("_", "-"): value for key, value in texts.items()}}
    return parse_settings(
        {name: Given(value, f"GENESIS_{name}") for name, value in named.items()},
        verb=Verb.WAIT,
        read_file=files(contents),
        attach_from=PATH,
    )


def runs(parsed: Parsed):
    assert told_by(parsed) == ()
    return parsed.workflows


def test_the_runs_of_the_earlier_job_are_attached_to_by_name():
    smoke, charter = runs(
        parse(result_json(a_triggered(), a_triggered("charter", "run-2", required=False)))
    )
    assert (smoke.name, smoke.execution_id, smoke.policy.required) == ("smoke", EXECUTION_ID, True)
    assert (charter.name, charter.execution_id) == ("charter", "run-2")
    assert (charter.policy.required, charter.wait) == (True, True)


def test_what_an_earlier_file_calls_not_required_counts_and_says_so():
    parsed = parse(result_json(a_triggered(), a_triggered("charter", "run-2", required=False)))
    assert parsed.workflows[1].policy.required
    [notice] = parsed.notices
    assert "“charter” counts as required" in notice


def test_what_the_config_says_of_a_workflow_still_holds():
    parsed = parse(result_json(a_triggered(), a_triggered("new", "run-2")), config=CONFIG)
    smoke, other, new = runs(parsed)
    assert smoke.policy.on_review_pending is OnReview.PASS
    assert new.policy.on_review_pending is OnReview.FAIL
    assert smoke.max_wait == new.max_wait == 180
    assert smoke.workflow_id == WORKFLOW_ID
    assert other.ended
    assert "“new” is not in the config file; it is watched too." in parsed.notices[0]


def test_an_execution_id_beside_it_is_a_problem():
    [told] = told_by(parse(result_json(a_triggered()), execution_id="old-1"))
    assert told == "--from and execution-id both say what to attach to. Drop one."


OPTIONAL = f"""\
version: 1
workflows:
  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}
  - {{name: charter, workflow-id: {OTHER_ID}, required: false}}
"""


def smoke_and_charter(smoke: dict, charter: dict) -> str:
    return result_json(
        a_triggered("smoke", **smoke),
        a_triggered("charter", **{"execution_id": "run-2", **charter}),
    )


def test_what_is_required_the_config_file_says_alone():
    text = smoke_and_charter({"required": False}, {"required": True})
    smoke, charter = runs(parse(text, config=OPTIONAL))
    assert (smoke.policy.required, charter.policy.required) == (True, False)
    assert (smoke.workflow_id, charter.workflow_id) == (WORKFLOW_ID, OTHER_ID)


def test_a_workflow_that_the_config_file_lists_and_the_earlier_file_lacks_is_red():
    [smoke, charter] = runs(
        parse(result_json(a_triggered("charter", workflow_id=OTHER_ID)), config=OPTIONAL)
    )
    assert smoke.ended
    assert not smoke.ended.green
    assert "has no run of this workflow" in smoke.ended.message
    assert charter.execution_id == EXECUTION_ID


def test_a_run_of_another_workflow_counts_for_none_that_the_config_file_lists():
    smoke, charter, extra = runs(
        parse(smoke_and_charter({"workflow_id": OTHER_ID}, {}), config=OPTIONAL)
    )
    assert smoke.ended
    assert charter.execution_id == "run-2"
    assert (extra.execution_id, extra.workflow_id, extra.policy.required) == (
        EXECUTION_ID, OTHER_ID, True
    )  # fmt: skip


@pytest.mark.parametrize(
    "second", [EXECUTION_ID, EXECUTION_ID.upper(), EXECUTION_ID.replace("-", "")]
)
@pytest.mark.parametrize("config", [None, OPTIONAL])
def test_one_run_counts_for_one_workflow_only(second, config):
    [told] = told_by(parse(smoke_and_charter({}, {"execution_id": second}), config=config))
    assert "it names one run for two workflows" in told


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_a_run_that_the_config_file_names_is_not_another_workflows_too(spelling):
    attached = f"  - {{name: a, execution-id: {spelling}}}\n"
    smoke = f"  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}\n"
    parsed = parse(
        result_json(a_triggered(workflow_id=WORKFLOW_ID)),
        config=f"version: 1\nworkflows:\n{smoke}{attached}",
    )
    [told] = told_by(parsed)
    assert told.startswith(".genesis-ci.yml:4: this run stands at .genesis-ci.yml:3 already")


def test_an_entry_that_names_a_run_takes_that_one_in_any_spelling_and_no_other():
    def run(execution_id: str | None) -> EarlierRun:
        return EarlierRun(
            name="smoke",
            workflow_id=None,
            execution_id=execution_id,
            required=True,
            verdict=Verdict.TRIGGERED,
            ended=None,
        )

    entry = Workflow(name="smoke", execution_id=EXECUTION_ID)
    none, other = run(None), run("run-2")
    own = run(EXECUTION_ID.upper().replace("-", ""))
    assert assigned([entry], [none, other, own]) == ({0: own}, (none, other))
    assert assigned([entry], [none, other]) == ({}, (none, other))


def test_a_workflow_with_a_name_chooses_before_one_without():
    def run(name: str, execution_id: str) -> EarlierRun:
        return EarlierRun(
            name=name,
            workflow_id=WORKFLOW_ID,
            execution_id=execution_id,
            required=True,
            verdict=Verdict.TRIGGERED,
            ended=None,
        )

    nameless = Workflow(workflow_id=WORKFLOW_ID)
    named = Workflow(name="smoke", workflow_id=WORKFLOW_ID)
    smoke, other = run("smoke", "run-1"), run("of Genesis", "run-2")
    assert assigned([nameless, named], [smoke, other]) == ({1: smoke, 0: other}, ())


CHANGE = {
    "sha": "a" * 40,
    "branch": "topic",
    "base_branch": "main",
    "change": "7",
    "repository": "o/r",
    "actor": "annabelle",
}


def test_the_change_that_was_tested_is_told_as_a_whole():
    told = change_of(files({PATH: json.dumps({"change": CHANGE})}), PATH)
    assert told == Change(
        sha="a" * 40,
        branch="topic",
        base_branch="main",
        request="7",
        repository="o/r",
        actor="annabelle",
    )


def test_what_is_not_told_of_the_change_is_not_known_and_long_names_are_cut():
    told = change_of(files({PATH: json.dumps({"change": {"sha": "b" * 64, "actor": 7}})}), PATH)
    assert told == Change(sha="b" * 64)
    long = {**CHANGE, "branch": "x" * 301}
    cut = change_of(files({PATH: json.dumps({"change": long})}), PATH)
    assert cut
    assert cut.branch == f"{'x' * 300}… [1 more characters cut]"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"change": []}', '{"change": {}}', '{"change": {"sha": "HEAD"}}', "\ud800"],
)
def test_a_file_without_a_commit_tells_of_no_change(text):
    assert change_of(files({PATH: text}), PATH) is None
    assert change_of(files({}), PATH) is None


def test_a_file_of_sixteen_million_characters_is_read_and_no_longer_one():
    text = result_json(a_triggered())
    most = text + " " * (MAX_SIZE - len(text))
    [run] = read_job(files({PATH: most}), PATH, api_url=API_URL).runs
    assert run.execution_id == EXECUTION_ID
    with pytest.raises(ResultError, match="it has over 16 million characters"):
        read_job(files({PATH: most + " "}), PATH, api_url=API_URL)


def test_a_file_of_a_job_that_knew_no_server_is_read():
    text = result_json(a_triggered(), api_url="")
    assert read_job(files({PATH: text}), PATH, api_url=API_URL).runs


def test_the_earlier_files_workflow_is_compared_with_the_jobs():
    text = result_json(a_triggered(workflow_id=OTHER_ID))
    assert runs(parse(text))[0].workflow_id == OTHER_ID
    assert runs(parse(text, workflow_id=OTHER_ID, config=OPTIONAL))[0].workflow_id == OTHER_ID
    [told] = told_by(parse(text, workflow_id=WORKFLOW_ID))
    assert told.startswith(f"{PATH}: ")
    assert f"its run of {OTHER_ID} is none of workflow-id" in told


WITH_MORE = f"""\
version: 1
workflows:
  - workflow-id: {WORKFLOW_ID}
    inputs: {{user: annabelle}}
    wait-for: https://preview.example.com
  - {{name: kept, execution-id: run-9}}
"""


def test_what_the_config_file_lists_is_attached_to_and_starts_with_nothing():
    earlier = result_json(a_triggered("of Genesis", workflow_id=WORKFLOW_ID))
    attached, kept = runs(parse(earlier, config=WITH_MORE))
    assert (attached.name, attached.execution_id) == ("of Genesis", EXECUTION_ID)
    assert (attached.variables, attached.wait_for, attached.ended) == ({}, None, None)
    assert (kept.execution_id, kept.ended) == ("run-9", None)


def test_what_the_config_file_lists_and_had_no_run_stays_as_it_ended():
    earlier = result_json(
        a_triggered("of Genesis", None, workflow_id=WORKFLOW_ID), a_triggered("more", "run-3")
    )
    ended, *_ = runs(parse(earlier, config=WITH_MORE))
    assert ended.execution_id is None
    assert ended.ended
    assert ended.ended.verdict is Verdict.LOST_CONTACT


def test_what_only_the_earlier_job_knows_starts_with_nothing_either():
    earlier = result_json(a_triggered("new", "run-2"))
    [run] = runs(parse(earlier, inputs="user: annabelle", wait_for="https://p.example.com"))
    assert (run.variables, run.wait_for, run.ended) == ({}, None, None)


def test_how_many_may_run_at_once_the_config_file_says_for_attached_runs_too():
    config = CONFIG.replace("version: 1\n", "version: 1\nmax-parallel: 3\n")
    parsed = parse(result_json(a_triggered()), config=config)
    assert parsed.settings
    assert parsed.settings.plan.max_parallel == 3


def test_the_policies_of_a_nameless_entry_hold_for_the_run_of_its_workflow():
    named_by_genesis = a_triggered("Checkout", workflow_id=WORKFLOW_ID)
    [run] = runs(parse(result_json(named_by_genesis), config=NAMELESS))
    assert run.policy.on_review_pending is OnReview.PASS


def test_a_name_that_two_workflows_share_lends_no_policy_to_the_other():
    """A run without a name goes by its workflow's in Genesis, and another entry has that name."""
    other = WORKFLOW_ID.replace("6f", "7f")
    config = f"""\
version: 1
workflows:
  - name: checkout
    workflow-id: {WORKFLOW_ID}
    on-cancelled: pass
  - workflow-id: {other}
"""
    named, nameless = (
        a_triggered("checkout", one, workflow_id=one) for one in (WORKFLOW_ID, other)
    )
    first, second = runs(parse(result_json(named, nameless), config=config))
    assert first.policy.on_cancelled is OnState.PASS
    assert second.policy.on_cancelled is OnState.FAIL


def test_a_job_that_is_skipped_for_want_of_a_key_needs_no_earlier_result():
    for text in (None, result_json(a_report())):
        parsed = parse(text, api_key="", missing_key="skip")
        assert (told_by(parsed), parsed.workflows) == ((), ())


@pytest.mark.parametrize("config", [None, NAMELESS], ids=["no config file", "a nameless entry"])
def test_an_id_in_the_place_of_a_name_is_no_name(config):
    triggered = a_triggered(WORKFLOW_ID, workflow_id=WORKFLOW_ID)
    [run] = runs(parse(result_json(triggered), config=config))
    assert (run.name, run.execution_id) == (None, EXECUTION_ID)


def test_runs_of_one_name_are_all_kept():
    assert len(runs(parse(result_json(a_triggered(), a_triggered("smoke", "run-2"))))) == 2


@pytest.mark.parametrize("verdict", Verdict)
def test_a_workflow_without_a_run_keeps_what_it_came_to_and_never_turns_green(verdict):
    lost = a_report(verdict, EXIT_CODES[verdict], name="lost")
    [_, run] = runs(parse(result_json(a_triggered(), lost)))
    assert run.execution_id is None
    assert run.ended
    assert not run.ended.green
    assert "no run to attach to" in run.ended.message


BAD = {
    "not JSON": ("{", "not valid JSON"),
    "a list": ("[]", "not an object"),
    "a key twice": ('{"tool": 1, "tool": 2}', "not valid JSON"),
    "another tool": (result_json(a_triggered(), tool="x"), "not a result.json of this version"),
    "another version": (result_json(a_triggered(), schema=2), "not a result.json of this version"),
    "another kind of version": (result_json(a_triggered(), schema=True), "not a result.json of"),
    "a list of servers": (result_json(a_triggered(), api_url=[API_URL]), "another server"),
    "another server": (result_json(a_triggered(), api_url="https://x"), "another server"),
    "no workflows": (result_json(workflows=None), "missing or too long"),
    "too many": (result_json(workflows=[{}] * (MAX_WORKFLOWS + 1)), "missing or too long"),
    "nothing to attach to": (result_json(a_report()), "no run to attach to"),
    "no name": (result_json(workflows=[{"required": True}]), "workflow 1 has no name"),
    "a bad workflow": (
        result_json(
            workflows=[
                {"name": "x", "required": True, "verdict": "triggered", "workflow_id": "../x"}
            ]
        ),
        "the workflow id of workflow 1 is malformed",
    ),
    "a bad id": (
        result_json(workflows=[{"name": "x", "required": True, "execution_id": "../x"}]),
        "the execution id of workflow 1 is malformed",
    ),
    "an unknown verdict": (
        result_json(workflows=[{"name": "x", "required": True, "verdict": "fine"}]),
        "the verdict of workflow 1 is unknown",
    ),
    "no file": (None, "cannot be read"),
}


@pytest.mark.parametrize("what", BAD)
def test_anything_else_is_refused_and_says_why(what):
    text, problem = BAD[what]
    [told] = told_by(parse(text))
    assert told.startswith("--from: ")
    assert problem in told
    assert told.endswith("Name the result.json of the job that triggered.")


def test_as_many_runs_as_a_config_file_may_list_can_be_waited_for():
    runs = [a_triggered(name=f"w{n}", execution_id=f"run-{n}") for n in range(MAX_WORKFLOWS)]
    parsed = parse(result_json(*runs))
    assert told_by(parsed) == ()
    assert len(parsed.workflows) == MAX_WORKFLOWS


def test_attempts_of_the_config_file_are_for_the_job_that_triggers():
    config = CONFIG.replace("max-wait-time: 3m", "attempts: 3, max-wait-time: 3m")
    smoke, *_ = runs(
        parse(result_json(a_triggered(), a_triggered("other", "run-2")), config=config)
    )
    assert smoke.execution_id == EXECUTION_ID
    [problem, *_] = told_by(parse(result_json(a_triggered()), config=config, attempts="2"))
    assert "wait never triggers" in problem


def test_a_run_that_followed_failed_attempts_keeps_them():
    failed = a_report(Verdict.FAILED, 1, execution_id="run-0")
    [smoke] = runs(parse(result_json(a_triggered(earlier=(failed,)))))
    assert [one.execution_id for one in smoke.earlier] == ["run-0"]
