"""Long work shows itself: a bar that leaves nothing behind, or a line now and then."""

import argparse
import io
import re
import signal
from pathlib import Path

import pytest

from reconciler import progress
from reconciler.cli import signals
from reconciler.cli.display import Display, display, line
from reconciler.cli.world import Patience, World
from reconciler.progress import Work
from reconciler.render.terminal.bar import Bar
from tests.projects import Project, Terminal


class Time:
    """A clock that advances by the duration of one item."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def each(self, what, number, seconds):
        for _ in progress.each(what, range(number)):
            self.now += seconds


@pytest.mark.parametrize(
    ("works", "said"),
    [
        pytest.param([("A", 9, 1.0)], "", id="short"),
        pytest.param(
            [("A", 2000, 0.015)],
            "A: 667 of 2,000, about 20 s left\nA: 1,334 of 2,000, about 10 s left\n",
            id="one",
        ),
        pytest.param([("A", 100, 10.0)], "A: 1 of 100, about 16 min 30 s left\n", id="minutes"),
        pytest.param([("A", 8, 1.0), ("B", 8, 1.0)], "B: 2 of 8, about 6 s left\n", id="two"),
        pytest.param([("A", 1, 11.0), ("B", 1, 1.0)], "A: 1 of 1, about 0 s left\n", id="single"),
        pytest.param([("A", 0, 1.0)], "", id="nothing"),
    ],
)
def test_a_log_has_a_line_every_ten_seconds(works, said):
    out, clock = io.StringIO(), Time()
    with progress.shown_by(Display(out, None, Patience(), clock)):
        for work in works:
            clock.each(*work)
    assert out.getvalue().startswith(said)
    assert bool(out.getvalue()) is bool(said)
    assert out.getvalue().count("\n") <= clock.now // 10


def test_work_within_work_is_a_part_of_it():
    out, clock = io.StringIO(), Time()
    with progress.shown_by(Display(out, None, Patience(), clock)):
        for _ in progress.each("Whole", range(4)):
            clock.each("Part", 7, 1.0)
    assert [text.split(":")[0] for text in out.getvalue().splitlines()] == ["Whole", "Whole"]


def test_no_time_is_reported_before_something_is_done():
    assert line(Work("A", 5), 12.0) == "A: 0 of 5\n"


def test_without_a_display_the_items_are_only_items():
    assert [*progress.each("A", [3, 1, 2])] == [3, 1, 2]


def screen(written):
    """The lines that a terminal has after this, without colours."""
    lines, row, at = [""], 0, 0
    for part in re.findall("\x1b\\[[^A-Za-z]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if part == "\x1b[2K":
            lines[row] = ""
        elif part.startswith("\x1b") and part.endswith("A"):
            row -= int(part[2:-1])
        elif part.startswith("\x1b"):
            assert part.endswith("m"), f"nothing else is sent to a terminal: {part!r}"
        elif part == "\r":
            at = 0
        elif part == "\n":
            row, at = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        else:
            end = at + len(part)
            lines[row] = lines[row][:at].ljust(at) + part + lines[row][end:]
            at = end
    return [one for one in lines if one]


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["colour", "plain"])
@pytest.mark.parametrize("width", [30, 80, 120])
def test_a_bar_is_one_line_and_then_none(width, env):
    out, clock = Terminal(), Time()
    seen = []
    env = {"TERM": "xterm", "COLUMNS": str(width), **env}
    shown = Display(out, lambda work: Bar(work, out, "auto", env), Patience(), clock)
    with progress.shown_by(shown):
        for _ in progress.each("Reading agents", range(200)):
            clock.now += 0.03
            seen.append(screen(out.getvalue()))
    assert seen[30] == []  # within a second
    assert all(len(lines) <= 1 for lines in seen)
    assert all(len(one) <= width for lines in seen for one in lines)
    assert "Reading" in seen[-1][0]
    assert len({*map(tuple, seen)}) <= 6 / 0.2 + 2  # it is not drawn more often than is seen
    assert screen(out.getvalue()) == []
    assert ("\x1b[3" in out.getvalue()) is not env.get("NO_COLOR")


def test_a_bar_is_removed_on_an_error_or_other_output():
    out, clock = Terminal(), Time()
    shown = Display(out, lambda work: Bar(work, out, "never", {"TERM": "xterm"}), Patience(), clock)
    items = progress.each("Reading", range(9))  # it is not closed by the error

    def fails():
        with progress.shown_by(shown):
            next(items)
            clock.now = 2
            next(items)
            assert screen(out.getvalue()) != []
            progress.hide()
            out.write("said\n")
            clock.now = 4
            next(items)
            assert [one.split()[0] for one in screen(out.getvalue())] == ["said", "Reading"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert screen(out.getvalue()) == ["said"]


class Closed(Terminal):
    def write(self, _text):
        raise BrokenPipeError


@pytest.mark.parametrize("bar", [True, False])
def test_a_closed_stream_stops_no_work(bar):
    clock, out = Time(), Closed()
    make = (lambda work: Bar(work, out, "auto", {"TERM": "xterm"})) if bar else None
    with progress.shown_by(Display(out, make, Patience(), clock)):
        clock.each("A", 50, 1.0)
    assert clock.now == 50


@pytest.mark.parametrize(
    ("stream", "verbose", "env", "bar"),
    [
        (Terminal, False, {"TERM": "xterm"}, True),
        (Terminal, False, {}, True),
        (io.StringIO, False, {"TERM": "xterm"}, False),
        (Terminal, True, {"TERM": "xterm"}, False),
        (Terminal, False, {"TERM": "dumb"}, False),
        (Terminal, False, {"TERM": "xterm", "CI": "true"}, False),
    ],
)
def test_a_bar_is_shown_only_at_a_terminal(stream, verbose, env, bar):
    err = stream()
    world = World(env=env, cwd=Path(), stdin=Terminal(), stdout=Terminal(), stderr=err)
    shown = display(world, argparse.Namespace(verbose=verbose, color="auto"))
    shown._clock = Time()
    shown._clock.now = shown._next + 1
    shown.moved(Work("A", 5))
    assert (err.getvalue() == "A: 0 of 5\n") is not bar
    shown.hide()
    assert screen(err.getvalue()) == ([] if bar else ["A: 0 of 5"])


@pytest.mark.cli
@pytest.mark.parametrize("person", [True, False])
def test_commands_show_what_takes_long_and_print_the_same(tmp_path, person):
    """Each command at a terminal or with a log; progress is never in stdout."""
    project = Project(tmp_path)
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    for number in range(3):
        project.agent(f"a{number}", {"agentName": f"A{number}"})
    commands = (
        (["validate"], {"Reading files", "Checking files"}),
        (["plan"], {"Reading files", "Checking files", "Reading agents", "Comparing agents"}),
        (["apply", "--auto-approve"], {"Applying"}),
        (["import", "--all"], {"Reading agents one by one", "Importing agents", "Writing files"}),
        (["plan", "-q"], set()),
    )
    for words, works in commands:
        patient = project.run(*words, "--no-cache") if words[0] in ("validate", "plan") else None
        project.patience = Patience(person=0, drawn=0, log=0)
        done = project.run(*words, answer=Terminal() if person else None)
        project.patience = Patience(person=1e9, log=1e9)
        assert done.code == 0, done.err
        assert all(work in done.err for work in works), (words, done.err)
        assert not any(work in done.out for work in ("Reading", "Checking", "Applying"))
        if patient:
            assert done.out == patient.out
        if person:
            assert not any(": 1 of" in one or "left" in one for one in screen(done.err))


def test_what_computes_is_stopped_at_once_and_an_apply_is_not():
    done = []

    async def work():
        signal.raise_signal(signal.SIGINT)
        done.append("computed")

    with pytest.raises(signals.Stopped):
        signals.run(work())
    assert not done
    with pytest.raises(signals.Stopped):
        signals.run(work(), whole=True)
    assert done
