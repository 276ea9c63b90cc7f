#!/usr/bin/env bash
# Points the major tag and the tags of the image IMAGE (name@digest) to VERSION; only forward.
. "$(dirname "$0")/common.sh"

stop_if_a_newer_one_is_out
major=v${VERSION%%.*}
git fetch --quiet --force --tags origin
now=$(git rev-parse "refs/tags/v$VERSION^{commit}")
before=$(git rev-parse --quiet --verify "refs/tags/$major" || true)
[[ ! $before ]] || git merge-base --is-ancestor "$before" "$now" ||
  stop "v$VERSION does not descend from $major, which is at $before: nothing was changed."

docker buildx imagetools create "$IMAGE" --tag "${IMAGE%@*}:$VERSION" \
  --tag "${IMAGE%@*}:${VERSION%.*}" --tag "${IMAGE%@*}:${VERSION%%.*}"
# git moves no tag without force; with the lease, only from where it was fetched.
git push --quiet --force-with-lease="refs/tags/$major:$before" origin "$now:refs/tags/$major" ||
  stop "$major was not moved: run this job again."
