#!/usr/bin/env bash
# Installs the tool from this very checkout, with pinned and hashed packages, into a folder of its
# own: no registry is trusted for its name, and the job's own Python stays as it is. Nothing of the
# project's checkout is imported: Python runs isolated (-I), and in the tool's folder.
# In: PYTHON, an interpreter (default python3). Output `reconciler`: the program.
set -euo pipefail

source=$(cd "$(dirname "$0")/../../.." && pwd)
id=$(printf %s "$source" | cksum | cut -d ' ' -f 1)
for name in "${!PYTHON@}"; do # pip starts the build's Python without -I
  if [[ $name != PYTHON ]]; then unset "$name"; fi
done
venv=${RUNNER_TEMP:-$(mktemp -d)}/reconciler-tool-$id

if [[ ! -f $venv/ready ]]; then
  here=$PWD
  cd "$source"
  "${PYTHON:-python3}" -I -m venv --clear "$venv"
  pip() { "$venv/bin/python" -I -m pip --quiet --disable-pip-version-check "$@"; }
  pip install --require-hashes --requirement "$source/.ci/requirements.txt"
  pip install --no-deps --no-build-isolation "$source"
  # Isolated: no variable and no file of the folder that it runs in says what Python imports.
  printf '#!/bin/sh\nexec "%s" -I -m reconciler "$@"\n' "$venv/bin/python" >"$venv/bin/reconciler"
  "$venv/bin/reconciler" version
  touch "$venv/ready" # a second step of the job finds it
  cd "$here"
fi

echo "reconciler=$venv/bin/reconciler" >>"${GITHUB_OUTPUT:-/dev/null}"
