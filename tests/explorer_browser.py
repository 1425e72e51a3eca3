"""Debian's Chromium as the tests of the explorer's page use it."""

from __future__ import annotations

import shutil
import sys
import urllib.parse

import numpy as np
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(
    sys.version_info < (3, 10) or CHROMIUM is None,
    reason="NO BROWSER: the page is tested with Chromium on the newer stack alone (apt-get install chromium)",
)
EXACT = "() => document.querySelector('#status').textContent.includes('exact')"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT = 60_000  # ms after which a test gives up


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

    def kept(self):
        """All that the page keeps, as JSON."""
        self.page.wait_for_timeout(500)
        return self.page.evaluate(
            "() => JSON.parse(Object.entries(localStorage).find(([k]) => k.startsWith('ganspace:'))[1])"
        )

    def state(self):
        """The state that it shows."""
        kept = self.kept()
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


def chromium():
    """The browser, for as long as somebody wants it."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        there = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield there
        there.close()


def pages(browser):
    """A function that opens a page: address, token, another page's context, whether to await the picture."""
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
