"""Files stay inside the workspace, whatever links a pull request puts there."""

import os
import threading
import tracemalloc
from contextlib import suppress

import pytest

from genesis_ci.system.workspace import HeldFolder, LinkError, NamedFolder, Workspace


@pytest.fixture(params=[HeldFolder.at, NamedFolder], ids=["held", "named"])
def a_workspace(request):
    return lambda root: Workspace(root, request.param)


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "workspace"
    path.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("secret")
    return path


def test_a_file_is_written_with_its_directories(root, a_workspace):
    a_workspace(root).write("a/b/report.txt", "text 日本 \ud800")
    assert (root / "a/b/report.txt").read_text() == "text 日本 \\ud800"


def test_a_file_is_replaced_and_no_draft_remains(root, a_workspace):
    (root / "report.txt").write_text("old")
    a_workspace(root).write("report.txt", "new")
    assert (root / "report.txt").read_text() == "new"
    assert os.listdir(root) == ["report.txt"]


def test_closing_removes_the_draft_of_an_unfinished_write(root, a_workspace):
    workspace = a_workspace(root)

    class Interrupted(HeldFolder):
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


def test_a_linked_directory_is_not_followed(root, a_workspace):
    (root / "reports").symlink_to(root.parent / "outside")
    with pytest.raises(OSError):
        a_workspace(root).write("reports/x.txt", "text")
    assert os.listdir(root.parent / "outside") == ["secret.txt"]


def test_a_linked_file_is_replaced_and_its_target_is_unchanged(root, a_workspace):
    (root / "x.txt").symlink_to(root.parent / "outside/secret.txt")
    a_workspace(root).write("x.txt", "report")
    assert (root.parent / "outside/secret.txt").read_text() == "secret"
    assert not (root / "x.txt").is_symlink()


def test_a_file_in_place_of_a_directory_is_an_error(root, a_workspace):
    (root / "reports").write_text("in the way")
    with pytest.raises(OSError):
        a_workspace(root).write("reports/x.txt", "text")


def test_a_file_is_read_by_relative_and_absolute_path(root, a_workspace):
    (root / "vars.yml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert a_workspace(root).read("vars.yml") == "a: 1"
    assert a_workspace(root).read(str(root / "vars.yml")) == "a: 1"


@pytest.mark.parametrize(
    "path", ["../outside/secret.txt", "/etc/hostname", "", "a/../../x", "a\x00"]
)
def test_a_path_out_of_the_workspace_is_rejected(root, path, a_workspace):
    with pytest.raises(ValueError, match="out of the workspace"):
        a_workspace(root).read(path)


def test_a_small_file_takes_little_memory(root, a_workspace):
    (root / "vars.yml").write_text("a: 1")
    tracemalloc.start()
    a_workspace(root).read("vars.yml")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def test_a_link_is_not_read(root, a_workspace):
    (root / "link").symlink_to(root.parent / "outside/secret.txt")
    with pytest.raises(OSError):
        a_workspace(root).read("link")


LINKED = "is a symbolic link, and links are not followed; give a path that has none"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("reports/x.txt", "../outside"),
        ("reports/x.txt", "nowhere"),
        ("reports/below/x.txt", "inside"),
        ("reports/below/x.txt", "reports"),
        ("inside/reports/x.txt", "../outside"),
        ("inside/reports/x.txt", "nowhere"),
    ],
)
def test_an_error_names_the_link_in_a_written_path(root, path, target, a_workspace):
    (root / "inside").mkdir()
    (root / path[: path.index("reports")] / "reports").symlink_to(target)
    with pytest.raises(LinkError) as refused:
        a_workspace(root).write(path, "text")
    assert refused.value.strerror == f"“reports” {LINKED}"


@pytest.mark.parametrize("path", ["link.yml", "link/vars.yml"])
def test_an_error_names_the_link_in_a_read_path(root, path, a_workspace):
    name = path.split("/")[0]
    (root / name).symlink_to(root)
    with pytest.raises(LinkError) as refused:
        a_workspace(root).read(path)
    assert refused.value.strerror == f"“{name}” {LINKED}"


def test_other_errors_have_the_message_of_the_system(root, a_workspace):
    (root / "file").write_text("in the way")
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        a_workspace(root).write("file/x.txt", "text")
    with pytest.raises(FileNotFoundError, match="No such file"):
        a_workspace(root).read("missing.yml")


def test_a_pipe_or_directory_is_not_read(root, a_workspace):
    os.mkfifo(root / "pipe")
    (root / "directory").mkdir()
    for name in ("pipe", "directory"):
        with pytest.raises((ValueError, OSError)):
            a_workspace(root).read(name)


def test_a_file_other_than_utf_8_is_rejected(root, a_workspace):
    (root / "vars").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="UTF-8"):
        a_workspace(root).read("vars")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_written_by_root_belong_to_the_workspaces_owner(root):
    os.chown(root, 1234, 1234)
    Workspace(root).write("a/report.txt", "text")
    owners = {path.stat().st_uid for path in (root / "a", root / "a/report.txt")}
    assert owners == {1234}


@pytest.mark.parametrize("path", [r"C:\outside\secret.txt", "C:x.txt", "x.txt:stream"])
def test_a_name_that_is_a_path_on_windows_is_rejected(root, path):
    workspace = Workspace(root, NamedFolder)
    with pytest.raises(OSError, match="not a plain name; give a path inside the workspace"):
        workspace.read(path)
    with pytest.raises(OSError, match="not a plain name"):
        workspace.write(path, "text")
    assert os.listdir(root) == []


@pytest.mark.parametrize("name", [r"a\b", "a/b", "C:x"])
def test_a_named_folder_rejects_paths(root, name):
    folder = NamedFolder(root)
    for take in (folder.open, folder.create, folder.enter, folder.make, folder.remove):
        with pytest.raises(OSError, match="not a plain name"):
            take(name)


class NoChown(HeldFolder):
    """A share, or a root without CAP_CHOWN."""

    def give(self, name, owner):
        raise PermissionError(1, "Operation not permitted")


def test_a_refused_change_of_owner_is_one_warning(root):
    warnings: list[str] = []
    workspace = Workspace(root, NoChown.at, warn=warnings.append)
    workspace.write("out/a.txt", "a")
    workspace.write("out/b.txt", "b")
    assert sorted(os.listdir(root / "out")) == ["a.txt", "b.txt"]
    assert len(warnings) == 1
    assert "Operation not permitted" in warnings[0]


@pytest.mark.parametrize("path", ["report.txt", "a/report.txt", "a/b/report.txt"])
def test_a_trial_of_a_writable_file_leaves_nothing(root, path, a_workspace):
    (root / "a").mkdir()
    assert a_workspace(root).refusal(path) is None
    assert [found.name for found in root.rglob("*")] == ["a"]


def test_a_trial_of_a_file_that_cannot_be_written_is_refused(root, a_workspace):
    (root / "file").write_text("")
    (root / "link").symlink_to(root.parent / "outside")
    (root / "directory.txt").mkdir()
    for path in ("file/report.txt", "link/report.txt", "directory.txt"):
        with pytest.raises(OSError):
            a_workspace(root).write(path, "text")
        assert a_workspace(root).refusal(path)
