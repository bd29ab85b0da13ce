"""A headless Chromium, one for the folder, and pages opened in it that report all they do.

The browser is closed before other tests of the same worker run: while it is open, an event loop
runs that theirs would collide with. Each test file keeps itself to one worker by ``xdist_group``.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reconciler.errors import ReconcilerError
from reconciler.render import audits, error_report, plans, results
from reconciler.render.page import page
from tests import rich
from tests.browser import sheets

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
)
MEDIA = {"media": "screen", "color_scheme": "light", "forced_colors": "none"}
SHEETS = {
    "rich": sheets.RICH_IN_ENGLISH,
    "arabic": sheets.RICH,
    "empty": sheets.EMPTY,
    "fleet": sheets.fleet(300),
    "hostile": sheets.hostile(2_000),
    "endless": sheets.hostile(1_000_000),
    "plan": plans.sheet(rich.PLAN, rich.FINDINGS, "ar"),
    "drift": audits.sheet(rich.AUDIT),
    "apply": results.sheet(rich.PLAN, rich.OUTCOMES),
    "stopped": error_report.sheet("plan", "", ReconcilerError("no answer"), rich.FINDINGS),
}


@dataclass
class Opened:
    """The tab, what its pages said and asked for, and what was to be asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def shown(self, selector: str) -> list[str]:
        """The ids of what is visible."""
        found = "all => all.filter(one => one.checkVisibility()).map(one => one.id)"
        return self.page.locator(selector).evaluate_all(found)

    def width(self) -> int:
        """How wide the page is, seen or not."""
        return self.page.evaluate("document.documentElement.scrollWidth")

    def listen(self) -> None:
        """Writes down what happens from now on."""
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))


Open = Callable[..., Opened]


def chromium() -> str:
    """Where the browser is."""
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, sheet in SHEETS.items():
        (made / f"{name}.html").write_text(page(sheet), encoding="utf-8")
    return made


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Opened:
    found = Opened(browser.new_page())
    found.listen()
    return found


@pytest.fixture
def opened(tab: Opened, folder: Path) -> Iterator[Open]:
    """Opens a page by its sheet's name. It must say nothing, and ask for nothing but itself."""
    for heard in (tab.said, tab.asked, tab.addresses):
        heard.clear()

    def make(name: str = "rich", width: int = 1280, **media: str) -> Opened:
        address = (folder / f"{name}.html").as_uri()
        tab.addresses.append(address)
        tab.page.set_viewport_size({"width": width, "height": 800})
        tab.page.emulate_media(**{**MEDIA, **media})
        tab.page.goto(address)
        return tab

    yield make
    tab.page.evaluate("1")
    assert tab.said == []
    assert tab.asked == tab.addresses
    assert tab.page.url.partition("#")[0] == tab.addresses[-1]
    tab.page.goto("about:blank")
