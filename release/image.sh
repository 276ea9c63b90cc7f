#!/usr/bin/env bash
# Builds release/Dockerfile with dist/tree for PLATFORMS and pushes it by digest: no tag names it.
# Runs what was pushed, and writes its name and digest into GITHUB_OUTPUT.
. "$(dirname "$0")/common.sh"

name=$REGISTRY/${GITHUB_REPOSITORY,,}
source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY
about=(
  "title=genesis-ci" "licenses=MIT"
  "description=Run an Autify Genesis workflow from a CI job and get a verdict you can trust."
  "version=$VERSION" "revision=$(git rev-parse HEAD)" "source=$source"
)
told=$(mktemp)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker buildx build . --file=release/Dockerfile \
  --no-cache --platform="$PLATFORMS" --metadata-file="$told" --sbom=true \
  --provenance="mode=max,builder-id=$source/actions/runs/$GITHUB_RUN_ID/attempts/$GITHUB_RUN_ATTEMPT" \
  "${about[@]/#/--label=org.opencontainers.image.}" \
  "${about[@]/#/--annotation=index:org.opencontainers.image.}" \
  --output="type=image,name=$name,push=true,push-by-digest=true,name-canonical=true,rewrite-timestamp=true"
digest=$(jq --raw-output '."containerimage.digest"' "$told")
for platform in ${PLATFORMS//,/ }; do
  printed=$(docker run --rm --platform="$platform" "$name@$digest" --version)
  [[ $printed == "genesis-ci $VERSION" ]] || stop "The image for $platform prints: $printed"
  # The engine keeps one platform of a digest: https://github.com/moby/moby/issues/43188
  docker image rm --force "$name@$digest"
done
printf '%s\n' "name=$name" "digest=$digest" >>"$GITHUB_OUTPUT"
