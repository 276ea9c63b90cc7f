#!/usr/bin/env bash
# base_image.sh IMAGE: makes sure that the Dockerfile's base image is there.
# If it cannot be pulled, the script builds a substitute with the same name and a label from
# Debian's packages: `python`, pip and Debian, uncompiled like the real image, and this machine's
# certificates, so that pip works behind the same proxy.
set -euo pipefail

image=$1
label=genesis-ci.stand-in
pull_seconds=120

there() { docker image inspect "$image" >/dev/null 2>&1; }

stand_in() { [ "$(docker image inspect -f "{{index .Config.Labels \"$label\"}}" "$image")" = true ]; }

install_mmdebstrap() {
  command -v mmdebstrap >/dev/null || "$(dirname "$0")/packages.sh" mmdebstrap
}

make_stand_in() {
  local work root
  work=$(mktemp -d)
  # shellcheck disable=SC2064  # expand the directory now
  trap "rm -rf '$work'" EXIT
  root=$work/root
  install_mmdebstrap
  mmdebstrap --mode=root --variant=minbase --include=ca-certificates,netbase,tzdata,python3 \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
    trixie "$root" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; return 1; }
  finish_like_the_real_one "$root"
  tar -C "$root" -c . | docker import -c "LABEL $label=true" \
    -c 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
    -c 'CMD ["python3"]' - "$image" >/dev/null
}

finish_like_the_real_one() {
  local root=$1 name
  for name in python python3 python3.13; do ln -sf /usr/bin/python3.13 "$root/usr/local/bin/$name"; done
  rm -f "$root/usr/lib/python3.13/EXTERNALLY-MANAGED"
  python3 -m pip --disable-pip-version-check install --quiet --no-compile --root-user-action ignore \
    --target "$root/usr/local/lib/python3.13/dist-packages" pip
  rm -r "$root/usr/local/lib/python3.13/dist-packages/bin"
  find "$root/usr/lib" -name __pycache__ -prune -exec rm -r {} +
  cat /etc/ssl/certs/ca-certificates.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
}

if there && ! stand_in; then exit 0; fi
if timeout "$pull_seconds" docker pull -q "$image" >/dev/null 2>&1; then exit 0; fi
if ! there; then
  echo "$image cannot be pulled: making a stand-in from Debian's packages" >&2
  make_stand_in
fi
docker run --rm --network none "$image" \
  python -c 'import sys, ssl, pip; assert sys.version_info[:2] == (3, 13)'
