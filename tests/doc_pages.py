"""The pages of the documentation, their recipes and their examples."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs/recipes"
PAGES = [
    path
    for pattern in ("*.md", "docs/*.md", "docs/internals/*.md", "docs/ja/*.md")
    for path in sorted(ROOT.glob(pattern))
]
RECIPE = re.compile(r"<!-- recipe: .*?<!-- end -->", re.DOTALL)
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def recipe_of(path: Path) -> Any:
    """Return the content of a recipe, which callers must not change."""
    return yaml.safe_load(text_of(path))


@cache
def examples() -> dict[str, Any]:
    """Return every YAML example by page and number, without the recipes."""
    found = {}
    for page in PAGES:
        blocks = re.findall(r"```yaml\n(.*?)```", RECIPE.sub("", text_of(page)), re.DOTALL)
        for number, block in enumerate(blocks, start=1):
            found[f"{name_of(page)} {number}"] = yaml.safe_load(block)
    return found


def gitlab_files() -> dict[str, dict[str, Any]]:
    """Return every recipe for GitLab, and every example that is a mapping, by its place."""
    recipes = {name_of(path): recipe_of(path) for path in sorted(RECIPES.rglob("gitlab*.yml"))}
    return {place: file for place, file in (recipes | examples()).items() if isinstance(file, dict)}
