"""A report of a fleet of which somebody edited what is shown: refused, or shown by each printer."""

import io
import json
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace

import pytest

from reconciler.engine.fleet import listing
from reconciler.errors import ReconcilerError
from reconciler.render import fleet, terminal
from reconciler.render.data import fleets
from reconciler.render.junit import junit
from reconciler.render.markdown import markdown
from reconciler.render.page import page
from tests.browser import flows, sheets
from tests.test_terminal import harmless

pytestmark = pytest.mark.slow

MARKUP = '"><img src=x onerror=alert(1)>\x1b[2J\n'
NUMBERS = (99, -1, 10**30, MARKUP, None)


def report(sheet):
    """The document of a drift of one project with this sheet."""
    made = fleet.PageResult(project="p", environment="e", status="done", exit_code=2, sheet=sheet)
    found = fleet.FleetResult(command="drift", pages=(made,), listing=listing(["p:e"]))
    return json.loads(json.dumps(fleets.document(found, "", 2)))


def leaves(value, path=()):
    """The first value at each place of a document, whatever its number in a list."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, (*path, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, (*path, number))
    else:
        yield path, value


def edited(content, path, value):
    content = deepcopy(content)
    inner = content["pages"][0]["sheet"]
    for one in path[:-1]:
        inner = inner[one]
    inner[path[-1]] = value
    return content


def told(sheet):
    out = io.StringIO()
    terminal.show_sheet(terminal.console(out, "never"), sheet)
    return out.getvalue()


@pytest.mark.parametrize("sheet", [sheets.RICH_IN_ENGLISH, flows.sheet("ar")], ids=["rich", "flow"])
def test_what_is_read_of_an_edited_report_is_shown(sheet):
    content = report(replace(sheet, digest=""))
    places = {}
    for path, value in leaves(content["pages"][0]["sheet"]):
        names = tuple(one for one in path if isinstance(one, str))
        places.setdefault(names, (path, value))
    assert len(places) > 20
    for path, value in places.values():
        for other in (MARKUP, None) if isinstance(value, str) else NUMBERS:
            with suppress(ReconcilerError):
                found = fleet.sheet(fleets.read(edited(content, path, other)))
                assert "<img" not in page(found), path
                assert harmless(told(found)), path
                assert markdown(found), path
                assert junit(found), path
