"""A sheet as an HTML page: one file, no script, no request.

Jinja and ``texts`` escape every text. The page's own content policy allows only its one style,
identified by its hash: forms filter and lay out with CSS alone. Reads only the package's own
templates.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files

from reconciler.engine.impact import GROUPS
from reconciler.kinds.flow.canvas import HEIGHT, WIDTH
from reconciler.render import labels
from reconciler.render.bidi import apart
from reconciler.render.flow_changes import exit_word, node_word
from reconciler.render.page.choices import MEANINGS, Choices
from reconciler.render.page.fields import field
from reconciler.render.page.passages import also
from reconciler.render.page.picture import SIGNS, anchors, beginnings, drawable, picture
from reconciler.render.page.texts import SIGN_NAMES, SIGN_WORDS, items, noted, quoted, text
from reconciler.render.view import Sheet
from reconciler.text import templates

_TEMPLATES = tuple(
    f"{name}.html.j2"
    for name in ("page", "beside", "filters", "agents", "flow", "findings", "legend")
)


def page(sheet: Sheet) -> str:
    """The whole page, to be written as UTF-8."""
    say = labels.of(sheet.language)
    choices = Choices.of(sheet)
    drawn = drawable(sheet.blocks)
    css = _read("page.css") + choices.css() + beginnings(drawn)
    return _template()(
        sheet=sheet,
        say=say,
        origin=list(labels.origin(sheet, say)),
        choices=choices,
        drawn=drawn,
        findings=[noted(problem) for problem in sheet.findings],
        css=css,
        css_hash=b64encode(sha256(css.encode()).digest()).decode(),
    )


@cache
def _template() -> Callable[..., str]:
    return templates.page(
        {name: _read(name) for name in _TEMPLATES},
        "page.html.j2",
        filters={},
        known={
            "BOX": (WIDTH, HEIGHT),
            "GROUPS": GROUPS,
            "MEANINGS": MEANINGS,
            "SIGNS": SIGNS,
            "SIGN_NAMES": SIGN_NAMES,
            "SIGN_WORDS": SIGN_WORDS,
            "also": also,
            "anchors": anchors,
            "apart": apart,
            "everywhere": labels.everywhere,
            "exit_word": exit_word,
            "field": field,
            "items": items,
            "node_word": node_word,
            "picture": picture,
            "quoted": quoted,
            "rest": labels.rest,
            "spread": labels.spread,
            "text": text,
        },
    )


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
