#!/usr/bin/env bash
# Runs the command with every report beside it. The exit code becomes an output and not this
# step's end, so that the next steps can tell of a failure before the last one fails.
# In: RECONCILER, COMMAND (as allowed.sh gave it), ENVIRONMENT, ARGUMENTS, SECRETS, PLAN_FILE, PLAN_DIGEST.
# Outputs: command (what was run), exit-code, report (a folder), artifact (a name), plan-file, and
# no-plan (a report that says why none could be made, where the files were validated instead).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/secrets.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

# Runs it. The signal of a cancelled job is passed on: agents in flight are finished, no other begun.
run() {
  local words=("$COMMAND") child more
  if [[ -n $ENVIRONMENT ]]; then words+=("--env=$ENVIRONMENT"); fi
  words+=(--report "markdown=$report/report.md" --report "html=$report/report.html")
  words+=(--report "json=$report/report.json" --report "dotenv=$report/report.env")
  words+=(--report "annotations=$report/annotations.txt")
  while IFS= read -r more; do
    if [[ -n $more ]]; then words+=("$more"); fi
  done <<<"$ARGUMENTS"
  case $COMMAND in
    plan) words+=(--out "$report/saved.plan.json") ;;
    apply)
      words+=(--auto-approve)
      if [[ -n $PLAN_DIGEST && $PLAN_DIGEST != any ]]; then words+=("--plan-digest=$PLAN_DIGEST"); fi
      if [[ -n $PLAN_FILE ]]; then words+=(-- "$PLAN_FILE"); fi
      ;;
  esac
  set -m # a process group of its own, in which Ctrl-C is not ignored
  "$RECONCILER" "${words[@]}" &
  child=$!
  trap 'stopped=yes; kill -INT "$child" 2>/dev/null || true' INT TERM
  wait_for "$child"
  trap - INT TERM
  set +m
}

# A signal ends a wait before its process has ended.
wait_for() {
  local last
  stopped='' code=0
  wait "$1" || code=$?
  while [[ -n $stopped ]]; do
    stopped='' last=0
    wait "$1" || last=$?
    if [[ $last != 127 ]]; then code=$last; fi
  done
}

# The secrets without which no plan can be made, as the tool told them.
unset_names() {
  sed -n 's/.*"message": "the environment variable \([A-Za-z0-9_]*\) is not set".*/\1/p' "$report/report.json" |
    sort -u | paste -s -d ' '
}

# A digest that got lost on its way must not mean that any plan will do.
if [[ $COMMAND == apply && -z $PLAN_DIGEST && -z $PLAN_FILE ]]; then
  say error "\`plan-digest\` is empty, so no reviewed plan can be applied: the plan came to no result, or GitHub dropped its output because it holds a masked value, such as a secret of few characters. Plan again, with longer secrets; \`plan-digest: any\` applies a plan that nobody reviewed"
  exit 64
fi

artifact=reconciler-$COMMAND$suffix
report=${RUNNER_TEMP:-$(mktemp -d)}/$artifact
rm -rf "$report"
mkdir -p "$report"

run
if [[ $COMMAND == plan && $code == 1 && $GITHUB_EVENT_NAME == pull_request && -f $report/report.json ]]; then
  missing=$(unset_names)
  if [[ -n $missing ]]; then
    say notice "not set here: $missing. So the files are validated, and no plan is made"
    if [[ -f $report/report.md ]]; then mv "$report/report.md" "$report/no-plan.md"; fi
    COMMAND=validate
    run
  fi
fi
if [[ $COMMAND == apply && -f reconciler.state.json ]]; then
  cp reconciler.state.json "$report" # kept as an artifact too, in case it cannot be pushed
fi

{
  echo "command=$COMMAND"
  echo "exit-code=$code"
  echo "report=$report"
  echo "artifact=$artifact"
  if [[ -f $report/no-plan.md ]]; then echo "no-plan=$report/no-plan.md"; fi
  if [[ -f $report/saved.plan.json ]]; then echo "plan-file=$report/saved.plan.json"; fi
} >>"$GITHUB_OUTPUT"
