#!/usr/bin/env bash
# Stops unless the merged pull request of this commit showed the very plan that is to be applied.
# In: RECONCILER, ENVIRONMENT, PLAN_DIGEST (of the plan made now), GITHUB_TOKEN.
# Runs in the project's folder: its path is part of which comment is meant.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/say.sh"

words=(publish digest)
if [[ -n $ENVIRONMENT ]]; then words+=("--env=$ENVIRONMENT"); fi
if ! reviewed=$("$RECONCILER" "${words[@]}"); then
  say error "no reviewed plan was found for this commit; the log says why"
  exit 5
fi
if [[ -z $PLAN_DIGEST || $reviewed != "$PLAN_DIGEST" ]]; then
  say error "the plan is another one than the pull request showed (now $PLAN_DIGEST, reviewed $reviewed): files or live agents moved since; review a new plan"
  exit 5
fi
echo "The plan is the one that was reviewed: $reviewed"
