"""The commit, the branch and the files of a checkout, in Git's layouts, and in hostile ones."""

import os
from pathlib import Path

import pytest

from genesis_ci.models.change import Change
from genesis_ci.system.checkout import (
    LONGEST_LINE,
    MOST_REFERENCES,
    checked_out,
    files_of,
)

SHA, OTHER = "0a1b2c3d" * 5, "9f8e7d6c" * 5
MAIN = "ref: refs/heads/main\n"
PACKED = f"""\
# pack-refs with: peeled fully-peeled sorted
{OTHER} refs/heads/main2
{SHA} refs/heads/main
{SHA} refs/heads/c++
{OTHER} refs/tags/v1
^{OTHER}
"""
PACKS = {"packed-refs": PACKED}
SUBMODULE = {
    "repo/.git": "gitdir: ../.git/modules/repo\n",
    ".git/modules/repo/HEAD": MAIN,
    ".git/modules/repo/refs/heads/main": SHA,
}


def worktree(head: str) -> dict[str, str]:
    own = {"commondir": "../..\n", "HEAD": head}
    return {
        "repo/.git": "gitdir: ../main/.git/worktrees/w\n",
        "main/.git/HEAD": f"{OTHER}\n",
        "main/.git/packed-refs": PACKED,
        **{f"main/.git/worktrees/w/{name}": text for name, text in own.items()},
    }


def of_git(**files: str) -> dict[str, str]:
    return {f"repo/.git/{name.replace('__', '/')}": text for name, text in files.items()}


def links(length: int) -> dict[str, str]:
    """The files of a branch that is known after this many names."""
    chain = {f"refs__heads__{n}": f"ref: refs/heads/{n + 1}" for n in range(1, length)}
    return of_git(HEAD="ref: refs/heads/1", **chain, **{f"refs__heads__{length}": SHA})


LAYOUTS = {
    "a commit": (of_git(HEAD=MAIN, refs__heads__main=f"{SHA}\n"), SHA, "main"),
    "packed": (of_git(HEAD="ref: refs/heads/c++", **PACKS), SHA, "c++"),
    "packed before": (of_git(HEAD=MAIN, refs__heads__main=OTHER, **PACKS), OTHER, "main"),
    "no commit yet": (of_git(HEAD="ref: refs/heads/機能/é\n"), None, "機能/é"),
    "detached": (of_git(HEAD=f"{SHA}\n"), SHA, None),
    "SHA-256": (of_git(HEAD=SHA + SHA[:24]), SHA + SHA[:24], None),
    "names of names": (links(MOST_REFERENCES), SHA, str(MOST_REFERENCES)),
    "too many names": (links(MOST_REFERENCES + 1), None, str(MOST_REFERENCES)),
    "worktree": (worktree(MAIN), SHA, "main"),
    "detached worktree": (worktree(SHA), SHA, None),
    "submodule": (SUBMODULE, SHA, "main"),
    "reftable": (of_git(HEAD="ref: refs/heads/.invalid\n", refs__heads="reftable"), None, None),
    "no repository": ({"repo/HEAD": SHA, "repo/refs/heads/main": SHA}, None, None),
    "another file": ({"repo/.git": "HEAD", "repo/HEAD": SHA}, None, None),
    "elsewhere": ({**of_git(HEAD="ref: refs/../../../secret"), "secret": SHA}, None, None),
    "no commit's id": (of_git(HEAD=f"{SHA}ab"), None, None),
    "no branch's name": (of_git(HEAD="ref: refs/heads/a b"), None, None),
    "no reference": (of_git(HEAD="ref: secret", secret=SHA), None, None),
    "a long name": (of_git(HEAD=f"ref: refs{'/a' * LONGEST_LINE}"), None, None),
}


@pytest.mark.parametrize(("files", "sha", "branch"), LAYOUTS.values(), ids=LAYOUTS)
def test_commit_and_branch_are_read_from_each_layout(tmp_path, files, sha, branch):
    (tmp_path / "repo").mkdir()
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    wanted = branch and f"refs/heads/{branch}"
    assert checked_out(tmp_path / "repo") == Change(sha=sha, branch=wanted)


SPECIAL = {
    "link": Path.symlink_to,
    "pipe": lambda path, _: os.mkfifo(path),
    "directory": lambda path, _: path.mkdir(),
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "packed-refs"])
def test_only_plain_files_are_read(tmp_path, make, name):
    folder, secret = tmp_path / ".git", tmp_path / "secret"
    (folder / "refs/heads").mkdir(parents=True)
    (folder / "HEAD").write_text(MAIN)
    secret.write_text(f"{SHA} refs/heads/main" if name == "packed-refs" else SHA)
    (folder / name).unlink(missing_ok=True)
    make(folder / name, secret)
    assert checked_out(tmp_path).sha is None


INDEX = ".git/index"


@pytest.mark.parametrize(
    ("git", "shown"),
    [
        ({INDEX: ""}, True),
        ({".git": "gitdir: ../git/w\n", "../git/w/index": ""}, True),
        ({}, False),
        ({".git/HEAD": MAIN}, False),
        ({INDEX: "", ".git/info/sparse-checkout": "/*\n"}, False),
    ],
    ids=["full", "worktree", "no repository", "no checkout", "sparse"],
)
def test_only_a_full_checkout_has_files(tmp_path, git, shown):
    """A folder without files is a submodule that is not checked out."""
    root = tmp_path / "root"
    (root / "empty").mkdir(parents=True)
    for name, text in {"shop/a/é.py": "", "lib/.git": "gitdir: x", "lib/b": "", **git}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "link").symlink_to(root)
    assert {*files_of(root)} == ({"shop/a/é.py", "lib", "empty", "link"} if shown else set())


def test_too_many_files_are_not_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("genesis_ci.system.checkout.MOST_FILES", 3)
    (tmp_path / ".git").mkdir()
    for name in (INDEX, "a", "b", "c"):
        (tmp_path / name).touch()
    assert len(files_of(tmp_path)) == 3
    (tmp_path / "d").touch()
    assert files_of(tmp_path) == ()
