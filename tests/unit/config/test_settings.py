"""From the texts of the inputs to settings, or to all problems at once."""

import pytest

from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.config.sources import Given, from_environment, from_flags
from genesis_ci.models import Concurrency, OnReview, OnState, Verb
from genesis_ci.models.change import Change
from genesis_ci.redaction import Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, reporting_from, settings_of, told_by
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
    assert told_by(parsed) == ()
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
def test_a_malformed_value_is_told_with_input_problem_and_accepted_forms(name, text, problem):
    parsed = parse(**{name: text})
    assert parsed.problems
    [told] = told_by(parsed)
    assert told.startswith(name.replace("_", "-"))
    assert problem in told
    assert "Write " in told


def test_all_problems_are_told_at_once():
    parsed = parse(max_wait_time="soon", wait="maybe", report_dir="../x", inputs="a: [1]")
    assert len(told_by(parsed)) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"empty_key_hint": "Forks get no secrets."}, "Forks get no secrets."),
        ({}, "Write the key as Genesis shows it, without spaces or line breaks."),
    ],
    ids=["with what the CI is known for", "without"],
)
def test_an_empty_key_is_explained(options, words):
    given = {"workflow-id": Given(WORKFLOW_ID, "workflow-id")}
    parsed = settings_of(given, verb=Verb.RUN, read_file=files({}), **options)
    assert told_by(parsed) == (f"api-key: it is empty. {words}",)


def test_a_missing_key_may_be_skipped():
    skipped = settings(parse(without="api-key", missing_key="skip"))
    assert skipped.api_key is None


def test_a_missing_key_that_is_skipped_needs_no_workflow_either():
    assert settings(parse(api_key="", workflow_id="", missing_key="skip")).workflows == ()


def test_a_missing_key_hides_no_other_problem():
    parsed = parse(without="api-key", missing_key="skip", max_wait_time="soon")
    assert len(told_by(parsed)) == 1


def test_a_file_gives_variables_and_inputs_win_per_key():
    given = {
        "api-key": Given(KEY, "api-key"),
        "workflow-id": Given(WORKFLOW_ID, "workflow-id"),
        "inputs": Given("b: inline", "inputs"),
        "inputs-file": Given("vars.env", "inputs-file"),
    }
    parsed = settings_of(given, verb=Verb.RUN, read_file=files({"vars.env": "a=file\nb=file"}))
    assert settings(parsed).workflows[0].variables == {"a": "file", "b": "inline"}


def test_inputs_over_ten_megabytes_are_refused_before_they_are_sent():
    lines = (f"a{number}={'😀' * 25_000}" for number in range(100))
    [told] = told_by(parse(inputs="\n".join(lines)))
    assert told.startswith("inputs: they make 10000891 bytes, and Genesis takes at most 10 MB")


def test_several_execution_ids_are_several_attachments():
    runs = settings(parse(workflow_id="", execution_id=f"{EXECUTION_ID}, other\nother")).workflows
    assert [run.execution_id for run in runs] == [EXECUTION_ID, "other"]


def test_an_execution_id_beside_a_workflow_attaches():
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
def test_each_verb_asks_for_what_it_needs(verb, texts, problem):
    assert problem in told_by(parse(verb, **texts))[0]


@pytest.mark.parametrize(
    ("verb", "texts", "waits"),
    [
        (Verb.RUN, {}, True),
        (Verb.RUN, {"wait": "false"}, False),
        (Verb.TRIGGER, {}, False),
        (Verb.WAIT, {"execution_id": "x", "wait": "false"}, True),
    ],
)
def test_the_verb_and_wait_say_whether_the_end_is_waited_for(verb, texts, waits):
    assert settings(parse(verb, **texts)).workflows[0].wait is waits


def test_a_bad_report_dir_falls_back_to_the_default_for_the_evidence():
    given = {"report-dir": Given("../x", "report-dir")}
    assert reporting_from(given).report_dir == "genesis-results"


def test_how_a_job_reports_is_as_it_says_and_else_by_default():
    given = {"report-dir": "out", "summary": "false", "output-block": "checkout"}
    told = reporting_from({name: Given(text, name) for name, text in given.items()})
    assert told == Reporting(report_dir="out", summary=False, output_block="checkout")
    assert reporting_from({"output-block": Given("  ", "output-block")}) == Reporting()


def test_a_misspelt_option_may_have_been_the_workflow_so_that_is_not_called_missing():
    given = {"api-key": Given(KEY, "api-key")}
    parsed = settings_of(
        given, verb=Verb.RUN, read_file=files({}), usage_problems=["unknown option --worklow-id."]
    )
    assert told_by(parsed) == ("unknown option --worklow-id.",)


