"""Files inside the workspace, where a pull request may have put links.

No link is followed, so nothing outside is read or written. Written files belong to the workspace's
owner: a container's root must not leave files that later steps cannot delete.
"""

import errno
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from genesis_ci.errors import reason_of
from genesis_ci.language import N_, _, fill
from genesis_ci.text import clean_line

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
MAX_READ = 32 * 1024 * 1024
"""Bytes of a file, and of a `result.json`, so that the next job can read what this one wrote."""
_PIECE = 64 * 1024
IGNORES = ".gitignore"
Owner = os.stat_result
LONGEST_WRITE = 0.2
"""Seconds that the end of the process waits for a write."""


class LinkError(OSError):
    """The name is a symbolic link, not a file or directory; `strerror` says so."""

    def __init__(self, name: str) -> None:
        text = N_(
            "“{name}” is a symbolic link, and links are not followed; give a path that has none"
        )
        super().__init__(errno.ELOOP, fill(text, name=clean_line(name)), name)


class Folder:
    """A directory to read, write and descend from, held by its descriptor."""

    def __init__(self, descriptor: int | None) -> None:
        self._held = descriptor

    @classmethod
    def at(cls, path: Path) -> "Folder":
        """Open the directory of a path, whose links are followed: the caller chose it."""
        return cls(os.open(path, _DIRECTORY))

    def enter(self, name: str) -> "Folder":
        """Return a directory in this one; raise `LinkError` if it is a link."""
        return Folder(self._open(name, _DIRECTORY | _NO_FOLLOW))

    def make(self, name: str) -> bool:
        """Make a directory unless it exists; return whether it was made."""
        with suppress(FileExistsError):
            os.mkdir(self._path(name), 0o755, dir_fd=self._held)
            return True
        return False

    def open(self, name: str) -> int:
        """Return a descriptor for reading a file; raise `LinkError` if it is a link."""
        return self._open(name, _READ)

    def create(self, name: str) -> int:
        """Return a descriptor for writing a file that must not exist."""
        return os.open(self._path(name), _CREATE, 0o644, dir_fd=self._held)

    def rename(self, old: str, new: str) -> None:
        places = self._path(old), self._path(new)
        os.replace(*places, src_dir_fd=self._held, dst_dir_fd=self._held)

    def remove(self, name: str) -> None:
        os.unlink(self._path(name), dir_fd=self._held)

    def give(self, name: str, owner: Owner) -> None:
        """Give a file or directory to the owner, if root writes for another user."""
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=self._held, follow_symlinks=False)

    def close(self) -> None:
        if self._held is not None:
            os.close(self._held)

    def _path(self, name: str) -> str:
        return name

    def _open(self, name: str, flags: int) -> int:
        try:
            return os.open(name, flags, dir_fd=self._held)
        except OSError:  # systems report a link as a loop or as not a directory
            mode = 0
            with suppress(OSError):
                mode = os.stat(name, dir_fd=self._held, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                raise LinkError(name) from None
            raise


class NamedFolder(Folder):
    """The same with the directory's path, for systems that cannot hold directories."""

    def __init__(self, path: Path) -> None:
        super().__init__(None)
        self._here = path

    def enter(self, name: str) -> "NamedFolder":
        inner = self._no_link(name)
        if not inner.exists():
            raise FileNotFoundError(2, "No such file or directory", name)
        if not inner.is_dir():
            raise NotADirectoryError(20, "Not a directory", name)
        return NamedFolder(inner)

    def open(self, name: str) -> int:
        return os.open(self._no_link(name), _READ)

    def give(self, name: str, owner: Owner) -> None:
        """Do nothing: no container's root writes here."""

    def _path(self, name: str) -> str:
        # On Windows a name may have a drive or a stream.
        if any(character in name for character in "\\/:"):
            words = f"“{clean_line(name)}” is not a plain name; give a path inside the workspace"
            raise OSError(errno.EINVAL, words, name)
        return str(self._here / name)

    def _no_link(self, name: str) -> Path:
        path = Path(self._path(name))
        # A junction of Windows is not a symbolic link, and a loop cannot be resolved.
        if path.is_symlink() or path.resolve() != self._here.resolve() / name:
            raise LinkError(name)
        return path


CAN_HOLD = {os.open, os.mkdir, os.unlink, os.rename} <= os.supports_dir_fd
"""Whether this system can hold directories."""


class Workspace:
    """The directory that a job may read from and report into.

    `folder_at` opens the root; the default is the safest that the system supports. `warn` is called
    at most once, when a file could not be given to the workspace's owner.
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
        self._folder_at = folder_at or (Folder.at if CAN_HOLD else NamedFolder)
        self._drafts: set[PurePosixPath] = set()
        self._writing = threading.Lock()
        self._closed = False

    def read(self, path: str) -> str:
        """Return the text of a file inside the workspace.

        Raises `OSError` if it cannot be read, `ValueError` for another path or no UTF-8 text.
        """
        *folders, name = self._inside(path)
        data = bytearray()
        with self._folder(folders) as folder, os.fdopen(folder.open(name), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError(_("it is not a plain file; give the path of one"))
            while piece := file.read(_PIECE):  # read(MAX_READ) would allocate as much at once
                data += piece
                if len(data) > MAX_READ:
                    raise ValueError(_("the file is over 32 MiB; shorten it"))
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(_("the file is not UTF-8 text; save it as UTF-8")) from None

    def write(self, path: str, text: str) -> None:
        """Write a file inside the workspace, completely or not at all, and make its directories.

        Git ignores what is in a directory that it makes for the file.

        Raises `OSError`, also for links in the path, and when the process ends.
        """
        data = text.encode("utf-8", "backslashreplace")
        target = PurePosixPath(path)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        with self._writing:
            if self._closed:
                raise InterruptedError(errno.EINTR, "the process is ending")
            owner = self._root.stat()
            self._drafts.add(draft)
            with self._folder(target.parts[:-1], owner) as folder:
                try:
                    with os.fdopen(folder.create(draft.name), "wb") as file:
                        file.write(data)
                    self._give(folder, draft.name, owner)
                    folder.rename(draft.name, target.name)
                except BaseException:
                    with suppress(OSError):
                        folder.remove(draft.name)
                    raise
            self._drafts.discard(draft)

    def remove(self, path: str) -> None:
        *folders, name = PurePosixPath(path).parts
        with self._folder(folders) as folder:
            folder.remove(name)

    def refusal(self, path: str) -> str | None:
        """Return why a file could not be written, None if it could; leave nothing behind."""
        *folders, name = PurePosixPath(path).parts
        draft = f".genesis-ci.{secrets.token_hex(6)}"
        try:
            for depth in range(len(folders), -1, -1):
                with suppress(FileNotFoundError), self._folder(folders[:depth]) as folder:
                    os.close(folder.create(draft))
                    folder.remove(draft)
                    with suppress(OSError):
                        if depth == len(folders):
                            folder.enter(name).close()
                            return _("it is a directory")
                    return None
        except OSError as error:
            return reason_of(error)
        return _("the workspace is not there")

    def nearest(self, names: Sequence[str]) -> str | None:
        """Return the path of a file with one of these names, here or in a directory above."""
        root = self._root.absolute()
        for depth, folder in enumerate((root, *root.parents)):
            for name in names:
                if os.access(folder / name, os.R_OK):
                    return "../" * depth + name
        return None

    def close(self, *, longest_write: float = LONGEST_WRITE) -> None:
        """Prevent further writes; remove the draft of a write over `longest_write` seconds.

        For a process that ends while its other threads continue.
        """
        self._closed = True
        self._writing.acquire(timeout=longest_write)
        for draft in tuple(self._drafts):
            with suppress(OSError), self._folder(draft.parts[:-1]) as folder:
                folder.remove(draft.name)

    def _inside(self, path: str) -> Sequence[str]:
        pure, root = PurePosixPath(path.replace(os.sep, "/")), self._root.absolute()
        with suppress(ValueError):
            pure = pure.relative_to(root.as_posix())
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\x00" in path:
            text = N_("it is not a file inside the workspace {folder}; give the path of one")
            raise ValueError(fill(text, folder=clean_line(str(root))))
        return pure.parts

    @contextmanager
    def _folder(self, names: Sequence[str], owner: Owner | None = None) -> Iterator[Folder]:
        """Yield the folder below the root; with an owner, make missing folders and give them."""
        current, made = self._folder_at(self._root), False
        try:
            for name in names:
                made = owner is not None and current.make(name)
                if owner and made:
                    self._give(current, name, owner)
                inner = current.enter(name)
                current.close()
                current = inner
            if owner and made:
                with os.fdopen(current.create(IGNORES), "w") as file:
                    file.write("*\n")
                self._give(current, IGNORES, owner)
            yield current
        finally:
            current.close()

    def _give(self, folder: Folder, name: str, owner: Owner) -> None:
        # NFS and SMB shares refuse, and so does a root without the capability CAP_CHOWN.
        try:
            folder.give(name, owner)
        except OSError as error:
            if not self._is_warned:
                self._is_warned = True
                words = N_(
                    "The reports belong to root: the system refused to give them to the "
                    "workspace's owner ({reason}). A later step may be unable to delete them."
                )
                self._warn(fill(words, reason=error.strerror))
