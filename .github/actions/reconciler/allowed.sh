#!/usr/bin/env bash
# Decides what may run, before anything is installed or read from the checkout. A fork's pull
# request is given no secret by GitHub, so it can be validated; where an event hands secrets to a
# run whose checkout may be a fork's, nothing runs.
# In: COMMAND, HEAD_REPOSITORY (whose commit the event is about, for pull requests and
# workflow_run), COMMENTED_ON (an issue_comment's pull request), FLAGS (the inputs that are true or
# false, a NAME=value on each line), FLEET (its file), OF_FLEET (what is for fleets alone).
# Output `command`: what to run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/say.sh"

refuse() {
  say error "$1"
  exit 64
}

case $COMMAND in
  validate | plan | apply | drift) ;;
  shards) if [[ -z ${FLEET-} ]]; then refuse "\`shards\` is of a fleet: \`fleet\` names its file"; fi ;;
  *) refuse "\`command\` is \`$COMMAND\`: it must be validate, plan, apply, drift or shards" ;;
esac
if [[ -z ${FLEET-} && -n ${OF_FLEET-} ]]; then
  refuse "\`shard\`, \`shards\`, \`wave\` and \`merge\` are of a fleet: \`fleet\` names its file"
fi

# An empty one, as of a variable that is not set, would be taken for `false` without a word.
while IFS='=' read -r name value; do
  case $name:$value in
    : | *:true | *:false) ;;
    *) refuse "\`$name\` is \`$value\`: it must be true or false" ;;
  esac
  if [[ $name == require-reviewed && $value == true && $COMMAND != plan ]]; then
    refuse "\`require-reviewed\` is for the command \`plan\`"
  fi
done <<<"${FLAGS-}"

case $GITHUB_EVENT_NAME in
  pull_request* | workflow_run)
    if [[ $HEAD_REPOSITORY != "$GITHUB_REPOSITORY" ]]; then
      case $GITHUB_EVENT_NAME:$COMMAND in
        pull_request_target:* | workflow_run:*)
          refuse "$GITHUB_EVENT_NAME hands secrets to the files of a fork: use pull_request"
          ;;
        *:apply | *:drift) refuse "\`$COMMAND\` does not run for a pull request from a fork" ;;
        *:plan)
          say notice "a pull request from a fork: its files are validated, without secrets and without a plan"
          COMMAND=validate
          ;;
      esac
    fi
    ;;
  issue_comment)
    if [[ -n $COMMENTED_ON ]]; then
      refuse "issue_comment hands secrets to whatever pull request was commented on, also a fork's: use pull_request or workflow_dispatch"
    fi
    ;;
esac

echo "command=$COMMAND" >>"$GITHUB_OUTPUT"
