# shellcheck shell=bash
# Sourced in the project's folder. Sets
#   within  that folder's path in its repository, empty at the top
#   suffix  of the names of artifacts and branches, so that each environment of each project of a
#           repository has its own
#   of      the same for titles
#   begun   where newest.sh keeps for ledger.sh what this job began with
# In: ENVIRONMENT.

# shellcheck disable=SC2034 # for who sources it
within=$(git rev-parse --show-prefix 2>/dev/null || true)
within=${within%/}
sum=$(printf %s "$within" | cksum | cut -d ' ' -f 1)

suffix=${ENVIRONMENT:+-${ENVIRONMENT//[^A-Za-z0-9._-]/-}}
case $within in
  '') ;;
  *[!A-Za-z0-9_-]*) suffix+=-${within//[^A-Za-z0-9_-]/-}-$sum ;; # another path may look the same
  *) suffix+=-$within ;;
esac
of=${ENVIRONMENT:+ of $ENVIRONMENT}${within:+ ($within)}

begun=${RUNNER_TEMP:-$(git rev-parse --absolute-git-dir 2>/dev/null || true)}/reconciler-begun-$sum
unset sum
