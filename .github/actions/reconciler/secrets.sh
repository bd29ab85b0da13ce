# shellcheck shell=bash
# Sourced. Hands the lines of SECRETS, each NAME=value, to the tool as RECONCILER_SECRETS: it gives
# each to the `$secret` that names it, and none becomes a variable of a process. Has the runner hide
# the values in its log. Leaves SECRETS unset.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

while IFS= read -r line; do
  line=${line%$'\r'}
  [[ $line =~ [^[:space:]] ]] || continue
  if [[ ! $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
    say error "a line of the input \`secrets\` is not NAME=value"
    exit 64
  fi
  value=${BASH_REMATCH[2]}
  if [[ -n $value ]]; then
    echo "::add-mask::${value//%/%25}"
  fi
done <<<"${SECRETS-}"
if [[ -n ${SECRETS-} ]]; then export RECONCILER_SECRETS=$SECRETS; fi
unset SECRETS line value
