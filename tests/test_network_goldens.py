"""Networks against numbers that the original code gave for the same files (see goldens/README.md).

Set NVLABS_GOLDENS to a folder of further NAME.pkl + NAME.npz pairs to check those instead.
"""

from __future__ import annotations

import os
import pathlib

import numpy as np
import pytest

import nvlabs

GOLDENS = pathlib.Path(
    os.environ.get("NVLABS_GOLDENS") or pathlib.Path(__file__).parent / "goldens" / "nvlabs"
)
CASES = sorted(path.stem for path in GOLDENS.glob("*.npz") if path.with_suffix(".pkl").exists())

# Largest differences seen between two correct float32 implementations, with room for another BLAS: StyleGAN's
# instance norm amplifies rounding (its 4x4 layers divide by a small standard deviation), StyleGAN2's
# demodulation does not.
W_TOLERANCE = 2e-5
IMAGE_TOLERANCE = {"stylegan": 1e-4, "stylegan2": 2e-5, "stylegan2-ada": 2e-5}
LAYER_TOLERANCE = {"stylegan": 2e-4, "stylegan2": 4e-5, "stylegan2-ada": 4e-5}
# A uint8 may differ by one where a float falls on a rounding edge.
UINT8_SHARE = 5e-4


@pytest.fixture(scope="module", params=CASES)
def case(request):
    nets = nvlabs.load(GOLDENS / (request.param + ".pkl"))
    with np.load(GOLDENS / (request.param + ".npz")) as arrays:
        yield Case(nets.Gs, dict(arrays))
    nets.Gs.close()


class Case:
    def __init__(self, Gs, arrays):
        self.Gs, self.arrays = Gs, arrays
        self.mapping, self.synthesis = Gs.components.mapping, Gs.components.synthesis
        self.lods = {name: Gs.get_var(name) for name in ("lod", "G_synthesis/lod") if name in Gs._local}

    def z(self, like):
        return self.arrays["z"][: len(like)]

    def labels(self, like):
        labels = self.arrays.get("labels")
        return None if labels is None else labels[: len(like)]

    def each(self, prefix):
        keys = [key for key in self.arrays if key.startswith(prefix)]
        return [(key[len(prefix) :], self.arrays[key]) for key in keys]

    def restore_lod(self):
        self.Gs.set_vars(self.lods)


def assert_close(actual, expected, tolerance, what):
    assert actual.shape == expected.shape, what
    assert actual.dtype == np.float32, what
    worst = float(np.abs(actual - expected).max())
    assert worst <= tolerance, "%s differs by %.3g, allowed %.3g" % (what, worst, tolerance)


def assert_same_pixels(actual, expected, what):
    assert actual.shape == expected.shape and actual.dtype == np.uint8, what
    difference = np.abs(actual.astype(int) - expected)
    assert difference.max() <= 1, what
    # A tiny picture has few subpixels: one of them may always sit on an edge.
    assert (difference > 0).sum() <= max(1, UINT8_SHARE * difference.size), what


def truncation(key):
    """Arguments that a golden's key stands for: 'p0.7_c8', 'validation_p0.3_c5', 'default'."""
    if key == "default":
        return {}
    if key.startswith("validation"):
        return {"is_validation": True, "truncation_psi_val": 0.3, "truncation_cutoff_val": 5}
    psi, cutoff = (
        None if text == "None" else float(text) for text in (key.split("_c")[0][1:], key.split("_c")[1])
    )
    return {"truncation_psi": psi, "truncation_cutoff": None if cutoff is None else int(cutoff)}


def test_every_case_is_found():
    assert len(CASES) >= 3


def test_mapping_gives_w(case):
    a = case.arrays
    assert_close(case.mapping.run(a["z"], case.labels(a["z"])), a["w_broadcast"], W_TOLERANCE, "w_broadcast")
    if "w" in a:
        w = case.mapping.run(a["z"], case.labels(a["z"]), dlatent_broadcast=None)
        assert_close(w, a["w"], W_TOLERANCE, "w")
    if "w_labels_none" in a:
        assert_close(
            case.mapping.run(a["z"], None, dlatent_broadcast=None),
            a["w_labels_none"],
            W_TOLERANCE,
            "w_labels_none",
        )


def test_truncation_of_every_kind(case):
    for key, expected in case.each("wtrunc/"):
        arguments = truncation(key)
        validating = arguments.pop("is_validation", False)
        psi, cutoff = list(arguments.values()) if arguments else (None, None)
        if not arguments or validating:
            spec = case.Gs.spec
            psi, cutoff = (psi, cutoff) if validating else (spec.truncation_psi, spec.truncation_cutoff)
        z = case.z(expected)
        w = case.Gs.fetch(["Truncation"], z=z, labels=case.labels(z), psi=psi, cutoff=cutoff)["Truncation"]
        assert_close(w, expected, W_TOLERANCE, key)


