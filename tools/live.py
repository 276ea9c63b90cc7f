"""`make live`: which assumptions about Genesis hold that its API guide does not state.

It checks the key, runs a workflow once and prints a table for an issue. The table has no key, id,
name, address or text of the account, only forms: how an answer is built, and words of the guide.
"""

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from genesis_ci import __version__
from genesis_ci.api.client import GenesisClient
from genesis_ci.api.codec import decode_error_message
from genesis_ci.api.refusals import row_named
from genesis_ci.app import CA_BUNDLES
from genesis_ci.checks.report_search import ReportSearch
from genesis_ci.config import addresses
from genesis_ci.config.input_types import is_key
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.errors import ContactError, GenesisCiError, ProtocolError, RefusedError
from genesis_ci.execution.timing import LAG_SECONDS, REQUEST_SECONDS, next_poll, pause
from genesis_ci.execution.workers import ThreadedCalls, answer_to
from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import Request, Response, Transport
from genesis_ci.models.execution import Status
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.text import in_one_spelling

USAGE = "make live WORKFLOW=UUID [INPUTS='KEY=VALUE …'] [YES=1]"
LIMIT = 30 * 60.0
ONCE_MORE = 5.0
"""Seconds from the first final answer to the one that is compared with it."""
GUIDE = {
    "answer": "id status workflowName blockCount completedBlocks createdAt updatedAt startedAt "
    "finishedAt cancelRequestedAt cancelReason error triggerType triggerPayload triggerMetadata "
    "state",
    "state": "workflowId executionId status blocks createdAt updatedAt",
    "block": "status startTime endTime inputs output",
}
"""The fields in the guide's example."""
QUESTION = """\
This starts one run of the workflow. It costs credits, and where the workflow cancels previous
executions, it cancels those that are going. Start it? [y/N] """
COUNTS = ("blockCount", "completedBlocks")
Json = dict[str, Any]
T = TypeVar("T")
Found = tuple[bool | None, str]
"""Whether an assumption holds (None: the run did not show it), and the form that was seen."""


