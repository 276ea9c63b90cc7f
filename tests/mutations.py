"""Tests of the tests: breaks the product on purpose, and each time the suite has to go red.

`python tests/mutations.py` works on copies of the repository and prints what caught each;
`python tests/mutations.py interpolation` takes only those that have the word in harm or file.
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
    """In `file` the text `right`, which is there once, becomes `wrong`; a new file has no `right`.

    `tests` have to see it; without them those of the file that it breaks, then all of them.
    """

    harm: str
    file: str
    right: str | None = None
    wrong: str
    tests: tuple[str, ...] = ()


MUTATIONS = (
    Mutation(
        harm="an unknown status counts as the end of the run",
        file="outcomes.py",
        right="case None | Status.PENDING | Status.RUNNING:\n            return None",
        wrong="case Status.PENDING | Status.RUNNING:\n            return None\n"
        "        case None:\n            return _completed(execution, OnState.PASS, findings)",
    ),
    Mutation(
        harm="one failed workflow of several no longer fails the job",
        file="outcomes.py",
        right="worst = min(required,",
        wrong="worst = max(required,",
    ),
    Mutation(
        harm="a trigger that may have arrived is sent again under parallel",
        file="execution/retry.py",
        right="return run.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS and not",
        wrong="return not",
    ),
    Mutation(
        harm="a workflow is triggered before its preview is ready",
        file="execution/concurrency.py",
        right="if not run.held and run.lane not in taken:",
        wrong="if run.lane not in taken:",
    ),
    Mutation(
        harm="a preview's secret header follows a redirect to another host",
        file="execution/preview.py",
        right="header = wanted.header if _origin(url) == _origin(wanted.url) else None",
        wrong="header = wanted.header",
    ),
    Mutation(
        harm="a pull request's merge commit is reported as the change",
        file="providers/github.py",
        right='"sha": value_at(request, "head", "sha"),',
        wrong='"sha": environ.get("GITHUB_SHA"),',
    ),
    Mutation(
        harm="the server's Retry-After is ignored",
        file="execution/retry.py",
        right="return max(longest * (1 - jitter / 2), error.retry_after or 0.0)",
        wrong="return longest * (1 - jitter / 2)",
    ),
    Mutation(
        harm="the key is sent in the clear to any host",
        file="config/addresses.py",
        right="if is_in_the_clear(text) and parts.hostname != allow_http:",
        wrong="if False:",
    ),
    Mutation(
        harm="an answer can have any size",
        file="api/transport.py",
        right="if len(body) > most:",
        wrong="if len(body) > most * 1000:",
    ),
    Mutation(
        harm="a run is polled for twice its max-wait-time",
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
        right='"URLs and forms": _in_urls,',
        wrong='"URLs and forms": lambda _: set(),',
    ),
    Mutation(
        harm="reports are written through a link out of the workspace",
        file="system/workspace.py",
        right="self._open(name, _DIRECTORY | _NO_FOLLOW)",
        wrong="self._open(name, _DIRECTORY)",
    ),
    Mutation(
        harm="waiting for a workflow that never ran makes it green",
        file="outcomes.py",
        right="before if kept else Verdict.LOST_CONTACT,",
        wrong="before if kept else Verdict.PASSED,",
    ),
    Mutation(
        harm="an overdue call discards a signal or answer that arrived",
        file="execution/workers.py",
        right="            if isinstance(event, Interrupt):\n",
        wrong="            if overdue := self._given_up():\n                return overdue\n"
        "            if isinstance(event, Interrupt):\n",
    ),
    Mutation(
        harm="a trigger is sent after it was given up",
        file="api/connection.py",
        right="if self._over:\n                raise CutError\n            self.sent = True",
        wrong="self.sent = True",
    ),
    Mutation(
        harm="a gateway's page ends the polling of a known run",
        file="execution/retry.py",
        right="return error.fault if seen else None",
        wrong="return None",
    ),
    Mutation(
        harm="a silent server delays hundreds of workflows past the deadline",
        file="execution/state.py",
        right="return self.deadline + LAST_POLL_SECONDS",
        wrong="return math.inf",
    ),
    Mutation(
        harm="a refusal in a framework's format is retried and triggers twice",
        file="api/codec.py",
        right='next(filter(row_named, texts), ": ".join(texts))',
        wrong='next(iter(texts), "")',
    ),
    Mutation(
        harm="a run that may still be running is cancelled by the next one",
        file="execution/state.py",
        right="_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}",
        wrong="_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT}",
    ),
    Mutation(
        harm="a job starts although its reports cannot be written",
        file="job.py",
        right="if problems := (*settings.problems, *unwritable):",
        wrong="if problems := settings.problems:",
    ),
    Mutation(
        harm="a job is green although its JUnit file is not",
        file="publish.py",
        right="elif reason and report.outcome.green:",
        wrong="elif not reason and not report.outcome.green:",
    ),
    Mutation(
        harm="a missing output passes its check",
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
        harm="a completed run with a failed check is green",
        file="outcomes.py",
        right="if unmet:\n        why =",
        wrong="if False:\n        why =",
    ),
    Mutation(
        harm="an older run's comment replaces a newer one's",
        file="forges/comment_thread.py",
        right="if kept.run > ours.run:",
        wrong="if not kept.run:",
    ),
    Mutation(
        harm="another user's comment with our mark is overwritten",
        file="forges/github_api.py",
        right='text_of(comment, "user", "login") == login()',
        wrong='bool(text_of(comment, "user", "login"))',
    ),
    Mutation(
        harm="a success is posted before the reports are stored",
        file="publish.py",
        right="            report = self._stored(report)\n            on_stored(report)\n",
        wrong="            on_stored(report)\n            report = self._stored(report)\n",
    ),
    Mutation(
        harm="a request is sent although it was given up before it connected",
        file="api/connection.py",
        right="            if self._over:\n                twin.close()\n"
        "                raise CutError\n",
        wrong="",
    ),
    Mutation(
        harm="a request is sent although it was given up before its thread began",
        file="api/connection.py",
        right="        if self._over:\n            raise CutError\n        _thread",
        wrong="        _thread",
    ),
    Mutation(
        harm="a signal while a green job writes its log leaves exit code 0",
        file="job.py",
        right="return code if late in {None, code} else",
        wrong="return code if True else",
    ),
    Mutation(
        harm="a signal while a green job writes its reports leaves exit code 0",
        file="job.py",
        right="\n    return publisher.publish(_as_interrupted(report, "
        "services.signalled()), on_stored)",
        wrong="\n    return publisher.publish(report, on_stored)",
    ),
    Mutation(
        harm="a stuck interrupted job ends itself after the CI has killed it",
        file="system/signals.py",
        right="HARD_END = 3.5",
        wrong="HARD_END = 9.0",
    ),
    Mutation(
        harm="bidi isolates reverse remote text",
        file="text.py",
        right="\\u2060-\\u206f",
        wrong="\\u2060-\\u2065\\u206a-\\u206f",
    ),
    Mutation(
        harm="GitLab expands a variable in a value of genesis.env",
        file="reporters/outputs.py",
        right='_SAFE = re.compile(r"[A-Za-z0-9.',
        wrong='_SAFE = re.compile(r"[$A-Za-z0-9.',
    ),
    Mutation(
        harm="one reference in a config file reads a variable of any size",
        file="config/interpolation.py",
        right="if len(value) > self._characters_left:",
        wrong="if self._characters_left < 0:",
    ),
    Mutation(
        harm="a config file reads a variable any number of times",
        file="config/interpolation.py",
        right="        self._characters_left -= len(value)\n",
        wrong="",
    ),
    Mutation(
        harm="a killed job's result.json has only the first id",
        file="execution/loop.py",
        right="            if not self._recorded:\n                self._keep_record()\n",
        wrong="",
    ),
    Mutation(
        harm="a killed job's result.json has no id",
        file="execution/lifecycle.py",
        right="        self.record()\n        self.progress.triggered",
        wrong="        self.progress.triggered",
    ),
    Mutation(
        harm="an earlier job's green genesis.env stays while a job runs",
        file="job.py",
        right="        publisher.start(report)\n        settings",
        wrong="        settings",
    ),
    Mutation(
        harm="a run that timed out is triggered again",
        file="models/__init__.py",
        right="frozenset({Verdict.FAILED, Verdict.UNMET})",
        wrong="frozenset({Verdict.FAILED, Verdict.UNMET, Verdict.TIMED_OUT})",
    ),
    Mutation(
        harm="a cancelled run passes after a failed attempt",
        file="execution/state.py",
        right="return policy.after_a_failure if self.earlier else policy",
        wrong="return policy",
    ),
    Mutation(
        harm="another run of the template starts beside a second attempt",
        file="execution/state.py",
        right="        self.notes = notes\n        self.earlier",
        wrong="        self.notes, self.lane = notes, None\n        self.earlier",
    ),
    Mutation(
        harm="an earlier run with other variables is kept",
        file="execution/lifecycle.py",
        right="if (execution.payload or {}) != workflow.variables:",
        wrong="if execution.payload is None:",
    ),
    Mutation(
        harm="an earlier pass for another commit is kept",
        file="config/previous_job.py",
        right="if report.change.sha == sha:",
        wrong="if report.change.sha:",
    ),
    Mutation(
        harm="no code reads a new input",
        file="config/inputs.py",
        right='    Input(\n        name="expose",',
        wrong='    Input(name="fresh", type=types.FILE, meaning="New."),\n'
        '    Input(\n        name="expose",',
        tests=("tests/unit/test_inputs_are_used.py",),
    ),
    Mutation(
        harm="a command accepts an input and ignores it",
        file="config/inputs.py",
        right='        target="policy.on_cancelled",\n        requires=Needs.WAIT,\n',
        wrong='        target="policy.on_cancelled",\n',
        tests=("tests/unit/test_inputs_are_used.py",),
    ),
    Mutation(
        harm="a new report is not documented",
        file="publish.py",
        right='    "report.html": html.render,\n',
        wrong='    "report.html": html.render,\n    "report.md": summary.render,\n',
        tests=("tests/test_docs.py",),
    ),
    Mutation(
        harm="a new CI provider has no row, so no job finds it",
        file="providers/bamboo.py",
        wrong="from genesis_ci.providers.plain import Plain\n\n\nclass Bamboo(Plain):\n"
        '    name = "bamboo"\n',
        tests=("tests/unit/providers/test_all.py",),
    ),
)


def main(word: str = "") -> int:
    """Return 0 when every mutation whose harm or file has the word was caught."""
    mutations = [one for one in MUTATIONS if word in one.harm or word in one.file]
    if not word and (failing := first_failure(None)):
        sys.stdout.write(f"The suite is red without any mutation: {failing}\n")
        return 2
    with ThreadPoolExecutor(TOGETHER) as pool:
        catches = pool.map(first_failure, mutations)
        missed = 0
        for mutation, catch in zip(mutations, catches, strict=True):
            missed += catch is None
            sys.stdout.write(f"{'caught' if catch else 'SURVIVED'}: {mutation.harm}\n")
            sys.stdout.write(f"  {mutation.file}; {catch or 'no test fails'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(mutations) - missed} passed, {missed} failed\n")
    return int(missed > 0)


def first_failure(mutation: Mutation | None) -> str | None:
    """Return the first test that fails on the product with that mutation."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if mutation is None:
            return failure_in(copy, *SUITE)
        mutate(copy / "genesis_ci" / mutation.file, mutation)
        if mutation.tests:
            return failure_in(copy, *mutation.tests)
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
    """Break the file, or write it; a text that is not there once is an error of this script."""
    if mutation.right is None:
        path.write_text(mutation.wrong, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.right) != 1:
        raise RuntimeError(
            f"{mutation.file} holds {mutation.right!r} {text.count(mutation.right)}×"
        )
    path.write_text(text.replace(mutation.right, mutation.wrong), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
