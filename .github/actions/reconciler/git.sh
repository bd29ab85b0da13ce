# shellcheck shell=bash
# Sourced. Lets git of this script alone push with the token of GitHub or GitLab, which is written
# to no file, and commit as the bot. Needs no persisted credentials of the checkout.

export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-github-actions[bot]}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

token=${GITHUB_TOKEN:-${GITLAB_TOKEN-}}
server=${GITHUB_SERVER_URL:-${CI_SERVER_URL-}}
if [[ -n $token && -n $server ]]; then
  basic=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\n')
  if [[ -n ${GITHUB_ACTIONS-} ]]; then echo "::add-mask::$basic"; fi
  export GIT_CONFIG_COUNT=2
  export GIT_CONFIG_KEY_0=http.$server/.extraheader GIT_CONFIG_VALUE_0= # forget others
  export GIT_CONFIG_KEY_1=$GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_1="Authorization: Basic $basic"
fi
unset token server basic

# The commit that a branch is at, fetched. By its full name: a short one means a tag of that name,
# if there is one, and a tag is not protected like a branch.
tip_of() {
  git fetch --quiet --no-tags origin "refs/heads/$1" && git rev-parse FETCH_HEAD
}
