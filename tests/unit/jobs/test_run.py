"""A whole job with fakes: its log, reports and exit codes."""

import json
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from junitparser import JUnitXml

from genesis_ci.config.settings import Settings
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.features.review_status import ReviewStatus
from genesis_ci.forges.github_api import GitHub
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.report import Level
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_ci.system.signals import Interrupted
from tests.approved import check_approved
from tests.builders import WORKFLOW_ID, a_block, an_execution
from tests.fakes import FakeApi
from tests.unit.config.configs import OTHER_ID
from tests.unit.published import KEY, Job, polled


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path)


COMPLETED = {"polls": [an_execution("completed")]}
RUNNING = {"polls": [an_execution("running")]}
IN_REVIEW = {"polls": [an_execution("review_pending")]}
REFUSAL = RefusedError("No.", hint="Ask.", status=403)
PATHS: dict[str, tuple[int, dict[str, list], dict[str, Any]]] = {
    "passed": (0, COMPLETED, {}),
    "failed": (1, {"polls": [an_execution("failed", blocks=(a_block(status=Status.FAILED),))]}, {}),
    "review": (3, IN_REVIEW, {}),
    "review let pass": (0, IN_REVIEW, {"accept": "review_pending"}),
    "cancelled": (4, {"polls": [an_execution("cancelled")]}, {}),
    "timed out": (6, RUNNING, {"max_wait_time": "5s"}),
    "interrupted": (130, RUNNING, {"interrupt": 130}),
    "terminated": (143, RUNNING, {"interrupt": 143}),
    "rejected": (7, {"triggers": [REFUSAL]}, {}),
    "lost contact": (8, {"triggers": [ContactError("Reset.", reached=True)]}, {}),
    "triggered": (0, {}, {"wait": "false"}),
    "bad input": (2, {}, {"max_wait_time": "soon"}),
    "no key": (2, {}, {"api_key": ""}),
    "no key, skipped": (0, {}, {"api_key": "", "missing_key": "skip"}),
    "a bug": (70, {"polls": [ZeroDivisionError(KEY)]}, {}),
}


@pytest.mark.parametrize("path", PATHS)
def test_every_outcome_has_all_reports_and_one_exit_code(job, path):
    exit_code, answers, inputs = PATHS[path]
    job.run(FakeApi(**answers), **inputs)
    assert job.exit_code == exit_code
    assert sorted(p.name for p in (job.root / "genesis-results").glob("[!.]*")) == sorted(REPORTS)
    assert job.is_red_in_junit is (exit_code != 0)
    assert set(job.provider.values) == set(OUTPUT_NAMES)
    assert job.provider.values["exit-code"] == str(exit_code)
    assert job.result["exit_code"] == exit_code
    assert job.provider.summaries == [job.report("summary.md")]
    assert job.provider.lines[-1].startswith("genesis-ci: verdict=")
    assert job.provider.lines[-1].endswith(f"exit-code={exit_code}")
    assert bool(job.annotations(Level.ERROR)) is (exit_code != 0)
    shown = str(job.provider.lines) + str(job.provider.annotations)
    assert KEY not in shown + "".join(map(job.report, REPORTS))


SEVERAL = f"""\
version: 1
workflows:
  - {{name: '“a” 🎉 $${{X}}', tags: [t], workflow-id: {WORKFLOW_ID}}}
  - {{workflow-id: {OTHER_ID}, paths: [src/**]}}
"""
BOTH = ["“a” 🎉 ${X}", OTHER_ID]
STATUS = ReviewStatus("genesis", "a" * 40, GitHub, Secret("ghs_0123456789"))


def refuse(_: Settings) -> bool:
    raise REFUSAL


DRY_RUNS: dict[str, tuple[int, str, list[str] | None, dict[str, Any]]] = {
    "all": (0, "not_run", BOTH, {}),
    "some": (0, "not_run", BOTH[:1], {"only": "t"}),
    "without waiting": (0, "not_run", BOTH, {"wait": "false"}),
    "with a status": (
        0,
        "not_run",
        BOTH,
        {"parse": lambda parsed: replace(parsed, review_status=STATUS)},
    ),
    "without a key": (0, "not_run", BOTH, {"api_key": "", "missing_key": "skip"}),
    "of an earlier job": (
        0,
        "not_run",
        BOTH,
        {"verb": Verb.WAIT, "attach_from": "genesis-results/result.json"},
    ),
    "refused key": (7, "rejected", None, {"io": {"confirm_key": refuse}}),
    "unknown name": (2, "error", None, {"only": "u"}),
    "unknown word": (2, "error", None, {"dry_run": "yes"}),
    "other unknown word": (2, "error", None, {"dry_run": "false, true"}),
}


