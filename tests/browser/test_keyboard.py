"""The page works with the keyboard alone and shows the focus."""

import pytest

WHERE = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        name: one.id || one.innerText.trim(),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.top < innerHeight && box.width > 0
            && box.left >= 0 && box.right <= innerWidth,
    };
}"""

STOPS = [
    "Skip to the changes",
    "2 breaking",
    "2 findings",
    "agent",
    "group-spoken",
    "group-behaviour",
    "group-reach",
    "group-silent",
    "group-cosmetic",
    "inline",
    "Show everything",
    "clinic-front-desk",
    "Shared change 1",
    "shared change 1",
    "Shared change 1",
    "Shared change 2",
    "Shared change 1",
    "Unmanaged, in no file 2",
    "Ignored, left to the dashboard 1",
    "Signs and words on this page",
]

GROUPS = [one for one in STOPS if one.startswith("group-")]
PHONE = [one for one in STOPS if one != "inline"]  # too narrow for two columns
PHONE.insert(STOPS.index("agent"), "unfold")


def focus(view, name):
    """Tab to a control, as a user would."""
    for _ in STOPS:
        view.page.keyboard.press("Tab")
        if view.page.evaluate(WHERE)["name"] == name:
            return
    pytest.fail(f"{name} is out of reach")


def stops(view, names):
    """The focused element after each of as many presses of Tab as there are names."""
    found = []
    for _ in names:
        view.page.keyboard.press("Tab")
        found.append(view.page.evaluate(WHERE))
    return found


def test_every_control_is_reached_in_reading_order_and_seen(opened):
    found = stops(opened(), STOPS)
    assert [one["name"] for one in found] == STOPS
    assert [one["name"] for one in found if not one["ring"]] == []
    assert [one["name"] for one in found if not one["seen"]] == []


def test_every_control_of_an_arabic_page_is_reached_and_seen(opened):
    found = stops(opened("arabic"), STOPS)
    names = [one["name"] for one in found]
    plain = {"agent", "inline", "clinic-front-desk", *GROUPS}
    assert (names[0], names[-1]) == ("انتقل إلى التغييرات", "علامات هذه الصفحة وكلماتها")
    assert [name for name in names if name in plain] == [name for name in STOPS if name in plain]
    assert [one["name"] for one in found if not one["ring"]] == []
    assert [one["name"] for one in found if not one["seen"]] == []


def test_on_a_phone_the_space_bar_opens_the_filters(opened):
    view = opened(width=390)
    focus(view, "unfold")
    label = view.page.locator(".unfold label")
    outline = "one => getComputedStyle(one).outlineStyle"
    assert label.evaluate(outline) == "solid"
    view.page.keyboard.press("Tab")
    assert view.page.evaluate(WHERE)["name"] == "clinic-front-desk"
    assert label.evaluate(outline) == "none"
    view.page.keyboard.press("Shift+Tab")
    view.page.keyboard.press("Space")
    view.page.keyboard.press("Tab")
    assert view.page.evaluate(WHERE)["name"] == "agent"


def test_every_control_of_opened_filters_is_reached_on_a_phone(opened):
    view = opened(width=390)
    view.page.locator(".unfold label").click()
    view.page.evaluate("document.activeElement.blur()")
    view.page.goto(f"{view.address}#")
    found = stops(view, PHONE)
    assert [one["name"] for one in found] == PHONE
    assert [one["name"] for one in found if not one["ring"]] == []
    assert [one["name"] for one in found if not one["seen"]] == []


def test_the_first_stop_skips_to_the_changes(opened):
    view = opened()
    view.page.keyboard.press("Tab")
    view.page.keyboard.press("Enter")
    assert view.page.evaluate(WHERE)["name"] == "content"
    view.page.keyboard.press("Tab")
    assert view.page.evaluate(WHERE)["name"] == "clinic-front-desk"


def test_the_form_is_filled_in_from_top_to_bottom(opened):
    view = opened()
    keys = view.page.keyboard
    focus(view, "agent")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert view.shown("article.agent") == ["agent-1"]
    keys.type("clinic-r")
    assert view.shown("article.agent") == ["agent-4"]
    view.page.select_option("#agent", "0")
    sends_nothing(view)
    focus(view, "group-spoken")
    group = view.page.locator("#agent-0 section.group").first
    keys.press("Space")
    assert not group.is_visible()
    keys.press("Space")
    assert group.is_visible()
    sends_nothing(view)
    focus(view, "inline")
    old, new = (view.page.locator(f"#agent-0 .line.{side}").first for side in ("old", "new"))
    keys.press("ArrowDown")
    assert old.bounding_box()["y"] == new.bounding_box()["y"]
    sends_nothing(view)
    view.page.uncheck("#group-spoken")
    focus(view, "Show everything")
    keys.press("Space")
    assert view.page.locator("#group-spoken").is_checked()


def sends_nothing(view):
    """Enter in the form, and Escape, for a menu that it opened."""
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("Escape")
    assert view.page.locator("#agent-0").is_visible()


def test_browsers_that_send_a_form_without_a_button_send_nothing(opened):
    view = opened()
    view.page.evaluate("document.forms[0].requestSubmit()")
    assert view.page.locator("#agent-0").is_visible()


def test_showing_everything_leaves_one_where_one_is_on_a_phone(opened):
    view = opened(width=390)
    focus(view, "unfold")
    view.page.keyboard.press("Space")
    view.page.uncheck("#group-spoken")
    focus(view, "Show everything")
    view.page.keyboard.press("Space")
    assert view.page.locator("#group-spoken").is_checked()
    assert view.page.evaluate(WHERE)["name"] == "Show everything"
    view.page.keyboard.press("Tab")
    assert view.page.evaluate(WHERE)["name"] == "clinic-front-desk"


def test_enter_opens_a_list_and_follows_a_link(opened):
    view = opened()
    focus(view, "Shared change 1")
    view.page.keyboard.press("Enter")
    assert view.page.evaluate("document.querySelector(':target').id") == "shared-1"
    assert view.page.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 800
    inside = view.page.get_by_text("Test agent (77aa)")
    focus(view, "Unmanaged, in no file 2")
    assert not inside.is_visible()
    view.page.keyboard.press("Enter")
    assert inside.is_visible()
