"""Runs real test tools in a container and keeps their reports; `make reporters` runs it.

`update.py [TOOL...]` runs only these tools. It needs a Docker engine, and installs nothing on the
machine itself. It ends with 1 if a verdict differs from an exit code and no tool's file says so.
"""

import re
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from tools.reporters.agreement import HERE, KEPT, MARK, Report, kept, tools

IMAGE = "genesis-ci-reporters"
CHANGES = (  # what differs in each run, and long texts that no verdict depends on
    (r'(?s)<properties>\s*<property name="(?:java|sun)\..*?</properties>\n?', ""),
    (r"(?m)^\s+at [^<\]\n]*\n", ""),
    (r"""(\s(?:time|duration))=(["'])[^"']*\2""", r"\1=\g<2>0\2"),
    (r"""\s(?:timestamp|hostname|started-at)=(["'])[^"']*\1""", ""),
    (r'"(start|stop|duration|timestamp|osVersion|osRelease|reportId)": ?(?:"[^"]*"|[\d.e+-]+)',
     r'"\1": 0'),
    (r"\b\d+\.\d+s\b", "0s"),
    (r"-20\d{12}\b", ""),
    (r"\b0x[0-9a-f]{6,}", "0x0"),
    (r"goroutine \d+", "goroutine 1"),
    (r"(?s)\n<system-out><!\[CDATA\[Test case disabled.*?\]\]></system-out>", ""),
    (r"duration_ms [\d.]+", "duration_ms 0"),
    (r'(name="(?:random-)?seed" value)="\d+"', r'\1="0"'),
)  # fmt: skip


def run_in_container(out: str, names: list[str]) -> None:
    subprocess.run(["docker", "build", "--quiet", "--tag", IMAGE, str(HERE)], check=True)
    subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--hostname=host",
         f"--volume={HERE}:/reporters:ro", f"--volume={out}:/out",
         IMAGE, "python3", "/reporters/run.py", "/out", *names],
        check=True,
    )  # fmt: skip


def keep(out: Path) -> None:
    rows = [row.split("\t") for row in (out / "index.tsv").read_text("utf-8").splitlines()]
    KEPT.mkdir(exist_ok=True)
    for tool, group in groupby(rows, key=lambda row: row[0]):
        own = list(group)
        versions = {"tool": f"{tool} {own[0][1]}", **{row[2]: row[3] for row in own}}
        parts = [f"{name} = {version}\n" for name, version in versions.items()]
        for _, _, kind, _, scenario, code, file in own:
            raw = "" if file == "-" else (out / file).read_bytes().decode(errors="replace")
            parts.append(f"{MARK} {scenario} {kind} exit {code}\n")
            parts.append(f"{shorter(Report(tool, kind, scenario, int(code), raw, None))}\n")
        (KEPT / f"{tool}.txt").write_text("".join(parts), encoding="utf-8", newline="")


def shorter(report: Report) -> str:
    text = report.text
    for pattern, replacement in CHANGES:
        text = re.sub(pattern, replacement, text)
    if report.kind == "ctrf":
        text = re.sub(r"\n {6,}", " ", text)  # its lists and objects in a line each
    if report._replace(text=text).verdict() != report.verdict():
        sys.exit(f"shortening {report.id} changes its verdict")
    return text


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as out:
        run_in_container(out, names)
        keep(Path(out))
    problems = [one.problem() for tool in tools() for one in kept(tool)[1]]
    sys.exit("\n".join(filter(None, problems)) or None)


if __name__ == "__main__":
    main(sys.argv[1:])
