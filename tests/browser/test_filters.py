"""The choices in the page's form decide what is shown, without a script."""

import pytest

AGENTS = ["agent-0", "agent-1", "agent-2", "agent-3", "agent-4", "agent-5"]
ALL = ["shared-1", "shared-2", *AGENTS]

CHOSEN = {
    "0": ["shared-1", "agent-0"],
    "1": ["shared-1", "shared-2", "agent-1"],
    "2": ["agent-2"],  # a different change at the shared place
    "3": ["shared-2", "agent-3"],  # to be created
    "5": ["agent-5"],  # in sync
}

UNCHECKED = [
    # groups, what is removed, texts removed from what remains
    ("spoken", ["shared-2", "agent-2"], ["«أهلاً", "انطق الأرقام"]),
    ("behaviour", ["shared-1", "agent-4"], ["genderDetection", "parcel is late"]),
    ("reach", [], ["webhookUrl"]),
    ("silent", ["agent-3"], ["support_hours:"]),
    ("cosmetic", [], ["pokeMessages[0]"]),
    (
        "spoken behaviour silent",
        ["shared-1", "shared-2", "agent-0", "agent-2", "agent-3", "agent-4"],
        ["silenceThreshold"],
    ),
]


def articles(view):
    return view.shown("article")


def test_at_first_all_is_shown(opened):
    view = opened()
    assert articles(view) == ALL
    assert not view.page.locator(".filtered").is_visible()


def test_a_chosen_agent_is_shown_alone_with_what_it_shares(opened):
    view = opened()
    for value, expected in CHOSEN.items():
        view.page.select_option("#agent", value)
        assert articles(view) == expected
        assert view.page.locator(".filtered").is_visible()


def test_breaking_changes_follow_the_chosen_agent(opened):
    view = opened()
    heading = view.page.locator("#breaking")
    view.page.select_option("#agent", label="clinic-front-desk · عيادة النور")
    assert heading.is_visible()
    view.page.select_option("#agent", "1")
    assert not heading.is_visible()


def test_an_unchecked_group_is_hidden_with_agents_that_have_no_other(opened):
    view = opened()
    before = view.page.locator("main").inner_text()
    for groups, gone, texts in UNCHECKED:
        for name in groups.split():
            view.page.uncheck(f"#group-{name}")
        after = view.page.locator("main").inner_text()
        assert articles(view) == [one for one in ALL if one not in gone]
        assert [text for text in texts if text.rstrip(":") not in before] == []
        assert [text for text in texts if text in after] == []
        assert view.page.locator(".filtered").is_visible()
        for name in groups.split():
            view.page.check(f"#group-{name}")


def test_both_filters_hold_at_once(opened):
    view = opened()
    view.page.select_option("#agent", "1")
    view.page.uncheck("#group-spoken")
    assert articles(view) == ["shared-1", "agent-1"]
    view.page.uncheck("#group-behaviour")
    assert articles(view) == ["agent-1"]
    assert not view.page.locator("#shared").is_visible()


def test_everything_comes_back_at_once(opened):
    view = opened()
    view.page.select_option("#agent", "1")
    view.page.uncheck("#group-reach")
    view.page.check("#beside")
    view.page.get_by_role("button", name="Show everything").click()
    assert articles(view) == ALL
    assert view.page.locator("#inline").is_checked()


def test_one_of_a_hundred_agents_is_found(opened):
    view = opened("fleet")
    view.page.select_option("#agent", label="agent-0073 · Agent 73")
    assert articles(view) == ["shared-1", "agent-73"]
    view.page.set_viewport_size({"width": 320, "height": 800})
    assert view.width() == 320


@pytest.mark.parametrize(("name", "old_is_left"), [("rich", True), ("arabic", False)])
def test_old_and_new_text_are_below_or_next_to_each_other(opened, name, *, old_is_left):
    """In two columns, old text is where lines begin.

    Also if text was only removed or only added.
    """
    view = opened(name)
    old, new = (view.page.locator(f"#agent-0 .line.{side}").nth(1) for side in ("old", "new"))
    below = old.bounding_box(), new.bounding_box()
    assert below[0]["x"] == below[1]["x"]
    assert below[0]["y"] + below[0]["height"] <= below[1]["y"]
    view.page.check("#beside")
    added = view.page.locator("#shared-1 .line.new").bounding_box()
    removed = view.page.locator("#agent-0 .line.old").last.bounding_box()
    beside = old.bounding_box(), new.bounding_box()
    assert beside[0]["y"] == beside[1]["y"]
    for pair in (beside, (removed, added)):
        left, right = pair if old_is_left else reversed(pair)
        assert left["x"] + left["width"] <= right["x"]


def test_everything_comes_back_at_once_in_an_arabic_page(opened):
    view = opened("arabic")
    view.page.select_option("#agent", "1")
    view.page.uncheck("#group-reach")
    assert view.page.get_by_text("يُخفي المرشّح بعض التغييرات.").is_visible()
    view.page.get_by_role("button", name="اعرض الكل").click()
    assert articles(view) == ALL


def test_on_a_phone_filters_are_closed_until_asked_for(opened):
    view = opened(width=390)
    assert not view.page.locator("#agent").is_visible()
    view.page.get_by_text("Filter and layout").click()
    view.page.select_option("#agent", "1")
    view.page.get_by_text("Filter and layout").click()
    assert not view.page.locator("#agent").is_visible()
    assert articles(view) == ["shared-1", "shared-2", "agent-1"]
    assert view.page.locator(".filtered").is_visible()


def test_an_empty_page_has_nothing_to_choose(opened):
    view = opened("empty")
    assert view.page.locator("form").count() == 0
    assert view.page.get_by_role("heading", level=2).all_inner_texts() == ["No changes"]