@pytest.mark.parametrize("path", DRY_RUNS)
def test_dry_run_writes_the_plan_and_runs_nothing(job, path):
    exit_code, verdict, selected, inputs = DRY_RUNS[path]
    job.run(FakeApi(triggers=["run-1", "run-2"]), config_text=SEVERAL, wait="false")
    api, posted = FakeApi(), []
    inputs = {"io": {"connect": lambda *forge: posted.append(forge)}, **inputs}
    job.run(api, config_text=SEVERAL, **{"dry_run": "true", **inputs})
    assert (job.exit_code, job.result["verdict"]) == (exit_code, verdict)
    assert (api.triggered, api.polled, posted) == ([], [], [])
    assert job.is_red_in_junit is (exit_code != 0)
    assert job.provider.values["selected"] == (
        json.dumps(selected, ensure_ascii=False) if selected else ""
    )
    if "dry_run" not in inputs:
        plan = json.loads(job.report("plan.json"))
        assert (plan["exit_code"], bool(plan["problems"])) == (exit_code, exit_code != 0)
        assert any("runs nothing" in words for words in job.annotations(Level.WARNING))
        assert "runs nothing" in job.report("summary.md")
    if selected:
        assert [one["name"] for one in plan["workflows"] if one["selected"]] == selected


@pytest.mark.parametrize("has_outputs", [True, False])
def test_names_that_do_not_fit_into_the_output_are_refused(job, has_outputs):
    job.provider.has_outputs = has_outputs
    entries = [f"  - {{name: '{'🎉' * 97}{at}', workflow-id: {WORKFLOW_ID}}}" for at in range(400)]
    job.run(FakeApi(), config_text="\n".join([*SEVERAL.split("\n")[:2], *entries]), dry_run="true")
    assert job.exit_code == (2 if has_outputs else 0)
    assert (job.provider.values["selected"] == "") is has_outputs


def test_a_dry_run_whose_plan_cannot_be_written_is_red(job):
    (job.root / "genesis-results/plan.json").mkdir(parents=True)
    job.run(FakeApi(), config_text=SEVERAL, dry_run="true")
    assert (job.exit_code, job.provider.values["selected"]) == (70, "")


PASSED, FAILED, ERROR = {"status": "passed"}, {"status": "failed"}, {"status": "other"}
SKIPPED = {"status": "skipped"}
TOTAL = "[{test: total, until: 2026-03-16, issue: SHOP-12}]"
EVERY = "[{test: '*', until: 2026-03-16}]"
OVER = "[{test: total, until: 2026-03-15}]"


def report_of(*tests: dict[str, str], **stated: int) -> dict[str, Any]:
    named = [{"name": name, **test} for name, test in zip(("total", "login", "tax"), tests)]  # noqa: B905
    return {"reportFormat": "CTRF", "results": {"summary": stated, "tests": named}}


