"""The query of the v2 list: search, filters and order. Pure.

Source: MindCloud and open-connector for the names; LLM-test for `projectId`. Without `sortField`
and `sortOrder` agents are listed in order of creation, which no page states.
"""

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from reconciler.sandbox.project import PROJECT_ID
from reconciler.sandbox.store import Record, Store

_FILTERS = ("search", "type", "type[]", "language", "language[]", "sortField", "sortOrder")


def page(store: Store, query: QueryParams, start: int, count: int) -> tuple[int, list[Record]]:
    """Return the number of agents that match the query, and a part of them.

    Raises HTTPException.
    """
    _check(query)
    if not any(name in query for name in _FILTERS):
        return store.page(start, count)
    found = [record for record in store.records() if _fits(query, record)]
    if query.get("sortOrder") == "desc":
        found.reverse()
    return len(found), found[start : start + count]


def _check(query: QueryParams) -> None:
    if query.get("sortField", "createdAt") != "createdAt":
        raise HTTPException(400, "sortField must be createdAt")
    if query.get("sortOrder", "asc") not in ("asc", "desc"):
        raise HTTPException(400, "sortOrder must be asc or desc")
    if query.get("projectId", PROJECT_ID) != PROJECT_ID:
        raise HTTPException(403, "Forbidden")


def _fits(query: QueryParams, record: Record) -> bool:
    name = str(record.fields.get("agentName") or "")
    kinds = _each(query, "type")
    languages = _each(query, "language")
    return (
        query.get("search", "").casefold() in name.casefold()
        and (not kinds or record.fields.get("type", "Single Prompt") in kinds)
        and (not languages or record.fields.get("lang") in languages)
    )


def _each(query: QueryParams, name: str) -> list[str]:
    return [*query.getlist(name), *query.getlist(f"{name}[]")]
