"""`genesis.env`: the outcome as variables for later GitLab jobs, in a form it never refuses.

GitLab turns a green job red over a dotenv file with a blank line, a comment, an odd name or
5 KiB, and expands `$NAME` and `%NAME%` in values later: fixed names, safe characters, or
another word instead.
"""

import re
from collections.abc import Sequence

from genesis_ci.domain import UNKNOWN_STATUS, RunReport

MAX_SIZE = 5000
"""Bytes of the file."""
INSTEAD = {
    "GENESIS_EXECUTION_ID": "not-here:use-wait-from-result.json",
    "GENESIS_STATUS": UNKNOWN_STATUS,
}
"""What stands for a value that does not fit or is not safe: an earlier job's must not stand there.

The first is no execution id, so whoever takes it for one is told.
"""
_SAFE = re.compile(r"[A-Za-z0-9._:/@+,=?&~-]+")


def render(report: RunReport) -> str:
    """Return the dotenv text of a finished job."""
    workflows = report.workflows
    return _lines(
        {
            "GENESIS_EXECUTION_ID": ",".join(filter(None, (w.execution_id for w in workflows))),
            "GENESIS_STATUS": ",".join(filter(None, (w.status_word for w in workflows)))
            or UNKNOWN_STATUS,
            "GENESIS_VERDICT": report.outcome.verdict.value,
            "GENESIS_EXIT_CODE": str(report.outcome.exit_code),
        }
    )


def render_started(execution_ids: Sequence[str]) -> str:
    """Return the dotenv text while the runs are still going."""
    return _lines({"GENESIS_EXECUTION_ID": ",".join(execution_ids)})


def _lines(values: dict[str, str]) -> str:
    fitting = {
        name: value if _SAFE.fullmatch(value) else INSTEAD[name]
        for name, value in values.items()
        if value
    }
    while len(text := "".join(f"{name}={value}\n" for name, value in fitting.items())) > MAX_SIZE:
        longest = max(fitting, key=lambda name: len(fitting[name]))
        fitting[longest] = INSTEAD[longest]
    return text
