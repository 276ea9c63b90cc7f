"""`wait --from result.json`: the job attaches to the runs of an earlier job."""

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import OnReview, OnState, Verb, Verdict
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, problems_in, settings_of
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
    assert problems_in(parsed) == ()
    return parsed.workflows


def test_runs_of_the_earlier_job_keep_their_names():
    smoke, charter = runs(
        parse(result_json(a_triggered(), a_triggered("charter", "run-2", required=False)))
    )
    assert (smoke.name, smoke.execution_id, smoke.policy.required) == ("smoke", EXECUTION_ID, True)
    assert (charter.name, charter.execution_id) == ("charter", "run-2")
    assert (charter.policy.required, charter.wait) == (True, True)


def test_not_required_run_becomes_required_with_a_notice():
    parsed = parse(result_json(a_triggered(), a_triggered("charter", "run-2", required=False)))
    assert parsed.workflows[1].policy.required
    [notice] = parsed.notices
    assert "“charter” counts as required" in notice


def test_config_file_sets_the_policies_of_earlier_runs():
    parsed = parse(result_json(a_triggered(), a_triggered("new", "run-2")), config=CONFIG)
    smoke, other, new = runs(parsed)
    assert smoke.policy.on_review_pending is OnReview.PASS
    assert new.policy.on_review_pending is OnReview.FAIL
    assert smoke.max_wait == new.max_wait == 180
    assert smoke.workflow_id == WORKFLOW_ID
    assert other.ended
    assert "“new” is not in the config file; it is watched too." in parsed.notices[0]


def test_from_with_execution_id_is_a_problem():
    [problem] = problems_in(parse(result_json(a_triggered()), execution_id="old-1"))
    assert problem == "--from and execution-id both say what to attach to. Drop one."


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


def test_only_the_config_file_decides_what_is_required():
    text = smoke_and_charter({"required": False}, {"required": True})
    smoke, charter = runs(parse(text, config=OPTIONAL))
    assert (smoke.policy.required, charter.policy.required) == (True, False)
    assert (smoke.workflow_id, charter.workflow_id) == (WORKFLOW_ID, OTHER_ID)


def test_workflow_without_an_earlier_run_is_red():
    [smoke, charter] = runs(
        parse(result_json(a_triggered("charter", workflow_id=OTHER_ID)), config=OPTIONAL)
    )
    assert smoke.ended
    assert not smoke.ended.green
    assert "has no run of this workflow" in smoke.ended.message
    assert charter.execution_id == EXECUTION_ID


def test_run_of_another_workflow_is_not_assigned():
    smoke, charter, extra = runs(
        parse(smoke_and_charter({"workflow_id": OTHER_ID}, {}), config=OPTIONAL)
    )
    assert smoke.ended
    assert charter.execution_id == "run-2"
    assert (extra.execution_id, extra.workflow_id, extra.policy.required) == (
        EXECUTION_ID, OTHER_ID, True
    )  # fmt: skip


@pytest.mark.parametrize("spelling", [EXECUTION_ID, EXECUTION_ID.upper()])
def test_run_of_an_entry_is_not_assigned_again(spelling):
    attached = f"  - {{name: a, execution-id: {spelling}}}\n"
    smoke = f"  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}\n"
    parsed = parse(
        result_json(a_triggered(workflow_id=WORKFLOW_ID)),
        config=f"version: 1\nworkflows:\n{smoke}{attached}",
    )
    [problem] = problems_in(parsed)
    assert problem.startswith(".genesis-ci.yml:4: this run is at .genesis-ci.yml:3 too")


def test_earlier_workflow_is_compared_with_workflow_id():
    text = result_json(a_triggered(workflow_id=OTHER_ID))
    assert runs(parse(text))[0].workflow_id == OTHER_ID
    assert runs(parse(text, workflow_id=OTHER_ID, config=OPTIONAL))[0].workflow_id == OTHER_ID
    [problem] = problems_in(parse(text, workflow_id=WORKFLOW_ID))
    assert problem.startswith(f"{PATH}: ")
    assert f"its run of {OTHER_ID} is none of workflow-id" in problem