class Recorder(Transport):
    """A transport that keeps the answers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answers: list[Response] = []

    def send(self, request: Request, exchange: Exchange) -> Response:
        self.answers.append(super().send(request, exchange))
        return self.answers[-1]


class Seen(NamedTuple):
    """What came: error answers, answers about the run, and faults.

    `unknown` has the seconds from the trigger to each answer that did not know the run.
    """

    workflow_id: str
    variables: Mapping[str, str]
    errors: Sequence[Response]
    answers: list[Json]
    unknown: list[float]
    faults: list[str]

    @property
    def last(self) -> Json:
        return self.answers[-1] if self.answers else {}


def block_count(seen: Seen) -> Found:
    counts, blocks = {name: seen.last.get(name) for name in COUNTS}, blocks_of(seen.last)
    holds = counts["blockCount"] == len(blocks) if seen.last["status"] == "completed" else None
    shown = [f"{name} {one if isinstance(one, int) else kind(one)}" for name, one in counts.items()]
    return holds, f"{', '.join(shown)}; state: {words(blocks)}"


def waiting_blocks(seen: Seen) -> Found:
    going = [one for one in seen.answers if one["status"] == "running" and blocks_of(one)]
    listed = sum(block.get("status") == "pending" for one in going for block in blocks_of(one))
    return not listed if going else None, f"{listed} pending in {len(going)} answers while running"


def cancel_reason(seen: Seen) -> Found:
    reason = seen.last.get("cancelReason")
    is_cancelled = seen.last["status"] == "cancelled"
    return isinstance(reason, str) if is_cancelled else None, kind(reason)


def payload(seen: Seen) -> Found:
    found = seen.last.get("triggerPayload")
    size = f" of {len(found)}" if isinstance(found, dict) else ""
    return found == seen.variables, f"{kind(found)}{size}, {len(seen.variables)} sent"


def outputs(seen: Seen) -> Found:
    values = [one.get("output") for one in blocks_of(seen.last)]
    holds = all(isinstance(one, str) for one in values) if values else None
    return holds, counted(map(output_form, values))


def errors_are_texts(seen: Seen) -> Found:
    forms = [kind(one.get("error")) for one in (seen.last, *blocks_of(seen.last))]
    return {*forms} <= {"null", "text"}, f"run: {forms[0]}; blocks: {counted(forms[1:])}"


def first_final_answer(seen: Seen) -> Found:
    final = [one for one in seen.answers if is_final(one)]
    if len(final) < 2:
        return None, f"{len(final)} final answers"
    changed = [key for key in ("status", "state") if final[0].get(key) != final[-1].get(key)]
    return not changed, f"changed {ONCE_MORE:.0f} s later: {', '.join(changed) or 'nothing'}"


def error_bodies(seen: Seen) -> Found:
    forms = [error_form(one) for one in seen.errors]
    return all(one.endswith("{error: text}, words of the guide") for one in forms), "; ".join(forms)


def other_fields(seen: Seen) -> Found:
    objects = {"answer": [seen.last], "state": [state_of(seen.last)], "block": blocks_of(seen.last)}
    new = [
        f"{place}: {field_name(key)}"
        for place, each in objects.items()
        for key in dict.fromkeys(key for one in each for key in one)
        if key not in GUIDE[place].split()
    ]
    return not new, ", ".join(new[:10]) or "none"


def equal(key: str, expected: Callable[[Seen, Json], Any]) -> Callable[[Seen], Found]:
    """Return the comparison of a field of `state` with another value, in every answer."""

    def find(seen: Seen) -> Found:
        states = [(one, state_of(one)[key]) for one in seen.answers if key in state_of(one)]
        same = sum(
            in_one_spelling(str(found)) == in_one_spelling(str(expected(seen, one)))
            for one, found in states
        )
        holds = same == len(states) if states else None
        return holds, f"equal in {same} of {len(states)} answers"

    return find


def state_has_blocks(seen: Seen) -> Found:
    forms = [
        f"{kind(one.get('state'))} with {kind(state_of(one).get('blocks'))}" for one in seen.answers
    ]
    return {*forms} == {"object with object"}, counted(forms)


def readable(seen: Seen) -> Found:
    unread = seen.faults.count(ProtocolError.__name__)
    others = len(seen.faults) - unread
    return not unread, f"{len(seen.answers)} read, {unread} not; {others} other faults"


def known_at_once(seen: Seen) -> Found:
    until = f", the last after {seen.unknown[-1]:.1f} s" if seen.unknown else ""
    return not seen.unknown, f"{len(seen.unknown)} answers without the run{until}"


ASSUMPTIONS: Mapping[str, Callable[[Seen], Found]] = {
    "every answer can be read": readable,
    "a run is known from its trigger on": known_at_once,
    'an error is `{"error": …}` in words of the guide': error_bodies,
    "`state` is an object with an object `blocks`": state_has_blocks,
    "`state.workflowId` is the id in the trigger's address": equal(
        "workflowId", lambda seen, _: seen.workflow_id
    ),
    "`state.executionId` is `id`": equal("executionId", lambda _, one: one["id"]),
    "`state.status` is `status`": equal("status", lambda _, one: one["status"]),
    "`blockCount` of a completed run is that of `state`, skipped ones too": block_count,
    "blocks that have not started are not in `state`": waiting_blocks,
    "`cancelReason` of a cancelled run is a text": cancel_reason,
    "`triggerPayload` is what was sent": payload,
    "outputs are texts": outputs,
    "each `error` is a text, null or missing": errors_are_texts,
    "the first final answer is complete": first_final_answer,
    "answers have no fields beside those of the guide": other_fields,
}
"""`docs/internals/assumptions.md` says what depends on each."""
HOLDS = {True: "yes", False: "**no**", None: "not seen"}
WITHOUT_A_RUN = 3
"""How many of them can be seen without an answer about the run."""


def state_of(answer: Json) -> Json:
    state = answer.get("state")
    return state if isinstance(state, dict) else {}


def blocks_of(answer: Json) -> list[Json]:
    blocks = state_of(answer).get("blocks")
    each = blocks.values() if isinstance(blocks, dict) else blocks
    return [one for one in each if isinstance(one, dict)] if isinstance(each, Iterable) else []


def is_final(answer: Json) -> bool:
    return Status.of(answer["status"]) not in {None, Status.PENDING, Status.RUNNING}


def counted(forms: Iterable[str]) -> str:
    return ", ".join(f"{count}× {form}" for form, count in Counter(forms).items()) or "none"


def words(objects: Iterable[Json]) -> str:
    found = [str(one.get("status")) for one in objects]
    return counted(one if Status.of(one) else "another word" for one in found)


def kind(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list"}
    return "null" if value is None else names.get(type(value), "object")


def field_name(key: str) -> str:
    return key if re.fullmatch("[a-z][A-Za-z_]{0,29}", key) else "(name not shown)"


def output_form(value: Any) -> str:
    form = kind(value)
    if isinstance(value, str):
        form += " with a code fence" if "```" in value else ""
        with suppress(ValueError):
            form = f"text of JSON ({kind(json.loads(value))})"
    return f"{form} with a test report" if ReportSearch(value).reports else form


def error_form(answer: Response) -> str:
    message = decode_error_message(answer.body, scrub=str)
    said = "words of the guide" if row_named(message, answer.status) else "other words"
    form = "no JSON"
    with suppress(ValueError):
        value = json.loads(answer.body)
        form = kind(value)
        if isinstance(value, dict):
            fields = (f"{field_name(key)}: {kind(one)}" for key, one in value.items())
            form = f"{{{', '.join(fields)}}}"
    return f"{answer.status} {form}, {said}"


def table(seen: Seen, server: str) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"genesis-ci {__version__}, {server}; answers: {words(seen.answers)}"
    yield from ("", "| assumption | holds | seen |", "|---|---|---|")
    for number, (assumption, find) in enumerate(ASSUMPTIONS.items()):
        is_seen = seen.answers or number < WITHOUT_A_RUN
        holds, form = find(seen) if is_seen else (None, "no answer")
        yield f"| {assumption} | {HOLDS[holds]} | {form} |"


def watch(
    execution_id: str, seen: Seen, ask: "Ask", *, limit: float, sleep: Callable[[float], object]
) -> None:
    """Poll until the run is final, and once more; for `limit` seconds at most."""
    begun, wait, before = time.monotonic(), 0.0, None
    while (elapsed := time.monotonic() - begun) + wait < limit:
        sleep(wait)
        try:
            before = ask(ask.client.execution(execution_id, before))
        except (ContactError, RefusedError) as error:
            fault = error if isinstance(error, ContactError) else error.fault
            if isinstance(error, RefusedError) and error.unknown_run:
                seen.unknown.append(time.monotonic() - begun)
                fault = fault if elapsed < LAG_SECONDS else None
            else:
                seen.faults.append(type(error).__name__)
            if fault is None:
                return
            wait = pause(fault, faults=len(seen.faults) + len(seen.unknown), jitter=0.0)
            continue
        seen.answers.append(json.loads(ask.recorder.answers[-1].body))
        if sum(map(is_final, seen.answers)) > 1:
            return
        poll = next_poll(before, elapsed=elapsed, interval=None)
        wait = ONCE_MORE if is_final(seen.last) else poll


class Ask:
    """Sends a call and returns its value."""

    def __init__(self, base: str, key: Secret, environ: Mapping[str, str]) -> None:
        certificates = next(filter(None, map(environ.get, CA_BUNDLES)), None)
        self.recorder = Recorder(ca_bundle=certificates)
        self.client = GenesisClient(self.recorder, base, key, Scrubber([key]))
        self._calls = ThreadedCalls(time.monotonic)

    def __call__(self, call: HttpCall[T]) -> T:
        number = len(self.recorder.answers)
        value: T = answer_to(call, self._calls, key=number, timeout=REQUEST_SECONDS)
        return value


def main(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    *,
    answer: Callable[[str], str] = input,
    sleep: Callable[[float], object] = time.sleep,
    limit: float = LIMIT,
) -> int:
    parser = argparse.ArgumentParser(usage=USAGE)
    parser.add_argument("workflow")
    parser.add_argument("inputs", nargs="*")
    parser.add_argument("--yes", action="store_true")
    given = parser.parse_intermixed_args(arguments)
    key, default = Secret(environ.get("GENESIS_API_KEY", "")), BY_NAME["api-url"].default
    if not is_key(key.reveal()):
        parser.error("GENESIS_API_KEY has no API key")
    try:
        base = addresses.genesis(environ.get("GENESIS_API_URL") or default)
        workflow_id = addresses.workflow_id(given.workflow, base=base)
        variables = dict(text.split("=", 1) for text in given.inputs)
    except ValueError as error:
        parser.error(str(error))
    try:
        ask = Ask(base, key, environ)
        ask(ask.client.check_key())
        with suppress(GenesisCiError):
            ask(ask.client._replace(api_key=Secret("")).check_key())
        errors = [*ask.recorder.answers]
        if not given.yes and answer(QUESTION).strip().lower() not in {"y", "yes"}:
            return said("nothing was started", 2)
        execution_id = ask(ask.client.trigger(workflow_id, variables))
    except EOFError:
        return said("nothing was started: nobody answers; add YES=1", 2)
    except GenesisCiError as error:
        return said(f"{error.despite_it} No request is repeated.", error.exit_code)
    said("the run was started; waiting for its end")
    seen = Seen(workflow_id, variables, errors, [], [], [])
    with suppress(KeyboardInterrupt):  # the run continues; the table has what was seen
        watch(execution_id, seen, ask, limit=limit, sleep=sleep)
    server = "genesis.autify.com" if base == default else "another server"
    sys.stdout.write("\n".join([*table(seen, server), ""]))
    return said("read the table, and paste it into an issue of genesis-ci")


def said(words: str, code: int = 0) -> int:
    sys.stderr.write(f"live: {words}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
