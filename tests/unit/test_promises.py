"""What holds for every job, and so for every two features of one: in virtual time, with fakes.

`PAIRS=20 pytest tests/unit/test_promises.py` runs each pair in twenty worlds instead of one.
"""

import json
import math
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from junitparser import JUnitXml

from genesis_ci.language import Language, _, use
from genesis_ci.models.workflow import Verb
from tests.forges import Fault
from tests.unit.config.configs import KEY
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, on_github
from tests.unit.whole_job import Ended, Ending, There, World, comment, report_of, run

WORLDS = int(os.environ.get("PAIRS", "1"))
CONFIG, RESULT = ".genesis-ci.yml", "genesis-results/result.json"
TEMPLATES = {
    name: f"6f9619ff-8b86-4d01-b42d-00c04fc964f{at}"
    for at, name in enumerate(("shop", "account", "again"))
}
GREEN, RED = report_of("passed", "passed"), report_of("failed", "passed")
OTHER = report_of("skipped", "passed", "passed")
"""Without the test that is red in `RED`."""
BROKEN = GREEN[:-9]
ENDINGS = (
    *[Ending(output=GREEN)] * 6,
    *[Ending(output=RED)] * 3,
    Ending(),
    Ending(block="failed", output=GREEN),
    Ending(error={"message": "out of memory"}, output=GREEN),
    Ending(block_error="out of memory", output=GREEN),
    Ending(error={}, block_error=False, output=GREEN),
    Ending(output=OTHER),
    Ending(output=BROKEN),
    Ending("failed"),
    Ending("failed", output=RED),
    Ending("cancelled"),
    Ending("skipped"),
    Ending(output=GREEN, reviewed=30.0, seconds=40.0),
    Ending(reviewed=math.inf, seconds=math.inf),
    Ending(output=GREEN, seconds=80.0),
    Ending(seconds=math.inf),
)
LIKELY = {
    "attempts": Ending("failed", output=RED),
    "flaky": Ending(output=BROKEN),
    "review": Ending(reviewed=math.inf, seconds=math.inf),
    "fail-fast": Ending(reviewed=math.inf, seconds=math.inf),
    "cancelled": Ending("cancelled"),
    "skipped": Ending("skipped"),
    "failed-block": Ending(block="failed", output=GREEN),
    "unchecked": Ending(),
    "failed-from": Ending(seconds=math.inf),
    "known": Ending(output=RED),
    "tests": Ending(output=RED),
    "expect": Ending(output=RED),
    "wait-for": Ending(output=GREEN, seconds=80.0),
    "max-parallel": Ending(output=GREEN, seconds=80.0),
    "cancel-previous": Ending(output=GREEN, seconds=80.0),
}
"""How the first runs of an entry often end, by a word in the names of the job's features."""
MOVES = ("ok",) * 20 + ("slow", "429", "503", "502", "lost", "foreign", "refused", "unreachable")
POLLS = ("ok",) * 30 + ("slow", "503", "502", "lost", "foreign", "404")
PREVIEWS: tuple[Callable[[float], int], ...] = (
    lambda _: 200,
    lambda age: 200 if age > 10 else 503,
    lambda age: 200 if age < 15 else 503,
    lambda _: 503,
)
MAY_RUN = (
    "The run may have started: the request was sent and its answer is unknown.",
    "The run may have started; look in Genesis before you trigger again.",
    "An earlier request of this job may have started a run; look in Genesis.",
)
NOT_ABOUT_RUNS = {2, 7, 8, 70, 130, 143}
"""Exit codes for which every required workflow may be good."""


@dataclass
class Setup:
    """One job: its config file, its inputs, and the phase of a signal.

    `before` is the command of an earlier job with the same setup, whose result.json this job reads.
    """

    defaults: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    before: Verb | None = None
    signal_at: str | None = None

    def config(self) -> str:
        rows = [{"name": name, **entry} for name, entry in self.entries.items()]
        return json.dumps({"version": 1, "defaults": self.defaults, **self.plan, "workflows": rows})

    def given(self) -> dict[str, str]:
        """The inputs of the job; one that attaches by an id reads no config file."""
        of_file = self.defaults if "execution-id" in self.inputs else {}
        texts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in of_file.items()
        }
        return texts | self.inputs

    def value(self, name: str, entry: str, default: Any = None) -> Any:
        """The value of an input for an entry."""
        given = self.inputs.get(name)
        of_file = self.entries.get(entry, {}).get(name, self.defaults.get(name, default))
        return of_file if given is None else given


