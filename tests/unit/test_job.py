"""A whole job with fake services: its reports and exit codes."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models import Level, Status
from genesis_ci.publish import REPORTS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_ci.system.signals import Interrupted
from tests.builders import WORKFLOW_ID, a_block, an_execution
from tests.fakes import FakeApi
from tests.unit.jobs import BLOCKS, KEY, Job, polled


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


PATHS: dict[str, tuple[Callable[[], FakeApi], dict[str, str], int]] = {
    "passed": (lambda: polled(an_execution(Status.COMPLETED)), {}, 0),
    "failed": (lambda: polled(an_execution(Status.FAILED, blocks=BLOCKS)), {}, 1),
    "review": (lambda: polled(an_execution(Status.REVIEW_PENDING)), {}, 3),
    "review let pass": (
        lambda: polled(an_execution(Status.REVIEW_PENDING)),
        {"on_review_pending": "pass"},
        0,
    ),
    "cancelled": (lambda: polled(an_execution(Status.CANCELLED)), {}, 4),
    "cancelled let pass": (
        lambda: polled(an_execution(Status.CANCELLED)),
        {"on_cancelled": "pass"},
        0,
    ),
    "skipped": (lambda: polled(an_execution(Status.SKIPPED)), {}, 5),
    "skipped let pass": (lambda: polled(an_execution(Status.SKIPPED)), {"on_skipped": "pass"}, 0),
    "timed out": (lambda: polled(an_execution(Status.RUNNING)), {"max_wait_time": "5s"}, 6),
    "rejected": (lambda: FakeApi(triggers=[RefusedError("No.", hint="Ask.", status=403)]), {}, 7),
    "lost contact": (lambda: FakeApi(triggers=[ContactError("Reset.", reached=True)]), {}, 8),
    "triggered": (FakeApi, {"wait": "false"}, 0),
    "bad input": (FakeApi, {"max_wait_time": "soon"}, 2),
    "no key": (FakeApi, {"api_key": ""}, 2),
    "no key, skipped": (FakeApi, {"api_key": "", "missing_key": "skip"}, 0),
    "a bug": (lambda: FakeApi(polls=[ZeroDivisionError(KEY)]), {}, 70),
}


def test_a_short_secret_gets_a_notice_without_its_value(job):
    inputs = {"inputs": "pin: 417", "secret_inputs": "pin"}
    job.run(polled(an_execution(Status.COMPLETED)), **inputs)
    [notice] = [words for level, words in job.provider.annotations if level is Level.NOTICE]
    assert "“pin” is shorter than 4 characters" in notice
    assert "417" not in notice


@pytest.mark.parametrize("path", PATHS)
def test_every_outcome_has_all_reports_and_one_exit_code(job, path):
    make_api, inputs, exit_code = PATHS[path]
    job.run(make_api(), **inputs)
    assert job.exit_code == exit_code
    assert sorted(p.name for p in (job.root / "genesis-results").iterdir()) == sorted(REPORTS)
    assert job.is_red_in_junit is (exit_code != 0)
    assert set(job.provider.values) == set(OUTPUT_NAMES)
    assert job.provider.values["exit-code"] == str(exit_code)
    assert json.loads(job.report("result.json"))["exit_code"] == exit_code
    assert job.provider.summaries
    assert job.provider.lines[-1].startswith("genesis-ci: verdict=")
    assert job.provider.lines[-1].endswith(f"exit-code={exit_code}")
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert bool(errors) is (exit_code != 0)


def test_the_last_of_ten_annotations_counts_the_rest(job):
    lines = "\n".join(f"key{n}: [x]" for n in range(30))
    job.run(FakeApi(), inputs=lines)
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert len(errors) == 10
    assert errors[-1].startswith("21 more like these")
    log = "\n".join(job.provider.lines)
    assert all(f"“key{n}”" in log for n in range(9, 30))


@pytest.mark.parametrize("exit_code", [130, 143])
def test_an_interrupted_job_writes_its_reports(job, exit_code):
    job.run(polled(an_execution(Status.RUNNING)), interrupt=exit_code)
    assert job.exit_code == exit_code
    assert job.is_red_in_junit
    assert job.provider.values["execution-id"] == "run-1"


def test_bad_input_triggers_nothing(job):
    api = FakeApi()
    job.run(api, max_wait_time="soon", wait="maybe")
    assert api.triggered == []
    assert len(job.provider.annotations) == 2


def test_the_execution_id_is_an_output_before_the_run_ends(job):
    seen: list[str | None] = []
    job.provider.line = lambda text: seen.append(job.provider.values.get("execution-id"))
    job.run(polled(an_execution(Status.COMPLETED)))
    assert seen[1] == "run-1"


def test_a_bug_keeps_the_execution_id_in_the_outputs(job):
    job.run(FakeApi(polls=[ZeroDivisionError()]))
    assert job.provider.values["execution-id"] == "run-1"
    assert "bug of genesis-ci" in job.report("summary.md").replace("&#45;", "-")


def test_a_bug_never_shows_its_message(job):
    job.run(FakeApi(polls=[ZeroDivisionError(f"key={KEY}")]))
    shown = str(job.provider.lines) + str(job.provider.annotations)
    assert KEY not in shown + "".join(job.report(name) for name in REPORTS)
    assert "ZeroDivisionError at " in shown


def test_the_log_stays_short_in_a_day_of_waiting(job):
    blocks = tuple(a_block(f"block-{n}", Status.RUNNING) for n in range(3))
    api = polled(an_execution(Status.RUNNING, blocks=blocks, block_count=9, completed_blocks=1))
    job.run(api, max_wait_time="24h", poll_interval="30")
    assert job.exit_code == 6
    assert sum(len(line) + 1 for line in job.provider.lines) < 100_000


def test_the_log_stays_short_when_every_second_poll_fails(job):
    fault = ContactError("The server answered 502.", reached=True)
    api = FakeApi(polls=[an_execution(Status.RUNNING), fault] * 1_000)
    job.run(api, max_wait_time="1h", poll_interval="5")
    assert job.exit_code == 6
    assert len(api.polled) > 1_000
    assert sum(len(line) + 1 for line in job.provider.lines) < 15_000


def test_a_signal_before_the_first_request_keeps_the_ids_for_a_later_job(job):
    job.run(FakeApi(), interrupt=143, after=0, workflow_id="", execution_id="run-7 run-8")
    assert job.exit_code == 143
    assert job.is_red_in_junit
    assert job.provider.values["execution-id"] == "run-7,run-8"
    workflows = json.loads(job.report("result.json"))["workflows"]
    assert [row["execution_id"] for row in workflows] == ["run-7", "run-8"]
    assert "genesis-ci wait run-7 run-8" in " ".join(words for _, words in job.provider.annotations)


def test_a_signal_during_an_optional_workflow_is_reported(job):
    text = f"version: 1\nworkflows: [{{workflow-id: {WORKFLOW_ID}, required: false}}]"
    (job.root / ".genesis-ci.yml").write_text(text)
    job.run(polled(an_execution(Status.RUNNING)), interrupt=143, workflow_id="")
    assert job.exit_code == 143
    message = json.loads(job.report("result.json"))["message"]
    assert "before the run ended" in message


class Parse:
    """Keeps the reports that exist while the inputs are read."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.reports: list[str] = []

    def __call__(self) -> Settings:
        self.reports = [self.job.report(name) for name in REPORTS]
        raise Interrupted


