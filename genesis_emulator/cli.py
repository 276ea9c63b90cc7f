"""`genesis-ci emulator`: serving until a signal, and checking scenario files."""

from __future__ import annotations

import shlex
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote, urlsplit

from genesis_emulator import scenario_file
from genesis_emulator.errors import EmulatorError
from genesis_emulator.loopback import is_loopback
from genesis_emulator.server import Emulator
from genesis_emulator.wire import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genesis_emulator.scenario import Scenario, Workflow
    from genesis_emulator.store import Received

_IN_PATHS = "/:@!$&'()*+,;="
_LONGEST_PATH = 200

_REMOTE_WARNING = (
    "warning: this address can be reached from other machines; "
    "so can the control side, and nothing here is encrypted"
)


def run(
    *,
    host: str,
    port: int,
    scenario: str | None,
    speed: float,
    allow_remote: bool,
    quiet: bool,
) -> int:
    """Serve until SIGINT or SIGTERM, which end it at once with 0; 2 if it cannot start.

    `scenario` is None for the built-in one; `allow_remote` lets `host` be an address that other
    machines can reach; `quiet` prints no line for each request.
    """
    if not (allow_remote or is_loopback(host)):
        return _fail(f"--host {host} is not a loopback address; add --allow-remote if you mean it")
    file = None if scenario is None else Path(scenario)
    try:
        emulator = Emulator(
            scenario_file.load(file) if file else scenario_file.builtin(),
            host=host,
            port=port,
            speed=speed,
            remote_control=allow_remote,
            on_request=None if quiet else _tell,
        )
        with _stop_signal() as stop, emulator:
            if not is_loopback(host):
                _say(_REMOTE_WARNING, sys.stderr)
            _say(ready_text(emulator, file, speed), sys.stdout)
            stop.wait()
    except EmulatorError as error:
        return _fail(str(error))
    return 0


def check(files: Sequence[str]) -> int:
    """Say of each scenario file what it holds, or every problem in it; 2 if there is any."""
    codes = [0]
    for file in files:
        try:
            scenario = scenario_file.load(Path(file))
        except EmulatorError as error:
            codes.append(_fail(str(error)))
        else:
            _say(f"{file}: {_counted(scenario)}", sys.stdout)
    return max(codes)


def _counted(scenario: Scenario) -> str:
    parts = (
        ("organization", scenario.organizations),
        ("key", scenario.keys),
        ("workflow", scenario.workflows),
        ("fault", scenario.faults),
    )
    return ", ".join(f"{len(many)} {name}{'' if len(many) == 1 else 's'}" for name, many in parts)


def ready_text(emulator: Emulator, scenario: Path | None, speed: float) -> str:
    """What is printed when the emulator is ready: everything needed to use it, to be pasted."""
    name = "built-in scenario" if scenario is None else str(scenario)
    workflows = list(emulator.workflows.values())
    url = reachable(emulator.url)
    lines = [
        f"Genesis emulator: {name}, speed {speed:g}. Stop it with Ctrl-C.",
        "",
        f"URL      {url}",
        f"API key  {emulator.api_key}",
        f"Control  {emulator.control_url.replace(emulator.url, url)}",
        "",
        "Workflows (id, name, context variables):",
        *_table(workflows),
        *_recipe(url, emulator.api_key, workflows),
    ]
    return "\n".join(lines)


def request_line(request: Received) -> str:
    """One line: when (UTC), what was asked, what was answered, and what came of it."""
    path = quote(request.path, safe=_IN_PATHS)
    answered = "no answer" if request.status is None else str(request.status)
    fault = f"fault {request.fault}" if request.fault else ""
    came_of_it = ", ".join(filter(None, (request.result, fault)))
    asked = f"{moment(request.at)[11:23]}  {request.method:<4} {path[:_LONGEST_PATH]}"
    return f"{asked}  {answered}  {came_of_it}".rstrip()


def _tell(request: Received) -> None:
    """Print a request; where nobody reads any more, serving goes on."""
    with suppress(OSError):
        _say(request_line(request), sys.stdout)


def _table(workflows: list[Workflow]) -> list[str]:
    width = max((len(workflow.name) for workflow in workflows), default=0)
    return [
        f"  {workflow.id}  {workflow.name:<{width}}  {', '.join(workflow.variables)}".rstrip()
        for workflow in workflows
    ]


def reachable(url: str) -> str:
    """The URL with this machine's name instead of "every address", which no client can use."""
    at = urlsplit(url)
    try:
        every = ip_address(at.hostname or "").is_unspecified
    except ValueError:
        every = False
    return f"http://{socket.gethostname()}:{at.port}" if every else url


def _recipe(url: str, api_key: str, workflows: list[Workflow]) -> list[str]:
    """Lines for another shell, for the first workflow."""
    if not workflows:
        return []
    first, host = workflows[0], urlsplit(url).hostname or ""
    known = "target_url" in first.variables
    inputs = shlex.quote('{"target_url": "https://example.com"}' if known else "{}")
    key = f"-H x-api-key:{shlex.quote(api_key)}"
    in_the_clear = "" if is_loopback(host) else f" GENESIS_ALLOW_HTTP={host}"
    decide = f"curl -X POST {url}/_emulator/executions/last"
    trigger = f"curl -s -X POST {url}/api/workflows/{first.id}/trigger {key} -d {inputs}"
    return [
        "",
        "In another shell:",
        f"  export GENESIS_API_URL={url}{in_the_clear} GENESIS_API_KEY={shlex.quote(api_key)} "
        f"GENESIS_WORKFLOW_ID={first.id}",
        f"  genesis-ci run --workflow-id {first.id} --inputs {inputs}",
        "Or with curl alone, trigger and poll:",
        f"""  id=$({trigger} | cut -d'"' -f6)""",
        f"  curl {url}/api/executions/$id {key}",
        "Decide the review that the newest run waits for:",
        f"  {decide}/approve",
        f"""  {decide}/reject -d '{{"reason": "wrong total"}}'""",
        "",
    ]


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; the former handlers come back afterwards."""
    stop = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    former = {each: signal.signal(each, lambda *_: stop.set()) for each in signals}
    try:
        yield stop
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def _say(text: str, stream: TextIO) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _fail(problem: str) -> int:
    for line in problem.splitlines():
        _say(f"error: {line}", sys.stderr)
    return 2
