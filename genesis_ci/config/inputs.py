"""The one table of inputs. Action, flags, environment, component and README follow from it."""

from dataclasses import dataclass
from enum import Flag, auto


class Needs(Flag):
    """What a command has to do so that an input makes a difference to it."""

    TRIGGER = auto()
    WAIT = auto()
    ACCOUNT = auto()


NOTHING = Needs(0)
EVERYTHING = ~NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One input: action input `x-y` = flag `--x-y` = environment `GENESIS_X_Y`.

    `default` is the text that stands for "not set" (empty: none). `accepts` completes the
    sentence "write …" in error messages. `on_command_line` is false where argv would leak it.
    `choices` are the words of a closed set. `per_workflow` inputs can stand in the config file.
    `longest` bounds the text before anything looks into it. A command takes the input if it does
    all that the input `requires`. The flag of a `repeatable` input may stand several times.
    """

    name: str
    meaning: str
    accepts: str
    default: str = ""
    metavar: str = "VALUE"
    on_command_line: bool = True
    choices: tuple[str, ...] = ()
    per_workflow: bool = False
    longest: int = 2_000
    requires: Needs = NOTHING
    repeatable: bool = False

    @property
    def environment_name(self) -> str:
        """The environment variable that sets this input for the command line."""
        return "GENESIS_" + self.name.upper().replace("-", "_")

    @property
    def action_variable(self) -> str:
        """The variable in which GitHub's runner hands this input over; hyphens stay."""
        return "INPUT_" + self.name.upper()


