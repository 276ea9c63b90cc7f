"""Evaluates a GitHub job's conclusion from the results of the jobs that it needs.

Implements the GitHub expressions that the recipes use; everything else is an error. In a job's
`if:`, a status function is about the needed jobs; in a step's, about the earlier steps. An `if:`
without one also requires success.
"""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

TOKEN = re.compile(r"\s*('[^']*'|&&|\|\||==|!=|[!(),]|[\w*-]+(?:\.[\w*-]+)*)\s*")
PYTHON = {"&&": " and ", "||": " or ", "!": " not "}
STATUS = re.compile(r"\b(success|failure|always|cancelled)\(")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@dataclass(frozen=True, kw_only=True)
class Needs:
    results: Mapping[str, str]
    outputs: Mapping[str, Mapping[str, str]]
    cancelled: bool = False
    """Whether the workflow run was cancelled."""


def conclusion(job: Mapping[str, Any], needs: Needs) -> str:
    """Return `success`, `failure` or `skipped`; every `uses:` step passes."""
    passed = not needs.cancelled and set(needs.results.values()) <= {"success"}
    if not condition(job.get("if", ""), needs, succeeded=passed):
        return "skipped"
    passed = True
    for step in job["steps"]:
        if condition(step.get("if", ""), needs, succeeded=passed) and "run" in step:
            assert "${{" not in step["run"]
            env = {
                name: EXPRESSION.sub(lambda one: _text(_value(one[1], needs, True)), text)
                for name, text in step.get("env", {}).items()
            }
            passed = passed and _script_passes(step["run"], tuple(env.items()))
    return "success" if passed else "failure"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def condition(text: str, needs: Needs, *, succeeded: bool) -> bool:
    plain = text.strip().removeprefix("${{").removesuffix("}}") or "success()"
    has_status = STATUS.search(plain) is not None
    return bool(_value(plain, needs, succeeded)) and (has_status or succeeded)


@cache
def _script_passes(script: str, env: tuple[tuple[str, str], ...]) -> bool:
    ended = subprocess.run(["bash", "-e", "-c", script], env=dict(env), check=False, timeout=10)
    return ended.returncode == 0


def _value(text: str, needs: Needs, succeeded: bool) -> Any:
    # Python's operators return the same values, but `not` binds less tightly than `!`.
    assert TOKEN.sub("", text) == "", text
    assert not re.search(r"!(?!=).*[=!]=", text), text
    functions = {
        "always": lambda: True,
        "cancelled": lambda: needs.cancelled,
        "success": lambda: succeeded,
        "failure": lambda: "failure" in needs.results.values(),
        "join": lambda values, between: between.join(values),
    }

    def python(token: re.Match[str]) -> str:
        word = token[1]
        is_name = word[0].isalnum() and word not in functions
        return repr(_named(word, needs)) if is_name else PYTHON.get(word, word)

    return eval(TOKEN.sub(python, text).strip(), {"__builtins__": {}}, functions)  # noqa: S307


def _named(path: str, needs: Needs) -> Any:
    match path.split("."):
        case ["needs", "*", "result"]:
            return list(needs.results.values())
        case ["needs", job, "result"]:
            return needs.results[job]
        case ["needs", job, "outputs", name]:
            return needs.outputs[job].get(name, "")
        case ["github", "run_attempt"]:
            return "1"
        case ["github", "event_name"]:
            return "pull_request"
        case ["github", *_, "repository"] | ["github", *_, "full_name"]:
            return "acme/shop"
    raise AssertionError(f"a gate cannot use the name {path}")
