"""Where the program begins: the only reader of argv and environment.

Nearly everything is imported where it is needed: so `--version` and `--help` are quick, and a
signal that comes early is heard.
"""

from __future__ import annotations

import gc
import math
import os
import sys

from genesis_ci import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

    from genesis_ci.config.sources import Given
    from genesis_ci.models import Verb
    from genesis_ci.options import UsageError
    from genesis_ci.system.signals import Signals

PROGRAMS = {"sh", "bash", "genesis-ci"}
"""What may stand as a command after the image's name instead of a verb."""
_NO_DIRECTORY = (
    "the working directory is not there any more, so no report can be written. Start the job in a "
    "directory that exists. Nothing was triggered."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if [*words] == ["--version"]:
        return _without_traceback(_version)
    signals = _begin()
    return _without_traceback(lambda: _command_line(words, os.environ, signals))


def entrypoint() -> int:
    """Run as the image's entrypoint: an action's step on GitHub, the command line elsewhere.

    GitLab's runner starts the image with a shell as its command; the shell takes over then, and
    so does this command by its own name.
    """
    if sys.argv[1:] and sys.argv[1].rpartition("/")[2] in PROGRAMS:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
    if len(sys.argv) > 1 or os.environ.get("GITHUB_ACTIONS") != "true":
        return main()
    signals = _begin()
    from genesis_ci.config.sources import from_action
    from genesis_ci.models import Verb

    workspace = os.environ.get("GITHUB_WORKSPACE")
    given = from_action(os.environ)
    return _without_traceback(
        lambda: _job(Verb.RUN, given, os.environ, signals, workspace=workspace)
    )


def _begin() -> Signals:
    """Set the process up and return its signals, which are handled from now on.

    With `SSLKEYLOGFILE` Python would write the keys of every TLS connection to that file.
    """
    os.environ.pop("SSLKEYLOGFILE", None)
    from genesis_ci.system.signals import Signals

    signals = Signals()
    signals.install()
    return signals


def _without_traceback(work: Callable[[], int]) -> int:
    """Do the work; a bug that got through to here shows its place and no value."""
    from genesis_ci.system.stdout import make_robust, settle

    make_robust()
    try:
        return work()
    except Exception as bug:
        from genesis_ci.errors import GenesisCiError, place_of

        _say(f"genesis-ci: this is a bug of genesis-ci: {place_of(bug)}", sys.stderr)
        return GenesisCiError.exit_code
    finally:
        settle()
        gc.freeze()  # the process ends: a search for garbage would take a tenth of a short job


def _say(text: str, stream: TextIO) -> None:
    from genesis_ci.system.stdout import say

    say(text, stream)


def _version() -> int:
    _say(f"genesis-ci {__version__}", sys.stdout)
    return 0


def _command_line(argv: Sequence[str], environ: Mapping[str, str], signals: Signals) -> int:
    from genesis_ci.options import UsageError, help_text, parse_arguments

    try:
        options = parse_arguments(argv)
    except UsageError as error:
        return _misused(error, environ, signals)
    match options.verb:
        case None:
            _say(help_text().rstrip("\n"), sys.stdout)
            return 2
        case "emulator":
            from genesis_ci.emulator import cli

            return cli.run(options)
        case "demo":
            return _demo(options, environ, signals)
        case verb:
            return _verb(verb, options, environ, signals)


def _misused(error: UsageError, environ: Mapping[str, str], signals: Signals) -> int:
    """A usage error leaves the same evidence as any other, where a job was asked for."""
    from genesis_ci.options import JOB_VERBS

    if error.options is None or error.options.verb not in JOB_VERBS:
        for problem in error.problems:
            _say(f"genesis-ci: {problem}", sys.stderr)
        return 2
    return _verb(error.options.verb, error.options, environ, signals, error.problems)


def _verb(
    verb: str,
    options: argparse.Namespace,
    environ: Mapping[str, str],
    signals: Signals,
    usage_problems: Sequence[str] = (),
) -> int:
    from genesis_ci.config.sources import Given, from_command_line
    from genesis_ci.models import Verb
    from genesis_ci.options import flags_of

    problems = list(usage_problems)
    flags = flags_of(options)
    given = from_command_line(_as_lists(flags), environ)
    if options.api_key_file:
        given.maps[-1].pop("api-key", None)  # an empty file does not mean this one
        try:
            key = _key_from(options.api_key_file, signals, patience=1.0 if problems else None)
            given["api-key"] = Given(key, "--api-key-file")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            problems.append(f"--api-key-file: the file cannot be read ({reason}).")
    attach_from = getattr(options, "attach_from", None)
    if attach_from and flags["execution-id"]:
        problems.append("--from and EXECUTION_ID both say what to attach to. Drop one.")
    return _job(
        Verb(verb),
        given,
        environ,
        signals,
        usage_problems=problems,
        attach_from=attach_from,
    )


def _as_lists(flags: Mapping[str, str | None]) -> dict[str, list[str]]:
    return {name: [text] for name, text in flags.items() if text}


def _key_from(path: str, signals: Signals, *, patience: float | None) -> str:
    """Return the key; empty when nobody writes it to the pipe until a signal or for too long.

    `patience` is in seconds: a job that will not run needs the key only to hide it.
    """
    import threading
    import time

    from genesis_ci.execution.workers import Inbox

    read: Inbox[str | Exception] = Inbox(time.monotonic)

    def read_all() -> None:
        try:
            with open(0 if path == "-" else path, encoding="utf-8", closefd=path != "-") as file:
                read.put(file.read())
        except (OSError, ValueError) as error:
            read.put(error)

    signals.tell(lambda _: read.put(""))
    threading.Thread(target=read_all, daemon=True).start()
    text = read.take(math.inf if patience is None else patience) or ""
    if isinstance(text, Exception):
        raise text
    return text.removesuffix("\n").removesuffix("\r")


def _demo(options: argparse.Namespace, environ: Mapping[str, str], signals: Signals) -> int:
    from genesis_ci.emulator.cli import missing_extra
    from genesis_ci.errors import ConfigError
    from genesis_ci.models import Verb
    from genesis_ci.options import flags_of

    problem = missing_extra()
    if problem:
        _say(f"genesis-ci demo: {problem}", sys.stderr)
        return ConfigError.exit_code
    from genesis_ci.app import emulated

    with emulated(options.scenario, _as_lists(flags_of(options))) as given:
        return _job(Verb.RUN, given, environ, signals)


def _job(
    verb: Verb,
    given: Mapping[str, Given],
    environ: Mapping[str, str],
    signals: Signals,
    *,
    workspace: str | None = None,
    usage_problems: Sequence[str] = (),
    attach_from: str | None = None,
) -> int:
    """Run the job in the workspace, which is the current directory unless it is given."""
    from pathlib import Path

    try:
        root = Path(workspace or Path.cwd())
    except OSError:
        _say(f"genesis-ci: {_NO_DIRECTORY}", sys.stderr)
        return 2
    from genesis_ci.app import Composition

    composition = Composition(environ, root, signals)
    return composition.run(verb, given, usage_problems=usage_problems, attach_from=attach_from)
