"""A sheet as GitHub shows it: what is inert, what fits, and what remains if not all fits."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from reconciler.forge.report import marker, report
from reconciler.render import plans
from reconciler.render.markdown import MOST, markdown
from reconciler.render.markdown.escaping import code
from reconciler.render.view import Block, Group, Listed, Passage, Prose, Row, Shared, Sheet, Span
from tests import samples


def long_row(group, words=2000):
    spans = (Span("word " * words),)
    text = Prose(passages=(Passage(kind="added", after=spans, new_line=1),), size="1 added")
    return Row(sign="~", path="preamble", group=group, cause="edit", prose=text)


def agent(key, group="behaviour", sign="~", words=2000, **more):
    rows = (Group(group, (long_row(group, words),)),)
    return Block(sign=sign, key=key, name=key, id=key, state="update", groups=rows, **more)


def sheet(*blocks, **more):
    frame = {"kind": "plan", "title": "Plan for x", "environment": "x", "url": ""}
    return Sheet(**frame, summary="Plan for x: much.", changes=True, blocks=blocks, **more)


def shown(text):
    """Which agents are there in full, which in brief."""
    parts = re.split(r"^### `.` `", text, flags=re.MULTILINE)[1:]
    return {part.partition("`")[0]: "full" if "```diff" in part else "brief" for part in parts}


def test_a_sheet_that_fits_is_complete_and_has_no_note():
    text = markdown(sheet(agent("a"), agent("b")))
    assert shown(text) == {"a": "full", "b": "full"}
    assert "Too long" not in text


def test_spoken_changes_are_kept_before_silent_ones():
    blocks = [agent(f"quiet-{i}", "silent") for i in range(6)] + [agent("loud", "spoken")]
    found = shown(markdown(sheet(*blocks)))
    assert found["loud"] == "full"
    assert list(found.values()).count("brief") == 2


@pytest.mark.parametrize("more", [{"sign": "!", "reason": "no"}, {"breaking": ("{{a}} is gone",)}])
def test_failures_and_breaking_changes_are_kept_longest(more):
    blocks = [agent(f"loud-{i}", "spoken") for i in range(6)]
    found = shown(markdown(sheet(*blocks, agent("trouble", "silent", **more))))
    assert (found["trouble"], list(found.values()).count("brief")) == ("full", 2)


@pytest.mark.slow
@pytest.mark.parametrize("count", [20, 300, 3000])
def test_it_never_holds_more_than_a_comment_and_says_what_is_cut(count):
    text = markdown(sheet(*(agent(f"agent-{i:04}") for i in range(count))))
    found = list(shown(text).values())
    assert len(text) <= MOST
    assert text.startswith("<!-- reconciler:plan:x -->\n\n## Plan for x\n\n**much.**\n\n_Too long")
    said = re.search(r"(\d+) shown in brief(?:, (\d+) left out)?\.", text)
    brief, lost = int(said[1]) if said else 0, int(said[2] or 0) if said else 0
    assert (brief, lost) == (found.count("brief"), count - len(found))


def test_a_change_of_thousands_of_agents_is_not_dropped_for_their_names():
    row = long_row("behaviour", 50)
    keys = tuple(f"a-rather-long-key-{i:04}" for i in range(3000))
    text = markdown(sheet(shared=(Shared(number=1, row=row, agents=keys),)))
    assert ("and 2950 more" in text, "```diff" in text, len(text) < MOST) == (True, True, True)


def test_what_is_left_to_the_dashboard_is_not_counted():
    ignored = Row(sign="·", path="lang", group="spoken")
    block = replace(
        agent("a", "silent"), groups=(Group("spoken", (ignored,)), *agent("a", "silent").groups)
    )
    assert " (1 silent)</summary>" in markdown(sheet(block))


ACTS = [
    "_www.evil.example",
    ":boom: https://x.y",
    "@a #1 GH-1",
    "- x",
    "---",
    "# x",
    "* x",
    "> x",
    "1. x",
]


@pytest.mark.parametrize("text", ACTS)
def test_a_remark_of_others_is_only_words(text):
    block = Block(
        sign="!", key="a", name="a", id="", state="blocked", reason=text, hint=text, notes=(text,)
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(sheet(block)))
    kinds = [t.type for t in tokens if t.type.endswith("_open")]
    assert set(kinds) <= {"heading_open", "paragraph_open", "bullet_list_open", "list_item_open"}
    assert kinds.count("list_item_open") == 1
    words = "".join(c.content for t in tokens for c in t.children or () if c.type == "text")
    assert not re.search(r"www\.|:boom:|://|@\w|#\d|GH-\d", words)


def test_agents_keep_their_order_whatever_is_cut():
    blocks = [agent(f"a{i}", ("silent", "spoken")[i % 2]) for i in range(12)]
    assert list(shown(markdown(sheet(*blocks)))) == [block.key for block in blocks]


def test_no_fence_and_no_fold_is_left_open():
    lists = (("Unmanaged, in no file", tuple(Listed(who="x" * 90) for _ in range(500))),)
    text = markdown(sheet(*(agent(f"a{i}") for i in range(40)), lists=lists))
    assert text.count("<details") == text.count("</details>")
    assert text.count("  ```diff\n") == len(re.findall(r"^  ```$", text, re.MULTILINE))


def test_the_plan_of_everything_is_well_formed():
    text = markdown(plans.sheet(samples.planned(samples.PLAN, samples.FINDINGS)))
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h2", *["h3"] * 6]
    fences = [token.info for token in tokens if token.type == "fence"]
    assert set(fences) == {"diff"}


def test_signs_are_in_the_first_column_where_github_colours_them():
    text = markdown(plans.sheet(samples.planned(samples.PLAN)))
    (body,) = re.findall(
        r"paragraphs|`preamble` \(also.*?\n\n  ```diff\n(.*?)\n  ```", text, re.DOTALL
    )
    assert {line[2:4] for line in body.split("\n")} == {"- ", "+ ", "! ", "@@", "  "}


def test_a_strange_environment_is_in_no_comment():
    odd = replace(sheet(), environment="a --> <b>")
    assert markdown(odd).startswith("## Plan for x\n")


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("", "<!-- reconciler:plan:x -->"),
        ("clinic/voice/", "<!-- reconciler:plan:x:clinic/voice -->"),
        ("a --> <b>/", "<!-- reconciler:plan:x:a%20--%3E%20%3Cb%3E -->"),
        ("صوت/", "<!-- reconciler:plan:x:%D8%B5%D9%88%D8%AA -->"),
    ],
)
def test_the_folder_of_a_project_is_in_its_marker(folder, line):
    """The printer and the reader of markers agree, and no folder ends the comment."""
    text = markdown(sheet(), folder=folder)
    assert text.splitlines()[0] == line == marker("plan", "x", folder)
    assert report("plan.md", text).marker == line


CODES = [
    ("", ""),
    ("a", "`a`"),
    ("a`b", "``a`b``"),
    ("`a", "`` `a ``"),
    ("أ {{x}}", "`\u2067أ \u2066{{x}}\u2069\u2069`"),
]


@pytest.mark.parametrize(("text", "expected"), CODES)
def test_code_holds_any_text(text, expected):
    assert code(text) == expected
