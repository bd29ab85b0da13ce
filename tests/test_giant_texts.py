"""Texts of megabytes, which only live agents can have: compared as far as users read."""

import time

import pytest

from reconciler.render.prose import prose
from reconciler.text.windows import window
from tests.conftest import Serve
from tests.projects import Project

MEGABYTES = 1
GIANTS = {
    "paragraphs": "Confirm the booking, then ask for the name of the caller.\n\n",
    "Arabic": "أكّد الحجز ثم اسأل عن اسم المتصل. ",
    "one word": "x",
    "items": "- a\n",
    "braces": "{{",
    "line ends": "\n",
    "marks": "\u0301",
    "rules": "---\n",
}


@pytest.mark.parametrize("piece", GIANTS.values(), ids=GIANTS)
def test_a_giant_live_text_is_planned_and_reported_in_bounds(
    project: Project, serve: Serve, piece: str
) -> None:
    server = serve()
    giant = piece * (MEGABYTES * 1_000_000 // len(piece))
    server.app.state.store.add({"agentName": "Desk", "preamble": giant})
    project.on(server.url).agent("desk", {"agentName": "Desk", "preamble": "Be kind."})
    begun = time.monotonic()
    done = project.run("plan", "--report", "markdown=plan.md", "--report", "html=plan.html")
    assert (done.code, done.err) == (0, "")
    assert "Be kind." in done.out
    assert len(done.out) < 300_000
    assert all((project.root / name).stat().st_size < 900_000 for name in ("plan.md", "plan.html"))
    assert time.monotonic() - begun < 60  # it took two minutes


LINES = [f"Rule {number}: ask the caller for detail {number}." for number in range(30_000)]


def test_an_edit_in_a_giant_text_is_shown_at_its_line() -> None:
    edited = [*LINES[:20_000], "Rule 20000: hang up.", *LINES[20_001:]]
    found = prose("\n".join(LINES), "\n".join(edited))
    (one,) = found.passages
    assert (one.kind, one.old_line, one.new_line) == ("changed", 20_001, 20_001)
    assert found.size == "1 changed"


def test_parts_not_compared_are_counted() -> None:
    found = prose("\n".join(LINES), "Be kind.")
    assert found.passages[-1].kind == "left"
    assert found.size.endswith(", 29000 lines not compared")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ("", "", 0, 0)),
        ("a", "a\nb", ("a", "a\nb", 0, 0)),
        ("a\nb\nc", "a\nc", ("b\nc", "c", 1, 0)),
        ("a\na\na", "a\na", ("a\na", "a", 1, 0)),
        ("x" * 900 + "a", "x" * 900 + "b", ("…" + "x" * 200 + "a", "…" + "x" * 200 + "b", 0, 0)),
        ("a\n" * 3_000, "b", ("a\n" * 1_000, "b", 0, 2_001)),
    ],
)
def test_a_window_holds_what_differs(before: str, after: str, expected: tuple[object, ...]) -> None:
    found = window(before, after)
    assert (found.before, found.after, found.above, found.left) == expected
