"""What strangers' bytes are fed to: each target returns, or raises what its contract names.

The test suite feeds them with hypothesis, `run.py` with atheris for as long as one likes.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from genesis_ci import log, outcomes
from genesis_ci.api import codec
from genesis_ci.api.faults import refusal_for
from genesis_ci.config.inputs import INPUTS, Scope
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import UnreadableError
from genesis_ci.config.sources import JobInputs
from genesis_ci.config.suite import parse_file
from genesis_ci.config.variables import parse_variables
from genesis_ci.errors import ProtocolError, RefusedError
from genesis_ci.execution.polling import next_poll
from genesis_ci.models import (
    Execution,
    Outcome,
    Policy,
    RunReport,
    Verdict,
    WorkflowReport,
)
from genesis_ci.publish import REPORTS
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters import last_lines, outputs
from genesis_ci.text import is_safe_id

ASKED = "0f8fad5b-d9cb-469f-a165-70867728950e"
KEY = "gk_live_k3y_0123456789"
_WORKFLOW_INPUTS = tuple(row.name for row in INPUTS if row.scope is Scope.WORKFLOW)
_SCRUB = Scrubber([Secret(KEY)])
_NO_OUTCOME = Outcome(verdict=Verdict.TIMED_OUT, exit_code=6, message="No final status.")


def status_answer(data: bytes) -> None:
    """A status answer is a `ProtocolError`, or an execution that every report can show."""
    try:
        execution = codec.decode_execution(data, execution_id=ASKED, scrub=_SCRUB)
    except ProtocolError:
        return
    for interval in (None, 5.0):
        seconds = next_poll(execution, elapsed=61.0, interval=interval)
        _require(0 < seconds < 3600, "a look that never comes")
    _report(execution)


def trigger_answer(data: bytes) -> None:
    """A trigger's answer is an id that is safe in a URL, a refusal, or a `ProtocolError`."""
    try:
        execution_id = codec.decode_trigger(data, scrub=_SCRUB)
    except (ProtocolError, RefusedError):
        return
    _require(is_safe_id(execution_id), "an id that is not safe in a URL")
    _require(KEY not in execution_id, "an id that gives the key away")


def error_answer(data: bytes) -> None:
    """An error answer gives words on one line, without the key."""
    message = codec.decode_error_message(data, scrub=_SCRUB)
    refusal_for(500, message)
    _require(KEY not in message, "words that give the key away")
    _require(not set(message) & {"\n", "\r", "\x1b"}, "an active text")


def variables(data: bytes) -> None:
    """Context variables are texts by name, or a `UnreadableError`."""
    with suppress(UnreadableError):
        found = parse_variables(data.decode("utf-8", "replace"))
        _require(all(isinstance(part, str) for pair in found.items() for part in pair), "no text")
        codec.encode_variables(found)


def suite(data: bytes) -> None:
    """A config file gives entries with inputs, or problems that name the file."""
    path = "suite.yml"
    job = JobInputs(read_file=_no_file)
    found = parse_file(
        data.decode("utf-8", "replace"),
        path=path,
        interpolation=Interpolation({"NAME": "x"}),
        job=job,
    )
    for entry in found.entries:
        for source in (found.defaults, entry.source):
            for name in _WORKFLOW_INPUTS:
                source.value(name, job)
    _require(bool(found.entries or job.problems), "a file that says nothing and has no problem")
    _require(all(problem.file == path for problem in job.problems), "a problem without its file")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "status": status_answer,
    "trigger": trigger_answer,
    "error": error_answer,
    "variables": variables,
    "suite": suite,
}


def _no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _report(execution: Execution) -> None:
    outcome = outcomes.for_execution(execution, Policy()) or _NO_OUTCOME
    workflow = WorkflowReport(
        name=execution.workflow_name or "workflow",
        outcome=outcome,
        execution_id=execution.id,
        execution=execution,
    )
    report = RunReport(
        outcome=outcome, workflows=(workflow,), started_at=datetime(2026, 3, 16, tzinfo=UTC)
    )
    texts = [render(report) for render in REPORTS.values()]
    texts += outputs.render(report, report_dir="reports", output_block=None).values()
    texts += last_lines.ending(workflow, several=False, colours=False)
    texts.append(log.progress_line(execution, elapsed=61.0))
    _require(not any(KEY in text for text in texts), "a report that gives the key away")
