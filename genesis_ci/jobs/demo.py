"""`genesis-ci demo`: a job on the emulator, which needs no account."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from genesis_ci.config.sources import Given, from_flags

DEMO_INPUTS = {"flaky": {"attempts": "2"}}
"""The inputs that a scenario needs beside its workflow."""


@contextmanager
def emulated(scenario: str, flags: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Given]]:
    """Serve the emulator and yield the inputs that run the scenario on it.

    The user's flags are kept, except for server, key and workflow.
    """
    from genesis_emulator import Emulator  # an extra that no image has

    with Emulator() as emulator:
        fixed = {
            "api-url": emulator.url,
            "api-key": emulator.api_key,
            "workflow-id": emulator.workflows[scenario].id,
        }
        target = "target_url: https://preview.example.com"
        defaults = {"inputs": target, **DEMO_INPUTS.get(scenario, {})}
        yield _given(defaults) | from_flags(flags) | _given(fixed)


def _given(texts: Mapping[str, str]) -> dict[str, Given]:
    return {name: Given(text, "demo") for name, text in texts.items()}
