"""Writes a job's script as GitLab Runner passes it to the shell of the job's image.

It quotes and evaluates the script like `shells/bash.go`, `shells/abstract.go` and
`helpers/shell_escape.go` of GitLab Runner 18.0 and 19.4; exit codes and values depend on both.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

DETECT_SHELL = """\
if [ -x /usr/local/bin/bash ]; then exec /usr/local/bin/bash
elif [ -x /usr/bin/bash ]; then exec /usr/bin/bash
elif [ -x /bin/bash ]; then exec /bin/bash
else exec /bin/sh
fi
"""
"""The Docker executor's command; the script is its standard input."""
PLAIN = set(string.ascii_letters + string.digits + ",-./@_")
ESCAPES = {
    "\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r",
    "'": r"\'", "\\": r"\\",
}  # fmt: skip
POSIX_ESCAPES = {"`": r"\`", '"': r"\"", "\\": r"\\", "$": r"\$"}
POSIX_QUOTED = set(" !#%&()*<=>?[|")


class Evaluation(StrEnum):
    """How the shell runs the quoted script."""

    PIPELINE = "pipeline"
    """Up to 18; since 19 with FF_USE_LEGACY_BASH_EVAL."""
    PIPELINE_SUBSHELL = "pipeline-subshell"
    """Up to 18 with FF_USE_NEW_BASH_EVAL_STRATEGY."""
    TRAPPED_SUBSHELL = "trapped-subshell"
    """Since 19."""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The feature flags of the runner that change the script."""

    evaluation: Evaluation = Evaluation.PIPELINE
    exit_code_check: bool = False
    """FF_ENABLE_BASH_EXIT_CODE_CHECK."""
    sections: bool = False
    """FF_SCRIPT_SECTIONS: a command of several lines is a section."""
    posix: bool = False
    """FF_POSIXLY_CORRECT_ESCAPES: POSIX double quotes instead of `$'…'`."""


def runner_script(
    commands: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    directory: str = ".",
    flags: Flags | None = None,
) -> str:
    """Return the shell's input: variables, variables of type File, then the commands."""
    flags = flags or Flags()
    lines = [f"export {name}={_quoted(text, flags)}" for name, text in (variables or {}).items()]
    for name, text in (files or {}).items():
        path = f"{directory}.tmp/{name}"
        lines += [
            f'mkdir -p "{directory}.tmp"',
            f"printf '%s' {_quoted(text, flags)} > \"{path}\"",
            f'export {name}="{path}"',
        ]
    lines += _checked(f"cd {_quoted(directory, flags)}", flags)
    for number, command in enumerate(commands):
        lines += [_announced(command.strip(), number, flags), *_checked(command.strip(), flags)]
    quoted = _quoted("\n".join(lines) + "\n", flags)
    match flags.evaluation:
        case Evaluation.PIPELINE:
            evaluated = f": | eval {quoted}"
        case Evaluation.PIPELINE_SUBSHELL:
            evaluated = f": | (eval {quoted})"
        case Evaluation.TRAPPED_SUBSHELL:
            evaluated = f"(trap 'exit 1' TERM; eval {quoted}) < /dev/null"
    return (
        "trap 'exit 1' TERM\n\n"
        "if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n"
        f"set +o noclobber\n{evaluated}\nexit 0\n"
    )


def _announced(command: str, number: int, flags: Flags) -> str:
    first, _, more = command.partition("\n")
    if more and flags.sections:
        mark = f"$(date +%s):section_script_step_{number}"
        shown = _quoted(f"$ {command}", flags)
        start = f"section_start:{mark}[hide_duration=true,collapsed=true]\r\x1b[0K"
        return f"printf '%b\\n' {start}{shown}\nprintf '%b\\n' section_end:{mark}\r\x1b[0K"
    note = f"$ {first} # collapsed multi-line command" if more else f"$ {first}"
    return "echo " + _quoted(f"\x1b[32;1m{note}\x1b[0;m", flags)


def _checked(command: str, flags: Flags) -> list[str]:
    code = "_runner_exit_code"
    check = f"{code}=$?; if [ ${code} -ne 0 ]; then exit ${code}; fi"
    return [command, check] if flags.exit_code_check else [command]


def _quoted(text: str, flags: Flags) -> str:
    if not text:
        return "''"
    if flags.posix:
        escaped = "".join(POSIX_ESCAPES.get(one, one) for one in text)
        return f'"{escaped}"' if escaped != text or POSIX_QUOTED & set(text) else text
    escaped = "".join(_ansi(one) for one in text)
    return text if set(text) <= PLAIN else f"$'{escaped}'"


def _ansi(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if " " <= character <= "~":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
