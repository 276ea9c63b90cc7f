"""`genesis-ci init`: the file that it writes for a run, and which other runs pass that file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from textwrap import indent
from typing import Any, NamedTuple

import pytest

from genesis_ci import outcomes, result
from genesis_ci.checks.judging import judge_task
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Settings, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.task import Task
from genesis_ci.jobs.init import CONFIG, InitIO, init
from genesis_ci.language import Language, use
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import RunChecks
from genesis_ci.models.policy import USUALLY_ACCEPTED, Accept, Policy
from genesis_ci.models.report import JobReport, Level, Verdict, WorkflowReport
from genesis_ci.models.workflow import Verb
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import clean_line
from tests.approved import check_approved
from tests.builders import try_out
from tests.doc_pages import ROOT, text_of
from tests.fakes import RecordingProvider, files, judged
from tests.hostile import each_string
from tests.unit.reporters import reports
from tests.unit.whole_job import report_of

RESULT = "genesis-results/result.json"
SEARCH = "0f8fad5b-d9cb-469f-a165-70867728950e"
CASE = '<testcase name="t{at}" classname="shop"/>'
JUNIT = f'<testsuite name="shop">{"".join(CASE.format(at=at) for at in range(12))}</testsuite>'
RED_CASE = CASE.replace("/>", '><failure message="no"/></testcase>')
VERDICT = "All 12 checks passed on 2026-12-01 in 3.4s (run 7f3c2a91b0).\nVERDICT: PASS\n"
MARKDOWN = "# Smoke test of 2026-12-01\n\n- ✅ Login works\n\n**Result: PASS** (12 of 12)\n"
RELEASE = "# Release 1.4.0\n\nThis release corrects how failed payments are shown.\n"
TABLE = (
    "| Check | Result |\n|---|---|\n| login | PASS |\n| Result | PASS |\n| Passed | 12 |\n"
    "| Failed | 0 |\n"
)
JAPANESE = "テスト報告（2026年12月1日）\n\n12件中12件合格\n判定：合格\n"
JEST = {"numFailedTests": 0, "numPassedTests": 12, "numTotalTests": 12, "success": True}
DOTNET = {"Outcome": "Passed", "Counters": {"Total": 12, "Passed": 12, "Failed": 0}}
PYTHON = {"exitcode": 0, "duration": 1.52, "summary": {"passed": 12, "total": 12, "failed": 0}}
GO = '{"Action":"pass","Package":"shop","Elapsed":0.1}\n{"Action":"pass","Package":"cart"}\n'
CHARTER = "Charter\n\nThe search answered in time. I saw nothing that worried me.\n"
LARGE = "A line of a report without end.\n" * 32_000 + "VERDICT: PASS\n"

in_process = partial(map, judge_task)


def blocks(**outputs: JsonValue) -> tuple[Block, ...]:
    """The blocks of an answer with these outputs; `__` in a name is a hyphen."""
    return tuple(
        reports.block(
            key.replace("__", "-"),
            output=value if isinstance(value, str | None) else json.dumps(value),
            output_is_json=not isinstance(value, str | None),
            raw=value,
        )
        for key, value in outputs.items()
    )


class Case(NamedTuple):
    """A run with these outputs, runs that are worse, and runs that are as good."""

    outputs: Mapping[str, JsonValue]
    worse: Sequence[Mapping[str, JsonValue]] = ()
    equal: Sequence[Mapping[str, JsonValue]] = ()
    status: Status = Status.COMPLETED
    variables: Mapping[str, str] = {}
    values: Mapping[str, str] = {}


def edited(outputs: Mapping[str, str], *pairs: tuple[str, str]) -> list[dict[str, JsonValue]]:
    """Return the outputs once for each pair, in which the first text became the second."""
    for old, _new in pairs:
        assert any(old in text for text in outputs.values()), old
    return [{key: one.replace(*pair) for key, one in outputs.items()} for pair in pairs]


VERDICTS = {"summary": VERDICT}
TABLES = {"table": TABLE}
ENVELOPE: JsonValue = {"exit_code": 0, "report": JUNIT}
CASES = {
    "JUnit": Case(
        {"report": JUNIT},
        [
            {"report": JUNIT.replace(CASE.format(at=3), RED_CASE.format(at=3))},
            {"report": JUNIT.replace(CASE.format(at=3), "")},
            {"report": ""},
            {"report": "I could not run the tests."},
            {},
        ],
        [{"report": JUNIT.replace("</testsuite>", '<testcase name="new"/></testsuite>')}],
    ),
    "CTRF": Case(
        {"report": report_of(*["passed"] * 12)},
        [{"report": report_of("failed", *["passed"] * 11)}, {"report": report_of("passed")}],
        [{"report": report_of(*["passed"] * 13)}],
    ),
    "go test -json": Case({"go": GO}, [{"go": GO.replace("pass", "fail")}], [{"go": GO}]),
    "Jest": Case(
        {"jest": {**JEST, "testResults": [], "numRuntimeErrorTestSuites": 0}},
        [
            {"jest": {**JEST, "numFailedTests": 1, "success": False}},
            {"jest": {**JEST, "success": False}},
            {"jest": {"success": True}},
        ],
        [{"jest": {**JEST, "numTotalTests": 13, "numRuntimeErrorTestSuites": 0}}],
    ),
    ".NET": Case(
        {"tests": DOTNET},
        [
            {"tests": {**DOTNET, "Outcome": "Failed"}},
            {"tests": {**DOTNET, "Counters": {"Total": 12, "Passed": 11, "Failed": 1}}},
        ],
        [{"tests": {**DOTNET, "Counters": {"Total": 13, "Passed": 13, "Failed": 0}}}],
    ),
    "Python": Case(
        {"pytest": PYTHON},
        [
            {"pytest": {**PYTHON, "exitcode": 1}},
            {"pytest": {**PYTHON, "summary": {"passed": 11, "total": 12, "failed": 1}}},
        ],
        [{"pytest": {**PYTHON, "duration": 2.0, "summary": {"total": 13, "failed": 0}}}],
    ),
    "exit code and report": Case(
        {"tests": ENVELOPE},
        [{"tests": {"exit_code": 1, "report": JUNIT}}, {"tests": {"exit_code": 0}}],
        [{"tests": {"exit_code": 0, "report": JUNIT.replace("shop", "store")}}],
    ),
    "text with verdicts": Case(
        VERDICTS,
        [
            *edited(
                VERDICTS,
                ("VERDICT: PASS", "VERDICT: FAIL"),
                ("All 12 checks passed", "11 of 12 checks passed"),
                ("All 12", "All 0"),
                (VERDICT, ""),
            ),
            {},
        ],
        edited(
            VERDICTS,
            ("2026-12-01", "2027-01-31"),
            ("7f3c2a91b0", "0d81aa7e54"),
            ("All 12", "All 13"),
            ("3.4s", "1m 02s"),
        ),
    ),
    "Markdown": Case(
        {"report": MARKDOWN},
        edited(
            {"report": MARKDOWN},
            ("PASS", "FAIL"),
            ("(12 of 12)", "(0 of 0)"),
            ("(12 of 12)", "(11 of 12)"),
            ("(12 of 12)", "(12 of 13)"),
        ),
        edited({"report": MARKDOWN}, ("12 of 12", "13 of 13"), ("2026-12-01", "2026-12-02")),
    ),
    "release notes": Case({"notes": RELEASE}, [{"notes": ""}], [{"notes": "# Release 1.5.0"}]),
    "table": Case(
        TABLES,
        edited(
            TABLES,
            ("| Result | PASS |", "| Result | FAIL |"),
            ("| Passed | 12 |", "| Passed | 0 |"),
            ("| Failed | 0 |", "| Failed | 1 |"),
        ),
        edited(TABLES, ("12", "13")),
    ),
    "Japanese": Case(
        {"報告": JAPANESE},
        edited(
            {"報告": JAPANESE},
            ("判定：合格", "判定：不合格"),
            ("12件中12件", "12件中11件"),
            ("12件中12件", "0件中0件"),
        ),
        edited({"報告": JAPANESE}, ("12件中12件", "13件中13件"), ("12月1日", "12月2日")),
    ),
    "nothing": Case(
        {"empty": "", "null": None, "list": [1, 2], "number": 12, "text": CHARTER},
        [{}, {"text": ""}],
        [{"text": CHARTER + "Bye."}],
    ),
    "1 MB": Case({"log": LARGE}, [{"log": ""}], [{"log": LARGE + LARGE}]),
    "parts": Case(
        {"summary": [{"type": "text", "text": "VERDICT: PASS"}]},
        [{"summary": [{"type": "text", "text": "VERDICT: FAIL"}]}, {"summary": []}],
        [{"summary": [{"type": "text", "text": "Hm."}, {"type": "text", "text": "VERDICT: PASS"}]}],
    ),
    "failure that passed": Case(
        {"text": "3 of 12 tests failed\n", "json": {"ok": False, "errors": 2}}, [{}], []
    ),
    "failed run": Case({"summary": VERDICT}, [{"summary": VERDICT}], status=Status.FAILED),
    "review": Case({"summary": VERDICT}, [], status=Status.REVIEW_PENDING),
    "variables": Case(
        {"summary": f"Logged in with t0p-s3cret.\n{VERDICT}"},
        variables={
            "target_url": "https://pr-482.preview.example.test/",
            "password": "***",
            "browser": "***",
            "api-token": "t0p-s3cret",
            "commit": reports.CHANGE.sha or "",
            "branch": "feature/checkout-2",
            "number": "482",
            "version": "1.10",
            "on": "yes",
            "prompt": "Say ${NAME}\nand: # stop",
        },
        equal=[{"summary": VERDICT}],
        values={"TARGET_URL": "https://pr-483.preview.example.test/"},
    ),
}


def a_workflow(
    outputs: Mapping[str, JsonValue], status: Status = Status.COMPLETED, **fields: Any
) -> WorkflowReport:
    run = reports.execution(status, *blocks(**outputs))
    findings = judged(RunChecks(), run.blocks, in_child=in_process, scrub=str).findings
    policy = Policy(accept=USUALLY_ACCEPTED | {Accept.REVIEW_PENDING})
    made = reports.judged(run, policy, findings=findings)
    return replace(made, **{"variables": {}, **fields})


class Written(NamedTuple):
    exit_code: int
    files: dict[str, str]
    log: str
    errors: list[str]

    @property
    def text(self) -> str:
        return self.files[CONFIG]


def write_config(made: JobReport | dict[str, str], *flags: str, **present: str) -> Written:
    provider, log = RecordingProvider(), list[str]()
    there = made if isinstance(made, dict) else {RESULT: result.render(made)}
    if "config" in present:
        there[CONFIG] = present["config"]
    io = InitIO(
        read_file=files(there),
        write_file=there.__setitem__,
        exists=lambda name: name == ".github",
        judge=partial(judged, in_child=in_process, scrub=str),
        try_out=try_out,
        provider=provider,
        speak=lambda language: use(language) and (),
        write=log.append,
        program="genesis-ci",
    )
    code = init({"--from": RESULT, **dict.fromkeys(flags, "")}, io)
    errors = [words for level, words in provider.annotations if level is Level.ERROR]
    return Written(code, there, "".join(log), errors)


def loaded(text: str, values: Mapping[str, str]) -> Settings:
    names = tuple(dict.fromkeys(re.findall(r"\$\{([A-Z_0-9]+)\}", text)))
    layer = {"config": Given(CONFIG, "config"), "expose": Given(names, "expose")}
    environ = {name: f"value of {name}" for name in names} | dict(values)
    task = Task(Verb.RUN, environ, reports.CHANGE, try_out, key_is_reported=True)
    return parse_settings(Reader(layer, read_file=files({CONFIG: text}), today=date.max), task)


def verdict(text: str, case: Case, outputs: Mapping[str, JsonValue]) -> str:
    """Return how another run ends with a file: green, unchecked or red."""
    settings = loaded(text, case.values)
    assert settings.problems == ()
    [workflow] = settings.workflows
    run = reports.execution(case.status, *blocks(**outputs))
    findings, _, unjudged = judged(workflow.checks, run.blocks, in_child=in_process, scrub=str)
    ended = outcomes.for_execution(run, workflow.policy, findings=findings, unjudged=unjudged)
    assert ended
    return "red" if not ended.green else "unchecked" if ended.unchecked else "green"


def file_of(case: Case) -> str:
    run = a_workflow(case.outputs, case.status, variables=case.variables)
    return write_config(reports.report(run)).text


@pytest.mark.parametrize("name", CASES)
def test_worse_runs_do_not_pass_the_file_and_equal_ones_do(name):
    case = CASES[name]
    file = file_of(case)
    is_strict = "accept: unchecked" not in file
    passes = "green" if is_strict else "unchecked"
    if case.status is not Status.COMPLETED:
        passes = "red"
    assert verdict(file, case, case.outputs) == passes
    assert {verdict(file, case, one) for one in case.equal} <= {passes}
    worse = {verdict(file, case, one) for one in case.worse}
    assert worse <= ({"red"} if is_strict else {"red", "unchecked"})


def test_files_are_approved():
    several = [
        a_workflow({"summary": VERDICT}, name="shop"),
        a_workflow({"notes": RELEASE}, name="search, slow", workflow_id=SEARCH, required=False),
        a_workflow({"report": JUNIT}, name=SEARCH, workflow_id=SEARCH, readiness=reports.WAITED),
    ]
    made = {name: file_of(case) for name, case in CASES.items()}
    made["three workflows"] = write_config(reports.report(*several)).text
    made["wait: false"] = write_config(reports.report(a_triggered_one())).text
    attached = a_workflow({"summary": VERDICT}, name="workflow", workflow_id=None, attached=True)
    made["only waited for"] = write_config(reports.report(attached)).text
    check_approved("init", {name: text.rstrip() for name, text in made.items()})


def a_triggered_one() -> WorkflowReport:
    return reports.workflow(Verdict.TRIGGERED, variables={"user": "bob"})


def test_japanese_result_gives_japanese_comments():
    report = reports.report(a_workflow({"notes": RELEASE}))._replace(language=Language.JAPANESE)
    written = write_config(report)
    assert "# 成功と書かれた出力がないため" in written.text
    assert "\n次：" in written.log
    assert loaded(written.text, {}).problems == ()


def test_hostile_texts_stay_texts():
    def check(text: str) -> None:
        shown = clean_line(text, limit=100) or "x"
        key = clean_line(text, limit=60)
        outputs: dict[str, JsonValue] = {
            shown[:90]: f"{text}\nVERDICT: PASS\n{text}: 12 of 12 passed",
            f"{shown[:80]} json": {key: {"failed": 0, "status": "passed", "note": text}},
        }
        made = a_workflow(outputs, name=shown, variables={shown[:90]: text, "x": "1"})
        report = reports.report(made)
        written = write_config(report)
        assert written.errors == []
        [workflow] = loaded(written.text, {}).workflows
        [run] = result.parse(result.render(report)).workflows
        assert workflow.workflow_id == run.workflow_id
        assert [*workflow.variables] == [*run.variables]
        sent = {name: value for name, value in run.variables.items() if "***" not in value}
        is_reference = re.search(r": \$\{", written.text)
        assert is_reference or sent.items() <= workflow.variables.items()
        assert {one.block for one in workflow.checks.configured} <= {one.key for one in run.blocks}
        assert workflow.policy.required
        ended = verdict(written.text, Case({}), outputs)
        assert ended == "green" or "said failure" in written.text

    each_string(check)


PAGES = {"docs/proof.md": Language.ENGLISH, "docs/ja/proof.md": Language.JAPANESE}
AN_EXAMPLE = re.compile(r"^```(text|json)\n(.*?)^```\n\n```yaml\n(.*?)^```", re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_is_written_for_its_outputs(page):
    found = AN_EXAMPLE.findall(text_of(ROOT / page))
    assert [kind for kind, _, _ in found] == ["text", "json", "json"]
    for kind, output, shown in found:
        block = re.findall(r"block: (\w+)", shown)[0]
        run = a_workflow({block: json.loads(output) if kind == "json" else output})
        file = write_config(reports.report(run)._replace(language=PAGES[page])).text
        assert file.endswith(indent(shown, "    "))


@pytest.mark.parametrize(
    ("text", "flags", "present", "words"),
    [
        (None, (), {}, "No such file or directory"),
        ("{", (), {}, "the file cannot be read"),
        ("{}", (), {}, "not a result.json"),
        (result.render(reports.report()), (), {}, "no run with the id of a workflow"),
        ("", (), {"config": "mine"}, "Add --force to replace it, or --print"),
    ],
)
def test_what_cannot_be_written_is_refused(text, flags, present, words):
    there = {} if text is None else {RESULT: text}
    written = write_config(there, *flags, **present)
    assert (written.exit_code, written.log) == (2, "")
    assert words in written.errors[0]
    assert written.files.get(CONFIG) == present.get("config")


def test_force_replaces_a_file_and_print_keeps_it():
    report = reports.report(a_workflow({"summary": VERDICT}))
    forced = write_config(report, "--force", config="mine")
    printed = write_config(report, "--print", config="mine")
    assert (forced.exit_code, printed.exit_code) == (0, 0)
    assert forced.text == printed.log
    assert printed.text == "mine"


def test_closing_names_the_next_command_with_what_it_needs():
    case = CASES["variables"]
    written = write_config(reports.report(a_workflow(case.outputs, variables=case.variables)))
    assert written.log.splitlines()[1:] == [
        "Set these variables first, in the shell and in the job: API_TOKEN BROWSER PASSWORD",
        "next: TARGET_URL=https://pr-482.preview.example.test/ genesis-ci wait --from "
        f"{RESULT} --config {CONFIG} --expose 'API_TOKEN BROWSER PASSWORD TARGET_URL'",
        "It judges the same run with this file, and starts nothing.",
        "The CI job: https://OWNER.github.io/genesis-ci/github.html",
    ]
    assert "t0p" not in written.log + written.text


def test_variables_with_one_name_and_two_values_are_kept_apart():
    addresses = ("https://a.example.com", "https://b.example.com", "https://a.example.com")
    runs = [
        a_workflow({"summary": VERDICT}, name=f"w{at}", variables={"PATH": one})
        for at, one in enumerate(addresses)
    ]
    found = re.findall("PATH: (.*?)  #", write_config(reports.report(*runs)).text)
    assert found == ["${APP_PATH}", "${APP_PATH_2}", "${APP_PATH}"]
