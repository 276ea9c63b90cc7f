"""The fault table over real sockets: requests and verdicts."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from genesis_ci.app import App
from genesis_ci.config.sources import from_action
from genesis_ci.jobs.configure import JobCommand
from genesis_ci.models.workflow import Verb
from genesis_ci.system.signals import Signals
from genesis_ci.system.stdout import LogWriter
from tests.jobs import Ended, assert_evidence, inputs_at, start_step, step_environment
from tests.reliability.document import CHAPTERS, DOCUMENT, FAULTS, written
from tests.reliability.stages import on_one_server

BUSY = 10.0
"""Seconds for a machine that does other things too; what is not cut short takes a minute."""
AT_ONCE = 24
AS_A_PROCESS = {"1-dead-proxy", "1-refusing-proxy"}
"""Proxies are variables of the process."""


def run_beside_others(directory, inputs, **env) -> Ended:
    """Run a step in this thread and in real time."""
    environ, log = step_environment(directory, inputs, **env), io.StringIO()
    workspace = directory / "workspace"
    job = App(environ, workspace, Signals(), log=LogWriter(log, log))
    exit_code = job.run(JobCommand(Verb.RUN), from_action(environ))
    text = log.getvalue()
    return Ended(exit_code=exit_code, log=text, workspace=workspace, directory=directory)


def check(name, directory):
    fault = FAULTS[name]
    with (fault.stage or on_one_server)(fault) as stage:
        inputs = inputs_at(stage.url, **{"max-wait-time": "8s", **fault.inputs})
        if name in AS_A_PROCESS:
            ended = start_step(directory, inputs, **stage.environ).end()
        else:
            ended = run_beside_others(directory, inputs, **stage.environ)
        posts = stage.server.count("POST")
    assert_evidence(ended, exit_code=fault.exit_code, verdict=fault.verdict)
    assert posts == fault.posts, ended.log
    assert fault.says in ended.log, ended.log
    least, most = fault.between
    assert least <= ended.result["seconds"] <= most + BUSY


@pytest.mark.parametrize("chapter", range(1, len(CHAPTERS) + 1))
def test_each_fault_of_a_chapter_has_its_verdict(chapter, subtests, tmp_path):
    """The faults with the longest waits start first, because the test waits for the last."""
    names = [name for name in FAULTS if name.startswith(f"{chapter}-")]
    names.sort(key=lambda name: FAULTS[name].between[0], reverse=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way = {name: pool.submit(check, name, tmp_path / name) for name in names}
        for name, case in under_way.items():
            with subtests.test(name):
                case.result()


def test_the_document_has_the_distinct_rows_of_the_table():
    described = {(name.partition("-")[0], fault.what) for name, fault in FAULTS.items()}
    assert len(described) == len(FAULTS) >= 60
    assert DOCUMENT.read_text(encoding="utf-8") == written(), (
        "run: python -m tests.reliability.document"
    )
