"""A whole job with a fake world: evidence on every path, and an exit code that fits it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from junitparser import JUnitXml

from genesis_ci.config.settings import Parsed, Verb, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.delivery import Delivery
from genesis_ci.domain import Execution, Level, Status
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.evidence import REPORTS
from genesis_ci.job import World, run_job
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_ci.runner import Runner
from genesis_ci.workspace import Workspace
from tests.builders import WORKFLOW_ID, a_block, an_execution
from tests.fakes import FakeApi, FakeClock, RecordingProvider, VirtualCalls

KEY = "gk_0123456789abcdef"


class Job:
    """One job in a temporary workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.provider = RecordingProvider()
        self.exit_code: int | None = None

    def run(self, api: FakeApi, *, interrupt: int | None = None, **inputs: str) -> "Job":
        texts = {"api-key": KEY, "workflow-id": WORKFLOW_ID}
        texts |= {name.replace("_", "-"): text for name, text in inputs.items()}
        given = {name: Given(text, name) for name, text in texts.items() if text}
        parsed = parse_settings(given, verb=Verb.RUN, read_file=Workspace(self.root).read)
        self.exit_code = run_job(parsed, self._delivery(parsed), self._world(api, interrupt))
        return self

    def _delivery(self, parsed: Parsed) -> Delivery:
        return Delivery(
            self.provider,
            Workspace(self.root),
            report_dir=parsed.report_dir,
            with_summary=parsed.summary,
            output_block=parsed.settings.output_block if parsed.settings else None,
        )

    def _world(self, api: FakeApi, interrupt: int | None) -> World:
        clock = FakeClock()
        calls = VirtualCalls(clock, api)
        if interrupt:
            calls.interrupt_at(clock() + 2.5, interrupt)
        return World(
            provider=self.provider,
            clock=clock,
            now=lambda: datetime(2026, 3, 16, tzinfo=UTC),
            make_runner=lambda _, narrator: Runner(
                api=api, calls=calls, clock=clock, jitter=lambda: 0.0, progress=narrator
            ),
        )

    def report(self, name: str, directory: str = "genesis-results") -> str:
        return (self.root / directory / name).read_text(encoding="utf-8")

    @property
    def is_red_in_junit(self) -> bool:
        suites = JUnitXml.fromstring(self.report("junit.xml").encode())
        return any(suite.failures + suite.errors for suite in suites)


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


BLOCKS = (a_block("block-1", output="fine"), a_block("block-2", Status.FAILED, output="broken"))
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


def test_a_secret_too_short_to_be_searched_for_is_told_without_its_value(job):
    inputs = {"inputs": "pin: 417", "secret_inputs": "pin"}
    job.run(polled(an_execution(Status.COMPLETED)), **inputs)
    [notice] = [words for level, words in job.provider.annotations if level is Level.NOTICE]
    assert "“pin” is shorter than 4 characters" in notice
    assert "417" not in notice


def polled(execution: Execution) -> FakeApi:
    return FakeApi(polls=[execution])


@pytest.mark.parametrize("path", PATHS)
def test_every_path_leaves_all_evidence_and_the_codes_agree(job, path):
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


@pytest.mark.parametrize("path", PATHS)
def test_a_red_job_has_an_error_annotation_and_a_green_one_has_none(job, path):
    make_api, inputs, exit_code = PATHS[path]
    job.run(make_api(), **inputs)
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert bool(errors) is (exit_code != 0)


def test_too_many_problems_make_ten_annotations_of_which_the_last_counts_the_rest(job):
    lines = "\n".join(f"key{n}: [x]" for n in range(30))
    job.run(FakeApi(), inputs=lines)
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    assert len(errors) == 10
    assert errors[-1].startswith("21 more like these")
    log = "\n".join(job.provider.lines)
    assert all(f"“key{n}”" in log for n in range(9, 30))