def setting(part: str, **values: Any) -> Callable[[Setup], None]:
    given = {name.replace("_", "-"): value for name, value in values.items()}
    return lambda setup: getattr(setup, part).update(given)


defaults, plan, inputs = (partial(setting, part) for part in ("defaults", "plan", "inputs"))


def signal_at(phase: str) -> Callable[[Setup], None]:
    return lambda setup: setattr(setup, "signal_at", phase)


def entry(name: str, **values: Any) -> Callable[[Setup], None]:
    given = {key.replace("_", "-"): value for key, value in values.items()}
    return lambda setup: setup.entries[name].update(given)


def each(*changes: Callable[[Setup], None]) -> Callable[[Setup], None]:
    def change(setup: Setup) -> None:
        for one in changes:
            one(setup)

    return change


def cancel_previous(setup: Setup) -> None:
    setup.entries["again"] = {**setup.entries["account"]}
    for name in ("account", "again"):
        setup.entries[name]["concurrency-policy"] = "cancel-previous"
        setup.entries[name]["workflow-id"] = TEMPLATES["account"]


def attach(setup: Setup) -> None:
    setup.before = Verb.TRIGGER
    setup.inputs["execution-id"] = "run-1"


def attach_from(setup: Setup) -> None:
    setup.before = Verb.TRIGGER
    setup.inputs["from"] = RESULT


def failed_from(setup: Setup) -> None:
    setup.before = Verb.RUN
    setup.inputs["failed-from"] = RESULT


def without_key(setup: Setup) -> None:
    setup.inputs["api-key"] = ""
    setup.inputs["missing-key"] = "skip"


LAST_DAY = datetime.now(UTC).date() + timedelta(30)
WAIT_FOR = {"url": "https://preview.example.com/", "timeout": "20s"}
NONE_FAILED = {"block": "report", "query": "results.summary.failed", "equals": 0}
DEPLOYED = {"deployment": "Preview", "as": "target", "timeout": "20s"}
ALL_BUT_FAILED_BLOCK = "review_pending, cancelled, skipped, unchecked, flaky"
ALL_BUT_UNCHECKED = "review_pending cancelled skipped flaky failed-block"
FEATURES: dict[str, Callable[[Setup], None]] = {
    "only": inputs(only="smoke"),
    "paths": entry("account", paths=["account/**"]),
    "attempts": defaults(attempts=2),
    "attempts as input": inputs(attempts="3"),
    "failed-from": failed_from,
    "wait: false": inputs(wait="false"),
    "wait: false of an entry": entry("account", wait=False),
    "wait ID": attach,
    "wait --from": attach_from,
    "review-status": inputs(review_status="gate"),
    "missing-key: skip": without_key,
    "wait-for": defaults(**{"wait-for": WAIT_FOR}),
    "wait-for a deployment": defaults(**{"wait-for": DEPLOYED}),
    "known-failures": defaults(known_failures=[{"test": "pays", "until": str(LAST_DAY)}]),
    "tests": defaults(tests={"block": "report", "at-least": 2}),
    "expect": defaults(expect=[NONE_FAILED]),
    "required: false": entry("shop", required=False),
    "accept review_pending": defaults(accept="review_pending"),
    "accept cancelled, skipped": defaults(accept=["cancelled", "skipped"]),
    "accept all but failed-block": defaults(accept=ALL_BUT_FAILED_BLOCK),
    "accept all but unchecked, as input": inputs(accept=ALL_BUT_UNCHECKED),
    "accept none, with attempts": each(defaults(accept="none"), defaults(attempts=2)),
    "accept flaky, with attempts": each(defaults(accept="flaky"), defaults(attempts=2)),
    "max-review-time": defaults(max_review_time="60s"),
    "cancel-previous": cancel_previous,
    "fail-fast": plan(fail_fast=True, max_parallel=1),
    "max-parallel": plan(max_parallel=1),
    "language: ja": inputs(language="ja"),
    "signal at the start": signal_at("write genesis-results/genesis.env"),
    "signal while inputs are read": signal_at(f"read {CONFIG}"),
    "signal while the file is read": signal_at(f"read {RESULT}"),
    "signal at a request to the forge": signal_at("forge"),
    "signal while a preview is awaited": signal_at("preview"),
    "signal at a trigger": signal_at("trigger"),
    "signal at a poll": signal_at("poll"),
    "signal at the end of a run": signal_at("end"),
    "signal while reports are written": signal_at("write genesis-results/summary.md"),
}
REFUSED = {
    ("only", "wait ID"),
    ("only", "review-status"),
    ("attempts", "wait ID"),
    ("attempts as input", "wait: false"),
    ("attempts as input", "wait: false of an entry"),
    ("attempts as input", "wait ID"),
    ("attempts as input", "wait --from"),
    ("failed-from", "wait: false"),
    ("failed-from", "wait: false of an entry"),
    ("failed-from", "wait ID"),
    ("failed-from", "wait --from"),
    ("wait: false of an entry", "cancel-previous"),
    ("wait: false", "wait ID"),
    ("wait: false", "wait --from"),
    ("wait: false", "cancel-previous"),
    ("wait ID", "wait --from"),
    ("wait ID", "review-status"),
    ("wait ID", "accept none, with attempts"),
    ("wait ID", "accept flaky, with attempts"),
    ("review-status", "accept review_pending"),
    ("review-status", "accept all but failed-block"),
    ("review-status", "accept all but unchecked, as input"),
    ("review-status", "max-review-time"),
}
"""Pairs that a configuration must not combine: exit code 2, and nothing is triggered."""


