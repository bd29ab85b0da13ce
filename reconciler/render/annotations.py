"""Findings and mistakes as workflow commands, which GitHub shows at their lines. Pure.

A job prints the file, and the runner reads from its log::

    ::error file=voice/agents/desk.yaml,line=7,title=config::spec.lang: `lang` must be …

Source: github.com/actions/toolkit, ``packages/core/src/command.ts``, for what is escaped; and
docs.github.com, «Workflow commands». Every line starts with a command of ours. Newlines in values
are already replaced; a percent sign is escaped so that none can be forged.
"""

from collections.abc import Iterator, Sequence

from reconciler.errors import Problem
from reconciler.render.sanitize import label, one_line
from reconciler.render.sarif import MISTAKE, said
from reconciler.render.view import Sheet
from reconciler.text.wording import count

MOST = 10
"""Annotations of a kind that GitHub keeps per step; it silently drops more."""

_LONG = 2000


def annotations(sheet: Sheet, findings: Sequence[Problem], folder: str = "") -> str:
    """A line for each problem, errors first, at most ``MOST`` of a kind; then what is left out.

    ``folder`` is the project's in its repository, such as ``voice/``: GitHub's paths are relative
    to the repository. A run that stopped without a mistake in a file has a line that says why.
    """
    errors = [_problem(item, folder) for item in findings if not item.warning]
    warnings = [_problem(item, folder) for item in findings if item.warning]
    if sheet.stopped and not errors:
        errors = [_command("error", {"title": f"reconciler {sheet.kind}"}, sheet.summary)]
    shown = [*errors[:MOST], *warnings[:MOST], *_more(len(errors), len(warnings))]
    return "".join(f"{line}\n" for line in shown)


def _problem(item: Problem, folder: str) -> str:
    place = {"file": f"{folder}{item.file}"} if item.file else {}
    line = {"line": str(item.line)} if item.file and item.line else {}
    about = {**place, **line, "title": item.rule or MISTAKE}
    text = ": ".join(filter(None, (item.field, said(item))))
    return _command("warning" if item.warning else "error", about, text)


def _more(errors: int, warnings: int) -> Iterator[str]:
    """The findings that GitHub would drop, in one line of another kind."""
    left = {"error": errors - MOST, "warning": warnings - MOST}
    told = " and ".join(count(number, name) for name, number in left.items() if number > 0)
    if told:
        text = f"{told} more; reconciler validate and the job's log list all"
        yield _command("notice", {"title": "reconciler"}, text)


def _command(name: str, about: dict[str, str], text: str) -> str:
    properties = ",".join(f"{key}={_property(value)}" for key, value in about.items())
    return f"::{name} {properties}::{_data(label(text, _LONG))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
