"""Pictures as records of settings: what they draw; a record survives JSON and draws the same again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ganspace_tf.edits import Edit
from ganspace_tf.errors import FileError, UnknownName, UsageError
from ganspace_tf.recipe import pack_components, unpack_components
from ganspace_tf.render import layout
from ganspace_tf.render.across import Across
from ganspace_tf.render.figures import Cell, Mixed, Resampling, Row, Rows, Sequence
from ganspace_tf.render.frames import Look, seed_frames
from ganspace_tf.render.mixing import Mixing
from ganspace_tf.render.path import Keyframe, Path
from ganspace_tf.render.picture import sigma_label, there_and_back
from ganspace_tf.render.pictures import PICTURES, picture_from_recipe
from ganspace_tf.render.sheets import Sample, Sheet, Strips
from tests.linear_gan import SIDE, LinearGAN
from tests.test_render_frames import components

LOOK = Look(psi=0.7, cutoff=2, compat="ganspace", batch=3)
EVERY_KIND = {
    "sample": Sample(LOOK, seeds=[1, 2, 3], columns=2, labels=True),
    "edit": Strips(
        LOOK,
        seeds=[4, 5],
        swept=[Edit(0, 1, 2)],
        sigmas=[-1.5, 0.0, 1.5],
        held=[Edit(1, sigma=-2.0, name="a name")],
        centred=True,
        labels=True,
    ),
    "visualize": Sheet(LOOK, components=[3, 0], sigmas=[-2.0, 2.0], seed=6, first_layer=1, title="a title"),
    "sequence": Sequence(
        LOOK,
        seeds=[1, 2],
        held=[Edit(0, sigma=1.0), Edit(1, sigma=-2.0)],
        invert=[False, True],
        crop=(1, 0, 1, 0),
    ),
    "rows": Rows(
        LOOK,
        rows=[
            list(Row(3, [Edit(0, sigma=2.0).to_json()], "one", psi=0.5)),
            list(Row(4, [Edit(1, sigma=1.0).to_json()], "two", "a note", remove=2)),
        ],
        frames=3,
        centred=True,
    ),
    "resampling": Resampling(LOOK, seed=1, others=[2, 3], groups=[["first", 0, 2], ["others", 1, 3]]),
    "mixing": Mixing(LOOK, seeds=[1, 2], others=[3, 4, 5], first_layer=1, last_layer=2, labels=True),
    "walk": Path(
        LOOK,
        keyframes=[list(Keyframe(1)), list(Keyframe(2, [Edit(1, sigma=1.0).to_json()], 0.3))],
        frames=5,
        ease=True,
        held=[Edit(0, sigma=1.0)],
        labels=True,
    ),
    "across": Across(
        LOOK, components=[1, 0], sigmas=[-2.0, 0.0, 2.0], seeds=[1, 2], first_layer=1, last_layer=2, title="t"
    ),
    "mixed": Mixed(
        LOOK,
        rows=[["mixed", [list(Cell(1, 2, 1)), list(Cell(3, 4, 2, 0.5))]]],
        columns=["one", "two"],
        title="t",
    ),
}


@pytest.fixture
def gen() -> LinearGAN:
    return LinearGAN()


def test_every_kind_of_picture_is_tried_here():
    assert set(EVERY_KIND) == set(PICTURES)


@pytest.mark.parametrize("kind", list(PICTURES))
def test_a_picture_comes_back_from_json_and_draws_the_same(gen, kind):
    """With the components as the recipe keeps them, too: nothing else is needed to draw it again."""
    picture, comp = EVERY_KIND[kind], components(gen)
    record = json.loads(json.dumps(picture.to_json()))
    again = picture_from_recipe({"verb": kind, "settings": record})
    assert again == picture
    packed = json.loads(json.dumps(pack_components(comp, picture.used())))
    image = picture.draw(gen, comp)
    assert image.dtype == np.uint8 and image.ndim == 3
    assert np.array_equal(again.draw(gen, unpack_components(packed, "x.png")), image)


@pytest.mark.parametrize("kind", list(PICTURES))
def test_progress_counts_every_frame(gen, kind):
    told = []
    EVERY_KIND[kind].draw(gen, components(gen), told.append)
    assert sum(told) == EVERY_KIND[kind].count()


def test_a_sample_is_a_grid_of_its_seeds(gen):
    image = Sample(seeds=[1, 2, 3], columns=3).draw(gen)
    assert np.array_equal(image, layout.grid(seed_frames(gen, [1, 2, 3], Look()), 3))


def test_strips_of_several_seeds_lie_below_each_other(gen):
    both = Strips(seeds=[1, 2], swept=[Edit(0)], sigmas=[-1.0, 0.0, 1.0]).draw(gen, components(gen))
    assert both.shape == (2 * SIDE + 1, 3 * SIDE + 2, 3)
    one = Strips(seeds=[2], swept=[Edit(0)], sigmas=[-1.0, 0.0, 1.0]).draw(gen, components(gen))
    assert np.array_equal(both[SIDE + 1 :], one)
    still = seed_frames(gen, [2], Look())[0]
    assert np.array_equal(one[:, SIDE + 1 : 2 * SIDE + 1], still)


def test_a_negative_sigma_reverses_a_strip(gen):
    comp = components(gen)
    one = Strips(seeds=[2], swept=[Edit(0)], sigmas=[-1.0, 0.0, 1.0]).draw(gen, comp)
    other = Strips(seeds=[2], swept=[Edit(0)], sigmas=[1.0, 0.0, -1.0]).draw(gen, comp)
    for i in range(3):
        a, b = i * (SIDE + 1), (2 - i) * (SIDE + 1)
        assert np.array_equal(one[:, a : a + SIDE], other[:, b : b + SIDE])


def test_the_middle_of_a_sheet_is_the_mean_latent_for_every_component(gen):
    picture = Sheet(components=[0, 1, 2], sigmas=[-2.0, 0.0, 2.0], cell=SIDE)
    image = picture.draw(gen, components(gen))
    mean = np.clip(gen.images(gen.b[None, None].repeat(4, 1)) * 127.5 + 128, 0, 255).astype(np.uint8)
    mean = mean[0].transpose(1, 2, 0)
    places = [
        (y, x)
        for y in range(image.shape[0] - SIDE)
        for x in range(image.shape[1] - SIDE)
        if np.array_equal(image[y : y + SIDE, x : x + SIDE], mean)
    ]
    assert len(places) == 3 and len({x for _, x in places}) == 1


def test_frames_beside_labels_are_large_enough_to_see(gen):
    picture = Strips(seeds=[1], swept=[Edit(0)], sigmas=[0.0, 1.0], labels=True)
    assert picture.draw(gen, components(gen)).shape[1] > 2 * 96


@pytest.mark.parametrize("kind", ["edit", "visualize"])
def test_films_go_there_and_back(gen, kind):
    picture, comp = EVERY_KIND[kind], components(gen)
    film = picture.film(gen, comp)
    steps = len(picture.sigmas)
    assert len(film) == 2 * steps - 2
    for i in range(1, steps - 1):
        assert np.array_equal(film[i], film[-i])


def test_a_sample_does_not_move(gen):
    with pytest.raises(UsageError, match="nothing that moves"):
        EVERY_KIND["sample"].film(gen)


def test_there_and_back_shows_no_end_twice():
    assert there_and_back(np.arange(5)).tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert there_and_back(np.arange(2)).tolist() == [0, 1]
    assert there_and_back(np.arange(1)).tolist() == [0]


def test_strengths_are_written_as_people_do():
    assert [sigma_label(s) for s in (-2.0, 0.0, 1.5, 10.0, 0.333333)] == [
        "−2σ",
        "0",
        "+1.5σ",
        "+10σ",
        "+0.333σ",
    ]


def test_a_component_that_is_not_there_is_found_before_anything_is_drawn(gen):
    with pytest.raises(UnknownName, match="v9"):
        Sheet(components=[0, 9], sigmas=[1.0]).draw(gen, components(gen))
    assert gen.calls == 0


def test_empty_pictures_are_refused():
    for make in (lambda: Sample(seeds=[]), lambda: Strips(seeds=[1], sigmas=[]), lambda: Sheet(sigmas=[1.0])):
        with pytest.raises(UsageError, match="is empty"):
            make()


def test_settings_of_another_version_are_refused():
    with pytest.raises(FileError, match="do not fit this version"):
        picture_from_recipe({"verb": "sample", "settings": {"seeds": [1], "colour": "red"}})
    with pytest.raises(UnknownName, match="allowed: sample, edit, visualize"):
        picture_from_recipe({"verb": "paint", "settings": {}})
