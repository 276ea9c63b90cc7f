"""Reads GitHub's file commands and log commands as strictly as the runner."""

import re
from collections.abc import Iterator

_HEREDOC = re.compile(r"([^=<]+)<<(.+)")
_COMMAND = re.compile(r"\s*::(?P<name>[a-z-]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)")


def outputs_of(text: str) -> dict[str, str]:
    """Parse GITHUB_OUTPUT; raise ValueError for a line that the runner refuses."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if heredoc := _HEREDOC.fullmatch(line):
            found[heredoc[1]] = "\n".join(_until(heredoc[2], lines))
        elif "=" in line:
            name, value = line.split("=", 1)
            found[name] = value
        elif line:
            raise ValueError(f"neither NAME=VALUE nor NAME<<DELIMITER: {line!r}")
    return found


def _until(delimiter: str, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == delimiter:
            return
        yield line
    raise ValueError(f"the delimiter {delimiter!r} is missing")


def commands_of(log: str, name: str) -> list[str]:
    matches = (_COMMAND.match(line) for line in re.split(r"\r\n|\r|\n", log))
    return [_unescaped(found["data"]) for found in matches if found and found["name"] == name]


def _unescaped(data: str) -> str:
    return data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