def test_a_config_file_that_is_named_twice_is_not_called_missing_too():
    flags = from_flags({"config": ["a.yml", "b.yml"]})
    key = {"api-key": Given(KEY, "api-key")}
    [told] = told_by(settings_of(key, flags, verb=Verb.RUN, read_file=files({})))
    assert told.startswith("config: it is given more than once. ")


def test_problems_are_sorted_by_file_and_line():
    suite = "version: 1\nworkflows:\n" + "  - colour: red\n" * 8
    texts = {"api-key": KEY, "wait": "maybe", "inputs-file": "a.env", "config": "b.yml"}
    told = told_by(
        settings_of(
            {name: Given(text, name) for name, text in texts.items()},
            verb=Verb.RUN,
            read_file=files({"a.env": "a=1\nnonsense", "b.yml": suite}),
        )
    )
    places = list(dict.fromkeys(":".join(one.split(":")[:2]) for one in told[1:]))
    assert told[0].startswith("wait: ")
    assert places == ["a.env:2", *(f"b.yml:{line}" for line in range(3, 11))]


def test_of_many_problems_fifty_are_told_and_the_rest_are_counted():
    def told(number: int) -> tuple[str, ...]:
        words = [f"Problem {one}." for one in range(number)]
        given = {"api-key": Given(KEY, "api-key")}
        return told_by(settings_of(given, verb=Verb.RUN, read_file=files({}), usage_problems=words))

    assert told(50)[-1] == "Problem 49."
    assert told(51)[-2:] == ("Problem 49.", "There are 1 more problems.")


def test_a_wait_without_an_id_is_no_problem_where_the_job_is_skipped():
    given = from_environment({"GENESIS_MISSING_KEY": "skip"})
    assert told_by(settings_of(given, verb=Verb.WAIT, read_file=files({}))) == ()


def test_http_is_also_for_the_host_that_is_allowed_and_is_loud():
    parsed = parse(api_url="http://host.docker.internal:8765", allow_http="HOST.docker.internal")
    assert settings(parsed).api_url == "http://host.docker.internal:8765"
    [notice] = parsed.notices
    assert "go to http://host.docker.internal:8765 in the clear" in notice


@pytest.mark.parametrize(("text", "count"), [("120", 1), ("1h", 1), ("119", 0), ("auto", 0)])
def test_a_slow_poll_interval_is_told_to_be_needless(text, count):
    notices = parse(poll_interval=text).notices
    assert len(notices) == count
    assert all("drop it" in notice for notice in notices)


def test_a_problem_in_a_file_of_variables_has_its_place_there():
    given = {
        "api-key": Given(KEY, "api-key"),
        "workflow-id": Given(WORKFLOW_ID, "workflow-id"),
        "inputs-file": Given("vars.env", "inputs-file"),
    }
    reads = files({"vars.env": "a=1\nnonsense"})
    [problem] = settings_of(given, verb=Verb.RUN, read_file=reads).problems
    assert (problem.file, problem.line) == ("vars.env", 2)
    assert problem.words == "inputs-file: not of the form KEY=VALUE."


@pytest.mark.parametrize("server", [API_URL, "https://other.example.com"])
def test_what_is_tested_is_the_jobs_change_or_with_from_the_earlier_jobs(server):
    """Also where the file is of another server, so that a status is posted on its commit."""
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


def test_a_status_is_refused_where_nothing_says_that_it_can_be_posted():
    [told] = told_by(parse(review_status="genesis"))
    assert told.startswith("review-status: only GitHub Actions has commit statuses")


@pytest.mark.parametrize(
    ("verb", "texts", "words"),
    [
        (Verb.WAIT, {"execution_id": EXECUTION_ID}, "wait never triggers"),
        (Verb.TRIGGER, {"workflow_id": WORKFLOW_ID}, "without waiting no run is seen to fail"),
        (Verb.RUN, {"workflow_id": WORKFLOW_ID, "wait": "false"}, "without waiting"),
        (Verb.RUN, {"execution_id": EXECUTION_ID}, "execution-id attaches"),
    ],
)
def test_attempts_are_refused_where_nothing_is_triggered_and_seen_to_its_end(verb, texts, words):
    without = "" if "workflow_id" in texts else "workflow-id"
    problems = told_by(parse(verb, without=without, attempts="2", **texts))
    assert any(problem.startswith(f"attempts: {words}") for problem in problems)
    allowed = told_by(parse(verb, without=without, attempts="1", **texts))
    assert not any("attempts" in problem for problem in allowed)


def test_a_job_with_a_key_is_not_skipped():
    [told] = told_by(parse(without="workflow-id", missing_key="skip"))
    assert told.startswith("workflow-id: it is empty")
