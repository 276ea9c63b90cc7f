"""The configuration of one workflow. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from genesis_ci.models.findings import RunChecks
from genesis_ci.models.policy import Policy
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.report import UNNAMED, Outcome, WorkflowReport

MAX_WORKFLOWS = 1000
"""The most workflows of one job and of its result.json."""


class Verb(StrEnum):
    """The commands that are jobs."""

    RUN = "run"
    TRIGGER = "trigger"
    WAIT = "wait"
    CHECK = "check"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """The configuration of one workflow: trigger it, or attach to an existing run.

    Either `workflow_id` or `execution_id` is set. `variables` are sent as they are; `shown`
    are the same with the values of `secrets` hidden. `poll_interval` is in seconds, None is
    adaptive; `max_wait` counts from the trigger, `max_review` is the additional time for a review.
    `wait_for` has to answer before the trigger, `run_url` is the template of a run's address.
    With `paths`, it runs only if a changed file matches. `ended` is the outcome of a workflow that
    is not run, because an earlier job left no run to attach to, or because it is not selected.

    `earlier` are the attempts that an earlier job made before the run. `triggered_by` is the
    address of that job, or its file, if `failed-from` attaches: the run has to have `variables`.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    workflow_id: str | None = None
    execution_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shown: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    checks: RunChecks = field(default_factory=RunChecks)
    wait: bool = True
    poll_interval: float | None = None
    max_wait: float = 1800.0
    max_review: float = 0.0
    wait_for: WaitFor | None = None
    run_url: str | None = None
    paths: tuple[str, ...] = ()
    ended: "Outcome | None" = None
    earlier: "tuple[WorkflowReport, ...]" = ()
    triggered_by: str | None = None

    @property
    def label(self) -> str:
        """The name to show until an answer has the workflow's name."""
        return self.name or self.workflow_id or self.execution_id or UNNAMED

    @property
    def title(self) -> str:
        """The name in reports; without the run's id, so that test suites keep their names."""
        return self.name or self.workflow_id or UNNAMED

    @property
    def is_named(self) -> bool:
        """False if its id stands for a name."""
        return self.name not in {None, self.workflow_id}

    @property
    def is_selected(self) -> bool:
        """False if `only` or the changed files leave it out."""
        return not (self.ended and self.ended.left_out_by)

    def run_address(self, execution_id: str | None, workflow_id: str | None = None) -> str | None:
        """Return the address of a run in the web interface, or None if an id is missing."""
        if not self.run_url or not execution_id:
            return None
        template = self.workflow_id or workflow_id
        if template is None and "{workflow_id}" in self.run_url:
            return None
        return self.run_url.replace("{execution_id}", execution_id).replace(
            "{workflow_id}", template or ""
        )
