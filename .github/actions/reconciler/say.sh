# shellcheck shell=bash
# Sourced. `say LEVEL TEXT` marks the job with a text: on one line, for a second one would be a
# command to the runner.

say() {
  local text=${2//%/%25}
  text=${text//$'\r'/%0D}
  echo "::$1 title=reconciler::${text//$'\n'/%0A}"
}
