"""Recipes with an odd value anywhere: a picture as good as any, or a refusal before anything is drawn.

Every place of a recipe gets every odd value: a check that is missing shows as a raw error here.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ganspace_tf.edits import Edit, parse_edits
from ganspace_tf.errors import BasisMismatch, FileError, GanspaceError, UsageError
from ganspace_tf.recipe import pack_array, pack_components, recipe_from_text, unpack_components
from ganspace_tf.render import picture as picture_room
from ganspace_tf.render.figures import Cell, Mixed, Resampling, Row, Rows, Sequence
from ganspace_tf.render.frames import Look
from ganspace_tf.render.pictures import PICTURES, picture_from_recipe
from ganspace_tf.render.sheets import Sample, Sheet, Strips
from tests.linear_gan import LinearGAN
from tests.test_render_frames import components
from tests.test_render_pictures import EVERY_KIND

ODD = [
    None,
    True,
    -1,
    0,
    3,
    1.5,
    10**30,
    10**99,
    1e300,
    "",
    "x",
    [],
    {},
    [[]],
    {"a": 1},
    [None],
    "9" * 50,
    ["x"] * 9,
]
ODD += [2**63, "x" * 3000, [10**30], [-1], [0, 0], "E(v0)", [[["E(v1) = 1"]]], "a\0b"]
RECIPE = {
    "format": 1,
    "verb": "sample",
    "model": {"name": "net.pkl", "fingerprint": "ab", "family": "stylegan2"},
    "settings": {"seeds": [1]},
    "components": None,
    "pixels": "00",
    "versions": {"numpy": "1"},
}


def places(value, path=()):
    """Every place in a JSON value, the outermost ones first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        for place in places(item, (*path, key)):
            yield place


def changed(value, place, odd):
    other = copy.deepcopy(value)
    inner = other
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = odd
    return other


def without(value, place):
    other = copy.deepcopy(value)
    inner = other
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    return other


def variants(value):
    for place in list(places(value)):
        yield without(value, place)
        for odd in ODD:
            yield changed(value, place, odd)


@pytest.mark.parametrize("kind", list(PICTURES))
def test_settings_with_an_odd_value_anywhere(kind):
    """What is accepted can be checked against a generator and counted, and is its own recipe again."""
    gen, comp = LinearGAN(), components(LinearGAN())
    settings = json.loads(json.dumps(EVERY_KIND[kind].to_json()))
    accepted = refused = 0
    for record in variants(settings):
        try:
            picture = picture_from_recipe({"verb": kind, "settings": record})
        except FileError as error:
            assert str(error) and len(str(error)) < 1500
            refused += 1
            continue
        accepted += 1
        assert 0 <= picture.count() <= picture_room.MOST_FRAMES
        again = json.loads(json.dumps(picture.to_json()))
        assert json.loads(json.dumps(type(picture).from_json(again).to_json())) == again
        try:
            picture.check(gen, comp)
        except GanspaceError:
            pass
    assert accepted > 20 and refused > 200


def test_a_recipe_with_an_odd_value_anywhere():
    for record in variants(RECIPE):
        try:
            recipe = recipe_from_text(json.dumps(record), "x.json")
        except FileError as error:
            assert str(error).startswith("x.json")
            continue
        for key in ("components", "versions"):
            assert isinstance(recipe.get(key), (dict, type(None)))
        assert all(
            isinstance(recipe["model"].get(key), (str, type(None))) for key in ("fingerprint", "family")
        )
        assert isinstance(recipe["model"].get("name", ""), str)


@pytest.mark.parametrize("endpoint", [None, "mid"])
def test_components_of_a_recipe_with_an_odd_value_anywhere(endpoint):
    comp = components(LinearGAN(), endpoint=endpoint)
    packed = json.loads(json.dumps(pack_components(comp, [0, 1])))
    for record in variants(packed):
        try:
            used = unpack_components(record, "x.json")
        except FileError as error:
            assert str(error).startswith("x.json: the components in the recipe are damaged: ")
            continue
        assert used.directions.shape == (len(used.stdev), len(used.mean))
        assert np.isfinite(used.directions).all() and used.latent in ("w", "z")


@pytest.mark.parametrize("count", [10**12, 2 * 10**8, 10**6, -1, 0, 2, True, 1.0])
def test_rows_are_not_spread_over_more_than_there_can_be(count):
    """A million components of 512 numbers would be 2 GB, for two rows that the recipe has."""
    packed = dict(pack_components(components(LinearGAN()), [0, 2]), count=count)
    packed["directions"], packed["mean"] = pack_array(np.ones((2, 512))), pack_array(np.zeros(512))
    with pytest.raises(FileError, match="damaged"):
        unpack_components(packed, "x.json")


@pytest.mark.parametrize(
    "array",
    [
        {"shape": [2**40, 2**40], "float32": ""},
        {"shape": [-1], "float32": "AAAAAA=="},
        {"shape": [1] * 40, "float32": "AAAAAA=="},
        {"shape": [1], "float32": "AADAfw=="},  # NaN
        {"shape": [1], "float32": "not base64"},
        {"shape": [1], "float32": "é"},
        {"shape": [2], "float32": "AAAAAA=="},
    ],
)
def test_arrays_that_are_none(array):
    packed = dict(pack_components(components(LinearGAN()), [0]), mean=array)
    with pytest.raises(FileError, match="damaged"):
        unpack_components(packed, "x.json")


