"""Two releases by the scripts of release/, then their users: `make rehearsal` shows all of it.

The scripts run from clones of build/rehearsal/origin.git. The builder here has one platform and no
attestations, and what GitHub refuses cannot be tried.
"""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from genesis_emulator import Emulator
from tests.e2e.conftest import BASE
from tests.e2e.docker import HERE, commit, docker
from tests.e2e.github_runner import ActRun, run_act
from tests.e2e.gitlab_runner import run_pipeline
from tests.e2e.rehearsal import FOLDER, NEW, OLD, Forge, dist_of, registry, run
from tests.e2e.test_wheel import installed

pytestmark = pytest.mark.e2e

KILL_EVERY = int(os.environ.get("KILL_EVERY", "9"))
"""Each of so many commands is one before which a script is killed; `make rehearsal` takes all."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What two releases left: the forge now and before each script of the second; the images."""

    forge: Forge
    before: dict[str, Forge]
    images: dict[str, str]
    lock: str


@pytest.fixture(scope="module")
def rehearsal(engine: None) -> Iterator[Rehearsal]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "releases").mkdir(parents=True)
    with registry() as address:
        forge = Forge(folder=FOLDER, registry=address)
        run("git", "init", "--quiet", "--bare", "--initial-branch=main", forge.origin, cwd=FOLDER)
        images: dict[str, str] = {}
        before: dict[str, Forge] = {}
        lock = ""
        for version in (OLD, NEW):
            forge.commit_version(version)
            clone = forge.clone()
            run("python", "tools/dist.py", cwd=clone)
            (clone / "dist").rename(dist_of(version))
            image = ""
            for script in ("check", "image", "publish", "point"):
                if version == NEW:
                    before[script] = forge.copied(FOLDER / f"before-{script}")
                started = time.monotonic()
                ended = forge.script(script, version, image)
                assert ended.exit_code == 0, ended.log
                print(f"{version} {script}.sh: {time.monotonic() - started:.1f} s")
                if script == "image":
                    image = images[version] = "{name}@{digest}".format(**ended.outputs)
            lock = lock or lock_of(forge, "v0", f"v{OLD}")
        print(forge.git("log", "--graph", "--oneline", "--decorate", "--all"))
        yield Rehearsal(forge=forge, before=before, images=images, lock=lock)


def lock_of(forge: Forge, *refs: str) -> str:
    """Return what `gh actions-lock` writes into a user's repository."""
    locked = {
        f"OWNER/genesis-ci@{ref}": {
            "ref": ref, "commit": f"sha1-{forge.git('rev-parse', ref)}", "owner_id": 1, "repo_id": 1
        }
        for ref in refs
    }  # fmt: skip
    workflows = {".github/workflows/ci.yml": [*locked]}
    return yaml.safe_dump({"version": "v0.0.2", "workflows": workflows, "dependencies": locked})


def test_a_lock_of_the_first_release_holds_after_the_second(rehearsal: Rehearsal) -> None:
    """By the rules of gh-actions-lock: an ancestor of what the ref is now, and on a branch."""
    forge = rehearsal.forge
    for locked in yaml.safe_load(rehearsal.lock)["dependencies"].values():
        sha = locked["commit"].removeprefix("sha1-")
        forge.git("merge-base", "--is-ancestor", sha, f"refs/tags/{locked['ref']}")
        assert "releases" in forge.git("branch", "--contains", sha)
        print(f"{locked['ref']} locked at {sha[:7]}: an ancestor of it, on the branch releases")
    assert (
        forge.git("rev-parse", f"v{NEW}", "v0").split() == [forge.git("rev-parse", "releases")] * 2
    )


