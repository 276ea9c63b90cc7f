"""`genesis-ci demo`: a job on the emulator, which needs no account."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.sources import Given, from_environment, from_flags
from genesis_ci.language import N_

DEMO_INPUTS = {"flaky": {"attempts": "2"}}
"""The inputs that a scenario needs beside its workflow."""
CLOSING = {"passed": N_("{program} demo --scenario unmet shows a job with a failed test.")}
"""What the log says at the end of a scenario."""


@contextmanager
def emulated(
    scenario: str, flags: Mapping[str, Sequence[str]], environ: Mapping[str, str]
) -> Iterator[dict[str, Given]]:
    """Serve the emulator and yield the inputs that run the scenario on it.

    The user's flags are kept, except for server, key and workflow; of the environment, the inputs
    about reports are.
    """
    from genesis_emulator import Emulator  # an extra that no image has

    with Emulator() as emulator:
        fixed = {
            "api-url": emulator.url,
            "api-key": emulator.api_key,
            "workflow-id": emulator.workflows[scenario].id,
            "config": "none",
        }
        target = "target_url: https://preview.example.com"
        defaults = {"inputs": target, **DEMO_INPUTS.get(scenario, {})}
        given = from_environment(environ)
        of_reports = {row.name for row in INPUTS if row.target.startswith("reporting.")}
        reports = {name: given[name] for name in of_reports & given.keys()}
        yield _given(defaults) | reports | from_flags(flags) | _given(fixed)


def _given(texts: Mapping[str, str]) -> dict[str, Given]:
    return {name: Given(text, "demo") for name, text in texts.items()}
