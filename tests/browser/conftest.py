"""A headless Chromium, one per folder, and pages opened in it that record what they do.

Loading a page takes a while, so it is loaded once and reset to its first state for each test.

The browser is closed before other tests of the same worker run: while it is open, it runs an event
loop that would collide with theirs.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reconciler.errors import ReconcilerError
from reconciler.render import audits, error_report, plans, results
from reconciler.render.page import page
from reconciler.render.view import Sheet
from tests import samples
from tests.browser import flows, sheets

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
)
MEDIA = {"media": "screen", "color_scheme": "light", "forced_colors": "none"}
SHEETS: dict[str, Callable[[], Sheet]] = {
    "rich": lambda: sheets.RICH_IN_ENGLISH,
    "arabic": lambda: sheets.RICH,
    "empty": lambda: sheets.EMPTY,
    "fleet": lambda: sheets.fleet(100),
    "flow": lambda: flows.sheet("en"),
    "arabic-flow": lambda: flows.sheet("ar"),
    "hostile": sheets.hostile,
    "plan": lambda: plans.sheet(samples.planned(samples.PLAN, samples.FINDINGS), "ar"),
    "drift": lambda: audits.sheet(samples.AUDIT),
    "apply": lambda: results.sheet(samples.PLAN, samples.OUTCOMES),
    "stopped": lambda: error_report.sheet(
        "plan", "", ReconcilerError("no answer"), samples.FINDINGS
    ),
}
# The state right after loading: nothing chosen, nothing unfolded, no focus.
AFRESH = """() => {
    for (const one of document.forms) one.reset();
    for (const one of document.querySelectorAll("details")) one.open = false;
    document.activeElement.blur();
    scrollTo(0, 0);
}"""


@dataclass
class Opened:
    """A tab with one page, its console messages and its requests."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def shown(self, selector: str) -> list[str]:
        """The ids of the visible elements."""
        found = "all => all.filter(one => one.checkVisibility()).map(one => one.id)"
        return self.page.locator(selector).evaluate_all(found)

    def width(self) -> int:
        """How wide the page is, seen or not."""
        return self.page.evaluate("document.documentElement.scrollWidth")

    def unfold(self) -> None:
        """Open every list."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    def load(self) -> None:
        """Writes down what happens from now on."""
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.address)

    def afresh(self) -> None:
        """Reset the page; the next Tab goes to the first control."""
        self.page.evaluate(AFRESH)
        self.page.goto(f"{self.address}#")


Open = Callable[..., Opened]


def chromium() -> str:
    """The path of the browser."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "no Chromium: put one on PATH, or name it in CHROMIUM"
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="package")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Opened]:
    """A function that opens the page of a sheet, each in its own tab."""
    folder = tmp_path_factory.mktemp("pages")

    context = browser.new_context()

    @cache
    def loaded(name: str) -> Opened:
        file = folder / f"{name}.html"
        file.write_text(page(SHEETS[name]()), encoding="utf-8")
        found = Opened(context.new_page(), file.as_uri())
        found.load()
        return found

    return loaded


@pytest.fixture
def opened(pages: Callable[[str], Opened]) -> Iterator[Open]:
    """A page by its sheet's name, as if just opened. It says nothing, and asks for itself alone."""
    used = []

    def make(name: str = "rich", width: int = 1280, **media: str) -> Opened:
        found = pages(name)
        used.append(found)
        found.page.bring_to_front()  # a tab behind another one is drawn once a second
        found.page.set_viewport_size({"width": width, "height": 800})
        found.page.emulate_media(**{**MEDIA, **media})
        found.afresh()
        return found

    yield make
    for one in used:
        one.page.evaluate("1")
        assert one.said == []
        assert one.asked == [one.address]
        assert one.page.url.partition("#")[0] == one.address
