"""The settings of a job, or all problems at once."""

import pytest

from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.config.sources import Given, from_environment, from_flags
from genesis_ci.models import Concurrency, OnReview, OnState, Verb
from genesis_ci.models.change import Change
from genesis_ci.redaction import Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in, reporting_from, settings_of
from tests.fakes import files
from tests.unit.config.results import API_URL, a_triggered, result_json

KEY = "gk_0123456789abcdef"
ENDPOINT = f"https://genesis.autify.com/api/workflows/{WORKFLOW_ID}/trigger"


def parse(verb: Verb = Verb.RUN, *, without: str = "", **texts: str) -> Settings:
    named = {"api-key": KEY, "workflow-id": WORKFLOW_ID}
    named |= {name.replace("_", "-"): text for name, text in texts.items()}
    given = {name: Given(text, name) for name, text in named.items() if text and name != without}
    return settings_of(given, verb=verb, read_file=files({}))


def settings(parsed: Settings) -> Settings:
    assert problems_in(parsed) == ()
    return parsed


def test_key_and_workflow_are_enough():
    found = settings(parse())
    assert (found.api_key, found.api_url) == (Secret(KEY), "https://genesis.autify.com")
    [run] = found.workflows
    assert (run.workflow_id, run.execution_id, run.wait) == (WORKFLOW_ID, None, True)
    assert (run.poll_interval, run.max_wait, run.review_wait) == (None, 1800, 3600)
    assert run.policy.on_review_pending is OnReview.FAIL
    assert run.policy.on_cancelled is OnState.FAIL
    assert run.policy.concurrency is Concurrency.PARALLEL


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("workflow_id", "not-a-uuid", "it is no UUID (10 characters)"),
        ("workflow_id", ENDPOINT.replace("autify", "evil"), "another server than api-url"),
        ("api_key", "gk_\udcff", "a character that no key has"),
        ("api_url", "http://genesis.autify.com", "is not https"),
        ("inputs_file", "missing.yml", "there is no file “missing.yml”"),
        ("secret_inputs", "password", "is not a name in inputs"),
        ("execution_id", "--help", "is not an execution id"),
        ("wait", "maybe", "neither true nor false"),
        ("concurrency_policy", "queue", "is not one of the choices"),
        ("poll_interval", "often", "neither auto nor a number of seconds"),
        ("max_wait_time", "١", "is not a duration"),
        ("attempts", "6", "is not a number in this range"),
        ("report_dir", "../x", "leads out of the workspace"),
    ],
)
def test_malformed_value_is_reported_with_input_and_advice(name, text, problem):
    parsed = parse(**{name: text})
    assert parsed.problems
    [text] = problems_in(parsed)
    assert text.startswith(name.replace("_", "-"))
    assert problem in text
    assert "Write " in text


def test_all_problems_are_reported_at_once():
    parsed = parse(max_wait_time="soon", wait="maybe", report_dir="../x", inputs="a: [1]")
    assert len(problems_in(parsed)) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"empty_key_hint": "Forks get no secrets."}, "Forks get no secrets."),
        ({}, "Write the key as Genesis shows it, without spaces or line breaks."),
    ],
    ids=["hint of the CI", "no hint"],
)
def test_empty_key_is_explained(options, words):
    given = {"workflow-id": Given(WORKFLOW_ID, "workflow-id")}
    parsed = settings_of(given, verb=Verb.RUN, read_file=files({}), **options)
    assert problems_in(parsed) == (f"api-key: it is empty. {words}",)


def test_missing_key_can_skip_the_job():
    skipped = settings(parse(without="api-key", missing_key="skip"))
    assert skipped.api_key is None


def test_skipped_job_needs_no_workflow():
    assert settings(parse(api_key="", workflow_id="", missing_key="skip")).workflows == ()


def test_skipped_job_reports_other_problems():
    parsed = parse(without="api-key", missing_key="skip", max_wait_time="soon")
    assert len(problems_in(parsed)) == 1


def test_inputs_over_ten_megabytes_are_refused():
    lines = (f"a{number}={'😀' * 25_000}" for number in range(100))
    [problem] = problems_in(parse(inputs="\n".join(lines)))
    assert problem.startswith("inputs: they make 10000891 bytes, and Genesis takes at most 10 MB")


def test_each_execution_id_is_an_attachment():
    runs = settings(parse(workflow_id="", execution_id=f"{EXECUTION_ID}, other\nother")).workflows
    assert [run.execution_id for run in runs] == [EXECUTION_ID, "other"]


def test_execution_id_with_a_workflow_id_attaches():
    [run] = settings(parse(execution_id=EXECUTION_ID)).workflows
    assert (run.execution_id, run.workflow_id) == (EXECUTION_ID, WORKFLOW_ID)


@pytest.mark.parametrize(
    ("verb", "texts", "problem"),
    [
        (Verb.RUN, {"workflow_id": ""}, "workflow-id: it is empty"),
        (Verb.TRIGGER, {"workflow_id": ""}, "workflow-id: it is empty"),
        (Verb.TRIGGER, {"execution_id": "x"}, "trigger starts a new one"),
        (Verb.WAIT, {}, "execution-id: it is empty"),
        (Verb.RUN, {"execution_id": "x", "wait": "false"}, "leaves nothing to do"),
    ],
)
def test_missing_or_contradicting_ids_are_reported(verb, texts, problem):
    assert problem in problems_in(parse(verb, **texts))[0]


