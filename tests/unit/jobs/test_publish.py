"""The outputs and reports of a job, and the messages if they cannot be written."""

import errno
import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import product

import pytest

from genesis_ci import outcomes
from genesis_ci.config.settings import Reporting
from genesis_ci.execution.state import Run
from genesis_ci.jobs.publish import EVIDENCE, REPORTS, Publisher
from genesis_ci.jobs.run import id_saver, without_excess
from genesis_ci.language import Language, use
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Policy
from genesis_ci.models.report import JobReport, Level, Verdict
from genesis_ci.result import parse
from genesis_ci.system.signals import Interrupted
from genesis_ci.system.workspace import MAX_READ, Workspace
from tests.approved import check_approved
from tests.builders import (
    EXECUTION_ID,
    START,
    WORKFLOW_ID,
    a_block,
    a_report,
    a_run,
    a_run_report,
    an_execution,
)
from tests.fakes import FakeApi, FakeClock, RecordingProvider
from tests.unit.published import Job, polled
from tests.unit.reporters.reports import a_finding

RUN_URL = "https://genesis.autify.com/runs/{execution_id}"
COMPLETED, FAILED = map(an_execution, (Status.COMPLETED, Status.FAILED))


def reports_line(job: Job) -> str:
    return next(line for line in job.provider.lines if line.startswith("  reports "))


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


def test_an_unknown_output_block_is_a_warning(job):
    blocks = (a_block("a", output="one"), a_block("b", output="two"))
    api = polled(an_execution(Status.COMPLETED, blocks=blocks))
    assert job.run(api, output_block="b").provider.values["output"] == "two"
    assert job.annotations(Level.WARNING) == []
    assert job.run(api, output_block="z").provider.values["output"] == ""
    [warning] = job.annotations(Level.WARNING)
    assert warning.startswith("output-block: no workflow has a block “z”, so the output is empty.")


@pytest.mark.parametrize(
    ("in_the_way", "name"),
    [("", "junit.xml"), ("/junit.xml/x", "junit.xml"), ("/result.json/x", "result.json")],
)
def test_nothing_is_triggered_if_reports_cannot_be_written(job, in_the_way, name):
    path = job.root / f"genesis-results{in_the_way}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    api = FakeApi()
    job.run(api)
    assert job.exit_code == 2
    assert api.triggered == []
    [error] = job.annotations(Level.ERROR)
    assert f"report-dir: genesis-results/{name} could not be written: " in error
    assert bool(job.provider.values["junit-path"]) is (name != "junit.xml")


class Meanwhile(FakeApi):
    """Something happens while the job polls its run."""

    def __init__(self, end: Status, happens: Callable[[], object]) -> None:
        super().__init__(polls=[an_execution(end)])
        self._happens = happens

    def poll(self, execution_id: str) -> Execution:
        self._happens()
        return super().poll(execution_id)


@pytest.mark.parametrize(("end", "exit_code"), [(Status.COMPLETED, 70), (Status.FAILED, 1)])
def test_a_green_job_is_red_if_reports_cannot_be_written(job, end, exit_code):
    directory = job.root / "genesis-results"

    def obstruct() -> None:
        shutil.rmtree(directory)
        directory.write_text("in the way")

    job.run(Meanwhile(end, obstruct))
    assert job.exit_code == exit_code
    paths = ", ".join(f"genesis-results/{name}" for name in REPORTS)
    warnings = job.annotations(Level.WARNING)
    assert warnings == [f"{paths} could not be written: Not a directory."]
    assert "genesis-results/ none could be written" in reports_line(job)
    assert job.provider.values["junit-path"] == ""
    assert job.provider.values["exit-code"] == str(exit_code)
    if end is Status.COMPLETED:
        [error] = job.annotations(Level.ERROR)
        assert "completed" in error
        assert "genesis-results/junit.xml: Not a directory" in error
        assert "genesis-ci wait run-1" in error


def test_a_missing_html_report_is_not_named_and_keeps_the_verdict(job):
    (job.root / "genesis-results/report.html").mkdir(parents=True)
    job.run(polled(COMPLETED))
    assert reports_line(job) == "  reports    genesis-results/"
    assert job.exit_code == 0


def test_report_dir_and_summary_decide_what_is_written(job):
    job.run(polled(COMPLETED), report_dir="out/reports", summary="false")
    assert all(job.report(name, "out/reports") for name in REPORTS)
    assert job.provider.values["junit-path"] == "out/reports/junit.xml"
    assert reports_line(job) == "  reports    out/reports/report.html"
    assert job.provider.summaries == []


