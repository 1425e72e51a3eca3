"""The explorer's page, driven in Chromium: what a person does, and what becomes of it.

Most of it on the small generator of NumPy, whose pictures have 8 × 8 pixels. Where there is no Chromium,
everything that needs one is skipped, and says so.
"""

from __future__ import annotations

import io
import json
import threading

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.explorer.web.serve import Place, Running
from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_server import Proxy, running, shown, small_session


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


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
def test_back_leaves_the_page_whatever_was_done_on_it(server, seen):
    url, token, _ = server
    there = seen("about:blank")
    there.page.goto(url + "#token=" + token)
    there.page.wait_for_selector("#rows input[type=range]", timeout=WAIT)
    there.exact()
    for key in "nnn":
        there.page.keyboard.press(key)
        there.state()
    assert "#s=" in there.page.url
    there.page.go_back()
    assert there.page.url == "about:blank"


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
def test_steps_of_the_history_say_what_they_changed_and_no_tip_says_null(server, seen):
    url, token, _ = server
    there = seen(url, token)
    there.slide(0, 12)
    there.page.keyboard.press("n")
    there.exact()
    there.page.keyboard.press("5")
    there.page.wait_for_timeout(600)
    steps = there.page.locator("#panel-4 .grid").first.locator(".face")
    assert [words.split(" ")[:2] for words in steps.locator(".caption").all_inner_texts()] == [
        ["seed", "1"],
        ["v0", "+1.2"],
        ["beginning"],
    ]
    assert steps.first.get_attribute("title") == steps.first.get_attribute("aria-label")
    assert "E(v0" in steps.first.get_attribute("title")  # all of it, not only what is new
    assert there.page.locator("[title=null]").count() == 0


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
    there.page.get_by_role("button", name="Reset all").click()
    there.slide(0, 5)  # new sliders come first
    there.page.get_by_role("button", name="Name this …").click()
    there.page.keyboard.type("other wings")
    with there.page.expect_download(timeout=WAIT):
        there.page.keyboard.press("Enter")
    there.page.get_by_label("other wings", exact=True).wait_for(timeout=WAIT)
    assert "other wings" in there.page.inner_text("#notation")
    there.page.reload()
    there.exact()
    assert "other wings" in there.page.inner_text("#notation")  # its own name, whatever the server calls it


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
    taught = there.page.locator("#rows .slider", has_text="taught")
    there.page.locator("#panel-2 .mark.plus").nth(5).click()
    there.page.wait_for_timeout(3000)
    assert taught.count() == 1  # the better one in place of the other, also later on
    there.page.reload()
    there.exact()
    assert taught.count() == 1
    assert there.errors == []


@needs_chromium
@pytest.mark.parametrize("options", [{"prefix": "/user/me/proxy/8100"}, {"prefix": "/c", "sockets": False}])
def test_behind_proxies(seen, options):
    with running() as (url, token, session), Proxy(url, **options) as proxy:
        there = seen(proxy.url, token)
        there.slide(0, 10)
        assert np.array_equal(there.pixels(), shown(session, there.state()))
        assert there.foreign == []
