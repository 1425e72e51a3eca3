"""The explorer's page when things go wrong, and its map and sheets; driven in Chromium."""

from __future__ import annotations

import io
import json
import urllib.parse

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.explorer.web import hub
from ganspace_tf.explorer.web.serve import Place, Running
from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_server import running, shown, small_session
from tests.test_explorer_page import drop


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


@needs_chromium
def test_the_server_may_go_and_come_back(seen):
    session, token = small_session(), "t" * 32
    first = Running(session, Place(token=token))
    url = first.url.split("#")[0]
    there = seen(url, token)
    box = there.page.locator("#rows input[type=range]").first.bounding_box()
    across = box["y"] + box["height"] / 2
    there.page.mouse.move(box["x"] + box["width"] / 2, across)
    there.page.mouse.down()
    for step in range(1, 31):  # the server goes in the middle of a drag
        there.page.mouse.move(box["x"] + box["width"] * (0.5 + step / 100), across)
        if step == 10:
            first.close()
    there.page.wait_for_function("() => !document.querySelector('#banner').hidden", timeout=WAIT)
    there.page.mouse.up()
    there.page.locator("#rows input[type=range]").first.focus()
    there.page.keyboard.press("ArrowRight")
    there.page.get_by_role("button", name="Later").click()  # seeds that nobody draws now
    there.page.wait_for_timeout(800)
    port = int(urllib.parse.urlsplit(url).port)
    with Running(small_session(), Place(port=port, token=token)):
        there.exact()
        state = there.state()
        assert state["edits"][0]["sigma"] > 1  # of what was dragged and pressed without a server
        assert np.array_equal(there.pixels(), shown(session, state))
        assert there.page.locator("#banner").is_hidden()
        there.page.wait_for_function(
            "() => document.querySelectorAll('#panel-0 .thumb canvas').length === 24", timeout=WAIT
        )


@needs_chromium
def test_a_picture_that_is_still_decoded_takes_no_word_of_the_loss_away(seen):
    session, token = small_session(), "t" * 32
    first = Running(session, Place(token=token))
    there = seen(first.url.split("#")[0], token)
    there.page.evaluate(
        """() => {
            const decode = createImageBitmap;
            window.decoded = 0;
            window.createImageBitmap = async (blob) => {
                await new Promise((go) => setTimeout(go, 3000));
                window.decoded += 1;
                return decode(blob);
            };
        }"""
    )
    received = len(there.frames)
    there.page.locator("#rows input[type=range]").first.focus()
    there.page.keyboard.press("ArrowRight")
    while len(there.frames) == received:
        there.page.wait_for_timeout(20)
    first.close()
    there.page.locator("#banner:not([hidden])").wait_for(timeout=WAIT)
    assert there.page.evaluate("decoded") == 0  # the loss was seen first
    there.page.wait_for_function("() => decoded > 0", timeout=WAIT)
    there.page.wait_for_timeout(200)
    assert there.page.locator("#banner").is_visible()


@needs_chromium
def test_who_comes_when_the_server_is_full_is_told_so_and_let_in_later(seen, monkeypatch):
    with running() as (url, token, _):
        monkeypatch.setattr(hub, "MOST_CLIENTS", 1)
        first = seen(url, token)
        first.exact()
        second = seen(url, token, ready=False)
        second.page.locator("#banner:not([hidden])").wait_for(timeout=WAIT)
        second.page.wait_for_timeout(200)
        assert "as many clients" in second.page.inner_text("#banner")
        first.page.close()
        second.exact()
        assert second.page.locator("#banner").is_hidden()


