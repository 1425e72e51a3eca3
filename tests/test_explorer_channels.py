"""Style channels in the explorer: the pictures of the command line, previews, names, jobs, the page."""

from __future__ import annotations

import io
import json
import shlex
import urllib.parse
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.directions import StyleDirection
from ganspace_tf.edits import parse_any_edits
from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.jobs import JOBS
from ganspace_tf.explorer.session import Session
from ganspace_tf.explorer.staged.encoding import decode
from ganspace_tf.explorer.state import StateEdit, digest
from ganspace_tf.explorer.web.uploads import opened
from ganspace_tf.explorer.working.painter import Painter, Wish
from ganspace_tf.recipe import recipe_from_text
from ganspace_tf.render.files import read_recipe
from ganspace_tf.render.pictures import picture_from_recipe
from tests import tiny
from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_server import running

TEXT = "S(2, 1)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Networks with and without classes, components, and named directions of the first."""
    folder = tmp_path_factory.mktemp("channels")
    tiny.write_tiny(folder / "net.pkl", "stylegan2-skip")
    tiny.write_tiny(folder / "classes.pkl", "stylegan2-cond")
    gen = gs.load_generator(folder / "net.pkl")
    comp = gs.decompose(gen, n=200, components=3, cache=False)
    comp.save(folder / "components.npz")
    gs.NamedDirection.of("First", comp, 1).save(folder / "first.json")
    edits = parse_any_edits("S(3, 0); S(5, 2) = -0.5")
    StyleDirection.of("Wings", gen, edits, sigma_range=(-3.0, 4.0)).save(folder / "wings.json")
    gen.close()
    return folder


@pytest.fixture(scope="module")
def gen(folder):
    generator = gs.load_generator(folder / "net.pkl")
    yield generator
    generator.close()


@pytest.fixture()
def session(folder, gen, monkeypatch):
    monkeypatch.chdir(folder)
    comp = gs.load_components("components.npz")
    return Session(gen, comp, gs.directions(gen), model="net.pkl")


def of(session, name):
    return next(row["of"] for row in session.sliders if row["name"] == name)


def channel(session, text=TEXT, label=None):
    return session.add_direction(session.channel(text, label))["of"]


def moved(session, *edits, **fields):
    return replace(session.initial, seed=4, edits=tuple(StateEdit(*edit) for edit in edits), **fields)


def assert_same():
    """Pixels and edits of two pictures, to the byte."""
    mine, theirs = read_recipe("mine.png"), read_recipe("theirs.png")
    assert mine["pixels"] == theirs["pixels"] and mine["settings"]["held"] == theirs["settings"]["held"]


def test_sliders_say_what_they_move(session):
    channel(session)
    rows = {row["name"]: row for row in session.sliders}
    assert rows["Wings"]["channels"] == "+1 S(3, 0), -0.5 S(5, 2)" and rows["First"]["channels"] == ""
    assert (rows["Wings"]["low"], rows["Wings"]["high"]) == (-3.0, 4.0)
    assert rows[TEXT]["channels"] == TEXT and rows["v0"]["channels"] == ""
    assert session.model["style_layers"] == [one.channels for one in session.generator.style_layers]


EVERY = [("Wings", 1.0), ("v0", -2.0), (TEXT, 2.5), ("First", 1.5)]
SHOWN = [([("Wings", 2.0)], True), ([(TEXT, -1.3)], False), (EVERY, False), (EVERY, True)]


@pytest.mark.parametrize("names, centred", SHOWN, ids=str)
def test_a_state_is_the_picture_of_its_command_to_the_byte(session, tmp_path, names, centred):
    channel(session)
    edits = [(name if name == "v0" else of(session, name), 0, None, sigma) for name, sigma in names]
    state = moved(session, *edits, centred=centred)
    session.save("mine.png", state)
    words = shlex.split(session.command(state))
    assert words[:3] == ["ganspace", "edit", "net.pkl"]
    assert ("--edit" in words) == any(name in (TEXT, "v0") for name, _ in names)
    assert main(words[1:-1] + ["theirs.png"]) == 0
    assert_same()
    again = session.state_of(read_recipe("mine.png"))
    assert np.array_equal(session.show(again), session.show(state))
    assert {(edit.of, edit.sigma) for edit in again.edits} == {(edit.of, edit.sigma) for edit in state.edits}


