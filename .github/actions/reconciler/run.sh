#!/usr/bin/env bash
# Runs the command with every report beside it. The exit code becomes an output and not this
# step's end, so that the next steps can tell of a failure before the last one fails.
# In: RECONCILER, COMMAND (as allowed.sh gave it), ENVIRONMENT, ARGUMENTS, SECRETS, PLAN_FILE,
# PLAN_DIGEST; of a fleet FLEET, SHARD, WAVE, and MERGE with TOTAL: the folder with the reports of
# all shards, which are merged in place of a run; STATE and TOKEN, for a state in a ref of git.
# Outputs: command (what was run), exit-code, report (a folder), artifact (a name), plan-file, and
# no-plan (a report that says why none could be made, where the files were validated instead).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/secrets.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

# The tool fetches and pushes a state in a ref of git: then it has the token, and else it has not.
if [[ ${STATE-} == git ]]; then
  GITHUB_TOKEN=${TOKEN-}
  # shellcheck source-path=SCRIPTDIR
  source "$(dirname "$0")/git.sh"
  unset GITHUB_TOKEN
fi
unset TOKEN

# Sets `words` to the command line that runs the command.
words_of_run() {
  local more
  words=("$COMMAND" "${kept[@]}")
  if [[ -n $ENVIRONMENT ]]; then words+=("--env=$ENVIRONMENT"); fi
  if [[ -n ${FLEET-} ]]; then words+=("--fleet=$FLEET"); fi
  if [[ -n ${SHARD-} ]]; then words+=("--shard=$SHARD"); fi
  if [[ -n ${WAVE-} ]]; then words+=("--wave=$WAVE"); fi
  while IFS= read -r more; do
    if [[ -n $more ]]; then words+=("$more"); fi
  done <<<"$ARGUMENTS"
  case $COMMAND:${FLEET:+fleet} in
    plan:) words+=(--out "$report/saved.plan.json") ;;
    apply:*)
      words+=(--auto-approve)
      if [[ -n $PLAN_DIGEST && $PLAN_DIGEST != any ]]; then words+=("--plan-digest=$PLAN_DIGEST"); fi
      ;;&
    apply:fleet) if [[ -n $PLAN_FILE ]]; then words+=("--plan-digest-file=$PLAN_FILE"); fi ;;
    apply:) if [[ -n $PLAN_FILE ]]; then words+=(-- "$PLAN_FILE"); fi ;;
  esac
}

# Sets `words` to the command line that makes one report of those of all shards.
words_of_merge() {
  local files
  mapfile -d '' files < <(find "$MERGE" -name report.json -print0 2>/dev/null | sort -z)
  if [[ ${#files[@]} == 0 ]]; then
    say error "no shard has left a report: nothing is known of the fleet"
    exit 1
  fi
  words=(report merge "--expect=$TOTAL" "${kept[@]}" -- "${files[@]}")
}

# Runs it. The signal of a cancelled job is passed on: agents in flight are finished, no other begun.
run() {
  local words kept child
  kept=(--report "markdown=$report/report.md" --report "html=$report/report.html")
  kept+=(--report "json=$report/report.json" --report "dotenv=$report/report.env")
  kept+=(--report "annotations=$report/annotations.txt")
  if [[ -n ${MERGE-} ]]; then words_of_merge; else words_of_run; fi
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
if [[ $COMMAND == apply && -z ${MERGE-} && -z $PLAN_DIGEST && -z $PLAN_FILE ]]; then
  say error "\`plan-digest\` is empty, so no reviewed plan can be applied: the plan came to no result, or GitHub dropped its output because it holds a masked value, such as a secret of few characters. Plan again, with longer secrets; \`plan-digest: any\` applies a plan that nobody reviewed"
  exit 64
fi

artifact=reconciler-$COMMAND$suffix${FLEET:+.fleet}${WAVE:+.wave-$WAVE}${SHARD:+.${SHARD/\//-of-}} # `.` is in no other name
report=${RUNNER_TEMP:-$(mktemp -d)}/$artifact
rm -rf "$report"
mkdir -p "$report"

run
if [[ $COMMAND == plan && -z ${FLEET-} && $code == 1 && $GITHUB_EVENT_NAME == pull_request && -f $report/report.json ]]; then
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
