"""The explorer's page, driven in Debian's Chromium: what a person does, and what they see.

Most of it on the small generator of NumPy, whose pictures have 8 × 8 pixels. Where there is no Chromium,
everything that needs one is skipped, and says so.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import threading
import urllib.parse

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.web.app import page_files
from ganspace_tf.explorer.web.serve import Place, Running
from tests.explorer_server import Proxy, running, small_session

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if sys.version_info >= (3, 10):
    playwright = pytest.importorskip("playwright.sync_api")
needs_chromium = pytest.mark.skipif(
    sys.version_info < (3, 10) or CHROMIUM is None,
    reason="NO BROWSER: the page is tested with Chromium on the newer stack alone (apt-get install chromium)",
)
EXACT = "() => document.querySelector('#status').textContent.includes('exact')"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT = 60_000  # ms after which a test gives up


# ------------------------------------------------------------------ files alone


def test_the_page_is_small_and_whole():
    files = page_files()
    assert sum(len(data) for data, _ in files.values()) <= 150_000
    assert {"index.html", "style.css", "main.js", "texts.js", "icon.svg"} <= set(files)


def test_no_file_of_the_page_evaluates_text_or_asks_elsewhere():
    for name, (data, _) in page_files().items():
        text = data.decode("utf-8")
        for word in (
            r"\beval\(",
            r"new Function",
            r"innerHTML",
            r"outerHTML",
            r"insertAdjacentHTML",
            r"document\.write",
            r"@import",
        ):
            assert not re.search(word, text), (name, word)
        assert not re.search(r"""["'(]/{1,2}[a-z]""", text.replace("http://www.w3.org/2000/svg", "")), name
        assert "style=" not in text and not re.search(r"\son\w+=", text), name


def test_every_import_and_every_text_is_there():
    files = {name: data.decode("utf-8") for name, (data, _) in page_files().items()}
    texts = files["texts.js"]
    for name, text in files.items():
        for module in re.findall(r"from '\./(\S+)'", text):
            assert module in files, (name, module)
        for key in re.findall(r"\bt\('(\w+)'", text):
            assert re.search(r"\b{}: ['\"]".format(key), texts), (name, key)


# ------------------------------------------------------------------ with a browser


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        there = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield there
        there.close()


class Seen:
    """A page and what it did: messages down in their order, console errors, requests elsewhere."""

    def __init__(self, context, url):
        self.page = context.new_page()
        self.frames, self.errors, self.foreign = [], [], []
        host = urllib.parse.urlsplit(url).netloc
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url, host))
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def _asked(self, url, host):
        if not url.startswith(("data:", "blob:")) and urllib.parse.urlsplit(url).netloc != host:
            self.foreign.append(url)

    def _received(self, data):
        if isinstance(data, bytes) and data[3] == 0:
            self.frames.append((int.from_bytes(data[4:8], "little"), bool(data[11])))

    def exact(self):
        self.page.wait_for_timeout(50)
        self.page.wait_for_function(EXACT, timeout=WAIT)

    def state(self):
        """The state that the page keeps, as JSON."""
        self.page.wait_for_timeout(500)
        kept = self.page.evaluate(
            "() => JSON.parse(Object.entries(localStorage).find(([k]) => k.startsWith('ganspace:'))[1])"
        )
        return kept["steps"][kept["at"]]

    def pixels(self):
        """What the canvas shows."""
        size, data = self.page.evaluate(
            """() => {
                const c = document.querySelector('#picture');
                const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                return [[c.height, c.width], Array.from(data)];
            }"""
        )
        return np.array(data, np.uint8).reshape(size + [4])[..., :3]

    def slide(self, number, presses, key="ArrowRight"):
        self.page.locator("#rows input[type=range]").nth(number).focus()
        for _ in range(presses):
            self.page.keyboard.press(key)
        self.page.wait_for_timeout(800)
        self.exact()


@pytest.fixture
def seen(browser):
    """Opens pages in contexts of their own."""
    contexts = []

    def opened(url, token=None, context=None, ready=True, **options):
        if context is None:
            context = browser.new_context(**dict({"viewport": DESK, "accept_downloads": True}, **options))
            contexts.append(context)
        there = Seen(context, url)
        there.page.goto(url + ("" if token is None else "#token=" + token))
        if token is not None and ready:
            there.page.wait_for_selector("#rows input[type=range]", timeout=WAIT)
            there.exact()
        return there

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


def shown(session, state):
    return session.show(State.from_json(state))


