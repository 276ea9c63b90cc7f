"""One job with the component, run by gitlab-ci-local with the emulator."""

import pytest

from tests.e2e.gitlab.project import component

pytestmark = pytest.mark.e2e


def test_variables_reach_genesis_unchanged(project, emulator):
    inputs = '{"target_url": "\\"a\\\\d+\\" # it\'s", "zip": "007", "n": 1.10}'
    pipeline = project.run(emulator, component(emulator, "smoke", "echo", inputs=inputs))
    assert pipeline.status("smoke") == "PASS", pipeline.log
    [run] = emulator.executions()
    assert run["triggerPayload"] == {"target_url": '"a\\d+" # it\'s', "zip": "007", "n": "1.10"}


def test_variables_of_several_lines_come_from_the_job(project, emulator):
    """As in docs/gitlab.md: GitLab merges the pipeline's job with the component's."""
    variables = {"GENESIS_INPUTS": "target_url: firefox\nn: 1.10\n"}
    jobs = {"smoke": {"variables": variables}}
    pipeline = project.run(emulator, component(emulator, "smoke", "echo"), jobs=jobs)
    assert pipeline.status("smoke") == "PASS", pipeline.log
    [run] = emulator.executions()
    assert run["triggerPayload"] == {"target_url": "firefox", "n": "1.10"}
