#!/usr/bin/env bash
# Sees that VERSION can be released from BRANCH, the default branch. GITHUB_REF is what runs.
. "$(dirname "$0")/common.sh"

[[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || stop "A version looks like 1.2.3."
[[ $GITHUB_REF == "refs/heads/$BRANCH" ]] || stop "Releases are made from $BRANCH."
[[ $REGISTRY ]] || stop "Set the repository's variable REGISTRY to the registry's host."
grep -qxF "__version__ = \"$VERSION\"" genesis_ci/__init__.py ||
  stop "genesis_ci/__init__.py has another version."
heading=${VERSION//./\\.}
grep -qE "^## (\[$heading\]|$heading)( |\$)" CHANGELOG.md ||
  stop "CHANGELOG.md has no heading of this version."
same=$(git ls-remote --refs origin "refs/tags/v$VERSION")
[[ ! $same ]] || stop "The tag v$VERSION exists."
stop_if_a_newer_one_is_out
