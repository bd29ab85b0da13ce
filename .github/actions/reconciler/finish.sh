#!/usr/bin/env bash
# Ends as the command did. Changes of a plan and drift are results, not failures.
# In: COMMAND, CODE (its exit code).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/say.sh"

case $COMMAND:$CODE in
  :* | *:)
    say error "how the command ended got lost"
    exit 1
    ;;
  *:0 | plan:2 | drift:2) exit 0 ;;
esac
say error "\`$COMMAND\` ended with exit code $CODE; the job's summary says why"
exit "$CODE"
