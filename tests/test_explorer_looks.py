"""The explorer's page as files, and as people see it: small, whole, for thumbs, by name, in both schemes."""

from __future__ import annotations

import re

import pytest

from ganspace_tf.explorer.web.app import page_files
from tests.explorer_browser import PHONE, needs_chromium
from tests.explorer_server import running


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


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


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
