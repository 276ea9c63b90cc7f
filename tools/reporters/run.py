"""Runs test tools in their scenarios, in the container of `make reporters`.

`run.py OUT [TOOL...]` writes the report of each into OUT/TOOL/, and a row with the versions, the
exit code and the file into OUT/index.tsv.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

TOOLS = Path(__file__).parent / "tools"
PROJECT = Path("/project")
MODULES = "/opt/npm/node_modules"
SECONDS = 600


def shell(command: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", command], cwd=PROJECT, timeout=SECONDS, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", check=False,
        start_new_session=True,  # so that `kill -INT 0` in a test reaches only its tool
    )  # fmt: skip
    code = done.returncode
    return code if code >= 0 else 128 - code, done.stdout


def version(command: str) -> str:
    _, text = shell(command)
    found = re.search(r"\d+(\.\d+)+", text)
    if not found:
        sys.exit(f"no version in the output of {command}: {text}")
    return found[0]


def new_project(files: dict[str, str]) -> None:
    shutil.rmtree(PROJECT, ignore_errors=True)
    PROJECT.mkdir()
    (PROJECT / "node_modules").symlink_to(MODULES)
    for name, text in files.items():
        (PROJECT / name).parent.mkdir(parents=True, exist_ok=True)
        (PROJECT / name).write_text(text.removeprefix("\n"), encoding="utf-8")


def run_tool(name: str, out: Path) -> None:
    tool = tomllib.loads((TOOLS / f"{name}.toml").read_text(encoding="utf-8"))
    new_project(files := tool.get("files", {}))
    own = version(tool["version"])
    by = {kind: " ".join([one["by"], *map(version, filter(None, [one.get("version")]))])
          for kind, one in tool["reports"].items()}  # fmt: skip
    if "build" in tool and (built := shell(tool["build"]))[0]:
        sys.exit(f"{name} does not build: {built[1]}")
    (out / name).mkdir(parents=True)
    for scenario, text in tool["scenarios"].items():
        if "file" in tool:
            new_project({**files, tool["file"]: text})
        command = tool["command"].replace("{scenario}", text)
        command = command.replace("{arguments}", tool.get("arguments", {}).get(scenario, ""))
        for one in tool["reports"].values():
            for old in PROJECT.glob(one["file"]):
                old.unlink()
        code, log = shell(command)
        (out / name / f"{scenario}.log").write_text(f"$ {command}\n{log}", encoding="utf-8")
        for kind, one in tool["reports"].items():
            kept = "-"
            if found := sorted(PROJECT.glob(one["file"])):
                kept = f"{name}/{scenario}.{'json' if kind == 'ctrf' else 'xml'}"
                (out / kept).write_bytes(b"\n".join(file.read_bytes() for file in found))
            row = (name, own, kind, by[kind], scenario, str(code), kept)
            with (out / "index.tsv").open("a", encoding="utf-8") as index:
                index.write("\t".join(row) + "\n")


def main(out: str, *names: str) -> None:
    os.environ |= {"CI": "1", "HOME": "/root", "LANG": "C.UTF-8", "NO_COLOR": "1", "TZ": "UTC"}
    os.environ |= {"PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"}  # the order of attributes
    os.environ["PATH"] += f":{MODULES}/.bin"
    for name in names or sorted(path.stem for path in TOOLS.glob("*.toml")):
        print(name, flush=True)
        run_tool(name, Path(out))


main(*sys.argv[1:])
