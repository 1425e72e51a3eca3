"""Networks of the PyTorch editions against numbers that the original code gave for the same files (see
goldens/README.md).

Set TORCH_PICKLES_GOLDENS to a folder of further NAME.pkl + NAME.npz pairs (and odd/) to check those instead.
"""

from __future__ import annotations

import os
import pathlib

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.render.frames import to_uint8

GOLDENS = pathlib.Path(
    os.environ.get("TORCH_PICKLES_GOLDENS") or pathlib.Path(__file__).parent / "goldens" / "torchpickles"
)
CASES = sorted(path.stem for path in GOLDENS.glob("*.npz") if path.with_suffix(".pkl").exists())
ODD = sorted(path.name for path in (GOLDENS / "odd").glob("*.pkl"))

# Two releases of PyTorch differ from each other by 6e-6 (ADA), 9e-6 (StyleGAN3); both differ from float64 by
# up to 2.4e-5 in some layers of StyleGAN3.
TOLERANCE = {"ada": 2e-5, "sg3": 5e-5}
# A uint8 may differ by one where a float falls on a rounding edge; of small pictures one always may.
UINT8_SHARE = 2e-3


def tolerance(name):
    return TOLERANCE["sg3" if name.startswith("sg3") else "ada"]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    gen = gs.load_generator(GOLDENS / (request.param + ".pkl"))
    with np.load(GOLDENS / (request.param + ".npz")) as arrays:
        yield gen, dict(arrays), tolerance(request.param)
    gen.close()


def assert_close(actual, expected, allowed, what):
    assert actual.shape == expected.shape, what
    worst = float(np.abs(actual - expected).max())
    assert worst <= allowed, "%s differs by %.3g, allowed %.3g" % (what, worst, allowed)


def thinned(key, images):
    """Every n-th row and column for a key that ends in '@n'."""
    step = int(key.split("@")[1]) if "@" in key else 1
    return images[..., ::step, ::step]


def truncation(key):
    """'p0.7_c8', 'p1_cNone': psi and cutoff."""
    psi, cutoff = key.split("@")[0].split("_")
    return {"psi": float(psi[1:]), "cutoff": None if cutoff == "cNone" else int(cutoff[1:])}


def labels_of(arrays):
    labels = arrays.get("labels")
    return None if labels is None or not labels.size else labels


def test_w(case):
    gen, arrays, allowed = case
    labels = labels_of(arrays)
    assert_close(gen.map(arrays["z"], labels), arrays["w"], allowed, "w")
    if "w_labels_zero" in arrays:
        none = gen.map_rows(arrays["z"], np.zeros_like(labels))
        assert_close(none, arrays["w_labels_zero"], allowed, "w without labels")


def test_truncated_w(case):
    gen, arrays, allowed = case
    for key, expected in arrays.items():
        if key.startswith("wtrunc/"):
            w = gen.truncate(arrays["w"][: len(expected)], **truncation(key[7:]))
            assert_close(w, expected, allowed, key)


def test_images(case):
    gen, arrays, allowed = case
    for key, expected in arrays.items():
        kind, _, rest = key.partition("/")
        if kind != "img":
            continue
        if rest.startswith("p"):
            images = gen.images(arrays["w"][: len(expected)], **truncation(rest))
        else:
            options = {}
            if rest.startswith("edit_nonoise"):
                options = {"noise": "none"}
            elif rest.startswith("edit_"):
                options = {"transform": arrays["transform/" + rest[5:].split("@")[0]]}
            images = gen.images(arrays["w_edit"][: len(expected)], **options)
        assert_close(thinned(key, images), expected, allowed, key)


def test_layers_by_the_originals_names(case):
    gen, arrays, allowed = case
    for key, expected in arrays.items():
        if key.startswith("act/"):
            value = gen.activations(arrays["w_edit"][:1], key[4:].split("@")[0], latent="w")
            assert_close(thinned(key, value), expected, allowed, key)


def test_pixels(case):
    gen, arrays, _ = case
    expected = arrays["uint8/edit"]
    images = gen.images(arrays["w_edit"][: len(expected)])
    pixels = np.clip(images.transpose(0, 2, 3, 1) * 127.5 + 128, 0, 255).astype(np.uint8)
    difference = np.abs(pixels.astype(int) - expected)
    assert difference.max() <= 1 and (difference > 0).sum() <= max(1, UINT8_SHARE * difference.size)
    if expected.shape[-1] in (3, 4):
        assert np.array_equal(to_uint8(images), pixels)


@pytest.mark.parametrize("name", ODD)
def test_other_ways_to_write_the_same_network(name):
    base = next(case for case in CASES if name.startswith(case))
    gen = gs.load_generator(GOLDENS / "odd" / name)
    with np.load(GOLDENS / (base + ".npz")) as arrays:
        assert_close(gen.map(arrays["z"], labels_of(arrays)), arrays["w"], tolerance(base), "w")
        expected = arrays["img/edit"]
        images = gen.images(arrays["w_edit"][: len(expected)])
        assert_close(images, expected, tolerance(base), "images")
    gen.close()


def test_there_are_goldens():
    assert CASES and ODD
