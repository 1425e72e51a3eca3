"""Seeded weights under the names of the PyTorch ports: networks small enough for tests, whose images
PyTorch has drawn.

A weight is RandomState(crc32(name) xor seed).standard_normal, in float32, times what its name calls for.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict

import numpy as np

import ganspace_tf as gs
from tests.torch_writer import write_legacy, write_zip

CHANNELS = {
    "stylegan2": {4: 32, 8: 32, 16: 32, 32: 16, 64: 16},
    "stylegan": {4: 32, 8: 32, 16: 32, 32: 32, 64: 32, 128: 16},
}
WIDTH = 512


def stylegan2_state(seed, channels=None, width=WIDTH):
    """State dictionary of rosinality's generator, in its order, noise buffers left out."""
    channels = channels or CHANNELS["stylegan2"]
    shapes = OrderedDict()
    for layer in range(1, 9):
        shapes["style.%d.weight" % layer], shapes["style.%d.bias" % layer] = (width, width), (width,)
    shapes["input.input"] = (1, channels[4], 4, 4)
    _styled(shapes, "conv1", channels[4], channels[4], width)
    _rgb(shapes, "to_rgb1", channels[4], width)
    for block, size in enumerate(sorted(channels)[1:]):
        _styled(shapes, "convs.%d" % (2 * block), channels[size // 2], channels[size], width)
        _styled(shapes, "convs.%d" % (2 * block + 1), channels[size], channels[size], width)
        _rgb(shapes, "to_rgbs.%d" % block, channels[size], width)
    state = OrderedDict((name, _stylegan2_weight(name, shape, seed)) for name, shape in shapes.items())
    taps = np.array([1, 3, 3, 1], np.float32)
    for block in range(len(channels) - 1):
        for name in ("convs.%d.conv.blur.kernel" % (2 * block), "to_rgbs.%d.upsample.kernel" % block):
            state[name] = np.outer(taps, taps) / np.float32(16)
    return state


def stylegan2_average(seed, width=WIDTH):
    """The latent_avg that goes with it."""
    return _draw("latent_avg", (width,), seed) * np.float32(0.1)


def load_stylegan2(folder, seed):
    """The generator of a .pt file with them, as GANSpace's fork keeps it."""
    value = {"g_ema": stylegan2_state(seed), "latent_avg": stylegan2_average(seed)}
    return gs.load_generator(write_zip(folder / "stylegan2_ffhq.pt", value))


def load_stylegan(folder, seed):
    """The generator of a .pt file with the state of the StyleGAN port."""
    return gs.load_generator(write_legacy(folder / "stylegan_ffhq.pt", stylegan_state(seed)))


def direction(name, width, seed):
    """A vector (width,) by the same rule, such as a stand-in for a supervised direction."""
    return _draw(name, (width,), seed)


def stylegan_state(seed, channels=None, width=WIDTH):
    """State dictionary of the StyleGAN port."""
    channels = channels or CHANNELS["stylegan"]
    shapes = OrderedDict()
    for layer in range(8):
        shapes["g_mapping.dense%d.weight" % layer] = (width, width)
        shapes["g_mapping.dense%d.bias" % layer] = (width,)
    for size in sorted(channels):
        block, inputs, outputs = (
            "g_synthesis.blocks.%dx%d." % (size, size),
            channels[max(4, size // 2)],
            channels[size],
        )
        if size == 4:
            shapes[block + "const"], shapes[block + "bias"] = (1, outputs, 4, 4), (outputs,)
        else:
            shapes[block + "conv0_up.weight"], shapes[block + "conv0_up.bias"] = (
                (outputs, inputs, 3, 3),
                (outputs,),
            )
        last = "conv" if size == 4 else "conv1"
        shapes[block + last + ".weight"], shapes[block + last + ".bias"] = (
            (outputs, outputs, 3, 3),
            (outputs,),
        )
        for epilogue in ("epi1", "epi2"):
            shapes[block + epilogue + ".top_epi.noise.weight"] = (outputs,)
            shapes[block + epilogue + ".style_mod.lin.weight"] = (2 * outputs, width)
            shapes[block + epilogue + ".style_mod.lin.bias"] = (2 * outputs,)
    shapes["g_synthesis.torgb.weight"], shapes["g_synthesis.torgb.bias"] = (
        (3, channels[max(channels)], 1, 1),
        (3,),
    )
    state = OrderedDict((name, _stylegan_weight(name, shape, seed)) for name, shape in shapes.items())
    taps = np.array([1, 2, 1], np.float32)
    for size in sorted(channels)[1:]:
        name = "g_synthesis.blocks.%dx%d.conv0_up.intermediate.kernel" % (size, size)
        state[name] = (np.outer(taps, taps) / np.float32(16)).reshape(1, 1, 3, 3)
    return state


def _styled(shapes, name, inputs, outputs, width):
    shapes[name + ".conv.weight"] = (1, outputs, inputs, 3, 3)
    _modulation(shapes, name, inputs, width)
    shapes[name + ".noise.weight"], shapes[name + ".activate.bias"] = (1,), (outputs,)


def _rgb(shapes, name, inputs, width):
    shapes[name + ".bias"], shapes[name + ".conv.weight"] = (1, 3, 1, 1), (1, 3, inputs, 1, 1)
    _modulation(shapes, name, inputs, width)


def _modulation(shapes, name, inputs, width):
    shapes[name + ".conv.modulation.weight"] = (inputs, width)
    shapes[name + ".conv.modulation.bias"] = (inputs,)


def _draw(name, shape, seed):
    random = np.random.RandomState((zlib.crc32(name.encode()) ^ seed) % 2**32)
    return random.standard_normal(int(np.prod(shape))).reshape(shape).astype(np.float32)


def _row_decay(width, seed):
    scales = (4 * np.exp(-np.arange(width) / 64.0) + 0.02).astype(np.float32)
    order = np.random.RandomState((zlib.crc32(b"row_decay") ^ seed) % 2**32).permutation(width)
    return scales[order][:, None]


def _stylegan2_weight(name, shape, seed):
    a, f = _draw(name, shape, seed), np.float32
    if name.startswith("style."):
        a = a * f(100 if name.endswith("weight") else 10)
        return a * _row_decay(shape[0], seed) if name == "style.8.weight" else a
    if name.endswith("modulation.bias"):
        return f(1) + f(0.1) * a
    if name.endswith(("noise.weight", "activate.bias")) or (
        name.startswith("to_rgb") and name.endswith(".bias")
    ):
        return a * f(0.1)
    return a * f(0.3) if name.startswith("to_rgb") and name.endswith("conv.weight") else a


def _stylegan_weight(name, shape, seed):
    a, f = _draw(name, shape, seed), np.float32
    if name.startswith("g_mapping."):
        a = a * f(100 if name.endswith("weight") else 10)
        return a * _row_decay(shape[0], seed) if name == "g_mapping.dense7.weight" else a
    if name.endswith(".const"):
        return f(1) + f(0.3) * a
    if name.endswith(("noise.weight", ".bias")):
        return a * f(0.1)
    return a * f(0.3) if name == "g_synthesis.torgb.weight" else a