@pytest.mark.parametrize(
    ("tests", "known", "verdict", "counts", "case"),
    [
        ([PASSED, PASSED], TOTAL, "passed", (2, 0, 0, 0), None),
        ([FAILED, PASSED], "", "unmet", (1, 1, 0, 0), "failure"),
        ([FAILED, PASSED], OVER, "unmet", (1, 1, 0, 0), "failure"),
        ([FAILED, PASSED], TOTAL, "passed", (1, 0, 0, 1), "skipped"),
        ([PASSED, FAILED], TOTAL, "unmet", (1, 1, 0, 0), None),
        ([FAILED, FAILED], TOTAL, "unmet", (0, 1, 0, 1), "skipped"),
        ([FAILED, FAILED], EVERY, "passed", (0, 0, 0, 2), "skipped"),
        ([FAILED, SKIPPED], TOTAL, "passed", (0, 0, 1, 1), "skipped"),
        ([SKIPPED, PASSED], TOTAL, "passed", (1, 0, 1, 0), "skipped"),
        ([SKIPPED, SKIPPED], EVERY, "unmet", (0, 0, 2, 0), "skipped"),
        ([ERROR, PASSED], EVERY, "unmet", (1, 1, 0, 0), "failure"),
        ([], EVERY, "unmet", (0, 0, 0, 0), None),
    ],
)
def test_only_other_failures_than_known_ones_make_a_run_unmet(
    job, tests, known, verdict, counts, case
):
    """The counts are those of passed, failed, skipped and known; the case is that of `total`."""
    blocks = (a_block("r", raw=report_of(*tests)),)
    job.run(polled(an_execution("completed", blocks=blocks)), known_failures=known)
    names = ("passed", "failed", "skipped", "known-failed")
    assert job.verdicts == [verdict]
    assert job.exit_code == {"passed": 0, "unmet": 9}[verdict]
    assert tuple(int(job.provider.values[f"tests-{name}"]) for name in names) == counts
    assert int(job.provider.values["tests"]) == sum(counts)
    suites = JUnitXml.fromstring(job.report("junit.xml").encode())
    cases = (one for suite in suites for one in suite if one.name == "total")
    found = [type(result).__name__.lower() for one in cases for result in one.result]
    assert found == ([case] if case else [])
    assert job.is_red_in_junit is (verdict == "unmet")


@pytest.mark.parametrize(
    ("blocks", "inputs", "why"),
    [
        ([], {"tests": "r"}, "r: at least 1 test"),
        ([], {"tests": "{at-least: 1}"}, "tests: at least 1 test"),
        (["<testsuite><failure/><testcase name='a'/></testsuite>"], {}, "(failure)"),
        ([report_of(FAILED, failed=2)], {}, "r0: counts that match its tests"),
        ([report_of(FAILED)], {"expect": "[{block: r0, query: '@', equals: 1}]"}, "equals 1"),
        ([report_of({**FAILED, "name": ""})], {}, "test 1 (no name)"),
    ],
    ids=["no report", "too few", "the suite's own", "a contradiction", "expect", "no name"],
)
def test_a_known_failure_of_every_name_covers_only_failed_tests(job, blocks, inputs, why):
    outputs = tuple(a_block(f"r{n}", raw=raw) for n, raw in enumerate(blocks))
    run = an_execution("completed", blocks=outputs)
    job.run(polled(run), known_failures=EVERY, **inputs)
    assert job.verdicts == ["unmet"]
    assert why in job.result["message"]


@pytest.mark.parametrize(
    ("least", "reports", "verdict"),
    [
        (3, [[PASSED, PASSED], [FAILED]], "passed"),
        (2, [[PASSED, PASSED], [SKIPPED]], "passed"),
        (3, [[PASSED, PASSED], [SKIPPED]], "unmet"),
        (4, [[PASSED, PASSED], [PASSED, PASSED]], "unmet"),
        (1, [[PASSED], []], "passed"),
    ],
    ids=["a known failure ran", "one ran nothing", "too few", "the same twice", "an empty one"],
)
def test_all_reports_together_need_so_many_tests(job, least, reports, verdict):
    outputs = [a_block(f"r{n}", raw=report_of(*tests)) for n, tests in enumerate(reports)]
    run = an_execution("completed", blocks=tuple(outputs))
    job.run(polled(run), known_failures=EVERY, tests=f"{{at-least: {least}}}")
    assert job.verdicts == [verdict]


def test_the_result_has_the_address_of_the_reports(job):
    job.provider.report_page = "https://ci.example/{}".format
    job.run(FakeApi(**COMPLETED))
    assert job.result["report_url"] == "https://ci.example/genesis-results"


def test_the_execution_id_is_an_output_before_the_run_ends(job):
    seen: list[str | None] = []
    job.provider.line = lambda text: seen.append(job.provider.values.get("execution-id"))
    job.run(FakeApi(**COMPLETED))
    assert seen[1] == "run-1"


def test_a_bug_report_has_its_place_and_the_execution_id(job):
    job.run(FakeApi(polls=[ZeroDivisionError()]))
    assert job.provider.values["execution-id"] == "run-1"
    assert "bug of genesis-ci" in job.report("summary.md").replace("&#45;", "-")
    assert "ZeroDivisionError at " in str(job.annotations(Level.ERROR))


