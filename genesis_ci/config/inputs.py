"""The table of inputs, from which action, flags, environment, component and pages follow."""

from enum import Enum, Flag, auto
from functools import partial
from typing import Any, NamedTuple

from genesis_ci.config import input_types as types
from genesis_ci.config.expect import AUTO, EXPECT, TESTS
from genesis_ci.config.variables import INPUTS_FILE, VARIABLES
from genesis_ci.config.wait_for_input import WAIT_FOR
from genesis_ci.document.keys import InputType
from genesis_ci.features.known_failures import KNOWN_FAILURES
from genesis_ci.features.review_status import STATUS_NAME


class Needs(Flag):
    """What a command has to do so that an input has an effect."""

    TRIGGER = auto()
    WAIT = auto()
    ACCOUNT = auto()


class Group(Enum):
    """A table of inputs in the README, by its name there."""

    RUN = "inputs-run"
    GREEN = "inputs-green"
    SHOWN = "inputs-shown"


NOTHING = Needs(0)
EVERYTHING = ~NOTHING


class Input(NamedTuple):
    """One input: action input `x-y` = flag `--x-y` = environment `GENESIS_X_Y`.

    `default` is the text of an input that is not set. A `per_workflow` input can also be set in
    the config file. `group` is its table in the README. `target` is the field of `workflow`,
    its `policy` or `reporting` that gets the value; without one, code reads the input by its
    name. Commands that do all that the input `requires` accept it. The flag of a `repeatable`
    input can be repeated. One that is `of_action` is only for the actions and the component, in
    a variable with the tool's own prefix. Most jobs use the `common` inputs, which every
    `--help` shows.
    """

    name: str
    type: InputType[Any]
    group: Group
    default: str = ""
    per_workflow: bool = False
    target: str = ""
    requires: Needs = NOTHING
    repeatable: bool = False
    is_secret: bool = False
    of_action: bool = False
    common: bool = False

    @property
    def meaning(self) -> str:
        return MEANINGS[self.name]

    @property
    def on_command_line(self) -> bool:
        return not (self.of_action or self.is_secret)  # argv is visible to other processes

    @property
    def environment_name(self) -> str:
        prefix = "GENESIS_CI_" if self.of_action else "GENESIS_"
        return prefix + self.name.upper().replace("-", "_")

    @property
    def action_variable(self) -> str:
        """The variable in which GitHub's runner passes this input; hyphens stay."""
        return "INPUT_" + self.name.upper()


_of_trigger = partial(Input, per_workflow=True, requires=Needs.TRIGGER)
_of_verdict = partial(Input, per_workflow=True, requires=Needs.WAIT)
_of_run = partial(Input, per_workflow=True, requires=Needs.TRIGGER | Needs.WAIT)
INPUTS: tuple[Input, ...] = (
    Input("api-key", types.API_KEY, Group.RUN, is_secret=True, common=True),
    Input(
        "api-url", types.API_URL, Group.RUN, "https://genesis.autify.com", requires=Needs.ACCOUNT
    ),
    Input(
        "workflow-id",
        types.WORKFLOW_ID,
        Group.RUN,
        per_workflow=True,
        target="workflow.workflow_id",
        requires=Needs.ACCOUNT,
        common=True,
    ),
    _of_trigger("inputs", VARIABLES, Group.RUN, "{}", repeatable=True, common=True),
    Input("inputs-file", INPUTS_FILE, Group.RUN, requires=Needs.TRIGGER),
    _of_trigger("secret-inputs", types.NAMES_OF_INPUTS, Group.RUN, repeatable=True),
    Input("expose", types.EXPOSED, Group.RUN, repeatable=True),
    Input("config", types.FILE_OR_NONE, Group.RUN, ".genesis-ci.yml", requires=Needs.ACCOUNT),
    Input("only", types.ENTRIES, Group.RUN, requires=Needs.ACCOUNT, repeatable=True),
    Input(
        "execution-id",
        types.EXECUTION_IDS,
        Group.RUN,
        per_workflow=True,
        requires=Needs.WAIT | Needs.ACCOUNT,
        repeatable=True,
    ),
    Input("from", types.FILE, Group.RUN, of_action=True),
    Input("dry-run", types.BOOLEAN, Group.RUN, "false", target="reporting.dry_run", of_action=True),
    _of_run("wait", types.BOOLEAN, Group.RUN, "true", target="workflow.wait"),
    _of_trigger(
        "concurrency-policy",
        types.CONCURRENCY,
        Group.RUN,
        "parallel",
        target="policy.concurrency",
        common=True,
    ),
    _of_verdict(
        "poll-interval", types.POLL_INTERVAL, Group.RUN, "auto", target="workflow.poll_interval"
    ),
    _of_verdict(
        "max-wait-time", types.DURATION, Group.GREEN, "30m", target="workflow.max_wait", common=True
    ),
    _of_verdict(
        "accept",
        types.ACCEPT,
        Group.GREEN,
        "unchecked, flaky, failed-block",
        target="policy.accept",
        common=True,
    ),
    _of_verdict(
        "max-review-time", types.REVIEW_TIME, Group.GREEN, "0", target="workflow.max_review"
    ),
    _of_trigger("wait-for", WAIT_FOR, Group.RUN, target="workflow.wait_for", common=True),
    Input("run-url", types.RUN_URL, Group.SHOWN, per_workflow=True, target="workflow.run_url"),
    Input("review-status", STATUS_NAME, Group.SHOWN, requires=Needs.ACCOUNT),
    Input("github-token", types.TOKEN, Group.SHOWN, is_secret=True, of_action=True),
    _of_verdict("expect", EXPECT, Group.GREEN, common=True),
    _of_verdict("tests", TESTS, Group.GREEN, AUTO, common=True),
    _of_verdict("known-failures", KNOWN_FAILURES, Group.GREEN),
    _of_run("attempts", types.ATTEMPTS, Group.GREEN, "1", target="policy.attempts"),
    Input("failed-from", types.FILE, Group.RUN, requires=Needs.TRIGGER | Needs.WAIT),
    Input("missing-key", types.ON_MISSING_KEY, Group.GREEN, "fail", requires=Needs.ACCOUNT),
    Input(
        "output-block",
        types.BLOCK,
        Group.SHOWN,
        target="reporting.output_block",
        requires=Needs.WAIT,
    ),
    Input(
        "report-dir", types.DIRECTORY, Group.SHOWN, "genesis-results", target="reporting.report_dir"
    ),
    Input("summary", types.BOOLEAN, Group.SHOWN, "true", target="reporting.summary"),
    Input("language", types.LANGUAGE, Group.SHOWN, "en", target="reporting.language"),
)

