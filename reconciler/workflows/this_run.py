"""This run, as the lock of a shared state shows it to others."""

from collections.abc import Mapping

from reconciler.state.backend import Run


def this_run(env: Mapping[str, str], what: str, commit: str = "", digest: str = "") -> Run:
    """Who runs this command, from the variables of CI or of the machine.

    GitHub: GITHUB_RUN_ID and GITHUB_JOB are the same for each attempt of a job; of a matrix they
    are those of all its jobs, which run in one attempt. GitLab: a retried job has another id, and
    the same pipeline and name.
    """
    import platform  # noqa: PLC0415 - only for a lock

    url, job = _github(env) if env.get("GITHUB_RUN_ID") else _gitlab(env)
    person = env.get("GITHUB_ACTOR") or env.get("GITLAB_USER_LOGIN") or env.get("USER") or "someone"
    where = "" if url else f"@{platform.node() or 'unknown'}"
    return Run(
        who=f"{person}{where}",
        what=what,
        url=url,
        job=job,
        attempt=env.get("GITHUB_RUN_ATTEMPT") or env.get("CI_JOB_ID") or "",
        commit=commit,
        digest=digest,
    )


def _github(env: Mapping[str, str]) -> tuple[str, str]:
    host = env.get("GITHUB_SERVER_URL", "https://github.com")
    url = f"{host}/{env.get('GITHUB_REPOSITORY', '')}/actions/runs/{env['GITHUB_RUN_ID']}"
    return url, f"{url} {env.get('GITHUB_JOB', '')}"


def _gitlab(env: Mapping[str, str]) -> tuple[str, str]:
    url, pipeline = env.get("CI_JOB_URL", ""), env.get("CI_PIPELINE_URL", "")
    return url, f"{pipeline} {env.get('CI_JOB_NAME', '')}" if pipeline else ""