def test_the_log_stays_short_in_a_day_of_waiting(job):
    blocks = tuple(a_block(f"block-{n}", Status.RUNNING) for n in range(3))
    api = polled(an_execution(Status.RUNNING, blocks=blocks, block_count=9, completed_blocks=1))
    job.run(api, max_wait_time="24h", poll_interval="30")
    assert job.exit_code == 6
    assert "Triggered: execution run-1" in job.provider.lines
    assert sum(len(line) + 1 for line in job.provider.lines) < 100_000


def test_old_green_reports_are_replaced_before_inputs_are_read(job):
    """A pull request can add reports, and can make parsing slow."""
    (job.root / "genesis-results").mkdir()
    (job.root / "genesis-results/junit.xml").write_text("<testsuites/>")
    reports: list[str] = []

    def parse(_: Settings) -> Settings:
        reports.extend(map(job.report, REPORTS))
        raise Interrupted(143)

    job.run(FakeApi(), parse=parse, interrupt=143, after=0)
    assert len(reports) == len(REPORTS)
    assert all("143" in text or "interrupted" in text for text in reports)
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
            raise Interrupted(143)
        yield

    job.run(
        FakeApi(**COMPLETED),
        interruptible=interruptible,
        io={"signalled": lambda: arrived[0] if arrived else None},
    )
    assert job.exit_code == 143
    assert job.is_red_in_junit
    assert job.provider.values["verdict"] == "interrupted"
    assert job.provider.values["execution-id"] == "run-1"
    assert sum(line.startswith("genesis-ci: verdict=") for line in job.provider.lines) == 1


def test_a_signal_before_the_log_is_read_interrupts_the_job(job):
    arrived: list[int] = []
    job.run(
        FakeApi(**COMPLETED),
        io={
            "signalled": lambda: arrived[0] if arrived else None,
            "await_readers": lambda: arrived.append(143),
        },
    )
    assert job.exit_code == 143
    assert job.is_red_in_junit


# Several workflows

CONFIG = f"""\
version: 1
max-parallel: 1
workflows:
  - {{name: smoke, workflow-id: {WORKFLOW_ID}}}
  - {{name: charter, workflow-id: {WORKFLOW_ID}, required: false}}
  - {{name: nightly, workflow-id: {WORKFLOW_ID}, inputs: {{url: https://x}}}}
"""


class ThreeRuns(FakeApi):
    """Starts run-1, run-2 and run-3; those of `failed` fail."""

    def __init__(self, *failed: str) -> None:
        super().__init__(triggers=["run-1", "run-2", "run-3"])
        self._failed = failed

    def poll(self, execution_id: str) -> Execution:
        status = Status.FAILED if execution_id in self._failed else Status.COMPLETED
        blocks = (a_block("block-1", status, output="words"),)
        return an_execution(status, id=execution_id, blocks=blocks)


TWO = "".join(f"  - {{name: {name}, workflow-id: {WORKFLOW_ID}}}\n" for name in "ab")
KNOWN_OF_BOTH = f"version: 1\ndefaults: {{known-failures: {TOTAL}}}\nworkflows:\n{TWO}"
OPTIONAL = f"version: 1\nworkflows: [{{workflow-id: {WORKFLOW_ID}, required: false}}]"
SERIAL = CONFIG.replace("workflow-id", "concurrency-policy: cancel-previous, workflow-id")
ALL_PASSED = an_execution("completed", blocks=(a_block("r", raw=report_of(PASSED, PASSED)),))
SECRET = {"inputs": "password: hunter2", "secret_inputs": "password"}
UNUSED = "[{test: total, until: 2026-03-16}, {test: hunter2, until: 2026-03-16}]"
JOBS: dict[str, tuple[FakeApi, dict[str, Any]]] = {
    "three workflows": (ThreeRuns("run-2"), {"config_text": SERIAL}),
    "fail-fast": (ThreeRuns("run-1"), {"config_text": f"{CONFIG}fail-fast: true\n"}),
    "only": (ThreeRuns(), {"config_text": SERIAL, "only": "nightly,charter"}),
    "known failures without a use": (polled(ALL_PASSED), {"known_failures": UNUSED, **SECRET}),
    "known failure of an entry that is not selected": (
        polled(ALL_PASSED),
        {"config_text": KNOWN_OF_BOTH, "only": "a"},
    ),
    "a short secret": (FakeApi(**COMPLETED), {"inputs": "pin: 417", "secret_inputs": "pin"}),
    "kept as it is written": (FakeApi(**COMPLETED), {"inputs": "url: ${PREVIEW_URL}"}),
    "many problems": (
        FakeApi(),
        {"inputs": "\n".join(f"key{n}: [x]" for n in range(12)), "wait": "maybe"},
    ),
    "one problem of several runs": (
        FakeApi(),
        {"verb": Verb.WAIT, "execution_id": "run-1 run-2", "accept": "maybe"},
    ),
    "a signal before the first request": (
        FakeApi(),
        {"interrupt": 143, "after": 0, "workflow_id": "", "execution_id": "run-7 run-8"},
    ),
    "a signal during an optional workflow": (
        FakeApi(**RUNNING),
        {"interrupt": 143, "config_text": OPTIONAL},
    ),
}


