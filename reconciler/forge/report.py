"""The Markdown report to publish: its first lines identify it. Pure.

Line 1 is the marker, ``<!-- reconciler:KIND:ENVIRONMENT -->``, with ``:FOLDER`` if the project is
not at the top of its repository; line 2 of a plan may be its digest, ``<!-- digest: sha256:… -->``.
Both are invisible in the rendered report.
"""

from urllib.parse import quote

from reconciler.errors import UsageError
from reconciler.late import dataclass, pattern

_MARKER = pattern(r"<!-- reconciler:[a-z-]+:[A-Za-z0-9._+-]+(:[A-Za-z0-9._~%/-]+)? -->")
_DIGEST = pattern(r"<!-- digest: (sha256:[0-9a-f]{32}) -->")
_CONTROL = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report of ours; ``name`` is its file's."""

    name: str
    text: str

    @property
    def marker(self) -> str:
        """Its first line, by which a later run finds it."""
        return first_lines(self.text)[0]


def report(name: str, text: str) -> Report:
    """The report in a file; raises UsageError if it is not one of ours.

    Ours have a marker, and no control characters, which could affect readers of the page.
    """
    if not _MARKER.fullmatch(first_lines(text)[0]):
        message = f"{name} is no Markdown report with an environment: its first line is no marker"
        raise UsageError(message, hint=f"reconciler plan --env NAME --report markdown={name}")
    odd = _CONTROL.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        message = f"{name}:{line} holds U+{ord(odd.group()):04X}, which no report of ours does"
        raise UsageError(message, hint="write the report again, in this job")
    return Report(name=name, text=text)


def marker(kind: str, environment: str, folder: str = "") -> str:
    """The first line of the reports of one kind about one environment of one project.

    ``folder`` is the project's in its repository, such as ``voice/``; empty at the top.
    """
    project = f":{quote(folder.strip('/'))}" if folder else ""
    return f"<!-- reconciler:{kind}:{environment}{project} -->"


def digest(text: str) -> str:
    """The plan digest in the second line of a published report; empty if there is none."""
    found = _DIGEST.fullmatch(first_lines(text)[1])
    return found[1] if found else ""


def first_lines(text: str) -> tuple[str, str]:
    """The first two lines, without the carriage return that a forge's editor adds."""
    first, _, rest = text.partition("\n")
    return first.rstrip("\r"), rest.partition("\n")[0].rstrip("\r")
