"""What a job leaves: outputs, reports where they belong, and words where they could not be."""

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from genesis_ci import outcomes
from genesis_ci.config.settings import Reporting
from genesis_ci.job import Interim, shortened
from genesis_ci.models import Execution, Level, RunReport, Status, Verdict, Workflow
from genesis_ci.publish import REPORTS, Evidence
from genesis_ci.system.signals import Interrupted
from tests.builders import (
    START,
    WORKFLOW_ID,
    a_block,
    a_report,
    a_run,
    a_run_report,
    an_execution,
)
from tests.fakes import FakeApi, FakeClock, RecordingProvider
from tests.unit.jobs import Job, polled

GOOD = (a_block("block-1", output="fine"), a_block("block-2"))


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


def test_the_output_is_json_of_all_blocks_or_the_one_that_was_asked_for(job, tmp_path):
    blocks = (a_block("a", output="one"), a_block("b", output="[1]", output_is_json=True))
    api = polled(an_execution(Status.COMPLETED, blocks=blocks))
    assert json.loads(job.run(api).provider.values["output"]) == {"a": "one", "b": [1]}
    assert job.run(api, output_block="a").provider.values["output"] == "one"
    assert job.run(api, output_block="z").provider.values["output"] == ""


@pytest.mark.parametrize("in_the_way", ["genesis-results", "genesis-results/junit.xml/x"])
def test_nothing_is_triggered_where_the_evidence_could_not_be_written(job, in_the_way):
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
    """Something takes the reports' place while the run is watched."""

    def __init__(self, root: Path, in_the_way: str, end: Status) -> None:
        super().__init__(polls=[an_execution(end)])
        self._root = root
        self._in_the_way = root / in_the_way

    def look(self, execution_id: str) -> Execution:
        shutil.rmtree(self._root / "genesis-results")
        self._in_the_way.parent.mkdir(parents=True, exist_ok=True)
        self._in_the_way.write_text("in the way")
        return super().look(execution_id)


@pytest.mark.parametrize(("end", "exit_code"), [(Status.COMPLETED, 70), (Status.FAILED, 1)])
def test_a_green_that_can_no_longer_be_proved_is_red(job, end, exit_code):
    job.run(ObstructedApi(job.root, "genesis-results", end))
    assert job.exit_code == exit_code
    warnings = warnings_of(job)
    assert {words.split()[0].split("/")[1] for words in warnings} == set(REPORTS)
    assert "could not be written" in warnings[0]
    assert "genesis-results/ none could be written" in reports_line(job)
    assert job.provider.values["junit-path"] == ""
    assert job.provider.values["exit-code"] == str(exit_code)


def test_a_green_without_evidence_says_what_it_was_and_how_to_go_on(job):
    job.run(ObstructedApi(job.root, "genesis-results", Status.COMPLETED))
    [error] = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert "completed" in error
    assert "genesis-results/junit.xml: Not a directory" in error
    assert "genesis-ci wait run-1" in error


def test_a_report_for_people_that_can_no_longer_be_written_changes_no_verdict(job):
    job.run(ObstructedApi(job.root, "genesis-results/report.html/x", Status.COMPLETED))
    assert job.exit_code == 0


def test_reports_go_where_they_are_asked_to(job):
    job.run(polled(an_execution(Status.COMPLETED)), report_dir="out/reports")
    assert job.report("junit.xml", "out/reports")
    assert job.provider.values["junit-path"] == "out/reports/junit.xml"


def test_the_summary_page_can_be_left_alone(job):
    job.run(polled(an_execution(Status.COMPLETED)), summary="false")
    assert job.provider.summaries == []
    assert job.report("summary.md")


def warnings_of(job: Job) -> list[str]:
    return [words for level, words in job.provider.annotations if level is Level.WARNING]


def test_reports_below_a_link_are_refused_in_words_that_say_so(job):
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
def test_a_file_that_is_a_link_is_refused_in_the_same_words(job, name):
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
    assert reports_line(job) == (
        "  reports    genesis-results/ "
        "(genesis.env, junit.xml, result.json, summary.md, report.html)"
    )


