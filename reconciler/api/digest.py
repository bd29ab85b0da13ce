"""Digests of values: fast ones for content, keyed and slow ones for what must not be guessed.

Pure: same value, same digest, on every machine.
"""

import hashlib
import hmac
import json
from functools import lru_cache

from reconciler.model import Json, LastAgent, Secret, with_leaves

_LENGTH = 32
_KEYED = "scrypt:"


def content(value: Json) -> str:
    """A digest of a readable value: ``sha256:`` and 32 hex digits. 1 and 1.0 are the same."""
    return "sha256:" + hashlib.sha256(_bytes(value)).hexdigest()[:_LENGTH]


def keyed(salt: str, where: str, value: Json) -> str:
    """A digest of a value that nobody may guess: ``scrypt:`` and 32 hex digits.

    Slow by design (some 50 ms for each new value). ``where`` keeps equal secrets of two fields
    from showing as equal.
    """
    key = _stretched(salt, _bytes(value))
    return _KEYED + hmac.new(key, where.encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def is_keyed(found: str | None) -> bool:
    """Whether a digest is a keyed one: of a secret, or of what cannot be read."""
    return bool(found and found.startswith(_KEYED))


@lru_cache(maxsize=4096)
def _stretched(salt: str, value: bytes) -> bytes:
    return hashlib.scrypt(value, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)


def _bytes(value: Json) -> bytes:
    """One spelling for each value: sorted keys, whole numbers without a fraction."""
    plain = with_leaves(value, _plain)
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return text.encode()


def _plain(leaf: Json) -> Json:
    if isinstance(leaf, Secret):
        return leaf.value
    return int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf


def mark(known: LastAgent | None) -> str:
    """A mark of what the ledger knows of an agent; empty where it knows nothing."""
    return content([known.id, dict(known.digests)]) if known else ""
