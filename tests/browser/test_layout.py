"""How the page lies: on a desk, on a phone, on paper, with Arabic and with endless texts."""

import pytest

STYLE = "(one, name) => getComputedStyle(one).getPropertyValue(name)"

# The position of a line number's digits, without the text for screen readers.
DIGITS = """one => {
    const range = document.createRange();
    range.selectNodeContents(one.lastChild);
    const box = range.getBoundingClientRect();
    return [box.left, box.right];
}"""


@pytest.mark.parametrize("name", ["rich", "arabic", "empty", "plan", "drift", "apply", "stopped"])
def test_no_page_is_wider_than_its_window(opened, name):
    view = opened(name)
    for width in (1280, 768, 375, 320):
        view.page.set_viewport_size({"width": width, "height": 800})
        assert view.width() == width


def test_hostile_texts_stay_in_their_places(opened):
    """Lines without a blank, heaps of marks; also in opened lists and side by side."""
    view = opened("hostile")
    for width in (1280, 320):
        view.page.set_viewport_size({"width": width, "height": 800})
        assert view.width() == width
    text = view.page.locator(".line .text").first
    assert text.evaluate(STYLE, "overflow-y") == "clip"
    view.page.set_viewport_size({"width": 768, "height": 800})
    assert view.width() == 768
    view.page.check("#beside")
    view.unfold()
    assert view.width() == 768


@pytest.mark.parametrize("width", [375, 1280])
def test_signs_and_numbers_are_left_of_an_arabic_line(opened, width):
    number, sign, text = first_line(opened(width=width))
    assert number["x"] < sign["x"]
    assert sign["x"] + sign["width"] <= text["x"]


@pytest.mark.parametrize("width", [375, 1280])
def test_signs_and_numbers_are_right_of_any_line_in_an_arabic_page(opened, width):
    view = opened("arabic", width)
    assert view.page.locator("html").evaluate(STYLE, "direction") == "rtl"
    number, sign, text = first_line(view)
    assert number["x"] >= sign["x"] + sign["width"]
    assert text["x"] + text["width"] <= sign["x"]


def first_line(view):
    """The number, sign and text of an Arabic line; those of an English one are in line with it."""
    line = view.page.locator("#agent-0 .prose .line.new").first
    found = [line.locator(one) for one in (".number", ".sign", ".text")]
    assert found[2].evaluate(STYLE, "direction") == "rtl"
    english = view.page.locator("#agent-1 .prose .line.new").first
    assert english.locator(".text").evaluate(STYLE, "direction") == "ltr"
    boxes = [one.bounding_box() for one in found]
    assert english.locator(".sign").bounding_box()["x"] == boxes[1]["x"]
    return boxes


@pytest.mark.parametrize("width", [375, 1280])
def test_an_arabic_page_is_the_mirror_of_an_english_one(opened, width):
    edges = []
    for name, side in (("rich", 1), ("arabic", -1)):
        line = opened(name, width).page.locator("#agent-0 .prose .line.new").first
        digits = line.locator(".number").evaluate(DIGITS)
        boxes = [line.locator(one).bounding_box() for one in (".sign", ".text")]
        whole = line.bounding_box()
        lefts, rights = digits[:1], digits[1:]
        lefts += [box["x"] for box in boxes]
        rights += [box["x"] + box["width"] for box in boxes]
        if side == 1:
            edges.append([one - whole["x"] for one in [*lefts, *rights]])
        else:
            edges.append([whole["x"] + whole["width"] - one for one in [*rights, *lefts]])
    assert edges[0] == pytest.approx(edges[1], abs=1)


@pytest.mark.parametrize(("name", "closed"), [("rich", "▸"), ("arabic", "◂")])
def test_closed_filters_point_to_where_lines_go(opened, name, closed):
    label = opened(name, 390).page.locator(".unfold label")
    arrow = "one => getComputedStyle(one, '::before').content"
    assert label.evaluate(arrow) == f'"{closed} "'
    label.click()
    assert label.evaluate(arrow) == '"▾ "'


def test_an_arabic_page_keeps_its_filters_at_the_right(opened):
    view = opened("arabic")
    form, main = (view.page.locator(one).bounding_box() for one in ("form", "main"))
    assert main["x"] + main["width"] <= form["x"]


def test_a_placeholder_keeps_its_own_direction_in_an_arabic_line(opened):
    view = opened()
    found = view.page.locator("#agent-0 .prose .placeholder").first
    assert found.inner_text() == "{{caller}}"
    assert found.evaluate(STYLE, "direction") == "ltr"


def test_sentences_about_an_agent_have_their_language(opened):
    for name, language, direction in (("arabic", "ar", "rtl"), ("rich", "en", "ltr")):
        told = opened(name).page.locator("#agent-0 .told")
        assert told.get_attribute("lang") == language
        assert told.evaluate(STYLE, "direction") == direction


def test_marked_words_differ_in_more_than_colour(opened):
    view = opened()
    marks = [view.page.locator(f"#agent-0 .prose {name}").first for name in ("del", "ins")]
    styles = [one.evaluate(STYLE, "text-decoration-style") for one in marks]
    assert styles == ["dashed", "solid"]  # no line runs through Arabic letters
    english = view.page.locator("#agent-1 .prose del").first
    assert english.evaluate(STYLE, "text-decoration-line") == "line-through"


def test_in_an_arabic_page_a_line_runs_through_what_is_not_arabic(opened):
    view = opened("arabic")
    arabic, latin = (
        view.page.locator(one).first for one in ("#agent-0 .prose del", "#shared-2 .values del")
    )
    assert arabic.evaluate(STYLE, "text-decoration-style") == "dashed"
    assert arabic.evaluate(STYLE, "text-decoration-line") == "underline"
    assert latin.evaluate(STYLE, "text-decoration-line") == "line-through"


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


@pytest.mark.parametrize(
    ("name", "said"),
    [("rich", "A filter hides some changes."), ("arabic", "يُخفي المرشّح بعض التغييرات.")],
)
def test_paper_shows_that_something_was_left_out(opened, name, said):
    view = opened(name)
    view.page.uncheck("#group-spoken")
    view.page.emulate_media(media="print")
    assert view.page.get_by_text(said).is_visible()
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


def test_lines_have_borders_if_colours_are_the_readers(opened):
    line = opened(forced_colors="active").page.locator(".line.old").first
    assert line.evaluate(STYLE, "border-top-style") == "solid"
