"""Values as YAML text, as a person would write it. Pure; the caller verifies it by reading.

Every scalar is on one line: plain if no YAML version reads that as another value, double-quoted if
not. Invisible characters are escaped, so that nobody overlooks them.
"""

import re
from collections.abc import Iterator, Mapping

from reconciler.jsonvalues import EXACT, Json
from reconciler.late import pattern

WIDTH = 100
_BRACES_FROM = 4
"""Fields, and groups of fields, are always in block style: everything indented less than this."""

_UNSEEN = pattern(
    # Controls, surrogates, and characters that break a line, are a space other than the usual one,
    # change the writing direction, join or tag without a glyph, or are no character.
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200b"
    "\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffc"
    "\ufffe\uffff\U000e0000-\U000e0fff]"
    # Joiners are needed in Persian words and in emoji, but never after a Latin letter.
    "|(?:^|(?<=[\x00-\x7f]))[\u200c\u200d]"
)
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}

_PLAIN = pattern(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~.+].*(?<![\s:])")
_ENDING = pattern(r":\s|\s#")
"""What ends a plain text, and within braces:"""
_ENDING_IN_FLOW = pattern(r"[,\[\]{}\"'#:?]")
_OTHERWISE = pattern(
    # A number of any base, a time, a date; the keywords of YAML 1.1 and 1.2.
    r"[0-9][0-9_.,:-]*(e[-+]?[0-9]+)?|0[xob][0-9a-f_]+|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[t\s].*"
    r"|y|n|yes|no|on|off|true|false|null",
    re.IGNORECASE,
)


def block(tree: Mapping[str, Json]) -> str:
    r"""A mapping in block style, with a final newline.

    >>> block({"spec": {"lang": "ar", "params": {"floor": "2"}, "pokeMessages": ["ألو؟"]}})
    'spec:\n  lang: ar\n  params:\n    floor: "2"\n  pokeMessages:\n    - ألو؟\n'
    """
    return "".join(f"{line}\n" for line in _mapping(tree, 0))


def flow(value: Json) -> str:
    """A value on one line."""
    match value:
        case Mapping() if value:
            pairs = (f"{_text(name, flow=True)}: {flow(item)}" for name, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case Mapping():
            return "{}"
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case _:
            return _scalar(value, flow=True)


def escaped(text: str) -> str:
    r"""A text with invisible characters escaped, ``a\u202eb``, on one line."""
    return _UNSEEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    long = rf"\U{code:08X}" if code > 0xFFFF else rf"\u{code:04X}"
    return _SHORT.get(found.group()) or (rf"\x{code:02X}" if code < 0x100 else long)


def _mapping(tree: Mapping[str, Json], indent: int) -> Iterator[str]:
    for name, value in tree.items():
        head = f"{' ' * indent}{_text(name, flow=True)}:"
        line = _beside(head, value, indent)
        yield line or head
        if not line:
            yield from _below(value, indent + 2)


def _below(value: Json, indent: int) -> Iterator[str]:
    return _items(value, indent) if isinstance(value, list) else _mapping(value, indent)


def _items(items: list[Json], indent: int) -> Iterator[str]:
    """A list in block style; an item of several lines starts on the line of its dash."""
    for item in items:
        dash = f"{' ' * indent}-"
        line = _beside(dash, item, indent)
        first, *rest = [line] if line else _below(item, indent + 2)
        yield line or f"{dash} {first[indent + 2 :]}"
        yield from rest


def _beside(head: str, value: Json, indent: int) -> str:
    """A line with a value after its key or dash; empty if it needs lines of its own."""
    if not _is_filled(value):
        return f"{head} {_scalar(value) if isinstance(value, str) else flow(value)}"
    if _is_reference(value):
        return f"{head} {flow(value)}"
    line = f"{head} {flow(value)}" if indent >= _BRACES_FROM and _is_small(value) else ""
    return line if len(line) <= WIDTH else ""


def _is_filled(value: Json) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _is_reference(value: Json) -> bool:
    """Whether a value is a mapping of one key such as ``$file``: most readable on one line."""
    return isinstance(value, Mapping) and len(value) == 1 and str(next(iter(value))).startswith("$")


def _is_small(value: Json) -> bool:
    """Whether a collection has only scalars, lists of scalars, or is a list of such mappings."""
    if isinstance(value, Mapping):
        return all(not _is_filled(item) or _is_row(item) for item in value.values())
    mappings = all(isinstance(item, Mapping) and _is_small(item) for item in value)
    return _is_row(value) or mappings


def _is_row(value: Json) -> bool:
    return isinstance(value, list) and not any(map(_is_filled, value))


def _scalar(value: Json, *, flow: bool = False) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return _number(value)
        case int():
            return str(value)
        case _:
            return _text(value, flow=flow)


def _number(value: float) -> str:
    """A float that is a number for YAML 1.1 too, which requires a point before the exponent.

    >>> _number(0.2), _number(800.0), _number(1e22)
    ('0.2', '800', '1.0e+22')
    """
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    whole, exponent, power = repr(value).partition("e")
    return whole + (".0" if exponent and "." not in whole else "") + exponent + power


def _text(text: str, *, flow: bool) -> str:
    """A text, plain if that is safe.

    >>> [_text(text, flow=False) for text in ("09:00", "no", "a: b", "عيادة النور 🏥")]
    ['"09:00"', '"no"', '"a: b"', 'عيادة النور 🏥']
    """
    ending = _ENDING_IN_FLOW if flow else _ENDING
    plain = _PLAIN.fullmatch(text) and not _OTHERWISE.fullmatch(text)
    if plain and not ending.search(text) and not _UNSEEN.search(text):
        return text
    return '"' + escaped(text.replace("\\", r"\\").replace('"', r"\"")) + '"'
