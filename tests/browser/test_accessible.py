"""axe finds nothing to complain about, and those who listen hear what others see."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT


def complaints(view, *, colours=True):
    """What axe finds: rule and element. Run as a debugger would, out of the policy's reach."""
    if not view.page.evaluate("'axe' in window"):
        view.page.evaluate(AXE_SCRIPT)
    rules = {} if colours else {"color-contrast": {"enabled": False}}
    given = {"resultTypes": ["violations"], "rules": rules}
    found = view.page.evaluate("given => axe.run(document, given)", given)
    assert len(found["passes"]) > 10
    return [(one["id"], node["html"]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(("name", "scheme"), [("rich", "light"), ("arabic", "dark")])
def test_a_rich_page_has_no_violation(opened, name, scheme):
    """On a phone, with all that can be opened, and the words that something is filtered."""
    view = opened(name, 375, color_scheme=scheme)
    view.page.locator(".unfold label").click()
    view.page.uncheck("#group-reach")
    view.unfold()
    assert complaints(view) == []


def test_a_filtered_page_side_by_side_has_none(opened):
    view = opened(color_scheme="dark")
    view.page.select_option("#agent", "1")
    view.page.check("#beside")
    assert complaints(view) == []


@pytest.mark.parametrize("name", ["empty", "hostile", "drift", "apply", "stopped"])
def test_an_odd_page_has_none(opened, name):
    """A hostile one has the colours of the others, thousands of times."""
    assert complaints(opened(name), colours=name != "hostile") == []


def test_axe_would_complain(browser):
    tab = browser.new_page()
    tab.set_content("<img src='data:,'><input>")
    tab.evaluate(AXE_SCRIPT)
    found = {one["id"] for one in tab.evaluate("axe.run()")["violations"]}
    tab.close()
    assert {"image-alt", "label", "document-title", "html-has-lang"} <= found


HEARD = {
    "rich": ("line 22 removed:", "line 22 added:", "before:", "now:", "ignored:"),
    "arabic": ("السطر 22 محذوف:", "السطر 22 مضاف:", "سابقاً:", "الآن:", "متجاهَل:"),
}
LANDMARKS = {
    "rich": (
        'link "Skip to the changes":',
        'list "Counts":',
        'form "Filter and layout":',
        'region "Breaking for callers":',
        'region "Agents":',
        'region "Findings":',
    ),
    "arabic": (
        'link "انتقل إلى التغييرات":',
        'list "الأعداد":',
        'form "الترشيح والعرض":',
        'region "يلزم تعديل أنظمة الاتصال":',
        'region "الوكلاء":',
        'region "الملاحظات":',
    ),
}


@pytest.mark.parametrize("name", HEARD)
def test_signs_are_heard_as_words_and_landmarks_have_names(opened, name):
    page = opened(name).page
    heard = page.locator("#agent-1").aria_snapshot()
    assert [words for words in HEARD[name] if words not in heard] == []
    assert "−" not in heard
    found = page.locator("body").aria_snapshot()
    named = ("banner:", "main:", "contentinfo:", *LANDMARKS[name])
    assert [one for one in named if one not in found] == []
