"""Files inside the workspace, where a pull request may have laid traps.

No link is followed on the way, so nothing is read or written outside. What is written belongs to
the workspace's owner: a container's root must not leave files that later steps cannot delete.
"""

import errno
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, Self

from genesis_ci.text import clean_line

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
MAX_READ = 64 * 1024 * 1024
_PIECE = 64 * 1024
LONGEST_WRITE = 0.2
"""Seconds that the end of the process waits for a write under way."""


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
        with self._links_told(name):
            return HeldFolder(os.open(name, _DIRECTORY | _NO_FOLLOW, dir_fd=self._here))

    def make(self, name: str) -> bool:
        with suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=self._here)
            return True
        return False

    def open(self, name: str) -> int:
        with self._links_told(name):
            return os.open(name, _READ, dir_fd=self._here)

    def create(self, name: str) -> int:
        return os.open(name, _CREATE, 0o644, dir_fd=self._here)

    def rename(self, old: str, new: str) -> None:
        os.replace(old, new, src_dir_fd=self._here, dst_dir_fd=self._here)

    def remove(self, name: str) -> None:
        os.unlink(name, dir_fd=self._here)

    def give(self, name: str, owner: os.stat_result) -> None:
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=self._here, follow_symlinks=False)

    def close(self) -> None:
        os.close(self._here)

    @contextmanager
    def _links_told(self, name: str) -> Iterator[None]:
        """Systems call a link a loop or not a directory; say that it is a link."""
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
        inner = self._no_link(name)
        if not inner.exists():
            raise FileNotFoundError(2, "No such file or directory", name)
        if not inner.is_dir():
            raise NotADirectoryError(20, "Not a directory", name)
        return NamedFolder(inner)

    def make(self, name: str) -> bool:
        with suppress(FileExistsError):
            self._plain(name).mkdir()
            return True
        return False

    def open(self, name: str) -> int:
        return os.open(self._no_link(name), _READ)

    def create(self, name: str) -> int:
        return os.open(self._plain(name), _CREATE, 0o644)

    def rename(self, old: str, new: str) -> None:
        self._plain(old).replace(self._plain(new))

    def remove(self, name: str) -> None:
        self._plain(name).unlink()

    def give(self, name: str, owner: os.stat_result) -> None:
        """Do nothing: no container's root writes here."""

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def _plain(self, name: str) -> Path:
        """The path of a name that is one on Windows too: no drive, no stream, no directory."""
        if any(character in name for character in "\\/:"):
            words = f"“{clean_line(name)}” is not a plain name; give a path inside the workspace"
            raise OSError(errno.EINVAL, words, name)
        return self._here / name

    def _no_link(self, name: str) -> Path:
        path = self._plain(name)
        # A junction of Windows is not a symbolic link, and a loop cannot be resolved.
        if path.is_symlink() or path.resolve() != self._here.resolve() / name:
            raise LinkError(name)
        return path


HERE_HOLDS = {os.open, os.mkdir, os.unlink, os.rename} <= os.supports_dir_fd
"""Whether this system can hold directories."""


