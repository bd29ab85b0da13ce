"""axe finds nothing to complain about, and those who listen hear what others see."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

pytestmark = pytest.mark.xdist_group("browser")


def complaints(view):
    """What axe finds: rule and element. Run as a debugger would, out of the policy's reach."""
    view.page.evaluate(AXE_SCRIPT)
    found = view.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    return [(one["id"], node["html"]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("rich", "light", 375),
        ("rich", "dark", 1280),
        ("arabic", "dark", 375),
        ("arabic", "light", 1280),
    ],
)
def test_a_rich_page_has_no_violation(opened, name, scheme, width):
    view = opened(name, width, color_scheme=scheme)
    if width == 375:
        view.page.locator(".unfold label").click()
    for summary in view.page.locator("main summary, footer summary").all():
        summary.click()
    assert complaints(view) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_filtered_page_side_by_side_has_none(opened, scheme):
    view = opened(color_scheme=scheme)
    view.page.select_option("#agent", "1")
    view.page.check("#beside")
    assert complaints(view) == []


@pytest.mark.parametrize("name", ["empty", "hostile", "plan", "drift", "apply", "stopped"])
def test_an_odd_page_has_none(opened, name):
    assert complaints(opened(name)) == []


def test_axe_would_complain(browser):
    tab = browser.new_page()
    tab.set_content("<img src='data:,'><input>")
    tab.evaluate(AXE_SCRIPT)
    found = {one["id"] for one in tab.evaluate("axe.run()")["violations"]}
    tab.close()
    assert {"image-alt", "label", "document-title", "html-has-lang"} <= found


def test_signs_are_heard_as_words(opened):
    heard = opened().page.locator("#agent-1").aria_snapshot()
    for words in ("line 22 removed:", "line 22 added:", "before:", "now:", "ignored:"):
        assert words in heard, words
    assert "−" not in heard


def test_signs_are_heard_as_arabic_words(opened):
    heard = opened("arabic").page.locator("#agent-1").aria_snapshot()
    for words in ("السطر 22 محذوف:", "السطر 22 مضاف:", "سابقاً:", "الآن:", "متجاهَل:"):
        assert words in heard, words
    assert "−" not in heard


LANDMARKS = [
    pytest.param(
        "rich",
        [
            'link "Skip to the changes":',
            'list "Counts":',
            'form "Filter and layout":',
            'region "Breaking for callers":',
            'region "Agents":',
            'region "Findings":',
        ],
        id="English",
    ),
    pytest.param(
        "arabic",
        [
            'link "انتقل إلى التغييرات":',
            'list "الأعداد":',
            'form "الترشيح والعرض":',
            'region "يلزم تعديل أنظمة الاتصال":',
            'region "الوكلاء":',
            'region "الملاحظات":',
        ],
        id="Arabic",
    ),
]


@pytest.mark.parametrize(("name", "named"), LANDMARKS)
def test_landmarks_have_names(opened, name, named):
    found = opened(name).page.locator("body").aria_snapshot()
    for one in ("banner:", "main:", "contentinfo:", *named):
        assert one in found, one
