"""What is checked out: the commit and the branch, read from the files of Git, and the files.

Git itself is not run and its configuration is not read, because that could start programs.
"""

import os
import re
from pathlib import Path

from genesis_ci.models.change import COMMIT, Change
from genesis_ci.system.workspace import Workspace

_REFERENCE = r"ref: *(refs/[^\x00-\x20\x7f~^:?*\[\\]+)"
LONGEST_LINE = 4_096
"""Characters: a path of many parts takes much memory."""
MOST_REFERENCES = 5
"""A reference may name another one; Git follows as many."""
MOST_FILES = 100_000


def checked_out(root: Path) -> Change:
    """Return the commit and the branch of the checkout in a directory, as far as they are known.

    Links in `.git` are not followed. A file `.git` and the file `commondir`, which worktrees have,
    may name any directory, but only a commit's id and a valid name of a branch are returned. What
    has another format, such as reftable, is not known.
    """
    branch = None
    try:
        git = _git_folder(root)
        common = git / _line(git, "commondir")
        text = _line(git, "HEAD")
        for _ in range(MOST_REFERENCES):
            if found := re.fullmatch(_REFERENCE, text):
                branch = found[1]
                text = _line(common, branch) or _packed(common, branch)
    except (OSError, ValueError):
        return Change()
    return Change(sha=text if re.fullmatch(COMMIT, text) else None, branch=branch)


def files_of(root: Path) -> tuple[str, ...]:
    """Return the paths of the files of a checkout in a directory, from there on.

    There are none if they are over `MOST_FILES`, cannot be listed, or may be a part of a commit.
    Links are not followed. A submodule is one path, as in Git's lists.
    """
    names, folders = list[str](), [""]
    try:
        git = _git_folder(root)
        if (git / "info/sparse-checkout").exists() or not (git / "index").exists():
            return ()
        while folders and len(names) <= MOST_FILES:
            folder = folders.pop()
            with os.scandir(root / folder) as found:
                inner = {one.name: one.is_dir(follow_symlinks=False) for one in found}
            if folder and (".git" in inner or not inner):
                names.append(folder.removesuffix("/"))
                continue
            inner.pop(".git", None)
            names += (folder + name for name, is_folder in inner.items() if not is_folder)
            folders += (f"{folder}{name}/" for name, is_folder in inner.items() if is_folder)
    except (OSError, ValueError):
        return ()
    return tuple(names) if len(names) <= MOST_FILES else ()


def _git_folder(root: Path) -> Path:
    git = root / ".git"
    link = None if git.is_dir() else re.fullmatch("gitdir: (.+)", _line(root, ".git"))
    return root / link[1] if link else git


def _packed(common: Path, name: str) -> str:
    line = re.search(rf"(?m)^({COMMIT}) {re.escape(name)}$", _content(common, "packed-refs"))
    return line[1] if line else ""


def _line(folder: Path, name: str) -> str:
    text = _content(folder, name).strip()
    if len(text) > LONGEST_LINE:
        raise ValueError("the line is too long")
    return text


def _content(folder: Path, name: str) -> str:
    """Return the text of a file that is not a link; empty if there is no such file."""
    try:
        return Workspace(folder).read(name)
    except FileNotFoundError:
        return ""
