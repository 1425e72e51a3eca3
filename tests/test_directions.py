"""Directions taught by examples, and named directions as files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ganspace_tf import apply_edits
from ganspace_tf.decomposition import decompose
from ganspace_tf.directions import NamedDirection, boundary, load_direction, read_boundary, teach
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from tests.coded_generator import FACTORS, CodedGenerator


@pytest.fixture(scope="module")
def gen():
    return CodedGenerator()


@pytest.fixture(scope="module")
def comp(gen):
    return decompose(gen, n=6000, components=8, cache=False)


@pytest.fixture(scope="module")
def rows(gen):
    return gen.map_rows(gen.z(n=1500, seed=4))


def scores_of(gen, rows, name):
    f = FACTORS.index(name)
    return (rows - gen.offset) @ gen.axes[f] / gen.sigma[f]


# ------------------------------------------------------------------ teach


def test_the_boundary_of_a_linear_score_is_its_direction(gen, rows):
    for name in ("angle", "stripes"):
        found = boundary(rows, scores_of(gen, rows, name))
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
        assert found @ gen.axes[FACTORS.index(name)] > 0.97  # towards high scores


def test_a_handful_of_examples_is_enough_where_components_guide(gen, comp, rows):
    """Four latents a side: among 48 axes they leave a noisy direction, among 8 components a good one."""
    turn = gen.axes[FACTORS.index("angle")]
    scores = scores_of(gen, rows, "angle")
    high, low = rows[scores > 0.8], rows[scores < -0.8]
    alone, guided = [], []
    for k in range(0, 40, 4):
        alone.append(teach(high[k : k + 4], low[k : k + 4]) @ turn)
        guided.append(teach(high[k : k + 4], low[k : k + 4], comp) @ turn)
    assert np.mean(guided) > 0.8 and min(guided) > 0.5
    assert np.mean(guided) > np.mean(alone) - 0.02


def test_teaching_is_repeatable_and_turns_round_with_its_sides(rows):
    one = teach(rows[:5], rows[5:10])
    np.testing.assert_array_equal(one, teach(rows[:5], rows[5:10]))
    np.testing.assert_allclose(one, -teach(rows[5:10], rows[:5]), atol=1e-5)


@pytest.mark.parametrize(
    ("plus", "minus", "says"),
    [
        (np.zeros((0, 4)), np.zeros((1, 4)), "one latent"),
        (np.zeros((1, 3)), np.zeros((1, 4)), "one latent"),
        (np.full((1, 4), np.nan), np.zeros((1, 4)), "finite"),
        (np.ones((2, 4)), np.ones((2, 4)), "same"),
        (np.ones((2, 3, 4)), np.ones((2, 3, 4)), r"\(N, D\)"),
        (["a"], np.zeros((1, 1)), "finite numbers in an array"),
    ],
)
def test_examples_that_teach_nothing_are_refused(plus, minus, says):
    with pytest.raises(UsageError, match=says):
        teach(plus, minus)


@pytest.mark.parametrize("C", [0.0, -1.0, float("nan"), float("inf"), "1"])
def test_the_weight_of_examples_is_a_number_above_0(rows, C):
    with pytest.raises(UsageError, match="a finite one above 0"):
        teach(rows[:2], rows[2:4], C=C)


def test_components_of_another_width_are_refused(comp, rows):
    with pytest.raises(UsageError, match="examples are 5 numbers wide, the components are 48"):
        teach(rows[:2, :5], rows[2:4, :5], comp)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_are_refused(gen, rows, odd):
    scores = scores_of(gen, rows, "angle")
    scores[[3, 5]] = odd
    with pytest.raises(UsageError, match="2 of 1500 scores are not finite numbers, the first of latent 3"):
        boundary(rows, scores)


def test_scores_must_fit_their_latents(rows):
    for latents, scores, share in ((rows, 3.0, 0.2), (3.0, 3.0, 0.2), (rows, np.arange(1500), np.nan)):
        with pytest.raises(UsageError, match="scores for latents"):
            boundary(latents, scores, share)
    for scores, share in ((np.zeros(3), 0.2), (np.arange(len(rows)), 0.0), (np.arange(len(rows)), 0.7)):
        with pytest.raises(UsageError, match="scores for latents"):
            boundary(rows, scores, share)


def test_published_boundaries_are_read_as_unit_float32(tmp_path):
    np.save(tmp_path / "one.npy", np.full((1, 16), 3.0))  # float64, as InterFaceGAN writes them
    np.save(tmp_path / "layers.npy", np.full((18, 16), 3.0, np.float32))
    one, layers = read_boundary(tmp_path / "one.npy"), read_boundary(tmp_path / "layers.npy")
    assert one.shape == (1, 16) and one.dtype == np.float32 and np.linalg.norm(one) == pytest.approx(1)
    assert layers.shape == (18, 16) and (layers == 3).all()  # one row a layer keeps its own lengths


def test_what_is_no_boundary_is_refused_and_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "zero.npy", np.zeros((1, 4)))
    np.save(tmp_path / "nan.npy", np.full((1, 4), np.nan))
    (tmp_path / "text.npy").write_text("no array")
    for name in ("objects", "zero", "nan", "text", "missing"):
        with pytest.raises(FileError):
            read_boundary(tmp_path / (name + ".npy"))


# ------------------------------------------------------------------ named directions


def test_a_named_direction_comes_back_to_the_bit_and_edits_as_its_component_did(tmp_path, gen, comp):
    named = NamedDirection.of("turning", comp, 3, layers=(0, 1), sigma_range=(-3.0, 2.5))
    again = load_direction(named.save(tmp_path / "turning.json"))
    assert again == named
    w = gen.w(seeds=[1, 2])
    mine = apply_edits(w, again.components(), [again.edit(2.0)])
    np.testing.assert_array_equal(mine, apply_edits(w, comp, "E(v3, 0-1) = +2"))
    again.check_model(gen)
    with pytest.raises(BasisMismatch, match="'turning' belongs to model"):
        again.check_model(CodedGenerator(seed=5))


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"vector": [1.0, 1.0]},
        {"vector": [[1.0]]},
        {"stdev": float("inf")},
        {"mean": [0.0]},
        {"latent": "x"},
        {"layers": (3, 1)},
        {"sigma_range": (2.0, -2.0)},
    ],
)
def test_what_cannot_be_a_direction_is_refused(change):
    good = {"name": "a", "fingerprint": "", "vector": [1.0, 0.0], "stdev": 1.0, "mean": [0.0, 0.0]}
    NamedDirection(**good)
    with pytest.raises(UsageError):
        NamedDirection(**dict(good, **change))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "name": "a"}', '{"format": 1}']
)
def test_other_files_are_refused_in_one_line(tmp_path, text):
    (tmp_path / "d.json").write_text(text)
    with pytest.raises(FileError, match="is not a direction") as caught:
        load_direction(tmp_path / "d.json")
    assert "\n" not in str(caught.value)
    with pytest.raises(FileError, match="cannot read"):
        load_direction(tmp_path / "none.json")


ODD = [
    None,
    True,
    1.5,
    10**30,
    1e300,
    "",
    "x",
    [],
    {},
    [[]],
    [0.0],
    [None],
    ["x"],
    [0, 1, 2],
    [[0.0, 1.0]],
    "9" * 50,
]


@pytest.mark.parametrize("field", list(NamedDirection.__dataclass_fields__))
def test_an_odd_value_in_any_field_is_refused_or_can_be_used(tmp_path, field):
    """Layers [] and a sigma of 10^400 among them; the message does not spell long values out."""
    good = {
        "format": 1,
        "name": "a",
        "fingerprint": "",
        "vector": [1.0, 0.0],
        "stdev": 1.0,
        "mean": [0.0, 0.0],
    }
    path = tmp_path / "d.json"
    for text in [json.dumps(value) for value in ODD] + [
        "1" + "0" * 400,
        "9" * 5000,
        "[" * 5000,
        '"\\ud800"',
        "NaN",
    ]:
        path.write_text(json.dumps(dict(good, **{field: "HERE"})).replace('"HERE"', text))
        try:
            named = load_direction(path)
        except FileError as error:
            assert "is not a direction" in str(error) and len(str(error)) < 500
            continue
        basis, edits = named.components(), named.edits()
        assert all(np.isfinite(array).all() for array in basis.arrays().values())
        assert apply_edits(np.zeros((1, 99, 2), np.float32), basis, edits, any_basis=True).shape == (1, 99, 2)
        assert named.described() and named.flipped()


@pytest.mark.parametrize(
    "measured", [None, [], "x", 3, {"purity": "high", "factor": 1}, {"purity": [1], "effect": {}}]
)
def test_what_was_measured_may_be_anything_in_a_file(measured):
    named = NamedDirection("a", "", [1.0, 0.0], 1.0, [0.0, 0.0], made={"measured": measured, "factor": "hue"})
    assert named.described().endswith("not measured")


def test_a_folder_a_device_and_a_name_that_is_none(tmp_path):
    for path in (tmp_path, "a\0b.json"):
        with pytest.raises(FileError, match="cannot read"):
            load_direction(path)


def test_an_unknown_field_is_named(tmp_path, comp):
    path = NamedDirection.of("a", comp, 0).save(tmp_path / "d.json")
    record = dict(json.loads((tmp_path / "d.json").read_text()), colour="red")
    (tmp_path / "d.json").write_text(json.dumps(record))
    with pytest.raises(FileError, match="colour"):
        load_direction(path)
