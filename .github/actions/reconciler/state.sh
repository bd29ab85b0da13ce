#!/usr/bin/env bash
# Commits the state to the branch and pushes it; where the branch moved meanwhile, the state files are
# merged agent by agent, and it tries again. Nothing in this checkout changes. The commit starts no
# run: its message says so, and so does `paths-ignore` of the workflow.
# In: BRANCH, RECONCILER, ENVIRONMENT (the one whose page is taken over; empty: all that this job
# changed), GITHUB_TOKEN; and what newest.sh kept, else HEAD. Runs in the project's folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/git.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

fail() {
  say error "the agents are live, and their state could not be pushed to $BRANCH: $1"
  if [[ ${CI_JOB_STATUS-} == canceled ]]; then cat "$state"; fi # GitLab may keep no artifact then
  exit 1
}

artifact="the artifact ${ARTIFACT:-${CI_JOB_NAME:+of the job $CI_JOB_NAME}}"
if [[ $artifact == "the artifact " ]]; then artifact="this run's artifact"; fi
path=$(git rev-parse --show-prefix)$state
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
at() { state_at "$1" || echo '{}'; }

seen=$(cat "$begun/tip" 2>/dev/null || git rev-parse HEAD)
if [[ -f $begun/state ]]; then cp "$begun/state" "$work/base"; else at HEAD >"$work/base"; fi
if [[ ! -e $state ]] || cmp --quiet "$state" "$work/base"; then
  echo "The state is as it was."
  exit 0
fi
if [[ -z $BRANCH ]]; then
  say error "the state changed, and this run is on no branch to commit it to"
  exit 1
fi
if git check-ignore --quiet --no-index -- "$state"; then
  say warning "$path is ignored by git, and is committed all the same: take it out of .gitignore"
fi
last=
for _ in {1..9}; do
  tip=$(tip_of "$BRANCH") || fail "it could not be fetched. Commit reconciler.state.json of $artifact"
  if [[ $tip == "$last" ]]; then break; fi # the push was refused, and not for a race
  if ! git merge-base --is-ancestor "$seen" "$tip"; then
    fail "it is now at ${tip:0:12}, which does not come after ${seen:0:12}, where this job began. Look who moved it, then commit reconciler.state.json of $artifact"
  fi
  at "$tip" >"$work/theirs"
  "$(dirname "$RECONCILER")/python" -I "$(dirname "$0")/states.py" merge \
    "$work/base" "$state" "$work/theirs" "${ENVIRONMENT-}" >"$work/merged" ||
    fail "the one of $BRANCH or of this run cannot be read. Put back the one of an earlier commit, then commit reconciler.state.json of $artifact"

  # A commit on the tip with this one file changed, made without touching the checkout.
  export GIT_INDEX_FILE=$work/index
  git read-tree "$tip"
  git update-index --add --cacheinfo "100644,$(git hash-object -w --no-filters "$work/merged"),$path"
  git update-index --force-remove "${path%"$state"}$former"
  tree=$(git write-tree)
  unset GIT_INDEX_FILE
  if [[ $tree == "$(git rev-parse "$tip^{tree}")" ]]; then
    echo "The state is on $BRANCH already."
    exit 0
  fi
  commit=$(git commit-tree "$tree" -p "$tip" -m "State${ENVIRONMENT:+ of $ENVIRONMENT} [skip ci]" \
    -m "Written by reconciler apply at $(git rev-parse --short HEAD).")
  if git push --quiet origin "$commit:refs/heads/$BRANCH"; then
    echo "The state is on $BRANCH: $(git rev-parse --short "$commit")"
    exit 0
  fi
  last=$tip
done

fail "let the token push there, or commit reconciler.state.json of $artifact"
