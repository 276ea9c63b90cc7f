"""Files stay inside the workspace, whatever links a pull request puts there."""

import os
import threading
import tracemalloc
from contextlib import suppress

import pytest

from genesis_ci.system.workspace import MAX_READ, Folder, LinkError, NamedFolder, Workspace


@pytest.fixture(params=[Folder.at, NamedFolder], ids=["held", "named"])
def a_workspace(request):
    return lambda root: Workspace(root, request.param)


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "workspace"
    path.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("secret")
    return path


def test_a_file_is_written_with_its_directories_and_replaced(root, a_workspace):
    a_workspace(root).write("a/b/report.txt", "old")
    a_workspace(root).write("a/b/report.txt", "text 日本 \ud800")
    assert (root / "a/b/report.txt").read_text() == "text 日本 \\ud800"
    assert os.listdir(root / "a") == ["b"]
    assert sorted(os.listdir(root / "a/b")) == [".gitignore", "report.txt"]
    assert (root / "a/b/.gitignore").read_text() == "*\n"


def test_closing_removes_the_draft_of_an_unfinished_write(root, a_workspace):
    workspace = a_workspace(root)

    class Interrupted(Folder):
        def rename(self, old, new):
            workspace.close(longest_write=0.01)

    workspace.write("report.txt", "text")
    workspace._folder_at = Interrupted.at
    with suppress(OSError):
        workspace.write("other.txt", "text")
    assert sorted(os.listdir(root)) == ["report.txt"]


def test_a_closed_workspace_is_not_written_to(root, a_workspace):
    workspace = a_workspace(root)
    workspace.close()
    late = threading.Thread(target=workspace.write, args=["late.txt", "text"], daemon=True)
    late.start()
    late.join(0.1)
    assert os.listdir(root) == []


def test_a_linked_file_is_replaced_and_its_target_is_unchanged(root, a_workspace):
    (root / "x.txt").symlink_to(root.parent / "outside/secret.txt")
    a_workspace(root).write("x.txt", "report")
    assert (root.parent / "outside/secret.txt").read_text() == "secret"
    assert not (root / "x.txt").is_symlink()


def test_a_file_is_read_by_relative_and_absolute_path(root, a_workspace):
    (root / "vars.yml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert a_workspace(root).read("vars.yml") == "a: 1"
    assert a_workspace(root).read(str(root / "vars.yml")) == "a: 1"


@pytest.mark.parametrize(
    "path", ["../outside/secret.txt", "/etc/hostname", "", "a/../../x", "a\x00"]
)
def test_a_path_out_of_the_workspace_is_rejected(root, path, a_workspace):
    with pytest.raises(ValueError, match=f"not a file inside the workspace {root}; give the path"):
        a_workspace(root).read(path)


def test_a_small_file_takes_little_memory(root, a_workspace):
    (root / "vars.yml").write_text("a: 1")
    tracemalloc.start()
    a_workspace(root).read("vars.yml")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def write(workspace: Workspace, path: str) -> None:
    workspace.write(path, "text")


@pytest.mark.parametrize(
    ("act", "path", "target"),
    [
        (write, "reports/x.txt", "../outside"),
        (write, "reports/x.txt", "nowhere"),
        (write, "reports/below/x.txt", "reports"),
        (write, "inside/reports/x.txt", "nowhere"),
        (Workspace.read, "reports", "../outside/secret.txt"),
        (Workspace.read, "reports/secret.txt", "../outside"),
    ],
)
def test_a_link_in_a_path_is_named_and_not_followed(root, act, path, target, a_workspace):
    (root / "inside").mkdir()
    (root / path[: path.index("reports")] / "reports").symlink_to(target)
    with pytest.raises(LinkError) as refused:
        act(a_workspace(root), path)
    words = "is a symbolic link, and links are not followed; give a path that has none"
    assert refused.value.strerror == f"“reports” {words}"
    assert os.listdir(root.parent / "outside") == ["secret.txt"]


def test_other_errors_have_the_message_of_the_system(root, a_workspace):
    (root / "file").write_text("in the way")
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        a_workspace(root).write("file/x.txt", "text")
    with pytest.raises(FileNotFoundError, match="No such file"):
        a_workspace(root).read("missing.yml")


def test_only_a_plain_file_of_utf_8_text_is_read(root, a_workspace):
    os.mkfifo(root / "pipe")
    (root / "directory").mkdir()
    (root / "vars").write_bytes(b"\xff\xfe")
    for name, size in (("long", MAX_READ), ("too long", MAX_READ + 1)):
        (root / name).touch()
        os.truncate(root / name, size)
    assert len(a_workspace(root).read("long")) == MAX_READ
    for name in ("pipe", "directory", "vars", "too long"):
        with pytest.raises((ValueError, OSError), match=r"plain file|directory|UTF-8|over 32 MiB"):
            a_workspace(root).read(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_written_by_root_belong_to_the_workspaces_owner(root):
    os.chown(root, 1234, 1234)
    Workspace(root).write("a/report.txt", "text")
    owners = {path.stat().st_uid for path in (root / "a", root / "a/report.txt")}
    assert owners == {1234}


@pytest.mark.parametrize("name", [r"a\b", "a/b", "C:x", "x.txt:stream"])
def test_a_named_folder_rejects_paths(root, name):
    folder = NamedFolder(root)
    for take in (folder.open, folder.create, folder.enter, folder.make, folder.remove):
        with pytest.raises(OSError, match="not a plain name; give a path inside the workspace"):
            take(name)


class NoChown(Folder):
    """A share, or a root without CAP_CHOWN."""

    def give(self, name, owner):
        raise PermissionError(1, "Operation not permitted")


def test_a_refused_change_of_owner_is_one_warning(root):
    warnings: list[str] = []
    workspace = Workspace(root, NoChown.at, warn=warnings.append)
    workspace.write("out/a.txt", "a")
    workspace.write("out/b.txt", "b")
    assert sorted(os.listdir(root / "out")) == [".gitignore", "a.txt", "b.txt"]
    assert len(warnings) == 1
    assert "Operation not permitted" in warnings[0]


@pytest.mark.parametrize("path", ["report.txt", "a/report.txt", "a/b/report.txt"])
def test_checking_a_writable_file_leaves_nothing(root, path, a_workspace):
    (root / "a").mkdir()
    assert a_workspace(root).refusal(path) is None
    assert [found.name for found in root.rglob("*")] == ["a"]


def test_nearest_file_is_found_here_or_above(root, a_workspace):
    (root / "a/b").mkdir(parents=True)
    names = (".genesis-ci-test.yml", ".genesis-ci-test.yaml")
    assert a_workspace(root / "a/b").nearest(names) is None
    (root / names[0]).write_text("")
    assert a_workspace(root / "a/b").nearest(names) == f"../../{names[0]}"
    (root / "a/b" / names[1]).write_text("")
    assert a_workspace(root / "a/b").nearest(names) == names[1]


def test_refusal_explains_a_file_that_cannot_be_written(root, a_workspace):
    (root / "file").write_text("")
    (root / "link").symlink_to(root.parent / "outside")
    (root / "directory.txt").mkdir()
    for path in ("file/report.txt", "link/report.txt", "directory.txt"):
        with pytest.raises(OSError):
            a_workspace(root).write(path, "text")
        assert a_workspace(root).refusal(path)
