"""The frame of a report in both languages: every phrase exists, and no English is left over."""

import ast
import io
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

from reconciler.engine.impact import GROUPS
from reconciler.model import Cause, Status, Verb
from reconciler.render import audits, plans, results, rows, terminal
from reconciler.render.labels import ENGLISH, of
from reconciler.render.labels.arabic import MESSAGES, NOUNS, PHRASES
from reconciler.render.markdown import markdown
from reconciler.render.page import page
from reconciler.render.page.choices import MEANINGS
from reconciler.render.page.texts import SIGN_WORDS
from reconciler.render.view import Origin
from tests import samples

ROOT = Path(__file__).parent.parent / "reconciler"
IN_TEMPLATES = re.compile(r'\bsay\(\s*"([^"]+)"')
COUNTED = re.compile(r'\bsay\.count\([^"()]*(?:\([^()]*\)[^"()]*)*"([^"]+)"')


def asked():
    """The phrases that the code asks for by their English."""
    for path in ROOT.glob("render/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "_labelled"):
                found = [one for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                yield from (one.value for one in found if isinstance(one.value, str))
    for path in ROOT.glob("render/page/*.j2"):
        yield from IN_TEMPLATES.findall(path.read_text("utf-8"))


def sources():
    return [path.read_text("utf-8") for path in ROOT.glob("**/*") if path.suffix in (".py", ".j2")]


CAUSES = [*rows._CAUSES.values(), *rows._UNSEEN.values(), *sum(rows._WANTED.values(), ())]
WORDS = [*Cause, *Verb, *Status, *GROUPS, *MEANINGS.values(), *SIGN_WORDS.values(), *CAUSES]
COUNTS = [f"{{n}} {one}" for one in (*Cause, *Status, *GROUPS)]


@pytest.mark.slow
def test_every_phrase_is_in_both_languages():
    assert sorted({*asked(), *WORDS, *COUNTS} - {*PHRASES}) == []


def test_every_noun_is_counted_in_both_languages():
    found = {noun for text in sources() for noun in COUNTED.findall(text)}
    asked_for = {noun for noun in found if "{" not in noun}
    of_things = {"row", "line", "paragraph", "unchanged row", "unchanged line"}
    of_things |= {f"more changed {one}" for one in ("paragraph", "row", "line")}
    of_things |= {"unchanged paragraph", "alert", "finding"}  # by functions that receive them
    assert asked_for | of_things == {*NOUNS}
    assert [
        NOUNS[noun](n) for noun in NOUNS for n in (1, 2, 3, 11, 100) if not NOUNS[noun](n)
    ] == []


def holes(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_phrase_has_the_same_values_in_both_languages():
    fixed = {key: text for key, text in {**PHRASES, **MESSAGES}.items() if isinstance(text, str)}
    odd = {key: text for key, text in fixed.items() if holes(key) - holes(text) - {"n"}}
    assert odd == {}
    assert {key for key, text in fixed.items() if holes(text) - holes(key)} == set()


@pytest.mark.slow
@pytest.mark.parametrize("message", MESSAGES)
def test_a_translated_message_still_exists_in_the_engine(message):
    """A text that is matched in English occurs in the code: else it would never match."""
    longest = max(re.split(r"\{\w+\}", message), key=len).strip("`;: ")
    assert any(longest in text for text in sources())


def test_a_phrase_that_is_not_known_stays_as_it_is():
    assert of("ar").told("agent 7 of 9") == "agent 7 of 9"
    assert of("ar")("{x} y {odd}") == ENGLISH("{x} y {odd}") == "{x} y {odd}"


ORIGIN = Origin(at=samples.NOW, commit="0123456789abcdef+", tool="1.2.3")
DATA = {
    "plan": (plans.sheet(samples.planned(samples.PLAN), "ar"), samples.PLAN),
    "rollback": (plans.sheet(samples.planned(samples.PLAN), "ar", back=True), samples.PLAN),
    "drift": (audits.sheet(samples.AUDIT, language="ar"), samples.AUDIT),
    "apply": (
        results.sheet(samples.PLAN, samples.OUTCOMES, language="ar"),
        (samples.PLAN, samples.OUTCOMES),
    ),
}
KEPT = {"reconciler", "pull", "plan", "drift", "params", "overwrite", "UTC", "NBSP", "RLO"}
KEPT |= {"true", "false", "null"}
"""What is the same in every language: commands, options, names of characters."""
SAID = ("reason", "notes", "message", "hint", "missing", "note", "commit")
"""Sentences of the engine are no values, so their words do not count."""


class Seen(HTMLParser):
    """What a reader of a page sees or hears; not its style, not the names of its elements."""

    def __init__(self, text):
        super().__init__()
        self.seen, self.hidden = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.hidden = tag in ("style", "option")
        self.seen += [value for name, value in attributes if name == "aria-label"]

    def handle_endtag(self, _tag):
        self.hidden = False

    def handle_data(self, data):
        self.seen += [] if self.hidden else [data]


def text(sheet):
    out = io.StringIO()
    terminal.show_sheet(terminal.console(out, "never"), sheet)
    return out.getvalue()


def comment(sheet):
    ours = r"<!--.*?-->|</?\w+[^>]*>|^ *`{3,}diff|@@|\[![A-Z]+\]"
    return re.sub(ours, " ", markdown(sheet), flags=re.MULTILINE)


FORMS = {"text": text, "markdown": comment, "html": lambda sheet: " ".join(Seen(page(sheet)).seen)}


def values(found):
    """Every text of the data: names, keys, fields and values, but no sentence of ours."""
    if isinstance(found, str):
        yield found
    elif is_dataclass(found):
        for one in fields(found):
            if one.name not in SAID:
                yield from values(getattr(found, one.name))
    elif isinstance(found, Mapping):
        yield from values([*found, *found.values()])
    elif isinstance(found, list | tuple | frozenset):
        for one in found:
            yield from values(one)


def latin(text):
    return {*re.findall(r"[A-Za-z]{2,}", text)}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DATA)
def test_no_english_is_left_in_an_arabic_frame(name, form):
    sheet, data = DATA[name]
    sheet = replace(sheet, origin=ORIGIN)
    known = {word for one in values(data) for word in latin(one)} | KEPT
    known |= {"Flow", "Ramadan", "sha", *latin(sheet.digest), *latin(ORIGIN.commit)}
    known |= {"POST", "bad", "name", "no", "answer"}  # text of an API
    assert latin(FORMS[form](sheet)) - known == set()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DATA)
def test_no_arabic_is_put_into_an_english_frame(name, form):
    sheet = replace(DATA[name][0], language="en", blocks=(), shared=(), lists=(), alerts=())
    sheet = replace(sheet, title="T", summary="S", sides=None, origin=ORIGIN)
    assert re.findall("[\u0600-\u06ff]", FORMS[form](sheet)) == []
