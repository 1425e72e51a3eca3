"""Directions made of directions: sums of steps, and what others do not come along with."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.cli import main
from ganspace_tf.directions import NamedDirection, load_direction
from ganspace_tf.directions.combine import combine, metric_of, step
from ganspace_tf.directions.named import as_list
from ganspace_tf.edits import apply_edits
from ganspace_tf.errors import BasisMismatch, UsageError
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.matrix import as_table, effects_of
from ganspace_tf.measure.meter import Meter
from tests.linear_gan import LinearGAN

D, L = 6, 4


def direction(name="a", seed=0, stdev=1.5, layers=(0, None), sigma_range=(-2.0, 2.0), **fields):
    vector = np.random.RandomState(seed).standard_normal(D)
    return NamedDirection(
        name,
        "f" * 64,
        as_list(vector / np.linalg.norm(vector)),
        stdev,
        [0.5] * D,
        layers=layers,
        sigma_range=sigma_range,
        **fields,
    )


def moved_by(one, sigma=1.0):
    """What an edit of a direction adds to latents (L, D)."""
    w = np.random.RandomState(9).standard_normal((1, L, D)).astype(np.float32)
    return (apply_edits(w, one.components(), one.edits(sigma)) - w)[0]


def close(one, two):
    np.testing.assert_allclose(one, two, atol=2e-6)  # float32 latents and vectors


@pytest.fixture
def metric():
    rows = np.random.RandomState(3).standard_normal((500, D)) @ np.diag([3, 2, 1, 1, 0.5, 0.1])
    return metric_of(rows)


@pytest.mark.parametrize("layers", [((0, None), (0, None)), ((1, 2), (1, 2)), ((0, 1), (1, 3))])
def test_a_sum_goes_where_its_parts_go_together(layers):
    a, b = direction("a", 0, layers=layers[0]), direction("b", 1, 0.7, layers=layers[1])
    both = combine("both", [(a, 1.0), (b, -0.5)], L).direction
    close(moved_by(both, 2.0), moved_by(a, 2.0) + moved_by(b, -1.0))
    assert both.per_layer == (layers[0] != layers[1])
    assert both.layers == (layers[0] if layers[0] == layers[1] else (0, None))
    assert both.made["combined"] == [{"name": "a", "weight": 1.0}, {"name": "b", "weight": -0.5}]


def test_a_sum_of_sums_is_a_sum():
    a, b, c = (direction(name, seed, layers=(seed, 3)) for seed, name in enumerate("abc"))
    nested = combine("n", [(combine("m", [(a, 1.0), (b, 2.0)], L).direction, 0.5), (c, 1.0)], L).direction
    close(moved_by(nested), moved_by(combine("f", [(a, 0.5), (b, 1.0), (c, 1.0)], L).direction))


def test_minus_one_is_the_direction_flipped():
    a = direction(sigma_range=(-1.0, 3.0))
    back = combine("back", [(a, -1.0)], L).direction
    close(moved_by(back), moved_by(a.flipped()))
    assert back.sigma_range == (-3.0, 1.0)


def test_what_is_held_does_not_move_in_the_metric_of_the_latents(metric):
    a, b, c = (direction(name, seed, layers=(1, 2)) for seed, name in enumerate("abc"))
    found = combine("alone", [(a, 1.0)], L, [b, c], metric)
    left = step(found.direction, L)[1]
    for other in (b, c):
        along = np.asarray(other.vector)
        assert abs(left @ metric @ along) < 1e-6 * np.sqrt((left @ metric @ left) * (along @ metric @ along))
    assert found.direction.layers == (1, 2)
    # and nothing else is gone: the rest is what was taken, in sigmas of each
    taken = sum(sigma * np.asarray(one.vector) * one.stdev for sigma, one in zip(found.taken, (b, c)))
    close(left + taken, step(a, L)[1])
    assert 0 < found.left < 1


def test_principal_components_are_at_right_angles_already():
    rows = np.random.RandomState(3).standard_normal((5000, D)) @ np.diag([3, 2, 1, 1, 0.5, 0.1])
    axes = np.linalg.eigh(np.cov(rows.T))[1].T
    a, b = (replace(direction(name), vector=as_list(axis)) for name, axis in zip("ab", axes[::-1]))
    found = combine("a", [(a, 1.0)], L, [b], metric_of(rows))
    assert abs(found.taken[0]) < 1e-5 and found.left == pytest.approx(1)


def test_it_is_held_on_the_layers_that_it_moves(metric):
    """The same component on other layers is another control: it stays."""
    a, b = direction("a", 0, layers=(0, 2)), direction("b", 1, layers=(2, 3))
    alone = combine("alone", [(a, 1.0)], L, [b], metric).direction
    rows, before, along = step(alone, L), step(a, L), np.asarray(b.vector)
    close(rows[[0, 1, 3]], before[[0, 1, 3]])
    assert abs(rows[2] @ metric @ along) < 1e-5 < abs(before[2] @ metric @ along)
    same = replace(a, name="same", layers=(3, 3))
    untouched = combine("a", [(a, 1.0)], L, [same], metric)
    close(step(untouched.direction, L), before)
    assert untouched.taken == [0.0] and untouched.left == 1 and untouched.direction.layers == (0, 2)


def test_strengths_keep_every_part_within_its_own():
    a, b = direction("a", 0, sigma_range=(-2.0, 3.0)), direction("b", 1, sigma_range=(-1.0, 4.0))
    assert combine("c", [(a, 1.0), (b, 0.5)], L).direction.sigma_range == (-2.0, 3.0)
    assert combine("c", [(a, 1.0), (b, -2.0)], L).direction.sigma_range == (-2.0, 0.5)
    beyond = direction("b", 1, sigma_range=(1.0, 2.0))  # never 0
    assert combine("c", [(a, 1.0), (beyond, 1.0)], L).direction.sigma_range == (-1.0, 1.0)


def test_nothing_left_is_refused():
    a = direction()
    with pytest.raises(UsageError, match="cancel each other"):
        combine("none", [(a, 1.0), (a, -1.0)], L)
    with pytest.raises(UsageError, match="nothing is left of 'a' without 'a'"):
        combine("none", [(a, 1.0)], L, [a])


def test_directions_of_two_models_or_latents_are_refused():
    a = direction()
    for other in (
        replace(a, fingerprint="e" * 64),
        replace(a, latent="z"),
        replace(a, mean=[0.5] * 5, vector=[1.0, 0, 0, 0, 0]),
    ):
        with pytest.raises(BasisMismatch):
            combine("both", [(a, 1.0), (other, 1.0)], L)


def test_the_model_is_that_of_any_which_says_it():
    a, nameless = direction("a", 0), replace(direction("b", 1), fingerprint="")
    other = replace(direction("c", 2), fingerprint="e" * 64)
    for parts in ([(a, 1.0), (nameless, 1.0)], [(nameless, 1.0), (a, 1.0)]):
        assert combine("both", parts, L).direction.fingerprint == "f" * 64
    assert combine("rest", [(nameless, 1.0)], L, [a]).direction.fingerprint == "f" * 64
    assert combine("one", [(nameless, 1.0)], L).direction.fingerprint == ""
    with pytest.raises(BasisMismatch, match="'a' and 'c' belong to two models"):
        combine("all", [(nameless, 1.0), (a, 1.0), (other, 1.0)], L)


# ------------------------------------------------------------------ what it does


def brightness(pictures):
    return {name: pictures[..., k].mean(axis=(1, 2)) for k, name in enumerate(("red", "green", "blue"))}


def test_the_matrix_is_that_of_edits_one_by_one_and_adds_up():
    gen = LinearGAN()
    meter = Meter(gen, brightness, gen.w(n=32, seed=0))
    w, rows = gen.w(n=4, seed=1), np.eye(gen.dlatent_size, dtype=np.float32)
    a, b = (
        NamedDirection(name, gen.fingerprint, as_list(rows[k]), 0.2, as_list(gen.b), layers=(0, k))
        for k, name in enumerate("ab")
    )
    both = combine("both", [(a, 1.0), (b, 0.5)], gen.n_layers).direction
    found = effects_of(meter, w, [a, b, both])
    alone = responses(meter, w, a.components(), [a.edit()])
    np.testing.assert_array_equal(found.mean[0], alone.mean[0])
    # pixels are whole levels and the pictures of a linear network change in proportion up to clipping
    np.testing.assert_allclose(found.mean[2], found.mean[0] + 0.5 * found.mean[1], atol=0.03)
    lines = as_table(["a", "b", "both"], meter.names, found)
    assert len(lines) == 4 and "red" in lines[0] and lines[3].startswith("both")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder; (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return call


def test_on_the_command_line(run, tmp_path):
    words = ("combine", "demo:stylegan2", "shell colour", "ground brightness = -0.5", "--name", "Dark one")
    code, said, _ = run(*words, "--json")
    told = json.loads(said)
    assert code == 0 and told["out"] == "dark-one.json" and told["per_layer"]
    assert told["combined"][1] == {"name": "Ground brightness", "weight": -0.5}
    rest = ("--without", "ground brightness", "--name", "x", "--out", "x.json")
    code, said, _ = run(*words[:3], *rest, "--measure", "--samples", 2, "--unit", 8)
    assert code == 0 and "Ground brightness moves nothing of it" in said and "hue" in said
    assert load_direction("x.json").preview and load_direction("x.json").layers == (2, 3)
    code, _, error = run(*words[:3], "--without", "shell colour", "--name", "y", "--out", "y.json")
    assert code == 2 and "nothing is left" in error and not (tmp_path / "y.json").exists()
    code, _, error = run("combine", "demo:stylegan2", "shel colour", "--name", "z")
    assert code != 0 and "Shell colour" in error and len(error.splitlines()) == 1