def test_images_from_z(case):
    tolerance = IMAGE_TOLERANCE[case.Gs.spec.family]
    for key, expected in case.each("img/"):
        if key == "default" or key[0] == "p" or key.startswith("validation"):
            z = case.z(expected)
            images = case.Gs.run(z, case.labels(z), randomize_noise=False, **truncation(key))
            assert_close(images, expected, tolerance, key)
        elif key == "default_labels_none":
            images = case.Gs.run(case.z(expected), None, randomize_noise=False)
            assert_close(images, expected, tolerance, key)


def test_images_from_edited_w(case):
    a, tolerance = case.arrays, IMAGE_TOLERANCE[case.Gs.spec.family]
    if "lod0.0/default" in a:  # these were made after runs of the whole network, which hands its lod down
        case.Gs.run(a["z"][:1], case.labels(a["z"][:1]), randomize_noise=False)
    for key, expected in case.each("img/edit"):
        extra = {"_minibatch2": {"minibatch_size": 2}, "_conv_clamp0.7": {"conv_clamp": 0.7}, "": {}}[key]
        w = a["w_edit"][: len(expected)]
        assert_close(case.synthesis.run(w, randomize_noise=False, **extra), expected, tolerance, "edit" + key)
    case.restore_lod()


def test_pixels(case):
    a = case.arrays
    uint8 = {"func": nvlabs.convert_images_to_uint8, "nchw_to_nhwc": True}
    for key, expected in case.each("uint8/"):
        if key == "default":
            z = case.z(expected)
            pixels = case.Gs.run(z, case.labels(z), randomize_noise=False, output_transform=uint8)
        else:
            extra = {"shrink": 2} if key == "edit_shrink2" else {}
            w = a["w_edit"][: len(expected)]
            pixels = case.synthesis.run(w, randomize_noise=False, output_transform=dict(uint8, **extra))
        assert_same_pixels(pixels, expected, key)
    case.restore_lod()


def test_layers_inside(case):
    tolerance = LAYER_TOLERANCE[case.Gs.spec.family]
    if case.lods:
        case.Gs.set_vars({name: np.float32(0) for name in case.lods})
    for key, expected in case.each("act/"):
        scope, _, step = key.partition("@")
        step = int(step or 1)
        w = case.arrays["w_edit"][: len(expected)]
        layer = case.Gs.fetch(["G_synthesis/" + scope], w=w)["G_synthesis/" + scope][:, :, ::step, ::step]
        assert_close(layer, expected, tolerance, key)
    case.restore_lod()


def test_progressive_growing(case):
    tolerance = IMAGE_TOLERANCE[case.Gs.spec.family]
    for key, expected in case.each("lod"):
        part, _, lod = key.partition("/")[0].rpartition("synthesis")
        if part or key.startswith("_synthesis"):
            case.Gs.set_vars({"G_synthesis/lod": np.float32(lod)})
            images = case.synthesis.run(case.arrays["w_edit"][: len(expected)], randomize_noise=False)
        else:
            case.Gs.set_vars({"lod": np.float32(lod)})
            z = case.z(expected)
            images = case.Gs.run(z, case.labels(z), randomize_noise=False)
        assert_close(images, expected, tolerance, "lod" + key)
    case.restore_lod()


def test_the_official_recipe_of_seeds(case):
    """z first, then every stored noise map in order, from one RandomState; psi 0.5."""
    names = ["G_synthesis/noise%d" % index for index in range(case.Gs.spec.synthesis.num_noise)]
    stored = {name: case.Gs.get_var(name) for name in names}
    uint8 = {"func": nvlabs.convert_images_to_uint8, "nchw_to_nhwc": True}
    for key, expected in case.each("seeded_img/"):
        random = np.random.RandomState(int(key))
        z = random.randn(1, *case.Gs.input_shape[1:])
        case.Gs.set_vars({name: random.randn(*stored[name].shape) for name in names})
        arguments = {"truncation_psi": 0.5, "randomize_noise": False}
        images = case.Gs.run(z, case.labels(z), **arguments)
        assert_close(images, expected, IMAGE_TOLERANCE[case.Gs.spec.family], "seed " + key)
        pixels = case.Gs.run(z, case.labels(z), output_transform=uint8, **arguments)
        assert_same_pixels(pixels, case.arrays.get("seeded_uint8/" + key, pixels), "seed " + key)
    case.Gs.set_vars(stored)