@pytest.mark.parametrize(
    ("is_shell", "run_url", "hints"),
    [(True, "", [1, 0]), (False, "", [0, 0]), (True, RUN_URL, [0, 0])],
)
def test_only_the_first_job_of_a_person_says_how_to_link_the_run(job, is_shell, run_url, hints):
    job.provider.is_shell = is_shell
    for count in hints:
        job.provider.lines.clear()
        job.run(polled(COMPLETED), run_url=run_url)
        assert sum("no link yet: set run-url" in line for line in job.provider.lines) == count


def test_the_next_steps_after_unchecked_passes_are_approved(tmp_path):
    texts = {}
    for language, is_shell, report_dir in product(Language, (True, False), ("", "my reports")):
        root = tmp_path / str(len(texts))
        root.mkdir()
        job = Job(root)
        job.provider.is_shell = is_shell
        use(language)
        job.run(polled(COMPLETED), report_dir=report_dir)
        place = "shell" if is_shell else "CI"
        texts[f"{language}, {place}, report-dir: {report_dir}"] = job.provider.lines[-2]
    check_approved("unchecked", texts)


def proposes_init(job: Job) -> bool:
    return " init writes a strict" in str(job.provider.lines)


@pytest.mark.parametrize(
    ("inputs", "proposed"),
    [
        ({}, True),
        ({"tests": "none"}, True),
        ({"accept": "unchecked"}, False),
        ({"config": "none"}, False),
        ({"config_text": f"version: 1\nworkflows: [workflow-id: {WORKFLOW_ID}]"}, False),
        ({"expect": "[{block: a, equals: b}]"}, False),
        ({"wait": "false"}, False),
        ({"dry_run": "true"}, False),
    ],
)
def test_init_is_proposed_where_nobody_decided_what_is_checked(job, inputs, proposed):
    job.provider.is_shell = True
    blocks = (a_block("a", output="b", raw="b"),)
    job.run(polled(an_execution(Status.COMPLETED, blocks=blocks)), **inputs)
    assert job.exit_code == 0
    assert proposes_init(job) is proposed


def test_init_is_not_proposed_after_a_failed_run(job):
    job.provider.is_shell = True
    job.run(polled(FAILED))
    assert not proposes_init(job)


def test_init_is_not_proposed_beside_a_config_file_that_was_not_read(job):
    job.provider.is_shell = True
    (job.root / ".genesis-ci.yml").write_text("version: 1")
    job.run(polled(COMPLETED), workflow_id="", execution_id=EXECUTION_ID)
    assert job.exit_code == 0
    assert not proposes_init(job)


def test_failure_that_is_an_annotation_is_no_other_line_of_the_log(job):
    job.run(polled(FAILED))
    [error] = job.annotations(Level.ERROR)
    assert "✘ failed" in error
    assert "✘ failed" not in str(job.provider.lines)
    job.provider.annotations_kept, job.provider.annotations = None, []
    job.run(polled(FAILED))
    assert error.splitlines()[0] in job.provider.lines
    assert job.provider.annotations == []


@pytest.mark.parametrize(
    ("link", "level", "inputs"),
    [
        ("out", Level.WARNING, {"report_dir": "out/reports"}),
        ("link.yml", Level.ERROR, {"config": "link.yml", "workflow_id": ""}),
    ],
)
def test_a_symbolic_link_is_not_followed(job, link, level, inputs):
    (job.root / "elsewhere").mkdir()
    (job.root / link).symlink_to("elsewhere")
    job.run(polled(COMPLETED), **inputs)
    assert job.exit_code == 2
    assert list((job.root / "elsewhere").iterdir()) == []
    [words] = job.annotations(level)
    assert f"“{link}” is a symbolic link, and links are not followed; give a path" in words


KILLED = JobReport(outcome=outcomes.killed(), started_at=START)


@pytest.fixture
def publisher(tmp_path) -> Publisher:
    return Publisher(RecordingProvider(), Workspace(tmp_path), Reporting(report_dir="out"))


def test_the_first_reports_say_that_the_job_was_killed(publisher, tmp_path):
    publisher.start(KILLED)
    assert "may still be going" in (tmp_path / "out/junit.xml").read_text()
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == set(REPORTS)
    provider = publisher.provider
    assert provider.values["verdict"] == "interrupted"
    assert provider.values["exit-code"] == "143"
    assert (provider.summaries, provider.lines) == ([], [])


def test_new_ids_are_written_to_result_json_and_changed_outputs_only(publisher, tmp_path):
    started, waiting = a_report(execution_id="run-7"), a_report()
    publisher.renew(KILLED._replace(workflows=(waiting, waiting)))
    publisher.provider.values.clear()
    publisher.renew(KILLED._replace(workflows=(waiting, started)))
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {
        "genesis.env",
        "result.json",
    }
    rows = json.loads((tmp_path / "out/result.json").read_text())["workflows"]
    assert [row["execution_id"] for row in rows] == [None, "run-7"]
    assert publisher.provider.values.keys() == {"execution-id", "results"}
    assert publisher.provider.values["execution-id"] == "run-7"


