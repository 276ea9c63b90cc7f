"""`${NAME}` in a value of the config file: the environment's text, put in as it is.

What is put in is never read again: not as YAML, not as another `${NAME}`. `$${` is a literal `${`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from genesis_ci.config.document import name
from genesis_ci.config.inputs import BY_NAME

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS = frozenset({BY_NAME["api-key"].environment_name, BY_NAME["api-key"].action_variable})


@dataclass(frozen=True, slots=True)
class Filled:
    """A value with the environment's texts in it; `problems` says what could not be put in."""

    text: str
    from_environment: bool = False
    problems: tuple[str, ...] = ()


def fill_in(text: str, environ: Mapping[str, str], *, undefined_is_empty: bool = False) -> Filled:
    """Return a text with every `${NAME}` replaced."""
    problems: list[str] = []
    used: list[str] = []

    def value_of(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        variable = match[1]
        if not match[2] or not _NAME.fullmatch(variable):
            problems.append("${ begins a name and } ends it, as in ${PREVIEW_URL}; $${ is plain ${")
        elif variable in _KEYS:
            problems.append(f"{name(variable)} is the API key, which belongs in no value")
        elif variable not in environ and not undefined_is_empty:
            problems.append(f"the environment variable {name(variable)} is not set")
        used.append(variable)
        return environ.get(variable, "")

    filled = _REFERENCE.sub(value_of, text)
    return Filled(filled, bool(used), tuple(dict.fromkeys(problems)))
