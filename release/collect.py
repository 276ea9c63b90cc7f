"""Collects the files of a release's image from the image that this runs in.

These are the interpreter, every module of the standard library that is loaded when the package and
the imports inside functions run, the libraries that they load, BusyBox for scripts, and the records
that scanners read. It works on every architecture, wherever the base keeps its Python.
"""

import ast
import encodings
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import resolve_name
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as write_compiled

APP = "/opt/genesis-ci"
PACKAGE = "genesis_ci"
LOADED_BY_C = {"_strptime", "encodings.idna", "runpy"}
"""Compiled code imports these when it reads a time or a host name, or runs a folder."""
NEVER_CALLED = {"_pyrepl", "doctest", "pydoc", "readline", "rlcompleter"}
"""Only the interactive prompt and tests inside the standard library import these."""
PROGRAMS = ["/usr/local/bin/python", "/usr/local/bin/python3", "/usr/bin/busybox"]
FILES = [
    "/etc/debian_version", "/etc/group", "/etc/host.conf", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d/*", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd",
    "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/openssl.cnf", "/usr/lib/locale/C.utf8/**/*",
    "/usr/lib/ssl/cert.pem", "/usr/lib/ssl/openssl.cnf",
    "/usr/lib/**/libgcc_s.so.1",  # without it, a thread that ends as Python does aborts the process
]  # fmt: skip
FOLDERS = {"home": 0o755, "root": 0o700, "run": 0o755, "tmp": 0o1777, "var/tmp": 0o1777}
COMMAND = f"""\
#!/usr/local/bin/python -Iu
import sys
sys.path.insert(0, "{APP}")
from {PACKAGE}.cli import main
sys.exit(main())
"""
LOAD = f"""\
import importlib, sys
from importlib.machinery import PathFinder
sys.path.insert(0, "{APP}")
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
for name, module in list(sys.modules.items()):
    inside = getattr(sys.modules.get(name.rpartition(".")[0]), "__path__", None)
    found = PathFinder.find_spec(name, inside)  # a module may have put another in its place
    print(name, found and found.origin or getattr(module, "__file__", None) or "", sep="\\t")
"""
HAS_CERTIFICATES = "import ssl; assert ssl.create_default_context().get_ca_certs()"


def collect(target: Path) -> None:
    """Fill the folder that becomes the root of the image, all but the package itself."""
    loaded = all_loaded()
    modules = {file for file in loaded.values() if file and not file.startswith(APP)}
    # A text names its encoding when it is read. Tables that are compiled are left out.
    modules |= {str(path) for path in Path(encodings.__file__).parent.glob("*.py")}
    compiled = [path for path in sorted(modules) if path.endswith(tuple(EXTENSION_SUFFIXES))]
    taken = [*PROGRAMS, *compiled, *libraries_of([*PROGRAMS, *compiled])]
    taken += [str(path) for name in FILES for path in sorted(Path("/").glob(name[1:]))]
    taken += [str(path) for path in Path("/").iterdir() if path.is_symlink()]
    for path in taken:
        take(path, target)
    for path in modules - set(compiled):
        write_compiled(
            path, f"{target}{path}c", dfile=path, doraise=True,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )  # fmt: skip
    add_records([*taken, *modules], target)
    add_commands(target)
    for name, mode in FOLDERS.items():
        (target / name).mkdir(parents=True, exist_ok=True)
        (target / name).chmod(mode)
    subprocess.run(["ldconfig", "-r", target], check=True)
    see_that_all_is_there(loaded, target)


def all_loaded() -> dict[str, str]:
    """Return all modules that a job may load, with their files."""
    files = (path.relative_to(APP).with_suffix("") for path in Path(APP, PACKAGE).rglob("*.py"))
    ours = {".".join(path.parts).removesuffix(".__init__") for path in files}
    names = LOADED_BY_C | ours - {f"{PACKAGE}.__main__"}
    while True:
        found = load(names)
        inside = {name for module, file in found.items() for name in imports_inside(module, file)}
        wanted = {name for name in inside if name.partition(".")[0] not in NEVER_CALLED}
        if wanted <= names:
            return found
        names |= wanted