# ------------------------------------------------------------------ ranges, for the API as for recipes


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sample(seeds=[2**32]),
        lambda: Sample(seeds=[1], cell=10**6),
        lambda: Sample(seeds=[1], fps=0),
        lambda: Sample(seeds=[1], fps=1e-300),
        lambda: Sample(seeds=[1], fps=1e30),
        lambda: Sample(seeds=[1], columns=0),
        lambda: Sample(seeds=[1] * 100_001),
        lambda: Sample(seeds=["1"]),
        lambda: Sample(seeds=[1], labels="yes"),
        lambda: Strips(seeds=[1] * 1000, swept=[Edit(0)], sigmas=[0.0] * 1000),  # a million frames
        lambda: Strips(seeds=[1], swept=["E(v0)"], sigmas=[0.0]),
        lambda: Strips(seeds=[1], sigmas=[float("inf")]),
        lambda: Strips(seeds=[1], sigmas=[0.0], mode="both of them"),
        lambda: Sheet(components=[0], sigmas=[1.0], title="x" * 2000),
        lambda: Sheet(components=[-1], sigmas=[1.0]).edits(),
        lambda: Rows(rows=[Row(1, ["E(v0)"], "a")], frames=10**9),
        lambda: Rows(rows=[Row(1, ["E(v0)"], "a", psi="half")]),
        lambda: Rows(rows=[Row(1, ["E(v0)"], "x" * 2000)]),
        lambda: Resampling(groups=[["all", 0, 10**12]]),
        lambda: Resampling(groups=[["none", 3, 3]]),
        lambda: Mixed(rows=[["a", [Cell(1, 2)]], ["b", [Cell(1, 2), Cell(1, 2)]]], columns=["one"]),
        lambda: Mixed(rows=[["a", [Cell(1, 2)]]], columns=["one", "two"]),
        lambda: Mixed(rows=[["a", [[1, 2, 3, 4, 5]]]], columns=["one"]),
        Mixed,
        Rows,
        Resampling,
        lambda: Sequence(seeds=[1], held=[Edit(0)], invert=[True, False]),
        lambda: Sequence(seeds=[1], held=[Edit(0)], captions=["one"]),
        lambda: Sequence(seeds=[1], held=[Edit(0)], crop=(-1, 0, 0, 0)),
        lambda: Look(psi=float("nan")),
        lambda: Look(batch=0),
        lambda: Look(noise="torch-cpu:" + "9" * 5000),
        lambda: Look(classes=[]),
        lambda: Look(cutoff=-1),
    ],
)
def test_what_no_picture_can_have_is_refused_when_it_is_made(make):
    with pytest.raises(UsageError) as caught:
        make()
    assert len(str(caught.value)) < 300


def test_what_this_network_cannot_draw_is_refused_before_it_is_asked():
    gen = LinearGAN()
    comp = components(gen)
    strips = Strips(seeds=[1], swept=[Edit(0)], sigmas=[0.0])
    strips.check(gen, comp)
    Sample(seeds=[1]).check(gen, None)
    narrow = SimpleNamespace(**dict(vars(comp), directions=comp.directions[:, :3], fingerprint=""))
    for picture, basis, kind in [
        (strips, None, UsageError),
        (strips, narrow, BasisMismatch),
        (replace(strips, swept=[Edit(99)]), comp, UsageError),
        (replace(strips, held=[Edit(0, 99)]), comp, UsageError),
        (replace(strips, look=Look(cutoff=99)), comp, UsageError),
        (replace(strips, look=Look(classes=[99])), comp, UsageError),
        (Rows(rows=[Row(1, ["E(v0)"], "a", classes=1)]), comp, UsageError),
        (Resampling(groups=[["a", 0, 99]], others=[1]), comp, UsageError),
        (Rows(rows=[Row(1, ["E(v0)"], "a", remove=99)]), comp, UsageError),
    ]:
        with pytest.raises(kind):
            picture.check(gen, basis)
    with pytest.raises(UsageError, match="nothing that moves"):
        Sample(seeds=[1]).check(gen, None, moving=True)


@pytest.mark.parametrize(
    "text",
    [
        "E(v" + "9" * 5000 + ")",
        "E(v" + "9" * 900 + ")",
        "E(v0, " + "9" * 900 + ")",
        "E(v0)" + " " * 100_000 + "x",  # would take the square of its length to be refused
        "[" * 5000,
        '[{"component": ' + "9" * 5000 + "}]",
        '{"component": 0, "sigma": 1e999}',
        '{"component": 0, "name": "' + "x" * 5000 + '"}',
    ],
)
def test_edits_as_text_of_any_length(text):
    with pytest.raises(UsageError) as caught:
        parse_edits(text)
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize("sigma", [10**400, float("nan"), True, "2", None, 1j])
def test_a_strength_is_a_finite_number(sigma):
    with pytest.raises(UsageError, match="finite number"):
        Edit(0, sigma=sigma)