def test_a_release_differs_from_main_in_named_files_only(rehearsal: Rehearsal) -> None:
    forge = rehearsal.forge
    for version, image in rehearsal.images.items():
        *_, main = forge.git("log", "-1", "--format=%P", f"v{version}").split()
        changed = forge.git("diff", "--name-only", main, f"v{version}").splitlines()
        folders = (".github/workflows/", "composite/tree/")
        assert [name for name in changed if not name.startswith(folders)] == [
            "action.yml",
            "docs/install.md",
            "genesis_ci/locale/ja.mo",
        ]
        assert forge.git("ls-tree", f"v{version}", ".github/workflows") == ""
        action = forge.git("show", f"v{version}:action.yml").splitlines()
        assert f"  image: docker://{image}" in action


def tree_at(forge: Forge, ref: str, folder: Path) -> Path:
    """Return the files of a ref, as a runner that uses it has them."""
    run("git", f"--work-tree={folder}", "checkout", "--force", ref, "--", ".", cwd=forge.clone())
    return folder


USES = """\
      - uses: OWNER/genesis-ci{action}
        continue-on-error: true
        with:
          api-key: ${{{{ secrets.GENESIS_API_KEY }}}}
          api-url: ${{{{ vars.GENESIS_API_URL }}}}
          workflow-id: ${{{{ vars.FAILED }}}}
          language: ja
      - id: {id}
        run: |
          grep -Eo '"(tool_version|verdict|language)": "[^"]+"' genesis-results/result.json |
            sort -u
"""


