"""Arabic and English on one line without affecting each other. Pure.

A text with right-to-left letters is wrapped in Unicode isolates, so that signs, line numbers and
the texts around it stay in place; inside it every ``{{placeholder}}`` is isolated too, so that its
braces and Latin letters stay together. Printers of pages use HTML's own means.
"""

from reconciler.late import pattern

RTL = pattern("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
PLACEHOLDER = pattern(r"\{\{[^{}]*\}\}")
_QUOTED = pattern("([“«])([^“”«»]*)([”»])")
_ENCLOSED = pattern("([“«`])([^“”«»`]*)([”»`])")
_STRONG = pattern(f"({RTL.pattern})|[A-Za-z\u00c0-\u024f\u0370-\u052f]")
_LTR, _RTL = "\u2066", "\u2067"
END = "\u2069"
ALL = _LTR + _RTL + END
_ISOLATES = pattern(f"[{ALL}]")


def isolated(text: str) -> str:
    r"""Wrap a text in isolates of its own direction; unchanged if it is only left-to-right.

    >>> ascii(isolated("أهلا {{caller}}"))
    "'\\u2067\\u0623\\u0647\\u0644\\u0627 \\u2066{{caller}}\\u2069\\u2069'"
    """
    if text.isascii() or not RTL.search(text):
        return text
    inside = PLACEHOLDER.sub(lambda found: f"{_LTR}{found.group()}{END}", text)
    return f"{_opening(text)}{inside}{END}"


def _opening(text: str) -> str:
    """The isolate for a text's direction, decided by its first letter."""
    found = _STRONG.search(PLACEHOLDER.sub("", text) if "{{" in text else text)
    return _RTL if found and found[1] else _LTR


def left_open(text: str) -> str:
    """The isolates that a text opens and does not close, in order."""
    held: list[str] = []
    for character in _ISOLATES.findall(text):
        if character != END:
            held.append(character)
        elif held:
            held.pop()
    return "".join(held)


def sentence(text: str, language: str) -> str:
    """A sentence of ours, with isolates around what it quotes."""
    inside = _QUOTED.sub(lambda found: found[1] + isolated(found[2]) + found[3], text)
    return directed(inside, language)


def apart(text: str) -> str:
    """A text with isolates around each quotation and name in it, if it has right-to-left letters.

    What is quoted then keeps its own direction, and its place in the text.
    """
    if not RTL.search(text):
        return text
    return _ENCLOSED.sub(lambda found: f"{found[1]}{_own(found[2])}{found[3]}", text)


def _own(text: str) -> str:
    inside = isolated(text)
    return inside if inside != text or not text else f"{_LTR}{text}{END}"


def directed(text: str, language: str) -> str:
    """Wrap a text in isolates of its language; unchanged if it is only left-to-right."""
    if not RTL.search(text):
        return text
    return f"{_RTL if language == 'ar' else _LTR}{text}{END}"
