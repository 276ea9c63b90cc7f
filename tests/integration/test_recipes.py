"""Every recipe runs with `paths`, `attempts`, `review-status`, a comment and an issue at once."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from genesis_ci.http.transport import Response
from genesis_emulator import Emulator, scenario_file
from tests.doc_pages import RECIPES, name_of, recipe_of, text_of
from tests.forges import SHA, ForgejoStandIn, GitHubStandIn, GitLabStandIn, StandIn
from tests.gitlab_rules import expanded
from tests.jobs import Ended, run_command, run_step
from tests.reliability.answers import served
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, on, scheduled

OUTCOMES = {"passes": "completed", "flaky": "failed, completed", "fails": "failed"}
IDS = {name: f"6f9619ff-8b86-4d01-b42d-00c04fc964f{at}" for at, name in enumerate(OUTCOMES)}
WORKFLOW = """
  - id: {}
    name: {}
    organization: acme
    project: web-shop
    variables: [target_url]
    blocks: [{{duration: 5, output: {{results: {{tests: [{{name: cart, status: passed}}]}}}}}}]
    outcomes: [{}]
"""
ADDED = "".join(WORKFLOW.format(IDS[name], name, OUTCOMES[name]) for name in IDS)
SCENARIO = text_of(RECIPES / "emulator/scenario.yml").replace("\nfaults:", f"{ADDED}\nfaults:")
FEATURES = {"paths": ["account/**"], "attempts": 2, "accept": "flaky"}
OF_ENTRY = {"workflow-id", *FEATURES}
AS_COMMENT: tuple[tuple[str, ...], ...] = ((), ("--issue",))
STATUS = {"review-status": "genesis"}
KEY = "rehearsal-key"
EXECUTION = "needs.trigger.outputs.execution-id"
VALUES = {
    "secrets.GENESIS_API_KEY": KEY, "secrets.api-key": KEY, "github.token": TOKEN,
    "github.sha": SHA, "github.event.pull_request.head.sha": SHA, "vars.TEST_USER": "ada",
    "secrets.TEST_PASSWORD": "of-the-rehearsal", "vars.GENESIS_ONLY": "",
    "inputs.max-wait-time": "30m",
}  # fmt: skip
COMMAND = re.compile(r"genesis-ci ((?:run|trigger|wait)\b.*) \|\| exit \$\?")
RESULT = "genesis-results/result.json"
RECIPE_FILES = [
    *sorted(RECIPES.glob("git*-*.yml")),
    RECIPES / "forgejo.yml",
    RECIPES / "comments/gitlab-nightly.yml",
]
WITHOUT_REQUEST = re.compile("nightly|rollback|shared|slack")
PREFIXES = {ForgejoStandIn: "/git/api/v1", GitLabStandIn: "/api/v4"}
NO_STATUS = {
    "only": "the status would count for all workflows",
    "execution-id": "attach with from instead",
}
"""Inputs beside which a status is refused, and the words."""


class Step(NamedTuple):
    """One use of the program in a recipe: its inputs, and variables that it may read."""

    inputs: dict[str, str]
    variables: dict[str, str]
    words: tuple[str, ...] = ("run",)


def steps_of(path: Path) -> Iterator[Step]:
    recipe = recipe_of(path)
    for job in recipe.get("jobs", {}).values():
        for step in job["steps"]:
            if step.get("uses", "").endswith("OWNER/genesis-ci@COMMIT"):
                yield Step(
                    {name: f"{text}" for name, text in step["with"].items()}, step.get("env", {})
                )
    top = recipe.get("variables", {})
    for one in recipe.get("include", ()):
        yield of_gitlab(top | expanded(**one["inputs"])["variables"])
        if "dry-run" in one["inputs"]:
            yield of_gitlab(top | {"GENESIS_ONLY": "${{ matrix.name }}"})  # of the child pipeline
    for job in (one for one in recipe.values() if isinstance(one, dict)):
        variables = top | recipe.get(job.get("extends"), {}).get("variables", {})
        for line in job.get("script", ()):
            if found := COMMAND.fullmatch(line):
                words = (*shlex.split(found[1]),)
                yield of_gitlab(variables | job.get("variables", {}), words)


def of_gitlab(variables: Mapping[str, Any], words: tuple[str, ...] = ("run",)) -> Step:
    """Return a step; the variables of the component have the names that its script exports."""
    given = {name: text for name, text in variables.items() if isinstance(text, str) and text}
    given.pop("GENESIS_CI_REPORT_DIR", None)
    return Step(
        {as_input(name): text for name, text in given.items() if name.startswith("GENESIS_")},
        {name: text for name, text in given.items() if not name.startswith("GENESIS_")},
        words,
    )


def as_input(variable: str) -> str:
    return variable.removeprefix("GENESIS_").removeprefix("CI_").lower().replace("_", "-")


def as_variable(name: str) -> str:
    begin = "GENESIS_CI_" if name == "dry-run" else "GENESIS_"
    return f"{begin}{name.upper().replace('-', '_')}"


def forge_of(path: Path) -> StandIn:
    if path.stem == "forgejo":
        return ForgejoStandIn()
    return GitHubStandIn() if "github" in path.stem else GitLabStandIn()


class Jobs:
    """The jobs of a recipe with all features, in one workspace."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str], genesis: str, preview: str
    ) -> None:
        self.folder, self.environ, self.genesis, self.preview = folder, environ, genesis, preview
        self.workspace = folder / "workspace"
        self.workspace.mkdir(parents=True)
        self.values = VALUES | {"inputs.preview-url": preview}

    def write_config(self, id_: str, *, whole: bool) -> None:
        """Write a file with an entry, or with the other ones of the recipe that need no secret."""
        entry: dict[str, Any] = {"name": "checkout", "workflow-id": id_, **FEATURES}
        config: dict[str, Any] = {"version": 1, "workflows": [entry]}
        if whole:
            config = dict(recipe_of(RECIPES / "genesis-ci.yml"))
            _, in_firefox, _, charter = config["workflows"]
            defaults = config["defaults"] | {"run-url": f"{self.genesis}/PATH/{{execution_id}}"}
            config |= {"defaults": defaults, "workflows": [entry, in_firefox, charter]}
        (self.workspace / "base.yml").write_text(yaml.dump(config))

    def run_all(self, steps: list[Step]) -> Iterator[Ended]:
        """Run the steps, with a status where that is not refused."""
        for step in steps:
            for name in self.names_in(step):
                self.values["matrix.name"] = name
                status = STATUS
                if why := self.no_status(step):
                    refused = self.run(step, **STATUS)
                    assert (refused.exit_code, why in refused.log) == (2, True), refused.log
                    status = {}
                for _ in range(1 + ("failed-from" in step.inputs)):
                    yield (ended := self.run(step, **status))
                if "GITLAB_CI" not in self.environ:
                    self.values[EXECUTION] = ended.outputs["execution-id"]

    def names_in(self, step: Step) -> list[str]:
        """Return the entries of the step's matrix."""
        if "matrix.name" not in step.inputs.get("only", ""):
            return [""]
        plan = json.loads((self.workspace / "genesis-results/plan.json").read_text())
        return [one["name"] for one in plan["workflows"] if one["selected"]]

    def no_status(self, step: Step) -> str | None:
        if "GITLAB_CI" in self.environ:
            return "it works on Forgejo/Gitea and GitHub only"
        given = (name for name in NO_STATUS if self.filled(step.inputs.get(name, "")))
        return NO_STATUS.get(next(given, ""))

    def filled(self, text: str) -> str:
        """Return a text of the recipe with the preview's address, and without expressions."""
        text = re.sub(r"https://[^/\n]*?\.example\.com", self.preview, text)
        text = re.sub(r"\$\{\{ .* && 'skip' \|\| 'fail' \}\}", "fail", text)
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda one: self.values[one[1]], text)

    def run(self, step: Step, **more: str) -> Ended:
        inputs = {name: self.filled(text) for name, text in step.inputs.items()} | more
        if not {"execution-id", "from"} & inputs.keys():
            inputs = {name: text for name, text in inputs.items() if name not in OF_ENTRY}
            inputs["config"] = "base.yml"
        inputs |= {"api-key": KEY, "api-url": self.genesis, "poll-interval": "1"}
        variables = {name: self.filled(text) for name, text in step.variables.items()}
        if "GITLAB_CI" not in self.environ:
            return run_step(self.folder, inputs, **variables, **self.environ)
        given = {as_variable(name): text for name, text in inputs.items()}
        variables = {"PREVIEW_URL": self.preview, **variables}
        return run_command(self.workspace, *step.words, **self.environ, **variables, **given)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(scenario_file.parse(SCENARIO, ""), speed=200) as running:
        yield running


