"""Builds the files of a release into `dist/`; the same sources and lock make the same bytes.

- the wheel and the source distribution
- `tree/`: the package with what it needs, to be run by any Python: `python3 -I dist/tree run`
- `genesis-ci.pyz`: the tree as one file, and its checksum

The tree has code compiled by the Python that runs this and by those that the arguments name; the
single file by the first only. Other Pythons compile the source. In the tree, Python compares the
hash of the source at each start; in the single file this was done once, when it was packed: to read
and decompress all sources costs a tenth of a job's CPU time.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from importlib.util import cache_from_source, source_hash
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
BEGIN = ROOT / "composite/tree_main.py"
ONLY_COMPILED = ("pyyaml",)
"""Publishes no pure-Python wheel; its compiled part is optional and is left out."""
COMPILED = (".so", ".pyd")
DATE = (2020, 2, 2, 0, 0, 0)
"""Of every file in an archive, as the build backend has it too."""
LEFT_OUT = "genesis_emulator/"
"""Needs the extra `emulator`, which the tree does not have."""
UNCHECKED = (1).to_bytes(4, "little")
"""The flags of compiled code with the hash of its source, which Python does not compare."""
PURE = ["--platform", "any", "--implementation", "py", "--abi", "none"]
COMPILED_FOR = ["--platform", "manylinux2014_x86_64", "--implementation", "cp"]


def build(folder: Path, pythons: Iterable[str] = ()) -> None:
    """Fill the folder, which is emptied first; compile for this Python and for `pythons`."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        wheels = Path(temporary)
        _run("build", "--no-isolation", "--outdir", str(folder), str(ROOT))
        download(wheels)
        tree = folder / "tree"
        for wheel in sorted([*wheels.glob("*.whl"), *folder.glob("*.whl")]):
            unpack(wheel, tree)
    shutil.copyfile(BEGIN, tree / "__main__.py")
    for python in (*pythons, sys.executable):
        _run(
            "compileall", "-q", "--invalidation-mode", "checked-hash", "-s", str(tree), str(tree),
            python=python,
        )  # fmt: skip
    pack(tree, folder / "genesis-ci.pyz")


def download(folder: Path) -> None:
    """Fetch the locked wheels; pip refuses one whose hash is not in the lock file."""
    locked = re.split(r"\n(?=[a-z])", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    pure = [each for each in locked if not each.startswith(ONLY_COMPILED)]
    compiled = [each for each in locked if each.startswith(ONLY_COMPILED)]
    for number, (requirements, of) in enumerate([(pure, PURE), (compiled, COMPILED_FOR)]):
        wanted = folder / f"{number}.txt"
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        _run(
            "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps",
            "--require-hashes", "--only-binary", ":all:", "--python-version", "3.11", *of,
            "--dest", str(folder), "--requirement", str(wanted),
        )  # fmt: skip


def unpack(wheel: Path, tree: Path) -> None:
    """Add a wheel's modules, data and records to the tree; no programs, nothing compiled."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not (name.endswith(COMPILED) or ".data/" in name or name.startswith(LEFT_OUT)):
                archive.extract(name, tree)


def pack(tree: Path, target: Path) -> None:
    """Write the tree as one file that Python runs, with its checksum beside it."""
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in sorted(packed(tree)):
                entry = zipfile.ZipInfo(name, DATE)
                entry.external_attr = 0o100644 << 16
                entry.create_system = 3
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    target.chmod(0o755)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    Path(f"{target}.sha256").write_text(f"{digest}  {target.name}\n", encoding="ascii")


def packed(tree: Path) -> Iterator[tuple[str, bytes]]:
    """Return the files with their names in an archive, compiled code beside its source."""
    for path in tree.rglob("*"):
        name = path.relative_to(tree).as_posix()
        if path.is_file() and path.parent.name != "__pycache__":
            content = path.read_bytes()
            yield name, content
            if path.suffix == ".py":
                compiled = Path(cache_from_source(path)).read_bytes()
                if compiled[8:16] == source_hash(content):
                    yield f"{name}c", compiled[:4] + UNCHECKED + compiled[8:]


def _run(module: str, *arguments: str, python: str = sys.executable) -> None:
    subprocess.run([python, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    build(DIST, sys.argv[1:])