@pytest.mark.parametrize("exit_code", [130, 143])
def test_an_interrupted_job_leaves_all_evidence_too(job, exit_code):
    job.run(polled(an_execution(Status.RUNNING)), interrupt=exit_code)
    assert job.exit_code == exit_code
    assert job.is_red_in_junit
    assert job.provider.values["execution-id"] == "run-1"


def test_bad_input_sends_nothing(job):
    api = FakeApi()
    job.run(api, max_wait_time="soon", wait="maybe")
    assert api.triggered == []
    assert len(job.provider.annotations) == 2


def test_the_execution_id_is_an_output_before_the_run_ends(job):
    seen: list[str | None] = []
    job.provider.line = lambda text: seen.append(job.provider.values.get("execution-id"))
    job.run(polled(an_execution(Status.COMPLETED)))
    assert seen[1] == "run-1"


def test_an_execution_id_survives_a_bug(job):
    job.run(FakeApi(polls=[ZeroDivisionError()]))
    assert job.provider.values["execution-id"] == "run-1"
    assert "bug of genesis-ci" in job.report("summary.md").replace("&#45;", "-")


def test_a_bug_never_shows_its_message(job):
    job.run(FakeApi(polls=[ZeroDivisionError(f"key={KEY}")]))
    shown = str(job.provider.lines) + str(job.provider.annotations)
    assert KEY not in shown + "".join(job.report(name) for name in REPORTS)
    assert "ZeroDivisionError at " in shown


def test_the_output_is_json_of_all_blocks_or_the_one_that_was_asked_for(job, tmp_path):
    blocks = (a_block("a", output="one"), a_block("b", output="[1]", output_is_json=True))
    api = polled(an_execution(Status.COMPLETED, blocks=blocks))
    assert json.loads(job.run(api).provider.values["output"]) == {"a": "one", "b": [1]}
    assert job.run(api, output_block="a").provider.values["output"] == "one"
    assert job.run(api, output_block="z").provider.values["output"] == ""


def test_reports_that_cannot_be_written_are_told_and_do_not_change_the_verdict(job):
    (job.root / "genesis-results").write_text("in the way")
    job.run(polled(an_execution(Status.COMPLETED)))
    assert job.exit_code == 0
    warnings = [words for level, words in job.provider.annotations if level is Level.WARNING]
    assert {words.split()[0].split("/")[1] for words in warnings} == set(REPORTS)
    assert "could not be written" in warnings[0]


def test_reports_go_where_they_are_asked_to(job):
    job.run(polled(an_execution(Status.COMPLETED)), report_dir="out/reports")
    assert job.report("junit.xml", "out/reports")
    assert job.provider.values["junit-path"] == "out/reports/junit.xml"


def test_the_summary_page_can_be_left_alone(job):
    job.run(polled(an_execution(Status.COMPLETED)), summary="false")
    assert job.provider.summaries == []
    assert job.report("summary.md")


def test_the_log_of_a_day_of_waiting_stays_short(job):
    blocks = tuple(a_block(f"block-{n}", Status.RUNNING) for n in range(3))
    api = polled(an_execution(Status.RUNNING, blocks=blocks, block_count=9, completed_blocks=1))
    job.run(api, max_wait_time="24h", poll_interval="5")
    assert job.exit_code == 6
    assert sum(len(line) + 1 for line in job.provider.lines) < 100_000


def warnings_of(job: Job) -> list[str]:
    return [words for level, words in job.provider.annotations if level is Level.WARNING]


def test_reports_below_a_link_are_refused_in_words_that_say_so(job):
    (job.root / "elsewhere").mkdir()
    (job.root / "out").symlink_to("elsewhere")
    job.run(polled(an_execution(Status.COMPLETED)), report_dir="out/reports")
    assert job.exit_code == 0
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


def test_the_log_says_when_no_report_could_be_written(job):
    (job.root / "genesis-results").write_text("in the way")
    job.run(polled(an_execution(Status.COMPLETED)))
    assert reports_line(job) == "  reports    none could be written to genesis-results/"


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
