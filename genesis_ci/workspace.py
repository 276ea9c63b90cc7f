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

from genesis_ci.folders import HERE_HOLDS, Folder, HeldFolder, NamedFolder

MAX_READ = 64 * 1024 * 1024
LONGEST_WRITE = 0.2
"""Seconds that the end of the process waits for a write under way."""


class Workspace:
    """The directory that a job may read from and report into.

    `folder_at` opens the root; the default is the safest that the system can.
    """

    def __init__(self, root: Path, folder_at: Callable[[Path], Folder] | None = None) -> None:
        self._root = root
        self._folder_at = folder_at or (HeldFolder.at if HERE_HOLDS else NamedFolder.at)
        self._drafts: set[str] = set()
        self._writing = threading.Lock()
        self._closed = False

    def read(self, path: str) -> str:
        """Return the text of a file inside the workspace.

        Raises:
            ValueError: the path leads out, is no plain file, or the file is not UTF-8 text.
            OSError: there is no such file, or it cannot be read.
        """
        *folders, name = self._inside(path)
        with self._folder(folders) as folder, os.fdopen(folder.open(name), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("it is not a plain file")
            data = file.read(MAX_READ + 1)
        if len(data) > MAX_READ:
            raise ValueError("the file is over 64 MiB")
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

    def close(self) -> None:
        """Let nothing be written any more, and remove what a write under way has begun.

        For a process that ends while other threads go on.
        """
        self._closed = True
        self._writing.acquire(timeout=LONGEST_WRITE)
        for path in tuple(self._drafts):
            *folders, name = PurePosixPath(path).parts
            with suppress(OSError), self._folder(folders) as folder:
                folder.remove(name)

    def _write(self, path: PurePosixPath, data: bytes) -> None:
        owner = self._root.stat()
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        self._drafts.add(str(draft))
        with self._folder(path.parts[:-1], owner) as folder:
            _replace(folder, path.name, data, draft=draft.name, owner=owner)
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
                    current.give(name, owner)
                inner = current.enter(name)
                current.close()
                current = inner
            yield current
        finally:
            current.close()


def _replace(folder: Folder, name: str, data: bytes, *, draft: str, owner: os.stat_result) -> None:
    try:
        with os.fdopen(folder.create(draft), "wb") as file:
            file.write(data)
        folder.give(draft, owner)
        folder.rename(draft, name)
    except BaseException:
        with suppress(OSError):
            folder.remove(draft)
        raise