@needs_chromium
def test_another_network_at_the_same_address_is_asked_about_first(seen):
    first, token = Running(small_session(), Place(token="t" * 32)), "t" * 32
    url = first.url.split("#")[0]
    there = seen(url, token)
    there.slide(0, 10)
    assert there.state()["edits"][0]["sigma"] == 1  # and the address is what the page keeps
    link = there.page.url
    first.close()
    other = small_session(seed=1)
    with Running(other, Place(port=int(urllib.parse.urlsplit(url).port), token=token)):
        there.page.locator("dialog[open]").wait_for(timeout=WAIT)
        assert "another network" in there.page.inner_text("dialog")
        there.page.get_by_role("button", name="Go on with").click()
        there.exact()
        assert np.array_equal(there.pixels(), other.show(other.initial))
        second = seen(link, context=there.page.context)
        second.page.locator("dialog[open]").wait_for(timeout=WAIT)
        second.page.get_by_role("button", name="with its edits").click()
        second.exact()
        assert "v0) = +1" in second.page.inner_text("#notation") and second.errors == []


@needs_chromium
def test_what_cannot_be_drawn_is_said_in_the_place_of_the_picture_and_undo_helps(seen):
    session = small_session()
    images = session.generator.images

    def broken(w, **given):
        found = images(w, **given)
        return found * np.nan if np.abs(w).max() > 100 else found

    session.generator.images = broken
    with running(session) as (url, token, _):
        there = seen(url, token)
        there.page.locator("#rows input[type=number]").first.fill("1000")
        there.page.keyboard.press("Enter")
        there.page.locator("#wrong:not([hidden])").wait_for(timeout=WAIT)
        assert "NaN" in there.page.inner_text("#wrong")
        there.page.keyboard.press("Control+z")
        there.exact()
        assert there.page.locator("#wrong").is_hidden()
        assert np.array_equal(there.pixels(), session.show(session.initial))
        assert there.errors == []


@needs_chromium
def test_what_cannot_be_opened_is_said_in_one_line(server, seen):
    url, token, _ = server
    there = seen(url, token)
    drop(there, "net.pkl", b"\x80\x04.")
    assert "net.pkl is nothing that is opened here" in there.page.inner_text("#banner")


@needs_chromium
def test_a_map_of_samples_goes_to_the_one_that_is_chosen(server, seen):
    url, token, session = server
    there = seen(url, token)
    there.slide(1, 10)
    there.page.keyboard.press("2")
    there.page.locator("#panel-1").get_by_label("Show").select_option("dots")
    there.page.locator(".dots .thumb").nth(499).wait_for(timeout=WAIT)
    comp, state = session.components, there.state()
    left = there.page.locator(".dots .thumb").evaluate_all(
        "all => all.map((one) => parseFloat(one.style.left))"
    )
    along = (session.generator.w(seeds=range(500)).mean(axis=1) - comp.mean) @ comp.directions[0]
    assert np.corrcoef(left, along)[0, 1] > 0.999
    there.page.locator(".dots .face").nth(123).focus()
    there.page.keyboard.press("Enter")
    there.exact()
    assert there.state() == dict(state, seed=123, edits=[])  # where it lies, it has no edit of the two
    assert there.page.locator(".dots .here").count() == 1
    there.page.keyboard.press("ArrowRight")
    there.page.wait_for_timeout(900)
    right = there.state()["seed"]
    assert right != 123 and left[right] > left[123]
    there.page.locator("#panel-1").get_by_label("Show").select_option("sprites")
    there.page.wait_for_function(
        "() => document.querySelectorAll('.dots canvas').length === 500", timeout=WAIT
    )
    there.page.locator("#panel-1").get_by_label("Show").select_option("grid")
    there.page.locator(".map .thumb canvas").nth(48).wait_for(timeout=WAIT)
    assert there.errors == []


@needs_chromium
def test_the_pictures_of_a_tab_are_saved_as_one(server, seen):
    url, token, _ = server
    there = seen(url, token)
    there.page.locator("#panel-0 canvas").nth(23).wait_for(timeout=WAIT)
    there.page.get_by_role("button", name="More to save").click()
    with there.page.expect_download(timeout=WAIT) as saved:
        there.page.get_by_role("menuitem", name="Pictures of the tab below").click()
    with open(saved.value.path(), "rb") as stream:
        recipe = json.loads(Image.open(io.BytesIO(stream.read())).text["ganspace"])
    assert recipe["verb"] == "sample" and recipe["settings"]["seeds"] == list(range(24))
