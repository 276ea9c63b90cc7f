"""Builds the documentation site from docs/ into build/site and checks it; `make docs` runs it.

English pages are docs/*.md, Japanese ones docs/ja/*.md under the same names. Each language is
built separately, so that each has its own search. A warning or a broken link is an error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from string import Template
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "build/site-sources"
SITE = ROOT / "build/site"
NAVIGATION = {
    "en": {
        "Start": "index.md",
        "The first hour": "first-hour.md",
        "The gate checklist": "gate.md",
        "Your CI": {
            "GitHub": "github.md",
            "GitLab": "gitlab.md",
            "Forgejo and Gitea": "forgejo.md",
            "Other systems": "other-ci.md",
            "Self-managed servers": "self-managed.md",
            "Organizations": "organization.md",
            "Verified actions only": "verified-actions.md",
            "Install": "install.md",
            "Operate": "operate.md",
        },
        "Tasks": {
            "Several workflows": "gates.md",
            "Previews": "previews.md",
            "Proof": "proof.md",
            "Test tools": "tools.md",
            "Reviews": "reviews.md",
            "Attempts": "attempts.md",
            "Recipes": "recipes.md",
            "Emulator": "emulator.md",
        },
        "Look it up": {
            "Troubleshooting": "troubleshooting.md",
            "Limits": "limits.md",
            "Reference": "reference.md",
            "Reports": "reports.md",
            "Comments and issues": "comments.md",
            "Reliability": "reliability.md",
        },
    },
    "ja": {
        "はじめに": "index.md",
        "最初の 1 時間": "first-hour.md",
        "ゲートのチェックリスト": "gate.md",
        "CI": {
            "GitHub": "github.md",
            "GitLab": "gitlab.md",
            "Forgejo と Gitea": "forgejo.md",
            "その他の CI": "other-ci.md",
            "セルフマネージドのサーバー": "self-managed.md",
            "組織での利用": "organization.md",
            "アクションが制限されている組織": "verified-actions.md",
            "インストール": "install.md",
            "運用": "operate.md",
        },
        "使い方": {
            "複数のワークフロー": "gates.md",
            "プレビュー": "previews.md",
            "テスト結果で判定する": "proof.md",
            "テストツール": "tools.md",
            "レビュー待ち": "reviews.md",
            "再試行": "attempts.md",
            "レシピ": "recipes.md",
            "エミュレーター": "emulator.md",
        },
        "調べる": {
            "トラブルシューティング": "troubleshooting.md",
            "できないこと": "limits.md",
            "リファレンス": "reference.md",
            "レポート": "reports.md",
            "コメントとイシュー": "comments.md",
            "信頼性": "reliability.md",
        },
    },
}
NAMES = {"en": "English", "ja": "日本語"}
DESCRIPTIONS = {
    "en": "Run Autify Genesis workflows from CI and block merges. Independent, not by Autify.",
    "ja": "Autify Genesis のワークフローを CI から実行し、マージを止める。Autify の製品ではない。",
}


def build(repository: str, site_url: str) -> None:
    """Build the site of every language that has pages."""
    for folder in (SOURCES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    for language in NAVIGATION:
        write_sources(language, repository)
        config = ROOT / f"build/site-{language}.toml"
        config.write_text(configuration(language, site_url, repository), "utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", config]
        subprocess.run(command, check=True, env={**os.environ, "NO_COLOR": "1"})
    for page in SITE.rglob("*.html"):
        text = finished(page.read_text("utf-8"))
        if page.name != "404.html":  # its links have to be absolute
            text = with_twins(text, page.relative_to(SITE).as_posix())
        page.write_text(text, "utf-8")
    (SITE / "llms.txt").write_text(for_agents(repository, site_url), "utf-8")


def for_agents(repository: str, site_url: str) -> str:
    """Return llms.txt, which leads agents to the skill and the English pages."""
    skill = f"https://github.com/{repository}/blob/HEAD/skills/genesis-ci/SKILL.md"
    lines = [
        "# genesis-ci",
        "",
        f"> {DESCRIPTIONS['en']}",
        "",
        f"- [Skill: set up a gate]({skill})",
    ]
    for title, page in NAVIGATION["en"].items():
        pages = {title: page} if isinstance(page, str) else page
        lines += [] if isinstance(page, str) else ["", f"## {title}", ""]
        lines += [f"- [{name}]({site_url}{Path(file).stem}.html)" for name, file in pages.items()]
    return "\n".join(lines) + "\n"


def finished(page: str) -> str:
    """Return a generated page whose navigation names it once, and that asks GitHub for nothing.

    The generator adds a hidden label with the same name, and a script that counts the stars.
    """
    label = r'(<label class="md-nav__link[^>]*for="__toc">).*?</label>'
    page = re.sub(label, r"\1</label>", page, flags=re.DOTALL)
    return page.replace(' data-md-component="source"', "")


def with_twins(text: str, path: str) -> str:
    """Return a page whose switch of languages leads to the same page.

    The generator's links lead to the start, and its script corrects them only below `site_url`.
    """
    folder, name = os.path.split(path)
    for language in NAVIGATION:
        twin = f"{'' if language == 'en' else f'{language}/'}{name}"
        href = f'href="{os.path.relpath(twin, folder or ".")}" hreflang="{language}"'
        text = re.sub(f'href="[^"]*" hreflang="{language}"', href, text)
    return text


def pages_of(language: str) -> Path:
    """Return the folder with the pages of a language."""
    return ROOT / "docs" if language == "en" else ROOT / "docs" / language


def write_sources(language: str, repository: str) -> None:
    """Copy the pages of a language, pictures and schemas into the sources of the generator."""
    target = SOURCES / language
    shutil.copytree(ROOT / "docs/images", target / "images")
    for file in (ROOT / "tools/site.css", *(ROOT / "docs").glob("*.schema.json")):
        shutil.copy(file, target)
    for page in pages_of(language).glob("*.md"):
        text = page_of_the_site(page.read_text("utf-8"), language, repository)
        (target / page.name).write_text(text, "utf-8")


def page_of_the_site(text: str, language: str, repository: str) -> str:
    """Return a page with links for the site and with the real name of the repository."""
    files = f"https://github.com/{repository}/blob/HEAD/"
    if language == "en":
        text = text.replace("](../", f"]({files}")
        text = re.sub(r"\]\((recipes|internals)/", rf"]({files}docs/\1/", text)
    else:
        text = text.replace("](../../", f"]({files}")
        text = re.sub(r'(\]\(|src="|srcset=")\.\./images/', r"\1images/", text)
        text = re.sub(r"\]\(\.\./([\w-]+)\.md", r"](../\1.html", text)
        text = text.replace("](../internals/", f"]({files}docs/internals/")
    if not repository.startswith("OWNER/"):
        text = re.sub(r"^`OWNER` .*\n", "", text, flags=re.MULTILINE)
        text = text.replace("OWNER/genesis-ci", repository)
    return text


def constant(name: str) -> str:
    """Return a constant of the package, which is not installed here."""
    text = (ROOT / "genesis_ci/__init__.py").read_text(encoding="utf-8")
    [value] = re.findall(f'^{name} = "(.+)"', text, re.MULTILINE)
    return value


def configuration(language: str, site_url: str, repository: str) -> str:
    """Return the generator's configuration for one language."""
    folder = "" if language == "en" else f"{language}/"
    template = Template((ROOT / "tools/site.toml").read_text("utf-8"))
    return template.substitute(
        description=json.dumps(DESCRIPTIONS[language], ensure_ascii=False),
        site_url=json.dumps(f"{site_url}{folder}"),
        repo_url=json.dumps(f"https://github.com/{repository}"),
        repo_name=json.dumps(f"{repository} {constant('__version__')}"),
        docs_dir=json.dumps(f"site-sources/{language}"),
        site_dir=json.dumps(f"site/{folder}"),
        language=json.dumps(language),
        navigation=navigation(NAVIGATION[language]),
        alternates=alternates(site_url),
    )


