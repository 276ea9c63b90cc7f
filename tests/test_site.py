"""The parts of the documentation site, and the problems that its check finds."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.site import NAMES, NAVIGATION, configuration, page_of_the_site, pages_of, problems

ADDRESS = "https://o.github.io/r/"
LANGUAGES = [name for name in NAVIGATION if (pages_of(name) / "index.md").exists()]


def site(tmp_path: Path, **pages: str) -> list[str]:
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text)
    return problems(tmp_path, ADDRESS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_once_in_the_navigation(language):
    listed = re.findall(r"'([\w-]+\.md)'", str(NAVIGATION[language]))
    assert sorted(listed) == sorted(path.name for path in pages_of(language).glob("*.md"))


@pytest.mark.parametrize("language", NAVIGATION)
def test_the_configuration_is_toml(language):
    project = tomllib.loads(configuration(language, list(NAVIGATION), ADDRESS))["project"]
    assert project["theme"]["language"] == language
    assert project["theme"]["font"] is False
    assert [row["name"] for row in project["extra"]["alternate"]] == list(NAMES.values())


def test_links_to_other_files_lead_to_the_repository():
    text = "[a](../SECURITY.md#x) [b](recipes/c.yml) [d](proof.md)"
    assert page_of_the_site(text, "en", "o/r") == (
        "[a](https://github.com/o/r/blob/HEAD/SECURITY.md#x) "
        "[b](https://github.com/o/r/blob/HEAD/docs/recipes/c.yml) [d](proof.md)"
    )


def test_links_of_a_japanese_page_work_on_the_site():
    text = "[a](../../SECURITY.md) [b](../attempts.md#x) ![c](../images/d.svg) [e](proof.md)"
    assert page_of_the_site(text, "ja", "o/r") == (
        "[a](https://github.com/o/r/blob/HEAD/SECURITY.md) [b](../attempts.html#x) "
        "![c](images/d.svg) [e](proof.md)"
    )


def test_the_site_shows_the_real_account():
    text = "`OWNER` stands for the account.\nuses: OWNER/genesis-ci@v0\n"
    assert page_of_the_site(text, "en", "ada/genesis-ci") == "uses: ada/genesis-ci@v0\n"
    assert page_of_the_site(text, "en", "OWNER/genesis-ci") == text


def test_a_file_of_the_site_is_accepted_and_a_missing_one_is_found(tmp_path):
    (tmp_path / "b.png").touch()
    page = (
        '<img src="b.png"> <link href="/r/b.png"> <img src="data:,"> <a href="https://e.com">e</a>'
    )
    assert site(tmp_path, a=page) == []
    assert site(tmp_path, a='<img src="gone.png">') == ["a.html: gone.png is missing"]


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://cdn.example/a.js">',
        '<link rel="stylesheet" href="https://cdn.example/a.js">',
        '<img src="https://cdn.example/a.js">',
    ],
)
def test_a_file_from_another_server_is_found(tag, tmp_path):
    assert site(tmp_path, a=tag) == ["a.html: https://cdn.example/a.js is loaded from elsewhere"]


def test_a_font_from_another_server_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face{src:url(https://fonts.example/x)}")
    assert site(tmp_path) == ["a.css loads something from elsewhere"]