WITH_MORE = f"""\
version: 1
workflows:
  - workflow-id: {WORKFLOW_ID}
    inputs: {{user: annabelle}}
    wait-for: https://preview.example.com
  - {{name: kept, execution-id: run-9}}
"""


def test_listed_run_is_attached_without_variables():
    earlier = result_json(a_triggered("of Genesis", workflow_id=WORKFLOW_ID))
    attached, kept = runs(parse(earlier, config=WITH_MORE))
    assert (attached.name, attached.execution_id) == ("of Genesis", EXECUTION_ID)
    assert (attached.variables, attached.wait_for, attached.ended) == ({}, None, None)
    assert (kept.execution_id, kept.ended) == ("run-9", None)


def test_listed_workflow_without_a_run_keeps_its_outcome():
    earlier = result_json(
        a_triggered("of Genesis", None, workflow_id=WORKFLOW_ID), a_triggered("more", "run-3")
    )
    ended, *_ = runs(parse(earlier, config=WITH_MORE))
    assert ended.execution_id is None
    assert ended.ended
    assert ended.ended.verdict is Verdict.LOST_CONTACT


def test_unlisted_run_is_attached_without_variables():
    earlier = result_json(a_triggered("new", "run-2"))
    [run] = runs(parse(earlier, inputs="user: annabelle", wait_for="https://p.example.com"))
    assert (run.variables, run.wait_for, run.ended) == ({}, None, None)


def test_max_parallel_applies_to_attached_runs():
    config = CONFIG.replace("version: 1\n", "version: 1\nmax-parallel: 3\n")
    parsed = parse(result_json(a_triggered()), config=config)
    assert not parsed.problems
    assert parsed.plan.max_parallel == 3


def test_unnamed_entry_sets_the_policies_of_its_run():
    named_by_genesis = a_triggered("Checkout", workflow_id=WORKFLOW_ID)
    [run] = runs(parse(result_json(named_by_genesis), config=NAMELESS))
    assert run.policy.on_review_pending is OnReview.PASS


def test_same_name_does_not_share_policies():
    """An unnamed run has its name in Genesis, which another entry has too."""
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


def test_skipped_job_needs_no_earlier_result():
    for text in (None, result_json(a_report())):
        parsed = parse(text, api_key="", missing_key="skip")
        assert (problems_in(parsed), parsed.workflows) == ((), ())


@pytest.mark.parametrize("config", [None, NAMELESS], ids=["no config file", "a nameless entry"])
def test_id_is_not_used_as_a_name(config):
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
def test_file_without_a_run_is_refused_with_advice(text, words):
    [problem] = problems_in(parse(text))
    assert problem == f"--from: {words}. Name the result.json of the job that triggered."


def test_unreadable_file_is_refused_with_a_reason():
    def refuse(path: str) -> str:
        if path == PATH:
            raise PermissionError(13, "Permission denied")
        raise FileNotFoundError(path)

    given = {"api-key": Given(KEY, "GENESIS_API_KEY")}
    parsed = settings_of(given, verb=Verb.WAIT, read_file=refuse, attach_from=PATH)
    [problem] = problems_in(parsed)
    assert problem == (
        f"--from: “{PATH}” cannot be read: Permission denied. "
        "Name the result.json of the job that triggered."
    )


def test_runs_with_the_same_name_are_all_attached():
    assert len(runs(parse(result_json(a_triggered(), a_triggered("smoke", "run-2"))))) == 2


def test_attempts_of_the_config_file_are_ignored():
    config = CONFIG.replace("max-wait-time: 3m", "attempts: 3, max-wait-time: 3m")
    smoke, *_ = runs(
        parse(result_json(a_triggered(), a_triggered("other", "run-2")), config=config)
    )
    assert smoke.execution_id == EXECUTION_ID
    [problem, *_] = problems_in(parse(result_json(a_triggered()), config=config, attempts="2"))
    assert "wait never triggers" in problem


def test_attached_run_keeps_its_earlier_attempts():
    failed = a_report(Verdict.FAILED, 1, execution_id="run-0")
    [smoke] = runs(parse(result_json(a_triggered(earlier=(failed,)))))
    assert [one.execution_id for one in smoke.earlier] == ["run-0"]
