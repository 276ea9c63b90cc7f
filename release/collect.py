"""Collects what a release's image is made of, out of the image that this runs in.

That is the interpreter, every module of the standard library that some import statement reachable
from the package names, the libraries that they load, BusyBox for scripts, and the records that
scanners read. Nothing here knows an architecture, or where the base keeps its Python.
"""

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from modulefinder import ModuleFinder
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as write_compiled

APP = "/opt/genesis-ci"
PACKAGE = "genesis_ci"
LEFT_OUT = (f"{PACKAGE}.__main__",)
"""Runs when it is imported."""
UNUSED = [
    "OpenSSL", "_pyrepl", "asyncio", "ctypes", "distutils", "doctest", "multiprocessing", "pdb",
    "pydoc", "readline", "setuptools", "socks", "sqlite3", "test", "tkinter", "unittest", "xmlrpc",
    "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw",
]  # fmt: skip
"""Named by modules that are used, in parts of them that no job gets to; all text is UTF-8."""
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
IMPORT_ALL = f"""\
import importlib, ssl, sys
sys.path.insert(0, "{APP}")
for name in sys.argv[1:]:
    importlib.import_module(name)
assert ssl.create_default_context().get_ca_certs()
"""


def collect(target: Path) -> None:
    """Fill the folder that becomes the root of the image, all but the package itself."""
    modules = used_modules()
    compiled = [path for path in modules if path.endswith(tuple(EXTENSION_SUFFIXES))]
    taken = [*PROGRAMS, *compiled, *libraries_of([*PROGRAMS, *compiled])]
    taken += [str(path) for name in FILES for path in sorted(Path("/").glob(name[1:]))]
    taken += [str(path) for path in Path("/").iterdir() if path.is_symlink()]
    for path in taken:
        take(path, target)
    for path in set(modules) - set(compiled):
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
    see_that_all_is_there(target)


def used_modules() -> list[str]:
    """Return the files of the standard library's modules that are needed."""
    sys.path.insert(0, APP)
    finder = ModuleFinder(excludes=UNUSED)
    for name in [*names_below(PACKAGE), *names_below("encodings")]:
        finder.import_hook(name)
    for name in names_below(PACKAGE):
        importlib.import_module(name)
    modules = [*finder.modules.values(), *sys.modules.values()]
    files = {file for module in modules if (file := getattr(module, "__file__", None))}
    return sorted(file for file in files - {__file__} if not file.startswith(f"{APP}/"))


def names_below(package: str) -> list[str]:
    """Return the names of the package and of its modules."""
    folders = importlib.import_module(package).__path__
    names = [each.name for each in pkgutil.walk_packages(folders, f"{package}.")]
    return [package, *(name for name in names if name not in LEFT_OUT)]


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


def see_that_all_is_there(target: Path) -> None:
    """Import every module of the package where nothing else is."""
    shutil.copytree(APP, f"{target}{APP}")
    command = ["chroot", str(target), "/usr/local/bin/python", "-I", "-B", "-c", IMPORT_ALL]
    subprocess.run([*command, *names_below(PACKAGE)], check=True)
    shutil.rmtree(target / "opt")


if __name__ == "__main__":
    collect(Path(sys.argv[1]))
