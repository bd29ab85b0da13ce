"""Plans, results and mistakes as JSON for machines, without values of secrets."""

import json
import re
from collections.abc import Mapping, Sequence

from reconciler.errors import Problem, ReconcilerError
from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.render.data import documents, pieces
from reconciler.render.data.audits import audit
from reconciler.render.data.documents import FORMAT
from reconciler.render.data.plans import plan, plans, results

__all__ = ["FORMAT", "audit", "document", "error", "plan", "plans", "problems", "results", "text"]

_ACTS = pattern("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def text(content: Json) -> str:
    """JSON text without characters that act on a terminal: they are escaped, losslessly.

    Of many projects each page is one line: a large fleet would be twice as long otherwise.
    """
    by_page = isinstance(content, Mapping) and isinstance(content.get("pages"), list)
    plain = _by_page(content) if by_page else _dumped(content, 2)
    quiet = re.sub(r"##(vso)?\[", lambda found: found.group()[:-1] + "\\u005b", plain)
    return _ACTS.sub(lambda found: f"\\u{ord(found.group()):04x}", quiet) + "\n"


def _by_page(content: Mapping[str, Json]) -> str:
    """The text of a document with ``pages``, which come last."""
    head = _dumped({**{k: v for k, v in content.items() if k != "pages"}, "pages": []}, 2)
    lines = ",\n".join(f"    {_dumped(page)}" for page in content["pages"])
    return head.removesuffix("[]\n}") + f"[\n{lines}\n  ]\n}}"


def _dumped(content: Json, indent: int | None = None) -> str:
    return json.dumps(content, ensure_ascii=False, indent=indent)


def document(**content: Json) -> dict[str, Json]:
    """A result without a shape of its own, with the format's version."""
    return {"format_version": FORMAT, **content}


def problems(found: Sequence[Problem]) -> documents.Problems:
    """Mistakes in the files."""
    return {"format_version": FORMAT, "problems": [pieces.problem(item) for item in found]}


def error(stop: ReconcilerError, found: Sequence[Problem]) -> documents.Problems:
    """Why a run failed, so that JSON appears for every exit code."""
    said: documents.Stop = {
        "message": stop.message,
        "hint": stop.hint,
        "exit_code": stop.exit_code,
    }
    return {**problems(found), "error": said}
