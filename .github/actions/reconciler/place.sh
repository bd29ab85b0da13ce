# shellcheck shell=bash disable=SC2034
# Sourced in the project's folder. Sets
#   within  that folder's path in its repository, empty at the top
#   suffix  of the names of artifacts and branches, so that each environment of each project of a
#           repository has its own
#   of      the same for titles
#   state   the name of the state file, and former the one that it had; stops the job if one of them
#           is no plain file
#   begun   where newest.sh keeps for state.sh what this job began with
# In: ENVIRONMENT.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/checkout.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

# Else the project of a folder that looks like a repository would be taken for the one at the top.
if ! within=$(git rev-parse --show-prefix 2>/dev/null); then
  if [[ $(LC_ALL=C git rev-parse --show-prefix 2>&1) == *"bare repository"* ]]; then
    say error "a folder of the checkout looks like a bare repository, with HEAD, objects and refs: remove them"
    exit 1
  fi
  within=
fi
within=${within%/}

short_sum() { printf %s "$1" | git hash-object --stdin | cut -c 1-12; }

# A name in which no sign is odd. Where another one may look the same it brings a sum: where signs
# were replaced or cut, with capitals, which some systems fold, and where it ends as the artifact of
# a saved plan does.
plain() {
  local LC_ALL=C name
  name=${1//[^A-Za-z0-9_-]/-}
  printf %s "${name:0:60}"
  if [[ ${#1} -gt 60 || $1 == *[!a-z0-9_-]* || -$1 == *-file ]]; then printf +%s "$(short_sum "$1")"; fi
}
suffix=${ENVIRONMENT:+-$(plain "$ENVIRONMENT")}${within:+@$(plain "$within")} # `@` is in no such name
of=${ENVIRONMENT:+ of $ENVIRONMENT}${within:+ ($within)}
of=${of//[[:cntrl:]]/ } # a title is one line

begun=${RUNNER_TEMP:-$(git rev-parse --absolute-git-dir 2>/dev/null || true)}/reconciler-begun-$(short_sum "$within")

# A file that a commit made a link would be written through, and a pipe be waited for.
state=reconciler.state.json
former=reconciler.lock.json # its name before, until the next write
for file in "$state" "$former"; do
  if [[ -L $file || (-e $file && ! -f $file) ]]; then
    say error "$file is no plain file: remove it from the repository"
    exit 1
  fi
done

# The state of a commit, under either name; fails if that has none.
state_at() {
  local prefix
  prefix=$(git rev-parse --show-prefix)
  git show "$1:$prefix$state" 2>/dev/null || git show "$1:$prefix$former" 2>/dev/null
}
