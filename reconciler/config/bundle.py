"""Secrets in one variable: ``RECONCILER_SECRETS``, a ``NAME=value`` on each line.

A job of CI gets one variable instead of one for each secret, so that another ``$secret`` in a file
needs no edit of a workflow. The values are no variables of any process: only this tool reads them,
and gives each to the ``$secret`` that names it.
"""

import re
from collections.abc import Mapping

from reconciler.errors import UsageError
from reconciler.late import pattern

VARIABLE = "RECONCILER_SECRETS"

_CONTROLS = pattern(r"RECONCILER_\w*|HAMSA_BASE_URL|CI(_\w+)?|GITHUB_\w+|GITLAB_\w+", re.IGNORECASE)
"""Variables that tell this tool where it is and what to do: no file can name them as secrets."""

_LINE = pattern(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def unpacked(env: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with the secrets of the bundle; a variable that is set itself wins.

    Raises UsageError, which shows no value, for a line that is no secret.
    """
    if not env.get(VARIABLE):
        return env
    return {**env, **{name: value for name, value in _read(env).items() if not env.get(name)}}


def names(env: Mapping[str, str]) -> frozenset[str]:
    """The names of the secrets in the bundle."""
    return frozenset(_read(env))


def _read(env: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for number, line in enumerate(env.get(VARIABLE, "").split("\n"), 1):
        if line.strip():
            parts = _LINE.fullmatch(line.removesuffix("\r"))
            if parts is None:
                raise UsageError(
                    f"line {number} of {VARIABLE} is not NAME=value",
                    hint="each line has one secret; a value has no line break",
                )
            if _CONTROLS.fullmatch(parts[1]):
                raise UsageError(
                    f"line {number} of {VARIABLE} sets {parts[1]}, which is no secret of a file",
                    hint="set it as a variable of the job",
                )
            found[parts[1]] = parts[2]
    return found
