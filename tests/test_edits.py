"""Edits: the notation, the plain and the centred form, sequences, activations, and what is refused."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ganspace_tf.edits import (
    Edit,
    apply_activation_edits,
    apply_edits,
    edit_sequence,
    edits_to_json,
    parse_edit,
    parse_edits,
    remove_along,
)
from ganspace_tf.errors import BasisMismatch, UnknownName, UsageError

N, L, D, K = 3, 6, 16, 4
GOLDENS = Path(__file__).parent / "goldens" / "edits"


def orthonormal(rng: np.random.RandomState, rows: int, width: int) -> np.ndarray:
    return np.linalg.qr(rng.randn(width, rows))[0].T.astype(np.float32)


@pytest.fixture
def comp() -> SimpleNamespace:
    """K orthonormal directions with known mean and stdev; edits need no more of Components than this."""
    rng = np.random.RandomState(1)
    return SimpleNamespace(
        directions=orthonormal(rng, K, D),
        mean=rng.randn(D).astype(np.float32),
        stdev=np.array([4.0, 2.0, 1.0, 0.5], np.float32),
        digest="a1" * 32,
        act_directions=None,
    )


@pytest.fixture
def w() -> np.ndarray:
    return np.random.RandomState(2).randn(N, L, D).astype(np.float32)


def coordinates(w: np.ndarray, comp: SimpleNamespace) -> np.ndarray:
    """Position along every component in sigma, float64: (N, L, K)."""
    return (w.astype(np.float64) - comp.mean) @ comp.directions.T.astype(np.float64) / comp.stdev


# ------------------------------------------------------------------ notation


@pytest.mark.parametrize(
    "text, edit",
    [
        ("E(v22, 9-10) = +2", Edit(22, 9, 10, 2.0)),
        ("E(v22, 9-10)", Edit(22, 9, 10)),
        ("E(v22)", Edit(22)),
        ("E(v22, all)", Edit(22)),
        ("E(v22, 9)", Edit(22, 9, 9)),
        ("E(v22, 9-)", Edit(22, 9)),
        ("e( V0 ,0 - 4 )=-.5", Edit(0, 0, 4, -0.5)),
        ("E(v22, 9–10) = −8.5", Edit(22, 9, 10, -8.5)),  # dashes as printed in the papers
        ("E(v2, 0-17) = 3 sigma", Edit(2, 0, 17, 3.0)),
        ("E(22, 9-10): Red-ness", Edit(22, 9, 10, name="Red-ness")),  # GANSpace's own labels
        ("E(v1)=1e-3: tiny: really", Edit(1, sigma=1e-3, name="tiny: really")),
    ],
)
def test_notation_is_read(text, edit):
    assert parse_edit(text) == edit


def test_every_edit_survives_its_own_notation_and_json():
    for component, (first, last), sigma in itertools.product(
        (0, 22), ((0, None), (0, 0), (3, 3), (3, None), (0, 17)), (2.0, -8.5, 0.0, 0.1, 1e-7)
    ):
        edit = Edit(component, first, last, sigma)
        assert parse_edit(str(edit)) == edit
        assert parse_edits(edits_to_json([edit])) == [edit]


def test_json_carries_name_and_digest_and_leaves_out_what_was_not_given():
    edit = Edit(22, 9, 10, 2.0, name="Redness", digest="ab" * 32)
    assert parse_edits(json.loads(edits_to_json([edit, Edit(1)]))) == [edit, Edit(1)]
    assert Edit(1).to_json() == {"component": 1, "first_layer": 0, "sigma": 1.0}


def test_lists_come_in_every_form():
    expected = [Edit(0), Edit(1, 2, 3, -1.0)]
    assert parse_edits("E(v0); E(v1, 2-3) = -1") == expected
    assert parse_edits("E(v0)\n\nE(v1, 2-3) = -1\n") == expected
    assert (
        parse_edits([Edit(0), {"component": 1, "first_layer": 2, "last_layer": 3, "sigma": -1}]) == expected
    )
    assert parse_edits(Edit(0)) == [Edit(0)]
    assert parse_edits([]) == []


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no edit given"),
        ("v22, 9-10", "'E(v22, 9-10) = +2'"),
        ("E(22 9-10)", "is not an edit"),
        ("E(v22, 9 10)", "is not an edit"),
        ("E(v-1)", "is not an edit"),
        ("E(v22, 10-9)", "layers 10-9 are empty"),
        ("E(v22) = much", "'much'"),
        ("E(v22) = nan", "finite"),
        ("E(v22) = inf", "finite"),
        ("[1, 2", "JSON"),
        ('{"component": 1, "layer": 3}', "'layer' is unknown"),
        ('{"sigma": 1}', "'component' is missing"),
        ('{"component": "one"}', "component 'one'"),
        ('{"component": 1, "sigma": "big"}', "sigma 'big'"),
        ("[3]", "got 3"),
    ],
)
def test_what_is_no_edit_is_refused_in_one_line(text, said):
    with pytest.raises(UsageError) as error:
        parse_edits(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_parse_edit_wants_exactly_one():
    with pytest.raises(UsageError, match="got 2"):
        parse_edit("E(v0); E(v1)")


# ------------------------------------------------------------------ plain and centred


def test_a_plain_edit_moves_the_named_layers_by_sigma_and_nothing_else(w, comp):
    before, out = coordinates(w, comp), apply_edits(w, comp, [Edit(1, 2, 4, -3.0)])
    assert out.dtype == np.float32
    assert np.array_equal(out[:, [0, 1, 5]], w[:, [0, 1, 5]])
    moved = coordinates(out, comp) - before
    expected = np.zeros((N, L, K))
    expected[:, 2:5, 1] = -3.0
    assert (
        np.abs(moved - expected).max() < 2e-6
    )  # float32 rounding of numbers up to 10, in units of sigma >= 0.5


def test_a_centred_edit_moves_to_the_strength_whatever_was_there(w, comp):
    out = coordinates(apply_edits(w, comp, [Edit(1, 2, 4, -3.0)], centred=True), comp)
    before = coordinates(w, comp)
    assert np.abs(out[:, 2:5, 1] - -3.0).max() < 2e-6
    assert np.abs(np.delete(out, 1, axis=2) - np.delete(before, 1, axis=2)).max() < 2e-6


def test_at_zero_sigma_plain_is_the_original_and_centred_is_the_mean_along_the_direction(w, comp):
    assert np.array_equal(apply_edits(w, comp, [Edit(0, sigma=0.0)]), w)
    centred = apply_edits(w, comp, [Edit(0, sigma=0.0)], centred=True)
    assert np.abs(coordinates(centred, comp)[..., 0]).max() < 1e-6


def test_the_guarded_normalisation_of_the_original(comp):
    """n = d / sqrt(|d|² + 1e-8): for a direction of length 1e-4 half of the product is left."""
    d = np.zeros(D, np.float32)
    d[0] = 1e-4
    x = np.full((1, D), 8.0, np.float32)
    assert remove_along(x, np.zeros(D, np.float32), d)[0, 0] == pytest.approx(4.0, rel=1e-5)


def test_edits_follow_one_another_and_leave_their_input_alone(w, comp):
    kept = w.copy()
    both = apply_edits(w, comp, "E(v0, 0-2) = 1; E(v1, 2-5) = 2")
    one_by_one = apply_edits(apply_edits(w, comp, "E(v0, 0-2) = 1"), comp, "E(v1, 2-5) = 2")
    assert np.array_equal(both, one_by_one)
    assert np.array_equal(w, kept)
    assert np.array_equal(apply_edits(w, comp, []), w)


def test_the_result_is_float32_whatever_comes_in(w, comp):
    """NumPy 1 and 2 promote scalars differently; the strength must not turn latents into float64."""
    comp.stdev, comp.mean = comp.stdev.astype(np.float64), list(comp.mean)
    out = apply_edits(w.astype(np.float64), comp, [Edit(1, sigma=np.float64(2))], centred=True)
    assert out.dtype == np.float32


# ------------------------------------------------------------------ sequences


def test_a_sequence_moves_to_targets_measured_on_layer_0(w, comp):
    w[:] = w[:, :1]  # the same on all layers, as a mapping network gives them
    states = edit_sequence(w, comp, "E(v1, 0-5) = 3; E(v2, 2-3) = -1")
    assert states.shape == (3, N, L, D)
    assert np.array_equal(states[0], w)
    assert np.abs(coordinates(states[1], comp)[..., 1] - 3).max() < 2e-6
    assert np.abs(coordinates(states[2], comp)[:, 2:4, 2] - -1).max() < 4e-6
    assert np.array_equal(states[2][:, [0, 1, 4, 5]], states[1][:, [0, 1, 4, 5]])


def test_inverting_goes_to_the_other_side_of_the_mean(w, comp):
    w[:] = w[:, :1]
    before = coordinates(w, comp)[:, 0, 1]
    states = edit_sequence(w, comp, [Edit(1, sigma=2.0)], invert=[True])
    assert np.abs(coordinates(states[1], comp)[:, 0, 1] - -np.sign(before) * 2).max() < 2e-6


def test_a_sequence_does_not_see_earlier_edits_of_later_layers(w, comp):
    """The original measures on layer 0 only: the same target twice on layers 1-5 moves twice by that step."""
    states = edit_sequence(w, comp, "E(v1, 1-5) = 3; E(v1, 1-5) = 3")
    first, second = states[1] - states[0], states[2] - states[1]
    assert np.abs(first - second).max() < 4e-6


def test_a_sequence_equals_the_original_program():
    """States of GANSpace's own teaser code (PyTorch 1.3.1) on a seeded network of width 512.

    Equal to the bit where NumPy sums in the same order as there; a float32 step at 31 is 2e-6.
    """
    golden = np.load(str(GOLDENS / "teaser.npz"))
    comp = SimpleNamespace(
        directions=golden["directions"],
        mean=golden["mean"],
        stdev=golden["stdev"],
        digest="",
        act_directions=None,
    )
    w = np.repeat(golden["w"][None, None], 10, axis=1)
    edits = [Edit(0, 1, 3, -8.0), Edit(1, 0, 4, 2.0), Edit(2, 3, 7, 12.0)]
    states = edit_sequence(w, comp, edits, invert=[False, True, False])
    assert np.abs(states[:, 0] - golden["states"]).max() < 1e-5  # values up to 31


def test_invert_flags_must_match(w, comp):
    with pytest.raises(UsageError, match="1 invert flags for 2 edits"):
        edit_sequence(w, comp, "E(v0); E(v1)", invert=[True])


# ------------------------------------------------------------------ activations


@pytest.fixture
def act_comp(comp) -> SimpleNamespace:
    rng = np.random.RandomState(3)
    comp.act_directions = orthonormal(rng, 2, 5 * 4 * 4).reshape(2, 5, 4, 4)
    comp.act_mean = rng.randn(5, 4, 4).astype(np.float32)
    comp.act_stdev = np.array([3.0, 1.5], np.float32)
    return comp


def along(act: np.ndarray, comp: SimpleNamespace, k: int) -> np.ndarray:
    flat = (act.astype(np.float64) - comp.act_mean).reshape(len(act), -1)
    return flat @ comp.act_directions[k].reshape(-1).astype(np.float64) / comp.act_stdev[k]


def test_activation_edits_use_the_whole_volume(act_comp):
    act = np.random.RandomState(4).randn(N, 5, 4, 4).astype(np.float32)
    plain = apply_activation_edits(act, act_comp, [Edit(1, 2, 3, sigma=2.0)])
    assert np.abs(along(plain, act_comp, 1) - along(act, act_comp, 1) - 2).max() < 1e-5
    centred = apply_activation_edits(act, act_comp, [Edit(1, sigma=2.0)], centred=True)
    assert np.abs(along(centred, act_comp, 1) - 2).max() < 1e-5
    assert np.abs(along(centred, act_comp, 0) - along(act, act_comp, 0)).max() < 1e-5


def test_the_original_centres_activations_row_by_row(act_comp):
    act = np.random.RandomState(4).randn(1, 5, 4, 4).astype(np.float32)
    d, mu = act_comp.act_directions[0].astype(np.float64), act_comp.act_mean
    expected = act.astype(np.float64).copy()
    for c, h in itertools.product(range(5), range(4)):
        n = d[c, h] / np.sqrt((d[c, h] ** 2).sum() + 1e-8)
        expected[0, c, h] -= n * ((expected[0, c, h] - mu[c, h]) * n).sum()
        expected[0, c, h] += 2 * 3 * d[c, h]
    got = apply_activation_edits(act, act_comp, [Edit(0, sigma=2.0)], centred=True, last_axis=True)
    assert np.abs(got - expected).max() < 5e-6


def test_activation_edits_need_the_endpoint_they_were_found_in(comp, act_comp):
    with pytest.raises(BasisMismatch, match=r"\(3, 5, 8, 8\).*\(N, 5, 4, 4\)"):
        apply_activation_edits(np.zeros((3, 5, 8, 8)), act_comp, "E(v0)")
    comp.act_directions = None
    with pytest.raises(UsageError, match="no activation part"):
        apply_activation_edits(np.zeros((3, 5, 8, 8)), comp, "E(v0)")


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "edit, error, said",
    [
        (Edit(4), UnknownName, "component v4, but these components are v0-v3"),
        (Edit(0, 2, 6), UsageError, "names layer 6, but the network has layers 0-5"),
        (Edit(0, 6), UsageError, "names layer 6, but the network has layers 0-5"),
        (
            Edit(0, digest="b2" * 32),
            BasisMismatch,
            "found in the basis b2b2b2b2b2b2, these components are a1a1a1a1a1a1",
        ),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_by_every_form(w, comp, edit, error, said):
    for apply in (apply_edits, edit_sequence):
        with pytest.raises(error, match=said.replace("(", r"\(")):
            apply(w, comp, [edit])


def test_another_basis_is_used_where_it_is_allowed(w, comp):
    foreign = Edit(0, sigma=2.0, digest="b2" * 32)
    assert np.array_equal(
        apply_edits(w, comp, foreign, any_basis=True), apply_edits(w, comp, Edit(0, sigma=2.0))
    )


@pytest.mark.parametrize(
    "latents, error, said",
    [
        (np.zeros((N, D)), UsageError, r"shape \(3, 16\).*\(N, L, D\)"),
        (np.zeros((N, L, D + 1)), BasisMismatch, "17 numbers wide, the components 16"),
        (np.full((N, L, D), np.nan), UsageError, "NaN"),
        ("w.npy", UsageError, "got str"),
    ],
)
def test_latents_that_do_not_fit_are_refused(comp, latents, error, said):
    with pytest.raises(error, match=said):
        apply_edits(latents, comp, "E(v0)")


def test_the_sample_with_the_nan_is_named(w, comp):
    w[1, 3, 2] = np.inf
    with pytest.raises(UsageError, match="sample 1"):
        apply_edits(w, comp, "E(v0)")
