"""The outputs and reports of a job, and the messages if they cannot be written."""

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from genesis_ci import outcomes
from genesis_ci.config.settings import Reporting
from genesis_ci.execution.state import Run
from genesis_ci.job import recorder, without_excess
from genesis_ci.models import Execution, Level, RunReport, Status, Verdict, Workflow
from genesis_ci.publish import REPORTS, Publisher
from genesis_ci.system.signals import Interrupted
from tests.builders import (
    START,
    WORKFLOW_ID,
    a_block,
    a_report,
    a_run_report,
    an_execution,
)
from tests.fakes import FakeApi, FakeClock, RecordingProvider
from tests.unit.jobs import Job, polled

GOOD = (a_block("block-1", output="fine"), a_block("block-2"))


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


def test_the_output_has_all_blocks_or_the_chosen_one(job, tmp_path):
    blocks = (a_block("a", output="one"), a_block("b", output="[1]", output_is_json=True))
    api = polled(an_execution(Status.COMPLETED, blocks=blocks))
    assert json.loads(job.run(api).provider.values["output"]) == {"a": "one", "b": [1]}
    assert job.run(api, output_block="a").provider.values["output"] == "one"
    assert job.run(api, output_block="z").provider.values["output"] == ""


@pytest.mark.parametrize("in_the_way", ["genesis-results", "genesis-results/junit.xml/x"])
def test_nothing_is_triggered_if_reports_cannot_be_written(job, in_the_way):
    path = job.root / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    api = FakeApi()
    job.run(api)
    assert job.exit_code == 2
    assert api.triggered == []
    [error] = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert "report-dir: genesis-results/junit.xml could not be written: " in error
    assert job.provider.values["junit-path"] == ""


class ObstructedApi(FakeApi):
    """A poll replaces the report directory, and a file blocks a report's path."""

    def __init__(self, root: Path, in_the_way: str, end: Status) -> None:
        super().__init__(polls=[an_execution(end)])
        self._root = root
        self._in_the_way = root / in_the_way

    def poll(self, execution_id: str) -> Execution:
        shutil.rmtree(self._root / "genesis-results")
        self._in_the_way.parent.mkdir(parents=True, exist_ok=True)
        self._in_the_way.write_text("in the way")
        return super().poll(execution_id)


@pytest.mark.parametrize(("end", "exit_code"), [(Status.COMPLETED, 70), (Status.FAILED, 1)])
def test_a_green_job_is_red_if_reports_cannot_be_written(job, end, exit_code):
    job.run(ObstructedApi(job.root, "genesis-results", end))
    assert job.exit_code == exit_code
    warnings = warnings_of(job)
    assert {words.split()[0].split("/")[1] for words in warnings} == set(REPORTS)
    assert "could not be written" in warnings[0]
    assert "genesis-results/ none could be written" in reports_line(job)
    assert job.provider.values["junit-path"] == ""
    assert job.provider.values["exit-code"] == str(exit_code)


def test_a_green_job_without_reports_explains_how_to_attach(job):
    job.run(ObstructedApi(job.root, "genesis-results", Status.COMPLETED))
    [error] = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert "completed" in error
    assert "genesis-results/junit.xml: Not a directory" in error
    assert "genesis-ci wait run-1" in error


def test_a_missing_html_report_does_not_change_the_verdict(job):
    job.run(ObstructedApi(job.root, "genesis-results/report.html/x", Status.COMPLETED))
    assert job.exit_code == 0


def test_reports_are_written_to_report_dir(job):
    job.run(polled(an_execution(Status.COMPLETED)), report_dir="out/reports")
    assert job.report("junit.xml", "out/reports")
    assert job.provider.values["junit-path"] == "out/reports/junit.xml"


def test_summary_false_writes_no_step_summary(job):
    job.run(polled(an_execution(Status.COMPLETED)), summary="false")
    assert job.provider.summaries == []
    assert job.report("summary.md")


def warnings_of(job: Job) -> list[str]:
    return [words for level, words in job.provider.annotations if level is Level.WARNING]


def test_a_report_dir_below_a_symbolic_link_is_refused(job):
    (job.root / "elsewhere").mkdir()
    (job.root / "out").symlink_to("elsewhere")
    job.run(polled(an_execution(Status.COMPLETED)), report_dir="out/reports")
    assert job.exit_code == 2
    assert list((job.root / "elsewhere").iterdir()) == []
    assert warnings_of(job)[0] == (
        "out/reports/genesis.env could not be written: “out” is a symbolic link, and links are not "
        "followed; give a path that has none."
    )


