"""Scalars on one line: plain, 'single' or "double", in the style that the author chose. Pure."""

import json
import re

from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.yamledit import places

_ESCAPED = pattern(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff]"
)
"""Characters to escape: invisible, changing the reading direction, or not allowed in YAML."""

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e"}

_OTHER = pattern(
    r"[-+.\d][-+.:_\da-fox]*|\d{4}-\d\d?-\d\d?[t \t].*|(?:y|n|yes|no|on|off|true|false|null|~|=|<<)"
    r"|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
"""Texts that some YAML parser reads as a number, a date, a flag or null."""


_WHOLE = 1e16


def one_line(value: Json, style: str = "", spelled: str = "", *, flow: bool = False) -> str:
    """A scalar in this style if possible; a flag in the letter case of ``spelled``."""
    if isinstance(value, str):
        return _text(value, style, flow=flow)
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        value = int(value)  # `1.0` is not the shortest spelling of its number
    word = json.dumps(value)
    if isinstance(value, bool) and spelled.lower() in ("true", "false"):
        return word.upper() if spelled.isupper() else word.title() if spelled.istitle() else word
    return word


def _text(text: str, style: str, *, flow: bool) -> str:
    if style == "'" and not _ESCAPED.search(text):
        return "'" + text.replace("'", "''") + "'"
    if style == "" and plain(text, flow=flow):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _ESCAPED.sub(_escape, escaped) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def plain(text: str, *, flow: bool) -> bool:
    """Whether a text without quotes is read as itself, here and by other YAML parsers.

    In braces libyaml rejects a `:` inside a text.
    """
    if flow and ":" in text:
        return False
    if not text or text != text.strip() or _ESCAPED.search(text) or _OTHER.fullmatch(text):
        return False
    try:
        inside = not flow or places.data(f"[{text}, {{k: {text}}}]") == [text, {"k": text}]
        return inside and bool(places.data(f"k: {text}\n") == {"k": text})
    except places.NotYamlError:
        return False


def key(text: str, style: str, *, flow: bool) -> str:
    """A key in this style if possible."""
    written = _text(text, style, flow=flow)
    try:
        fits = places.data(f"{{{written}: 0}}" if flow else f"{written}: 0\n") == {text: 0}
    except places.NotYamlError:
        fits = False
    return written if fits else _text(text, '"', flow=flow)