@pytest.fixture(scope="module")
def event(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("event") / "event.json"
    path.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    return str(path)


def a_setup(*names: str) -> Setup:
    entries = {
        name: {"workflow-id": TEMPLATES[name], "inputs": {"entry": name}, "tags": [tag]}
        for name, tag in (("shop", "smoke"), ("account", "slow"))
    }
    waits = {"poll-interval": 5, "max-wait-time": "90s"}
    setup = Setup(entries=entries, defaults=waits, inputs={"api-key": KEY, "github-token": TOKEN})
    for name in names:
        FEATURES[name](setup)
    return setup


def a_world(names: tuple[str, ...], number: int, setup: Setup) -> World:
    draw = random.Random(f"{names} {number}")
    likely = [ending for word, ending in LIKELY.items() if word in f"{names}"]
    of_one = {draw.choice([*TEMPLATES.values()][:2]): likely if number % 2 == 0 else []}
    preview = draw.choice(PREVIEWS)
    cancelling = {
        one["workflow-id"]
        for one in setup.entries.values()
        if one.get("concurrency-policy") == "cancel-previous"
    }
    world = World(
        endings=lambda template: (
            of_one[template].pop(0) if of_one.get(template) else draw.choice(ENDINGS)
        ),
        moves=lambda: draw.choice(MOVES),
        polls=lambda: draw.choice(POLLS),
        cancelling=frozenset(cancelling),
    )
    began = world.clock()
    world.preview = lambda at: preview(at - began)
    world.forge.touch("shop/cart.py")
    if draw.random() < 0.8:
        world.forge.deploy("Preview", "success", environment_url="https://preview.example.com")
    if draw.random() < 0.1:
        world.forge.faults += [Fault("POST")] * draw.choice((1, 3))
    world.files |= {CONFIG: setup.config(), **setup.files}
    return world


class Played:
    """A job in its world, with `check` before it and perhaps an earlier job."""

    def __init__(self, names: tuple[str, ...], number: int, event: str) -> None:
        self.names, self.setup = names, a_setup(*names)
        setup = self.setup
        self.world = world = a_world(names, number, setup)
        environ = on_github(GITHUB_EVENT_PATH=event, GITHUB_SERVER_URL="https://github.com")
        given = setup.given()
        if setup.before:
            ours = {"failed-from", "execution-id", "from"}
            earlier = {name: text for name, text in setup.inputs.items() if name not in ours}
            self.run(setup.before, {**earlier, "api-key": KEY}, environ)
            # which variables an entry has is not known before its deployment is
            if setup.before is Verb.RUN and "wait-for a deployment" not in names:
                world.known = {one for one in world.accepted if f'"{one}"' in world.files[RESULT]}
        self.before = {*world.accepted}
        statuses = len(world.forge.statuses)
        self.checked = self.run(Verb.CHECK, given, environ)
        assert (len(world.accepted), len(world.forge.statuses)) == (len(self.before), statuses)
        self.sent_before = len(world.triggers)
        self.ended = self.run(Verb.RUN, given, environ, signal_at=setup.signal_at)
        self.statuses = [one["state"] for one in world.forge.statuses[statuses:]]
        self.words = {_(text) for text in MAY_RUN}
        self.result = self.ended.result
        world.forge.faults.clear()
        assert "exit-code=0" in (log := comment(world, environ)), log
        self.accepted = [one for one in world.accepted if one not in self.before]

    def run(self, verb: Verb, given, environ, **more) -> Ended:
        use(Language.ENGLISH)
        return run(self.world, verb, given, environ, **more)

    def broken(self) -> Iterator[str]:
        """Yield each promise that the job broke."""
        code, result, world = self.ended.code, self.result, self.world
        suites = JUnitXml.fromstring(self.ended.files["genesis-results/junit.xml"].encode())
        is_red = any(suite.failures + suite.errors for suite in suites)
        if is_red is (code == 0):
            yield f"exit code {code}, and junit.xml is {'red' if is_red else 'green'}"
        if result["exit_code"] != code or str(self.ended.number) not in result["job_url"]:
            yield "result.json is not this job's"
        if not self.ended.log.rstrip().endswith(f"exit-code={code}"):
            yield "the last line has another exit code"
        if ("### ❌" in world.forge.own()[-1]) is (code == 0):
            yield f"the comment of a job that ends {code} begins {world.forge.own()[-1][:20]}"
        lost = [one for one in self.accepted if not self._is_accounted_for(one)]
        if lost:
            yield f"the report does not name {lost}"
        if code == 70:
            yield "a bug"
        if world.too_early:
            yield f"triggered without an answer of the preview: {world.too_early}"
        if world.beside:
            yield f"triggered beside a run of the entry: {world.beside}"
        yield from self._about_colour()
        yield from self._about_statuses()
        yield from self._about_check()
        if self.signalled and self.ended.seconds_after_signal > 4:
            yield f"ended {self.ended.seconds_after_signal} s after the signal"

    @property
    def signalled(self) -> bool:
        return self.ended.code in {130, 143}

    def _is_accounted_for(self, id_: str) -> bool:
        """Whether the report names a run, says that it may exist, or names its successor."""
        text, template = self.ended.files[RESULT], self.world.accepted[id_].template
        later = self.accepted[self.accepted.index(id_) + 1 :]
        is_orphan = template in self.world.cancelling and any(
            self.world.accepted[one].template == template for one in later
        )
        return f'"{id_}"' in text or is_orphan or any(one in text for one in self.words)

    def _about_colour(self) -> Iterator[str]:
        code, rows = self.ended.code, self.result["workflows"]
        bad = [
            f"{row['name']} {row['verdict']}"
            for row in rows
            if row["required"] and not self._is_good(row)
        ]
        if code == 0 and bad:
            yield f"green with {bad}"
        if code == 0 and not rows and self.result["verdict"] != "not_run":
            yield "green without workflows"
        if code and code not in NOT_ABOUT_RUNS and not bad:
            yield f"red ({code}) although every required workflow is good"
        green = {row["verdict"] for row in rows if row["required"] and self._is_good(row)}
        is_open = self.result["verdict"] in {"triggered", "review_pending"}
        if code == 0 and "triggered" in green and not is_open:
            yield f"{self.result['verdict']} with a run that was only triggered"

    def _is_good(self, row: Mapping[str, Any]) -> bool:
        setup, verdict = self.setup, row["verdict"]
        run = self.world.accepted.get(row["execution_id"])
        if verdict == "not_run":
            return self._is_left_out(row) or self.setup.inputs["api-key"] == ""
        if run is None:
            return False
        entry = run.payload.get("entry", "")
        if verdict == "triggered":
            return str(setup.value("wait", entry, default=True)).lower() == "false"
        before = [self.world.accepted[one["execution_id"]] for one in row["earlier_attempts"]]
        has_failed = bool(before)
        status = run.shown
        if status == "completed":
            return self._passes(run.ending, entry, before)
        if status == "review_pending" and "review-status" in setup.inputs:
            return verdict == "review_pending" and not has_failed
        return self._accepts(status, entry) and not has_failed

    def _accepts(self, name: str, entry: str) -> bool:
        given = self.setup.value("accept", entry, "unchecked flaky failed-block")
        return name in (given if isinstance(given, list) else given.replace(",", " ").split())

    def _is_left_out(self, row: Mapping[str, Any]) -> bool:
        entry = self.setup.entries.get(row["name"], {})
        by_only = "only" in self.setup.inputs and "smoke" not in entry.get("tags", [])
        by_paths = bool(entry.get("paths")) and "shop/**" not in entry["paths"]
        return by_only or by_paths

    def _passes(self, ending: Ending, entry: str, before: Sequence[There]) -> bool:
        """Whether a completed run passes; after a failed attempt no policy lets it pass."""
        value = self.setup.value
        has_failed = ending.block == "failed" or ending.error or ending.block_error
        if has_failed and (before or not self._accepts("failed-block", entry)):
            return False
        if ending.output == BROKEN:
            return False
        if before and not self._accepts("flaky", entry):
            return False
        needs = value("tests", entry) or value("expect", entry)
        reports = {one.ending.output for one in before}
        may_fail = bool(value("known-failures", entry))
        if ending.output is None:
            is_owed = BROKEN in reports or (RED in reports and not may_fail)
            return not (needs or is_owed) and self._accepts("unchecked", entry)
        if ending.output == OTHER:  # the test that failed is skipped
            return may_fail or RED not in reports
        if ending.output == RED:
            return may_fail and not value("expect", entry)
        return True

    def _about_statuses(self) -> Iterator[str]:
        if "review-status" not in self.setup.inputs:
            if self.statuses:
                yield "a status was posted"
            return
        code, verdict = self.ended.code, self.result["verdict"]
        last = self.statuses[-1] if self.statuses else None
        if code == 0:
            verdicts = {verdict, *(row["verdict"] for row in self.result["workflows"])}
            is_open = verdict == "review_pending" or "triggered" in verdicts
            expected = {"pending"} if is_open else {"success"}
            if self.setup.inputs["api-key"] == "":  # a token of a fork may post nothing
                expected = {"success", None}
        elif self.signalled:
            expected = {"failure", None}
        else:
            expected = {"failure"} if verdict != "review_pending" else {"pending"}
            if code in {2, 7, 8}:  # nothing was posted, or the last status could not be
                expected |= {None, "pending"}
        if last not in expected:
            yield f"posted {self.statuses} with exit code {code} ({verdict})"

    def _about_check(self) -> Iterator[str]:
        """`check` and the job refuse the same, and of the pairs those that exclude each other."""
        code, checked = self.ended.code, self.checked.code
        if not self.signalled and (code == 2) is not (checked == 2):
            yield f"check ends {checked}, and the job {code}"
        has_no_run = "it names no run to attach to" in self.checked.log
        if (checked == 2) is not (self.names in REFUSED) and not has_no_run:
            yield f"check ends {checked}"


SIGNALS = {name for name in FEATURES if name.startswith("signal")}


def pairs(first: str) -> Iterator[tuple[str, ...]]:
    """The pairs of a feature with itself and those after it; two signals are one."""
    names = list(FEATURES)
    for second in names[names.index(first) :]:
        if first == second:
            yield (first,)
        elif not {first, second} <= SIGNALS:
            yield first, second


@pytest.mark.parametrize("first", FEATURES)
def test_every_promise_holds_for_two_features(first, event):
    found = []
    for names in pairs(first):
        for number in range(WORLDS):
            played = Played(names, number, event)
            found += [f"{names} {number}: {words}" for words in played.broken()]
    assert found == []
