"""What outlives a page, or goes from one browser to another: links, pictures, other tabs, words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_server import running, shown, small_session

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


def named(there, slider, presses, name):
    """Move a slider and give what it does a name: a slider of its own, the first one, at 0."""
    there.slide(slider, presses)
    there.page.get_by_role("button", name="Name this …").click()
    there.page.keyboard.type(name)
    with there.page.expect_download(timeout=WAIT):
        there.page.keyboard.press("Enter")
    there.page.get_by_label(name, exact=True).wait_for(timeout=WAIT)
    there.page.get_by_role("button", name="Reset all").click()
    there.exact()


def test_a_link_takes_the_page_s_own_directions_along(server, seen):
    url, token, session = server
    there = seen(url, token)
    named(there, 1, 10, "brought along")
    there.slide(0, 7)
    state, link = there.state(), there.page.url
    assert len(state["edits"]) == 1 and "#s=" in link
    other = seen(url, ready=False)  # another browser: nothing is kept in it
    other.page.goto("about:blank")
    other.page.goto(url + "#token=" + token + "&" + link.split("#")[1])
    other.page.wait_for_selector("#rows input[type=range]", timeout=WAIT)
    other.exact()
    assert other.state()["edits"] == state["edits"]
    assert "brought along" in other.page.inner_text("#notation")
    assert np.array_equal(other.pixels(), shown(session, state))


def test_a_link_says_what_it_does_not_carry(server, seen):
    url, token, _ = server
    there = seen(url, token)
    there.slide(1, 5)
    assert there.state()["edits"]  # is kept by now
    text = there.page.evaluate(
        """async () => {
            const { packed } = await import('./state.js');
            const kept = JSON.parse(Object.entries(localStorage).find(([k]) => k.startsWith('ganspace:'))[1]);
            const state = kept.steps[kept.at];
            const edits = [...state.edits, { ...state.edits[0], of: 'ab'.repeat(16) }];
            return packed({ ...state, edits });
        }"""
    )
    other = seen(url, ready=False)
    other.page.goto("about:blank")
    other.page.goto(url + "#token=" + token + "&s=" + text)
    other.page.locator("#toast", has_text="needs 1 more").wait_for(timeout=WAIT)
    other.exact()
    assert [edit["of"] for edit in other.state()["edits"]] == [there.state()["edits"][0]["of"]]


def test_a_saved_picture_brings_its_directions_to_another_browser(server, seen):
    url, token, session = server
    there = seen(url, token)
    named(there, 2, 10, "in the file")
    there.slide(0, 6)
    state = there.state()
    with there.page.expect_download(timeout=WAIT) as saved:
        there.page.keyboard.press("Control+s")
    with open(saved.value.path(), "rb") as stream:
        data = stream.read()
    other = seen(url, token)
    other.page.set_input_files(
        "#file", files=[{"name": "saved.png", "mimeType": "image/png", "buffer": data}]
    )
    dialog = other.page.locator("dialog[open]")
    dialog.wait_for(timeout=WAIT)
    assert "in the file" in dialog.inner_text() and "null" not in dialog.inner_text()
    dialog.get_by_role("button", name="Open").click()
    other.exact()
    assert other.state()["edits"] == state["edits"]
    assert np.array_equal(other.pixels(), shown(session, state))


def test_tabs_leave_each_other_s_stars_and_directions_alone(server, seen):
    url, token, _ = server
    one = seen(url, token)
    two = seen(url, token, context=one.page.context)
    one.page.keyboard.press("f")
    named(one, 1, 4, "of the first tab")
    assert len(one.kept()["stars"]) == 1
    two.slide(2, 3)
    assert len(two.kept()["stars"]) == 1 and len(two.kept()["extra"]) == 1
    two.page.get_by_role("button", name="Star this picture").click()
    assert len(two.kept()["stars"]) == 2
    two.page.get_by_role("button", name="Star this picture").click()  # takes it away again
    one.slide(3, 1)
    assert len(one.kept()["stars"]) == 1 and len(one.kept()["extra"]) == 1


def test_a_large_map_with_many_moved_sliders_fits_into_messages(seen):
    session = small_session(components=12)
    with running(session) as (url, token, _):
        there = seen(url, token)
        for number in range(2, 12):
            there.page.locator("#rows input[type=number]").nth(number).fill("1.25")
            there.page.keyboard.press("Enter")
        there.exact()
        there.page.get_by_role("tab", name="Map").click()
        there.page.get_by_label("Size").select_option("15")
        there.page.wait_for_function(
            "() => document.querySelectorAll('.map canvas').length === 225", timeout=WAIT
        )
        assert there.page.locator("#banner:not([hidden])").count() == 0


def test_what_no_message_takes_is_refused_and_the_connection_stays(server, seen):
    url, token, _ = server
    there = seen(url, token)
    said = there.page.evaluate(
        """() => new Promise(async (resolve) => {
            const { Net } = await import('./net.js');
            const net = new Net('', { text: resolve, frame() {}, state() {} });
            net.send({ type: 'job', id: 7, arguments: 'x'.repeat(70000) });
        })"""
    )
    assert said["type"] == "refused" and said["id"] == 7 and "message" in said["text"]


def test_a_handle_is_where_its_strength_is_after_one_far_outside(server, seen):
    url, token, _ = server
    there = seen(url, token)
    number, handle = (
        there.page.locator("#rows input[type={}]".format(kind)).nth(1) for kind in ("number", "range")
    )
    ends = handle.get_attribute("min"), handle.get_attribute("max")
    number.fill("100")
    number.press("Enter")
    assert handle.get_attribute("max") == "100"
    number.fill("1")
    number.press("Enter")
    assert (handle.get_attribute("min"), handle.get_attribute("max")) == ends
    number.fill("")
    number.press("Enter")
    assert number.input_value() == "1" and there.state()["edits"][0]["sigma"] == 1


def test_half_typed_words_stay_when_sliders_are_built_anew(server, seen):
    url, token, _ = server
    there = seen(url, token)
    named(there, 1, 10, "to be renamed")
    there.page.locator("#rows input[type=number]").nth(2).fill("1.7")
    data = json.dumps(next(iter(there.kept()["extra"].values()))["text"])
    there.page.evaluate(
        """(text) => {
            const file = new File([JSON.parse(text).replace('to be renamed', 'another')], 'd.json');
            const files = new DataTransfer();
            files.items.add(file);
            dispatchEvent(new DragEvent('drop', { dataTransfer: files }));
        }""",
        data,
    )
    there.page.get_by_text("is a slider now").wait_for(timeout=WAIT)
    number = there.page.locator("#rows input[type=number]").nth(2)
    assert number.input_value() == "1.7" and number.evaluate("node => node === document.activeElement")
    assert there.state()["edits"] == []


def test_a_seed_that_is_none_changes_nothing(server, seen):
    url, token, _ = server
    there = seen(url, token)
    for text in ("-5", "1.7", "", "99999999999"):
        there.page.fill("#seed", text)
        there.page.keyboard.press("Enter")
        there.page.locator("h1").click()
        assert there.page.input_value("#seed") == "0" and there.state()["seed"] == 0
