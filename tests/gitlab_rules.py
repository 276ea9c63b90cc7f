"""GitLab's rules, after its source: inputs of a component, a job's script, log and dotenv file.

The script is quoted and evaluated like `shells/bash.go`, `shells/abstract.go` and
`helpers/shell_escape.go` of GitLab Runner 18.0 and 19.4; exit codes and values depend on both.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SPEC, JOB = (ROOT / "templates/genesis-ci/template.yml").read_text("utf-8").split("\n---\n")
INPUTS: dict[str, dict[str, Any]] = yaml.safe_load(SPEC)["spec"]["inputs"]
INPUT = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")


def expanded(**inputs: Any) -> dict[str, Any]:
    """Return the component's job with these inputs.

    As in `lib/gitlab/ci/config/interpolation/text_template.rb`, a string is inserted unchanged
    and any other value as JSON.
    """
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    given = {name: named.get(name, row["default"]) for name, row in INPUTS.items()}

    def text_of(match: re.Match[str]) -> str:
        value = given[match[1]]
        return value if isinstance(value, str) else json.dumps(value)

    [job] = yaml.load(INPUT.sub(text_of, JOB), yaml.CSafeLoader).values()
    return job


SECTION = re.compile(
    r"section_((?:start)|(?:end)):(\d+):([a-zA-Z0-9_.-]+)((?:\[[^\]]*\])?)\r\x1b\[0K"
)


def sections(log: str) -> list[tuple[str, str]]:
    return [(kind, name) for kind, _, name, _ in SECTION.findall(log)]


def refused_by_gitlab(dotenv: str) -> list[str]:
    """Return the reasons for which GitLab's dotenv parser refuses the file."""
    problems = ["size"] if len(dotenv.encode()) >= 5120 else []
    lines = dotenv.split("\n")[:-1]
    problems += ["count"] if len(lines) > 20 else []
    return problems + [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_]+=[^$\s]+", line)]


DETECT_SHELL = """\
if [ -x /usr/local/bin/bash ]; then exec /usr/local/bin/bash
elif [ -x /usr/bin/bash ]; then exec /usr/bin/bash
elif [ -x /bin/bash ]; then exec /bin/bash
else exec /bin/sh
fi
"""
"""The Docker executor's command; the script is its standard input."""
ESCAPES = str.maketrans({
    "\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r",
    "'": r"\'", "\\": r"\\",
})  # fmt: skip


class Evaluation(StrEnum):
    """How the shell runs the quoted script."""

    PIPELINE = ": | eval {}"
    """Up to 18; since 19 with FF_USE_LEGACY_BASH_EVAL."""
    PIPELINE_SUBSHELL = ": | (eval {})"
    """Up to 18 with FF_USE_NEW_BASH_EVAL_STRATEGY."""
    TRAPPED_SUBSHELL = "(trap 'exit 1' TERM; eval {}) < /dev/null"
    """Since 19."""


def runner_script(
    commands: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    directory: str = ".",
    evaluation: Evaluation = Evaluation.PIPELINE,
    posix: bool = False,
) -> str:
    """Return the shell's input: variables, variables of type File, then the commands.

    `posix` is FF_POSIXLY_CORRECT_ESCAPES: double quotes instead of `$'…'`.
    """

    def quoted(text: str) -> str:
        return _posix_quoted(text) if posix else _quoted(text)

    lines = [f"export {name}={quoted(text)}" for name, text in (variables or {}).items()]
    for name, text in (files or {}).items():
        path = f"{directory}.tmp/{name}"
        lines += [
            f'mkdir -p "{directory}.tmp"',
            f"printf '%s' {quoted(text)} > \"{path}\"",
            f'export {name}="{path}"',
        ]
    lines.append(f"cd {quoted(directory)}")
    for command in map(str.strip, commands):
        first, _, more = command.partition("\n")
        note = f"$ {first} # collapsed multi-line command" if more else f"$ {first}"
        lines += ["echo " + quoted(f"\x1b[32;1m{note}\x1b[0;m"), command]
    evaluated = evaluation.format(quoted("\n".join(lines) + "\n"))
    return (
        "trap 'exit 1' TERM\n\n"
        "if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n"
        f"set +o noclobber\n{evaluated}\nexit 0\n"
    )


def _posix_quoted(text: str) -> str:
    escaped = re.sub(r'[`"\\$]', r"\\\g<0>", text)
    plain = escaped == text and not re.search(r"[ !#%&()*<=>?[|]", text)
    return text if plain and text else f'"{escaped}"'


def _quoted(text: str) -> str:
    if not text:
        return "''"
    if re.fullmatch(r"[A-Za-z0-9,./@_-]+", text):
        return text

    def in_bytes(character: re.Match[str]) -> str:
        return "".join(f"\\x{byte:02x}" for byte in character[0].encode())

    return "$'" + re.sub("[^ -~]", in_bytes, text.translate(ESCAPES)) + "'"
