"""What may be a secret in a response although no row says so, by its name or form. Pure.

Source of the names: LLM-test's MCP server, which redacts agents that it reads; headers of tools
carry keys too, and addresses have them in their query strings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from reconciler.jsonvalues import Json

_NAMES = (
    *("authtoken", "accesstoken", "refreshtoken", "apikey", "secret", "password", "bearer"),
    *("authorization", "credential", "privatekey", "token"),
)
_HEADERS = ("headers", "httpheaders", "customheaders")
_PLAIN_HEADERS = ("contenttype", "accept", "acceptlanguage", "useragent")
_QUERY = frozenset({"key", "apikey", "token", "secret", "accesstoken", "auth", "signature"})
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
        if is_named(name):
            found.append(value)
        elif "://" in value:
            found += _in_query(value)
    elif type(value) is dict or isinstance(value, Mapping):
        headers, named = _bare(name) in _HEADERS, is_named(name)
        for key, item in value.items():
            hidden = named or (headers and _bare(key) not in _PLAIN_HEADERS)
            _gather(item, "secret" if hidden else key, found)
    elif isinstance(value, list):
        for item in value:
            _gather(item, name, found)


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
