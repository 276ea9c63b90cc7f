"""`failed-from`: which entries of a second job attach to a run of the first one."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from genesis_ci.models.workflow import Verb
from tests.approved import check_approved
from tests.forges import OTHER_SHA, SHA
from tests.unit.config.configs import FILE, KEY, PATH
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, on_github
from tests.unit.whole_job import Ended, Ending, World, report_of, run

SHOP, SEARCH, OTHER = (f"6f9619ff-8b86-4d01-b42d-00c04fc964f{at}" for at in range(3))
PASSES, FAILS = Ending(output=report_of("passed")), Ending("failed")
UNMET, UNCHECKED = Ending(output=report_of("failed")), Ending()
REVIEWED = Ending(output=report_of("passed"), reviewed=25.0, seconds=26.0)
IN_REVIEW = Ending(reviewed=math.inf, seconds=math.inf)
LONG = Ending(output=report_of("passed"), seconds=60.0)
ENDLESS = Ending(seconds=math.inf)
ENTRY = {"workflow-id": SHOP, "inputs": {"user": "bob"}}
SECRET = {**ENTRY, "inputs": {"user": "bob", "login": "s3cret-of-bob"}, "secret-inputs": "login"}
ONE_TEMPLATE = {"workflow-id": SHOP, "concurrency-policy": "cancel-previous"}
TWO = {
    "shop": {"inputs": {"a": "1"}, **ONE_TEMPLATE},
    "cart": {"inputs": {"a": "2"}, **ONE_TEMPLATE},
}
DIFFERENT = {"shop": ENTRY, "cart": {**ENTRY, "workflow-id": SEARCH}}
ATTEMPTS = {"attempts": 2}
ADDRESS = {"url": "https://preview.example.com/", "timeout": "20s"}
DEPLOYED = {"deployment": "Preview", "as": "target", "timeout": "20s"}

Rows = list[dict[str, Any]]


class Jobs:
    """Two jobs in one world; the second one reads what the first one left.

    The runs end one after another as `endings` say. `edit` changes the rows of the file, `between`
    the world. The second job has the `inputs`, and `now` in its entries.
    """

    def __init__(
        self,
        *endings: Ending,
        entries: Mapping[str, Mapping[str, Any]] | None = None,
        defaults: Mapping[str, Any] | None = None,
        first: Verb = Verb.RUN,
        signal_at: str | None = None,
        move: str = "ok",
        edit: Callable[[Rows], object] = lambda _: None,
        between: Callable[[World], object] = lambda _: None,
        now: Mapping[str, Any] | None = None,
        shas: tuple[str, str] = (SHA, SHA),
        event: str = "",
        **inputs: str,
    ) -> None:
        runs, entries, self.event = iter(endings), entries or {"shop": ENTRY}, event
        self.world = world = World(endings=lambda _: next(runs, PASSES), moves=lambda: move)
        world.cancelling = frozenset({SHOP} if entries is TWO else ())
        world.forge.deploy("Preview", "success", environment_url="https://preview.example.com")
        given = {"poll-interval": 5, **(defaults or {})}
        self._write(entries, {"max-wait-time": "40s", **given})
        self.first = self._run(first, sha=shas[0], signal_at=signal_at)
        self.sent_before = len(world.triggers)
        world.moves = lambda: "ok"
        document = json.loads(world.files[PATH])
        edit(document["workflows"])
        world.files[PATH] = json.dumps(document)
        between(world)
        changed = {name: {**entry, **(now or {})} for name, entry in entries.items()}
        self._write(changed, {"max-wait-time": "2m", **given})
        named = {name.replace("_", "-"): text for name, text in inputs.items()}
        self.second = self.again(sha=shas[1], **named)

    def _write(self, entries: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        rows = [{"name": name, **one} for name, one in entries.items()]
        config = {"version": 1, "defaults": defaults, "workflows": rows}
        self.world.files[FILE] = json.dumps(config)

    def again(self, *, sha: str = SHA, **inputs: str) -> Ended:
        """Run a job that reads what the one before left."""
        return self._run(Verb.RUN, sha=sha, **{"failed-from": PATH, **inputs})

    def _run(self, verb: Verb, *, sha: str, signal_at: str | None = None, **inputs: str) -> Ended:
        environ = on_github(GITHUB_EVENT_NAME="push", GITHUB_SHA=sha)
        if self.event:
            environ = on_github(GITHUB_EVENT_PATH=self.event)
        given = {"api-key": KEY, "github-token": TOKEN, **inputs}
        return run(self.world, verb, given, environ, signal_at=signal_at)

    @property
    def text(self) -> str:
        """What became of each entry, and what the second job says of `failed-from`."""
        result = self.second.result
        count = len(self.world.triggers) - self.sent_before
        lines = [f"exit {self.second.code}, {count} triggers"]
        before = [row["verdict"] for row in self.first.result["workflows"]]
        for row, verdict in zip(result["workflows"], before, strict=False):
            how = "attached" if row["attached"] else "started" if row["execution_id"] else "no run"
            words = filter(None, (how, row["execution_id"], "→", row["verdict"]))
            lines.append(f"{row['name']}: {verdict} → {' '.join(words)}{' flaky' * row['flaky']}")
            if row["exit_code"]:
                lines += [f"  {row['message']}", f"  → {row['hint']}"]
            lines += [f"  note: {note}" for note in row["notes"]]
        lines += [f"notice: {one}" for one in result["notices"] if "failed-from" in one]
        lines += [f"problem: {one}" for one in result["problems"]]
        cancelled = [one.id for one in self.world.accepted.values() if one.cancelled]
        return "\n".join([*lines, *(f"cancelled: {one}" for one in cancelled)])


def recorded(**fields: Any) -> Callable[[Rows], object]:
    return lambda rows: rows[0].update(fields)


def twice(**fields: Any) -> Callable[[Rows], object]:
    return lambda rows: rows.append({**rows[0], **fields})


def shown(**fields: Any) -> Callable[[World], object]:
    """Let Genesis show another run under the id in the file."""
    return lambda world: vars(world.accepted["run-1"]).update(fields)


def file(text: str) -> Callable[[World], object]:
    return lambda world: world.files.update({PATH: text})


def not_ready(world: World) -> None:
    world.preview = lambda _: 503


CASES: dict[str, Callable[[], Jobs]] = {
    # what the file records
    "passed": lambda: Jobs(PASSES),
    "failed": lambda: Jobs(FAILS),
    "unmet": lambda: Jobs(UNMET),
    "cancelled": lambda: Jobs(Ending("cancelled")),
    "skipped": lambda: Jobs(Ending("skipped")),
    "unchecked": lambda: Jobs(UNCHECKED),
    "unchecked, and now checked": lambda: Jobs(UNCHECKED, now={"tests": {"at-least": 1}}),
    "in review, approved since": lambda: Jobs(REVIEWED, between=lambda one: one.clock.pass_(20)),
    "in review": lambda: Jobs(IN_REVIEW),
    "interrupted": lambda: Jobs(LONG, signal_at="poll"),
    "interrupted, and fails": lambda: Jobs(FAILS, signal_at="poll", defaults=ATTEMPTS),
    "triggered": lambda: Jobs(LONG, first=Verb.TRIGGER),
    "timed out": lambda: Jobs(LONG),
    "timed out, and never ends": lambda: Jobs(ENDLESS),
    "timed out after a failed attempt": lambda: Jobs(FAILS, LONG, defaults=ATTEMPTS),
    "lost trigger": lambda: Jobs(PASSES, move="lost"),
    "refused trigger": lambda: Jobs(move="refused"),
    "error with a run": lambda: Jobs(PASSES, edit=recorded(verdict="error", exit_code=70)),
    "forged verdict": lambda: Jobs(FAILS, edit=recorded(verdict="passed", exit_code=0)),
    "flaky": lambda: Jobs(FAILS, PASSES, defaults=ATTEMPTS),
    "flaky, and not accepted now": lambda: Jobs(
        FAILS, PASSES, defaults=ATTEMPTS, now={"accept": "none"}
    ),
    # what this job would start
    "variables in another order": lambda: Jobs(
        PASSES, edit=recorded(variables={"b": "2", "a": "1"}),
        entries={"shop": {"workflow-id": SHOP, "inputs": {"a": "1", "b": "2"}}},
    ),
    "another value": lambda: Jobs(PASSES, now={"inputs": {"user": "eve"}}),
    "another variable": lambda: Jobs(PASSES, now={"inputs": {"name": "bob"}}),
    "one variable more": lambda: Jobs(PASSES, now={"inputs": {"user": "bob", "more": ""}}),
    "one variable less": lambda: Jobs(PASSES, now={"inputs": {}}),
    "a value that the file cuts": lambda: Jobs(
        PASSES, entries={"shop": {**ENTRY, "inputs": {"text": "x" * 200_000}}}
    ),
    "a secret": lambda: Jobs(PASSES, entries={"shop": SECRET}),
    "another secret": lambda: Jobs(
        PASSES, entries={"shop": SECRET}, now={"inputs": {"user": "bob", "login": "s3cret-of-eve"}}
    ),
    "a secret in another value": lambda: Jobs(
        PASSES, entries={"shop": {**SECRET, "inputs": {"login": "s3cret", "url": "//s3cret@x"}}}
    ),
    "a secret only now": lambda: Jobs(PASSES, now={"secret-inputs": "user"}),
    "another workflow id": lambda: Jobs(PASSES, now={"workflow-id": OTHER}),
    "another name": lambda: Jobs(PASSES, edit=recorded(name="cart")),
    "another commit": lambda: Jobs(PASSES, shas=(SHA, OTHER_SHA)),
    "no commit in the file": lambda: Jobs(PASSES, shas=("", SHA)),
    "no commit here": lambda: Jobs(PASSES, shas=(SHA, "")),
    "no commit in both": lambda: Jobs(PASSES, shas=("", "")),
    "an address that is not ready now": lambda: Jobs(
        PASSES, defaults={"wait-for": ADDRESS}, between=not_ready
    ),
    "an address of a deployment": lambda: Jobs(PASSES, defaults={"wait-for": DEPLOYED}),
    # several entries
    "two entries": lambda: Jobs(PASSES, FAILS, entries=DIFFERENT),
    "left out by only": lambda: Jobs(PASSES, FAILS, entries=DIFFERENT, only="cart"),
    "one template": lambda: Jobs(PASSES, FAILS, entries=TWO),
    "one template, the first one goes on": lambda: Jobs(LONG, entries=TWO, signal_at="poll"),
    "one template, the second one goes on": lambda: Jobs(FAILS, LONG, entries=TWO),
    "one template, the first one never ends": lambda: Jobs(ENDLESS, entries=TWO),
    "one name twice in the file": lambda: Jobs(PASSES, edit=twice(execution_id="run-9")),
    # what Genesis shows of the run
    "other variables": lambda: Jobs(PASSES, between=shown(payload={"user": "eve"})),
    "more variables": lambda: Jobs(PASSES, between=shown(payload={"user": "bob", "x": "y"})),
    "variables of another type": lambda: Jobs(PASSES, between=shown(payload=["user"])),
    "no variables": lambda: Jobs(PASSES, between=shown(payload=None)),
    "no variables while it goes on": lambda: Jobs(
        LONG, signal_at="poll", between=shown(payload=None)
    ),
    "no variables in an accepted review": lambda: Jobs(
        IN_REVIEW, between=shown(payload=None),
        now={"accept": ["review_pending"], "max-review-time": "20s"},
    ),
    "an accepted review": lambda: Jobs(
        IN_REVIEW, now={"accept": ["review_pending"], "max-review-time": "20s"}
    ),
    "another workflow": lambda: Jobs(PASSES, between=shown(template=OTHER)),
    "no workflow": lambda: Jobs(PASSES, between=shown(template=None)),
    "no such run": lambda: Jobs(PASSES, between=lambda world: world.accepted.pop("run-1")),
    # other files
    "no file": lambda: Jobs(PASSES, between=lambda world: world.files.pop(PATH)),
    "a broken file": lambda: Jobs(PASSES, between=file("{")),
    "another tool's file": lambda: Jobs(PASSES, between=file('{"schema": 1}')),
    "a forged id": lambda: Jobs(PASSES, edit=recorded(execution_id="../keys")),
    "a forged commit": lambda: Jobs(
        PASSES, between=lambda one: one.files.update({PATH: one.files[PATH].replace(SHA, "HEAD")})
    ),
    "one run for two entries": lambda: Jobs(PASSES, edit=twice(name="cart")),
}  # fmt: skip


def test_second_jobs_are_approved():
    check_approved("failed_from", {case: jobs().text for case, jobs in CASES.items()})


def test_an_entry_that_paths_leave_out_is_not_attached(tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    jobs = Jobs(
        PASSES,
        entries={"shop": {**ENTRY, "paths": ["shop/**"]}},
        event=str(event),
        between=lambda world: world.forge.touch("README"),
    )
    [before], [row] = jobs.first.result["workflows"], jobs.second.result["workflows"]
    assert (before["verdict"], row["verdict"], row["execution_id"]) == ("passed", "not_run", None)
    assert (jobs.second.code, len(jobs.world.accepted)) == (0, 1)


def test_a_third_job_attaches_as_the_second_one_did():
    """What the second job writes of an attached run is enough for the next one."""
    jobs = Jobs(FAILS, PASSES, entries={"shop": SECRET}, defaults=ATTEMPTS)
    third = jobs.again()
    [row] = third.result["workflows"]
    assert (row["execution_id"], row["attached"], row["flaky"]) == ("run-2", True, True)
    assert third.result["change"]["sha"] == SHA
    assert len(jobs.world.accepted) == 2


def test_a_job_that_waits_for_a_run_of_no_commit_records_none():
    jobs = Jobs(LONG, first=Verb.TRIGGER, shas=("", SHA), failed_from="", **{"from": PATH})
    assert (jobs.second.code, jobs.second.result["change"]["sha"]) == (0, None)


def test_a_job_that_is_interrupted_leaves_the_next_one_what_it_read():
    jobs = Jobs(PASSES, FAILS, Ending("failed"), entries=DIFFERENT)
    for signal_at in ("write genesis-results/genesis.env", f"read {FILE}"):
        assert jobs._run(Verb.RUN, sha=SHA, signal_at=signal_at, **{"failed-from": PATH}).code
    last = jobs.again()
    assert [row["attached"] for row in last.result["workflows"]] == [True, False]
    assert (last.code, len(jobs.world.accepted)) == (0, 4)


def test_the_log_says_that_an_earlier_job_triggered_the_run():
    log = Jobs(PASSES).second.log
    assert "Attaching to execution run-1 of an earlier job (shop)" in log
    assert f"Testing commit {SHA[:7]}" in log
    log = Jobs(FAILS, LONG, entries=TWO).second.log
    assert "shop waits for cart: both run workflow" in log
