#!/usr/bin/env bash
# Splits a fleet into the jobs of a matrix. If no project is to be looked at, one job is left: its
# report says so, and a pull request does not keep the comment of an earlier commit.
# In: RECONCILER, FLEET, TOTAL (of shards), WAVE, ENVIRONMENT, ARGUMENTS. Runs in the fleet's folder.
# Output `matrix`: for `fromJSON`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/checkout.sh"

words=(fleet shards "--fleet=$FLEET" "--count=$TOTAL" --format github)
if [[ -n $ENVIRONMENT ]]; then words+=("--env=$ENVIRONMENT"); fi
if [[ -n $WAVE ]]; then words+=("--wave=$WAVE"); fi
while IFS= read -r more; do
  if [[ -n $more ]]; then words+=("$more"); fi
done <<<"$ARGUMENTS"
matrix=$("$RECONCILER" "${words[@]}")
if [[ $matrix == '{"include": []}' ]]; then
  matrix="{\"include\": [{\"shard\": \"1/$TOTAL\"}]}"
fi
echo "$matrix"
echo "matrix=$matrix" >>"$GITHUB_OUTPUT"