@pytest.mark.parametrize("name", ["config", "inputs_file"])
def test_an_input_file_that_is_a_symbolic_link_is_refused(job, name):
    (job.root / "real.yml").write_text("a: 1")
    (job.root / "link.yml").symlink_to("real.yml")
    workflow = {"workflow_id": ""} if name == "config" else {}
    job.run(FakeApi(), **{name: "link.yml"}, **workflow)
    assert job.exit_code == 2
    errors = " ".join(words for _, words in job.provider.annotations)
    assert "“link.yml” is a symbolic link, and links are not followed" in errors


def reports_line(job: Job) -> str:
    return next(line for line in job.provider.lines if line.startswith("  reports "))


def test_the_log_names_the_reports_that_were_written(job):
    job.run(polled(an_execution(Status.COMPLETED)))
    assert reports_line(job) == f"  reports    genesis-results/ ({', '.join(REPORTS)})"


def test_the_log_does_not_name_a_report_that_could_not_be_written(job):
    (job.root / "genesis-results/report.html").mkdir(parents=True)
    job.run(polled(an_execution(Status.COMPLETED)))
    others = ", ".join(name for name in REPORTS if name != "report.html")
    assert reports_line(job).endswith(f"({others})")


def test_an_unknown_output_block_is_a_warning(job):
    api = polled(an_execution(Status.COMPLETED, blocks=GOOD))
    job.run(api, output_block="block-3")
    assert job.provider.values["output"] == ""
    assert warnings_of(job) == [
        "output-block: no workflow has a block “block-3”, so the output is empty. "
        "There are “block-1”, “block-2”."
    ]


def test_a_known_output_block_is_no_warning(job):
    job.run(polled(an_execution(Status.COMPLETED, blocks=GOOD)), output_block="block-1")
    assert warnings_of(job) == []


def a_workflow(n: int) -> Workflow:
    return Workflow(name=f"workflow {n}", workflow_id=WORKFLOW_ID)


KILLED = RunReport(outcome=outcomes.killed(may_run=True), started_at=START)


class Disk:
    """Files in memory; each write takes some seconds."""

    def __init__(self, clock: FakeClock, seconds: float = 0.0) -> None:
        self.files: dict[str, str] = {}
        self.writes = 0
        self._clock = clock
        self._seconds = seconds

    def read(self, path: str) -> str:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        return self.files[path]

    def write(self, path: str, text: str) -> None:
        self._clock.pass_(self._seconds)
        self.writes += 1
        self.files[path] = text


class RunningJob:
    """A running job with its recorder."""

    def __init__(self, *workflows: Workflow, seconds: float = 0.0) -> None:
        self.clock, self.provider = FakeClock(), RecordingProvider()
        self.disk = Disk(self.clock, seconds)
        self.publisher = Publisher(self.provider, self.disk, Reporting(report_dir="out"))
        self.runs = [Run(workflow=one, execution_id=one.execution_id) for one in workflows]
        record = recorder(self.publisher, KILLED, self.clock)
        self.record = lambda: record(self.runs)

    @property
    def ids(self) -> list[str | None]:
        rows = json.loads(self.disk.files["out/result.json"])["workflows"]
        return [row["execution_id"] for row in rows]


def test_the_first_reports_say_that_the_job_was_killed():
    running = RunningJob()
    running.publisher.start(replace(KILLED, outcome=outcomes.killed(may_run=False)))
    assert "Nothing was started" in running.disk.files["out/junit.xml"]
    assert {name.split("/")[1] for name in running.disk.files} == set(REPORTS)
    assert running.provider.values["verdict"] == "interrupted"
    assert running.provider.values["exit-code"] == "143"
    assert (running.provider.summaries, running.provider.lines) == ([], [])


def test_a_new_id_is_written_to_result_json_and_the_outputs_only():
    running = RunningJob(a_workflow(1), a_workflow(1))
    running.runs[1].execution_id = "run-7"
    assert running.record()
    assert running.ids == [None, "run-7"]
    assert set(running.disk.files) == {"out/genesis.env", "out/result.json"}
    assert running.provider.values["execution-id"] == "run-7"