INPUTS: tuple[Input, ...] = (
    Input(
        name="api-key",
        meaning="The API key. Required; give it as a secret.",
        accepts="the key as Genesis shows it, without spaces or line breaks",
        on_command_line=False,
        longest=10_000,
    ),
    Input(
        name="api-url",
        default="https://genesis.autify.com",
        meaning="The Genesis server. https only; http for loopback hosts, and for the host that "
        "allow-http names.",
        accepts="an address such as https://genesis.autify.com",
        metavar="URL",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="allow-http",
        meaning="A host that may be spoken to in the clear, for rehearsals and closed networks: "
        "everybody on the way can read the key.",
        accepts="a host name without scheme and port, such as host.docker.internal",
        metavar="HOST",
    ),
    Input(
        name="workflow-id",
        meaning="The workflow to run: its template UUID, or the endpoint URL copied from its "
        "trigger dialog.",
        accepts="a UUID, or https://genesis.autify.com/api/workflows/UUID/trigger",
        metavar="ID",
        per_workflow=True,
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="inputs",
        default="{}",
        meaning="Context variables: a YAML or JSON mapping, or KEY=VALUE lines. Every value is "
        "sent as the string that was written.",
        accepts="a flat YAML or JSON mapping, or KEY=VALUE lines",
        metavar="TEXT",
        per_workflow=True,
        longest=20_000_000,
        requires=Needs.TRIGGER,
        repeatable=True,
    ),
    Input(
        name="inputs-file",
        meaning="The same from a file in the workspace; inputs wins per key.",
        accepts="the path of a file in the workspace",
        metavar="PATH",
        per_workflow=True,
        requires=Needs.TRIGGER,
    ),
    Input(
        name="secret-inputs",
        meaning="Names of context variables whose values are masked and redacted everywhere.",
        accepts="names from inputs, separated by commas, spaces or line breaks",
        metavar="NAMES",
        per_workflow=True,
        longest=100_000,
        requires=Needs.TRIGGER,
        repeatable=True,
    ),
    Input(
        name="expose",
        meaning="Names of environment variables that look like credentials, and that the config "
        "file may put in by ${NAME} all the same. Never the API key.",
        accepts="names of environment variables, separated by commas, spaces or line breaks",
        metavar="NAMES",
        longest=100_000,
        repeatable=True,
    ),
    Input(
        name="config",
        default=".genesis-ci.yml",
        meaning="A file that names several workflows (docs/gates.md). The default is read if it "
        "exists and neither workflow-id nor execution-id is set.",
        accepts="the path of a file in the workspace",
        metavar="PATH",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="execution-id",
        meaning="Attach to runs that exist instead of triggering; one id or several.",
        accepts="execution ids, separated by commas, spaces or line breaks",
        metavar="IDS",
        per_workflow=True,
        longest=100_000,
        requires=Needs.WAIT | Needs.ACCOUNT,
        repeatable=True,
    ),
    Input(
        name="wait",
        default="true",
        meaning="false: trigger and return at once.",
        accepts="true or false",
        choices=("true", "false"),
        metavar="BOOL",
        per_workflow=True,
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    Input(
        name="concurrency-policy",
        default="parallel",
        meaning="What the workflow's trigger dialog says: parallel or cancel-previous.",
        accepts="parallel or cancel-previous",
        choices=("parallel", "cancel-previous"),
        metavar="POLICY",
        per_workflow=True,
        requires=Needs.TRIGGER,
    ),
    Input(
        name="poll-interval",
        default="auto",
        meaning="auto adapts to the run's progress; or a fixed number of seconds, at least 1.",
        accepts="auto, or a number of seconds, at least 1",
        metavar="SECONDS",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="max-wait-time",
        default="30m",
        meaning="How long to wait for a final status, counted from the trigger; at most 7 days.",
        accepts="seconds, or a duration such as 90s, 10m or 1h30m, at most 7 days",
        metavar="DURATION",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="on-review-pending",
        default="fail",
        meaning="When a block waits for a person: fail, pass, or wait until somebody decides.",
        accepts="fail, pass or wait",
        choices=("fail", "pass", "wait"),
        metavar="CHOICE",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="review-wait-time",
        default="1h",
        meaning="With on-review-pending: wait, how long a person may take.",
        accepts="seconds, or a duration such as 90s, 10m or 1h30m, at most 7 days",
        metavar="DURATION",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="wait-for",
        meaning="An address, or {url, status, contains, timeout, header}, that has to answer "
        "before anything is triggered (docs/previews.md).",
        accepts="an http or https address, or a mapping such as {url: https://…, contains: TEXT, "
        "timeout: 10m}",
        metavar="URL",
        per_workflow=True,
        longest=20_000,
        requires=Needs.TRIGGER,
    ),
    Input(
        name="run-url",
        meaning="The address of a run in Genesis's web pages, copied from the browser, with "
        "{execution_id} where the run's id stands, and {workflow_id} for the workflow's. Every "
        "report then links the run.",
        accepts="an https address of api-url's host with {execution_id} in it",
        metavar="URL",
    ),
    Input(
        name="review-status",
        meaning="GitHub: the name of a commit status that each job posts: success, failure, or "
        "pending while a review is; the job is green then, and wait --from settles it "
        "(docs/reviews.md).",
        accepts="a name of at most 100 characters",
        metavar="NAME",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="github-token",
        meaning="The token that posts review-status; the job needs statuses: write. Elsewhere "
        "GITHUB_TOKEN from the environment.",
        accepts="the token as GitHub gives it, without spaces or line breaks",
        on_command_line=False,
        longest=10_000,
    ),
    Input(
        name="on-cancelled",
        default="fail",
        meaning="What a cancelled run means for the job: fail or pass.",
        accepts="fail or pass",
        choices=("fail", "pass"),
        metavar="CHOICE",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="on-skipped",
        default="fail",
        meaning="What a skipped run means for the job: fail or pass.",
        accepts="fail or pass",
        choices=("fail", "pass"),
        metavar="CHOICE",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="on-failed-block",
        default="pass",
        meaning="What a failed block in a completed run means for the job: pass, with a warning in "
        "every report, or fail.",
        accepts="pass or fail",
        choices=("pass", "fail"),
        metavar="CHOICE",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="expect",
        meaning="What the outputs of a completed run must say: a YAML list (docs/proof.md). What "
        "is missing or says no makes the run unmet.",
        accepts="a YAML list of entries such as { block: NAME, query: failed, equals: 0 }",
        metavar="YAML",
        per_workflow=True,
        longest=200_000,
        requires=Needs.WAIT,
    ),
    Input(
        name="tests",
        meaning="The block whose output lists tests, as CTRF or JUnit XML: its name, or a YAML "
        "mapping (docs/proof.md). Each becomes a case of junit.xml, and all have to pass.",
        accepts="the name of a block, or { block: NAME, format: auto, at-least: 1 }",
        metavar="YAML",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="attempts",
        default="1",
        meaning="How many runs a workflow may take to pass: one that failed or is unmet is "
        "triggered again, and a pass that took more than one says that it is flaky "
        "(docs/attempts.md).",
        accepts="a number from 1 to 5",
        metavar="NUMBER",
        per_workflow=True,
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    Input(
        name="on-flaky",
        default="pass",
        meaning="With attempts: what a pass after a failed attempt means for the job: pass, with "
        "a warning in every report, or fail.",
        accepts="pass or fail",
        choices=("pass", "fail"),
        metavar="CHOICE",
        per_workflow=True,
        requires=Needs.WAIT,
    ),
    Input(
        name="failed-from",
        meaning="The result.json of an earlier job for the same commit: what passed there is "
        "looked at and kept, the rest is triggered (docs/attempts.md).",
        accepts="the path of a file in the workspace",
        metavar="PATH",
        requires=Needs.TRIGGER | Needs.WAIT,
    ),
    Input(
        name="missing-key",
        default="fail",
        meaning="Without an API key: fail, or skip (for pull requests from forks, which get no "
        "secrets). A skip is green and says so.",
        accepts="fail or skip",
        choices=("fail", "skip"),
        metavar="CHOICE",
        requires=Needs.ACCOUNT,
    ),
    Input(
        name="output-block",
        meaning="The block whose output becomes the output “output”; unset: JSON of all blocks.",
        accepts="the key of a block, such as block-1",
        metavar="BLOCK",
        longest=100,
        requires=Needs.WAIT,
    ),
    Input(
        name="report-dir",
        default="genesis-results",
        meaning="Where the reports go: a directory inside the workspace.",
        accepts="a relative path inside the workspace",
        metavar="PATH",
    ),
    Input(
        name="summary",
        default="true",
        meaning="Write the step summary.",
        accepts="true or false",
        choices=("true", "false"),
        metavar="BOOL",
    ),
)

BY_NAME: dict[str, Input] = {row.name: row for row in INPUTS}
