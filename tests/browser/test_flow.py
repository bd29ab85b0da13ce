"""The picture of a flow: read, panned, followed with the keyboard, and printed."""

import pytest

from tests.browser.test_accessible import complaints

INSIDE = "one => [one.scrollWidth > one.clientWidth, getComputedStyle(one).overflowX]"
SIZE = "one => parseFloat(getComputedStyle(one).fontSize) * one.getCTM().a"
SEEN = """one => {
    const [box, frame] = [one, one.closest(".canvas")].map(it => it.getBoundingClientRect());
    return frame.left < box.left && box.right < frame.right && frame.top < box.top;
}"""


def test_a_picture_has_no_violation(opened):
    assert complaints(opened("arabic-flow", 390, color_scheme="dark")) == []


@pytest.mark.parametrize("name", ["flow", "arabic-flow"])
def test_on_a_phone_it_is_panned_in_its_frame_at_a_readable_size(opened, name):
    view = opened(name, 390)
    frame = view.page.locator(".canvas")
    assert view.width() == 390
    assert frame.evaluate(INSIDE) == [True, "auto"]
    assert view.page.locator(".canvas .called").first.evaluate(SIZE) >= 12
    assert view.page.locator(".canvas .node.changed").first.evaluate(SEEN), "it begins there"
    frame.focus()
    assert frame.evaluate("one => one === document.activeElement"), "the arrow keys pan it too"
    before = frame.evaluate("one => one.scrollLeft")
    assert frame.evaluate("one => { one.scrollBy(200, 0); return one.scrollLeft }") == before + 200


def test_enter_on_a_changed_node_leads_to_its_changes(opened):
    view = opened("flow")
    links = view.page.locator(".canvas a")
    assert links.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))") == [
        "start_node, Changed"
    ]
    links.first.focus()
    view.page.keyboard.press("Enter")
    target = "document.querySelector(':target')"
    assert "to new_patient instead of set_search_mobile_journey" in view.page.evaluate(
        f"{target}.innerText"
    )
    assert 0 <= view.page.evaluate(f"{target}.getBoundingClientRect().top") < 800


def test_on_paper_it_is_in_parts_of_a_readable_size(opened):
    view = opened("flow", 680, media="print")
    assert not view.page.locator(".canvas").is_visible()
    parts = view.page.locator(".tile svg")
    widths = parts.evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert len(widths) > 3
    assert max(widths) <= 680
    scale = "one => 13 * one.getBoundingClientRect().width / one.viewBox.baseVal.width"
    assert parts.first.evaluate(scale) > 9
