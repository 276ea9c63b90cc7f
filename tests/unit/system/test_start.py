"""What a person types to start the program again."""

import pytest

from genesis_ci.system.start import started_as


@pytest.fixture
def venv(tmp_path):
    """A virtual environment, without the links of the directory of all tests."""
    folder = tmp_path.resolve() / "my project/.venv/bin"
    folder.mkdir(parents=True)
    for name in ("python", "genesis-ci", "genesis-ci.pyz"):
        (folder / name).touch(mode=0o755 if name != "genesis-ci.pyz" else 0o644)
    return folder


@pytest.mark.parametrize(
    ("path", "script", "words", "started"),
    [
        ("", "{}/genesis-ci", "{}/python {}/genesis-ci", "'{}/genesis-ci'"),
        ("{}", "{}/genesis-ci", "{}/python {}/genesis-ci", "genesis-ci"),
        ("{}", "/lib/genesis_ci/__main__.py", "python -I -m genesis_ci", "genesis-ci"),
        ("", "/lib/genesis_ci/__main__.py", "python -I -m genesis_ci", "python -I -m genesis_ci"),
        ("", "{}/genesis-ci.pyz", "python genesis-ci.pyz", "python genesis-ci.pyz"),
        ("/other", "genesis-ci.pyz", "python genesis-ci.pyz", "python genesis-ci.pyz"),
    ],
    ids=["not on the path", "on it", "module", "module, not on it", "file", "file here"],
)
def test_a_command_starts_the_program_as_it_was_started(venv, path, script, words, started):
    path, script, python = (one.replace("{}", str(venv)) for one in (path, script, "{}/python"))
    given = [one.replace("{}", str(venv)) for one in words.split()]
    found = started_as(script, given, path=path, python=python)
    assert found == started.replace("{}", str(venv))


def test_a_link_on_the_path_is_the_program_itself(venv, tmp_path):
    """As pipx and uv install it."""
    (tmp_path / "links").mkdir()
    link = tmp_path / "links/genesis-ci"
    link.symlink_to(venv / "genesis-ci")
    words = [str(venv / "python"), str(link)]
    assert started_as(str(link), words, path=str(link.parent), python="/bin/python") == "genesis-ci"


def test_another_installation_on_the_path_does_not_count(venv, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "genesis-ci").touch(mode=0o755)
    script = str(venv / "genesis-ci")
    words = [str(venv / "python"), script]
    found = started_as(script, words, path=str(other), python=words[0])
    assert found == f"'{script}'"