@pytest.fixture(scope="module")
def jobs(rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> ActRun:
    """Run the actions, each with the release that a user names."""
    pinned = rehearsal.forge.git("rev-parse", f"v{OLD}")
    refs = {"tag": f"v{NEW}", "moving": "v0", "pinned": pinned}
    steps = "".join(USES.format(action=f"@{ref}", id=name) for name, ref in refs.items())
    composite = USES.format(action="/composite@v0", id="composite")
    repository = tmp_path_factory.mktemp("repository")
    (repository / ".github/workflows").mkdir(parents=True)
    (repository / ".github/workflows/a.yml").write_text(
        f"name: rehearsal {os.getpid()}\non: push\njobs:\n"
        f"  docker:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
        f"  composite:\n    runs-on: ubuntu-24.04\n    steps:\n{composite}"
    )
    commit(repository)
    local = {
        f"OWNER/genesis-ci@{ref}": tree_at(rehearsal.forge, ref, tmp_path_factory.mktemp("action"))
        for ref in refs.values()
    }
    with Emulator(speed=30) as emulator:
        return run_act(
            repository,
            *(f"--local-repository={name}={folder}" for name, folder in local.items()),
            f"--platform=ubuntu-latest={BASE}",
            "--platform=ubuntu-24.04=-self-hosted",
            event="push",
            secrets={"GENESIS_API_KEY": emulator.api_key},
            variables={
                "GENESIS_API_URL": emulator.url,
                "FAILED": emulator.workflows["failed"].id,
            },
        )


@pytest.mark.parametrize(
    ("step", "version"), [("tag", NEW), ("moving", NEW), ("pinned", OLD), ("composite", NEW)]
)
def test_an_action_runs_the_release_that_its_user_names(
    jobs: ActRun, step: str, version: str
) -> None:
    log = jobs.steps[step].log if step in jobs.steps else jobs.log
    assert f'"tool_version": "{version}"' in log, jobs.log
    assert '"language": "ja"' in log
    assert '"verdict": "failed"' in log
    print(f"{step}: {' '.join(log.split())}")


def test_the_image_has_the_release_that_its_tag_names(rehearsal: Rehearsal) -> None:
    old, new = rehearsal.images.values()
    tagged = [f"{new.partition('@')[0]}:{tag}" for tag in ("0.99.0", "0.99", "0")]
    for image in (old, new, *tagged):
        version = OLD if image == old else NEW
        assert docker("run", "--rm", image, "--version") == f"genesis-ci {version}"


def test_the_files_of_a_release_run_alone(rehearsal: Rehearsal, tmp_path: Path) -> None:
    files = rehearsal.forge.releases / f"v{NEW}"
    run("sha256sum", "--check", "genesis-ci.pyz.sha256", cwd=files)
    [wheel] = files.glob("*.whl")
    program = installed(str(wheel), tmp_path / "empty") / "genesis-ci"
    for command in ([program], ["python3", "-I", files / "genesis-ci.pyz"]):
        assert run(*command, "--version", cwd=tmp_path) == f"genesis-ci {NEW}"


def test_the_gitlab_component_of_a_release_runs_its_image(
    rehearsal: Rehearsal, client: str, helper: str, tmp_path: Path
) -> None:
    tree = tree_at(rehearsal.forge, f"v{NEW}", tmp_path)
    with Emulator(speed=20) as emulator:
        given = {"workflow-id": emulator.workflows["failed"].id, "rules": [{"when": "always"}]}
        included = [{"local": "templates/genesis-ci/template.yml", "inputs": given}]
        (tree / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": included}))
        variables = {
            "GENESIS_CI_IMAGE": rehearsal.images[NEW],
            "GENESIS_API_KEY": emulator.api_key,
            "GENESIS_API_URL": emulator.url,
        }
        log = run_pipeline(client, tree, "--network=host", helper, variables=variables)
    results = tree / ".gitlab-ci-local/artifacts/genesis/genesis-results/result.json"

    assert f'"tool_version": "{NEW}"' in results.read_text(), log
    assert "exit-code=1" in log


@pytest.mark.parametrize("script", ["check", "image", "publish", "point"])
def test_a_killed_script_runs_again(rehearsal: Rehearsal, tmp_path: Path, script: str) -> None:
    before, image = rehearsal.before[script], rehearsal.images[NEW]
    whole = before.copied(tmp_path / "whole")
    expected = whole.script(script, NEW, image).outputs, whole.state()
    repeated = whole.script(script, NEW, image)
    assert (repeated.exit_code, (repeated.outputs, whole.state())) == (0, expected), repeated.log
    kills = {"BASH_ENV": str(HERE / "release/kill.sh")}
    for number in range(1, 100, KILL_EVERY):
        forge = before.copied(tmp_path / str(number))
        killed = forge.script(script, NEW, image, KILL_AT=str(number), **kills)
        if killed.exit_code != -signal.SIGKILL:
            break
        again = forge.script(script, NEW, image)
        assert again.exit_code == 0, again.log
        assert (again.outputs, forge.state()) == expected, killed.log
        print(f"{script}.sh, command {number}: {killed.log.splitlines()[-1]}; again: the same")
    assert killed.exit_code == 0
    assert number > KILL_EVERY


def test_a_killed_upload_is_made_again(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """The first draft may have any of its files; what is left is not published."""
    forge = rehearsal.before["publish"].copied(tmp_path / "forge")
    left = set()
    for number in range(1, 100, KILL_EVERY):
        ended = forge.script("publish", NEW, rehearsal.images[NEW], GH_KILL_AT=str(number))
        if ended.exit_code == 0:
            break
        draft = forge.releases / f"v{NEW}"
        assert not (draft / "published").exists()
        left.add(len([*draft.glob("*")]))
    print("files of the drafts that were left:", left)
    assert forge.state() == rehearsal.before["point"].state()


NEWER = "git tag v1.0.0"
TAGGED = f"git tag v{NEW}"
FOREIGN = "$(git commit-tree -m foreign -p {} 'main^{{tree}}')"
HOOK = "printf '#!/bin/sh\\n%s\\n' '{}' >{hook}; chmod +x {hook}"
BEFORE_THE_PUSH = "../clone/.git/hooks/pre-push"
BAD = {
    "a newer one is out": ("check", NEWER, "1.0.0 is out, which is newer"),
    "a newer one came out": ("publish", NEWER, "1.0.0 is out, which is newer"),
    "a newer one was published": ("point", NEWER, "1.0.0 is out, which is newer"),
    "the tag exists": ("check", TAGGED, f"The tag v{NEW} exists"),
    "the tag has other files": ("publish", TAGGED, f"v{NEW} exists and has other files"),
    "main was reset": ("publish", "git branch -f main main^", "main no longer contains this"),
    "somebody pushed to releases": (
        "publish",
        f"git branch -f releases {FOREIGN.format('releases')}",
        "The last commit of the branch releases is no release",
    ),
    "somebody pushes to releases meanwhile": (
        "publish",
        HOOK.format("git --git-dir=$ORIGIN branch -f releases main", hook=BEFORE_THE_PUSH),
        "Neither the branch releases nor the tag",
    ),
    "the forge refuses the push": (
        "publish",
        HOOK.format("case $1 in refs/tags/*) exit 1 ;; esac", hook="hooks/update"),
        "Neither the branch releases nor the tag",
    ),
    "v0 is elsewhere": (
        "point",
        f"git tag -f v0 {FOREIGN.format('main')}",
        "does not descend from v0",
    ),
    "v0 is moved meanwhile": ("point", "", "v0 was not moved"),
    "the registry does not answer": ("image", "", "release/image.sh failed in line"),
    "the registry lost the image": ("point", "", "release/point.sh failed in line"),
}
"""The script, what happens before or while it runs, and the sentence of its end."""


@pytest.mark.parametrize("case", BAD)
def test_a_stopped_script_publishes_nothing_and_the_next_continues(
    rehearsal: Rehearsal, tmp_path: Path, case: str
) -> None:
    name, prepare, sentence = BAD[case]
    before, image = rehearsal.before[name], rehearsal.images[NEW]
    forge = before.copied(tmp_path / "forge")
    clone = forge.clone()
    run("sh", "-c", prepare, cwd=forge.origin)
    prepared = forge.git("for-each-ref", "refs/tags"), forge.git("log", "--all", "--format=%s")
    env = {"ORIGIN": str(forge.origin)}
    if case == "v0 is moved meanwhile":
        env["MEANWHILE"] = "git --git-dir=$ORIGIN tag -f v0 main"
    if "registry" in case:
        env["REGISTRY"], image = "127.0.0.1:1", image.replace(forge.registry, "127.0.0.1:1")
    ended = forge.script(name, NEW, image, clone, **env)

    [error] = [line for line in ended.log.splitlines() if line.startswith("::error::")]
    print(f"{case}: {error}")
    assert ended.exit_code != 0
    assert sentence in error, ended.log
    assert forge.state()[1] == before.state()[1]
    if "meanwhile" not in case:
        seen = forge.git("for-each-ref", "refs/tags"), forge.git("log", "--all", "--format=%s")
        assert seen == prepared
    shutil.rmtree(forge.origin)
    shutil.copytree(before.origin, forge.origin)
    assert forge.script(name, NEW, rehearsal.images[NEW]).exit_code == 0


@pytest.mark.parametrize("call", ["api", "release create"])
def test_a_forge_that_fails_leaves_a_tag_that_the_next_run_publishes(
    rehearsal: Rehearsal, tmp_path: Path, call: str
) -> None:
    forge = rehearsal.before["publish"].copied(tmp_path / "forge")
    ended = forge.script("publish", NEW, rehearsal.images[NEW], GH_FAILS=call)
    assert ended.exit_code == 1
    assert not (forge.releases / f"v{NEW}").exists()
    assert "::error::release/publish.sh failed in line " in ended.log
    again = forge.script("publish", NEW, rehearsal.images[NEW])
    assert again.exit_code == 0, again.log
    assert forge.state() == rehearsal.before["point"].state()


def test_main_may_move_on_during_a_release(rehearsal: Rehearsal, tmp_path: Path) -> None:
    forge = rehearsal.before["publish"].copied(tmp_path / "forge")
    clone = forge.clone()
    run("sh", "-c", f"git branch -f main {FOREIGN.format('main')}", cwd=forge.origin)
    ended = forge.script("publish", NEW, rehearsal.images[NEW], clone)

    assert ended.exit_code == 0, ended.log
    [tree, *parents] = forge.git("log", "-1", "--format=%T %P", f"v{NEW}").split()
    assert parents == forge.git("rev-parse", f"v{OLD}", "main^").split()
    assert tree == rehearsal.forge.git("rev-parse", f"v{NEW}^{{tree}}")