@pytest.mark.parametrize("is_green", [True, False], ids=["green", "red"])
@pytest.mark.parametrize("path", RECIPE_FILES, ids=name_of)
def test_all_features_go_together_in_each_recipe(tmp_path, emulator, path, is_green):
    emulator.clear()
    steps, forge = [*steps_of(path)], forge_of(path)
    is_split = any("wait" in one.inputs or one.words != ("run",) for one in steps)
    is_request = not WITHOUT_REQUEST.search(path.stem)
    forge.touch("account/login.py")
    event = tmp_path / "event.json"
    event.write_text(json.dumps(PULL_REQUEST))
    environ = scheduled(forge, GITHUB_SHA=SHA, CI_COMMIT_SHA=SHA)
    if is_request:
        of_request = {"GITHUB_EVENT_PATH": str(event), "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": SHA}
        environ = on(forge)(**of_request)
    with ExitStack() as stack:
        at = stack.enter_context(served(forge.send, PREFIXES.get(type(forge), "")))
        preview = stack.enter_context(served(lambda _: Response(200, {}, SHA.encode())))
        if type(forge) is GitHubStandIn:
            forge.deploy("Preview", "success", environment_url=preview)
        environ |= dict.fromkeys(("GITHUB_API_URL", "CI_API_V4_URL"), at)
        jobs = Jobs(tmp_path / "job", environ, emulator.url, preview)
        workflow = ("passes" if is_split else "flaky") if is_green else "fails"
        jobs.write_config(IDS[workflow], whole=any("expose" in one.inputs for one in steps))
        ended = [*jobs.run_all(steps)]
        comment = ("comment", "--from", RESULT)
        ended += (run_command(jobs.workspace, *comment, *more, **environ) for more in AS_COMMENT)
        log = "\n".join(one.log for one in ended)
        assert max(one.exit_code for one in ended) == (0 if is_green else 1), log
        states = [one["state"] for one in getattr(forge, "statuses", ())]
        if states and not is_split:
            end = "success" if is_green else "failure"
            assert states == ["pending", end] * (len(states) // 2)
            for run in emulator.executions():
                if run["status"] == "review_pending":
                    emulator.approve(run["id"])
            settling = scheduled(forge, GITHUB_SHA="f" * 40, GITHUB_API_URL=at)
            later = Jobs(tmp_path / "later", settling, emulator.url, preview)
            (later.workspace / RESULT).parent.mkdir()
            (later.workspace / RESULT).write_text(ended[0].report("result.json"))
            [step] = steps_of(RECIPES / "comments/github-settle.yml")
            settled = later.run(step, accept="unchecked,flaky")
            assert settled.exit_code == (0 if is_green else 1), settled.log
            assert forge.statuses[-1]["state"] == end
    assert len(forge.own()) == is_request
    issues = [(state, "Failed: checkout" in text) for state, text in forge.shown_issues()]
    assert issues == [(forge.opened, True)] * (not is_green and not is_request)
    assert [one["status"] for one in emulator.executions()].count("failed") >= (not is_green)
    assert len(emulator.executions()) > 1 or is_split
