"""The entry points of the program: the only readers of argv and environment.

Imports are inside functions, so that `--version` and `--help` are quick, and signals are handled
early.
"""

from __future__ import annotations

import gc
import os
import sys

from genesis_ci import DOCUMENTATION, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn, TextIO

    from genesis_ci.app import App
    from genesis_ci.commands import CommandLine
    from genesis_ci.config.sources import FindUnknown, Given
    from genesis_ci.system.signals import Signals

_PROGRAMS = {"sh", "bash", "genesis-ci"}
"""Programs that the image runs instead of a command."""


def program(start: Callable[[], int] | None = None) -> NoReturn:
    """Run as a process, and end it with the exit code of `start`, or else of `main`.

    The end of the interpreter would take 4 ms of each job, restore the default of signals, and
    might open a prompt, which ends with another code.
    """
    os._exit((start or main)())


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else argv
    if [*words] in (["--version"], ["-V"]):
        return _without_traceback(_version)
    signals = _begin()
    return _without_traceback(lambda: _command_line(words, os.environ, signals))


def entrypoint() -> int:
    """Run as the image's entrypoint: an action's step on GitHub, the command line elsewhere.

    GitLab's runner starts the image with a shell as its command; then the shell is executed.
    """
    if sys.argv[1:] and sys.argv[1].rpartition("/")[2] in _PROGRAMS:
        try:
            os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
        except FileNotFoundError:
            return _misused([f"there is no {sys.argv[1]} in this image; use sh."])
    if len(sys.argv) > 1 or os.environ.get("GITHUB_ACTIONS") != "true":
        return main()
    signals = _begin()
    from functools import partial

    from genesis_ci.commands import CommandLine
    from genesis_ci.config.sources import from_action, unknown_in_action

    line, inputs = CommandLine(command="run"), from_action(os.environ)
    return _without_traceback(
        lambda: _job(
            line,
            [inputs],
            os.environ,
            signals,
            workspace=os.environ.get("GITHUB_WORKSPACE"),
            find_unknown=partial(unknown_in_action, os.environ),
        )
    )


def _begin() -> Signals:
    """Set the process up and return its signals, which are handled from now on."""
    os.environ.pop("SSLKEYLOGFILE", None)  # Python would write the keys of TLS connections to it
    gc.disable()  # until the imports are done: they leave no garbage
    from genesis_ci.system.signals import Signals

    signals = Signals()
    signals.install()
    return signals


def _without_traceback(work: Callable[[], int]) -> int:
    """Do the work; for a bug, print its place without any value."""
    from genesis_ci.system.stdout import flush_finally, make_robust

    make_robust()
    try:
        code = work()
    except Exception as bug:
        from genesis_ci.errors import GenesisCiError, place_of

        _say(f"genesis-ci: this is a bug of genesis-ci: {place_of(bug)}.", sys.stderr)
        code = GenesisCiError.exit_code
    finally:
        flush_finally()
    return code


def _say(text: str, stream: TextIO) -> None:
    from genesis_ci.system.stdout import say

    say(text, stream)


def _version() -> int:
    _say(f"genesis-ci {__version__}", sys.stdout)
    return 0


def _command_line(argv: Sequence[str], environ: Mapping[str, str], signals: Signals) -> int:
    from genesis_ci.commands import SHOWN, parse_arguments

    line = parse_arguments(argv)
    options = line.options
    match line.command:
        case "run" | "trigger" | "wait" | "check":
            return _verb(line, environ, signals)
        case "demo":
            return _demo(line, environ, signals)
        case _ if line.problems:
            return _misused(line.problems)
        case "comment":
            return _app(line, environ, signals).comment(options)
        case "init":
            return _app(line, environ, signals).init(options)
        case "show":
            path = line.arguments[0] if line.arguments else SHOWN
            failures = "--failures" in options
            return _app(line, environ, signals).show(path, failures=failures)
        case "emulator":
            return _emulator(line.arguments, options, environ)
        case _:
            from genesis_ci.help import help_of, help_text

            every = "--help-all" in options
            text = help_of(line.arguments[0], every=every) if line.arguments else help_text()
            _say(text, sys.stdout)
            return 0 if line.command else 2


