#!/usr/bin/env bash
# Asks the project, or each of a fleet, where its state is. Where the files cannot be read the
# command itself says why.
# In: RECONCILER, FLEET. Runs in the project's folder, without a token and without secrets.
# Output `state`: file (which CI commits), git (a ref, which the tool pushes), or store.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/say.sh"

words=(state where)
if [[ -n ${FLEET-} ]]; then words+=("--fleet=$FLEET"); fi
found=$'\n'$("$RECONCILER" "${words[@]}" 2>/dev/null || true)
state=store
if [[ $found == *$'\n'git:* ]]; then
  state=git
elif [[ $found == *$'\n'file:* || $found == $'\n' ]]; then
  state='file'
fi
if [[ -n ${FLEET-} && $found == *$'\n'file:* ]]; then
  say error "a fleet in CI needs a state that its jobs can share, and a project here keeps it in a file. Write \`state: { url: \"git:\" }\` into the fleet file; where there is a state file already: reconciler state migrate"
  exit 64
fi
echo "state=$state" >>"${GITHUB_OUTPUT:-/dev/stdout}"
