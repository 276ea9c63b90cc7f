"""How a person starts this program again, in the same shell."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join, quote

from genesis_ci.models.report import PROGRAM


def started_as(script: str, words: Sequence[str], *, path: str, python: str) -> str:
    """Return what starts the program that was started as the `words`, without its arguments.

    That is its name, if a shell finds it on the `path`: the `script` itself, or the one that was
    installed beside the `python` that runs it.
    """
    from shutil import which  # jobs in a CI do not need it

    if found := which(PROGRAM, path=path):
        here = Path(found).resolve()
        if here == Path(script).resolve() or here.parent == Path(python).parent:
            return PROGRAM
    is_typed = os.sep in script and os.access(script, os.X_OK)
    return quote(script) if is_typed else join(words)


def this_program(environ: Mapping[str, str]) -> str:
    """Return what starts this process's program again, in a shell with this environment."""
    script, *arguments = sys.argv
    words = sys.orig_argv[: len(sys.orig_argv) - len(arguments)]
    return started_as(script, words, path=environ.get("PATH", ""), python=sys.executable)
