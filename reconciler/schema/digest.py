"""Digests of values: fast for content, keyed and slow for what must not be guessed.

Pure: the same value has the same digest on every machine, with or without a memory of slow ones.

==========================  =====================================================================
``sha256:VALUE``            of a value that may be shown
``scrypt:VALUE``            of a value that must not be shown
``scrypt:VALUE:REFERENCE``  of a value with secrets: REFERENCE is of the names in their place
``scrypt::REFERENCE``       the same if a secret is not set on this machine
==========================  =====================================================================

So every machine sees a change of the file; a change of a secret's value is seen where it is set.
"""

import base64
import hashlib
import hmac
import json
import marshal
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Protocol

from reconciler.jsonvalues import SCALARS, Json, Ref, Secret, leaves, map_leaves
from reconciler.late import pattern

_LENGTH = 32
_WORD = 100
"""Texts up to this many characters are likely to be shared by many agents."""

_SHORT = 8
"""Hex digits of a reference's digest: it only has to distinguish edits of a file."""
_KEYED = "scrypt:"
UNKNOWN_SECRET = _KEYED + "0" * _LENGTH
"""For a secret that was sent but not verified: which one is live is unknown. Equals no other."""
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))
_CONTENT = pattern("sha256:([0-9a-f]{12})")


class Moved(Enum):
    """What two digests of one field say about its value."""

    NO = "no"
    YES = "yes"
    SECRET = "the value of a secret"  # noqa: S105 - an answer, no password
    UNTOLD = "unknown, because a secret is not set"


class Memory(Protocol):
    """Slow digests that were made before, one for each ``slot``, a field of an agent."""

    def recall(self, slot: str, value: bytes) -> str | None:
        """Return the digest of this value if it is the slot's last one."""

    def keep(self, slot: str, value: bytes, found: str) -> None:
        """Replace the slot's last digest by that of this value."""


_memory: ContextVar[Memory | None] = ContextVar("memory of slow digests", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Take slow digests from a memory inside a `with` block; their values are the same.

    The block may be entered inside an event loop and left outside of it.
    """
    before = _memory.get()
    _memory.set(memory)
    try:
        yield
    finally:
        _memory.set(before)


def content(value: Json) -> str:
    """A digest of a readable value: ``sha256:`` and 32 hex digits. 1 and 1.0 are equal."""
    kind = type(value)
    if kind is str and len(value) > _WORD:
        return _sum(encode_basestring_ascii(value).encode())
    return _of_scalar(kind.__name__, value) if kind in SCALARS else _sum(_bytes(value))


def source(*parts: Json) -> str:
    """A digest of values exactly as they are: for this machine and this Python, kept nowhere else.

    Empty if one of them is nested too deeply. Much cheaper than :func:`content`, which many
    programs can make. Version 2 of marshal's format depends on nothing but the values.
    """
    try:
        return hashlib.sha256(marshal.dumps(parts, 2)).hexdigest()[:_LENGTH]
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def _of_scalar(_kind: str, value: Json) -> str:
    """Cached digest of a small value, as many agents share it; 1 and true are different."""
    return _sum(_bytes(value))


def _sum(spelled: bytes) -> str:
    return "sha256:" + hashlib.sha256(spelled).hexdigest()[:_LENGTH]


def keyed(salt: str, where: str, value: Json) -> str:
    """A digest of a value that must not be guessed: ``scrypt:`` and 32 hex digits.

    Slow by design (about 50 ms for each new value). ``where`` makes equal secrets of two fields
    look different. A value with secrets has a second part, for their names.
    """
    secrets = [leaf for leaf in leaves(value) if isinstance(leaf, Secret)]
    if not secrets:
        return _KEYED + _hidden(salt, where, value)
    named = map_leaves(value, _named)
    names_only = isinstance(value, Secret)
    second = _reference(named) if names_only else _hidden(salt, where, named, _SHORT)
    unset = any(secret.value is None for secret in secrets)
    first = "" if unset else _hidden(salt, where, value)
    return f"{_KEYED}{first}:{second}"


def _reference(named: Json) -> str:
    return content(named).removeprefix("sha256:")[:_SHORT]


def _hidden(salt: str, where: str, value: Json, length: int = _LENGTH) -> str:
    spelled, memory, slot = _bytes(value), _memory.get(), f"{salt} {length} {where}"
    known = memory.recall(slot, spelled) if memory else None
    if known is not None:
        return known
    mac = hmac.new(_stretched(salt, spelled), where.encode(), hashlib.sha256)
    found = mac.hexdigest()[:length]
    if memory:
        memory.keep(slot, spelled, found)
    return found


def moved(last: str | None, desired: str) -> Moved:
    """Compare two digests of a field's value; None is one that was never applied.

    The answer is the same with and without secrets, except that ``SECRET`` becomes ``UNTOLD``.
    """
    if last is None or not (is_keyed(last) and is_keyed(desired)):
        return Moved.NO if last == desired else Moved.YES
    if last == UNKNOWN_SECRET:
        return Moved.YES
    value, reference = _parts(desired)
    known, referred = _parts(last)
    if reference and referred and reference != referred:
        return Moved.YES
    if not value or not known:
        return Moved.UNTOLD
    if value == known:
        return Moved.NO
    return Moved.SECRET if reference else Moved.YES


def is_whole(found: str) -> bool:
    """Whether a digest covers the value completely: no secret in it was unset."""
    return not is_keyed(found) or bool(_parts(found)[0])


def has_reference(found: str | None) -> bool:
    """Whether a digest has the part for the file's text; older state files have none."""
    return bool(found and is_keyed(found) and _parts(found)[1])


def _parts(found: str) -> tuple[str, str]:
    """Both parts of a keyed digest; the second is empty for a value without secrets."""
    first, _, second = found.removeprefix(_KEYED).partition(":")
    return first, second


@lru_cache(maxsize=4096)
def short(found: str) -> str:
    """Shorten a content digest to 8 characters (48 bits), ``-`` for null. Keyed ones stay whole.

    For the many leaves that no file names: enough to detect a change, and one line per agent.
    """
    if found == _NULL:
        return "-"
    whole = _CONTENT.match(found)
    return base64.urlsafe_b64encode(bytes.fromhex(whole[1])).decode() if whole else found


def agree(a: str, b: str) -> bool:
    """Whether two digests, each perhaps a short one, are of the same value."""
    return a == b or short(a) == short(b)


def is_keyed(found: str | None) -> bool:
    """Whether a digest is keyed: of a secret, or of an unreadable value."""
    return bool(found and found.startswith(_KEYED))


@lru_cache(maxsize=4096)
def _stretched(salt: str, value: bytes) -> bytes:
    return hashlib.scrypt(value, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)


def _bytes(value: Json) -> bytes:
    """One encoding for each value: sorted keys, whole numbers without a fraction."""
    return _ENCODER.encode(map_leaves(value, _plain)).encode()


def _plain(leaf: Json) -> Json:
    if isinstance(leaf, str):
        return leaf
    if isinstance(leaf, Secret):
        return leaf.value
    if isinstance(leaf, Ref):
        return {"$ref": f"{leaf.kind}/{leaf.key}"}
    return int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf


def _named(leaf: Json) -> Json:
    return {"$secret": leaf.name} if isinstance(leaf, Secret) else leaf


_NULL = content(None)