def test_only_outputs_that_changed_are_written_again():
    running = RunningJob(a_workflow(1))
    running.record()
    running.provider.values.clear()
    running.runs[0].execution_id = "run-7"
    running.record()
    assert running.provider.values.keys() == {"execution-id", "results"}


def test_recording_ids_takes_a_tenth_of_the_time_at_most():
    running = RunningJob(*[a_workflow(n) for n in range(100)], seconds=0.05)
    began = running.clock()
    for n, run in enumerate(running.runs):
        run.execution_id = f"run-{n}"
        running.record()
        running.clock.pass_(0.1)
    assert 0 < running.disk.writes * 0.05 <= 0.15 * (running.clock() - began)
    running.clock.pass_(1.0)
    assert running.record()
    assert running.ids[-1] == "run-99"


def test_the_record_keeps_the_ids_of_earlier_attempts():
    running = RunningJob(a_workflow(1))
    failed = a_report(Verdict.FAILED, 1, execution_id="run-1")
    running.runs[0].start_over(now=1.0, notes=(), earlier=(failed,))
    running.record()
    [row] = json.loads(running.disk.files["out/result.json"])["workflows"]
    assert (row["execution_id"], row["verdict"]) == (None, "interrupted")
    assert [one["execution_id"] for one in row["earlier_attempts"]] == ["run-1"]


class AnotherJob(FakeApi):
    """Another job with the same report directory ends during a poll."""

    def __init__(self, root: Path, end: Status) -> None:
        super().__init__(polls=[an_execution(end)])
        self._root = root

    def poll(self, execution_id: str) -> Execution:
        Job(self._root).run(polled(an_execution(Status.FAILED, id="run-2")))
        return super().poll(execution_id)


def test_a_green_job_does_not_replace_red_reports_of_another_job(job):
    job.run(AnotherJob(job.root, Status.COMPLETED))
    assert job.exit_code == 70
    assert job.is_red_in_junit
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert "genesis-results/result.json: another job wrote there" in errors[0]


def test_a_red_job_warns_that_another_job_wrote_its_reports(job):
    job.run(AnotherJob(job.root, Status.FAILED))
    assert job.exit_code == 1
    assert "Give each job a report-dir of its own." in warnings_of(job)[0]


def test_jobs_in_sequence_may_share_a_report_dir(job):
    job.run(polled(an_execution(Status.FAILED)))
    job.run(polled(an_execution(Status.COMPLETED)))
    assert job.exit_code == 0
    assert not job.is_red_in_junit


def test_an_interrupted_job_leaves_out_blocks_above_the_limit():
    blocks = tuple(a_block(f"b{n}") for n in range(15_000))
    execution = an_execution(Status.RUNNING, blocks=blocks)
    short = without_excess(a_run_report(a_report(execution=execution)))
    assert short.workflows[0].execution == replace(execution, blocks=())
    assert "left out" in short.workflows[0].notes[0]
    few = a_run_report(a_report(execution=replace(execution, blocks=blocks[:100])))
    assert without_excess(few) == few
    before = a_report(execution=execution, execution_id="run-1")
    [of_two] = without_excess(a_run_report(a_report(earlier=(before,)))).workflows
    assert of_two.earlier[0].execution == replace(execution, blocks=())
    assert of_two.earlier[0].execution_id == "run-1"


def test_reports_that_are_not_selected_are_not_written(job):
    provider, disk = RecordingProvider(), Disk(FakeClock())
    publisher = Publisher(provider, disk, Reporting(), files=())
    publisher.start(KILLED)
    assert publisher.publish(KILLED) == 143
    assert disk.files == {}
    assert not [line for line in provider.lines if "reports" in line]


@contextmanager
def interrupting():
    raise Interrupted
    yield


def test_a_signal_interrupts_only_the_final_reports():
    publisher = Publisher(
        RecordingProvider(), Disk(FakeClock()), Reporting(), interruptible=interrupting
    )
    publisher.start(KILLED)
    with pytest.raises(Interrupted):
        publisher.publish(KILLED)


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "genesis.env"])
def test_every_report_shows_the_notices(name):
    report = replace(a_run_report(), notices=("The key is sent in the clear",))
    text = re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), REPORTS[name](report))
    assert "The key is sent in the clear" in text
