"""Patterns match as GitHub's documentation of `on.push.paths` says, in linear time."""

import pytest

from genesis_ci.config.paths import Matcher, TooManyStepsError
from tests.unit.config.configs import entry, run_of

CHEAT_SHEET = {
    "*": ("README.md", "server.rb"),
    "*.jsx?": ("page.js", "page.jsx"),
    "**": ("all/the/files.md",),
    "*.js": ("app.js", "index.js"),
    "**.js": ("index.js", "js/index.js", "src/js/app.js"),
    "docs/*": ("docs/README.md", "docs/file.txt"),
    "docs/**": ("docs/README.md", "docs/mona/octocat.txt"),
    "docs/**/*.md": ("docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"),
    "**/docs/**": ("docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"),
    "**/README.md": ("README.md", "js/README.md"),
    "**/*src/**": ("a/src/app.js", "my-src/code/js/app.js"),
    "**/*-post.md": ("my-post.md", "path/their-post.md"),
    "**/migrate-*.sql": ("migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"),
    "**/?x": ("x", "a/x", "a/b/x"),
    "設計/**": ("設計/画面.md",),
    "cafe\u0301/**": ("caf\u00e9/menu.md",),
    "caf\u00e9/**": ("cafe\u0301/menu.md",),
}
OTHERS = {
    "*": ("a/b",),
    "*.jsx?": ("page.jsxx", "page.j"),
    "*.js": ("js/app.js", "app.jsx"),
    "docs/*": ("docs/a/b",),
    "docs/**": ("docs", "mydocs/a"),
    "**/docs/**": ("xdocs/a", "docs"),
    "a/**/b": ("a/xb", "ab"),
    "a**/b": ("ab",),
    "a?b*": ("aab", "b/c"),
    "App": ("app",),
}


@pytest.mark.parametrize(("pattern", "names"), CHEAT_SHEET.items())
def test_a_pattern_matches_the_names_of_the_documentation(pattern, names):
    assert [Matcher().selects([pattern], [name]) for name in names] == [True] * len(names)


@pytest.mark.parametrize(("pattern", "names"), OTHERS.items())
def test_a_pattern_does_not_match_other_names(pattern, names):
    assert [Matcher().selects([pattern], [name]) for name in names] == [False] * len(names)


@pytest.mark.parametrize("pattern", ["**" + "a?" * 90 + "b", "**a" * 60 + "b", "*a" * 90 + "b"])
def test_a_slow_pattern_is_given_up(pattern):
    with pytest.raises(TooManyStepsError):
        Matcher().selects(["x", pattern], ["a" * 4000] * 1500)


def test_the_config_file_selects_by_any_name():
    strange = "ci/g+[a]!.yml"
    run = run_of(config=strange, workflow_id="", contents={strange: entry("paths: [src/**]")})
    for name, selects in {"g+[a]!.yml": True, "x/g+[a]!.yml": True, "g+[a].yml": False}.items():
        assert Matcher().selects(run.paths, [name]) is selects
