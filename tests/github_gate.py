"""Whether a job of a GitHub workflow would be green, by the results of the jobs that it needs.

A small part of GitHub's expressions, as far as the recipes go. A status function is about the
needed jobs in a job's `if:` and about the earlier steps in a step's; without one, `if:` also asks
for success. What is not understood is an error.
"""

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

TOKEN = re.compile(r"\s*('[^']*'|&&|\|\||==|!=|[!(),]|[\w*-]+(?:\.[\w*-]+)*)")
STATUS = re.compile(r"\b(success|failure|always|cancelled)\(")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a job knows of the ones before it."""

    results: Mapping[str, str]
    outputs: Mapping[str, Mapping[str, str]]
    cancelled: bool = False
    """Whether the whole run was cancelled."""

    @property
    def succeeded(self) -> bool:
        return not self.cancelled and set(self.results.values()) <= {"success"}


def conclusion(job: Mapping[str, Any], needs: Needs) -> str:
    """`success`, `failure` or `skipped`; an action that is used is taken to pass."""
    if not condition(job.get("if", ""), needs, succeeded=needs.succeeded):
        return "skipped"
    passed = True
    for step in job["steps"]:
        if condition(step.get("if", ""), needs, succeeded=passed):
            passed = passed and _passes(step, needs)
    return "success" if passed else "failure"


def condition(text: str, needs: Needs, *, succeeded: bool) -> bool:
    """What an `if:` says."""
    plain = text.strip().removeprefix("${{").removesuffix("}}") or "success()"
    asks = STATUS.search(plain) is not None
    return bool(_Expression(plain, needs, succeeded).value) and (asks or succeeded)


def _passes(step: Mapping[str, Any], needs: Needs) -> bool:
    if "run" not in step:
        return True
    env = {
        name: EXPRESSION.sub(lambda one: str(_Expression(one[1], needs, True).value), text)
        for name, text in step.get("env", {}).items()
    }
    assert "${{" not in step["run"]
    return _script_passes(step["run"], tuple(env.items()))


@cache
def _script_passes(script: str, env: tuple[tuple[str, str], ...]) -> bool:
    ended = subprocess.run(["bash", "-e", "-c", script], env=dict(env), check=False, timeout=10)
    return ended.returncode == 0


class _Expression:
    """One expression, read from left to right while its value is found."""

    def __init__(self, text: str, needs: Needs, succeeded: bool) -> None:
        self._tokens = TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), text
        self._needs = needs
        self._functions: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "cancelled": lambda: needs.cancelled,
            "success": lambda: succeeded,
            "failure": lambda: "failure" in needs.results.values(),
            "join": lambda values, between: between.join(values),
            "contains": lambda values, one: one in values,
        }
        self.value = self._either()
        assert not self._tokens, text

    def _take(self, *wanted: str) -> str | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in wanted else None

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        if operator := self._take("==", "!="):
            return (value == self._single()) is (operator == "==")
        return value

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            value = self._either()
            assert self._take(")")
            return value
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1]
        return self._called(token) if self._take("(") else self._named(token)

    def _called(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self._either())
            self._take(",")
        return self._functions[name](*arguments)

    def _named(self, path: str) -> Any:
        match path.split("."):
            case ["needs", "*", "result"]:
                return list(self._needs.results.values())
            case ["needs", job, "result"]:
                return self._needs.results[job]
            case ["needs", job, "outputs", name]:
                return self._needs.outputs[job].get(name, "")
            case ["github", "run_attempt"]:
                return "1"
        raise AssertionError(f"not a name that a gate may depend on: {path}")
