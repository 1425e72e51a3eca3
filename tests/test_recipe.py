"""Recipes: what they hold, that they come back exactly, and what is refused."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from ganspace_tf.errors import FileError
from ganspace_tf.recipe import (
    make_recipe,
    pack_array,
    pack_components,
    pixel_digest,
    recipe_from_text,
    recipe_text,
    unpack_array,
    unpack_components,
)

GEN = SimpleNamespace(fingerprint="f0" * 32, family="stylegan2")


@pytest.fixture
def comp() -> SimpleNamespace:
    rng = np.random.RandomState(0)
    return SimpleNamespace(
        fingerprint=GEN.fingerprint,
        digest="a1" * 32,
        latent="w",
        directions=rng.randn(6, 16).astype(np.float32),
        mean=rng.randn(16).astype(np.float32),
        stdev=rng.rand(6).astype(np.float32),
        endpoint=None,
        act_directions=None,
    )


def test_a_recipe_survives_its_text(comp):
    recipe = make_recipe("edit", GEN, "net.pkl", {"seeds": [1, 2], "psi": 0.7, "noise": "stored"}, comp, [2])
    text = recipe_text(recipe)
    assert recipe_from_text(text, "strip.png") == json.loads(text)
    assert recipe_text(recipe_from_text(text, "strip.png")) == text
    assert text.isascii() if hasattr(text, "isascii") else True
    assert recipe["model"] == {"name": "net.pkl", "fingerprint": GEN.fingerprint, "family": "stylegan2"}


def test_the_same_work_gives_the_same_recipe(comp):
    """No times, no output paths, no order of sets."""
    make = lambda: recipe_text(make_recipe("edit", GEN, "net.pkl", {"seeds": [1]}, comp, [3, 1, 3]))  # noqa: E731
    assert make() == make()


def test_floats_come_back_to_the_bit():
    values = np.array([0.1, -0.0, 1e-45, 3.4e38, np.pi], np.float32).reshape(1, 5)
    back = unpack_array(json.loads(json.dumps(pack_array(values))))
    assert back.dtype == np.float32 and back.tobytes() == values.tobytes() and back.shape == (1, 5)


def test_directions_that_are_used_come_back_at_their_index(comp):
    packed = json.loads(json.dumps(pack_components(comp, [4, 1])))
    back = unpack_components(packed, "strip.png")
    assert (back.fingerprint, back.digest, len(back.directions)) == (comp.fingerprint, comp.digest, 6)
    for k in (1, 4):
        assert np.array_equal(back.directions[k], comp.directions[k]) and back.stdev[k] == comp.stdev[k]
    assert np.array_equal(back.mean, comp.mean)
    assert not back.directions[[0, 2, 3, 5]].any()


def test_the_activation_part_comes_along(comp):
    comp.endpoint, comp.act_directions = "G_synthesis/8x8/Conv1", np.ones((6, 2, 4, 4), np.float32)
    comp.act_mean, comp.act_stdev = np.zeros((2, 4, 4), np.float32), np.ones(6, np.float32)
    back = unpack_components(json.loads(json.dumps(pack_components(comp, [0]))), "strip.png")
    assert back.endpoint == comp.endpoint
    assert back.act_directions.shape == (6, 2, 4, 4) and back.act_directions[0].all()


def test_the_digest_of_pixels_knows_shape_and_values():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert pixel_digest(pixels) == pixel_digest(pixels.copy())
    assert len({pixel_digest(p) for p in (pixels, pixels.reshape(4, 2, 3), pixels + 1)}) == 3


@pytest.mark.parametrize(
    "text, said",
    [
        ("{", "not valid JSON"),
        ("[]", "not a recipe"),
        ('{"format": 1}', "not a recipe"),
        ('{"format": 9, "verb": "edit", "model": {}, "settings": {}}', "format 9"),
    ],
)
def test_what_is_no_recipe_is_refused(text, said):
    with pytest.raises(FileError, match=said):
        recipe_from_text(text, "strip.json")


@pytest.mark.parametrize(
    "damage",
    [{"count": 2}, {"used": "x"}, {"directions": {"shape": [2, 16], "float32": "AAAA"}}, {"stdev": {}}],
)
def test_damaged_components_are_refused(comp, damage):
    packed = dict(pack_components(comp, [4, 1]), **damage)
    with pytest.raises(FileError, match="damaged"):
        unpack_components(packed, "strip.png")
