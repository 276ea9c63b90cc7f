"""An execution id that an earlier GitLab job left in the environment: when `run` attaches to it."""

import pytest

from genesis_ci.config.settings import Parsed, Verb, parse_settings
from genesis_ci.config.sources import from_command_line
from genesis_ci.domain import Verdict
from genesis_ci.gate import EXIT_CODES
from genesis_ci.reporters import dotenv
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, a_run_report, an_execution
from tests.fakes import files

KEY = "gk_0123456789abcdef"
SUITE = f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n"


def parse(
    *dotenvs: dict[str, str],
    verb: Verb = Verb.RUN,
    flag: str | None = None,
    there: dict[str, str] | None = None,
    **inputs: str,
) -> Parsed:
    environ = {"GENESIS_API_KEY": KEY, "GENESIS_WORKFLOW_ID": WORKFLOW_ID}
    environ |= {f"GENESIS_{name.upper()}": text for name, text in inputs.items()}
    for one in dotenvs:
        environ |= one
    given = from_command_line({"execution-id": flag}, environ)
    return parse_settings(given, verb=verb, environ=environ, read_file=files(there or {}))


def told(verdict: str, status: str = "") -> dict[str, str]:
    values = {"EXECUTION_ID": EXECUTION_ID, "STATUS": status, "VERDICT": verdict}
    return {f"GENESIS_{name}": text for name, text in values.items()}


def left_by(verdict: Verdict, **fields) -> dict[str, str]:
    """The variables of a job of one workflow that ended like this."""
    report = a_run_report(a_report(verdict, EXIT_CODES[verdict] or 0, **fields))
    return dict(line.split("=") for line in dotenv.render(report).splitlines())


PASSED = left_by(Verdict.PASSED, execution_id=EXECUTION_ID, execution=an_execution("completed"))


def attaches(parsed: Parsed) -> bool:
    if parsed.settings is None:
        return False
    return [run.execution_id for run in parsed.settings.runs] == [EXECUTION_ID]


@pytest.mark.parametrize("verdict", ["passed", "failed", "cancelled", "skipped"])
def test_a_run_that_is_over_is_not_attached_to(verdict):
    [problem] = parse(told(verdict)).problems
    assert f"GENESIS_VERDICT={verdict}" in problem
    assert "unset GENESIS_EXECUTION_ID" in problem


@pytest.mark.parametrize("verdict", ["triggered", "review_pending", "timed_out", "lost_contact"])
def test_a_run_that_may_be_going_is_attached_to(verdict):
    assert attaches(parse(told(verdict)))


@pytest.mark.parametrize(
    ("status", "verdict", "over"),
    [
        ("completed", "passed", True),
        ("completed,failed", "failed", True),
        ("cancelled", "passed", True),
        ("review_pending", "passed", True),
        ("review_pending", "review_pending", False),
        ("failed,running", "failed", False),
        ("paused", "timed_out", False),
        ("unknown", "triggered", False),
    ],
)
def test_whether_a_run_is_over_is_judged_by_its_status_unless_it_passed(status, verdict, over):
    assert attaches(parse(told(verdict, status))) is not over


@pytest.mark.parametrize(
    "verdict",
    [Verdict.NOT_RUN, Verdict.ERROR, Verdict.REJECTED, Verdict.LOST_CONTACT, Verdict.INTERRUPTED],
)
def test_a_job_without_a_run_does_not_pass_on_the_run_of_the_job_before_it(verdict):
    without_a_run = left_by(verdict)
    assert "GENESIS_EXECUTION_ID" not in without_a_run
    [problem] = parse(PASSED, without_a_run).problems
    assert "GENESIS_STATUS=unknown" in problem
    assert "that of a job before it" in problem


def test_a_job_without_a_run_is_in_nobodys_way():
    parsed = parse(left_by(Verdict.NOT_RUN))
    assert parsed.settings
    assert parsed.settings.runs[0].workflow_id == WORKFLOW_ID


def test_more_ids_than_a_dotenv_file_holds_do_not_pass_on_the_run_of_the_job_before_it():
    report = a_run_report(
        *[a_report(Verdict.TRIGGERED, execution_id=f"{n:036}") for n in range(500)]
    )
    too_many = dict(line.split("=") for line in dotenv.render(report).splitlines())
    [problem] = parse(PASSED, too_many).problems
    assert "not an execution id" in problem
    assert "wait-from-result.json" in problem


@pytest.mark.parametrize("inputs", [{"inputs": "a: 1"}, {"inputs_file": "in.yml"}])
@pytest.mark.parametrize(("verdict", "status"), [("triggered", ""), ("review_pending", "paused")])
def test_a_job_with_inputs_does_not_attach_to_a_run_that_never_got_them(inputs, verdict, status):
    there = {"in.yml": "a: 1"}
    [problem] = parse(told(verdict, status), there=there, **inputs).problems
    assert "a run without them" in problem
    assert "unset GENESIS_EXECUTION_ID" in problem
    assert parse(told(verdict, status), verb=Verb.WAIT, there=there, **inputs).problems == ()


def test_a_gate_file_is_not_passed_over_for_a_run_that_was_left():
    [problem] = parse(told("triggered"), there={".genesis-ci.yml": SUITE}, workflow_id="").problems
    assert "nothing of what .genesis-ci.yml lists" in problem
    assert attaches(parse(told("triggered"), there={".genesis-ci.yml": SUITE}))
    assert attaches(parse(told("triggered"), workflow_id=""))


def test_an_id_without_a_word_of_its_job_is_meant():
    assert attaches(parse({"GENESIS_EXECUTION_ID": EXECUTION_ID}, inputs="a: 1"))


def test_a_check_says_what_a_run_would():
    assert parse(told("passed"), verb=Verb.CHECK).problems


def test_whoever_names_the_run_attaches_to_it():
    assert attaches(parse(told("passed"), flag=EXECUTION_ID))
    assert attaches(parse(told("passed"), verb=Verb.WAIT))


def test_a_trigger_says_where_an_execution_id_may_have_come_from():
    [problem] = parse(told("passed"), verb=Verb.TRIGGER).problems
    assert "GENESIS_EXECUTION_ID" in problem
