# shellcheck shell=bash
# With BASH_ENV, bash reads this before a script, which is then killed before its command KILL_AT.
unset BASH_ENV
trap '((++n != KILL_AT)) || { echo "killed before: $BASH_COMMAND"; kill -KILL $$; }' DEBUG
