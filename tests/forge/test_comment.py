"""`publish comment`: one comment of a kind, found again; comments of others are not changed."""

import json

import pytest

from tests.conftest import Serve
from tests.forge.sides import Side
from tests.projects import Project, Run

MARKER = "<!-- reconciler:plan:production -->"
PLAN = f"{MARKER}\n## Plan for production\n\n**2 to update**\n"


def publish(project: Project, side: Side, number: int | None, *argv: str, text: str = PLAN) -> Run:
    project.write("plan.md", text)
    project.env = side.env(number)
    return project.run("publish", "comment", "plan.md", *argv)


def test_the_first_report_is_a_new_comment_and_the_next_one_takes_its_place(
    project: Project, side: Side
) -> None:
    number = side.request()
    first = publish(project, side, number)
    second = publish(project, side, number, text=f"{PLAN}more\n")
    assert (first.code, second.code, first.err, second.err) == (0, 0, "", "")
    assert side.texts(number) == [f"{PLAN}more\n"]
    address = first.out.removeprefix("created  ")
    assert second.out == f"updated  {address}"
    assert address.startswith(side.fake.url.partition("/api/")[0])
    assert "comment" in address or "#note_" in address


def test_programs_get_json(project: Project, side: Side) -> None:
    number = side.request()
    done = publish(project, side, number, "--format", "json")
    assert (done.json["done"], done.json["url"].startswith("http://")) == ("created", True)


OTHERS = [
    ("own", "<!-- reconciler:plan:staging -->\nplan of another environment"),
    ("own", "<!-- reconciler:drift:production -->\nof another kind"),
    ("own", f"a word before\n{MARKER}"),
    ("bot", f"{MARKER}\nof another bot"),
    ("person", f"{MARKER}\nplanted"),
    ("person", "a review"),
]


@pytest.mark.parametrize(("by", "text"), OTHERS, ids=[f"{by}: {text[-12:]}" for by, text in OTHERS])
def test_no_other_comment_is_touched(project: Project, side: Side, by: str, text: str) -> None:
    number = side.request()
    side.write(number, text, by)
    assert publish(project, side, number).out.startswith("created")
    assert publish(project, side, number).out.startswith("updated")
    assert side.texts(number) == [text, PLAN]


def test_who_the_token_is_is_asked_only_if_it_matters(project: Project, side: Side) -> None:
    number = side.request()
    side.write(number, "a review", "person")
    publish(project, side, number)
    assert not [one for one in side.fake.asked if one.endswith(("/graphql", "/user"))]


def test_an_older_comment_is_found_on_the_third_page(project: Project, side: Side) -> None:
    number = side.request()
    for count in range(249):
        side.write(number, f"comment {count}", "person")
    side.write(number, f"{MARKER}\nold")
    done = publish(project, side, number)
    assert (done.out[:7], len(side.texts(number))) == ("updated", 250)
    assert side.texts(number)[-1] == PLAN
    lists = [one for one in side.fake.requests if one.path.endswith(("/comments", "/notes"))]
    assert [(one.query["per_page"], one.query.get("page")) for one in lists] == [
        ("100", None),
        ("100", "2"),
        ("100", "3"),
    ]


def test_an_editor_that_changes_line_ends_does_not_hide_the_comment(
    project: Project, side: Side
) -> None:
    number = side.request()
    side.write(number, f"{MARKER}\r\nold\r\n")
    assert publish(project, side, number).out.startswith("updated")


def test_of_two_of_ours_the_newest_is_updated_and_the_other_is_reported(
    project: Project, side: Side
) -> None:
    number = side.request()
    side.write(number, f"{MARKER}\nfirst")
    side.write(number, f"{MARKER}\nsecond")
    done = publish(project, side, number)
    assert (done.code, side.texts(number)) == (0, [f"{MARKER}\nfirst", PLAN])
    assert done.err.startswith("an older one of the same kind is left as it is: http://")
    assert publish(project, side, number, "--quiet").err == ""


def test_with_if_exists_no_new_comment_is_written(project: Project, side: Side) -> None:
    number = side.request()
    done = publish(project, side, number, "--if-exists")
    assert (done.code, done.out) == (0, "nothing  no older comment to update\n")
    assert (side.texts(number), side.fake.writes) == ([], [])
    side.write(number, f"{MARKER}\nold")
    assert publish(project, side, number, "--if-exists").out.startswith("updated")


def test_outside_of_a_pull_request_one_must_be_named(project: Project, side: Side) -> None:
    number = side.request()
    done = publish(project, side, None)
    assert (done.code, done.out) == (64, "")
    assert "belongs to no pull request" in done.err
    assert "--number" in done.err
    assert publish(project, side, None, "--number", str(number)).code == 0
    assert side.texts(number) == [PLAN]


def test_a_dry_run_needs_no_token_and_sends_nothing(project: Project, side: Side) -> None:
    number = side.request()
    project.write("plan.md", PLAN)
    project.env = {name: v for name, v in side.env(number).items() if "TOKEN" not in name}
    done = project.run("publish", "comment", "plan.md", "--dry-run")
    assert (done.code, side.fake.requests) == (0, [])
    assert done.out.startswith(f"would  create or update the comment on pull request {number} ")
    assert done.out.endswith(f" that begins with {MARKER}\n")
    told = project.run("publish", "comment", "plan.md", "--dry-run", "--format", "json").json
    assert (told["done"], "about" in told) == ("would", True)


