# shellcheck shell=bash disable=SC2034
# Sourced in the project's folder. Sets
#   within  that folder's path in its repository, empty at the top
#   suffix  of the names of artifacts and branches, so that each environment of each project of a
#           repository has its own
#   of      the same for titles
#   ledger  the ledger's name; stops the job where it is no plain file
#   begun   where newest.sh keeps for ledger.sh what this job began with
# In: ENVIRONMENT.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/checkout.sh"

within=$(git rev-parse --show-prefix 2>/dev/null || true)
within=${within%/}
sum=$(printf %s "$within" | cksum | cut -d ' ' -f 1)

# A name in which no sign is odd; what had to be replaced brings a sum, for another may look the same.
plain() {
  printf %s "${1//[^A-Za-z0-9_-]/-}"
  case $1 in *[!A-Za-z0-9_-]*) printf +%s "$(printf %s "$1" | cksum | cut -d ' ' -f 1)" ;; esac
}
suffix=${ENVIRONMENT:+-$(plain "$ENVIRONMENT")}${within:+@$(plain "$within")} # `@` is in no such name
of=${ENVIRONMENT:+ of $ENVIRONMENT}${within:+ ($within)}
of=${of//[[:cntrl:]]/ } # a title is one line

begun=${RUNNER_TEMP:-$(git rev-parse --absolute-git-dir 2>/dev/null || true)}/reconciler-begun-$sum
unset sum

# A file that a commit made a link would be written through, and a pipe be waited for.
ledger=reconciler.lock.json
if [[ -L $ledger || (-e $ledger && ! -f $ledger) ]]; then
  echo "::error title=reconciler::$ledger is no plain file: remove it from the repository"
  exit 1
fi
