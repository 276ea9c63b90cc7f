#!/usr/bin/env bash
# base_image.sh IMAGE [pyenv]: makes sure that a base image such as python:3.13-slim-trixie is there.
# If it cannot be pulled, the script builds a substitute with the same name and a label from
# Debian's packages: `python`, pip and Debian, uncompiled like the real image, and this machine's
# certificates, so that pip works behind the same proxy.
# With `pyenv` the image always has pyenv's CPython in /usr/local, where the real one has its own.
set -euo pipefail

image=$1
label=genesis-ci.stand-in
pull_seconds=120
version=${image#*:}
version=${version%%-*}
prefix=
packages=python$version
if [ -n "${2:-}" ]; then
  prefix=$(pyenv prefix "$version")
  packages=libbz2-1.0,libffi8,liblzma5,libsqlite3-0,libssl3t64,libuuid1,zlib1g
fi
suite=trixie
[ "$version" = 3.13 ] || suite=forky # the first Debian with Python 3.14

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
  # The files of a suite under development may be older than this machine's clock allows.
  mmdebstrap --mode=root --variant=minbase --include="ca-certificates,netbase,tzdata,$packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
    "$suite" "$root" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; return 1; }
  finish_like_the_real_one "$root"
  tar -C "$root" -c . | docker import -c "LABEL $label=true" \
    -c 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
    -c 'CMD ["python3"]' - "$image" >/dev/null
}

finish_like_the_real_one() {
  local root=$1 name bin=/usr/bin modules=dist-packages
  if [ -n "$prefix" ]; then
    bin=/usr/local/bin modules=site-packages
    tar -C "$prefix" --exclude=__pycache__ --exclude="lib/python$version/site-packages/*" \
      --exclude="lib/python$version/config-*" --exclude="lib/python$version/test" \
      -c "bin/python$version" lib/libpython"$version".so{,.1.0} "lib/python$version" |
      tar -C "$root/usr/local" -x
    chroot "$root" ldconfig
  fi
  modules=$root/usr/local/lib/python$version/$modules
  for name in python python3 "python$version"; do
    [ -e "$root/usr/local/bin/$name" ] || ln -s "$bin/python$version" "$root/usr/local/bin/$name"
  done
  rm -f "$root/usr/lib/python$version/EXTERNALLY-MANAGED"
  python3 -m pip --disable-pip-version-check install --quiet --no-compile --root-user-action ignore \
    --target "$modules" pip
  rm -r "${modules:?}/bin"
  find "$root/usr/lib" -name __pycache__ -prune -exec rm -r {} +
  cat /etc/ssl/certs/ca-certificates.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
}

if [ -z "$prefix" ]; then
  if there && ! stand_in; then exit 0; fi
  if timeout "$pull_seconds" docker pull -q "$image" >/dev/null 2>&1; then exit 0; fi
fi
if ! there; then
  echo "$image cannot be pulled: making a stand-in" >&2
  make_stand_in
fi
docker run --rm --network none "$image" \
  python -c "import sys, ssl, pip; assert '%d.%d' % sys.version_info[:2] == '$version'"
