"""Modules that tensorflow_hub writes (TensorFlow 1.15) or loads, and those that the demo network is shipped
in, are our network.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan import files
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_folders
from tests import biggan_recipe as recipe
from training import biggan_module

hub = pytest.importorskip("tensorflow_hub")

SMALL = recipe.structure(16, 4, n_classes=5, z=6, embed=4)
OLD = hasattr(hub, "Module")  # tensorflow_hub before 0.13, for TensorFlow 1.15


WRITERS = ("ours", "tensorflow_hub") if OLD else ("ours",)


@pytest.fixture(scope="module", params=WRITERS)
def folder(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("hub") / "module"
    arrays = recipe.arrays(SMALL)
    values = biggan_folders.hub_variables(SMALL, arrays)
    if request.param == "ours":
        biggan_module.write_module(path, SMALL, arrays, values)
    else:
        export_with_hub(path, arrays, values)
    return path


def export_with_hub(folder, arrays, values):
    """The module as tensorflow_hub 0.12 exports it (TensorFlow 1.15)."""

    def module_fn():
        given, image = biggan_module.build(SMALL, arrays, values)
        hub.add_signature(inputs=given, outputs=image)

    spec = hub.create_module_spec(module_fn)
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(spec)
        biggan_module.initialise(
            session, {variable: values[name] for name, variable in module.variable_map.items()}
        )
        module.export(str(folder), session)


def run_module(folder, cases):
    """Images of the module itself for every (z, y, truncation), each (N, H, W, 3)."""
    names = ("z", "y", "truncation")
    if not OLD:
        # scripts of other tests leave a default graph to their thread; in a new one TensorFlow 2 is eager
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run_eagerly, folder, cases, names).result()
    with tf.Graph().as_default(), tf.Session() as session:
        given = biggan_module.inputs(SMALL)
        image = hub.Module(str(folder))(given)
        session.run(tf.global_variables_initializer())
        return [session.run(image, {given[n]: value for n, value in zip(names, case)}) for case in cases]


def run_eagerly(folder, cases, names):
    signature = hub.load(str(folder)).signatures["default"]
    runs = [{name: tf.convert_to_tensor(value) for name, value in zip(names, case)} for case in cases]
    return [signature(**run)["default"].numpy() for run in runs]


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
