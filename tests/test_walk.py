"""Films through keyframes: where each frame is, what it shows, in every space; style mixing as a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.photos import read_latents
from ganspace_tf.render.frames import Look, render, seed_frames
from ganspace_tf.render.mixing import Mixing
from ganspace_tf.render.motion import input_transform
from ganspace_tf.render.path import Keyframe, Path, course, slerp
from ganspace_tf.render.starts import pack_latents
from tests.linear_gan import LAYERS, SIDE, LinearGAN
from tests.test_render_frames import components


@pytest.fixture
def gen() -> LinearGAN:
    return LinearGAN()


def keys(*seeds, **fields):
    return [list(Keyframe(seed, **fields)) for seed in seeds]


# ---------------------------------------------------------------- where the frames are


def test_a_way_begins_at_the_first_keyframe_and_ends_at_the_last():
    way = course(3, 5)
    assert way.first.tolist() == [0, 0, 1, 1, 1] and way.second.tolist() == [1, 1, 2, 2, 2]
    np.testing.assert_allclose(way.share, [0, 0.5, 0, 0.5, 1])


def test_a_loop_comes_back_without_showing_the_first_keyframe_twice():
    way = course(3, 6, loop=True)
    assert way.first.tolist() == [0, 0, 1, 1, 2, 2] and way.second.tolist() == [1, 1, 2, 2, 0, 0]
    np.testing.assert_allclose(way.share, [0, 0.5] * 3)


def test_easing_is_slow_at_both_keyframes_and_symmetric():
    share = course(2, 9, ease=True).share
    steps = np.diff(share)
    assert steps.argmax() in (3, 4) and steps[0] < 0.5 * steps.max()
    np.testing.assert_allclose(share, 1 - share[::-1], atol=1e-12)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 7, 60])
def test_every_share_lies_between_its_keyframes(loop, frames):
    way = course(4, frames, loop)
    assert len(way.share) == frames and way.share.min() >= 0 and way.share.max() <= 1
    assert set(way.first) | set(way.second) <= set(range(4))


def test_great_circles_keep_the_angle_even_and_the_length_between_both():
    ends = np.array([[3.0, 0, 0]]), np.array([[0, 1.0, 0]])
    points = np.concatenate([slerp(ends, np.array([share])) for share in np.linspace(0, 1, 5)])
    angles = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    np.testing.assert_allclose(angles, [0, 22.5, 45, 67.5, 90], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), np.linspace(3, 1, 5), rtol=1e-6)


@pytest.mark.parametrize("end", [[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]])
def test_great_circles_stay_finite_between_parallel_and_opposite_latents(end):
    points = slerp((np.array([[1.0, 2.0]] * 3), np.array([end] * 3)), np.array([0, 0.5, 1]))
    assert np.isfinite(points).all()
    np.testing.assert_allclose(points[0], [1, 2], rtol=1e-6)
    np.testing.assert_allclose(points[2], end, atol=1e-5)


# ---------------------------------------------------------------- what they show


@pytest.mark.parametrize("space", ["w", "z", "w+"])
def test_in_every_space_the_keyframes_are_their_seeds_pictures(gen, space):
    look = Look(psi=0.7)
    film = Path(look, keyframes=keys(1, 2, 3), frames=5, space=space).film(gen)
    shown = seed_frames(gen, [1, 2, 3], look).astype(int)
    assert np.abs(film[::2].astype(int) - shown).max() <= 1  # w+ rounds once more


def test_w_goes_straight_and_z_along_great_circles(gen):
    w, z = gen.w(seeds=[1, 2]), gen.z(seeds=[1, 2])
    middle = {
        "w": w.mean(axis=0, keepdims=True),
        "z": gen.map(slerp((z[:1], z[1:]), np.array([0.5]))),
    }
    for space, latent in middle.items():
        film = Path(keyframes=keys(1, 2), frames=3, space=space).film(gen)
        np.testing.assert_array_equal(film[1], render(gen, latent.astype(np.float32), Look())[0])
    assert not np.array_equal(*(render(gen, latent, Look()) for latent in middle.values()))


def test_edits_are_held_and_those_of_a_keyframe_come_and_go(gen):
    comp = components(gen)
    held, own = Edit(0, sigma=1.5), Edit(1, 2, 3, sigma=-2.0)
    path = Path(keyframes=keys(4) + keys(4, edits=[own.to_json()]), frames=3, held=[held])
    film = path.film(gen, comp)
    w = gen.w(seeds=[4])
    for frame, share in zip(film, (0, 0.5, 1)):
        moved = apply_edits(w, comp, [held, replace(own, sigma=own.sigma * share)])
        np.testing.assert_array_equal(frame, render(gen, moved, Look())[0])
    assert sorted(set(path.used())) == [0, 1]


def test_truncation_goes_from_one_keyframes_to_the_next(gen):
    path = Path(keyframes=keys(5, psi=0.0) + keys(5, psi=None), frames=3)
    for frame, psi in zip(path.film(gen), (0.0, 0.5, None)):
        np.testing.assert_array_equal(frame, seed_frames(gen, [5], Look(psi=psi))[0])


def test_classes_of_keyframes_are_mixed_between_them():
    gen = LinearGAN(n_classes=3)
    path = Path(keyframes=keys(1, classes=0) + keys(1, classes=2), frames=3, space="z")
    half = np.array([[0.5, 0, 0.5]], np.float32)
    np.testing.assert_array_equal(
        path.film(gen)[1], render(gen, gen.w(seeds=[1], labels=half), Look(), half)[0]
    )
    mixed = Path(keyframes=keys(1, classes=0) + keys(2), frames=3)
    with pytest.raises(UsageError, match="some keyframes of this walk have a class"):
        mixed.film(gen)


class MovingGAN(LinearGAN):
    """Notes the matrices that it is asked for."""

    takes_transform = True

    def images(self, w, **given):
        self.seen = getattr(self, "seen", []) + [given.get("transform")]
        return super().images(w, **given)


def test_a_picture_moves_and_turns_from_one_keyframes_place_to_the_next():
    """Its numbers go straight, so that a whole turn is one; what a keyframe leaves open is the picture's."""
    gen, look = MovingGAN(), Look(translate=[0.2, 0.0], batch=2)
    path = Path(look, keyframes=keys(1, rotate=0) + keys(1, rotate=360, translate=[0.0, 0.4]), frames=3)
    path.film(gen)
    expected = [input_transform(*motion) for motion in (([0.2, 0], 0), ([0.1, 0.2], 180), ([0, 0.4], 360))]
    np.testing.assert_allclose(np.concatenate(gen.seen), expected, atol=1e-6)
    assert path._captions()[1] == "seed 1  ·  x +0.10, y +0.20, 180°"