def test_reports_that_are_not_selected_are_not_written(publisher, tmp_path):
    publisher.files = ()
    publisher.start(KILLED)
    assert publisher.publish(KILLED) == 143
    assert [*tmp_path.iterdir()] == []
    assert not [line for line in publisher.provider.lines if "reports" in line]


def test_the_log_of_a_thousand_workflows_ends_in_few_lines(publisher):
    workflows = [a_report(Verdict.FAILED, 1, name=f"w{n}") for n in range(1000)]
    publisher.publish(a_run_report(*workflows))
    assert len(publisher.provider.lines) < 150
    assert "  and 980 more in the reports" in publisher.provider.lines


class FillingDisk(Workspace):
    """A disk without space from the moment when a file is written that is named `fills_at`."""

    fills_at = ""
    full = False

    def write(self, path: str, text: str) -> None:
        self.full |= path == self.fills_at
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(path, text)


class Outputs(RecordingProvider):
    """Keeps every value of the output `verdict`; the outputs cannot be written while `full`."""

    full = False

    def __init__(self) -> None:
        super().__init__()
        self.verdicts: list[str] = []

    def outputs(self, values: Mapping[str, str]) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.verdicts += [values["verdict"]] if "verdict" in values else []


@pytest.mark.parametrize("name", ["junit.xml", "result.json"])
@pytest.mark.parametrize(
    ("report", "exit_code", "verdict", "removed"),
    [
        (a_report(), 70, "error", {"ctrf.json", "junit.xml", "genesis.env"}),
        (a_report(Verdict.FAILED, 1), 1, "failed", set()),
    ],
    ids=["green", "red"],
)
def test_a_full_disk_leaves_no_green_file_or_output(
    publisher, tmp_path, name, report, exit_code, verdict, removed
):
    publisher.provider, publisher.workspace = Outputs(), FillingDisk(tmp_path)
    publisher.start(KILLED)
    publisher.workspace.fills_at = f"out/{name}"
    assert publisher.publish(a_run_report(report)) == exit_code
    assert publisher.provider.verdicts == ["interrupted", verdict]
    left = {path.name: path.read_text().lower() for path in (tmp_path / "out").iterdir()}
    before = list(REPORTS)[: list(REPORTS).index(name)]
    assert REPORTS.keys() - left.keys() == removed & {*before}
    kept = [left[one] for one in REPORTS if one not in before]
    assert all("interrupted" in text for text in kept)


def test_a_green_job_leaves_no_report_that_says_interrupted(publisher, tmp_path):
    publisher.workspace = FillingDisk(tmp_path)
    publisher.start(KILLED)
    publisher.workspace.fills_at = "out/summary.md"
    assert publisher.publish(a_run_report(a_report())) == 0
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {*EVIDENCE, "ctrf.json"}


def test_an_outdated_genesis_env_makes_a_green_job_red(publisher, tmp_path):
    publisher.start(KILLED)
    (tmp_path / "out/genesis.env").unlink()
    (tmp_path / "out/genesis.env").mkdir()
    not_selected = replace(a_report(execution_id="run-0"), outcome=outcomes.not_selected())
    report = a_run_report(not_selected, a_report(execution_id="run-1"))
    assert publisher.publish(report) == 70
    assert publisher.provider.values["exit-code"] == "70"
    assert "\ngenesis-ci wait run-1\n" in (tmp_path / "out/summary.md").read_text()


@pytest.mark.parametrize("full_at", [(False, True), (True, True), (True, False)])
def test_a_green_job_is_red_if_its_outputs_cannot_be_written(publisher, tmp_path, full_at):
    """Outputs that can be written at last are those of a green job."""
    publisher.provider = Outputs()
    publisher.provider.full, full_at_end = full_at
    publisher.start(KILLED)
    publisher.provider.full = full_at_end
    exit_code = 70 if full_at_end else 0
    assert publisher.publish(a_run_report(a_report())) == exit_code
    assert json.loads((tmp_path / "out/result.json").read_text())["exit_code"] == exit_code
    assert full_at_end or publisher.provider.verdicts == ["passed"]


@contextmanager
def interrupting():
    raise Interrupted(143)
    yield


def test_a_signal_interrupts_only_the_final_reports(publisher):
    publisher.interruptible = interrupting
    publisher.start(KILLED)
    with pytest.raises(Interrupted):
        publisher.publish(KILLED)


