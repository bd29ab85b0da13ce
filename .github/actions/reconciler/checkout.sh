# shellcheck shell=bash
# Sourced before any git. A checkout is anybody's who may commit: git starts no program that it
# names, and takes no folder of plain files for a repository. What the job itself has set stays.

if [[ -z ${checkout_is_data-} ]]; then
  checkout_is_data=true
  count=${GIT_CONFIG_COUNT:-0}
  for setting in safe.bareRepository=explicit core.hooksPath=/dev/null core.fsmonitor=false \
    core.pager=cat fetch.recurseSubmodules=false push.recurseSubmodules=no protocol.ext.allow=never; do
    export "GIT_CONFIG_KEY_$count=${setting%%=*}" "GIT_CONFIG_VALUE_$count=${setting#*=}"
    count=$((count + 1))
  done
  export GIT_CONFIG_COUNT=$count
  unset count setting
fi
