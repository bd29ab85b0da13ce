#!/usr/bin/env bash
# Takes a state that is a file from the tip of the branch. This run's commit may be older than what
# an earlier run applied and committed: with its own state, that run's edits would look like the
# dashboard's. Keeps what it took, and from which tip, for state.sh.
# Where a later commit of the branch is live already, as for an old run that is run again, it warns,
# and stops an apply; a state elsewhere is asked for that alone.
# In: BRANCH, COMMAND, ENVIRONMENT, FLEET, STATE (of where.sh), RECONCILER, GITHUB_TOKEN. Runs in
# the project's folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/git.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

tip=$(tip_of "$BRANCH")
mkdir -p "$begun"
echo "$tip" >"$begun/tip"

# The state file of the tip, or that of this commit; and the commits that it names.
from_file() {
  if ! state_at "$tip" >"$begun/state"; then
    cp "$state" "$begun/state" 2>/dev/null || cp "$former" "$begun/state" 2>/dev/null || echo '{}' >"$begun/state"
  fi
  "$(dirname "$RECONCILER")/python" -I "$(dirname "$0")/states.py" commits "$begun/state" "${ENVIRONMENT-}" >"$begun/commits"
}

# The commits that a state elsewhere names.
from_store() {
  local words=(state pull)
  if [[ -n ${FLEET-} ]]; then words+=("--fleet=$FLEET"); fi
  if [[ -n ${ENVIRONMENT-} ]]; then words+=("--env=$ENVIRONMENT"); fi
  "$RECONCILER" "${words[@]}" >"$begun/pulled"
  sed -n 's/^ *"commit": "\([0-9a-f]*\)+\{0,1\}",\{0,1\}$/\1/p' "$begun/pulled" | sort -u >"$begun/commits"
}

# A commit of the branch after this run's one that the state names; empty without the history.
later() {
  [[ $(git rev-parse --is-shallow-repository) == false ]] || return 0
  git merge-base --is-ancestor HEAD "$tip" || return 0
  grep -Fx -f <(git rev-list "HEAD..$tip") "$begun/commits" || true
}

if [[ ${STATE:-file} != file ]]; then
  if ! from_store; then
    say error "the state cannot be read, so that nothing is known of what was applied; the log says why"
    exit 1
  fi
elif ! from_file; then
  say error "the state of $BRANCH cannot be read: put back the one of an earlier commit"
  exit 1
fi
live=$(later)
live=${live%%$'\n'*}
if [[ -n $live ]]; then
  told="this run is older than what is live (${live:0:12}): run it for the newest commit, or revert what came after"
  if [[ ${COMMAND-} == apply ]]; then
    say error "$told"
    exit 4
  fi
  say warning "$told"
fi
if [[ ${STATE:-file} == file ]] && state_at "$tip" >/dev/null; then
  cp "$begun/state" "$state"
  rm -f "$former"
fi
