"""Tests of the tests: breaks the product on purpose, and each time the suite has to go red.

`python tests/mutations.py` works on copies of the repository and prints what caught each.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITE = ("tests/unit", "tests/integration/api/test_transport.py")
"""What runs in pytest's own process; a process of its own would import the installed package."""
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "e2e", "build", "dist", "genesis-results")
TOGETHER = 2
LONGEST = 600


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """In `file` the text `right`, which is there once, becomes `wrong`."""

    harm: str
    file: str
    right: str
    wrong: str


MUTATIONS = (
    Mutation(
        harm="an unknown status counts as the end of the run",
        file="execution/verdicts.py",
        right="case None | Status.PENDING | Status.RUNNING:\n            return None",
        wrong="case Status.PENDING | Status.RUNNING:\n            return None\n"
        "        case None:\n            return completed_outcome(execution)",
    ),
    Mutation(
        harm="one failed workflow of several no longer fails the job",
        file="execution/verdicts.py",
        right="worst = min(required,",
        wrong="worst = max(required,",
    ),
    Mutation(
        harm="a trigger that may have arrived is sent again under parallel",
        file="execution/retry.py",
        right="return concurrency is Concurrency.CANCEL_PREVIOUS and not ambiguous_before",
        wrong="return not ambiguous_before",
    ),
    Mutation(
        harm="a workflow is triggered before its preview is ready",
        file="execution/schedule.py",
        right="if not state.held and state.lane not in taken:",
        wrong="if state.lane not in taken:",
    ),
    Mutation(
        harm="a preview's secret header follows a redirect to another host",
        file="preview/decisions.py",
        right="return state.wanted.header if own else None",
        wrong="return state.wanted.header",
    ),
    Mutation(
        harm="a pull request's merge commit is taken for the change",
        file="providers/github.py",
        right='sha=sha(_of(request, "head", "sha")),',
        wrong='sha=sha(environ.get("GITHUB_SHA")),',
    ),
    Mutation(
        harm="the server's Retry-After is ignored",
        file="execution/retry.py",
        right="return max(longest * (1 - jitter / 2), error.retry_after or 0.0)",
        wrong="return longest * (1 - jitter / 2)",
    ),
    Mutation(
        harm="the key is sent in the clear to any host",
        file="config/parsers.py",
        right="if is_in_the_clear(text) and parts.hostname != allow_http:",
        wrong="if False:",
    ),
    Mutation(
        harm="an answer may be of any size",
        file="api/transport.py",
        right="if len(body) > MAX_ANSWER:",
        wrong="if len(body) > MAX_ANSWER * 1000:",
    ),
    Mutation(
        harm="a run is watched for twice its max-wait-time",
        file="execution/state.py",
        right="return self.began + self.workflow.max_wait + self.review_spent",
        wrong="return self.began + self.workflow.max_wait * 2 + self.review_spent",
    ),
    Mutation(
        harm="remote text moves the terminal's cursor",
        file="text.py",
        right="return _ACTIVE.sub(_visible, ",
        wrong="return str(",
    ),
    Mutation(
        harm="remote text ends the annotation and starts a command",
        file="providers/github.py",
        right='.replace("\\n", "%0A")',
        wrong="",
    ),
    Mutation(
        harm="remote text guesses the delimiter and forges an output",
        file="providers/github.py",
        right='delimiter = f"genesis_{secrets.token_hex(16)}"',
        wrong='delimiter = f"genesis_{len(secrets.token_hex(16))}"',
    ),
    Mutation(
        harm="a key in another encoding reaches the log",
        file="redaction.py",
        right="return {text, *as_json, *twice",
        wrong="return {text} or {*as_json, *twice",
    ),
    Mutation(
        harm="reports are written through a link out of the workspace",
        file="system/workspace.py",
        right="_DIRECTORY | _NO_FOLLOW, dir_fd",
        wrong="_DIRECTORY, dir_fd",
    ),
    Mutation(
        harm="a workflow that never ran turns green by being waited for",
        file="execution/outcomes.py",
        right="before if kept else Verdict.LOST_CONTACT,",
        wrong="before if kept else Verdict.PASSED,",
    ),
    Mutation(
        harm="a signal or answer that arrived is lost to an overdue call",
        file="execution/workers.py",
        right="if event is None:\n                event = self._given_up()",
        wrong="event = self._given_up() or event",
    ),
    Mutation(
        harm="a trigger that was given up goes out later",
        file="api/connection.py",
        right="if self._over:\n                raise CutError\n            self._sent = True",
        wrong="self._sent = True",
    ),
    Mutation(
        harm="a gateway's page ends the watch of a run that was seen",
        file="execution/retry.py",
        right="return error.fault if seen else None",
        wrong="return None",
    ),
    Mutation(
        harm="a silent server with hundreds of workflows overruns the deadline",
        file="execution/state.py",
        right="return self.deadline + LAST_LOOK_SECONDS",
        wrong="return math.inf",
    ),
    Mutation(
        harm="a refusal in a framework's words is asked again, and triggers twice",
        file="api/codec.py",
        right='next(filter(is_of_the_guide, said), ": ".join(said))',
        wrong='next(iter(said), "")',
    ),
    Mutation(
        harm="a run that may still be going is cancelled by the next of its template",
        file="execution/state.py",
        right="_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}",
        wrong="_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT}",
    ),
    Mutation(
        harm="a job runs whose evidence cannot be written",
        file="job.py",
        right="if settings is None or problems:",
        wrong="if settings is None:",
    ),
    Mutation(
        harm="a green is claimed that the JUnit file does not show",
        file="publish.py",
        right="elif reason and report.outcome.green:",
        wrong="elif not reason and not report.outcome.green:",
    ),
    Mutation(
        harm="an output that is missing counts as met",
        file="checks/expectations.py",
        right="return finding_of(expectation, Judgement.UNMET, str(error))",
        wrong="return finding_of(expectation, Judgement.MET, str(error))",
    ),
    Mutation(
        harm="text 0 equals number 0",
        file="checks/expectations.py",
        right="_require(value, kind(expected))\n            return _same(value, expected)",
        wrong="return (str(value) == str(expected))",
    ),
    Mutation(
        harm="a completed run whose outputs say no is green",
        file="execution/verdicts.py",
        right="if unmet or (failed and",
        wrong="if (failed and",
    ),
    Mutation(
        harm="an older run's comment replaces a newer one's",
        file="forges/comments.py",
        right="if kept.run > ours.run:",
        wrong="if not kept.run:",
    ),
    Mutation(
        harm="somebody else's comment with our mark is taken for ours",
        file="forges/github.py",
        right='if text_of(one, "user", "login") == self._login',
        wrong='if text_of(one, "user", "login")',
    ),
    Mutation(
        harm="a success is posted before the evidence is stored",
        file="publish.py",
        right="            report = self._stored(report)\n            settle(report)\n",
        wrong="            settle(report)\n            report = self._stored(report)\n",
    ),
)


