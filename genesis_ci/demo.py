"""`genesis-ci demo`: the main job's inputs for a workflow of the embedded emulator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from genesis_ci.config.sources import Given, from_command_line
from genesis_ci.emulator.server import Emulator

TARGET_URL = "https://preview.example.com"


@contextmanager
def emulated(scenario: str, flags: Mapping[str, str | None]) -> Iterator[dict[str, Given]]:
    """Serve the emulator and yield the inputs that run the scenario on it.

    Flags of the user stay in force, but for server, key and workflow.
    """
    with Emulator() as emulator:
        demo = {
            "api-url": emulator.url,
            "api-key": emulator.api_key,
            "workflow-id": emulator.workflows[scenario].id,
        }
        given = {"inputs": Given(f"target_url: {TARGET_URL}", "demo")}
        given |= from_command_line(flags, {})
        given |= {name: Given(value, "demo") for name, value in demo.items()}
        yield given