BY_NAME: dict[str, Input] = {row.name: row for row in INPUTS}
MEANINGS = {
    "api-key": "The API key: required, as a secret.",
    "api-url": "The Genesis server. https only; http for loopback and private networks, where "
    "anyone on the network can read the key (docs/self-managed.md).",
    "workflow-id": "The workflow to run: its template UUID, or the endpoint URL copied from its "
    "trigger dialog.",
    "inputs": "Context variables: a YAML or JSON mapping, or KEY=VALUE lines. Every value is sent "
    "as it was written.",
    "inputs-file": "The same from a file in the workspace; inputs wins per key.",
    "secret-inputs": "Names of context variables whose values are masked and redacted everywhere.",
    "expose": "The environment variables that the config file may read by ${NAME}, as names or "
    "patterns such as PREVIEW_* (docs/gates.md). Never the API key.",
    "config": "A file that names several workflows (docs/gates.md); none: no file is read. The "
    "default is read if it exists; it is an error beside workflow-id, and a warning beside "
    "execution-id, because its checks would not count.",
    "only": "Names or tags of entries of the config file; no other entry is run (docs/gates.md).",
    "execution-id": "Attach to runs that exist instead of triggering; one id or several.",
    "from": "Action and component only: attach to the runs in an earlier job's result.json, as "
    "wait --from does (docs/reviews.md).",
    "dry-run": "Action and component only: run nothing, and write the plan, and the names of the "
    "selected entries into the output “selected” (docs/reference.md).",
    "wait": "false: trigger and return at once.",
    "concurrency-policy": "The policy in the workflow's trigger dialog: parallel or "
    "cancel-previous.",
    "poll-interval": "auto adapts to the run's progress; or a fixed number of seconds, at least 1.",
    "max-wait-time": "How long to wait for a final status, counted from the trigger; at most 7 "
    "days.",
    "accept": "What is green besides a clean pass: review_pending, cancelled, skipped, unchecked, "
    "flaky, failed-block; or none, the strict gate (docs/gate.md).",
    "max-review-time": "How long a person may take to decide before accept counts for a run in "
    "review; 0: a review ends the wait.",
    "wait-for": "An address or a deployment that has to be ready before anything is triggered "
    "(docs/previews.md).",
    "run-url": "The address of a run in Genesis's web pages, copied from the browser, with "
    "{execution_id} for the run's id and {workflow_id} for the workflow's. Every report then links "
    "the run.",
    "review-status": "GitHub, Forgejo, Gitea: the name of a commit status that each job posts "
    "(docs/reviews.md). It is pending before the trigger and in a review, where the job is green; "
    "then a second job has to settle it.",
    "github-token": "The token that posts review-status (statuses: write), requests the changed "
    "files for entries with paths (pull-requests: read), and finds the deployment of wait-for "
    "(deployments: read). Elsewhere GITHUB_TOKEN or GITLAB_TOKEN from the environment.",
    "expect": "The checks of a completed run's outputs: a YAML list (docs/proof.md). A missing "
    "output or a failed check makes the run unmet.",
    "tests": "Outputs that list tests, as CTRF or JUnit XML, which all have to pass: auto (every "
    "such output), a block's name, a mapping (docs/proof.md), or none.",
    "known-failures": "Tests that may fail until the end of a day in UTC, at most 90 days away: a "
    "YAML list of {test, until} with an optional issue (docs/proof.md).",
    "attempts": "How many runs a workflow may take to pass: one that failed or is unmet is "
    "triggered again (docs/attempts.md).",
    "failed-from": "The result.json of an earlier job for the same commit: its runs that did not "
    "fail are attached to and judged again, the rest is triggered (docs/attempts.md).",
    "missing-key": "Without an API key: fail, or skip, which is green (for pull requests from "
    "forks, which get no secrets).",
    "output-block": "The block whose output becomes the output “output”; unset: JSON of all "
    "blocks.",
    "report-dir": "Where the reports go: a directory inside the workspace.",
    "summary": "Write the step summary.",
    "language": "The language of log, reports and comment: en or ja (docs/reports.md).",
}
