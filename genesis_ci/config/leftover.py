"""An execution id that an earlier job's dotenv left in the environment, and when it is not meant.

`run` would attach to that job's run and give its verdict, although that run is over, or is not
what this job was to run.
"""

from collections.abc import Iterator, Mapping

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Reader
from genesis_ci.config.verbs import Verb
from genesis_ci.config.workflow import ReadFile
from genesis_ci.domain import FINAL, UNKNOWN_STATUS, Verdict

_EXECUTION_ID = BY_NAME["execution-id"].environment_name
_CONFIG = BY_NAME["config"].default
_RUN_IS_OVER = {Verdict.PASSED, Verdict.FAILED, Verdict.CANCELLED, Verdict.SKIPPED}


def leftover(
    job: Reader, verb: Verb, environ: Mapping[str, str], read_file: ReadFile
) -> str | None:
    """Return why `run` must not attach to what the environment holds; None when it may."""
    given = job.given("execution-id")
    if verb not in {Verb.RUN, Verb.CHECK} or given is None or given.place != _EXECUTION_ID:
        return None
    status, verdict = environ.get("GENESIS_STATUS", ""), environ.get("GENESIS_VERDICT", "")
    told = f"GENESIS_STATUS={status}" if status else f"GENESIS_VERDICT={verdict}"
    why = next(_reasons(status, verdict, job, read_file), None) if status or verdict else None
    return why and (
        f"{_EXECUTION_ID} and {told} are in the environment, from an earlier job"
        f"{why}. To run the workflow, unset {_EXECUTION_ID}. To attach all the same, use "
        "--execution-id."
    )


def _reasons(status: str, verdict: str, job: Reader, read_file: ReadFile) -> Iterator[str]:
    """Why not, each as the end of a sentence about the earlier job."""
    words = status.split(",") if status else []
    over = FINAL.issuperset(words) if words else verdict in _RUN_IS_OVER
    if over or verdict == Verdict.PASSED:
        yield " whose run is over: attaching would give its verdict once more and run nothing"
    if words == [UNKNOWN_STATUS] and verdict != Verdict.TRIGGERED:
        yield " that may have had no run: the id may be that of a job before it"
    if job.has("inputs") or job.has("inputs-file"):
        yield "; this one has inputs, and attaching would give the verdict of a run without them"
    if not job.has("workflow-id") and _is_there(_CONFIG, read_file):
        yield f"; attaching would run nothing of what {_CONFIG} lists"


def _is_there(path: str, read_file: ReadFile) -> bool:
    try:
        read_file(path)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        pass
    return True