@needs_chromium
def test_the_token_leaves_the_address_bar_and_nothing_leaves_the_host(server, seen):
    url, token, session = server
    there = seen(url, token)
    assert token not in there.page.url and token not in there.page.evaluate(
        "() => JSON.stringify(localStorage)"
    )
    assert np.array_equal(there.pixels(), session.show(session.initial))
    there.slide(0, 12)
    for tab in range(5):
        there.page.locator("#tab-{}".format(tab)).click()
        there.page.wait_for_timeout(400)
    assert there.errors == [] and there.foreign == []


@needs_chromium
def test_a_drag_ends_with_the_exact_picture_and_never_shows_an_older_frame_after_a_newer(server, seen):
    url, token, session = server
    there = seen(url, token)
    box = there.page.locator("#rows input[type=range]").first.bounding_box()
    across = box["y"] + box["height"] / 2
    there.page.mouse.move(box["x"] + box["width"] / 2, across)
    there.page.mouse.down()
    for step in range(100):
        there.page.mouse.move(box["x"] + box["width"] * (0.5 + 0.4 * np.sin(step / 9)), across)
    there.page.mouse.up()
    there.exact()
    state = there.state()
    assert state["edits"][0]["sigma"] != 0 and np.array_equal(there.pixels(), shown(session, state))
    ids = [number for number, _ in there.frames]
    assert ids == sorted(ids) and there.frames[-1][1]
    there.page.keyboard.press("Control+z")
    there.page.wait_for_timeout(400)
    assert there.state()["edits"] == []  # one gesture, one step


@needs_chromium
def test_keys_do_everything(server, seen):
    url, token, _ = server
    there = seen(url, token)
    press = there.page.keyboard.press
    press("j")
    there.slide(0, 5)
    for key, wanted in [
        ("Shift+ArrowRight", 1.0),
        ("PageUp", 2.0),
        (",", 1.99),
        (".", 2.0),
        ("Home", -2.0),
        ("0", 0),
    ]:
        press(key)
        there.page.wait_for_timeout(900)
        assert sum(edit["sigma"] for edit in there.state()["edits"]) == pytest.approx(wanted)
    press("Enter")
    there.page.keyboard.type("1.25")
    press("Enter")
    assert there.state()["edits"][0]["sigma"] == 1.25
    press("x")
    assert there.state()["edits"][0]["on"] is False
    press("l")
    press("Shift+ArrowLeft")
    press("ArrowRight")
    there.page.wait_for_timeout(900)
    assert [there.state()["edits"][0][name] for name in ("first_layer", "last_layer")] == [1, 3]
    press("n")
    assert there.state()["seed"] == 1
    press("p")
    press("f")
    for tab in "12345":
        press(tab)
    assert there.page.locator("#panel-4").is_visible()
    press("?")
    assert there.page.locator("dialog[open]").is_visible()
    press("Escape")
    press("/")
    there.page.keyboard.type("v3")
    assert there.page.locator("#rows .slider:visible").count() == 1
    assert there.errors == []


@needs_chromium
def test_a_refresh_a_second_tab_and_a_link_show_the_same(server, seen):
    url, token, session = server
    there = seen(url, token)
    there.slide(1, 15)
    there.page.keyboard.press("n")
    there.exact()
    state = there.state()
    link = there.page.url
    assert "#s=" in link and token not in link
    there.page.reload()
    there.exact()
    assert there.state() == state and np.array_equal(there.pixels(), shown(session, state))
    second = seen(
        link, context=there.page.context
    )  # its own sessionStorage: the token comes from the first tab
    second.page.wait_for_selector("#rows input[type=range]", timeout=WAIT)
    second.exact()
    assert second.state() == state
    there.page.keyboard.press("Control+z")
    there.exact()
    assert there.state()["seed"] == 0


@needs_chromium
def test_without_a_token_the_page_asks_for_it_and_takes_the_whole_address(server, seen):
    url, token, _ = server
    there = seen(url)
    field = there.page.locator("#banner input")
    field.wait_for(timeout=WAIT)
    field.fill("wrong")
    there.page.keyboard.press("Enter")
    there.page.wait_for_timeout(500)
    field = there.page.locator("#banner input")
    field.fill(url + "#token=" + token)
    there.page.keyboard.press("Enter")
    there.exact()


@needs_chromium
def test_the_page_is_there_before_the_network_and_says_what_is_done(seen):
    """The session waits until the page has been looked at; nothing can be pressed meanwhile."""
    session, looked_at = small_session(), threading.Event()

    def opened(report):
        report("reading the network")
        looked_at.wait(WAIT / 1000)
        return session

    with Running(opened, Place()) as server:
        url, _, token = server.url.partition("#token=")
        there = seen(url, token, ready=False)
        there.page.wait_for_function(
            "() => document.querySelector('#status').textContent.includes('reading')"
        )
        assert there.page.locator("#main[inert]").count() == 1
        there.page.keyboard.press("d")
        looked_at.set()
        there.exact()
        assert there.page.locator("#main[inert]").count() == 0 and there.errors == []


