"""A number and what is counted, with the form that the number asks for. Pure."""

from reconciler.render.sentences.writing import Plural


def always(form: str) -> Plural:
    """One form for every number."""
    return lambda n: form.format(n=n)


def english(one: str, many: str) -> Plural:
    """Two forms: 1, and all others."""
    return lambda n: (one if n == 1 else many).format(n=n)


def arabic(one: str, two: str, few: str, many: str, other: str = "") -> Plural:
    """Five forms: 1, 2, 3 to 10, 11 to 99, and all others, which without one are as 11 to 99.

    From 100 on the last two digits tell. Fractions are others.

    >>> seconds = arabic("ثانية", "ثانيتين", "{n} ثوانٍ", "{n} ثانية")
    >>> [seconds(n) for n in (2, 5, 15, 105)]
    ['ثانيتين', '5 ثوانٍ', '15 ثانية', '105 ثوانٍ']
    """

    def counted(n: float) -> str:
        last = n % 100
        if n in (1, 2):
            form = one if n == 1 else two
        elif last in range(3, 11):
            form = few
        else:
            form = many if last in range(11, 100) else other or many
        return form.format(n=n)

    return counted
