"""What is chosen in the page's form decides what is shown, without a script."""

import pytest

pytestmark = pytest.mark.xdist_group("browser")

AGENTS = ["agent-0", "agent-1", "agent-2", "agent-3", "agent-4", "agent-5"]
ALL = ["shared-1", "shared-2", *AGENTS]

CHOSEN = [
    pytest.param("0", ["shared-1", "agent-0"], id="an agent with a shared change"),
    pytest.param("1", ["shared-1", "shared-2", "agent-1"], id="one with two"),
    pytest.param("2", ["agent-2"], id="one that changed otherwise at the shared place"),
    pytest.param("3", ["shared-2", "agent-3"], id="one that is to be created"),
    pytest.param("5", ["agent-5"], id="one in sync"),
]

UNCHECKED = [
    # groups, what is gone, texts that are gone from what stays
    pytest.param(
        ["spoken"], ["shared-2", "agent-2"], ["«أهلاً", "انطق الأرقام"], id="what is heard at once"
    ),
    pytest.param(
        ["behaviour"],
        ["shared-1", "agent-4"],
        ["genderDetection", "parcel is late"],
        id="behaviour",
    ),
    pytest.param(["reach"], [], ["webhookUrl"], id="reach"),
    pytest.param(["silent"], ["agent-3"], ["support_hours:"], id="what nobody notices"),
    pytest.param(["cosmetic"], [], ["pokeMessages[0]"], id="cosmetic changes"),
    pytest.param(
        ["spoken", "behaviour", "silent"],
        ["shared-1", "shared-2", "agent-0", "agent-2", "agent-3", "agent-4"],
        ["silenceThreshold"],
        id="all of an agent's groups",
    ),
]


def articles(view):
    return view.shown("article")


def test_at_first_all_is_shown(opened):
    view = opened()
    assert articles(view) == ALL
    assert not view.page.locator(".filtered").is_visible()


@pytest.mark.parametrize(("value", "expected"), CHOSEN)
def test_a_chosen_agent_is_shown_alone_with_what_it_shares(opened, value, expected):
    view = opened()
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


@pytest.mark.parametrize(("groups", "gone", "texts"), UNCHECKED)
def test_an_unchecked_group_is_hidden_with_agents_that_have_no_other(opened, groups, gone, texts):
    view = opened()
    before = view.page.locator("main").inner_text()
    for name in groups:
        view.page.uncheck(f"#group-{name}")
    after = view.page.locator("main").inner_text()
    assert articles(view) == [one for one in ALL if one not in gone]
    assert [text for text in texts if text.rstrip(":") not in before] == []
    assert [text for text in texts if text in after] == []
    assert view.page.locator(".filtered").is_visible()


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


def test_one_of_three_hundred_agents_is_found(opened):
    view = opened("fleet")
    view.page.select_option("#agent", label="agent-0123 · Agent 123")
    assert articles(view) == ["shared-1", "agent-123"]


def test_old_and_new_text_stand_below_or_beside_each_other(opened):
    view = opened()
    old, new = (view.page.locator(f"#agent-0 .line.{side}").nth(1) for side in ("old", "new"))
    below = old.bounding_box(), new.bounding_box()
    assert below[0]["x"] == below[1]["x"]
    assert below[0]["y"] + below[0]["height"] <= below[1]["y"]
    view.page.check("#beside")
    beside = old.bounding_box(), new.bounding_box()
    assert beside[0]["y"] == beside[1]["y"]
    assert beside[0]["x"] + beside[0]["width"] <= beside[1]["x"]


def test_beside_each_other_added_text_is_right_and_removed_left(opened):
    view = opened()
    view.page.check("#beside")
    added = view.page.locator("#shared-1 .line.new").bounding_box()
    removed = view.page.locator("#agent-0 .line.old").last.bounding_box()
    assert removed["x"] + removed["width"] <= added["x"]


def test_in_an_arabic_page_old_text_is_right_of_new_text(opened):
    view = opened("arabic")
    old, new = (view.page.locator(f"#agent-0 .line.{side}").nth(1) for side in ("old", "new"))
    below = old.bounding_box(), new.bounding_box()
    assert below[0]["x"] == below[1]["x"]
    assert below[0]["y"] + below[0]["height"] <= below[1]["y"]
    view.page.check("#beside")
    beside = old.bounding_box(), new.bounding_box()
    assert beside[0]["y"] == beside[1]["y"]
    assert beside[1]["x"] + beside[1]["width"] <= beside[0]["x"]
    added = view.page.locator("#shared-1 .line.new").bounding_box()
    removed = view.page.locator("#agent-0 .line.old").last.bounding_box()
    assert added["x"] + added["width"] <= removed["x"]


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
