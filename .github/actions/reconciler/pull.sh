#!/usr/bin/env bash
# Takes the live edits into the files and puts them on a branch with one pull request. Nothing but
# the files that pull wrote and the state is committed. A branch that a person has pushed to is
# left alone.
# In: RECONCILER, REPORT, ENVIRONMENT, SECRETS, BASE (the branch to merge into), GITHUB_TOKEN.
# Runs in the project's folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/secrets.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/git.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/place.sh"

branch=reconciler/pull$suffix
title="Live edits$of"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What no file names is declared too: a reviewer sees it, and may take it out again.
words=(pull --auto-approve --undeclared --format json)
if [[ -n $ENVIRONMENT ]]; then words+=("--env=$ENVIRONMENT"); fi
code=0
"$RECONCILER" "${words[@]}" >"$work/pulled.json" || code=$?
cat "$work/pulled.json"
case $code in
  0) ;;
  4) say notice "some live edits are left for a person" ;;
  *) exit "$code" ;;
esac

# What else lies in the checkout, such as reports and other actions' credentials, stays out of it.
export GIT_INDEX_FILE=$work/index
git read-tree HEAD
"$(dirname "$RECONCILER")/python" -I "$(dirname "$0")/pulled_files.py" "$work/pulled.json" |
  git update-index --add --remove -z --stdin
tree=$(git write-tree)
unset GIT_INDEX_FILE
if [[ $tree == "$(git rev-parse 'HEAD^{tree}')" ]]; then
  echo "No live edit could be taken into the files."
  exit 0
fi

tip=$(git ls-remote origin "refs/heads/$branch" | sed -n "s|"$'\t'"refs/heads/$branch\$||p") # no other that ends so
if [[ -n $tip ]]; then
  tip=$(tip_of "$branch")
  if [[ $(git show --no-patch --format=%ce "$tip") != "$GIT_COMMITTER_EMAIL" ]]; then
    say notice "$branch holds work of a person: it is left as it is"
    exit 0
  fi
fi
# The state alone differs each time: it notes when the edits were taken.
if [[ -z $tip ]] || ! git diff --no-ext-diff --quiet "$tip" "$tree" -- ':(top)' ":(top,exclude,literal)$(git rev-parse --show-prefix)$state"; then
  commit=$(git commit-tree "$tree" -p HEAD -m "$title" -m "Taken into the files by reconciler pull.")
  git push --quiet --force-with-lease="refs/heads/$branch:$tip" origin "$commit:refs/heads/$branch"
fi
"$RECONCILER" publish pull-request "$REPORT/report.md" "--branch=$branch" "--title=$title" "--base=$BASE"
