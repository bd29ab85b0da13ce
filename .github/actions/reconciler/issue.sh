#!/usr/bin/env bash
# One issue for the drift of an environment: opened, updated, and closed when nothing drifts.
# Where the command could not tell (any other exit code), the issue is left as it is.
# In: RECONCILER, REPORT, ENVIRONMENT, TITLE, CODE (of `reconciler drift`), GITHUB_TOKEN.
# Runs in the project's folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

title=${TITLE-}
title=${title//[[:cntrl:]]/ } # a block of YAML ends in a line end
if [[ ! $title =~ [^[:space:]] ]]; then title=Drift${of/# of / in }; fi
case $CODE in
  0) "$RECONCILER" publish issue "$REPORT/report.md" "--title=$title" --close ;;
  2) "$RECONCILER" publish issue "$REPORT/report.md" "--title=$title" ;;
esac
