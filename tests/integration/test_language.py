"""Jobs in Japanese: what people read, from the first line of the log to the comment."""

import io
import json
import shutil
import subprocess
import sys

import pytest

from genesis_ci.app import App
from genesis_ci.config.sources import Given
from genesis_ci.jobs.configure import JobCommand
from genesis_ci.models.workflow import Verb
from genesis_ci.system.signals import Signals
from genesis_ci.system.stdout import LogWriter
from tests.builders import WORKFLOW_ID
from tests.japanese import english_in, without_texts
from tests.jobs import LIMIT, ROOT, Ended, environment, run_command, variables_for, write_config

SEVERAL = """
fail-fast: true
max-parallel: 1
workflows:
- {name: first, workflow-id: {completed}, concurrency-policy: cancel-previous}
- {name: second, workflow-id: {completed}, concurrency-policy: cancel-previous}
- {name: third, workflow-id: {failed}, attempts: 2}
- {name: fourth, workflow-id: {slow}}
"""


def assert_no_english(ended: Ended) -> None:
    texts = (ended.report(name) for name in ("summary.md", "junit.xml"))
    data = str(without_texts(ended.report("result.json")))
    assert english_in("\n".join([ended.log, *texts]), data) == []


@pytest.mark.parametrize(
    ("scenario", "exit_code", "words"),
    [
        ("unmet", 9, "✘ 条件未達：テスト 3 件中 1 件が失敗（order total）。"),
        ("flaky", 0, "試行 1 は失敗しました。試行 2/2 を開始します。"),
        ("review", 3, "次にすること まず、Genesis で承認してもらってください。"),
    ],
)
def test_a_job_in_japanese_ends_with_the_same_line(tmp_path, scenario, exit_code, words):
    ended = run_command(tmp_path, "demo", "--scenario", scenario, "--language", "ja")
    assert (ended.exit_code, ended.result["language"]) == (exit_code, "ja")
    assert words in ended.log
    assert ended.log.splitlines()[-1].startswith(f"genesis-ci: verdict={ended.result['verdict']} ")
    assert_no_english(ended)


def test_several_workflows_and_their_plan_are_in_japanese(emulator, tmp_path):
    write_config(tmp_path, emulator, SEVERAL)
    env = variables_for(emulator, "", workflow_id="", language="ja")
    plan = run_command(tmp_path, "check", **env, GENESIS_OF_NOBODY="1")  # has a warning
    assert english_in(plan.log, "") == []
    ended = run_command(tmp_path, "run", **env)
    assert (plan.exit_code, ended.exit_code) == (0, 1), ended.log
    assert_no_english(ended)


MISTAKES = {
    "no bundle": (["run"], {"SSL_CERT_FILE": "none.pem"}, "SSL_CERT_FILE：証明書バンドル"),
    "an empty bundle": (["run"], {"CURL_CA_BUNDLE": "empty"}, "CURL_CA_BUNDLE：「empty」に"),
    "SOCKS": (["run"], {"https_proxy": "socks5://127.0.0.1:9"}, "https_proxy の値は SOCKS"),
    "no key file": (["run", "--api-key-file", "none"], {}, "キーを読めません（ファイルまたは"),
    "a binary key": (["run", "--api-key-file", "latin"], {}, "UTF-8 のテキストではありません"),
    "no earlier file": (["wait", "--from", "none.json"], {}, "--from：ファイル「none.json」が"),
    "another file": (["wait", "--from", "empty"], {}, "--from：ファイルを読み取れません"),
    "show without a file": (["show"], {}, "result.json：ファイルまたはディレクトリがありません。"),
    "show of another file": (["show", "object"], {}, "object：このバージョンの"),
    "a directory": (["run", "--report-dir", "empty"], {}, "書き込めません（"),
    "no forge": (["run", "--wait-for", "{deployment: p, as: u}"], {}, "GitHub、GitLab だけです"),
    "a long value": (["run", "--run-url", f"https://h/{'x' * 90}"], {}, "…（ほか"),
}


@pytest.mark.parametrize(("argv", "env", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_explained_in_japanese(tmp_path, argv, env, words):
    (tmp_path / "empty").touch()
    (tmp_path / "object").write_text("{}")
    (tmp_path / "latin").write_bytes(b"\xe9")
    inputs = {"GENESIS_WORKFLOW_ID": WORKFLOW_ID} if argv[0] == "run" else {}
    key = {"GENESIS_API_KEY": "ak", "GENESIS_LANGUAGE": "ja"}
    ended = run_command(tmp_path, *argv, **inputs, **key, **env)
    assert ended.exit_code == 2, ended.log
    assert words in ended.log
    assert english_in(ended.log, "") == []


def test_a_terminal_without_the_characters_gets_english(tmp_path):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="backslashreplace")
    job = App({}, tmp_path, Signals(), log=LogWriter(terminal, terminal))
    assert job.run(JobCommand(Verb.RUN), {"language": Given("ja", "--language")}) == 2
    report = json.loads((tmp_path / "genesis-results/result.json").read_text())
    assert report["language"] == "en"
    assert report["notices"] == [
        "language: the encoding of this terminal has no characters for ja, so the texts are in "
        "English. Set a locale with UTF-8."
    ]


@pytest.mark.parametrize("left", [0, 3_000], ids=["missing", "cut"])
def test_an_installation_without_the_catalog_speaks_english(tmp_path, left):
    shutil.copytree(ROOT / "genesis_ci", tmp_path / "genesis_ci", ignore=lambda *_: ["locale"])
    if left:
        (tmp_path / "genesis_ci/locale").mkdir()
        catalog = (ROOT / "genesis_ci/locale/ja.mo").read_bytes()
        (tmp_path / "genesis_ci/locale/ja.mo").write_bytes(catalog[:left])
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    program += "from genesis_ci.cli import main; sys.exit(main())"
    argv = ["check", "--offline", "--language", "ja", "--workflow-id", WORKFLOW_ID]
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *argv], cwd=tmp_path, stdout=subprocess.PIPE,
        encoding="utf-8", env=environment(), timeout=LIMIT, check=True,
    )  # fmt: skip
    assert done.stdout.count("this installation has no readable texts in ja") == 1
    assert "The configuration is valid." in done.stdout
