"""What may be a secret in a response although no row says so, by its name or form. Pure.

Source of the names: LLM-test's MCP server, which redacts agents that it reads; headers of tools
carry keys too, and addresses have them in their query strings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.text import tokens

_NAMES = (
    *("authtoken", "accesstoken", "refreshtoken", "apikey", "secret", "password", "bearer"),
    *("authorization", "credential", "privatekey", "token"),
)
_HEADERS = ("headers", "httpheaders", "customheaders")
_LISTED = (*_HEADERS, "sipheaders", "parameters", "params", "queryparameters", "cookies")
"""What is also written as a list of `{ name, value }`."""
_PLAIN_HEADERS = ("contenttype", "accept", "acceptlanguage", "useragent")
_QUERY = frozenset({"key", "apikey", "token", "secret", "accesstoken", "auth", "signature"})
_PLACEHOLDER = pattern(r"\s*\{\{[\w\s.|]*\}\}\s*")
"""A variable of the call in place of a value, which is no secret by itself."""
_SHORTEST = 6
"""Shorter texts are not kept out of messages: they may be ordinary words."""


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


@lru_cache(maxsize=4096)  # each node of a flow has the same names
def is_named(name: str) -> bool:
    """Whether a value with this name is a secret, judged by the name.

    >>> [is_named(name) for name in ("x-api-key", "authToken", "maxTokens", "token", "name")]
    [True, True, False, True, False]
    """
    bare = _bare(name)
    return bare != "maxtokens" and any(one in bare for one in _NAMES)


def texts(value: Json, name: str = "") -> Iterator[str]:
    """The texts inside a value of this name that may be secrets; short ones are left out."""
    return (text for text in _found(value, name) if len(text) >= _SHORTEST)


def _found(value: Json, name: str) -> Iterable[str]:
    found: list[str] = []
    _gather(value, name, found)
    return found


def _gather(value: Json, name: str, found: list[str]) -> None:
    """Append what may be a secret. A list, for generators in each other are slow."""
    if isinstance(value, str):
        if not is_named(name):
            found += _by_form(value)
        elif not _PLACEHOLDER.fullmatch(value):
            found.append(value)
    elif type(value) is dict or isinstance(value, Mapping):
        headers, named = _bare(name) in _HEADERS, is_named(name)
        for key, item in value.items():
            hidden = named or (headers and _bare(key) not in _PLAIN_HEADERS)
            _gather(item, "secret" if hidden else key, found)
    elif isinstance(value, list):
        pairs = _bare(name) in _LISTED
        for item in value:
            _gather(_named(item) if pairs else item, name, found)


def _named(item: Json) -> Json:
    """An item of a list of pairs as a mapping, if its value has a name: that says what it is."""
    match item:
        case {"name": str(key), "value": value}:
            rest = {one: held for one, held in item.items() if one not in ("name", "value")}
            return {**rest, key: value}
    return item


def _by_form(text: str) -> list[str]:
    """Credentials in an address, and what has the shape of a key."""
    found = [*_in_query(text)] if "://" in text else []
    return found + [text[one.start : one.end] for one in tokens.found(text) if one.sure]


def _in_query(text: str) -> Iterator[str]:
    """Credentials in the query string of an address, or before its host."""
    try:
        parts = urlsplit(text)
        yield from filter(None, (parts.password,))
        pairs = parse_qsl(parts.query)
    except ValueError:
        return
    yield from (value for name, value in pairs if _bare(name) in _QUERY or is_named(name))


def may_hold(value: Json, name: str) -> bool:
    """Whether a value of this name contains what may be a secret."""
    return bool(_found(value, name))
