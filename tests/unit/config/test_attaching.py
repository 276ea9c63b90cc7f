"""The commands that attach to runs: each is as strict as the job whose reports have it."""

import html
import json
import math
import random
import shlex
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from genesis_ci import outcomes
from genesis_ci.commands import parse_arguments
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given, from_action, from_environment, from_flags
from genesis_ci.models.report import JobReport
from genesis_ci.models.workflow import Verb
from genesis_ci.reporters import comment_text
from genesis_ci.result import parse_to_show
from tests.builders import START, problems_in, settings_of
from tests.fakes import files
from tests.unit.config.configs import FILE, KEY, PATH
from tests.unit.whole_job import Ending, World, run

SHOP, CART = (f"6f9619ff-8b86-4d01-b42d-00c04fc964f{at}" for at in range(2))
SECRET = "s3cret-of-bob"
TODAY = datetime.now(UTC).date()  # of the whole jobs
SOON = TODAY + timedelta(days=9)
BLANKS = """\
- block: report, or   # of the tests
  query: 'failed'
  equals: 0
- {block: "it's \\"q\\" $HOME `id` ; \\\\", contains: "a  b\\n\u3000c"}
- block: other
  matches: |
    (?m)^ok
      [1-9]
"""
TYPES = """\
- { block: n, query: v, equals: "0" }
- block: n
  query: v
  equals: [1, "1", -0x1, true, ~, [], {a: , "b c": x y}]
- block: n
  query: w
  equals:
    -
    - 2
"""
VALUES: dict[str, tuple[str, ...]] = {
    "config": ("none",),
    "only": ("smoke", "-smoke", "the shop,cart", "the shop\n cart"),
    "accept": ("none", "flaky unchecked", "- review_pending\n- FAILED_BLOCK\n", "[skipped]"),
    "tests": ("auto", "none\n", "report", "{except: [a, 'b  c']}", "block: report\nat-least: 7\n"),
    "expect": (
        BLANKS, TYPES, "[{block: 日本, not-empty: true}]", "- { block: a, contains: '$X ${Y} !' }",
        f"[{{block: a, contains: {SECRET}}}]", f"[{{block: a, contains: {'long ' * 60}x}}]",
        "[{block: a, contains: \"\\u200b\"}]",
    ),
    "known-failures": (
        f"- {{test: 'a › b  c*', until: {SOON}, issue: \"it's #7\"}}",
        f"- test: x\n  until: {SOON}\n",
    ),
    "max-review-time": ("0", "1h 30m ", "90"),
}  # fmt: skip
FILE_TEXT = json.dumps(
    {
        "version": 1,
        "defaults": {"accept": "none", "max-wait-time": "1m"},
        "workflows": [
            {
                "name": "the shop",
                "workflow-id": SHOP,
                "tags": ["smoke", "-smoke"],
                "tests": "report",
            },
            {"name": "cart", "workflow-id": CART, "tests": "none", "required": False},
        ],
    }
)
SECRETS = {"api-key": KEY, "inputs": f"login={SECRET}", "secret-inputs": "login"}
ENDLESS = Ending(seconds=math.inf)
Gate = dict[str, tuple[object, ...]]


class Case(NamedTuple):
    """How a job comes to a command: the ends of its runs, what it gets, and its signal."""

    endings: tuple[Ending, ...] = (ENDLESS,)
    verb: Verb = Verb.RUN
    poll: str = "ok"
    signal_at: str | None = None
    inputs: Mapping[str, str] = {}
    verdict: str = "timed_out"


CASES = {
    "timed out": Case(),
    "lost contact": Case(poll="502", verdict="lost_contact"),
    "review": Case((Ending(reviewed=math.inf, seconds=math.inf),), verdict="review_pending"),
    "interrupted": Case(signal_at="poll", verdict="interrupted"),
    "triggered": Case(verb=Verb.TRIGGER, verdict="triggered"),
    "an attempt failed": Case((Ending("failed"), ENDLESS), inputs={"attempts": "2"}),
}


def gate_of(settings: Settings) -> Gate:
    """What decides about each run that a job waits for, whatever it is called there."""
    assert problems_in(settings) == ()
    selected = [one for one in settings.workflows if one.is_selected]
    return {
        one.label if settings.config else str(len(selected)): (
            one.policy.accept, one.policy.required, one.checks, one.max_review
        )
        for one in selected
    }  # fmt: skip


def settings_at(world: World, *layers: Mapping[str, Given], **options: Any) -> Settings:
    secrets = {name: Given(text, "x") for name, text in SECRETS.items()}
    return settings_of(secrets, *layers, read_file=files(world.files), today=TODAY, **options)


