"""GitLab's rules for section marks and dotenv reports, after its source."""

import re

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