def text_of(job: Job) -> str:
    ids = [str(one["execution_id"]) for one in job.result["workflows"]]
    rows = [f"exit code {job.exit_code}", f"verdicts: {', '.join(job.verdicts)}"]
    rows += [f"ids: {', '.join(ids)}", f"output: {job.provider.values['execution-id']}"]
    rows += [f"{level}: {words}" for level, words in job.provider.annotations]
    return "\n".join([*rows, *job.provider.lines, *job.result["notices"]])


def test_logs_and_annotations_are_approved(tmp_path):
    texts = {}
    for case, (api, inputs) in JOBS.items():
        (tmp_path / case).mkdir()
        texts[case] = text_of(Job(tmp_path / case).run(api, **inputs))
    check_approved("run", texts)


def test_every_report_shows_all_workflows(job):
    job.run(ThreeRuns("run-2"), config_text=SERIAL)
    for name in ("summary.md", "report.html", "result.json", "junit.xml"):
        shown = job.report(name)
        assert all(word in shown for word in ("smoke", "charter", "nightly")), name
        assert "not required" in shown.replace("&#32;", " ") or name == "result.json"
    assert len(json.loads(job.provider.values["results"])) == 3


@pytest.mark.parametrize(
    ("config", "inputs", "skipped"),
    [(f"{CONFIG}fail-fast: true\n", {}, [0, 1, 1]), (SERIAL, {"only": "nightly"}, [1, 1, 0])],
)
def test_workflows_that_do_not_run_are_skipped_in_junit(job, config, inputs, skipped):
    job.run(ThreeRuns("run-1"), config_text=config, **inputs)
    suites = JUnitXml.fromstring(job.report("junit.xml").encode())
    assert [suite.skipped for suite in suites] == skipped


def test_a_wait_for_selected_workflows_has_their_ids(job):
    job.run(ThreeRuns(), config_text=SERIAL, only="nightly,charter")
    waiting = {"verb": Verb.WAIT, "attach_from": "genesis-results/result.json", "only": "nightly"}
    job.run(ThreeRuns(), config_text=SERIAL, **waiting)
    assert [one["execution_id"] for one in job.result["workflows"]] == [None, "run-1", "run-2"]
    assert job.provider.values["execution-id"] == "run-2"
    assert "GENESIS_RESULT_EXECUTION_ID=run-2\n" in job.report("genesis.env")
    assert " execution-id=run-2 " in job.provider.lines[-1]
    job.run(ThreeRuns(), config_text=SERIAL, io={"signalled": lambda: 143}, **waiting)
    command = "genesis-ci wait --from genesis-results/result.json --only nightly"
    assert job.result["hint"].endswith(command)


def test_refused_job_lists_no_workflow_that_is_not_selected(job):
    job.run(ThreeRuns(), config_text=CONFIG, only="nightly", max_wait_time="soon")
    assert (job.exit_code, job.verdicts) == (2, [])


def test_wait_from_attaches_to_the_same_runs_each_time(job):
    api = ThreeRuns("run-2")
    path = "genesis-results/result.json"
    waiting = {"verb": Verb.WAIT, "attach_from": path, "config_text": CONFIG}
    assert job.run(api, verb=Verb.TRIGGER, config_text=CONFIG).exit_code == 0
    assert job.run(api, **waiting, max_wait_time="soon").exit_code == 2
    assert job.run(api, **waiting, api_key="", missing_key="skip").exit_code == 0
    for _ in range(2):
        assert job.run(api, **waiting).exit_code == 0
        assert job.verdicts == ["passed", "failed", "passed"]
        assert [one["attached"] for one in job.result["workflows"]] == [True] * 3
    assert len(api.triggered) == 3