@pytest.mark.parametrize(
    ("verb", "texts", "waits"),
    [
        (Verb.RUN, {}, True),
        (Verb.RUN, {"wait": "false"}, False),
        (Verb.TRIGGER, {}, False),
        (Verb.WAIT, {"execution_id": "x", "wait": "false"}, True),
    ],
)
def test_verb_and_wait_decide_about_waiting(verb, texts, waits):
    assert settings(parse(verb, **texts)).workflows[0].wait is waits


def test_malformed_report_dir_becomes_the_default():
    given = {"report-dir": Given("../x", "report-dir")}
    assert reporting_from(given).report_dir == "genesis-results"


def test_reporting_is_read_from_the_inputs():
    given = {"report-dir": "out", "summary": "false", "output-block": "checkout"}
    reporting = reporting_from({name: Given(text, name) for name, text in given.items()})
    assert reporting == Reporting(report_dir="out", summary=False, output_block="checkout")
    assert reporting_from({"output-block": Given("  ", "output-block")}) == Reporting()


def test_workflow_is_not_missing_after_a_misspelt_option():
    given = {"api-key": Given(KEY, "api-key")}
    parsed = settings_of(
        given, verb=Verb.RUN, read_file=files({}), usage_problems=["unknown option --worklow-id."]
    )
    assert problems_in(parsed) == ("unknown option --worklow-id.",)


def test_repeated_config_is_reported_once():
    flags = from_flags({"config": ["a.yml", "b.yml"]})
    key = {"api-key": Given(KEY, "api-key")}
    [problem] = problems_in(settings_of(key, flags, verb=Verb.RUN, read_file=files({})))
    assert problem.startswith("config: it is given more than once. ")


def test_problems_are_sorted_by_file_and_line():
    suite = "version: 1\nworkflows:\n" + "  - colour: red\n" * 8
    texts = {"api-key": KEY, "wait": "maybe", "inputs-file": "a.env", "config": "b.yml"}
    problems = problems_in(
        settings_of(
            {name: Given(text, name) for name, text in texts.items()},
            verb=Verb.RUN,
            read_file=files({"a.env": "a=1\nnonsense", "b.yml": suite}),
        )
    )
    places = list(dict.fromkeys(":".join(one.split(":")[:2]) for one in problems[1:]))
    assert problems[0].startswith("wait: ")
    assert places == ["a.env:2", *(f"b.yml:{line}" for line in range(3, 11))]


def test_first_fifty_problems_are_shown():
    def problems_of(number: int) -> tuple[str, ...]:
        words = [f"Problem {one}." for one in range(number)]
        given = {"api-key": Given(KEY, "api-key")}
        return problems_in(
            settings_of(given, verb=Verb.RUN, read_file=files({}), usage_problems=words)
        )

    assert problems_of(50)[-1] == "Problem 49."
    assert problems_of(51)[-2:] == ("Problem 49.", "There are 1 more problems.")


def test_skipped_wait_needs_no_execution_id():
    given = from_environment({"GENESIS_MISSING_KEY": "skip"})
    assert problems_in(settings_of(given, verb=Verb.WAIT, read_file=files({}))) == ()


def test_allowed_http_has_a_notice():
    parsed = parse(api_url="http://host.docker.internal:8765", allow_http="HOST.docker.internal")
    assert settings(parsed).api_url == "http://host.docker.internal:8765"
    [notice] = parsed.notices
    assert "go to http://host.docker.internal:8765 in the clear" in notice


@pytest.mark.parametrize(("text", "count"), [("120", 1), ("1h", 1), ("119", 0), ("auto", 0)])
def test_slow_poll_interval_has_a_notice(text, count):
    notices = parse(poll_interval=text).notices
    assert len(notices) == count
    assert all("drop it" in notice for notice in notices)


@pytest.mark.parametrize("server", [API_URL, "https://other.example.com"])
def test_tested_change_is_the_jobs_or_the_earlier_jobs(server):
    """It is known for a file of another server too, so that a status is posted there."""
    ours, theirs = Change(sha="c" * 40), Change(sha="d" * 40)
    text = result_json(a_triggered(), sha=theirs.sha, api_url=server)
    asked_for: list[str] = []

    def read(path: str) -> str:
        asked_for.append(path)
        return files({"result.json": text})(path)

    assert settings_of({}, verb=Verb.RUN, read_file=read, change=ours).tested == ours
    attached = settings_of(
        {}, verb=Verb.WAIT, read_file=read, change=ours, attach_from="result.json"
    )
    assert attached.tested == theirs
    assert asked_for.count("result.json") == 1


@pytest.mark.parametrize(
    ("verb", "texts", "words"),
    [
        (Verb.WAIT, {"execution_id": EXECUTION_ID}, "wait never triggers"),
        (Verb.TRIGGER, {"workflow_id": WORKFLOW_ID}, "without waiting no run is seen to fail"),
        (Verb.RUN, {"workflow_id": WORKFLOW_ID, "wait": "false"}, "without waiting"),
        (Verb.RUN, {"execution_id": EXECUTION_ID}, "execution-id attaches"),
    ],
)
def test_attempts_need_trigger_and_wait(verb, texts, words):
    without = "" if "workflow_id" in texts else "workflow-id"
    problems = problems_in(parse(verb, without=without, attempts="2", **texts))
    assert any(problem.startswith(f"attempts: {words}") for problem in problems)
    allowed = problems_in(parse(verb, without=without, attempts="1", **texts))
    assert not any("attempts" in problem for problem in allowed)


def test_job_with_a_key_is_not_skipped():
    [problem] = problems_in(parse(without="workflow-id", missing_key="skip"))
    assert problem.startswith("workflow-id: it is empty")
