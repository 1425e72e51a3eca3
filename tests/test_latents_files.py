"""Files of latents: every shape and form that projectors and encoders write, checked against a network."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.photos import read_latents
from ganspace_tf.render import starts
from ganspace_tf.render.frames import Look
from tests.linear_gan import LAYERS, WIDTH, LinearGAN
from tests.safetensors_writer import write as write_safetensors
from tests.torch_writer import write_legacy, write_zip

RANDOM = np.random.RandomState(5)
W = 3 * RANDOM.randn(3, WIDTH).astype(np.float32)
PLUS = 3 * RANDOM.randn(3, LAYERS, WIDTH).astype(np.float32)
SPREAD = np.repeat(W[:, None], LAYERS, axis=1)


@pytest.fixture
def gen():
    return LinearGAN()


def npy(path, value):
    np.save(str(path), value)
    return path


# ------------------------------------------------------------------ shapes


@pytest.mark.parametrize(
    "array, expected, told",
    [
        (W[0], SPREAD[:1], "1 latent: w, the same in all 4 layers"),
        (W[:1], SPREAD[:1], "1 latent: w, the same in all 4 layers"),
        (W, SPREAD, "3 latents: w, the same in all 4 layers"),
        (W[:, None], SPREAD, "3 latents: w, the same in all 4 layers"),
        (PLUS[0], PLUS[:1], "1 latent: w+, a row for each of 4 layers (--as-w: 4 latents w)"),
        (PLUS[:1], PLUS[:1], "1 latent: w+, a row for each of 4 layers"),
        (PLUS, PLUS, "3 latents: w+, a row for each of 4 layers"),
        (PLUS.astype(np.float64), PLUS, "3 latents: w+, a row for each of 4 layers"),
    ],
    ids=lambda value: str(value.shape) if isinstance(value, np.ndarray) else "",
)
def test_every_shape_has_one_meaning(tmp_path, gen, array, expected, told):
    path = npy(tmp_path / "me.npy", array)
    found = gs.load_latents(path, gen)
    assert found.dtype == np.float32 and found.shape == expected.shape and found.flags.writeable
    np.testing.assert_array_equal(found, expected)
    assert read_latents(str(path), gen).told == told


@pytest.mark.parametrize("bytes_each", [1, 2])
def test_numbers_whose_kind_was_not_written_down_are_refused_with_what_to_do(tmp_path, gen, bytes_each):
    """As NumPy saves bfloat16 and float8: see findings/numpy-bfloat16-without-a-name.sh."""
    path = npy(tmp_path / "me.npy", np.zeros((1, LAYERS, WIDTH), "V%d" % bytes_each))
    with pytest.raises(FileError, match=r"me\.npy: .* such as bfloat16; save them as float32 or float16"):
        gs.load_latents(path, gen)


def test_as_many_rows_as_layers_are_latents_w_where_that_is_said(tmp_path, gen):
    path = npy(tmp_path / "four.npy", PLUS[0])
    np.testing.assert_array_equal(
        gs.load_latents(path, gen, as_w=True), np.repeat(PLUS[0][:, None], LAYERS, 1)
    )


def test_another_networks_layers_are_refused_by_name(tmp_path, gen):
    for array in (np.ones((18, WIDTH)), np.ones((1, 18, WIDTH)), np.ones((5, 18, WIDTH))):
        with pytest.raises(FileError) as caught:
            gs.load_latents(npy(tmp_path / "ffhq.npy", array), gen)
        said = str(caught.value)
        assert "latents have 18 layers, this network has 4" in said and "\n" not in said
        assert "18 are of a network of 1024 pixels, linear0 is of 16" in said
    assert len(gs.load_latents(npy(tmp_path / "w.npy", np.ones((18, WIDTH))), gen, as_w=True)) == 18
    assert len(gs.load_latents(npy(tmp_path / "w.npy", np.ones((7, WIDTH))), gen)) == 7  # no network has 7


@pytest.mark.parametrize(
    "array, said",
    [
        (np.ones((1, LAYERS, 512)), "512 numbers wide, those of linear0 have 8"),
        (np.full((1, LAYERS, WIDTH), np.nan), "NaN or infinity"),
        (np.full((1, WIDTH), 1e39), "NaN or infinity"),
        (np.ones((1, 2, LAYERS, WIDTH)), "no shape of latents"),
        (np.ones((3, LAYERS, WIDTH), int), "holds no latents"),
        (np.zeros((0, LAYERS, WIDTH)), "holds no latents"),
        (W[:1] / np.linalg.norm(W[0]), "is of unit length, as directions are"),
    ],
    ids=str,
)
def test_what_is_no_latent_of_this_network_is_refused(tmp_path, gen, array, said):
    with pytest.raises(FileError, match=said) as caught:
        gs.load_latents(npy(tmp_path / "me.npy", array), gen)
    assert "me.npy" in str(caught.value) and "\n" not in str(caught.value)


# ------------------------------------------------------------------ forms


def projector(path):
    noise = [np.zeros((1, 1, 4, 4), np.float32)]
    rows = {"a.jpg": PLUS[0], "b.jpg": W[0]}
    write_zip(
        path,
        {name: {"img": np.zeros(3, np.float32), "latent": w, "noise": noise} for name, w in rows.items()},
    )
    return np.stack([PLUS[0], SPREAD[0]]), ["a.jpg", "b.jpg"]


def restyle(path):
    steps = {"a.jpg": [PLUS[1], PLUS[0]], "b.jpg": [PLUS[0], PLUS[2]]}
    np.save(str(path), steps)
    return PLUS[[0, 2]], ["a.jpg", "b.jpg"]


FORMS = {
    "ada-pytorch.npz": lambda path: (np.savez(str(path), w=PLUS[:1]), (PLUS[:1], ["ada-pytorch.npz"]))[1],
    "packed.npz": lambda path: (np.savez_compressed(str(path), w=PLUS), (PLUS, None))[1],
    "ada.npz": lambda path: (np.savez(str(path), dlatents=PLUS[:1], noise=W), (PLUS[:1], None))[1],
    "any.npz": lambda path: (np.savez(str(path), PLUS), (PLUS, None))[1],
    "projector.pt": projector,
    "e4e.pt": lambda path: (write_zip(path, PLUS), (PLUS, ["e4e.pt:0", "e4e.pt:1", "e4e.pt:2"]))[1],
    "old.pt": lambda path: (write_legacy(path, {"latents": PLUS}), (PLUS, None))[1],
    "pivot.pt": lambda path: (write_zip(path, PLUS[:1]), (PLUS[:1], ["pivot.pt"]))[1],
    "restyle.npy": restyle,
    "names.pt": lambda path: (write_zip(path, {"x": PLUS[0], "y": PLUS[1:2]}), (PLUS[:2], ["x", "y"]))[1],
    "list.pt": lambda path: (write_zip(path, [W[0], W[1]]), (SPREAD[:2], ["list.pt:0", "list.pt:1"]))[1],
    "w.safetensors": lambda path: (write_safetensors(path, {"w": PLUS}), (PLUS, None))[1],
}


@pytest.mark.parametrize("name", list(FORMS))
def test_every_form_is_read(tmp_path, gen, name):
    path = tmp_path / name
    expected, names = FORMS[name](path)
    np.testing.assert_array_equal(gs.load_latents(path, gen), expected)
    if names is not None:
        assert read_latents(str(path), gen).names == names


def test_rows_are_chosen_by_number_or_name_and_iterations_by_place(tmp_path, gen):
    many, named = npy(tmp_path / "many.npy", PLUS), tmp_path / "r.npy"
    restyle(named)
    for place, expected in (("0", [0]), ("2,0", [2, 0]), ("1-2", [1, 2]), (" 0 - 1 ,2", [0, 1, 2])):
        np.testing.assert_array_equal(gs.load_latents("{}:{}".format(many, place), gen), PLUS[expected])
    for place, expected in (("b.jpg", [2]), ("b.jpg@0", [0]), ("a.jpg@0,b.jpg", [1, 2]), ("1", [2])):
        np.testing.assert_array_equal(gs.load_latents("{}:{}".format(named, place), gen), PLUS[expected])
    assert read_latents(str(many), gen, "2,0").names == ["many.npy:2", "many.npy:0"]
    assert read_latents(str(named), gen, "b.jpg@0").names == ["b.jpg@0"]


@pytest.mark.parametrize(
    "place, said",
    [
        ("3", "has 3 latents, 0 to 2; 3 is not there"),
        ("0-9999999", "empty or endless"),
        ("2-1", "empty or endless"),
        ("me.jpg", "names in the file .none."),
        ("", "write 0-3,7"),
    ],
)
def test_rows_that_are_not_there_are_refused(tmp_path, gen, place, said):
    path = npy(tmp_path / "many.npy", PLUS)
    with pytest.raises(UsageError, match=said):
        gs.load_latents("{}:{}".format(path, place), gen)


def test_a_missing_iteration_and_a_missing_file_are_said(tmp_path, gen):
    restyle(tmp_path / "r.npy")
    with pytest.raises(UsageError, match=r"'a\.jpg' has iterations 0 to 1"):
        gs.load_latents(str(tmp_path / "r.npy") + ":a.jpg@2", gen)
    with pytest.raises(FileError, match="No such file"):
        gs.load_latents(tmp_path / "none.npy", gen)
    np.savez(str(tmp_path / "two.npz"), a=PLUS, b=3)
    with pytest.raises(FileError, match="holds no latents"):
        gs.load_latents(tmp_path / "two.npz", gen)


def test_a_name_with_a_colon_is_a_name(tmp_path, gen):
    path = npy(tmp_path / "odd:1.npy", PLUS)
    np.testing.assert_array_equal(gs.load_latents(path, gen), PLUS)
    np.testing.assert_array_equal(gs.load_latents(str(path) + ":1", gen), PLUS[1:2])


# ------------------------------------------------------------------ in recipes


@pytest.mark.parametrize("array", [W, PLUS], ids=["w", "w+"])
def test_rows_in_a_recipe_are_the_rows_to_the_bit(tmp_path, gen, array):
    latents = read_latents(str(npy(tmp_path / "me.npy", array)), gen)
    packed = starts.pack_latents(latents)
    assert packed["rows"]["shape"] == [3, 1 if array is W else LAYERS, WIDTH] and packed["count"] == 3
    found = starts.starts(gen, [], Look(), latents=packed)
    np.testing.assert_array_equal(found.rows, latents.rows)
    assert found.names == latents.names


def test_too_many_rows_are_kept_as_the_file_and_its_digest(tmp_path, gen, monkeypatch):
    monkeypatch.setattr(starts, "PACKED_BYTES", 100)
    path = npy(tmp_path / "me.npy", PLUS)
    packed = starts.pack_latents(read_latents(str(path), gen, "2,1"))
    assert "rows" not in packed and packed["count"] == 2 and len(packed["sha256"]) == 64
    np.testing.assert_array_equal(starts.starts(gen, [], Look(), latents=packed).rows, PLUS[[2, 1]])
    npy(path, PLUS + 1)
    with pytest.raises(FileError, match="its SHA-256 is another"):
        starts.starts(gen, [], Look(), latents=packed)
    path.unlink()
    with pytest.raises(FileError, match="No such file"):
        starts.starts(gen, [], Look(), latents=packed)


@pytest.mark.parametrize(
    "changes",
    [{"count": 2}, {"names": ["a"]}, {"names": 3}, {"rows": {"shape": [1], "float32": "AAAA"}}, {"rows": 1}],
    ids=str,
)
def test_damaged_latents_in_a_recipe_are_refused(tmp_path, gen, changes):
    packed = starts.pack_latents(read_latents(str(npy(tmp_path / "me.npy", PLUS)), gen))
    with pytest.raises(FileError, match="latents in the recipe are damaged"):
        starts.unpack_latents(dict(packed, **changes), gen)
