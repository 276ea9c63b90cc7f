#!/usr/bin/env bash
# The comment action's step: the command with the runner's Python, from the same tree as the
# composite action. A fault is a warning unless strict is true: a comment decides about no gate.
set -euo pipefail

# shellcheck source=../composite/tree.sh
. "$GITHUB_ACTION_PATH/../composite/tree.sh"
export COMMENT_STRICT=${COMMENT_STRICT:-false}

# give_up MESSAGE [CODE]
give_up() {
  if [ "$COMMENT_STRICT" != true ]; then
    echo "::warning title=genesis-ci comment::$1"
    exit 0
  fi
  echo "::error title=genesis-ci comment::$1"
  exit "${2:-2}"
}

for word in "${AS_ISSUE:-false}" "${STARTED:-false}" "${ONLY_RED:-false}" "$COMMENT_STRICT"; do
  case $word in
    true | false) ;;
    *) give_up "issue, started, only-red and strict: write true or false. Nothing was written." ;;
  esac
done

token=$GITHUB_TOKEN # for the command alone
unset GITHUB_TOKEN
find_tree
cd "$GITHUB_WORKSPACE" || give_up "The workspace cannot be entered; see the log."
words=(comment --from "$RESULT_FILE")
[ "${STARTED:-}" != true ] || words=(comment --started)
[ "${ONLY_RED:-}" != true ] || words+=(--only-red)
[ -z "${ISSUE_LABEL:-}" ] || words+=(--label "$ISSUE_LABEL")
[ -z "$COMMENT_NAME" ] || words+=(--name "$COMMENT_NAME")
[ -z "$REPORT_URL" ] || words+=(--report-url "$REPORT_URL")
[ "$AS_ISSUE" != true ] || words+=(--issue)
[ -z "${API_URL:-}" ] || export GENESIS_API_URL=$API_URL
code=0
GITHUB_TOKEN=$token "$python" -I -u "$tree" "${words[@]}" || code=$?
case $code in
  0 | 2 | 7 | 8) ;; # the command wrote why
  *) give_up "The comment may be missing; see the log (exit code $code)." "$code" ;;
esac
[ "$COMMENT_STRICT" = true ] || code=0
exit "$code"