def test_zero_is_the_unedited_picture(session):
    state = moved(session, (channel(session), 0, None, 0.0))
    assert digest(state) == digest(replace(state, edits=()))
    assert np.array_equal(session.show(state), session.show(replace(state, edits=())))


def test_a_recipe_brings_channels_that_a_session_does_not_know(session, gen):
    state = moved(session, (of(session, "Wings"), 0, None, 2.0), (channel(session), 0, None, -1.0))
    recipe = json.loads(json.dumps(session.recipe(state)))
    other = Session(gen, model="net.pkl")
    again = other.state_of(recipe)
    assert np.array_equal(other.show(again), session.show(state))
    assert sorted(row["name"] for row in other.sliders) == [TEXT, "Wings"]


def test_pictures_in_stages_are_those_of_one_run(session):
    """Whatever was kept of the state before: channels of early and of late layers are moved in turn."""
    painter = Painter(session, at_once=-1.0)
    assert painter.staged
    early, late, wings = channel(session, "S(0, 1)"), channel(session, "S(6, 1)"), of(session, "Wings")
    changes = [(late, 2.0), (late, -2.0), (early, 1.0), (late, 2.0), ("v0", 1.0), (wings, 1.5), (early, 0.0)]
    state = moved(session)
    for name, sigma in changes:
        edits = [edit for edit in state.edits if edit.of != name] + [StateEdit(name, 0, None, sigma)]
        state = replace(state, edits=tuple(edits))
        wish, shown = Wish(1, state, False, 0.0), None
        while not wish.done:
            shown = painter.advance("a", wish) or shown
        assert shown.exact and np.array_equal(decode(shown.pixels), session.show(state))
    wanted = session.wanted(moved(session, (late, 0, None, 2.0)))
    plain = session.wanted(moved(session))
    reads = session.generator.style_layers[6].reads
    assert wanted.reads(reads) == plain.reads(reads) and wanted.reads(reads + 1) != plain.reads(reads + 1)


def test_channels_have_the_sigmas_of_the_class_that_is_drawn(folder, monkeypatch):
    monkeypatch.chdir(folder)
    gen = gs.load_generator("classes.pkl")
    session = Session(gen, model="classes.pkl")
    for label in (0, 1):
        state = moved(session, (channel(session, label=label), 0, None, 2.0), label=label)
        words = shlex.split(session.command(state))
        assert "--edit" in words and main(words[1:-1] + ["theirs.png"]) == 0
        session.save("mine.png", state)
        assert_same()
    assert "s-2-1.json = +2" in session.command(replace(state, label=0))  # no --edit has these sigmas
    gen.close()


# ------------------------------------------------------------------ names


def test_what_is_moved_gets_a_name(session):
    single = channel(session)
    one = session.named(moved(session, (single, 0, None, 1.0)), "Legs")
    assert one.name == "Legs" and one.preview and of(session, "Legs") == single
    both = session.named(
        moved(session, (single, 0, None, 1.5), (of(session, "Wings"), 0, None, -2.0)), "Both"
    )
    assert {one.edit().place: one.weight for one in both.channels} == {TEXT: 1.5, "S(3, 0)": -2, "S(5, 2)": 1}
    mixed = moved(session, (single, 0, None, 1.5), ("v0", 0, None, 1.0))
    with pytest.raises(GanspaceError, match="go into no one direction"):
        session.named(mixed, "x")
    with pytest.raises(GanspaceError, match="cancel each other"):
        wings = of(session, "Wings")
        other = session.add_direction(session.direction(wings).flipped())["of"]
        session.named(moved(session, (wings, 0, None, 1.0), (other, 0, None, 1.0)), "x")


