"""`${NAME}` in a value of the config file: the environment's text, put in as it is.

What is put in is never read again: not as YAML, not as another `${NAME}`. `$${` is a literal `${`.
A pull request may have written the file, so the CI's own credentials are not given to it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from genesis_ci.config.document import name
from genesis_ci.config.inputs import BY_NAME

MAX_PUT_IN = 10_000_000
"""Characters that one file may take from the environment; Genesis takes no more for a workflow."""

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS = frozenset({BY_NAME["api-key"].environment_name, BY_NAME["api-key"].action_variable})
_CREDENTIAL = re.compile(
    r"ACTIONS_\w*TOKEN|GITHUB_TOKEN|CI_JOB_TOKEN|CI_JOB_JWT\w*|CI_\w*PASSWORD|\w*(HTTPS?|ALL)_PROXY",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A value with the environment's texts in it; `problems` says what could not be put in."""

    text: str
    from_environment: bool = False
    problems: tuple[str, ...] = ()


class Interpolation:
    """Puts the environment's texts into the values of one file.

    Args:
        environ: where `${NAME}` looks.
        undefined_is_empty: for a job that will not run.
    """

    def __init__(self, environ: Mapping[str, str], *, undefined_is_empty: bool = False) -> None:
        self._environ = environ
        self._undefined_is_empty = undefined_is_empty
        self._room = MAX_PUT_IN

    def fill_in(self, text: str) -> Filled:
        """Return a value with every `${NAME}` replaced."""
        problems: list[str] = []
        used: list[str] = []

        def value_of(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            used.append(match[1])
            problem = self._problem(match[1], closed=bool(match[2]))
            if problem:
                problems.append(problem)
                return ""
            return self._taken(match[1])

        filled = _REFERENCE.sub(value_of, text)
        return Filled(filled, bool(used), tuple(dict.fromkeys(problems)))

    def _problem(self, variable: str, *, closed: bool) -> str | None:
        if not closed or not _NAME.fullmatch(variable):
            return "${ begins a name and } ends it, as in ${PREVIEW_URL}; $${ is plain ${"
        if variable in _KEYS:
            return f"{name(variable)} is the API key, which belongs in no value"
        if _CREDENTIAL.fullmatch(variable):
            return (
                f"{name(variable)} is a credential of the CI, which no file may take; if it has to "
                "be sent, give it another name in the job and name it in secret-inputs"
            )
        if variable not in self._environ and not self._undefined_is_empty:
            return f"the environment variable {name(variable)} is not set"
        if len(self._environ.get(variable, "")) > self._room:
            return f"with {name(variable)} the environment gives this file over 10 MB"
        return None

    def _taken(self, variable: str) -> str:
        value = self._environ.get(variable, "")
        self._room -= len(value)
        return value