def hints_in(found: Any) -> list[str]:
    """Return the hints with a command, of the job, its workflows and their attempts."""
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    hints = [found["hint"]] if isinstance(found, dict) and found.get("hint") else []
    own = [hint for hint in hints if "genesis-ci wait" in hint]
    return [*own, *(hint for one in inner for hint in hints_in(one))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("has_file", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_command_is_as_strict_as_its_job(name, has_file, seed):
    case, chance = CASES[name], random.Random(f"{name} {seed}")
    possible = {*VALUES} - ({"config"} if has_file else {"only"})
    if case.verb is Verb.TRIGGER:  # it refuses what is for the wait
        possible &= {"config", "only", "accept"}
    if name == "review":
        possible -= {"accept", "max-review-time"}
    job = {one: chance.choice(VALUES[one]) for one in sorted(possible) if chance.random() < 0.5}
    job |= case.inputs if has_file else {"workflow-id": SHOP, "max-wait-time": "1m", **case.inputs}
    endings = defaultdict(lambda: iter(case.endings))
    polls, saved = iter(["ok"]), [""]

    def poll() -> str:
        saved.append(world.files[PATH])  # what a killed job leaves
        return next(polls, case.poll)

    world = World(endings=lambda one: next(endings[one], ENDLESS), polls=poll)
    world.files |= {FILE: FILE_TEXT} if has_file else {}
    ended = run(world, case.verb, {**SECRETS, **job}, {}, signal_at=case.signal_at)
    assert case.verdict in {one["verdict"] for one in ended.result["workflows"]}, ended.log
    of_job = settings_at(world, given_by(chance, job), verb=Verb.RUN)
    stored = {name: text for name, text in ended.result["attach_with"].items() if name != "from"}
    assert of_job.attach_with == stored
    of_killed = hints_in(json.loads(saved[-1] or "[]"))
    hints = hints_in(ended.result)
    assert hints
    assert of_killed or case.verb is Verb.TRIGGER
    for hint in {*hints, *of_killed}:
        assert SECRET not in hint
        words, command = hint.split("genesis-ci ")
        assert command == " ".join(command.split())  # reports change other white space
        line = parse_arguments(shlex.split(command))
        assert line.problems == ()
        in_words = {"expect"} if "Add this job's own expect to the command" in words else {*()}
        assert in_words == job.keys() & {"expect"} - line.inputs.keys()
        reads_file = "--from" in line.options
        assert ("execution-id" in words) is not reads_file
        attached = settings_at(
            world,
            from_flags(line.inputs),
            {one: Given(job[one], one) for one in in_words},
            verb=Verb.WAIT,
            attach_from=line.options.get("--from"),
        )
        assert gate_of(attached) == gate_of(of_job)
        earlier = [one.earlier for one in attached.workflows if one.is_selected]
        assert any(earlier) is (name == "an attempt failed")


def given_by(chance: random.Random, texts: Mapping[str, str]) -> Mapping[str, Given]:
    """Return inputs as a command line, the environment or an action gives them."""
    match chance.randrange(3):
        case 0:
            return from_flags({name: (text,) for name, text in texts.items()})
        case 1:
            names = {name: f"GENESIS_{name.upper().replace('-', '_')}" for name in texts}
            return from_environment({names[name]: text for name, text in texts.items()})
        case _:
            return from_action({f"INPUT_{name.upper()}": text for name, text in texts.items()})


def test_report_has_no_part_of_a_command():
    runs = tuple(f"{at:036}" for at in range(60))
    outcome = outcomes.interrupted(runs, exit_code=143, may_run=True, completed=False)
    text = comment_text.render(JobReport(outcome=outcome, started_at=START))
    assert "genesis-ci wait" not in text
    assert "more characters in result" in text


def test_every_report_has_the_whole_command():
    world = World(endings=lambda _: ENDLESS)
    job = {"api-key": KEY, "workflow-id": SHOP, "max-wait-time": "1m", "report-dir": "out"}
    job |= {"expect": '- {block: a, contains: "<b>\'&`@@ada`"}'}
    ended = run(world, Verb.RUN, job, {})
    stored = parse_to_show(ended.files["out/result.json"])
    command = stored.outcome.command
    shown = [ended.log, json.loads(ended.files["out/result.json"])["hint"]]
    shown += [html.unescape(ended.files[f"out/{one}"]) for one in ("report.html", "junit.xml")]
    shown += [html.unescape(one.replace("<wbr>", "")) for one in (ended.files["out/summary.md"],)]
    shown += [comment_text.render(stored), ended.files["out/ctrf.json"].replace('\\"', '"')]
    assert [text for text in shown if command not in text] == []
