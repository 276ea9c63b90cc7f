#!/usr/bin/env bash
# Commits the files of VERSION with IMAGE (name@digest) onto the branch `releases`, tags the commit,
# and publishes the files of dist/. PYPI=success: a page also says how to install from there.
. "$(dirname "$0")/common.sh"

cp -R dist/tree composite/
cp dist/tree/genesis_ci/locale/*.mo genesis_ci/locale/ # for the action `comment`
python3 -I -B composite/tree --version
sed -i "s|^  image: Dockerfile\$|  image: docker://$IMAGE|" action.yml
grep -qxF "  image: docker://$IMAGE" action.yml
if [[ $PYPI == success ]]; then
  row="| PyPI | \`pipx install genesis-ci\`, or \`uv tool install genesis-ci\` |"
  sed -i "s#^| the repository |#$row\n&#" docs/install.md
  grep -qxF "$row" docs/install.md
fi
git rm -r --quiet --cached .github/workflows # GitHub takes no new ones from the workflow's token
git add --force action.yml composite/tree docs/install.md genesis_ci/locale
tree=$(git write-tree)

git fetch --quiet --force --tags origin '+refs/heads/*:refs/remotes/origin/*'
if git rev-parse --quiet --verify "refs/tags/v$VERSION" >/dev/null; then
  [[ $(git rev-parse "v$VERSION^{tree}") == "$tree" ]] ||
    stop "The tag v$VERSION exists and has other files: release the next version."
else
  stop_if_a_newer_one_is_out
  git merge-base --is-ancestor HEAD "origin/$BRANCH" ||
    stop "$BRANCH no longer contains this commit: start again from $BRANCH."
  parents=(-p HEAD)
  if git rev-parse --quiet --verify origin/releases >/dev/null; then
    git describe --tags --exact-match --match 'v*.*.*' origin/releases >/dev/null ||
      stop "The last commit of the branch releases is no release: somebody else pushed it."
    parents=(-p origin/releases -p HEAD)
  fi
  commit=$(git -c user.name="github-actions[bot]" \
    -c user.email="41898282+github-actions[bot]@users.noreply.github.com" \
    commit-tree "$tree" "${parents[@]}" -m "Release $VERSION")
  # Both or neither, and without force: the branch has to be where it was fetched.
  git push --quiet --atomic origin "$commit:refs/heads/releases" "$commit:refs/tags/v$VERSION" ||
    stop "Neither the branch releases nor the tag v$VERSION was pushed: run this job again."
fi

is_draft=$(gh api --paginate "repos/$GITHUB_REPOSITORY/releases" \
  --jq ".[] | select(.tag_name == \"v$VERSION\") | .draft")
if [[ $is_draft == *false* ]]; then
  echo "The release v$VERSION is out already."
  exit
fi
[[ ! $is_draft ]] || gh release delete "v$VERSION" --yes # what a stopped try left
# With files, gh makes a draft, uploads the files, and then publishes the draft.
gh release create "v$VERSION" dist/*.whl dist/*.tar.gz dist/genesis-ci.pyz* \
  --verify-tag --title "$VERSION" --generate-notes