def test_the_log_does_not_name_a_report_that_could_not_be_written(job):
    (job.root / "genesis-results/report.html").mkdir(parents=True)
    job.run(polled(an_execution(Status.COMPLETED)))
    assert reports_line(job).endswith("(genesis.env, junit.xml, result.json, summary.md)")


def test_an_output_block_that_no_workflow_has_is_a_warning(job):
    api = polled(an_execution(Status.COMPLETED, blocks=GOOD))
    job.run(api, output_block="block-3")
    assert job.provider.values["output"] == ""
    assert warnings_of(job) == [
        "output-block: no workflow has a block “block-3”, so the output is empty. "
        "There are “block-1”, “block-2”."
    ]


def test_an_output_block_that_is_there_is_no_warning(job):
    job.run(polled(an_execution(Status.COMPLETED, blocks=GOOD)), output_block="block-1")
    assert warnings_of(job) == []


def a_workflow(n: int) -> Workflow:
    return Workflow(name=f"workflow {n}", workflow_id=WORKFLOW_ID)


KILLED = RunReport(outcome=outcomes.killed(may_run=True), started_at=START)


class Disk:
    """Files in memory, each of which takes its time to be written."""

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


def an_interim(count: int, *, seconds: float = 0.0) -> tuple[Interim, Disk, RecordingProvider]:
    clock, provider = FakeClock(), RecordingProvider()
    disk = Disk(clock, seconds)
    evidence = Evidence(provider, disk, Reporting(report_dir="out"))
    interim = Interim(evidence, KILLED, [a_workflow(n) for n in range(count)], clock)
    return interim, disk, provider


def test_while_the_job_runs_everything_says_that_it_was_killed_and_knows_the_ids():
    clock, provider = FakeClock(), RecordingProvider()
    disk = Disk(clock)
    evidence = Evidence(provider, disk, Reporting(report_dir="out"))
    evidence.leave(replace(KILLED, outcome=outcomes.killed(may_run=False)))
    assert "Nothing was started" in disk.files["out/junit.xml"]
    assert {name.split("/")[1] for name in disk.files} == set(REPORTS)
    assert provider.values["verdict"] == "interrupted"
    assert provider.values["exit-code"] == "143"
    workflows = [a_workflow(1), a_workflow(1)]
    interim = Interim(evidence, KILLED, workflows, clock)
    interim.execution_known(workflows[1], "run-7")
    assert provider.values["execution-id"] == "run-7"
    assert all("run-7" in text for text in disk.files.values())
    assert [row["execution_id"] for row in json.loads(disk.files["out/result.json"])["workflows"]]
    assert provider.summaries == []
    assert provider.lines == []


def test_a_run_that_is_attached_to_is_known_from_the_start():
    clock, provider = FakeClock(), RecordingProvider()
    evidence = Evidence(provider, Disk(clock), Reporting())
    Interim(evidence, KILLED, [Workflow(execution_id="run-1")], clock)
    assert provider.values["execution-id"] == "run-1"


def test_the_first_ids_are_written_the_moment_they_are_known():
    interim, _, provider = an_interim(16, seconds=0.001)
    for n in range(16):
        interim.execution_known(interim._workflows[n], f"run-{n}")
        assert provider.values["execution-id"].endswith(f"run-{n}")


def test_ids_of_a_hundred_runs_take_a_share_of_the_time_and_are_all_there_in_the_end():
    interim, disk, provider = an_interim(100, seconds=0.05)
    for n in range(100):
        interim.execution_known(interim._workflows[n], f"run-{n}")
    assert disk.writes < 30
    assert provider.values["execution-id"].count("run-") == 100


def test_an_id_that_had_to_wait_is_written_at_the_next_good_moment():
    interim, _, provider = an_interim(100, seconds=0.2)
    for n in range(50):
        interim.execution_known(interim._workflows[n], f"run-{n}")
    assert provider.values["execution-id"].count("run-") < 50
    interim._clock.pass_(600)
    interim.keep_up()
    assert provider.values["execution-id"].count("run-") == 50


