"""`genesis.env`: the outcome as variables for later GitLab jobs, in a form it never refuses.

GitLab turns a green job red over a dotenv file with a blank line, a comment, an odd name or
5 KiB, and expands `$NAME` and `%NAME%` in values later: fixed names, safe characters, or the
variable is left out.
"""

import re
from collections.abc import Sequence

from genesis_ci.domain import RunReport

MAX_SIZE = 5000
"""Bytes of the file; values that do not fit are left out, the longest first."""
UNKNOWN = "unknown"
"""The status where Genesis told none: an earlier job's must not stand beside this job's verdict."""
_SAFE = re.compile(r"[A-Za-z0-9._:/@+,=?&~-]+")


def render(report: RunReport) -> str:
    """Return the dotenv text of a finished job."""
    workflows = report.workflows
    return _lines(
        {
            "GENESIS_EXECUTION_ID": ",".join(filter(None, (w.execution_id for w in workflows))),
            "GENESIS_STATUS": ",".join(filter(None, (w.status_word for w in workflows))) or UNKNOWN,
            "GENESIS_VERDICT": report.outcome.verdict.value,
            "GENESIS_EXIT_CODE": str(report.outcome.exit_code),
        }
    )


def render_started(execution_ids: Sequence[str]) -> str:
    """Return the dotenv text while the runs are still going."""
    return _lines({"GENESIS_EXECUTION_ID": ",".join(execution_ids)})


def _lines(values: dict[str, str]) -> str:
    lines = {name: f"{name}={value}\n" for name, value in values.items() if _SAFE.fullmatch(value)}
    while sum(map(len, lines.values())) > MAX_SIZE:
        del lines[max(lines, key=lambda name: len(lines[name]))]
    return "".join(lines.values())
