#!/usr/bin/env bash
# Ends as the command did. Changes of a plan and drift are results, not failures.
# In: COMMAND, CODE (its exit code).
set -euo pipefail

case $COMMAND:$CODE in
  *:0 | plan:2 | drift:2) exit 0 ;;
esac
echo "::error title=reconciler::\`$COMMAND\` ended with exit code $CODE; the job's summary says why"
exit "$CODE"