def test_while_another_attempt_runs_the_ids_of_those_before_are_kept():
    interim, disk, provider = an_interim(2)
    first, second = interim._workflows
    interim.execution_known(first, "run-1")
    failed = a_report(Verdict.FAILED, 1, execution_id="run-1")
    interim.begins_again(first, [failed])
    [row, _] = json.loads(disk.files["out/result.json"])["workflows"]
    assert (row["execution_id"], row["verdict"]) == (None, "interrupted")
    assert [one["execution_id"] for one in row["earlier_attempts"]] == ["run-1"]
    interim.execution_known(first, "run-2")
    interim.execution_known(second, "run-3")
    assert provider.values["execution-id"] == "run-2,run-3"


def test_a_run_that_may_be_kept_is_known_from_the_start():
    clock, provider = FakeClock(), RecordingProvider()
    evidence = Evidence(provider, Disk(clock), Reporting())
    workflow = a_run(keeps="old-1")
    interim = Interim(evidence, KILLED, [workflow], clock)
    assert provider.values["execution-id"] == "old-1"
    interim.begins_again(workflow, ())
    assert provider.values["execution-id"] == ""


class AnotherJob(FakeApi):
    """A job with the same report directory ends while this one waits."""

    def __init__(self, root: Path, end: Status) -> None:
        super().__init__(polls=[an_execution(end)])
        self._root = root

    def look(self, execution_id: str) -> Execution:
        Job(self._root).run(polled(an_execution(Status.FAILED, id="run-2")))
        return super().look(execution_id)


def test_a_green_does_not_replace_the_red_of_another_job(job):
    job.run(AnotherJob(job.root, Status.COMPLETED))
    assert job.exit_code == 70
    assert job.is_red_in_junit
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert "genesis-results/result.json: another job wrote there" in errors[0]


def test_a_red_keeps_its_code_and_says_that_another_job_wrote_to_its_reports(job):
    job.run(AnotherJob(job.root, Status.FAILED))
    assert job.exit_code == 1
    assert "Give each job a report-dir of its own." in warnings_of(job)[0]


def test_one_job_after_the_other_may_use_the_same_directory(job):
    job.run(polled(an_execution(Status.FAILED)))
    job.run(polled(an_execution(Status.COMPLETED)))
    assert job.exit_code == 0
    assert not job.is_red_in_junit


def test_an_interrupted_job_leaves_out_blocks_that_are_too_many_and_says_so():
    blocks = tuple(a_block(f"b{n}") for n in range(15_000))
    execution = an_execution(Status.RUNNING, blocks=blocks)
    short = shortened(a_run_report(a_report(execution=execution)))
    assert short.workflows[0].execution == replace(execution, blocks=())
    assert "left out" in short.workflows[0].notes[0]
    few = a_run_report(a_report(execution=replace(execution, blocks=blocks[:100])))
    assert shortened(few) == few
    before = a_report(execution=execution, execution_id="run-1")
    [of_two] = shortened(a_run_report(a_report(earlier=(before,)))).workflows
    assert of_two.earlier[0].execution == replace(execution, blocks=())
    assert of_two.earlier[0].execution_id == "run-1"


def test_files_that_are_not_to_be_written_stay_as_they_are(job):
    provider, disk = RecordingProvider(), Disk(FakeClock())
    evidence = Evidence(provider, disk, Reporting(), files=())
    evidence.leave(KILLED)
    assert evidence.publish(KILLED) == 143
    assert disk.files == {}
    assert not [line for line in provider.lines if "reports" in line]


@contextmanager
def cut_short():
    raise Interrupted
    yield


def test_a_signal_cuts_the_final_reports_short_and_never_those_of_a_job_under_way():
    evidence = Evidence(
        RecordingProvider(), Disk(FakeClock()), Reporting(), interruptible=cut_short
    )
    evidence.leave(KILLED)
    with pytest.raises(Interrupted):
        evidence.publish(KILLED)


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "genesis.env"])
def test_every_report_shows_what_people_should_know(name):
    report = replace(a_run_report(), notices=("Keys go round in the clear",))
    text = re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), REPORTS[name](report))
    assert "Keys go round in the clear" in text
