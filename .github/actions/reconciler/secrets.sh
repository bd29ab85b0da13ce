# shellcheck shell=bash
# Sourced. Exports the lines of SECRETS, each NAME=value, to what this script starts, and has the
# runner hide the values in its log. Leaves SECRETS unset.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

while IFS= read -r line; do
  line=${line%$'\r'}
  [[ $line =~ [^[:space:]] ]] || continue
  if [[ ! $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
    say error "a line of the input \`secrets\` is not NAME=value"
    exit 64
  fi
  name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
  if [[ -n $value ]]; then
    echo "::add-mask::${value//%/%25}"
  fi
  export "$name=$value"
done <<<"${SECRETS-}"
unset SECRETS line name value
