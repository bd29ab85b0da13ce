# shellcheck shell=bash
# Sourced. Lets git of this script alone push with the token of GitHub or GitLab, which is written
# to no file, and commit as the bot. Needs no persisted credentials of the checkout.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/checkout.sh"

export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-github-actions[bot]}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

token=${GITHUB_TOKEN:-${GITLAB_TOKEN-}}
server=${GITHUB_SERVER_URL:-${CI_SERVER_URL-}}
if [[ -n $token && -n $server ]]; then
  basic=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\n')
  if [[ -n ${GITHUB_ACTIONS-} ]]; then echo "::add-mask::$basic"; fi
  for header in "" "Authorization: Basic $basic"; do # the empty one forgets others
    export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=http.$server/.extraheader"
    export "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT=$header"
    export GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
  done
fi
unset token server basic header

# The commit that a branch is at, fetched. By its full name: a short one means a tag of that name,
# if there is one, and a tag is not protected like a branch.
tip_of() {
  git fetch --quiet --no-tags origin "refs/heads/$1" && git rev-parse FETCH_HEAD
}
