"""Which forge, repository and pull request: read from a job's variables. Pure.

GitHub: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_SHA, and the event's payload.
GitLab: CI_API_V4_URL, CI_PROJECT_ID, GITLAB_TOKEN, CI_COMMIT_SHA, CI_MERGE_REQUEST_IID.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import field

from reconciler.errors import UsageError
from reconciler.late import dataclass, pattern
from reconciler.text import urls

GITHUB, GITLAB = "github", "gitlab"
_COMMIT = pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SIGNS = {
    GITHUB: ("GITHUB_ACTIONS", "GITHUB_API_URL", "GITHUB_REPOSITORY"),
    GITLAB: ("GITLAB_CI", "CI_API_V4_URL", "CI_PROJECT_ID"),
}
_REPOSITORY = pattern(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_PROJECT = pattern(r"\d+|[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository on a forge.

    ``number`` is the pull request of this job, None for none; ``sha`` its commit, or empty;
    ``token`` is empty if none is set.
    """

    forge: str
    url: str
    repository: str
    token: str = field(repr=False)
    number: int | None
    sha: str


def place(env: Mapping[str, str], event: str, on: str | None) -> Place:
    """The repository of this job; ``event`` is the text of GITHUB_EVENT_PATH's file, or empty.

    Raises UsageError, which names the variable to set.
    """
    forge = on or _forge(env)
    if forge == GITHUB:
        return Place(
            forge=GITHUB,
            url=_address(env, "GITHUB_API_URL", "https://api.github.com"),
            repository=_named(env, "GITHUB_REPOSITORY", _REPOSITORY, "OWNER/NAME"),
            token=_token(env, "GITHUB_TOKEN"),
            number=_of_event(event),
            sha=env.get("GITHUB_SHA", ""),
        )
    iid = env.get("CI_MERGE_REQUEST_IID", "")
    return Place(
        forge=GITLAB,
        url=_address(env, "CI_API_V4_URL", "https://gitlab.com/api/v4"),
        repository=_named(env, "CI_PROJECT_ID", _PROJECT, "a number, or GROUP/NAME"),
        token=_token(env, "GITLAB_TOKEN"),
        number=int(iid) if re.fullmatch("[0-9]+", iid) else None,
        sha=env.get("CI_COMMIT_SHA", ""),
    )


def commit(text: str, forge: str) -> str:
    """A full commit id; raises UsageError for anything else."""
    if not _COMMIT.fullmatch(text):
        name = "GITHUB_SHA" if forge == GITHUB else "CI_COMMIT_SHA"
        found = f"{text!r} is no full commit id" if text else "no commit is named"
        raise UsageError(found, hint=f"set {name}, or name one with --sha: 40 hexadecimal digits")
    return text


def without_token(forge: str) -> UsageError:
    """The error if a request is needed and no token is set."""
    if forge == GITHUB:
        hint = "in the workflow's step: env: { GITHUB_TOKEN: ${{ github.token }} }"
        return UsageError("GITHUB_TOKEN is not set", hint=hint)
    hint = "a project access token with the scope `api`, as a masked variable: a job's own cannot"
    return UsageError("GITLAB_TOKEN is not set", hint=hint)


def _forge(env: Mapping[str, str]) -> str:
    """The forge whose variables are set; the first one, which every job there has, decides."""
    for number in range(len(_SIGNS[GITHUB])):
        found = [forge for forge, signs in _SIGNS.items() if env.get(signs[number])]
        if len(found) == 1:
            return found[0]
    message = "it is not clear where to publish: neither a GitHub nor a GitLab job's variables"
    raise UsageError(message, hint="name the forge with --on github or --on gitlab")


def _address(env: Mapping[str, str], name: str, otherwise: str) -> str:
    """An address that a token may be sent to: https, or http to this machine."""
    url = env.get(name) or otherwise
    address = urls.parts(url)
    if address is None:
        message = f"{name} is no address of an API"
        raise UsageError(message, hint=f"such as {otherwise}, without a user or a query")
    if urls.in_clear(address):
        raise UsageError(f"{name} must be https: the token would travel in clear")
    return url.rstrip("/")


def _named(env: Mapping[str, str], name: str, form: re.Pattern[str], allowed: str) -> str:
    found = env.get(name, "")
    if not form.fullmatch(found) or {".", ".."} & set(found.split("/")):
        raise UsageError(f"{name} is {'not set' if not found else 'no name'}: {allowed} is needed")
    return found


def _token(env: Mapping[str, str], name: str) -> str:
    found = env.get(name, "")
    if not urls.is_sendable(found):
        hint = "set it again, without quotes, spaces or line ends"
        raise UsageError(f"{name} holds a character that no token has", hint=hint)
    return found


def _of_event(event: str) -> int | None:
    """The pull request of a workflow's event, or of a comment on one; None for other events.

    The payload: ``{"pull_request": {"number": 7}}``, or ``{"issue": {"number": 7, "pull_request":
    {…}}}``.
    """
    try:
        found = json.loads(event) if event else {}
    except (ValueError, RecursionError) as error:
        raise UsageError("GITHUB_EVENT_PATH names a file that is no JSON") from error
    payload = found if isinstance(found, dict) else {}
    issue = payload.get("issue")
    commented = isinstance(issue, dict) and issue.get("pull_request")
    about = payload.get("pull_request") or (issue if commented else None)
    number = about.get("number") if isinstance(about, dict) else None
    return number if type(number) is int and number > 0 else None
