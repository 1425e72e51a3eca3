"""Modules that tensorflow_hub writes (TensorFlow 1.15) or loads (TensorFlow 2) are our network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan import files
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_module
from tests import biggan_recipe as recipe

hub = pytest.importorskip("tensorflow_hub")

SMALL = recipe.structure(16, 4, n_classes=5, z=6, embed=4)
OLD = hasattr(hub, "Module")  # tensorflow_hub before 0.13, for TensorFlow 1.15


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("hub") / "module"
    export = biggan_module.export_with_hub if OLD else biggan_module.export_with_builder
    export(path, SMALL, recipe.arrays(SMALL))
    return path


def run_module(folder, cases):
    """Images of the module itself for every (z, y, truncation), each (N, H, W, 3)."""
    names = ("z", "y", "truncation")
    if not OLD:
        signature = hub.load(str(folder)).signatures["default"]
        runs = [dict(zip(names, (tf.convert_to_tensor(value) for value in case))) for case in cases]
        return [signature(**run)["default"].numpy() for run in runs]
    with tf.Graph().as_default(), tf.Session() as session:
        given = biggan_module.inputs(SMALL)
        image = hub.Module(str(folder))(given)
        session.run(tf.global_variables_initializer())
        return [session.run(image, {given[n]: value for n, value in zip(names, case)}) for case in cases]


def test_every_array_is_read(folder):
    record = files.read(str(folder))
    assert record.structure == SMALL
    for name, array in recipe.arrays(SMALL).items():
        np.testing.assert_array_equal(record.arrays[name], array)
    assert record.fingerprint() == recipe.record(SMALL).fingerprint()


def test_our_graph_gives_the_images_of_the_module(folder):
    gen = BigGAN(files.read(str(folder)), "module", threads=1)
    truncations = (0.5, 0.613, 1.0)
    y = np.eye(5, dtype=np.float32)[[0, 3]]
    latents = [gen.z(seeds=[1, 2], psi=truncation) for truncation in truncations]
    theirs = run_module(folder, [(z, y, np.float32(t)) for z, t in zip(latents, truncations)])
    for z, truncation, expected in zip(latents, truncations, theirs):
        ours = gen.images(z, psi=truncation, classes=[0, 3]).transpose(0, 2, 3, 1)
        np.testing.assert_allclose(ours, expected, atol=2e-5)  # float32 sums
    gen.close()
