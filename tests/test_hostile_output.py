"""Hostile text in prompts, names and errors: it never acts, in any output."""

import html.parser
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.engine.drift import Audit, Audited
from reconciler.engine.policies.declared import RequiredText
from reconciler.engine.policies.required_text import Unkept, quoted
from reconciler.errors import Problem
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.lint import RULES
from reconciler.model import Cause, Contract, Outcome, Status, Violation
from reconciler.render import audits, data, plans, results, terminal
from reconciler.render.annotations import annotations
from reconciler.render.junit import junit
from reconciler.render.markdown import MOST, markdown
from reconciler.render.page import page
from reconciler.render.sarif import sarif
from tests import build
from tests.build import change
from tests.samples import planned
from tests.test_terminal import harmless

pytestmark = pytest.mark.slow

CORPUS = {
    "escapes": "\x1b[2J\x1b]0;title\x07\x9b1m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "returns": "good\rbad\r\nworse\x0b\x0c\x85\u2028\u2029",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><marquee>x</marquee></details>",
    "entities": "&lt;script&gt; &#x202e; &amp;",
    "fences": "```\n~~~~~~\n````diff\n+ forged\n```\n</pre>",
    "markdown": "# h\n- item\n> quote\n1. one\n[link](https://evil.example) ![i](https://x.y/i.png)\n***",
    "tables": "| a | b |\n|---|---|\n| 1 | 2 |\n\\| \\",
    "mentions": "@everyone #1 GH-2 org/repo#3 https://evil.example www.evil.example a@b.example",
    "commands": "\n::error::owned\n::set-output name=x::y\n##[e]o\n##vso[task.x]x\n::add-mask::a",
    "bidi": "\u202eevil\u202c \u2066a\u2069 \u2067\u2068 \u200f\u200e\u061c \u202d",
    "nul": "a\x00b",
    "surrogates": "a\ud800b\udfff",
    "nonsense": "\ufffe\uffff\ufdd0\U000e0041\ufeff",
    "combining": "a" + "\u0301" * 500,
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} {0} %s",
    "quotes": "\"'`´ `code` ``` \" onload=alert(1) x='",
    "long": "x" * 20_000,  # many times that is more than a comment takes
    "long words": "word " * 4_000,
    "json": '"}],"actions":[],"x":{"',
    "xml": "]]>&x;<?xml?><!DOCTYPE x>",
}
"""Each is put into every text that others can write."""


def changes(text):
    return (
        change("preamble", f"# {text}\nkept\n{text}", f"{text}\nkept\n# {text}\n{text} and more"),
        change("greetingMessage", text[:30], "x"),
        change("outcome", None, text),
        change("params", {text: text, "b": [text]}, {text: 1, "b": [text, text]}),
        change("lang", text, f"{text}.", cause=Cause.CONFLICT, applied=text, applied_known=True),
        change("voiceId", None, text, readable=False),
    )


def action(kind, key, text, **more):
    return build.action(kind, key, text, *changes(text), **{"id": text, "notes": (text,), **more})


def plan(text):
    contract = Contract(added=(text,), removed=(text,), renamed=((text, text),))
    actions = (
        action("update", "k", text, contract=contract),
        action("update", text, text, notes=()),
        action("create", "n", text),
        action("blocked", "b", text, reason=text),
        action("unmanaged", "", text),
    )
    return build.plan(*actions, url=text, agents=1, known=2, orphans=(text,))


def audit(text):
    agents = (
        Audited(
            kind=AGENT_V1, key="k", name=text, id=text, updated_at=text, drift=changes(text)[:4]
        ),
        Audited(
            kind=AGENT_V1, key="v", name=text, id=text, missing=text, vanished=True, waiting=(text,)
        ),
    )
    clause = RequiredText(text=text, field=text)
    lost = (Unkept(key=text, required=clause), Unkept(key=text, required=clause, known=False))
    return Audit(environment="test", url=text, agents=agents, unmanaged=(), required_text=lost)


def violations(text):
    more = {
        "rule": text,
        "message": f"“{quoted(RequiredText(text=text))}”, {text}",
        "agents": (text,),
    }
    return [Violation(hint=text, pending=waits, **more) for waits in (False, True)]


def outcomes(text):
    done = action("update", "k", text)
    return [
        Outcome(status=status, action=done, id=text, message=text, hint=text) for status in Status
    ]


def findings(text):
    return [
        Problem(file=text, line=3, field=text, message=text, found=text, hint=text, rule=rule)
        for rule in ("bidi-control", "")
    ]


@cache
def sheets(text):
    found = findings(text)
    return (
        plans.sheet(planned(plan(text), found, violations(text))),
        plans.sheet(planned(replace(plan(text), actions=plan(text).actions[2:]), found), "ar"),
        audits.sheet(audit(text), found),
        results.sheet(plan(text), outcomes(text)[:2], found),
    )


def told(sheet, color="never"):
    out = io.StringIO()
    terminal.show_sheet(terminal.console(out, color), sheet)
    return out.getvalue()