def _misused(problems: Sequence[str]) -> int:
    for problem in problems:
        _say(f"genesis-ci: {problem}", sys.stderr)
    return 2


def _verb(line: CommandLine, environ: Mapping[str, str], signals: Signals) -> int:
    from functools import partial

    from genesis_ci.config.sources import from_environment, from_flags, unknown_variables

    if line.options.get("--api-key-file"):  # an empty file does not mean the environment's key
        environ = {name: text for name, text in environ.items() if name != "GENESIS_API_KEY"}
    layers = [from_environment(environ), from_flags(line.inputs)]
    return _job(line, layers, environ, signals, find_unknown=partial(unknown_variables, environ))


def _demo(line: CommandLine, environ: Mapping[str, str], signals: Signals) -> int:
    if problems := [*line.problems, *filter(None, [_missing_extra()])]:
        return _misused(problems)
    from genesis_ci.jobs.demo import CLOSING, emulated

    scenario = line.options["--scenario"]
    with emulated(scenario, line.inputs, environ) as inputs:
        return _job(line, [inputs], environ, signals, closing=CLOSING.get(scenario, ""))


def _emulator(
    arguments: Sequence[str], options: Mapping[str, str], environ: Mapping[str, str]
) -> int:
    if problem := _missing_extra():
        return _misused([problem])
    from genesis_ci.system.start import this_program
    from genesis_emulator import cli

    if arguments:
        return cli.check(arguments[1:])
    gc.enable()  # the server runs for a long time
    return cli.run(
        host=options["--host"],
        port=int(options["--port"]),
        scenario=options.get("--scenario"),
        speed=float(options["--speed"]),
        allow_remote="--allow-remote" in options,
        quiet="--quiet" in options,
        program=this_program(environ),
    )


def _missing_extra() -> str | None:
    # the image and the single file do not have the emulator
    from importlib.util import find_spec

    for names in (("pydantic", "starlette", "uvicorn", "yaml"), ("genesis_emulator",)):
        if missing := [name for name in names if find_spec(name) is None]:
            page = f"{DOCUMENTATION}emulator.html"
            return f"the emulator needs {', '.join(missing)}; to install it, see {page}"
    return None


def _job(
    line: CommandLine,
    layers: Sequence[Mapping[str, Given]],
    environ: Mapping[str, str],
    signals: Signals,
    *,
    workspace: str | None = None,
    find_unknown: FindUnknown | None = None,
    closing: str = "",
) -> int:
    from pathlib import Path

    try:
        root = workspace or str(Path.cwd())
    except OSError:
        problem = "the working directory does not exist any more, so no report can be written"
        return _misused(
            [f"{problem}. Start the job in a directory that exists. Nothing was triggered."]
        )
    from genesis_ci.jobs.configure import JobCommand
    from genesis_ci.models.workflow import Verb

    app = _app(line, environ, signals, root)
    gc.freeze()
    gc.enable()
    command = JobCommand(
        Verb.RUN if line.command == "demo" else Verb(line.command),
        attach_from=line.options.get("--from") or None,
        key_file=line.options.get("--api-key-file") or None,
        problems=line.problems,
        as_json="--json" in line.options,
        offline="--offline" in line.options,
        closing=closing,
    )
    return app.run(command, *layers, find_unknown=find_unknown)


def _app(line: CommandLine, environ: Mapping[str, str], signals: Signals, root: str = "") -> App:
    from functools import partial
    from pathlib import Path

    from genesis_ci.app import App
    from genesis_ci.system.start import this_program

    return App(
        environ,
        Path(root),
        signals,
        quiet="--quiet" in line.options,
        prints_result=line.command == "show" or not {"--json", "--print"}.isdisjoint(line.options),
        program=partial(this_program, environ),
    )
