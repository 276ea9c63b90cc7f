"""One directory of the workspace, entered without following links.

Where the system can open files relative to an open directory, nobody can swap a part of the path
behind our back (`HeldFolder`). Elsewhere, on Windows, links are refused by name (`NamedFolder`).
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, Self

from genesis_ci.text import clean_line

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class LinkError(OSError):
    """A symbolic link stands where a file or directory was asked for; `strerror` says so."""

    def __init__(self, name: str) -> None:
        words = "is a symbolic link, and links are not followed; give a path that has none"
        super().__init__(errno.ELOOP, f"“{clean_line(name)}” {words}", name)


class Folder(Protocol):
    """A directory to read, write and descend from. Every method may raise `OSError`."""

    def enter(self, name: str) -> Self:
        """Return a directory in this one; raise `LinkError` where it is a link."""
        ...

    def make(self, name: str) -> bool:
        """Make a directory unless it is there; return whether it was made."""
        ...

    def open(self, name: str) -> int:
        """Return a descriptor for reading a file; raise `LinkError` where it is a link."""
        ...

    def create(self, name: str) -> int:
        """Return a descriptor for writing a file that must not be there yet."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, or of a link."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file."""
        ...

    def give(self, name: str, owner: os.stat_result) -> None:
        """Hand a file or directory over, where root writes for somebody else."""
        ...

    def close(self) -> None:
        """Let go of the directory."""
        ...


class HeldFolder:
    """A directory held by its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._here = descriptor

    @classmethod
    def at(cls, path: Path) -> "HeldFolder":
        """Hold the directory of a path; links on the way to it are the caller's own."""
        return cls(os.open(path, _DIRECTORY))

    def enter(self, name: str) -> "HeldFolder":
        """See `Folder`."""
        with self._links_told(name):
            return HeldFolder(os.open(name, _DIRECTORY | _NO_FOLLOW, dir_fd=self._here))

    def make(self, name: str) -> bool:
        """See `Folder`."""
        with suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=self._here)
            return True
        return False

    def open(self, name: str) -> int:
        """See `Folder`."""
        with self._links_told(name):
            return os.open(name, _READ, dir_fd=self._here)

    def create(self, name: str) -> int:
        """See `Folder`."""
        return os.open(name, _CREATE, 0o644, dir_fd=self._here)

    def rename(self, old: str, new: str) -> None:
        """See `Folder`."""
        os.replace(old, new, src_dir_fd=self._here, dst_dir_fd=self._here)

    def remove(self, name: str) -> None:
        """See `Folder`."""
        os.unlink(name, dir_fd=self._here)

    def give(self, name: str, owner: os.stat_result) -> None:
        """See `Folder`."""
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=self._here, follow_symlinks=False)

    def close(self) -> None:
        """See `Folder`."""
        os.close(self._here)

    @contextmanager
    def _links_told(self, name: str) -> Iterator[None]:
        """Systems refuse a link as a loop or as no directory; say what it is."""
        try:
            yield
        except OSError:
            if self._is_link(name):
                raise LinkError(name) from None
            raise

    def _is_link(self, name: str) -> bool:
        with suppress(OSError):
            found = os.stat(name, dir_fd=self._here, follow_symlinks=False)
            return stat.S_ISLNK(found.st_mode)
        return False


class NamedFolder:
    """A directory known by its path, where directories cannot be held."""

    def __init__(self, path: Path) -> None:
        self._here = path

    @classmethod
    def at(cls, path: Path) -> "NamedFolder":
        """Take the directory of a path."""
        return cls(path)

    def enter(self, name: str) -> "NamedFolder":
        """See `Folder`."""
        inner = self._no_link(name)
        if not inner.is_dir():
            raise NotADirectoryError(20, "Not a directory", name)
        return NamedFolder(inner)

    def make(self, name: str) -> bool:
        """See `Folder`."""
        with suppress(FileExistsError):
            self._plain(name).mkdir()
            return True
        return False

    def open(self, name: str) -> int:
        """See `Folder`."""
        return os.open(self._no_link(name), _READ)

    def create(self, name: str) -> int:
        """See `Folder`."""
        return os.open(self._plain(name), _CREATE, 0o644)

    def rename(self, old: str, new: str) -> None:
        """See `Folder`."""
        self._plain(old).replace(self._plain(new))

    def remove(self, name: str) -> None:
        """See `Folder`."""
        self._plain(name).unlink()

    def give(self, name: str, owner: os.stat_result) -> None:
        """Do nothing: no container's root writes here."""

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def _plain(self, name: str) -> Path:
        """The path of a name that is one on Windows too: no drive, no stream, no directory."""
        if any(character in name for character in "\\/:"):
            words = f"“{clean_line(name)}” is no plain name; give a path inside the workspace"
            raise OSError(errno.EINVAL, words, name)
        return self._here / name

    def _no_link(self, name: str) -> Path:
        path = self._plain(name)
        # A junction of Windows is no symbolic link, and a loop cannot be resolved.
        if path.is_symlink() or path.resolve() != self._here.resolve() / name:
            raise LinkError(name)
        return path


HERE_HOLDS = {os.open, os.mkdir, os.unlink, os.rename} <= os.supports_dir_fd
"""Whether this system can hold directories."""
