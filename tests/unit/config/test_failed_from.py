"""`failed-from`: which runs of an earlier job are kept."""

from typing import Any

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb, Verdict, WorkflowReport
from genesis_ci.models.change import Change
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, problems_in, settings_of
from tests.fakes import files
from tests.unit.config import results
from tests.unit.config.results import PATH

KEY = "gk_0123456789abcdef"
SHA = "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd"
OTHER_SHA = "0" * 40
CONFIG = f"""\
version: 1
defaults: {{workflow-id: {WORKFLOW_ID}}}
workflows:
  - name: smoke
  - name: checkout
  - name: new
"""


def result_json(*workflows: WorkflowReport, sha: str | None = SHA, **fields: Any) -> str:
    fields_of_file = {"job_url": "https://ci.example/jobs/7", **fields}
    return results.result_json(*workflows, sha=sha, **fields_of_file)


def an_earlier(verdict: Verdict = Verdict.PASSED, name: str = "smoke", **fields):
    given = {"execution_id": f"run-{name}", "workflow_id": WORKFLOW_ID, "name": name}
    return a_report(verdict, **{**given, **fields})


def parse(
    text: str | None, *, verb: Verb = Verb.RUN, sha: str | None = SHA, config=CONFIG, **texts: str
) -> Settings:
    given = {PATH: text, ".genesis-ci.yml": config}
    named = {"api-key": KEY, "failed-from": PATH}
    named |= {key.replace("_", "-"): value for key, value in texts.items()}
    return settings_of(
        {name: Given(value, f"--{name}") for name, value in named.items()},
        verb=verb,
        read_file=files({path: found for path, found in given.items() if found is not None}),
        change=Change(sha=sha),
    )


def kept(parsed: Settings) -> list[str | None]:
    assert problems_in(parsed) == ()
    return [workflow.keeps for workflow in parsed.workflows]


def test_passed_run_is_kept_and_the_rest_is_triggered():
    text = result_json(an_earlier(), an_earlier(Verdict.FAILED, "checkout"))
    parsed = parse(text)
    assert kept(parsed) == ["run-smoke", None, None]
    assert parsed.workflows[0].execution_id is None
    assert parsed.workflows[0].kept_from == "https://ci.example/jobs/7"


@pytest.mark.parametrize("verdict", Verdict)
def test_run_is_kept_unless_it_failed(verdict):
    looked_at = kept(parse(result_json(an_earlier(verdict))))[0] is not None
    assert looked_at is (verdict not in {Verdict.FAILED, Verdict.UNMET})


def test_workflow_without_an_earlier_run_is_triggered():
    assert kept(parse(result_json(an_earlier(Verdict.NOT_RUN, execution_id=None))))[0] is None


def test_run_is_kept_without_a_config_file():
    text = result_json(an_earlier())
    assert kept(parse(text, config=None, workflow_id=WORKFLOW_ID)) == ["run-smoke"]


def test_kept_run_has_its_earlier_attempts():
    failed = an_earlier(Verdict.FAILED, execution_id="run-0")
    [smoke, *_] = parse(result_json(an_earlier(earlier=(failed,)))).workflows
    assert [(one.execution_id, one.outcome.verdict) for one in smoke.earlier] == [
        ("run-0", Verdict.FAILED)
    ]


@pytest.mark.parametrize(
    ("theirs", "ours", "words"),
    [
        (OTHER_SHA, SHA, "commit 0000000; this job tests 5f4dcc3."),
        (None, SHA, "no commit; this job tests 5f4dcc3."),
        (SHA, None, "commit 5f4dcc3; the commit of this job is not known."),
    ],
    ids=["another", "no commit", "unknown here"],
)
def test_file_of_another_commit_is_refused(theirs, ours, words):
    parsed = parse(result_json(an_earlier(), sha=theirs), sha=ours)
    [problem] = problems_in(parsed)
    assert problem.startswith(f"failed-from: the file records {words}")
    assert [workflow.keeps for workflow in parsed.workflows] == [None] * 3


def test_unknown_commits_are_not_compared():
    assert kept(parse(result_json(an_earlier(), sha=None), sha=None))[0] == "run-smoke"


def test_file_of_another_server_is_refused():
    [problem] = problems_in(parse(result_json(an_earlier(), api_url="https://x")))
    assert problem.startswith("failed-from: its runs belong to another server than api-url. Name ")


def test_missing_file_triggers_everything_with_a_notice():
    parsed = parse(None)
    assert kept(parsed) == [None] * 3
    assert any("there is no “genesis-results/result.json”" in one for one in parsed.notices)


@pytest.mark.parametrize(
    ("verb", "texts", "words"),
    [
        (Verb.WAIT, {"execution_id": "run-1"}, "it is for run, and wait does not"),
        (Verb.TRIGGER, {}, "it is for run, and trigger does not"),
        (Verb.RUN, {"wait": "false"}, "without waiting nothing passes"),
        (Verb.RUN, {"execution_id": EXECUTION_ID}, "execution-id attaches"),
    ],
)
def test_failed_from_needs_trigger_and_wait(verb, texts, words):
    config = None if "execution_id" in texts else CONFIG
    assert any(
        words in problem for problem in problems_in(parse("{}", verb=verb, config=config, **texts))
    )


def test_secret_in_the_path_is_hidden():
    text = result_json(an_earlier(), job_url=None)
    parsed = parse(text, inputs="token: genesis-results", secret_inputs="token")
    assert parsed.workflows[0].kept_from == "***/result.json"


def test_failed_from_refuses_an_attaching_entry():
    config = "version: 1\nworkflows: [{name: smoke, execution-id: run-7}]"
    [problem] = problems_in(parse("{}", config=config))
    assert problem.startswith("failed-from: execution-id attaches to runs, and failed-from says")
