#!/usr/bin/env bash
# Shows what the command found: annotations on the lines of files, the job's summary, outputs.
# A shard of a fleet leaves the summary to the merged report.
# In: REPORT, the folder of the reports; SHARD.
# Outputs: the report's own names, such as has-changes and plan-digest.
set -euo pipefail

if [[ -f $REPORT/annotations.txt ]]; then
  cat "$REPORT/annotations.txt" # workflow commands, which the runner reads from here
fi

if [[ -z ${SHARD-} && -f $REPORT/report.md ]]; then
  cat "$REPORT/report.md" >>"$GITHUB_STEP_SUMMARY"
fi

if [[ -f $REPORT/report.env ]]; then
  while IFS='=' read -r name value; do
    name=${name,,}
    echo "${name//_/-}=$value"
  done <"$REPORT/report.env" >>"$GITHUB_OUTPUT"
fi
