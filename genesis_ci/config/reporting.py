"""How a job reports: known from its inputs alone, before any file is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from genesis_ci.config import values
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given, layers_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporting:
    """Where a job's evidence goes.

    `report_dir` is relative to the workspace, `summary` says whether the CI's summary page is
    written too, `output_block` names the block whose output is the job's.
    """

    report_dir: str = BY_NAME["report-dir"].default
    summary: bool = True
    output_block: str | None = None


def reporting_of(given: Mapping[str, Given]) -> Reporting:
    """Return how a job reports; a malformed input counts as not set."""
    return read_reporting(Reader(layers_of(given), []))


def read_reporting(job: Reader) -> Reporting:
    """Return the same, with a problem noted for each malformed input."""
    report_dir = (
        None if _holds_key(job, "report-dir") else job.read("report-dir", values.report_dir)
    )
    block = "" if _holds_key(job, "output-block") else job.text("output-block")
    return Reporting(
        report_dir=report_dir or Reporting().report_dir,
        summary=job.read("summary", values.boolean) is not False,
        output_block=block or None,
    )


def _holds_key(job: Reader, name: str) -> bool:
    """Whether an input that is shown holds the key; that is a problem."""
    key = job.text("api-key")
    holds = bool(key) and key in job.text(name)
    if holds:
        job.problem(name, "it holds the API key, and it is shown")
    return holds
