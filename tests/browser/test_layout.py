"""How the page lies: on a desk, on a phone, on paper, with Arabic and with endless texts."""

import pytest

pytestmark = pytest.mark.xdist_group("browser")

STYLE = "(one, name) => getComputedStyle(one).getPropertyValue(name)"


@pytest.mark.parametrize(
    "name", ["rich", "empty", "fleet", "hostile", "endless", "plan", "drift", "apply", "stopped"]
)
def test_no_page_is_wider_than_its_window(opened, name):
    view = opened(name)
    for width in (1280, 768, 375, 320):
        view.page.set_viewport_size({"width": width, "height": 800})
        assert view.width() == width


def test_opened_lists_and_side_by_side_fit_too(opened):
    view = opened("hostile", 768)
    view.page.check("#beside")
    for summary in view.page.locator("main summary, footer summary").all():
        summary.click()
    assert view.width() == 768


@pytest.mark.parametrize("width", [375, 1280])
def test_signs_and_numbers_are_left_of_an_arabic_line(opened, width):
    view = opened(width=width)
    line = view.page.locator("#agent-0 .prose .line.new").first
    text = line.locator(".text")
    number, sign = line.locator(".number").bounding_box(), line.locator(".sign").bounding_box()
    assert text.evaluate(STYLE, "direction") == "rtl"
    assert number["x"] < sign["x"]
    assert sign["x"] + sign["width"] <= text.bounding_box()["x"]
    english = view.page.locator("#agent-1 .prose .line.new").first
    assert english.locator(".text").evaluate(STYLE, "direction") == "ltr"
    assert english.locator(".sign").bounding_box()["x"] == sign["x"]


def test_a_placeholder_keeps_its_own_direction_in_an_arabic_line(opened):
    view = opened()
    found = view.page.locator("#agent-0 .prose .placeholder").first
    assert found.inner_text() == "{{caller}}"
    assert found.evaluate(STYLE, "direction") == "ltr"


def test_sentences_about_an_agent_have_their_language(opened):
    told = opened().page.locator("#agent-0 .told")
    assert told.get_attribute("lang") == "ar"
    assert told.evaluate(STYLE, "direction") == "rtl"


def test_marked_words_differ_in_more_than_colour(opened):
    view = opened()
    marks = [view.page.locator(f"#agent-0 .prose {name}").first for name in ("del", "ins")]
    styles = [one.evaluate(STYLE, "text-decoration-style") for one in marks]
    assert styles == ["dashed", "solid"]  # no line runs through Arabic letters
    english = view.page.locator("#agent-1 .prose del").first
    assert english.evaluate(STYLE, "text-decoration-line") == "line-through"


def test_heaps_of_marks_do_not_paint_over_other_lines(opened):
    text = opened("hostile").page.locator(".line .text").first
    assert text.evaluate(STYLE, "overflow-y") == "clip"


def test_filters_stay_in_sight_on_a_desk_and_not_on_a_phone(opened):
    places = []
    for width in (1280, 375):
        view = opened(width=width)
        view.page.locator("#findings").scroll_into_view_if_needed()
        places.append(view.page.locator("form").bounding_box()["y"] >= 0)
    assert places == [True, False]


def test_paper_has_no_filters_and_everything_open(opened):
    view = opened(color_scheme="dark")
    inside = view.page.get_by_text("Test agent (77aa)")
    assert not inside.is_visible()
    view.page.emulate_media(media="print")
    assert not view.page.locator("form").is_visible()
    assert not view.page.locator(".skip").is_visible()
    assert inside.is_visible()
    assert inside.bounding_box()["height"] > 0
    assert view.page.locator("h1").evaluate(STYLE, "color") == "rgb(27, 35, 48)"


def test_paper_tells_that_something_was_left_out(opened):
    view = opened()
    view.page.uncheck("#group-spoken")
    view.page.emulate_media(media="print")
    assert view.page.get_by_text("A filter hides some changes.").is_visible()
    assert view.page.locator("#agent-2").is_hidden()


def test_it_follows_the_readers_scheme(opened):
    light, dark = (
        opened(color_scheme=name).page.locator("html").evaluate(STYLE, "background-color")
        for name in ("light", "dark")
    )
    assert (light, dark) == ("rgb(246, 244, 239)", "rgb(19, 22, 27)")


def test_nothing_on_it_moves(opened):
    view = opened()
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return style.transitionDuration !== "0s" || style.animationName !== "none"
            || style.scrollBehavior !== "auto";
    }).length"""
    assert view.page.evaluate(moving) == 0


def test_lines_have_borders_where_colours_are_the_readers(opened):
    line = opened(forced_colors="active").page.locator(".line.old").first
    assert line.evaluate(STYLE, "border-top-style") == "solid"
