"""Jobs of the explorer: what is saved, films, measuring, teaching, pictures of layers."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.explorer.jobs.layers import components_as_rgb
from ganspace_tf.explorer.messages import Done, Progress, Refused, Result, Sheet
from ganspace_tf.explorer.state import StateEdit
from ganspace_tf.recipe import pixel_digest, recipe_from_text, unpack_components
from ganspace_tf.render.pictures import picture_from_recipe
from tests.explorer_client import LONG, clients


@pytest.fixture()
def made():
    with clients() as make:
        yield make


def answer(client, kind, arguments, id=50):
    client.worker.job("a", id, kind, arguments)
    return client.until(Result, id=id).value


def test_saved_pictures_are_those_of_the_command_line(made, tmp_path):
    client = made(fit=False)
    state = client.state(1.0, seed=4)
    saved = answer(client, "save", {"what": "picture", "state": state, "name": "../a/b"})
    assert saved["name"] == "a-b.png" and saved["type"] == "image/png"
    client.session.save(tmp_path / "same.png", state)
    assert saved["data"] == (tmp_path / "same.png").read_bytes()
    recipe = answer(client, "save", {"what": "recipe", "state": state}, 51)
    assert recipe["data"] == (tmp_path / "same.json").read_bytes() and recipe["name"] == "staged0-seed4.json"
    direction = answer(client, "save", {"what": "direction", "state": state, "name": "Wings up"}, 52)
    record = json.loads(direction["data"].decode("ascii"))
    assert direction["name"] == "wings-up.json" and record["name"] == "Wings up" and record["preview"]
    command = answer(client, "save", {"what": "command", "state": state}, 53)["text"]
    assert command.startswith("ganspace edit staged0 ")


@pytest.mark.parametrize("kind", ["slider", "path"])
def test_films_are_those_that_replay_makes(made, kind):
    client = made(fit=False)
    arguments = {"state": client.state(0.5), "frames": 6, "fps": 10.0, "ending": ".gif"}
    if kind == "slider":
        arguments.update(of="v1", low=-1.0, high=1.0)
    else:
        second = replace(client.state(-1.0, seed=3), psi=0.4)
        arguments.update(keyframes=[client.state(1.0, seed=2), second, client.state(seed=9)], loop=True)
    value = answer(client, "film", arguments)
    assert value["data"][:4] == b"GIF8" and value["name"].endswith(".gif")
    recipe = recipe_from_text(value["recipe"]["data"].decode("ascii"), "film")
    basis = unpack_components(recipe["components"], "film")
    frames = picture_from_recipe(recipe).film(client.gen, basis)
    assert pixel_digest(frames) == recipe["pixels"]
    told = client.of(Progress, id=50)
    assert [one.done for one in told] == list(range(1, 7)) and {one.total for one in told} == {6}


def test_teaching_finds_the_planted_axis_and_offers_the_doubtful_seeds(made):
    """Marks say whether w is high along v1; the direction is sought among the components."""
    client = made(fit=False)
    places = {k: float(client.session.start(client.state(seed=k))[0, 1]) for k in range(60)}
    order = sorted(places, key=lambda k: places[k])
    marks = {
        "plus": [client.state(seed=k) for k in order[-12:]],
        "minus": [client.state(seed=k) for k in order[:12]],
    }
    candidates = [client.state(seed=k) for k in order[12:-12]]
    value = answer(client, "teach", dict(marks, candidates=candidates))
    assert value["nearest"][0] == "v1" and value["nearest"][1] >= 0.9
    assert value["agreement"] == 1 and value["doubtful"] == []
    middle = np.mean([np.mean([places[k] for k in side]) for side in (order[-12:], order[:12])])
    near = [abs(places[order[12 + index]] - middle) for index in value["order"]]
    assert np.mean(near[:8]) < 0.5 * np.mean(near[-8:])
    assert client.session.knows(value["slider"]["of"])
    swapped = dict(
        marks, plus=marks["plus"][:-1] + marks["minus"][:1], minus=marks["minus"][1:] + marks["plus"][-1:]
    )
    slip = answer(client, "teach", swapped, 51)
    assert ["+", 11] in slip["doubtful"] and ["-", 11] in slip["doubtful"] and slip["agreement"] < 1


def test_measuring_gives_its_turn_away_and_the_slider_its_ends(made):
    client = made(fit=False)
    client.worker.job("a", 1, "measure", {"of": "v0", "state": client.state(), "samples": 3, "unit": 64})
    client.until(Progress, id=1)
    client.worker.show("a", 2, client.state(1.0, seed=8), False)
    client.until(Done, id=2)
    value = client.until(Result, id=1).value
    assert value["of"] == "v0" and value["low"] <= 0 <= value["high"]
    slider = next(one for one in client.session.sliders if one["of"] == "v0")
    assert slider["measured"] == (value["low"] < value["high"])


def test_layers_show_what_an_edit_does_on_each_alone(made):
    client = made(fit=False)
    answer(client, "layers", {"state": client.state(1.0), "of": "v0", "side": 16})
    sheet = {one.index: one.pixels for one in client.of(Sheet, id=50)}
    assert sorted(sheet) == [0, 1, 2, 3]
    before = client.session.show(client.state()).astype(int)
    for layer, pixels in sheet.items():
        edit = (StateEdit("v0", layer, layer, 1.0),)
        after = client.session.show(replace(client.state(), edits=edit)).astype(int)
        expected = np.clip(128 + after - before, 0, 255)
        # A row of a product differs from the same row in a batch in its last bits, on some processors.
        assert np.abs(pixels - expected).max() <= 1


@pytest.mark.parametrize("kind", ["seeds", "map", "history"])
def test_sheets_are_those_that_replay_makes(made, kind):
    client = made(fit=False)
    second = (StateEdit("v0", 0, 3, 1.0), StateEdit("v1", 1, 2, -1.0))
    items = {
        "seeds": [client.state(seed=k) for k in range(5)],
        "map": [client.state(sigma, seed=4) for sigma in np.linspace(-2, 2, 9)],
        "history": [
            client.state(),
            client.state(1.5, seed=3),
            replace(client.state(seed=2), edits=second, psi=0.4),
        ],
    }[kind]
    value = answer(client, "sheet", {"state": items[0], "items": items})
    pixels = np.asarray(Image.open(io.BytesIO(value["data"])))
    recipe = recipe_from_text(Image.open(io.BytesIO(value["data"])).text["ganspace"], "sheet")
    assert recipe["verb"] == ("sample" if kind == "seeds" else "walk")
    basis = None if recipe["components"] is None else unpack_components(recipe["components"], "sheet")
    assert (picture_from_recipe(recipe).draw(client.gen, basis) == pixels).all()
    assert pixel_digest(pixels) == recipe["pixels"] and value["name"].endswith("-sheet.png")
    for item in items:  # each of them is in it, as the session draws it
        wanted = client.session.show(item).astype(int)
        windows = [
            pixels[y : y + 16, x : x + 16].astype(int)
            for y in range(pixels.shape[0] - 15)
            for x in range(pixels.shape[1] - 15)
        ]
        # Frames of a path are one matrix product: the last bits are others on some processors.
        assert min(np.abs(window - wanted).max() for window in windows) <= 1
    assert [one.done for one in client.of(Progress, id=50)] == list(range(1, len(items) + 1))


def test_samples_are_placed_along_two_directions_as_edits_move_them(made):
    """Components of this network are axes of w, their mean is its bias."""
    client = made(fit=False)
    session, comp = client.session, client.session.components
    state = replace(client.state(0.5, seed=7), edits=(StateEdit("v0", 0, 3, 0.5), StateEdit("v2", 0, 3, 2.0)))
    value = answer(client, "places", {"state": state, "of": ["v1", "v0"], "count": 120})
    w = session.generator.w(seeds=range(120)).mean(axis=1)
    expected = (w - comp.mean)[:, [1, 0]] / comp.stdev[[1, 0]]
    assert np.allclose(value["points"], expected, atol=1e-3)  # rounded
    assert np.allclose(value["here"], expected[7] + [0, 0.5], atol=1e-3)  # v2 is another axis
    assert [one.done for one in client.of(Progress, id=50)] == [0, 50, 100]
    half = replace(state, edits=(StateEdit("v0", 0, 1, 1.0),))  # an axis is along its own layers
    moved = answer(client, "places", {"state": half, "of": ["v1", "v0"], "count": 0}, 51)
    assert np.allclose(moved["here"], expected[7] + [0, 1.0], atol=1e-3) and moved["points"] == []


def test_principal_components_of_a_feature_map_are_colours():
    rng = np.random.RandomState(0)
    pattern = rng.randn(8, 8)
    features = np.stack([5 * pattern, rng.randn(8, 8), 0.1 * rng.randn(8, 8), 0 * pattern]).astype(np.float32)
    picture = components_as_rgb(features)
    assert picture.shape == (8, 8, 3) and picture.dtype == np.uint8
    assert abs(np.corrcoef(picture[..., 0].ravel(), pattern.ravel())[0, 1]) > 0.95
    assert components_as_rgb(features[:1]).shape == (8, 8, 3)
    assert (components_as_rgb(0 * features) == 128).all()


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("save", {"what": "money"}, "unknown thing to save"),
        ("save", {"state": None}, "needs state"),
        ("film", {"of": "v0", "ending": ".exe"}, ".gif or .mp4"),
        ("film", {"of": "v0", "frames": 100_000}, "2 to 600"),
        ("film", {"of": "v0", "low": 1.0, "high": -1.0}, "from low to high"),
        ("film", {"of": "v7"}, "neither a component nor a direction"),
        ("measure", {"of": "0" * 16}, "neither a component nor a direction"),
        ("teach", {"plus": [], "minus": []}, "on both sides"),
        ("teach", {"plus": ["seed 1"], "minus": []}, "no states"),
        ("layers", {"side": 1000}, "1 to 128"),
        ("sheet", {"items": []}, "two pictures or more"),
        ("places", {"of": ["v0", "v0"]}, "two directions"),
        ("places", {"of": ["v0", "v1"], "count": 501}, "at most 500"),
        ("places", {"of": ["v0", "v9"]}, "neither a component nor a direction"),
        ("money", {}, "no such job"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused_in_one_line(made, kind, change, words):
    client = made(fit=False)
    client.worker.job("a", 1, kind, dict({"what": "picture", "state": client.state()}, **change))
    refused = client.until(Refused, id=1)
    assert words in refused.text and "\n" not in refused.text


def test_a_fifth_job_at_once_is_refused(made):
    client = made(fit=False)
    client.hold()
    client.worker.show("a", 1, client.state(seed=9), False)
    assert client.gen.entered.wait(LONG)
    for id in range(10, 15):
        client.worker.job("a", id, "save", {"what": "command", "state": client.state()})
    client.gen.gate.set()
    assert client.until(Refused, id=14).code == "limit"
    assert {client.until(Result, id=id).id for id in range(10, 14)} == {10, 11, 12, 13}