def load(names: Iterable[str], *program: str) -> dict[str, str]:
    """Import what exists of these names in a new interpreter; return all its modules and files."""
    command = [*program, "/usr/local/bin/python", "-I", "-B", "-c", LOAD, *sorted(names)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(line.split("\t") for line in told.splitlines())


def imports_inside(module: str, file: str) -> Iterator[str]:
    """Return the names that functions of a module import, which may be modules or not."""
    if not file.endswith(".py"):
        return
    package = module if Path(file).stem == "__init__" else module.rpartition(".")[0]
    tree = ast.parse(Path(file).read_bytes())
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    for node in (each for function in functions for each in ast.walk(function)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            yield from (source, *(f"{source}.{alias.name}" for alias in node.names))


def libraries_of(programs: list[str]) -> list[str]:
    """Return the shared libraries that programs or extension modules are linked with."""
    told = subprocess.run(["ldd", *programs], check=True, stdout=subprocess.PIPE, text=True)
    return sorted(set(re.findall(r"(/\S+) \(0x", told.stdout)))


def take(path: str, target: Path) -> None:
    """Copy a file, with every link on the way to it."""
    place = Path("/")
    for number, part in enumerate(Path(path).parts[1:], start=2):
        place /= part
        if place.is_symlink():
            copy = Path(f"{target}{place}")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.is_symlink():
                copy.symlink_to(place.readlink())
            rest = Path(path).parts[number:]
            take(os.path.normpath(place.parent.joinpath(place.readlink(), *rest)), target)
            return
    if place.is_file():
        copy = Path(f"{target}{place}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place, copy)


def add_records(paths: list[str], target: Path) -> None:
    """Record the Debian packages that the files are of, as distroless images do it."""
    owners = {
        os.path.realpath(line): record.stem.partition(":")[0]
        for record in Path("/var/lib/dpkg/info").glob("*.list")
        for line in record.read_text(encoding="utf-8").splitlines()
    }
    used = {owners.get(os.path.realpath(path)) for path in paths if Path(path).is_file()}
    records = target / "var/lib/dpkg/status.d"
    records.mkdir(parents=True)
    for record in Path("/var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        name = record.partition("\n")[0].removeprefix("Package: ")
        if name in used | {"ca-certificates"}:  # whose bundle is written when it is installed
            (records / name).write_text(f"{record}\n", encoding="utf-8")
            take(f"/usr/share/doc/{name}/copyright", target)


def add_commands(target: Path) -> None:
    """Add the command, and those of BusyBox's that the base has as well: scripts find the same."""
    command = target / "usr/local/bin/genesis-ci"
    command.write_text(COMMAND, encoding="utf-8")
    command.chmod(0o755)
    told = subprocess.run(["busybox", "--list"], check=True, stdout=subprocess.PIPE, text=True)
    for name in told.stdout.split():
        if shutil.which(name) and not name.startswith("dpkg"):
            (target / "usr/bin" / name).symlink_to("busybox")
    users = target / "etc/passwd"
    users.write_text(users.read_text(encoding="utf-8").replace("/bin/bash", "/bin/sh"))


def see_that_all_is_there(loaded: Collection[str], target: Path) -> None:
    """Load the same modules where nothing else is."""
    shutil.copytree(APP, f"{target}{APP}")
    missing = set(loaded) - set(load(loaded, "chroot", str(target)))
    if missing:
        sys.exit(f"The image lacks {', '.join(sorted(missing))}.")
    python = ["chroot", str(target), "/usr/local/bin/python", "-I", "-B"]
    subprocess.run([*python, "-c", HAS_CERTIFICATES], check=True)
    shutil.rmtree(target / "opt")


if __name__ == "__main__":
    collect(Path(sys.argv[1]))