def main() -> int:
    """Return 0 when every mutation was caught."""
    if failing := first_failure(None):
        sys.stdout.write(f"The suite is red without any mutation: {failing}\n")
        return 2
    with ThreadPoolExecutor(TOGETHER) as pool:
        catches = pool.map(first_failure, MUTATIONS)
        missed = 0
        for mutation, catch in zip(MUTATIONS, catches, strict=True):
            missed += catch is None
            sys.stdout.write(f"{'caught' if catch else 'SURVIVED'}: {mutation.harm}\n")
            sys.stdout.write(f"  {mutation.file}; {catch or 'no test fails'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(MUTATIONS) - missed} passed, {missed} failed\n")
    return int(missed > 0)


def first_failure(mutation: Mutation | None) -> str | None:
    """Return the first test that fails on the product with that mutation.

    The tests of the file that it breaks come first, then all of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if mutation is None:
            return failure_in(copy, *SUITE)
        mutate(copy / "genesis_ci" / mutation.file, mutation)
        own = Path("tests/unit", mutation.file).parent / f"test_{Path(mutation.file).name}"
        caught = failure_in(copy, str(own)) if (copy / own).exists() else None
        return caught or failure_in(copy, *SUITE)


def failure_in(copy: Path, *tests: str) -> str | None:
    """Return the first of the tests that fails in a copy of the repository."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            check=False,
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return f"the suite does not end within {LONGEST} s"
    if done.returncode == 0:
        return None
    found = re.search(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    if done.returncode != 1 or not found:
        raise RuntimeError(f"the suite did not run:\n{done.stdout[-2000:]}")
    return found[1]


def mutate(path: Path, mutation: Mutation) -> None:
    """Break the file; a text that is not there exactly once is an error of this script."""
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.right) != 1:
        raise RuntimeError(
            f"{mutation.file} holds {mutation.right!r} {text.count(mutation.right)}×"
        )
    path.write_text(text.replace(mutation.right, mutation.wrong), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
