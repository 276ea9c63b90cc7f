#!/usr/bin/env bash
# docker.sh start: makes sure that a Docker engine answers; starts one if none does.
# docker.sh stop:  stops the engine that `start` started, and no other.
set -euo pipefail

state=${TMPDIR:-/tmp}/genesis-ci-engine
pid_file=$state/pid

answers() { timeout 10 docker info >/dev/null 2>&1; }

ours() { [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }

install_docker() {
  command -v dockerd >/dev/null && return
  echo "installing Docker" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends docker.io docker-cli docker-buildx iptables >&2
}

# A killed engine leaves its pid file, and the next one refuses to start if that number lives again.
forget_dead_engine() {
  local stale=/var/run/docker.pid
  [ -f "$stale" ] || return 0
  grep -qs dockerd "/proc/$(cat "$stale")/cmdline" || rm -f "$stale"
}

start() {
  answers && return
  if [ "$(id -u)" != 0 ]; then
    echo "no Docker engine answers, and starting one needs root" >&2
    return 1
  fi
  mkdir -p "$state"
  install_docker
  forget_dead_engine
  # A session and streams of its own: else whoever waits for our output waits for the engine.
  setsid dockerd </dev/null >"$state/log" 2>&1 &
  echo $! >"$pid_file"
  for _ in $(seq 60); do
    answers && return
    ours || break
    sleep 0.5
  done
  echo "the Docker engine did not start:" >&2
  tail -n 20 "$state/log" >&2
  stop
  return 1
}

stop() {
  if ours; then
    kill "$(cat "$pid_file")"
    for _ in $(seq 100); do
      ours || break
      sleep 0.1
    done
  fi
  rm -f "$pid_file"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: docker.sh start|stop" >&2; exit 2 ;;
esac