def test_a_picture_whose_keyframes_do_not_move_has_the_networks_own_transform():
    gen = MovingGAN()
    Path(keyframes=keys(1, 2), frames=3).film(gen)
    assert gen.seen == [None]


def test_labels_say_where_a_frame_is_and_keep_all_frames_alike(gen):
    path = Path(keyframes=keys(1, psi=0.3) + keys(22, psi=1.0), frames=3, labels=True)
    film = path.film(gen)
    assert film.shape[1] > film.shape[2] >= 96 and film.shape[0] == 3
    assert path._captions() == ["seed 1  ·  ψ 0.3", "seed 1 to 22  ·  ψ 0.65", "seed 22  ·  ψ 1"]
    assert replace(path, labels=False).film(gen).shape == (3, SIDE, SIDE, 3)


def test_a_still_picture_shows_all_frames_in_a_grid(gen):
    assert Path(keyframes=keys(1, 2), frames=4).draw(gen).shape == (2 * SIDE + 1, 2 * SIDE + 1, 3)


@pytest.mark.parametrize(
    "fields, error, said",
    [
        ({"keyframes": keys(1)}, UsageError, "at least 2 keyframes"),
        ({"keyframes": keys(1, 2), "frames": 0}, UsageError, "frames 0 is outside 1"),
        ({"keyframes": keys(1, 2), "space": "s"}, UnknownName, "allowed: w, z, w+"),
        ({"keyframes": keys(1, 2, rotate="left")}, UsageError, "rotate of Look must be a finite number"),
        ({"keyframes": keys(1, 2, rotate=float("nan"))}, UsageError, "rotate of Look must be"),
        ({"keyframes": keys(1, 2, translate=[0.1])}, UsageError, "is not two numbers"),
    ],
)
def test_what_is_no_walk_is_refused(fields, error, said):
    with pytest.raises(error, match=said.replace("+", r"\+")):
        Path(**fields)


def test_a_walk_that_moves_is_refused_where_the_input_cannot_be_moved(gen):
    with pytest.raises(UsageError, match="only StyleGAN3"):
        Path(keyframes=keys(1, 2, rotate=30), frames=3).film(gen)