def test_without_a_token_nothing_is_asked(project: Project, side: Side) -> None:
    number = side.request()
    project.write("plan.md", PLAN)
    project.env = {**side.env(number), side.token_name: ""}
    done = project.run("publish", "comment", "plan.md")
    assert (done.code, f"{side.token_name} is not set" in done.err) == (64, True)
    assert side.fake.requests == []


NO_REPORTS = {
    "no marker": "## Plan\n",
    "empty": "",
    "marker below": f"\n{PLAN}",
    "marker with more": f"{MARKER} <b>\n",
    "no environment": "<!-- reconciler:plan: -->\n",
    "hostile environment": "<!-- reconciler:plan:a --><script>alert(1)</script> -->\n",
    "escapes": f"{PLAN}\x1b[2J\n",
    "override": f"{PLAN}\u202eevil\n",
    "returns": PLAN.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", NO_REPORTS.values(), ids=NO_REPORTS)
def test_only_reports_of_the_tool_are_published(project: Project, side: Side, text: str) -> None:
    done = publish(project, side, side.request(), text=text)
    assert (done.code, done.out, side.fake.requests) == (64, "", []), done.err
    assert "plan.md" in done.err
    assert "\x1b" not in done.err


def test_a_file_that_cannot_be_read_is_reported(project: Project, side: Side) -> None:
    project.env = side.env(side.request())
    assert "no such file" in project.run("publish", "comment", "gone.md").err
    (project.root / "bytes.md").write_bytes(PLAN.encode() + b"\xff")
    done = project.run("publish", "comment", "bytes.md")
    assert (done.code, "no text in UTF-8" in done.err) == (64, True)


def test_a_report_over_the_limit_is_refused_before_anything_is_asked(
    project: Project, side: Side
) -> None:
    most = 65_536 if side.token_name == "GITHUB_TOKEN" else 1_000_000
    done = publish(project, side, side.request(), text=PLAN + "x" * most)
    assert (done.code, side.fake.requests) == (1, [])
    assert f"{most:,}" in done.err
    exact = PLAN + "x" * (most - len(PLAN))
    assert publish(project, side, 1, text=exact).code == 0


def test_arabic_and_html_arrive_as_they_are(project: Project, side: Side) -> None:
    text = f"{PLAN}- `\u2067السلام عليكم\u2069` <details><summary>x</summary>\n"
    number = side.request()
    publish(project, side, number, text=text)
    assert side.texts(number) == [text]


def test_a_plan_of_the_tool_itself_can_be_published(
    project: Project, side: Side, serve: Serve
) -> None:
    number = side.request()
    project.on(serve().url)
    project.agent("desk", {"agentName": "Desk", "preamble": "# Role\n/close\n@everyone\n/merge"})
    assert project.run("plan", "--report", "markdown=plan.md").code == 0
    project.env |= side.env(number)
    done = project.run("publish", "comment", "plan.md")
    assert (done.code, side.texts(number)[0].splitlines()[0]) == (
        0,
        "<!-- reconciler:plan:default -->",
    )
    assert getattr(side.fake, "quick_actions", []) == []


def test_no_line_of_a_report_is_a_quick_action(project: Project, side: Side) -> None:
    number = side.request()
    text = f"{PLAN}/merge\n/close now\n  /label ~x\nhttps://x.example/a\n"
    publish(project, side, number, text=text)
    publish(project, side, number, text=text)
    assert getattr(side.fake, "quick_actions", []) == []
    assert side.texts(number)[0].replace("\u2060", "") == text


EVENTS = {
    "a comment on a pull request": {"issue": {"number": 1, "pull_request": {"url": "x"}}},
    "a review": {"pull_request": {"number": 1}, "review": {}},
}
NO_PULLS = {
    "a push": {"ref": "refs/heads/main"},
    "a comment on an issue": {"issue": {"number": 1}},
    "nonsense": [1],
    "a number that is none": {"pull_request": {"number": "1; rm"}},
}


def of_event(project: Project, side: Side, event: object) -> Run:
    project.write("event.json", json.dumps(event))
    project.write("plan.md", PLAN)
    project.env = {**side.env(), "GITHUB_EVENT_PATH": "event.json"}
    return project.run("publish", "comment", "plan.md")


@pytest.mark.parametrize("side", ["github"], indirect=True)
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_the_pull_request_is_the_events(project: Project, side: Side, event: object) -> None:
    number = side.request()
    assert of_event(project, side, event).code == 0
    assert side.texts(number) == [PLAN]


@pytest.mark.parametrize("side", ["github"], indirect=True)
@pytest.mark.parametrize("event", NO_PULLS.values(), ids=NO_PULLS)
def test_other_events_have_none(project: Project, side: Side, event: object) -> None:
    side.request()
    assert (of_event(project, side, event).code, side.fake.requests) == (64, [])


def test_an_event_that_is_no_json_is_reported(project: Project) -> None:
    project.write("plan.md", PLAN)
    project.write("event.json", "{")
    project.env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/agents"}
    for name in ("event.json", "gone.json"):
        project.env["GITHUB_EVENT_PATH"] = name
        done = project.run("publish", "comment", "plan.md")
        assert (done.code, "GITHUB_EVENT_PATH" in done.err) == (64, True)
