"""`wait --from result.json`: the earlier job's runs are attached to, names kept, nothing lost."""

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import (
    OnReview,
    OnState,
    Verb,
    Verdict,
)
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, settings_of, told_by
from tests.fakes import files
from tests.unit.config.results import API_URL, PATH, a_triggered, result_json
from tests.unit.config.suites import KEY, OTHER_ID

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


def parse(text: str | None, *, config: str | None = None, **texts: str) -> Settings:
    given = {PATH: text, ".genesis-ci.yml": config}
    contents = {path: found for path, found in given.items() if found is not None}
    named = {"api-key": KEY, **{key.replace("_", "-"): value for key, value in texts.items()}}
    return settings_of(
        {name: Given(value, f"GENESIS_{name}") for name, value in named.items()},
        verb=Verb.WAIT,
        read_file=files(contents),
        attach_from=PATH,
    )


def runs(parsed: Settings):
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
    assert told.startswith(".genesis-ci.yml:4: this run is at .genesis-ci.yml:3 too")


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
    assert not parsed.problems
    assert parsed.plan.max_parallel == 3


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (result_json(a_report()), "it names no run to attach to"),
        (result_json(schema=2), "the file is not a result.json of this version of genesis-ci"),
        (None, f"there is no file “{PATH}”"),
    ],
    ids=["no run", "another version", "no file"],
)
def test_a_file_without_a_run_says_why_and_which_one_to_name(text, words):
    [told] = told_by(parse(text))
    assert told == f"--from: {words}. Name the result.json of the job that triggered."


def test_unreadable_earlier_result_says_why():
    def refuse(path: str) -> str:
        if path == PATH:
            raise PermissionError(13, "Permission denied")
        raise FileNotFoundError(path)

    given = {"api-key": Given(KEY, "GENESIS_API_KEY")}
    parsed = settings_of(given, verb=Verb.WAIT, read_file=refuse, attach_from=PATH)
    [told] = told_by(parsed)
    assert told == (
        f"--from: “{PATH}” cannot be read: Permission denied. "
        "Name the result.json of the job that triggered."
    )


def test_runs_of_one_name_are_all_kept():
    assert len(runs(parse(result_json(a_triggered(), a_triggered("smoke", "run-2"))))) == 2


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
