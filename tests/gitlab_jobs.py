"""The GitLab jobs of this project: the component's job and the jobs in the documentation."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RECIPES = [
    *sorted((ROOT / "docs/recipes").glob("gitlab-*.yml")),
    ROOT / "docs/recipes/emulator/gitlab.yml",
]
SPEC, JOB = (ROOT / "templates/genesis-ci/template.yml").read_text("utf-8").split("\n---\n")
INPUTS: dict[str, dict[str, Any]] = yaml.safe_load(SPEC)["spec"]["inputs"]
BLOCK = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")
RECIPE = re.compile(r"<!-- recipe: .*?<!-- end -->", re.DOTALL)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def expanded(**inputs: Any) -> dict[str, Any]:
    """Return the component's job with these inputs.

    As in GitLab's `lib/gitlab/ci/config/interpolation/text_template.rb`, a string is inserted
    unchanged and any other value as JSON.
    """
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    given = {name: named.get(name, row["default"]) for name, row in INPUTS.items()}

    def text_of(match: re.Match[str]) -> str:
        value = given[match[1]]
        return value if isinstance(value, str) else json.dumps(value)

    [job] = yaml.load(BLOCK.sub(text_of, JOB), yaml.CSafeLoader).values()
    return job


def files() -> dict[str, dict[str, Any]]:
    """Return every YAML mapping in recipes and pages, by its page."""
    texts = {path.name: path.read_text("utf-8") for path in RECIPES}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        blocks = YAML.findall(RECIPE.sub("", page.read_text("utf-8")))
        texts |= {f"{page.name} {number}": text for number, text in enumerate(blocks, start=1)}
    found = {page: yaml.safe_load(text) for page, text in texts.items()}
    return {page: file for page, file in found.items() if isinstance(file, dict)}


def jobs() -> dict[str, dict[str, Any]]:
    found = {"component": expanded()}
    for page, file in files().items():
        for include in file.get("include", []):
            inputs = include["inputs"]
            found[f"{page}: {inputs.get('job-name', 'genesis')}"] = expanded(**inputs)
        for name, job in file.items():
            if isinstance(job, dict) and any("genesis-ci" in line for line in script_of(job)):
                found[f"{page}: {name}"] = job
    return found


def script_of(job: dict[str, Any]) -> list[str]:
    """Return the lines that the runner joins into one script."""
    return [line for key in ("before_script", "script") for line in job.get(key, [])]
