"""Inputs and JUnit results of the action's step."""

from pathlib import Path
from xml.etree import ElementTree as ET

from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.e2e.genesis import URL, Genesis
from tests.e2e.github_runner import Step

OUTPUTS = set(OUTPUT_NAMES)


def inputs_of(genesis: Genesis, workflow: str, **inputs: str) -> dict[str, str]:
    """Return the inputs of a step that runs a workflow of the built-in scenario."""
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {
        "api-key": genesis.api_key,
        "api-url": URL,
        "workflow-id": genesis.workflow(workflow),
        **named,
    }


def junit_counts(workspace: Path, step: Step) -> dict[str, int]:
    root = ET.parse(workspace / step.outputs["junit-path"]).getroot()  # noqa: S314
    return {kind: len(root.findall(f".//{kind}")) for kind in ("failure", "error")}
