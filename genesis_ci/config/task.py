"""What a job is told to do, and where it runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci.config.expect import TryOut
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.reader import Inputs
from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret

if TYPE_CHECKING:
    from genesis_ci.forges.forge import Forge


class Task(NamedTuple):
    """What surrounds the inputs of a job.

    `environ` has the values for `${NAME}` in the config file and `change` those for `${ci.NAME}`;
    `attach_from` is the path of an earlier job's result.json. `ci` is the marker of this CI, and
    `empty_key_hint` says why a key may be empty in it; `find_config` returns the path of a file
    that may be a config file in the wrong place. `usage_problems` are those of the command line;
    `key_is_reported` is true if they are also about the key, or if none is needed. `try_out` checks
    queries and patterns.
    """

    verb: Verb
    environ: Mapping[str, str]
    change: Change
    try_out: TryOut
    attach_from: str | None = None
    ci: str = ""
    empty_key_hint: str = ""
    find_config: Callable[[], str | None] = lambda: None
    usage_problems: Sequence[str] = ()
    key_is_reported: bool = False

    def status_forge(self) -> "type[Forge] | None":
        """Return the forge on which the jobs of this CI can post a commit status."""
        from genesis_ci.forges import find_forge  # few jobs need it

        forge = find_forge(self.ci, self.environ)
        posts = forge and forge.marker == self.ci and forge.status_permission
        return forge if posts else None


class JobContext(NamedTuple):
    """A task with the inputs of its job; if it `is_skipped`, nothing counts as missing.

    `tokens` are those for a forge, by the variable of the environment that has them elsewhere.
    """

    task: Task
    job: Inputs
    interpolation: Interpolation
    tokens: Mapping[str, Secret]
    is_skipped: bool