def test_old_green_reports_are_replaced_before_inputs_are_read(job):
    """A pull request can add reports, and can make parsing slow."""
    (job.root / "genesis-results").mkdir()
    (job.root / "genesis-results/junit.xml").write_text("<testsuites/>")
    parse = Parse(job)
    job.run(FakeApi(), parse=parse, interrupt=143, after=0)
    assert all("143" in text or "interrupted" in text for text in parse.reports)
    assert job.exit_code == 143
    assert job.is_red_in_junit
    assert job.provider.values["verdict"] == "interrupted"
    assert "Nothing was started." in job.report("junit.xml")


def test_a_signal_during_the_final_reports_interrupts_the_job(job):
    arrived: list[int] = []
    made = count(1)

    @contextmanager
    def interruptible():
        if next(made) == 3:
            arrived.append(143)
            raise Interrupted
        yield

    job.run(
        polled(an_execution(Status.COMPLETED)),
        interruptible=interruptible,
        services={"signalled": lambda: arrived[0] if arrived else None},
    )
    assert job.exit_code == 143
    assert job.is_red_in_junit
    assert job.provider.values["verdict"] == "interrupted"
    assert job.provider.values["execution-id"] == "run-1"
    assert sum(line.startswith("genesis-ci: verdict=") for line in job.provider.lines) == 1


def test_a_signal_before_the_log_is_read_interrupts_the_job(job):
    arrived: list[int] = []
    job.run(
        polled(an_execution(Status.COMPLETED)),
        services={
            "signalled": lambda: arrived[0] if arrived else None,
            "await_readers": lambda: arrived.append(143),
        },
    )
    assert job.exit_code == 143
    assert job.is_red_in_junit