def test_a_slider_is_called_something_else(session):
    wings = of(session, "Wings")
    assert session.rename(wings, " Shell ").name == "Shell" and of(session, "Shell") == wings
    assert session.rename(wings, "shell").name == "shell"  # its own name in other letters
    state = moved(session, (wings, 0, None, 1.0))
    assert session.notation(state) == "shell = +1" and "Wings = +1" in session.command(state)
    for name, said in (
        ("FIRST", "the name of another"),
        ("v1", "the name of another"),
        ("  ", "needs a name"),
    ):
        with pytest.raises(GanspaceError, match=said):
            session.rename(wings, name)
    with pytest.raises(GanspaceError, match="v0 is a component"):
        session.rename("v0", "mine")
    assert of(session, "shell") == wings


# ------------------------------------------------------------------ jobs


def job(session, kind, **arguments):
    told = []
    return JOBS[kind](Painter(session), arguments, told.append), told


def test_what_is_named_does_not_take_the_name_of_another_slider(session):
    state = moved(session, ("v0", 0, None, 1.0))
    with pytest.raises(GanspaceError, match=r"^'first' is the name of another slider$"):
        job(session, "save", what="direction", state=state, name="first")
    saved, _ = job(session, "save", what="direction", state=state, name="New")
    assert saved["name"] == "new.json"


def test_a_channel_is_asked_for_and_measured_once(session):
    value, told = job(session, "channel", text="S(2_1) = -1.5", state=session.initial)
    assert value["slider"]["name"] == TEXT and value["sigma"] == -1.5 and told[-1][:2] == (9_000, 10_000)
    packed = json.dumps(value["direction"]).replace("1.0,", "1,")  # as browsers write it
    assert "1," in packed and opened(packed.encode("ascii"), "x.json", session)["slider"] == value["slider"]
    renamed, _ = job(session, "rename", of=value["slider"]["of"], name="Legs")
    again, told = job(session, "channel", text=TEXT, state=session.initial)
    assert again["slider"] == renamed["slider"] and again["sigma"] is None and not told


def test_its_range_is_measured(session):
    value, _ = job(session, "measure", of=channel(session), state=session.initial, samples=2, unit=24)
    assert value["low"] <= 0 <= value["high"]


def test_films_hold_and_move_channels(session):
    single, wings = channel(session), of(session, "Wings")
    state = moved(session, (single, 0, None, 2.0))
    given = {"state": state, "of": wings, "low": -1.0, "high": 2.0, "frames": 3}
    keys = [state, replace(state, seed=5)]
    for arguments in (given, {"keyframes": keys, "frames": 3}):
        value, _ = job(session, "film", **arguments)
        recipe = recipe_from_text(value["recipe"]["data"].decode("ascii"), "it")
        frames = picture_from_recipe(recipe).film(session.generator)
        assert np.array_equal(frames[0], session.show(replace(state, edits=state.edits + (
            (StateEdit(wings, 0, None, -1.0),) if arguments is given else ()))))  # fmt: skip


def keys_of(session):
    """States that differ in the strength of one channel."""
    return [moved(session, (channel(session), 0, None, sigma)) for sigma in (-2.0, 3.0)]


def test_keyframes_of_a_film_have_strengths_of_channels_of_their_own(session):
    """Each is the picture of its state, and half way lies half of the strength."""
    keys = keys_of(session)
    value, _ = job(session, "film", keyframes=keys, frames=3)
    recipe = recipe_from_text(value["recipe"]["data"].decode("ascii"), "it")
    frames = picture_from_recipe(recipe).film(session.generator)
    half = session.show(moved(session, (channel(session), 0, None, 0.5)))
    assert np.array_equal(frames[0], session.show(keys[0]))
    assert np.array_equal(frames[2], session.show(keys[1]))
    assert np.abs(frames[1].astype(int) - half).max() <= 1  # -1 and +1.5 are added one after the other