@needs_chromium
def test_fifty_steps_back_and_forth_cost_no_picture(seen):
    with running() as (url, token, session):
        there = seen(url, token)
        for _ in range(50):
            there.page.keyboard.press("n")
            there.exact()
        last = there.pixels()
        there.page.wait_for_timeout(500)
        drawn = session.generator.pictures
        for _ in range(50):
            there.page.keyboard.press("Control+z")
        there.exact()
        assert there.state()["seed"] == 0 and np.array_equal(there.pixels(), session.show(session.initial))
        for _ in range(50):
            there.page.keyboard.press("Control+y")
        there.exact()
        assert there.state()["seed"] == 50 and np.array_equal(there.pixels(), last)
        assert session.generator.pictures <= drawn + 1  # the one of this test itself


@needs_chromium
def test_a_new_step_after_undo_leaves_the_old_branch_in_the_history(server, seen):
    url, token, _ = server
    there = seen(url, token)
    for key in ("n", "n", "Control+z", "r"):
        there.page.keyboard.press(key)
        there.exact()
    assert there.page.get_by_role("button", name="Redo").is_disabled()
    there.page.keyboard.press("5")
    there.page.wait_for_timeout(600)
    assert there.page.locator("#panel-4 .grid").nth(2).locator(".thumb").count() == 1


@needs_chromium
def test_a_saved_picture_is_the_one_of_its_recipe_and_opens_as_the_same_state(server, seen):
    url, token, session = server
    there = seen(url, token)
    there.slide(2, 13)
    state = there.state()
    with there.page.expect_download(timeout=WAIT) as saved:
        there.page.keyboard.press("Control+s")
    with open(saved.value.path(), "rb") as stream:
        data = stream.read()
    image = Image.open(io.BytesIO(data))
    recipe = json.loads(image.text["ganspace"])
    assert np.array_equal(np.asarray(image), shown(session, state)) and recipe["verb"] == "edit"
    there.page.keyboard.press("Control+z")
    there.exact()
    drop(there, "saved.png", data)
    there.page.get_by_role("button", name="Open").last.click()
    there.exact()
    assert there.state() == state


