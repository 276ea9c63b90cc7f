"""What GitLab takes from a job, as its source has it: section marks and the dotenv report."""

import re

SECTION = re.compile(
    r"section_((?:start)|(?:end)):(\d+):([a-zA-Z0-9_.-]+)((?:\[[^\]]*\])?)\r\x1b\[0K"
)


def sections(log: str) -> list[tuple[str, str]]:
    """`start` or `end` of each section of a job's log, and its name."""
    return [(kind, name) for kind, _, name, _ in SECTION.findall(log)]


def refused_by_gitlab(dotenv: str) -> list[str]:
    """What GitLab's dotenv parser would refuse the file for."""
    problems = ["size"] if len(dotenv.encode()) >= 5120 else []
    lines = dotenv.split("\n")[:-1]
    problems += ["count"] if len(lines) > 20 else []
    return problems + [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_]+=[^$\s]+", line)]
