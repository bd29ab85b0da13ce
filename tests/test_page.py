"""The HTML page as text: complete, escaped, self-contained. What a browser makes of it is tested
in ``tests/browser``.
"""

import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from reconciler.engine.impact import GROUPS
from reconciler.errors import Problem
from reconciler.render.page import page
from reconciler.render.page.texts import pieces
from reconciler.render.sanitize import one_line
from reconciler.render.view import Passage, Prose, Row, Shared, Sheet
from tests.browser import sheets

VOID = {"meta", "input", "br"}
BLOCKS = {"p", "div", "li", "td", "th", "h2", "h3", "h4", "dd"}


class Read(HTMLParser):
    """The page's elements, texts and attributes; complains about what does not close."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.attributes, self.open = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.texts += [" "] if tag in BLOCKS else []

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def values(self, name):
        return [value for _, found, value in self.attributes if found == name]


def texts(found, skipped=()):
    """Every text that a sheet holds."""
    if isinstance(found, str):
        yield found
    elif is_dataclass(found):
        for one in fields(found):
            if one.name not in skipped:
                yield from texts(getattr(found, one.name), skipped)
    elif isinstance(found, tuple):
        for one in found:
            yield from texts(one, skipped)


def plain(text):
    return " ".join(one_line(text).replace("`", "").split())


@pytest.mark.parametrize("sheet", [sheets.RICH, sheets.hostile(50)], ids=["rich", "hostile"])
def test_every_text_of_a_sheet_is_in_the_page(sheet):
    sheet = replace(sheet, language="en", url="sandbox")
    said = Read(page(sheet)).text.replace("`", "")
    hidden = ("kind", "language", "sign", "inside", "status")
    missing = [text for text in texts(sheet, hidden) if plain(text) not in said]
    assert missing == []


def test_nothing_but_our_own_markup_is_in_the_page():
    found = Read(page(sheets.hostile(50)))
    assert {"script", "img", "svg", "iframe", "link", "base", "object"} & {*found.tags} == set()
    names = {name for _, name, _ in found.attributes}
    assert {name for name in names if name.startswith("on")} | (names & {"style", "src"}) == set()
    assert [one for one in found.values("href") if not re.fullmatch(r"#[a-z]+(-\d+)?", one)] == []
    assert len(found.values("id")) == len({*found.values("id")})
    assert found.tags.count("h1") == found.tags.count("style") == 1


def test_characters_that_act_are_named_in_findings_too():
    problem = Problem(file="a\x1b[2J.md", message="a\u202eb", found="c\r\n", rule="d\u200f")
    html = page(replace(sheets.EMPTY, findings=(problem,)))
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200f\u202e]", html) == []
    said = Read(html).text
    for text in ("a␛[2J.md", "a⟨RLO⟩b", "c␍␊", "d⟨RLM⟩"):
        assert text in said


def test_the_policy_allows_the_one_style_and_nothing_else():
    html = page(sheets.RICH)
    style = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style[0].encode()).digest()).decode()
    assert [one for one in Read(html).values("content") if "-src" in one] == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert "url(" not in style[0]
    assert "@import" not in style[0]


def test_the_style_holds_no_foreign_text():
    style = page(sheets.hostile(50)).partition("<style>")[2].partition("</style>")[0]
    own = page(sheets.EMPTY).partition("<style>")[2].partition("</style>")[0]
    added = [line for line in style.splitlines() if line not in own.splitlines()]
    shape = re.compile(
        r'\.filters:has\(#agent \[value="\d+"\]:checked\) ~ main \.of\.a\d+ { display: block }'
    )
    assert added
    assert [line for line in added if not shape.fullmatch(line)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("count", "rules"), [(1, 1), (100, 100), (1000, 1000)])
def test_there_is_one_rule_for_an_agent(count, rules):
    assert page(sheets.fleet(count)).count("] ~ main .of.a") == 0
    assert len(re.findall(r"^\.filters.*\.of\.a\d", page(sheets.fleet(count)), re.MULTILINE)) == (
        rules
    )


@pytest.mark.slow
def test_twice_the_agents_make_a_page_twice_as_long():
    one, two = (len(page(sheets.fleet(count))) for count in (200, 400))
    assert two < 2 * one


def test_the_same_sheet_makes_the_same_page():
    assert page(sheets.RICH) == page(sheets.RICH)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("plan", "No changes What the files say is live already."),
        ("drift", "No changes No live agent has drifted."),
        ("apply", "No changes There was nothing to apply."),
    ],
)
def test_without_changes_the_page_says_so(kind, expected):
    assert expected in Read(page(replace(sheets.EMPTY, kind=kind))).text


def test_blocked_agents_are_something_to_see():
    html = page(replace(sheets.EMPTY, blocks=(sheets.CARDS,)))
    assert "No changes" not in Read(html).text.replace(sheets.EMPTY.summary, "")


SIGNS = [
    pytest.param(Passage(kind="same", count=1), "⋯ 1 unchanged paragraph", id="one unchanged"),
    pytest.param(
        Passage(kind="same", count=1200, inside=("A", "B", "C", "D")),
        "⋯ 1,200 unchanged paragraphs under «A», «B», «C» and 1 more",
        id="many under headings",
    ),
    pytest.param(
        Passage(kind="added", heading="Rules", after=sheets.words("Be brief."), new_line=7),
        "«Rules» line 7 + added: Be brief.",
        id="added",
    ),
    pytest.param(
        Passage(kind="removed", before=sheets.words("Be brief."), old_line=7),
        "line 7 − removed: Be brief.",
        id="removed",
    ),
    pytest.param(
        Passage(
            kind="changed",
            before=sheets.words("Be ⟦brief⟧."),
            after=sheets.words("Be ⟦kind⟧."),
            old_line=7,
            new_line=8,
        ),
        "line 7 − removed: Be brief. line 8 + added: Be kind.",
        id="changed",
    ),
    pytest.param(
        Passage(
            kind="moved",
            count=3,
            after=sheets.words("Be brief."),
            old_line=9,
            new_line=2,
            moved_from="Tone",
        ),
        "moved from line 9, under «Tone», with 2 paragraphs after it line 2 ↕ moved: Be brief.",
        id="moved",
    ),
    pytest.param(
        Passage(kind="added", after=sheets.words("x"), cosmetic=True, odd=("⟨RLM⟩", "⟨ZWNJ⟩")),
        "+ added: x cosmetic same words, other characters Characters: ⟨RLM⟩, ⟨ZWNJ⟩",
        id="characters that nobody sees",
    ),
]


def said(**filled):
    """What the page says of a row below its head."""
    row = Row(sign="~", path="greeting", group="spoken", **filled)
    shared = Shared(number=1, row=row, agents=("a", "b"))
    text = Read(page(replace(sheets.EMPTY, changes=True, shared=(shared,)))).text
    return text.partition("greeting ")[2].partition("Where")[0].strip()


@pytest.mark.parametrize(("passage", "expected"), SIGNS)
def test_a_passage_reads_as_a_line(passage, expected):
    assert said(prose=Prose(passages=(passage,), size="")) == expected


VALUES = [
    pytest.param("800", "600", "before: 800 → now: 600", id="a short one beside the other"),
    pytest.param(None, "600", "+ now: 600", id="set"),
    pytest.param("800", None, "− before: 800", id="taken away"),
    pytest.param("a" * 40, "b" * 40, f"− before: {'a' * 40} + now: {'b' * 40}", id="long ones"),
    pytest.param("", "", "before: → now:", id="empty ones"),
]


@pytest.mark.parametrize(("before", "after", "expected"), VALUES)
def test_a_value_reads_as_a_line(before, after, expected):
    assert said(before=before, after=after) == expected


PIECES = [
    pytest.param("", [], id="nothing"),
    pytest.param("a", [("", "a")], id="plain"),
    pytest.param("{{a}}{{ب}}", [("placeholder", "{{a}}"), ("placeholder", "{{ب}}")], id="side by"),
    pytest.param("{{{a}}}", [("", "{"), ("placeholder", "{{a}}"), ("", "}")], id="braces around"),
    pytest.param("x⟨RLM⟩␛", [("", "x"), ("named", "⟨RLM⟩"), ("named", "␛")], id="names"),
    pytest.param("`a`", [("", "`a`")], id="backticks of others"),
]


@pytest.mark.parametrize(("text", "expected"), PIECES)
def test_texts_are_taken_apart(text, expected):
    assert list(pieces(text)) == expected


def test_our_own_sentences_have_code():
    assert list(pieces("use `--env`", said=True)) == [("", "use "), ("code", "--env")]


def test_a_megabyte_of_braces_is_taken_apart_at_once():
    text = "{{⟨" * 350_000
    assert list(pieces(text, said=True)) == [("", text)]


def test_a_sheet_of_every_kind_is_a_page():
    for kind in ("plan", "drift", "apply"):
        assert Read(page(replace(sheets.RICH, kind=kind))).tags[0] == "html"


def test_groups_are_explained_where_they_are_chosen():
    said = Read(page(replace(sheets.RICH, language="en"))).text
    for name in GROUPS:
        assert f"{name} {sheets.RICH.impacts[name]} " in said


@pytest.mark.process
def test_jinja_waits_until_a_page_is_made():
    code = "import sys, reconciler.render.page; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_empty_sheet_is_a_page():
    sheet = Sheet(kind="apply", title="", environment="", url="", summary="", changes=False)
    assert "No changes" in Read(page(sheet)).text
