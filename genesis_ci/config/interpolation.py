"""References `${NAME}` and `${ci.NAME}` in the config file.

A pull request may have written that file, so it reads only what the job lists in `expose`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from genesis_ci.config.input_types import is_variable
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.variables import MAX_PAYLOAD
from genesis_ci.document.nodes import Scalar
from genesis_ci.document.problems import LONGEST_NAME, quoted_in_language, quoted_key
from genesis_ci.language import N_, _, fill, listed
from genesis_ci.models.change import Change
from genesis_ci.redaction import too_much_to_hide

_OF_CHANGE = "ci."
_REFERENCE = r"\$\$\{|\$\{\{|\$\{([^{}]*)(\}?)"
CREDENTIAL = (
    "(?i)token|secret|pass|pwd|key|cred|auth|cookie|session|dsn|login|jwt|webhook|cert|priv"
    "|(?<![a-z])pat(?![a-z])|^CI_REPOSITORY_URL$"
)
"""Names that no pattern matches, and whose values are hidden."""
USER_INFORMATION = r"://[^/?#\s@]*@"


@dataclass(eq=False)
class Interpolation:
    """Replaces the references in the values of one file.

    `environ` has the values for `${NAME}`, as far as they are `exposed`, and `change` those for
    `${ci.NAME}`. A value that `holds_key` is refused; one that `holds_token` needs its whole name
    in `exposed`. `way` begins the line that adds a name. If `job_is_skipped`, values may be empty.
    """

    environ: Mapping[str, str]
    exposed: Sequence[str] = ()
    holds_key: Callable[[str], bool] = lambda _: False
    holds_token: Callable[[str], bool] = lambda _: False
    way: str = "--expose "
    job_is_skipped: bool = False
    change: Change = field(default=Change())
    credentials: set[str] = field(init=False, default_factory=set)
    """The values in use that have to be hidden."""
    _characters_left: int = field(init=False, default=MAX_PAYLOAD)  # Genesis accepts no more

    def fill_in(self, scalar: Scalar) -> tuple[Scalar, tuple[str, ...]]:
        """Return a value with every reference replaced, and the problems of the references."""
        problems: dict[str, None] = {}
        names: dict[str, None] = {}

        def value_of(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            try:
                value = self._value(match[1], closed=bool(match[2]))
            except ValueError as error:
                value = match[0]
                problems[str(error)] = None
            empty = N_("“{name}”") if value else N_("“{name}” (empty)")
            names[fill(empty, name=(match[1] or "").partition(":-")[0])] = None
            return value

        filled = re.sub(_REFERENCE, value_of, scalar.text)
        filled_in = scalar._replace(text=filled, private=listed([*names]), refused=bool(problems))
        return filled_in, tuple(problems)

    def _value(self, reference: str | None, *, closed: bool) -> str:
        if reference is None:
            raise ValueError(
                _(
                    "${{ … }} is replaced in GitHub's workflows, not in this file. Write "
                    "${ci.sha}, ${ci.branch} or the like; for another value, set a variable in "
                    "env: of the step, and write ${NAME}"
                )
            )
        name, has_default, default = reference.partition(":-")
        is_of_change = name.startswith(_OF_CHANGE)
        if not closed or not (is_of_change or is_variable(name)):
            if closed and name.lower().startswith(_OF_CHANGE) and not is_of_change:
                words = N_("“{name}”: names of the change are in lower case. Write {form}")
                raise ValueError(fill(words, name=name, form=f"${{{name.lower()}}}"))
            words = N_(
                "“${{{name}” is no reference to a variable. Write ${{NAME}} or ${{NAME:-text}}, "
                "with a name of at most {most} letters, digits and _, and a text without braces; "
                "$${{ stands for ${{"
            )
            raise ValueError(fill(words, name=name, most=LONGEST_NAME))
        if is_of_change:
            value, empty = self._change_value(name.removeprefix(_OF_CHANGE))
        else:
            value, empty = self._variable(name)
        if not (value or has_default or self.job_is_skipped):
            raise ValueError(empty)
        return value or default

    def _variable(self, name: str) -> tuple[str, str]:
        """Return the value of a variable, and the problem if an empty one is not accepted."""
        value = self.environ.get(name, "")
        if name == BY_NAME["api-key"].environment_name or self.holds_key(value):
            words = N_("“{name}” has the API key, which no value may contain")
            raise ValueError(fill(words, name=name))
        is_credential = re.search(CREDENTIAL, name) is not None
        if is_credential or self.holds_token(value):
            if name not in self.exposed:
                raise ValueError(self._unlisted(name, may_be_credential=True))
        elif not any(fnmatchcase(name, one) for one in self.exposed):
            raise ValueError(self._unlisted(name))
        if value and (is_credential or re.search(USER_INFORMATION, value)):
            if too_much := too_much_to_hide({*self.credentials, value}):
                words = N_("{name} is not used: {reason}")
                raise ValueError(fill(words, name=quoted_in_language(name), reason=too_much))
            self.credentials.add(value)
        if len(value) > self._characters_left:
            words = N_("with {name} the values in this file have over 10 MB; send less")
            raise ValueError(fill(words, name=quoted_in_language(name)))
        self._characters_left -= len(value)
        words = N_("the environment variable “{name}” is not set. Set it, or write {form}")
        if name in self.environ:
            words = N_("the environment variable “{name}” is empty. Set it, or write {form}")
        return value, fill(words, name=name, form=f"${{{name}:-text}}")

    def _change_value(self, name: str) -> tuple[str, str]:
        change = self.change.by_name()
        known = [f"{_OF_CHANGE}{name}" for name, value in change.items() if value]
        words = N_("{key} is not a known name. Known here: {names}")
        if name in change:
            words = N_("{key} is not known in this job. Known here: {names}")
        none = _("none. In a shell, run genesis-ci in the directory that has .git")
        key = quoted_key(_OF_CHANGE + name)
        problem = fill(words, key=key, names=", ".join(known) or none)
        if name not in change:
            raise ValueError(problem)
        return change[name] or "", problem

    def _unlisted(self, name: str, *, may_be_credential: bool = False) -> str:
        """Return the advice to list one more name; a repeated flag adds up."""
        words = N_("“{name}” is not listed in expose. If it may be read, add to the job: {line}")
        if may_be_credential:
            words = N_(
                "“{name}” is not listed in expose by its whole name, and it may be a credential. "
                "If it may be read, add to the job: {line}"
            )
        others = () if self.way.startswith("--") else self.exposed
        return fill(words, name=name, line=f"{self.way}{' '.join([name, *others])}")
