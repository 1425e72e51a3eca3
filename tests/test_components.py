"""Components: what is in the file comes back, what is not components is refused."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose, load_components
from ganspace_tf.edits import apply_edits
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from tests.linear_generator import LinearGenerator


@pytest.fixture(scope="module")
def comp():
    return decompose(LinearGenerator(), n=300, components=4, cache=False)


@pytest.fixture(scope="module")
def activations():
    return decompose(LinearGenerator(), n=300, components=4, space="images_out", latent="z", cache=False)


FIELDS = (
    "directions",
    "mean",
    "stdev",
    "variance_ratio",
    "act_directions",
    "act_mean",
    "act_stdev",
    "random_stdevs",
)


def same(a, b):
    for name in FIELDS:
        one, other = getattr(a, name), getattr(b, name)
        if one is None or other is None:
            assert one is other
        else:
            np.testing.assert_array_equal(one, other)
    assert (a.settings, a.fingerprint, a.digest) == (b.settings, b.fingerprint, b.digest)


@pytest.mark.parametrize("kind", ["comp", "activations"])
def test_what_is_saved_is_loaded(kind, request, tmp_path):
    made = request.getfixturevalue(kind)
    path = made.save(tmp_path / "c.npz")
    loaded = load_components(path)
    same(loaded, made)
    assert loaded.path == path and [item.name for item in tmp_path.iterdir()] == ["c.npz"]


def test_the_same_components_make_the_same_bytes(comp, tmp_path):
    for name in "ab":
        comp.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_has_the_fields_of_ganspace_and_no_pickles(activations, tmp_path):
    path = activations.save(tmp_path / "c.npz")
    with np.load(path, allow_pickle=False) as content:
        shapes = {name: content[name].shape for name in content.files}
        settings = json.loads(str(content["settings"]))
    assert shapes.pop("settings") == shapes.pop("digest") == ()
    assert shapes == {
        "act_comp": (4, 1, 3, 8, 8), "act_mean": (1, 3, 8, 8), "act_stdev": (4,),
        "lat_comp": (4, 1, 16), "lat_mean": (1, 16), "lat_stdev": (4,), "var_ratio": (4,),
    }  # fmt: skip
    assert settings["n"] == 300 and settings["fingerprint"] == activations.fingerprint


def ganspace_file(path, **changes):
    """A file as GANSpace writes it: W of StyleGAN2 unless changed."""
    random = np.random.RandomState(0)
    directions = np.linalg.qr(random.standard_normal((12, 12)))[0][:5].astype(np.float32)
    arrays = {
        "act_comp": directions[:, None], "act_mean": np.zeros((1, 12), np.float32),
        "act_stdev": np.ones(5, np.float32),
        "lat_comp": directions[:, None], "lat_mean": np.zeros((1, 12), np.float32),
        "lat_stdev": np.linspace(2, 1, 5).astype(np.float32), "var_ratio": np.full(5, 0.1, np.float32),
        "random_stdevs": np.ones(5, np.float32),
    }  # fmt: skip
    arrays.update(changes)
    np.savez_compressed(str(path), **{name: array for name, array in arrays.items() if array is not None})
    return str(path)


def test_files_of_ganspace_are_read(tmp_path):
    comp = load_components(ganspace_file(tmp_path / "stylegan2-ffhq_style_ipca_c5_n300_w.npz"))
    assert comp.directions.shape == (5, 12) and comp.latent == "w" and comp.act_directions is None
    assert comp.settings["source"] == "GANSpace" and comp.fingerprint == ""
    comp.check_model(LinearGenerator())  # it does not say which model it is of
    np.testing.assert_array_equal(comp.random_stdevs, 1)


def test_sigmas_of_one_mean_that_a_file_of_ganspace_is_of_z(tmp_path):
    comp = load_components(ganspace_file(tmp_path / "c.npz", lat_stdev=np.ones(5, np.float32)))
    assert comp.latent == "z" and comp.act_directions.shape == (5, 12)


def test_an_unknown_component_is_refused_with_those_there_are(comp):
    direction, sigma = comp.component(3)
    assert direction.shape == (12,) and sigma == float(comp.stdev[3])
    for index in (4, -1, "1", True, 1.0):
        with pytest.raises(UsageError, match=r"component .* is not there; these have 0 … 3"):
            comp.component(index)


def test_components_of_another_model_are_noticed(comp, activations):
    comp.check_model(LinearGenerator())
    comp.check_model(LinearGenerator().fingerprint)
    with pytest.raises(BasisMismatch, match="another model"):
        comp.check_model(LinearGenerator(seed=5))
    activations.check_model(LinearGenerator())


def test_a_basis_of_another_width_is_noticed_without_a_fingerprint(tmp_path):
    narrow = np.eye(5, 7, dtype=np.float32)[:, None]
    changes = {
        "lat_comp": narrow,
        "act_comp": narrow,
        "lat_mean": np.zeros((1, 7), "f4"),
        "act_mean": np.zeros((1, 7), "f4"),
    }
    with pytest.raises(BasisMismatch, match="7 numbers wide, the w of this model 12"):
        load_components(ganspace_file(tmp_path / "c.npz", **changes)).check_model(LinearGenerator())


def test_the_digest_follows_the_arrays(comp):
    changed = replace(comp, stdev=comp.stdev * 2)
    assert len(comp.digest) == 64 and changed.digest != comp.digest
    assert comp.at("elsewhere.npz").digest == comp.digest


# ---------------------------------------------------------------------- bad files


def refused(path):
    with pytest.raises(FileError) as caught:
        load_components(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    assert "No such file" in refused(tmp_path / "none.npz")
    assert "cannot read" in refused(tmp_path)


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "not an npz file"),
        (b"garbage", "not an npz file"),
        (b"PK\x03\x04 half a zip", "not an npz file"),
        (b"\x80\x04N.", "holds no directions but a NoneType"),
        (b"\x93NUMPY\x01\x00", "not an array as NumPy saves them"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, said):
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    assert said in refused(path)


def test_every_damaged_byte_of_the_arrays_is_noticed(comp, tmp_path):
    path = comp.save(tmp_path / "c.npz")
    whole = (tmp_path / "c.npz").read_bytes()
    with zipfile.ZipFile(path) as archive:
        offsets = [info.header_offset + 200 for info in archive.infolist()]
    for offset in offsets:
        (tmp_path / "c.npz").write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
        refused(path)
    (tmp_path / "c.npz").write_bytes(whole[: len(whole) // 2])
    refused(path)


def test_arrays_that_do_not_fit_their_digest(comp, tmp_path):
    with np.load(comp.save(tmp_path / "c.npz")) as content:
        arrays = dict(content)
    arrays["lat_stdev"] = arrays["lat_stdev"] * 2
    np.savez(str(tmp_path / "d.npz"), **arrays)
    assert "digest" in refused(tmp_path / "d.npz")


def test_an_npz_of_something_else(tmp_path):
    np.savez(str(tmp_path / "c.npz"), images=np.zeros(3), labels=np.ones(3))
    assert "holds no directions but a dictionary of images, labels" in refused(tmp_path / "c.npz")


def test_a_pickle_in_an_npz_is_not_opened(tmp_path):
    path = ganspace_file(tmp_path / "c.npz", lat_comp=np.array([{"a": 1}], dtype=object))
    assert "'lat_comp' is refused" in refused(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"lat_stdev": np.ones(4, np.float32)},
        {"lat_comp": np.zeros((5, 12), np.float32)},
        {"lat_mean": np.full((1, 12), np.nan, np.float32)},
        {"act_comp": np.zeros((5, 1, 3), np.float32)},
        {"var_ratio": np.array(["a"] * 5)},
        {"lat_comp": np.zeros((0, 1, 12), np.float32)},
        {"lat_mean": None},
    ],
)
def test_arrays_that_do_not_fit_each_other(tmp_path, changes):
    assert "does not hold components" in refused(ganspace_file(tmp_path / "c.npz", **changes))


def test_a_place_that_cannot_be_written(comp, tmp_path):
    for place in (tmp_path / "no" / "folder.npz", tmp_path):
        with pytest.raises(FileError, match="cannot write"):
            comp.save(place)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ coordinates, and what is shown of them


def test_coordinates_there_and_back(comp):
    """Of latents in the span of orthogonal directions; one sigma is one stdev."""
    assert np.allclose(comp.directions @ comp.directions.T, np.eye(len(comp)), atol=1e-5)
    coordinates = np.random.RandomState(0).randn(5, 3, len(comp)).astype(np.float32)
    latents = comp.inverse_transform(coordinates)
    assert latents.shape == (5, 3, comp.directions.shape[1]) and latents.dtype == np.float32
    np.testing.assert_allclose(comp.transform(latents), coordinates, atol=1e-5)
    moved = apply_edits(comp.mean[None, None], comp, ["E(v1) = +2"])[0, 0]
    np.testing.assert_allclose(comp.transform(moved) / comp.stdev, [0, 2] + [0] * (len(comp) - 2), atol=1e-5)


def test_other_shapes_are_refused_with_what_is_allowed(comp):
    D = comp.directions.shape[1]
    with pytest.raises(UsageError, match=r"allowed: \(…, {}\)".format(D)):
        comp.transform(np.zeros((2, D + 1)))
    with pytest.raises(UsageError, match=r"allowed: \(…, {}\)".format(len(comp))):
        comp.inverse_transform(0.0)


def test_components_say_in_a_line_what_they_are(comp):
    text = repr(comp)
    assert "\n" not in text and len(text) < 160
    assert text.startswith("<Components: {} directions in w ({} numbers)".format(*comp.directions.shape))