def test_pictures_of_a_sheet_have_strengths_of_channels_of_their_own(session):
    keys = keys_of(session)
    value, _ = job(session, "sheet", items=[*keys, replace(session.initial, seed=5)])
    image = Image.open(io.BytesIO(value["data"]))
    sheet, picture = np.asarray(image), picture_from_recipe(json.loads(image.text["ganspace"]))
    assert np.array_equal(picture.draw(session.generator), sheet)
    for frame, state in zip(picture.film(session.generator), keys):
        assert np.array_equal(frame, session.show(state))


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("channel", {"text": "E(v0)"}, "is not one style channel"),
        ("channel", {"text": "S(2, 1)\nE(v0)"}, "is not one style channel"),
        ("channel", {"text": "S(2, 1); S(2, 2)"}, "is not one style channel"),
        ("channel", {"text": "S(2)"}, "is not an edit"),
        ("channel", {"text": "S(99, 1)"}, "the network has style layers 0-7"),
        ("channel", {"text": "S(2, 99)"}, "has channels 0-"),
        ("rename", {"of": "0" * 16, "name": "x"}, "neither a component nor a direction"),
        ("layers", {"side": 8}, "is on no layers of w"),
        ("places", {"count": 2}, "style channels have no place in w"),
    ],
)
def test_what_channels_do_not_do_is_refused_in_one_line(session, kind, change, said):
    single, state = channel(session), session.initial
    given = {"of": single, "state": state, **change}
    if kind == "places":
        given["of"] = ["v0", single]
    with pytest.raises(GanspaceError) as error:
        job(session, kind, **given)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_network_without_channels_says_so():
    with running() as (_, _, small):
        assert small.model["style_layers"] == []
        with pytest.raises(GanspaceError, match="has no style channels"):
            small.channel(TEXT)


# ------------------------------------------------------------------ the page


@needs_chromium
def test_a_channel_is_added_moved_named_renamed_and_found_again(session, seen):
    with running(session) as (url, token, _):
        there = seen(url, token)
        page = there.page

        def called(name):
            return page.get_by_label(name, exact=True)

        def add(text):
            page.get_by_role("button", name="Style channel …").click()
            page.keyboard.type(text)
            page.keyboard.press("Enter")

        add("S(99, 0)")
        page.get_by_text("the network has style layers 0-7").wait_for(timeout=WAIT)
        add("S(2, 1) = 1.5")
        called(TEXT).wait_for(timeout=WAIT)
        page.wait_for_function(
            "() => document.querySelector('#notation').textContent.startsWith('S(2, 1) = +1.5')"
        )
        there.exact()
        page.get_by_text("there are no layers to choose").wait_for(timeout=WAIT)
        state = there.state()
        session.save("mine.png", replace(session.initial, edits=(StateEdit(**state["edits"][0]),)))
        drawn = session.show(session.state_of(read_recipe("mine.png")))
        assert np.abs(there.pixels().astype(int) - drawn).max() <= 8
        page.get_by_role("button", name="Name this …").click()
        page.keyboard.type("My legs")
        with page.expect_download(timeout=WAIT) as saved:
            page.keyboard.press("Enter")
        with open(saved.value.path()) as stream:
            assert json.load(stream)["channels"][0]["channel"] == 1
        called("My legs").wait_for(timeout=WAIT)

        def rename(name):
            page.get_by_role("button", name="Rename").click()
            page.keyboard.type(name)
            page.keyboard.press("Enter")

        called("My legs").focus()
        rename("wings")
        page.get_by_text("is the name of another slider").wait_for(timeout=WAIT)
        rename("Our legs")
        called("Our legs").wait_for(timeout=WAIT)
        page.keyboard.press("F2")
        page.keyboard.type("nothing")
        page.keyboard.press("Escape")
        assert page.inner_text("#notation").startswith("“Our legs” = +1.5") and called("nothing").count() == 0
        there.state()  # what is kept by the browser alone is there when the server is another
        port = urllib.parse.urlsplit(url).port
    again = Session(session.generator, session.components, model="net.pkl")
    with running(again, port=port) as (url, token, _):
        page.goto("about:blank")
        page.goto(url + "#token=" + token)
        called("Our legs").wait_for(timeout=WAIT)
        there.exact()
        assert page.inner_text("#notation").startswith("“Our legs” = +1.5")
        assert there.state() == state and called("Our legs").input_value() == "1.5"
