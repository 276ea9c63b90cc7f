"""`genesis-ci emulator`: serving until a signal, and checking scenario files."""

import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, urlsplit

from genesis_emulator import scenario_file
from genesis_emulator.control import PREFIX, is_loopback
from genesis_emulator.emulation import Received
from genesis_emulator.scenario import EmulatorError
from genesis_emulator.server import Emulator
from genesis_emulator.simulation import iso_time


def run(
    *,
    host: str,
    port: int,
    scenario: str | None,
    speed: float,
    allow_remote: bool,
    quiet: bool,
    program: str = "genesis-ci",
) -> int:
    """Serve until SIGINT or SIGTERM, then return 0; 2 if it cannot start.

    `scenario` is None for the built-in one; `allow_remote` lets `host` be an address that other
    machines can reach; `quiet` prints no line for each request; `program` starts genesis-ci in this
    shell.
    """
    if not (allow_remote or is_loopback(host)):
        return _fail(f"--host {host} is not a loopback address; add --allow-remote if you mean it")
    try:
        emulator = Emulator(
            None if scenario is None else scenario_file.load(Path(scenario)),
            host=host,
            port=port,
            speed=speed,
            remote_control=allow_remote,
            on_request=None if quiet else _print_request,
        )
        with emulator:
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            if not is_loopback(host):
                _say(
                    "warning: this address can be reached from other machines; "
                    "so can the control side, and nothing here is encrypted. From those, use its "
                    "address in the private network, or its name if that has no dot",
                    sys.stderr,
                )
            _say(ready_text(emulator, scenario, speed, program))
            stop.wait()
    except EmulatorError as error:
        return _fail(str(error))
    return 0


def check(files: Sequence[str]) -> int:
    """Print what each scenario file holds, or every problem in it; 2 if there is any."""
    codes = [0]
    for file in files:
        try:
            scenario = scenario_file.load(Path(file))
        except EmulatorError as error:
            codes.append(_fail(str(error)))
        else:
            parts = ("organization", "key", "workflow", "fault")
            counts = {part: len(getattr(scenario, f"{part}s")) for part in parts}
            shown = (f"{count} {part}{'s' * (count != 1)}" for part, count in counts.items())
            _say(f"{file}: {', '.join(shown)}")
    return max(codes)


def ready_text(
    emulator: Emulator, scenario: str | None, speed: float, program: str = "genesis-ci"
) -> str:
    """What is printed when the emulator is ready: everything needed to use it, to be pasted."""
    workflows = emulator.workflows.values()
    width = max((len(each.name) for each in workflows), default=0)
    url = reachable(emulator.url)
    lines = [
        f"Genesis emulator: {scenario or 'built-in scenario'}, speed {speed:g}. "
        "Stop it with Ctrl-C.",
        "",
        f"URL      {url}",
        f"API key  {emulator.api_key}",
        f"Control  {url}{PREFIX}/",
        "",
        "Workflows (id, name, context variables):",
        *(
            f"  {each.id}  {each.name:<{width}}  {', '.join(each.variables)}".rstrip()
            for each in workflows
        ),
        *_commands(url, emulator, program),
    ]
    return "\n".join(lines)


def _commands(url: str, emulator: Emulator, program: str) -> list[str]:
    if not emulator.workflows:
        return []
    first = emulator.scenario.workflows[0]
    known = "target_url" in first.variables
    inputs = shlex.quote('{"target_url": "https://example.com"}' if known else "{}")
    key = shlex.quote(emulator.api_key)
    decide = f"curl -X POST {url}/_emulator/executions/last"
    trigger = f"curl -s -X POST {url}/api/workflows/{first.id}/trigger -H x-api-key:{key}"
    return [
        "",
        "In another shell:",
        f"  export GENESIS_API_URL={url} GENESIS_API_KEY={key}",
        f"  {program} run --config none --workflow-id {first.id} --inputs {inputs}",
        "Or with curl alone, trigger and poll:",
        f"""  id=$({trigger} -d {inputs} | cut -d'"' -f6)""",
        f"  curl {url}/api/executions/$id -H x-api-key:{key}",
        "Decide the review that the newest run waits for:",
        f"  {decide}/approve",
        f"""  {decide}/reject -d '{{"reason": "wrong total"}}'""",
        "",
    ]


def reachable(url: str) -> str:
    """The URL with the loopback address instead of "every address", which no client can use.

    A client refuses this machine's name, if that is public: the address is plain http.
    """
    at = urlsplit(url)
    try:
        address = ip_address(at.hostname or "")
    except ValueError:
        return url
    loopback = "127.0.0.1" if address.version == 4 else "[::1]"
    return f"http://{loopback}:{at.port}" if address.is_unspecified else url


def request_line(request: Received) -> str:
    """One line with time (UTC), request, status and result."""
    path = quote(request.path, safe="/:@!$&'()*+,;=")[:200]
    status = "no answer" if request.status is None else str(request.status)
    fault = f"fault {request.fault}" if request.fault else ""
    result = ", ".join(filter(None, (request.result, fault)))
    time = iso_time(request.at)[11:23]
    return "  ".join(filter(None, (time, f"{request.method:<4} {path}", status, result)))


def _print_request(request: Received) -> None:
    with suppress(OSError):  # keep serving when nobody reads the output any more
        _say(request_line(request))


def _say(text: str, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def _fail(problem: str) -> int:
    for line in problem.splitlines():
        _say(f"error: {line}", sys.stderr)
    return 2