def drop(there, name, data):
    there.page.set_input_files(
        "#file", files=[{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    )
    there.page.locator("dialog[open], #banner:not([hidden])").first.wait_for(timeout=WAIT)


@needs_chromium
def test_what_cannot_be_opened_is_said_in_one_line(server, seen):
    url, token, _ = server
    there = seen(url, token)
    drop(there, "net.pkl", b"\x80\x04.")
    assert "net.pkl is nothing that is opened here" in there.page.inner_text("#banner")


@needs_chromium
def test_a_direction_is_named_downloaded_and_a_slider(server, seen):
    url, token, _ = server
    there = seen(url, token)
    there.slide(1, 10)
    there.page.get_by_role("button", name="Name this …").click()
    there.page.keyboard.type("my wings")
    with there.page.expect_download(timeout=WAIT) as saved:
        there.page.keyboard.press("Enter")
    with open(saved.value.path()) as stream:
        assert json.load(stream)["name"] == "my wings"
    there.page.get_by_label("my wings", exact=True).wait_for(timeout=WAIT)


@needs_chromium
def test_before_split_and_difference(server, seen):
    url, token, session = server
    there = seen(url, token)
    there.slide(0, 18)
    edited = there.pixels()
    there.page.keyboard.down("c")
    there.page.wait_for_timeout(600)
    assert np.array_equal(there.pixels(), session.show(session.initial))
    there.page.keyboard.up("c")
    assert np.array_equal(there.pixels(), edited)
    there.page.get_by_role("button", name="Split").click()
    divider = there.page.get_by_label("Divider between A and B")
    divider.focus()
    there.page.keyboard.press("ArrowLeft")
    assert divider.input_value() == "49" and "+1.8" in there.page.inner_text("#differences")
    there.page.get_by_role("button", name="Difference").click()
    there.page.wait_for_timeout(300)
    over = there.page.evaluate(
        "() => Array.from(document.querySelector('#over').getContext('2d').getImageData(0, 0, 8, 8).data)"
    )
    wanted = np.clip(128 + 4 * (edited.astype(int) - session.show(session.initial)), 0, 255)
    assert np.array_equal(np.array(over).reshape(8, 8, 4)[..., :3], wanted)


@needs_chromium
def test_two_marks_on_each_side_make_a_slider(server, seen):
    url, token, _ = server
    there = seen(url, token)
    there.page.keyboard.press("3")
    for number, kind in ((1, "plus"), (2, "plus"), (3, "minus"), (4, "minus")):
        there.page.locator("#panel-2 .mark." + kind).nth(number).click()
    there.page.locator("#panel-2 .result").wait_for(timeout=WAIT)
    assert there.page.locator("#panel-2 .result .thumb").count() == 3
    assert there.errors == []


@needs_chromium
def test_the_server_may_go_and_come_back(seen):
    session, token = small_session(), "t" * 32
    first = Running(session, Place(token=token))
    url = first.url.split("#")[0]
    there = seen(url, token)
    there.slide(0, 10)
    first.close()
    there.page.wait_for_function("() => !document.querySelector('#banner').hidden", timeout=WAIT)
    there.page.locator("#rows input[type=range]").first.focus()
    there.page.keyboard.press("ArrowRight")
    there.page.wait_for_timeout(800)
    port = int(urllib.parse.urlsplit(url).port)
    with Running(small_session(), Place(port=port, token=token)):
        there.exact()
        state = there.state()
        assert state["edits"][0]["sigma"] == pytest.approx(1.1)
        assert np.array_equal(there.pixels(), shown(session, state))
        assert there.page.locator("#banner").is_hidden()


@needs_chromium
@pytest.mark.parametrize("options", [{"prefix": "/user/me/proxy/8100"}, {"prefix": "/c", "sockets": False}])
def test_behind_proxies(seen, options):
    with running() as (url, token, session), Proxy(url, **options) as proxy:
        there = seen(proxy.url, token)
        there.slide(0, 10)
        assert np.array_equal(there.pixels(), shown(session, there.state()))
        assert there.foreign == []


@needs_chromium
@pytest.mark.parametrize("viewport", [PHONE, {"width": 640, "height": 450}], ids=["phone", "200 % zoom"])
def test_nothing_scrolls_sideways(server, seen, viewport):
    url, token, _ = server
    there = seen(url, token, viewport=viewport, has_touch=True)
    for tab in range(5):
        there.page.locator("#tab-{}".format(tab)).click()
        there.page.wait_for_timeout(300)
        assert there.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@needs_chromium
def test_a_thumb_moves_a_slider_and_targets_are_large_enough(server, seen):
    url, token, _ = server
    there = seen(url, token, viewport=PHONE, has_touch=True, is_mobile=True)
    slider = there.page.locator("#rows input[type=range]").first
    slider.scroll_into_view_if_needed()
    there.page.evaluate("() => window.scrollBy(0, 200)")
    box = slider.bounding_box()
    there.page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    there.exact()
    assert there.state()["edits"][0]["sigma"] > 0.5
    small = there.page.evaluate(
        """() => [...document.querySelectorAll('button, select, input[type=number], #rows input[type=range]')]
            .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44 && !e.closest('.presets'))
            .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


@needs_chromium
def test_everything_that_can_be_focused_has_a_name_and_ids_are_unique(server, seen):
    url, token, _ = server
    there = seen(url, token)
    for tab in range(5):
        there.page.locator("#tab-{}".format(tab)).click()
        there.page.wait_for_timeout(300)
        nameless = there.page.evaluate(
            """() => [...document.querySelectorAll('button, input, select, textarea, [tabindex="0"]')]
                .filter((e) => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent.trim()
                    || (e.labels && [...e.labels].some((l) => l.textContent.trim()))))
                .map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert nameless == []
    ids = there.page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    text = there.page.locator("#rows input[type=range]").first.get_attribute("aria-valuetext")
    assert "sigma" in text and "layers 0 to 3" in text


# Texts whose colour stands out from what is behind them by less than 4.5:1 (WCAG 2, success criterion 1.4.3).
CONTRAST = """() => {
  const parse = (text) => {
    const n = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith('color(srgb') ? [255 * n[0], 255 * n[1], 255 * n[2], ...n.slice(3)] : n;
  };
  const linear = (c) => (c / 255 <= .03928 ? c / 255 / 12.92 : ((c / 255 + .055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const said = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  return [...document.querySelectorAll('body *')]
    .filter((e) => e.offsetParent && !e.closest(':disabled') && said(e))
    .map((e) => [e, light(parse(getComputedStyle(e).color)), light(ground(e))])
    .filter(([e, a, b]) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5)
    .map(([e]) => e.outerHTML.slice(0, 90));
}"""


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_colour_schemes(server, seen, scheme):
    url, token, _ = server
    there = seen(url, token, color_scheme=scheme)
    there.slide(0, 10)
    for tab in range(5):
        there.page.locator("#tab-{}".format(tab)).click()
        there.page.wait_for_timeout(300)
        assert there.page.evaluate(CONTRAST) == []
