"""Nothing in the page acts, whatever a sheet holds, and it asks for nothing."""

from reconciler.render.page import page
from tests.browser import sheets
from tests.listening import Handler, address, listening, local

INJECTED = """
<script>window.acted = 1</script>
<style>body { display: none }</style>
<p id="styled" style="position: fixed">text</p>
<img src="x" onerror="window.acted = 2">
<base href="http://127.0.0.1:9/">
<link rel="stylesheet" href="http://127.0.0.1:9/a.css">
<iframe srcdoc="<script>parent.acted = 3</script>"></iframe>
<iframe src="http://127.0.0.1:9/"></iframe>
<form action="http://127.0.0.1:9/"><button id="send">Send</button></form>
</body>"""

FOREIGN = "script, img, svg, iframe, object, embed, base, link, form form, [style]"
HANDLERS = "() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"


def test_hostile_texts_are_texts(opened):
    view = opened("hostile")
    assert view.page.evaluate("window.acted") is None
    assert view.page.locator(FOREIGN).count() == 0
    assert [name for name in view.page.evaluate(HANDLERS) if name.startswith("on")] == []
    assert view.page.locator("h1, style, main").count() == 3
    assert view.page.locator("a:not([href^='#'])").count() == 0
    assert "<script>window.acted = 1</script>" in view.page.locator("h1").inner_text()


def test_the_policy_blocks_what_was_slipped_in_or_is_added_later(browser, tmp_path):
    file = tmp_path / "tampered.html"
    file.write_text(page(sheets.RICH).replace("</body>", INJECTED), encoding="utf-8")
    tab = browser.new_page()
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(file.as_uri())
    tab.evaluate("document.querySelector('#send').click()")
    assert tab.url == file.as_uri()
    assert tab.evaluate("window.acted") is None
    assert tab.evaluate("document.baseURI") == file.as_uri()
    assert tab.evaluate("getComputedStyle(document.body).display") == "block"
    assert tab.evaluate("getComputedStyle(document.querySelector('#styled')).position") == "static"
    told = "\n".join(said)
    for directive in ("script-src", "style-src", "img-src", "base-uri", "form-action", "frame-src"):
        assert f"'{directive}'" in told or f"{directive} " in told, directive
    # Nor may anything added later.
    tab.evaluate("""() => {
        for (const [name, text] of [["script", "window.acted = 1"], ["style", "* {display: none}"]])
            document.body.append(Object.assign(document.createElement(name), {textContent: text}));
    }""")
    assert tab.evaluate("window.acted") is None
    assert tab.locator("h1").is_visible()
    tab.close()


def test_from_a_server_it_is_one_request_without_a_favicon(browser):
    asked = []
    text = page(sheets.RICH_IN_ENGLISH).encode()

    class Page(Handler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text)

    with listening(local(Page)) as server:
        tab = browser.new_page()
        said = []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(f"{address(server)}/plan.html", wait_until="networkidle")
        tab.close()
    assert (asked, said) == (["/plan.html"], [])