class Workspace:
    """The directory that a job may read from and report into.

    `folder_at` opens the root; the default is the safest that the system can. `warn` is told at
    most once that what was written could not be handed to the workspace's owner.
    """

    def __init__(
        self,
        root: Path,
        folder_at: Callable[[Path], Folder] | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._root = root
        self._warn = warn
        self._is_warned = False
        self._folder_at = folder_at or (HeldFolder.at if HERE_HOLDS else NamedFolder.at)
        self._drafts: set[str] = set()
        self._writing = threading.Lock()
        self._closed = False

    def read(self, path: str) -> str:
        """Return the text of a file inside the workspace.

        Raises:
            ValueError: the path leads out, is not a plain file, or the file is not UTF-8 text.
            OSError: there is no such file, or it cannot be read.
        """
        *folders, name = self._inside(path)
        with self._folder(folders) as folder, os.fdopen(folder.open(name), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("it is not a plain file")
            data = _all_of(file)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("the file is not UTF-8 text") from None

    def write(self, path: str, text: str) -> None:
        """Write a file inside the workspace, whole or not at all, and make its directories.

        Raises:
            OSError: a part of the path is a link or a file, the disk refuses, or the process ends.
        """
        data = text.encode("utf-8", "backslashreplace")
        with self._writing:
            if self._closed:
                raise InterruptedError(errno.EINTR, "the process is ending")
            self._write(PurePosixPath(path), data)

    def refusal(self, path: str) -> str | None:
        """Return why a file could not be written, None where it could; leaves nothing behind."""
        *folders, name = PurePosixPath(path).parts
        try:
            for depth in range(len(folders), -1, -1):
                with suppress(FileNotFoundError), self._folder(folders[:depth]) as folder:
                    _try_to_create(folder)
                    return _in_the_way(folder, name) if depth == len(folders) else None
        except OSError as error:
            return error.strerror
        return "the workspace is not there"

    def close(self, *, longest_write: float = LONGEST_WRITE) -> None:
        """Let nothing be written any more, and remove what a write under way has begun.

        For a process that ends while other threads go on. A write may take `longest_write` seconds.
        """
        self._closed = True
        self._writing.acquire(timeout=longest_write)
        for path in tuple(self._drafts):
            *folders, name = PurePosixPath(path).parts
            with suppress(OSError), self._folder(folders) as folder:
                folder.remove(name)

    def _write(self, path: PurePosixPath, data: bytes) -> None:
        owner = self._root.stat()
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        self._drafts.add(str(draft))
        with self._folder(path.parts[:-1], owner) as folder:
            self._replace(folder, path.name, data, draft=draft.name, owner=owner)
        self._drafts.discard(str(draft))

    def _inside(self, path: str) -> Sequence[str]:
        pure = PurePosixPath(path.replace(os.sep, "/"))
        with suppress(ValueError):
            pure = pure.relative_to(self._root.as_posix())
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\x00" in path:
            raise ValueError("the path leads out of the workspace")
        return pure.parts

    @contextmanager
    def _folder(
        self, names: Sequence[str], owner: os.stat_result | None = None
    ) -> Iterator[Folder]:
        """The folder below the root; with an owner, what is missing is made and given to them."""
        current = self._folder_at(self._root)
        try:
            for name in names:
                if owner and current.make(name):
                    self._give(current, name, owner)
                inner = current.enter(name)
                current.close()
                current = inner
            yield current
        finally:
            current.close()

    def _replace(
        self, folder: Folder, name: str, data: bytes, *, draft: str, owner: os.stat_result
    ) -> None:
        try:
            with os.fdopen(folder.create(draft), "wb") as file:
                file.write(data)
            self._give(folder, draft, owner)
            folder.rename(draft, name)
        except BaseException:
            with suppress(OSError):
                folder.remove(draft)
            raise

    def _give(self, folder: Folder, name: str, owner: os.stat_result) -> None:
        """Hand over; some file systems and containers refuse, and the file is there all the same.

        NFS and SMB shares do, and a root without the capability CAP_CHOWN.
        """
        try:
            folder.give(name, owner)
        except OSError as error:
            if not self._is_warned:
                self._is_warned = True
                self._warn(
                    f"The reports stay root's, for the system does not let them be handed to the "
                    f"workspace's owner ({error.strerror}). A later step may be unable to delete "
                    "them."
                )


def _all_of(file: IO[bytes]) -> bytes:
    """Return what a file holds. Asked for the most at once, Python would take that much memory."""
    data = bytearray()
    while part := file.read(_PIECE):
        data += part
        if len(data) > MAX_READ:
            raise ValueError("the file is over 64 MiB")
    return bytes(data)


def _try_to_create(folder: Folder) -> None:
    draft = f".genesis-ci.{secrets.token_hex(6)}"
    os.close(folder.create(draft))
    folder.remove(draft)


def _in_the_way(folder: Folder, name: str) -> str | None:
    with suppress(OSError):
        folder.enter(name).close()
        return "it is a directory"
    return None
