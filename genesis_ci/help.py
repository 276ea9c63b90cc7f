"""The help texts, generated from the table of commands."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from genesis_ci import DOCUMENTATION
from genesis_ci.commands import COMMANDS, VERSION, Option, inputs_of, options_of
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.models.report import EXIT_CODE_MEANINGS

WIDTH = 79
_COLUMN = 27


def help_text() -> str:
    return _page(
        "usage: genesis-ci COMMAND [OPTION...]",
        "Run an Autify Genesis workflow from a CI job and get a verdict you can trust.",
        _section("commands", [(name, row.about) for name, row in COMMANDS.items()]),
        _section(
            "options",
            [("-h, --help", "Show this help."), (", ".join(VERSION), "Show the version.")],
        ),
        _exit_codes(EXIT_CODE_MEANINGS),
        _examples(
            [
                "genesis-ci demo    # no account needed",
                "export GENESIS_API_KEY=...",
                *COMMANDS["check"].examples[:1],
                *COMMANDS["run"].examples,
            ],
        ),
        "In a workspace with untrusted code, run python -I -m genesis_ci instead.\n"
        "genesis-ci help COMMAND shows the help of a command.\n"
        f"Documentation: {DOCUMENTATION}",
    )


def help_of(command: str, *, every: bool = False) -> str:
    """Return the help of a command with its common inputs, or with `every` one."""
    row = COMMANDS[command]
    options = options_of(command)
    own = len(options) - len(inputs_of(command))
    is_general = row.exit_codes is EXIT_CODE_MEANINGS and not every
    listed = [
        _row(one)
        for one in options[own:]
        if every or (row.shows_inputs and BY_NAME[one.name[2:]].common)
    ]
    return _page(
        _spaced("usage: genesis-ci", command, "[OPTION...]", row.arguments),
        textwrap.fill(f"{row.about[0].upper()}{row.about[1:]}.", WIDTH),
        _section("options", list(map(_row, options[:own]))),
        _section(
            f"{'' if every else 'common '}inputs (in the environment --x-y is GENESIS_X_Y)", listed
        ),
        "exit codes: see genesis-ci --help" if is_general else _exit_codes(row.exit_codes),
        _examples(row.examples),
        f"docs/PAGE.md is {DOCUMENTATION}PAGE.html" if listed else "",
    )


def _spaced(*words: str) -> str:
    return " ".join(filter(None, words))


def _page(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _section(title: str, rows: Sequence[tuple[str, str]]) -> str:
    width = min(_COLUMN, max((len(name) for name, _ in rows), default=0) + 4)
    lines = [f"{title}:"]
    for name, text in rows:
        first, *more = textwrap.wrap(text, WIDTH - width, break_on_hyphens=False)
        if len(name) + 4 > width:
            lines += [f"  {name}", f"{' ' * width}{first}"]
        else:
            lines.append(f"  {name:<{width - 2}}{first}")
        lines += [f"{' ' * width}{line}" for line in more]
    return "\n".join(lines) if rows else ""


def _row(option: Option) -> tuple[str, str]:
    words = ", ".join(filter(None, (option.short, option.name)))
    default = f" (default: {option.default})" if option.default else ""
    again = " Can be repeated." if option.repeatable else ""
    return _spaced(words, option.metavar), f"{option.meaning}{default}{again}"


def _exit_codes(meanings: Mapping[int, str]) -> str:
    return _section("exit codes", [(str(code), meaning) for code, meaning in meanings.items()])


def _examples(lines: Iterable[str]) -> str:
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])
