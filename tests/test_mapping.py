"""The mapping network of official size: what float32 sums would lose in it, the pictures would show."""

from __future__ import annotations

import numpy as np
import pytest

from nvlabs.running.network import make_generator
from tests import tiny

SLOPE = np.float64(np.float32(0.2))  # of the leaky ReLU: TensorFlow keeps it as float32
OFFICIAL = {"latent_size": 512, "dlatent_size": 512, "mapping_fmaps": 512, "mapping_layers": 8}


@pytest.fixture(scope="module", params=["stylegan", "stylegan2-skip", "stylegan2-ada"])
def Gs(request):
    network = make_generator(tiny.tiny_records(request.param, resolution=8, **OFFICIAL).Gs, threads=1)
    yield network
    network.close()


def layer_names(Gs):
    return [name for name, _, _ in Gs.list_layers() if name.startswith("G_mapping/")]


def dense_layer(Gs, index, x):
    """One layer in float64, from the numbers of the file (StyleGAN, section 2; StyleGAN2, appendix B)."""
    spec, variables = Gs.spec.mapping, Gs.components.mapping
    weight = variables.get_var("Dense%d/weight" % index).astype(np.float64)
    bias = variables.get_var("Dense%d/bias" % index).astype(np.float64)
    sums = x.astype(np.float64) @ weight * (spec.lrmul / np.sqrt(len(weight)))
    if spec.gain_in_weight:
        sums = sums * np.sqrt(2) + bias * spec.lrmul
        return np.where(sums < 0, SLOPE * sums, sums)
    sums = sums + bias * spec.lrmul
    return np.where(sums < 0, SLOPE * sums, sums) * np.sqrt(2)


def test_every_layer_is_its_float64_value_rounded_once(Gs):
    names = layer_names(Gs)
    assert len(names) == 9  # the normalised z and eight dense layers
    fetched = Gs.fetch(names, z=np.random.RandomState(0).standard_normal((5, 512)))
    layers = [fetched[name] for name in names]
    for index, (before, after) in enumerate(zip(layers, layers[1:])):
        exact = dense_layer(Gs, index, before)
        # half a unit in the last place, and what two orders of a float64 sum can differ by
        allowed = 0.501 * np.spacing(np.abs(after)) + 1e-13
        assert after.dtype == np.float32 and np.all(np.abs(after - exact) <= allowed), names[index + 1]


def test_pixel_norm_is_its_float64_value_rounded_once(Gs):
    z = np.random.RandomState(1).standard_normal((5, 512)).astype(np.float32)
    name = layer_names(Gs)[0]
    exact = z / np.sqrt(np.mean(np.square(z.astype(np.float64)), axis=1, keepdims=True) + 1e-8)
    value = Gs.fetch([name], z=z)[name]
    assert np.all(np.abs(value - exact) <= 0.501 * np.spacing(np.abs(value)))
