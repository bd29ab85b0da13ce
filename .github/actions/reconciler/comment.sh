#!/usr/bin/env bash
# Puts the plan on the pull request: one comment, updated in place. A plan without changes makes
# no new comment, and an older comment then says that there are none left. Where no plan could be
# made, an older one does not stay as if it were of this commit.
# In: RECONCILER, REPORT, CODE (of `reconciler plan`), HAS_CHANGES, NO_PLAN (a report), GITHUB_TOKEN.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/say.sh"

if [[ -n $NO_PLAN ]]; then
  if ! "$RECONCILER" publish comment "$NO_PLAN" --if-exists; then
    say warning "a comment with an older plan, if there is one, could not be updated"
  fi
  exit 0
fi
words=(publish comment "$REPORT/report.md")
if [[ $CODE == 0 && $HAS_CHANGES == false ]]; then words+=(--if-exists); fi
if [[ -f $REPORT/report.md ]]; then "$RECONCILER" "${words[@]}"; fi
