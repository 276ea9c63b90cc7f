#!/usr/bin/env bash
# docker.sh start: makes sure that a Docker engine answers; starts one if none does.
# docker.sh stop:  stops only an engine that `start` started, after its last user.
# A user is the process that calls this script. Calls must not overlap.
set -euo pipefail

state=/tmp/genesis-ci-engine # for the whole machine, whatever TMPDIR is
pid_file=$state/pid
users=$state/users

answers() { timeout 10 docker info >/dev/null 2>&1; }

ours() { [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }

install_docker() {
  command -v dockerd >/dev/null ||
    "$(dirname "$0")/packages.sh" docker.io docker-cli docker-buildx iptables
}

# A killed engine leaves its pid file; the next one does not start if a process has that number.
forget_dead_engine() {
  local stale=/var/run/docker.pid
  [ -f "$stale" ] || return 0
  grep -qs dockerd "/proc/$(cat "$stale")/cmdline" || rm -f "$stale"
}

launch() {
  if [ "$(id -u)" != 0 ]; then
    echo "no Docker engine answers, and starting one needs root" >&2
    return 1
  fi
  install_docker || return 1
  forget_dead_engine
  # With its own session and streams, so that readers of our output do not wait for the engine.
  setsid dockerd </dev/null >"$state/log" 2>&1 &
  echo $! >"$pid_file"
  for _ in $(seq 60); do
    answers && return
    ours || break
    sleep 0.5
  done
  echo "the Docker engine did not start:" >&2
  tail -n 20 "$state/log" >&2
  return 1
}

in_use() {
  local user
  for user in "$users"/*; do
    kill -0 "$(basename "$user")" 2>/dev/null && return
  done
  return 1
}

start() {
  mkdir -p "$users"
  touch "$users/$PPID"
  answers || launch || { stop; return 1; }
}

stop() {
  rm -f "$users/$PPID"
  if in_use; then return; fi
  if ours; then
    kill "$(cat "$pid_file")"
    for _ in $(seq 100); do
      ours || break
      sleep 0.1
    done
  fi
  rm -rf "$pid_file" "$users"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: docker.sh start|stop" >&2; exit 2 ;;
esac
