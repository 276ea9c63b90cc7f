"""What a job leaves: outputs, reports where they belong, and words where they could not be."""

import json
import shutil
from pathlib import Path

import pytest

from genesis_ci.models import Execution, Level, Status
from genesis_ci.publish import REPORTS
from tests.builders import a_block, an_execution
from tests.fakes import FakeApi
from tests.unit.jobs import BLOCKS, Job, polled


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
    assert "none could be written to genesis-results/" in reports_line(job)
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
    assert warnings_of(job)[-1] == (
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
        "(junit.xml, summary.md, result.json, report.html, genesis.env)"
    )


def test_the_log_does_not_name_a_report_that_could_not_be_written(job):
    (job.root / "genesis-results/report.html").mkdir(parents=True)
    job.run(polled(an_execution(Status.COMPLETED)))
    assert reports_line(job).endswith("(junit.xml, summary.md, result.json, genesis.env)")


def test_an_output_block_that_no_workflow_has_is_a_warning(job):
    api = polled(an_execution(Status.COMPLETED, blocks=BLOCKS))
    job.run(api, output_block="block-3")
    assert job.provider.values["output"] == ""
    assert warnings_of(job) == [
        "output-block: no workflow has a block “block-3”, so the output is empty. "
        "There are “block-1”, “block-2”."
    ]


def test_an_output_block_that_is_there_is_no_warning(job):
    job.run(polled(an_execution(Status.COMPLETED, blocks=BLOCKS)), output_block="block-1")
    assert warnings_of(job) == []