class SlowReports:
    """The reports of a running job; each save of ids takes some seconds."""

    def __init__(self, seconds: float) -> None:
        self.reports: list[JobReport] = []
        self.clock = FakeClock()
        self.seconds = seconds
        self.save_ids = id_saver(self, KILLED, self.clock)

    def renew(self, report: JobReport) -> None:
        self.clock.pass_(self.seconds)
        self.reports.append(report)


def test_saving_ids_takes_a_tenth_of_the_time_at_most():
    reports = SlowReports(seconds=0.1)
    runs = [Run(workflow=a_run(name=f"workflow {n}")) for n in range(100)]
    began = reports.clock()
    for n, run in enumerate(runs):
        run.execution_id = f"run-{n}"
        reports.save_ids(runs)
        reports.clock.pass_(0.1)
    assert 0 < len(reports.reports) * 0.1 <= 0.15 * (reports.clock() - began)
    reports.clock.pass_(1.0)
    assert reports.save_ids(runs)
    assert reports.reports[-1].workflows[-1].execution_id == "run-99"


def test_the_first_id_is_saved_without_a_pause():
    reports = SlowReports(seconds=0.1)
    run = Run(workflow=a_run())
    assert reports.save_ids([run])
    run.execution_id = "run-1"
    assert reports.save_ids([run])


def test_ids_of_earlier_attempts_are_saved():
    reports = SlowReports(seconds=0.0)
    before = (a_report(execution_id="run-1"),)
    run = Run(workflow=a_run(policy=Policy(required=False)), earlier=before)
    reports.save_ids([run, Run(workflow=a_run(ended=outcomes.not_selected()))])
    row, other = reports.reports[-1].workflows
    assert other.outcome.left_out_by
    assert (row.execution_id, row.outcome.verdict) == (None, Verdict.INTERRUPTED)
    assert not row.required
    assert [one.execution_id for one in row.earlier] == ["run-1"]


@pytest.mark.parametrize(
    ("end", "exit_code", "level", "words"),
    [
        (Status.COMPLETED, 70, Level.ERROR, "genesis-results/result.json: another job wrote"),
        (Status.FAILED, 1, Level.WARNING, "Give each job a report-dir of its own."),
    ],
)
def test_reports_of_another_job_are_not_replaced_in_silence(job, end, exit_code, level, words):
    other = Job(job.root)
    job.run(Meanwhile(end, lambda: other.run(polled(FAILED))))
    assert job.exit_code == exit_code
    assert job.is_red_in_junit
    assert words in job.annotations(level)[0]
    said = job.report("result.json") + "".join(job.annotations(Level.WARNING))
    assert "Give each job a report-dir of its own." in said
    assert "Free the disk" not in said


def test_jobs_in_sequence_may_share_a_report_dir(job):
    job.run(polled(FAILED))
    job.run(polled(COMPLETED))
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
    findings = (a_finding("a", Judgement.UNMET), a_finding("b", Judgement.MET))
    before = a_report(execution=execution, execution_id="run-1", findings=findings)
    [of_two] = without_excess(a_run_report(a_report(earlier=(before,)))).workflows
    assert of_two.earlier[0].execution == replace(execution, blocks=())
    assert of_two.earlier[0].execution_id == "run-1"
    assert of_two.earlier[0].findings == findings[:1]


QUOTED = a_block(output='"' * 4_000_000)


@pytest.mark.parametrize(
    ("long", "blocks"), [("error", ()), ("error", (QUOTED,)), ("variable", (QUOTED,))]
)
def test_result_json_is_never_too_long_to_be_read(tmp_path, long, blocks):
    error, variable = ("x" * MAX_READ if name == long else "" for name in ("error", "variable"))
    execution = an_execution(error=error, blocks=blocks)
    variables = {"a": variable} if variable else {}
    full = a_report(execution_id="run-7", execution=execution, variables=variables)
    short = an_execution(blocks=(a_block(output="x"),))
    text = REPORTS["result.json"](a_run_report(a_report(execution=short, earlier=(full,))))
    Workspace(tmp_path).write("result.json", text)
    [read] = parse(Workspace(tmp_path).read("result.json")).workflows[0].earlier
    assert read.execution_id == "run-7"
    assert len(text) > 0.8 * MAX_READ
    [attempt] = json.loads(text)["workflows"][0]["earlier_attempts"]
    assert [block["output"] for block in attempt["blocks"]] == [block.output for block in blocks]
    cut = attempt["variables"]["a"] if variable else attempt["execution"]["error"]
    assert cut.endswith("more characters cut]")


def test_every_report_shows_the_notices():
    report = a_run_report()._replace(notices=("The key is sent unencrypted",))
    for name in REPORTS.keys() - {"genesis.env"}:
        text = re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), REPORTS[name](report))
        assert "The key is sent unencrypted" in text, name