@cache
def told_plainly(text):
    return [told(sheet) for sheet in sheets(text)]


def no_commands(printed):
    """No line that a CI runner takes for a command, and nothing that acts in its log."""
    assert not re.search(r"^\s*(::|##\[)", printed, re.MULTILINE)
    assert "##[" not in printed
    assert "##vso[" not in printed
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff\ufeff]", printed)


each_text = pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)


@each_text
def test_nothing_acts_on_a_terminal_or_in_a_log(text):
    for printed in told_plainly(text):
        assert harmless(printed)
        no_commands(printed)
    assert harmless(told(sheets(text)[0], "always"))


OURS = re.compile(
    r"</?details( open)?>|</?summary>|</?sub>|<code>[A-Za-z.]+</code>"
    r"|<!-- reconciler:\w+:test -->|<!-- digest: sha256:\w+ -->"
)


def foreign(tokens):
    """What of a page acts: HTML that is not ours, links, pictures, tables."""
    for token in tokens:
        yield from foreign(token.children or ())
        if token.type in ("html_block", "html_inline"):
            bare = OURS.sub("", token.content)
            yield from (line for line in bare.split("\n") if "<" in line)
        if token.type in ("link_open", "image", "table_open"):
            yield token.type


@each_text
def test_nothing_acts_in_a_comment(text):
    """Parsed as GitHub does, then searched for mentions and addresses in texts."""
    for sheet in sheets(text):
        printed = markdown(sheet)
        assert len(printed) <= MOST
        no_commands(printed)
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(printed)
        assert list(foreign(tokens)) == []
        plain = " ".join(
            child.content
            for token in tokens
            for child in token.children or ()
            if child.type == "text"
        )
        assert not re.search(r"@\w|#\d|://|\bwww\.|\bGH-\d", plain)


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@each_text
def test_nothing_acts_in_a_page(text):
    for sheet in sheets(text):
        found = page(sheet)
        no_commands(found)
        tags = Tags()
        tags.feed(found)
        names = {tag for tag, _ in tags.found}
        assert not names & {"script", "img", "marquee", "iframe", "object", "embed"}
        attributes = {name for _, attrs in tags.found for name in attrs}
        assert [name for name in attributes if name.startswith("on") or name == "style"] == []
        links = [attrs["href"] for tag, attrs in tags.found if tag == "a"]
        assert all(re.fullmatch(r"#[a-z0-9-]+", link) for link in links)


@each_text
def test_nothing_acts_in_a_document_and_nothing_is_lost(text):
    quiet = text[:5000]
    for document in (
        data.plan(planned(plan(quiet), findings(quiet), violations(quiet))),
        data.audit(audit(quiet), findings(quiet)),
        data.results("test", outcomes(quiet), findings(quiet)),
    ):
        printed = data.text(document)
        no_commands(printed)
        assert json.loads(printed) == json.loads(json.dumps(document))


@each_text
def test_nothing_acts_in_a_list_of_findings(text):
    printed = data.text(sarif(findings(text), RULES, "1"))
    no_commands(printed)
    (run,) = json.loads(printed)["runs"]
    for result in run["results"]:
        (place,) = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%!$&'()*+,;=@-]*", uri[:10_000])


@each_text
def test_nothing_acts_in_a_test_report(text):
    for sheet in sheets(text):
        printed = junit(sheet)
        no_commands(printed)
        root = ET.fromstring(printed)  # noqa: S314 - our own output
        assert root.tag in ("testsuites", "testsuite")


@each_text
def test_nothing_acts_in_annotations_but_our_own_commands(text):
    printed = annotations(sheets(text)[0], findings(text), f"{text}/")
    ours = re.compile("::(error|warning) file=[^,:]*,line=3,title=(bidi-control|config)::")
    for line in printed.splitlines():
        found = ours.match(line)
        assert found, line[:200]
        no_commands(line[found.end() :])


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=12)
@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_at_all_acts_anywhere(text):
    for sheet in sheets(text):
        for printed in (told(sheet), markdown(sheet), page(sheet), junit(sheet)):
            no_commands(printed)
    no_commands(data.text(data.plan(planned(plan(text), findings(text)))))
    no_commands(data.text(sarif(findings(text), RULES, "1")))


OUR_LINES = re.compile(
    r"[~+!=✓✗≠?] | {2,}|(shared|Unmanaged|Ignored|Plan|Drift|Apply|Waiting|Cannot|Expected)\b"
    r"|Legend: "
    r"|(In the state, in no file|Required texts|Clauses that)\b"
    r"|\u2067(المفتاح|التغيير المشترك|متجاهَل ومتروك|غير مُدار|متطابق وليس|في السجلّ|خطة)"
)


@each_text
def test_every_line_begins_with_something_of_ours(text):
    for printed in told_plainly(text):
        lines = printed.split("\n")
        assert [line[:80] for line in lines if line and not OUR_LINES.match(line)] == []
