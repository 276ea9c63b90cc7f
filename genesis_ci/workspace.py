"""Files inside the workspace, where a pull request may have laid traps.

Every step of a path is opened without following links, so nothing is read or written outside.
What is written belongs to the workspace's owner: a container's root must not leave files that
later steps cannot delete.
"""

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

MAX_READ = 64 * 1024 * 1024

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_HAS_DIR_FD = os.open in os.supports_dir_fd and os.mkdir in os.supports_dir_fd


class Workspace:
    """The directory that a job may read from and report into."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> str:
        """Return the text of a file inside the workspace.

        Raises:
            ValueError: the path leads out, is no plain file, or the file is not UTF-8 text.
            OSError: there is no such file, or it cannot be read.
        """
        parts = self._inside(path)
        with self._directory(parts[:-1], create=False) as directory:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(parts[-1], flags, dir_fd=directory)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
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
            OSError: a part of the path is a link or a file, or the disk refuses.
        """
        parts = PurePosixPath(path).parts
        with self._directory(parts[:-1], create=True) as directory:
            self._replace(directory, parts[-1], text.encode("utf-8", "backslashreplace"))

    def _inside(self, path: str) -> Sequence[str]:
        pure = PurePosixPath(path)
        if pure.is_absolute():
            with suppress(ValueError):
                pure = pure.relative_to(self._root.as_posix())
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\x00" in path:
            raise ValueError("the path leads out of the workspace")
        return pure.parts

    @contextmanager
    def _directory(self, parts: Sequence[str], *, create: bool) -> Iterator[int]:
        current = os.open(self._root, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            for part in parts:
                inner = self._step(current, part, create=create)
                os.close(current)
                current = inner
            yield current
        finally:
            os.close(current)

    def _step(self, directory: int, name: str, *, create: bool) -> int:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=directory)
                self._hand_over(name, directory)
        return os.open(name, _DIRECTORY, dir_fd=directory)

    def _replace(self, directory: int, name: str, data: bytes) -> None:
        draft = f".{name}.{secrets.token_hex(6)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            self._hand_over(draft, directory)
            os.replace(draft, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft, dir_fd=directory)
            raise

    def _hand_over(self, name: str, directory: int) -> None:
        owner = self._root.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=directory, follow_symlinks=False)
