"""The table of inputs, from which action, flags, environment, component and pages follow."""

from enum import Flag, auto
from functools import partial
from typing import Any, NamedTuple

from genesis_ci.config import input_types as types
from genesis_ci.config.expect import AUTO, EXPECT, KNOWN_FAILURES, TESTS
from genesis_ci.config.input_types import InputType
from genesis_ci.config.variables import INPUTS_FILE, VARIABLES
from genesis_ci.config.wait_for_input import WAIT_FOR


class Needs(Flag):
    """What a command has to do so that an input has an effect."""

    TRIGGER = auto()
    WAIT = auto()
    ACCOUNT = auto()


NOTHING = Needs(0)
EVERYTHING = ~NOTHING


class Input(NamedTuple):
    """One input: action input `x-y` = flag `--x-y` = environment `GENESIS_X_Y`.

    `default` is the text of an input that is not set. A `per_workflow` input can also be set in the
    config file. `target` is the field of `workflow`, its `policy` or `reporting` that gets the
    value; without one, code reads the input by its name. Commands that do all that the input
    `requires` accept it. The flag of a `repeatable` input can be repeated. `on_command_line`
    is false if argv would leak the value, or if the input is `of_action`: only for the actions and
    the component, in a variable with the tool's own prefix. Most jobs use the `common` inputs,
    which the README lists.
    """

    name: str
    type: InputType[Any]
    meaning: str
    default: str = ""
    per_workflow: bool = False
    target: str = ""
    requires: Needs = NOTHING
    repeatable: bool = False
    on_command_line: bool = True
    of_action: bool = False
    common: bool = False

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
INPUTS: tuple[Input, ...] = (
    Input(
        name="api-key",
        type=types.API_KEY,
        meaning="The API key. Required; give it as a secret.",
        on_command_line=False,
        common=True,
    ),
    Input(
        name="api-url",
        type=types.API_URL,
        default="https://genesis.autify.com",
        meaning="The Genesis server. https only; http for loopback hosts, and for the host that "
        "allow-http names.",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="allow-http",
        type=types.HOST,
        meaning="A host for which http is allowed, for rehearsals and closed networks: anyone on "
        "the network can read the key.",
    ),
    Input(
        name="workflow-id",
        type=types.WORKFLOW_ID,
        meaning="The workflow to run: its template UUID, or the endpoint URL copied from its "
        "trigger dialog.",
        per_workflow=True,
        target="workflow.workflow_id",
        requires=Needs.ACCOUNT,
        common=True,
    ),
    _of_trigger(
        name="inputs",
        type=VARIABLES,
        default="{}",
        meaning="Context variables: a YAML or JSON mapping, or KEY=VALUE lines. Every value is "
        "sent as the string that was written.",
        repeatable=True,
        common=True,
    ),
    _of_trigger(
        name="inputs-file",
        type=INPUTS_FILE,
        meaning="The same from a file in the workspace; inputs wins per key. In the config file "
        "only a file that expose lists.",
    ),
    _of_trigger(
        name="secret-inputs",
        type=types.NAMES_OF_INPUTS,
        meaning="Names of context variables whose values are masked and redacted everywhere.",
        repeatable=True,
    ),
    Input(
        name="expose",
        type=types.EXPOSED,
        meaning="The environment variables that the config file may read by ${NAME}, as names or "
        "patterns such as PREVIEW_*, and the files that it may name in inputs-file, as paths "
        "(docs/gates.md). Never the API key.",
        repeatable=True,
    ),
    Input(
        name="config",
        type=types.FILE_OR_NONE,
        default=".genesis-ci.yml",
        meaning="A file that names several workflows (docs/gates.md); none: no file is read. The "
        "default is read if it exists and neither workflow-id nor execution-id is set.",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="only",
        type=types.ENTRIES,
        meaning="Names or tags of entries of the config file: the other entries are not run, and "
        "every report says so (docs/gates.md).",
        requires=Needs.ACCOUNT,
        repeatable=True,
    ),
    Input(
        name="changed-files",
        type=types.FILE_OR_AUTO,
        default="auto",
        meaning="Which files the change touches, for entries with paths (docs/gates.md): auto "
        "requests them from GitHub or GitLab; or a file in the workspace with a path on each line.",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="execution-id",
        type=types.EXECUTION_IDS,
        meaning="Attach to runs that exist instead of triggering; one id or several.",
        per_workflow=True,
        requires=Needs.WAIT | Needs.ACCOUNT,
        repeatable=True,
    ),
    Input(
        name="from",
        type=types.FILE,
        meaning="Action and component only: the result.json of an earlier job, to whose runs this "
        "job attaches, as wait --from does; nothing is triggered (docs/reviews.md). Not beside "
        "workflow-id or execution-id.",
        on_command_line=False,
        of_action=True,
    ),
    Input(
        name="dry-run",
        type=types.BOOLEAN,
        default="false",
        meaning="Action and component only: do what check does, write the plan into plan.json of "
        "report-dir and the names of the selected entries into the output “selected”, and run "
        "nothing (docs/reference.md).",
        target="reporting.dry_run",
        on_command_line=False,
        of_action=True,
    ),
    Input(
        name="wait",
        type=types.BOOLEAN,
        default="true",
        meaning="false: trigger and return at once.",
        per_workflow=True,
        target="workflow.wait",
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    _of_trigger(
        name="concurrency-policy",
        type=types.CONCURRENCY,
        default="parallel",
        meaning="The policy in the workflow's trigger dialog: parallel or cancel-previous.",
        target="policy.concurrency",
        common=True,
    ),
    _of_verdict(
        name="poll-interval",
        type=types.POLL_INTERVAL,
        default="auto",
        meaning="auto adapts to the run's progress; or a fixed number of seconds, at least 1.",
        target="workflow.poll_interval",
    ),
    _of_verdict(
        name="max-wait-time",
        type=types.DURATION,
        default="30m",
        meaning="How long to wait for a final status, counted from the trigger; at most 7 days.",
        target="workflow.max_wait",
        common=True,
    ),
    _of_verdict(
        name="on-review-pending",
        type=types.ON_REVIEW,
        default="fail",
        meaning="When a block waits for a person: fail, pass, or wait until somebody decides.",
        target="policy.on_review_pending",
        common=True,
    ),
    _of_verdict(
        name="review-wait-time",
        type=types.DURATION,
        default="1h",
        meaning="With on-review-pending: wait, how long a person may take.",
        target="workflow.review_wait",
    ),
    _of_trigger(
        name="wait-for",
        type=WAIT_FOR,
        meaning="An address or a deployment that has to be ready before anything is triggered "
        "(docs/previews.md).",
        target="workflow.wait_for",
        common=True,
    ),
    Input(
        name="run-url",
        type=types.RUN_URL,
        meaning="The address of a run in Genesis's web pages, copied from the browser, with "
        "{execution_id} in place of the run's id, and {workflow_id} in place of the workflow's. "
        "Every report then links the run.",
        target="workflow.run_url",
    ),
    Input(
        name="review-status",
        type=types.STATUS_NAME,
        meaning="GitHub: the name of a commit status that each job posts: pending before the "
        "trigger and while a review is, then success or failure. In a review the job is green, and "
        "wait --from settles the status (docs/reviews.md).",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="github-token",
        type=types.TOKEN,
        meaning="The token that posts review-status (the job needs statuses: write), requests the "
        "changed files (pull-requests: read) and finds the deployment of wait-for (deployments: "
        "read). Elsewhere GITHUB_TOKEN or GITLAB_TOKEN from the environment.",
        on_command_line=False,
    ),
    _of_verdict(
        name="on-cancelled",
        type=types.ON_STATE,
        default="fail",
        meaning="What a cancelled run means for the job: fail or pass.",
        target="policy.on_cancelled",
    ),
    _of_verdict(
        name="on-skipped",
        type=types.ON_STATE,
        default="fail",
        meaning="What a skipped run means for the job: fail or pass.",
        target="policy.on_skipped",
    ),
    _of_verdict(
        name="on-failed-block",
        type=types.ON_STATE,
        default="pass",
        meaning="What a failed block in a completed run means for the job: pass, with a warning in "
        "every report, or fail.",
        target="policy.on_failed_block",
    ),
    _of_verdict(
        name="on-unchecked",
        type=types.ON_STATE,
        default="pass",
        meaning="What a completed run means for the job if nothing in its outputs was checked: "
        "pass, and every report says so, or fail.",
        target="policy.on_unchecked",
    ),
    _of_verdict(
        name="expect",
        type=EXPECT,
        meaning="The checks of a completed run's outputs: a YAML list (docs/proof.md). A missing "
        "output or a failed check makes the run unmet.",
        common=True,
    ),
    _of_verdict(
        name="tests",
        type=TESTS,
        default=AUTO,
        meaning="Which outputs list tests, as CTRF or JUnit XML, that all have to pass: auto "
        "(every output that is such a report), a block's name, a mapping (docs/proof.md), or none.",
        common=True,
    ),
    _of_verdict(
        name="known-failures",
        type=KNOWN_FAILURES,
        meaning="Tests that may fail until the end of a day in UTC, at most 90 days away: a YAML "
        "list of {test, until, issue} (docs/proof.md). Every report shows them.",
    ),
    Input(
        name="attempts",
        type=types.ATTEMPTS,
        default="1",
        meaning="How many runs a workflow may take to pass: one that failed or is unmet is "
        "triggered again, and a pass that took more than one is reported as flaky "
        "(docs/attempts.md).",
        per_workflow=True,
        target="policy.attempts",
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    _of_verdict(
        name="on-flaky",
        type=types.ON_STATE,
        default="pass",
        meaning="With attempts: what a pass after a failed attempt means for the job: pass, with "
        "a warning in every report, or fail.",
        target="policy.on_flaky",
    ),
    Input(
        name="failed-from",
        type=types.FILE,
        meaning="The result.json of an earlier job for the same commit: what passed there is "
        "checked and kept, the rest is triggered (docs/attempts.md).",
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    Input(
        name="missing-key",
        type=types.ON_MISSING_KEY,
        default="fail",
        meaning="Without an API key: fail, or skip (for pull requests from forks, which get no "
        "secrets). A skip is green and reported.",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="output-block",
        type=types.BLOCK,
        meaning="The block whose output becomes the output “output”; unset: JSON of all blocks.",
        target="reporting.output_block",
        requires=Needs.WAIT,
    ),
    Input(
        name="report-dir",
        type=types.DIRECTORY,
        default="genesis-results",
        meaning="Where the reports go: a directory inside the workspace.",
        target="reporting.report_dir",
    ),
    Input(
        name="summary",
        type=types.BOOLEAN,
        default="true",
        meaning="Write the step summary.",
        target="reporting.summary",
    ),
    Input(
        name="language",
        type=types.LANGUAGE,
        default="en",
        meaning="The language of what people read, in the log, the reports and the comment: en or "
        "ja (docs/reports.md). Words that programs read never change.",
        target="reporting.language",
    ),
)

BY_NAME: dict[str, Input] = {row.name: row for row in INPUTS}
