"""Measuring pictures: the beetles' own scorer, the check that anyone's scorer passes, and the Fréchet
distance.
"""

from __future__ import annotations

import gc

import numpy as np
import pytest

from ganspace_tf.demo import scene, scorer, worlds
from ganspace_tf.errors import FileError, UsageError

PICTURES = np.zeros((3, 64, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module", params=sorted(worlds.WORLDS))
def scored(request):
    """A world's factors, what its scorer finds on the drawings, and the scorer. Seed beyond those that
    fitting used.
    """
    factors = worlds.sample_factors(1000, seed=2**31 + 7)
    score = scorer.load_scorer(request.param)
    return factors, score(scene.draw(factors, request.param)), score, request.param


def explained(factors, found, name):
    true = factors[:, worlds.column(name)]
    return 1 - np.mean((found[name] - true) ** 2) / true.var()


def test_at_least_eight_factors_are_measured_well(scored):
    factors, found, _, _ = scored
    assert tuple(found) == worlds.FACTOR_NAMES
    well = [name for name in worlds.FACTOR_NAMES if explained(factors, found, name) >= 0.9]
    assert len(well) >= 8, well


def test_kinds_of_pattern_are_told_apart(scored):
    factors, found, _, _ = scored
    for name in ("stripes", "spots"):
        there = factors[:, worlds.column(name)] > 0
        assert np.mean((found[name] > worlds.WEAKEST_PATTERN / 2) == there) > 0.97


def test_a_picture_is_measured_alike_alone_and_among_others(scored):
    factors, found, score, world = scored
    alone = score(scene.draw(factors[5:6], world))
    for name, values in alone.items():
        factor = worlds.FACTORS[worlds.column(name)]
        # float32 sums in another order
        assert values[0] == pytest.approx(found[name][5], abs=1e-4 * (factor.high - factor.low))


def test_larger_pictures_are_averaged_down(scored):
    factors, found, score, world = scored
    large = score(scene.draw(factors[:20], world, resolution=128))
    assert np.abs(large["angle"] - found["angle"][:20]).mean() < 2  # degrees


def test_smaller_pictures_are_measured_nearly_as_well(scored):
    """32 pixels: what is a pixel wide at 64, such as an antenna or a glint, is half lost."""
    factors, _, score, world = scored
    small = score(scene.averaged(scene.draw(factors, world), 32))
    assert all(explained(factors, small, name) >= 0.85 for name in worlds.FACTOR_NAMES)


def test_features_tell_drawings_from_damaged_ones(scored):
    factors, _, score, world = scored
    pictures = scene.draw(factors, world)
    one, other = score.features(pictures[:500]), score.features(pictures[500:])
    damaged = score.features(np.roll(pictures[500:], 24, axis=1))
    assert scorer.frechet_distance(one, damaged) > 5 * scorer.frechet_distance(one, other)


def test_a_scorer_may_be_any_callable():
    def brightness(pictures):
        return {"brightness": pictures.mean(axis=(1, 2, 3)), "count": [1, 2, 3]}

    found = scorer.measure(brightness, PICTURES)
    assert list(found) == ["brightness", "count"]
    assert found["count"].dtype == np.float64 and found["count"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"good": [1, 2, 3], "bad": [0, np.nan, 0]}, "'bad' of picture 1 is nan"),
        ({"bad": [0, 0, np.inf]}, "'bad' of picture 2 is inf"),
        ({"bad": [1, 2]}, r"'bad' must be 3 numbers.*\(2,\)"),
        ({"bad": 1.0}, "'bad' must be 3 numbers"),
        ({"bad": ["a", "b", "c"]}, "'bad' must be 3 numbers"),
        ([1, 2, 3], "dict of named numbers, not 'list'"),
        ({}, "dict of named numbers"),
    ],
)
def test_a_scorer_that_answers_badly_is_named(answer, says):
    def their_scorer(pictures):
        return answer

    with pytest.raises(UsageError, match="their_scorer.*" + says):
        scorer.measure(their_scorer, PICTURES)


@pytest.mark.parametrize(
    "pictures",
    [
        PICTURES.astype(float),
        PICTURES[0],
        PICTURES[..., :1],
        PICTURES[:, :, :32],
        np.zeros((1, 48, 48, 3), np.uint8),
    ],
)
def test_pictures_of_another_form_are_refused(pictures):
    with pytest.raises(UsageError, match="pictures must be"):
        scorer.measure(lambda _: {}, pictures)


def test_scorers_are_found_by_name(monkeypatch, tmp_path):
    (tmp_path / "own_scorer.py").write_text("def score(pictures):\n    return {}\nnumber = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert callable(scorer.load_scorer("own_scorer:score"))
    for name, says in (
        ("moths", "moths.*beetles"),
        ("no_such_module:score", "no_such_module"),
        ("own_scorer:missing", "missing"),
        ("own_scorer:number", "not a callable"),
    ):
        with pytest.raises(UsageError, match=says):
            scorer.load_scorer(name)


def test_a_file_that_is_no_scorer_is_refused(tmp_path, capfd):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:100])
    for name in ("other.npz", "text.npz", "cut.npz", "missing.npz"):
        with pytest.raises(FileError, match=name):
            scorer.BeetleScorer(str(tmp_path / name))
    gc.collect()
    assert capfd.readouterr() == ("", "")  # nothing half-made complains when it is forgotten


def test_frechet_distance_of_normal_distributions_known_in_closed_form():
    random = np.random.RandomState(0)
    x = random.standard_normal((50_000, 3))
    moved = x * [1, 2, 3] + [3, 0, 0]
    # |shift|^2 + sum (sigma - sigma')^2 = 9 + 0 + 1 + 4, for the same draws exactly but for their own
    # correlations
    assert scorer.frechet_distance(x, moved) == pytest.approx(14, rel=0.03)
    assert scorer.frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
    # turning one set by 45 degrees: for diag(1, 4) against [[2.5, 1.5], [1.5, 2.5]], trace of the root is 2
    # + ... = sqrt(...)
    a, b = np.diag([1.0, 4.0]), np.array([[2.5, 1.5], [1.5, 2.5]])
    cross = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))  # closed form in two dimensions
    one, other = (random.standard_normal((200_000, 2)) @ np.linalg.cholesky(c).T for c in (a, b))
    assert scorer.frechet_distance(one, other) == pytest.approx(10 - 2 * cross, rel=0.03)
    with pytest.raises(UsageError, match="features must be"):
        scorer.frechet_distance(x, x[:, :2])
