"""The encoder of log lines, shared by all providers: remote text must not become a command.

GitHub acts on `::name` at the start of a line and on `##[name]` anywhere in it, Azure and
TeamCity on `##vso[` and `##teamcity[`, GitLab on `section_start:` anywhere.
"""

import re

_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HASH_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_SECTION = re.compile(r"section_(?=(?:start|end):)")


def log_lines(text: str) -> list[str]:
    """Return the lines of a text, none of which a CI takes for a command."""
    return [_harmless(line) for line in _LINE_ENDS.split(text)]


def _harmless(line: str) -> str:
    broken = _SECTION.sub("section ", _HASH_COMMAND.sub("# #", line))
    return f"| {broken}" if broken.lstrip().startswith("::") else broken