def navigation(rows: dict[str, str] | dict[str, str | dict[str, str]]) -> str:
    """Return the rows of the navigation as TOML."""
    lines = []
    for title, page in rows.items():
        value = json.dumps(page) if isinstance(page, str) else f"[\n{navigation(page)}]"
        lines.append(f"{{ {json.dumps(title, ensure_ascii=False)} = {value} }},\n")
    return "".join(lines)


def alternates(site_url: str) -> str:
    """Return the switch between languages as TOML."""
    path = urlsplit(site_url).path
    return "".join(
        "[[project.extra.alternate]]\n"
        f"name = {json.dumps(NAMES[name], ensure_ascii=False)}\n"
        f"link = {json.dumps(path if name == 'en' else f'{path}{name}/')}\n"
        f"lang = {json.dumps(name)}\n"
        for name in NAVIGATION
    )


class Page(HTMLParser):
    """The files that a browser loads with a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the files that a tag names."""
        given = {name: value or "" for name, value in attrs}
        if tag != "a" and given.get("rel") not in ("canonical", "alternate", "prev", "next"):
            self.loaded += [given[name] for name in ("src", "srcset", "href") if name in given]


def problems(site: Path, site_url: str) -> list[str]:
    """Return every file that is missing or from another server; the generator checks links."""
    root, found = urlsplit(site_url).path, []
    for path in sorted(site.rglob("*.html")):
        for link in Page(path).loaded:
            parts, file = urlsplit(link), unquote(urlsplit(link).path)
            target = site / file.removeprefix(root) if file.startswith("/") else path.parent / file
            if parts.scheme not in ("", "data") or parts.netloc:
                found.append(f"{path.relative_to(site)}: {link} is loaded from elsewhere")
            elif parts.scheme == "" and not target.exists():
                found.append(f"{path.relative_to(site)}: {link} is missing")
    found += [
        f"{path.relative_to(site)} loads something from elsewhere"
        for path in sorted(site.rglob("*.css"))
        if re.search(r"url\(.?https?:|@import", path.read_text("utf-8"))
    ]
    return found


def main() -> None:
    """Build and check the site for the repository and address in the environment."""
    repository = os.environ.get("GITHUB_REPOSITORY", "OWNER/genesis-ci")
    site_url = os.environ.get("SITE_URL", constant("DOCUMENTATION"))
    build(repository, site_url)
    wrong = problems(SITE, site_url)
    sys.exit("\n".join(wrong) if wrong else None)


if __name__ == "__main__":
    main()
