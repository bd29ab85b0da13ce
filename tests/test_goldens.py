"""One rich plan, audit and apply in every format. Rewrite with ``make goldens``, review by eye."""

import io
import json
import os
import re
from html import unescape
from pathlib import Path

import pytest

from reconciler.lint import RULES
from reconciler.render import audits, data, plans, results, terminal
from reconciler.render.junit import junit
from reconciler.render.markdown import markdown
from reconciler.render.page import page
from reconciler.render.sarif import sarif
from tests import samples
from tests.projects import Terminal

GOLDENS = Path(__file__).parent / "goldens"
SHEETS = {
    "plan": plans.sheet(samples.planned(samples.PLAN, samples.FINDINGS, samples.VIOLATIONS)),
    "plan.ar": plans.sheet(samples.planned(samples.PLAN, samples.FINDINGS), "ar"),
    "drift": audits.sheet(samples.AUDIT, samples.FINDINGS),
    "apply": results.sheet(samples.PLAN, samples.OUTCOMES, samples.FINDINGS),
}
DOCUMENTS = {
    "plan": data.plan(samples.planned(samples.PLAN, samples.FINDINGS, samples.VIOLATIONS)),
    "drift": data.audit(samples.AUDIT, samples.FINDINGS),
    "apply": data.results("production", samples.OUTCOMES, samples.FINDINGS),
    "findings": data.problems(samples.FINDINGS),
}


def text(sheet, file=None, color="never", **env):
    out = file or io.StringIO()
    terminal.show_sheet(terminal.console(out, color, env), sheet, rows=sheet.kind != "apply")
    return out.getvalue()


def html(sheet):
    """A page without its style sheet, which is a file of its own, and without that one's hash."""
    bare = re.sub(r"<style>.*?</style>", "<style>…</style>", page(sheet), flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", bare)


FORMS = {"txt": text, "md": markdown, "html": html, "xml": junit}


def check(name, found):
    """Compare with the golden; with UPDATE_GOLDENS in the environment write it."""
    path = GOLDENS / name
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), f"{name}: make goldens, and look at the diff"


REVIEWED = [
    *(("plan", form) for form in FORMS),
    ("plan.ar", "txt"),
    *((name, form) for name in ("drift", "apply") for form in FORMS if form != "html"),
]


@pytest.mark.parametrize(("name", "form"), REVIEWED, ids=".".join)
def test_a_sheet_is_printed_as_it_was_reviewed(name, form):
    check(f"{name}.{form}", FORMS[form](SHEETS[name]))


TERMINALS = [(80, "always"), (120, "never")]


@pytest.mark.parametrize(("width", "color"), TERMINALS)
def test_a_plan_on_a_terminal_looks_as_it_was_reviewed(width, color):
    env = {"TERM": "xterm-256color", "COLUMNS": str(width)}
    check(f"plan.{width}.{color}.txt", text(SHEETS["plan"], Terminal(), color, **env))


LEGEND = {"Legend", "see", "note", "also", "المفتاح", "انظر", "ملاحظة", "وأيضا", "الفقرات"}
"""Words that explain the signs of a terminal."""


@pytest.mark.parametrize("name", SHEETS)
def test_a_page_says_all_that_a_terminal_does(name):
    there = unescape(re.sub(r"<[^>]*>", " ", html(SHEETS[name])))
    words = set(re.findall(r"[\w.-]{2,}", text(SHEETS[name])))
    assert len(words) > 50
    assert {word for word in words if word not in there} <= LEGEND
    way = ('lang="ar"', 'dir="rtl"') if name.endswith(".ar") else ('lang="en"',)
    assert all(one in html(SHEETS[name]).split("<head>")[0] for one in way)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_written_as_it_was_reviewed(name):
    check(f"{name}.json", data.text(DOCUMENTS[name]))


def test_findings_are_written_as_they_were_reviewed():
    check("findings.sarif", json.dumps(sarif(samples.FINDINGS, RULES, "1.2.3"), indent=2) + "\n")


def test_every_golden_is_still_made():
    made = {".".join(one) for one in REVIEWED}
    made |= {f"{name}.json" for name in DOCUMENTS} | {"findings.sarif"}
    made |= {f"plan.{width}.{color}.txt" for width, color in TERMINALS}
    assert {path.name for path in GOLDENS.iterdir()} == made
