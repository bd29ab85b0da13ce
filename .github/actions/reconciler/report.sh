#!/usr/bin/env bash
# Shows what the command found: annotations on the lines of files, the job's summary, outputs.
# In: REPORT, the folder of the reports.
# Outputs: the report's own names, such as has-changes and plan-digest.
set -euo pipefail

if [[ -f $REPORT/annotations.txt ]]; then
  cat "$REPORT/annotations.txt" # workflow commands, which the runner reads from here
fi

if [[ -f $REPORT/report.md ]]; then
  cat "$REPORT/report.md" >>"$GITHUB_STEP_SUMMARY"
fi

if [[ -f $REPORT/report.env ]]; then
  while IFS='=' read -r name value; do
    name=${name,,}
    echo "${name//_/-}=$value"
  done <"$REPORT/report.env" >>"$GITHUB_OUTPUT"
fi