def test_components_of_z_are_walked_with_in_z(gen):
    comp, held = components(gen, latent="z"), Edit(0, sigma=1.0)
    with pytest.raises(UsageError, match="--space z"):
        Path(keyframes=keys(1, 2), held=[held]).film(gen, comp)
    film = Path(keyframes=keys(1, 2), frames=2, held=[held], space="z").film(gen, comp)
    z = gen.z(seeds=[1]) + comp.stdev[0] * comp.directions[0]
    np.testing.assert_array_equal(film[0], render(gen, gen.map(z), Look())[0])


# ---------------------------------------------------------------- latents of files


def packed(gen, rows, path):
    """Latents (N, L, D) as a recipe keeps those of a file."""
    np.save(str(path), rows)
    return pack_latents(read_latents(str(path), gen))


def test_a_walk_goes_from_row_to_row_of_a_file(gen, tmp_path):
    rows = 2 * gen.w(seeds=[4, 5, 6])
    path = Path(keyframes=keys(0, 0, 0), frames=5, latents=packed(gen, rows, tmp_path / "me.npy"))
    film = path.film(gen)
    np.testing.assert_array_equal(film[::2], render(gen, rows, Look()))
    np.testing.assert_array_equal(film[1], render(gen, (rows[:1] + rows[1:2]) / 2, Look())[0])
    me = ["me.npy:{}".format(k) for k in range(3)]
    assert path._captions() == [me[0], " to ".join(me[:2]), me[1], " to ".join(me[1:]), me[2]]
    assert Path.from_json(path.to_json()) == path


def test_one_latent_of_a_file_is_walked_through_truncations(gen, tmp_path):
    row = 2 * gen.w(seeds=[4])
    path = Path(
        keyframes=keys(0, psi=0.0) + keys(0, psi=1.0), frames=2, latents=packed(gen, row, tmp_path / "me.npy")
    )
    for frame, psi in zip(path.film(gen), (0.0, 1.0)):
        np.testing.assert_array_equal(frame, render(gen, row, Look(psi=psi))[0])


def test_latents_of_a_file_that_cannot_be_walked_are_refused(gen, tmp_path):
    latents = packed(gen, gen.w(seeds=[4, 5]), tmp_path / "me.npy")
    with pytest.raises(UsageError, match="2 latents for 3 keyframes"):
        Path(keyframes=keys(0, 0, 0), latents=latents)
    with pytest.raises(UsageError, match="walk in w or w"):
        Path(keyframes=keys(0, 0), latents=latents, space="z")


def test_mixing_takes_rows_and_columns_from_files_too(gen, tmp_path):
    ours, theirs = gen.w(seeds=[1, 2]), gen.w(seeds=[3])
    fields = {"first_layer": 1, "last_layer": 2}
    seeds = Mixing(seeds=[1, 2], others=[3], **fields)
    files = Mixing(
        latents=packed(gen, ours, tmp_path / "a.npy"),
        other_latents=packed(gen, theirs, tmp_path / "b.npy"),
        **fields,
    )
    np.testing.assert_array_equal(files.draw(gen), seeds.draw(gen))
    assert files.count() == seeds.count() and Mixing.from_json(files.to_json()) == files


# ---------------------------------------------------------------- mixing


def test_mixing_takes_some_layers_of_the_columns_and_shows_both_sources(gen):
    picture = Mixing(Look(psi=0.8), seeds=[1, 2], others=[3], first_layer=1, last_layer=2)
    table = picture.draw(gen)
    step = SIDE + 1
    cell = lambda row, column: table[row * step : row * step + SIDE, column * step : column * step + SIDE]  # noqa: E731
    assert (cell(0, 0) == 255).all()
    np.testing.assert_array_equal(cell(0, 1), seed_frames(gen, [3], Look(psi=0.8))[0])
    np.testing.assert_array_equal(cell(2, 0), seed_frames(gen, [2], Look(psi=0.8))[0])
    band = SIDE // LAYERS  # each layer paints its own band of rows
    for row in (1, 2):
        np.testing.assert_array_equal(cell(row, 1)[band : 3 * band], cell(0, 1)[band : 3 * band])
        np.testing.assert_array_equal(cell(row, 1)[:band], cell(row, 0)[:band])
        np.testing.assert_array_equal(cell(row, 1)[3 * band :], cell(row, 0)[3 * band :])


def test_layers_that_are_not_there_cannot_be_mixed(gen):
    with pytest.raises(UsageError, match="layers 2-4 cannot be mixed; the network has layers 0-3"):
        Mixing(seeds=[1], others=[2], first_layer=2, last_layer=4).draw(gen)
    with pytest.raises(UsageError, match="nothing to mix with"):
        Mixing(seeds=[1], first_layer=2)
