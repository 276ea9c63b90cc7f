"""Inputs that contradict each other or their command, and inputs that are missing.

Each heading in `tests/approved/refused.txt` is a command with its inputs, its config file (`file`,
or the keys of its one `entry`), the `result` of an earlier job, and what else a task has.
"""

from typing import Any

import yaml

from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from tests.approved import check_approved_cases
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, problems_in
from tests.unit.config.configs import a_triggered, approved, entry, parse, result_json, unabridged

SHA = "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd"
RESULTS = {
    "triggered": result_json(a_triggered(workflow_id=WORKFLOW_ID), sha=SHA),
    "without a run": result_json(a_report()),
    "of another version": result_json(schema=2),
    "of another server": result_json(a_triggered(), api_url="https://x"),
}
ENVIRON = {"RUN": EXECUTION_ID, "GITHUB_TOKEN": "ghs_0123456789"}


def problems_with(verb: str, text: str) -> str:
    given: dict[str, Any] = {"sha": SHA, "ci": "GITHUB_ACTIONS", "environ": ENVIRON}
    given |= yaml.safe_load(unabridged(text))
    change = Change(sha=given.pop("sha") or None)
    config = given.pop("file", None)
    if "entry" in given:
        config = entry(*given.pop("entry").splitlines())
    if path := given.pop("find_config", None):
        given["find_config"] = lambda: path
    result = RESULTS.get(given.pop("result", ""))
    return approved(
        problems_in(parse(config, verb=Verb(verb), result=result, change=change, **given))
    )


def test_refused_jobs_are_approved():
    check_approved_cases("refused", problems_with)
