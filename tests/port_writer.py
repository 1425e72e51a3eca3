"""A StyleGAN2 of an official file under the names of rosinality's port: the way back of `ports.stylegan2`.

state = port_state(read_records("net.pkl").Gs)
write_zip("psp.pt", encoder_checkpoint(state))         # as pSp, e4e and their kin keep it
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from ganspace_tf.ports.stylegan2 import UP_FILTER


def port_state(record):
    """State dictionary of the generator in a record, noise maps included."""
    mapping, synthesis = record.components["mapping"].variables, record.components["synthesis"].variables
    state = OrderedDict()
    for index in range(len(mapping) // 2):
        state["style.%d.weight" % (index + 1)] = mapping["Dense%d/weight" % index].T
        state["style.%d.bias" % (index + 1)] = mapping["Dense%d/bias" % index]
    state["input.input"] = synthesis["4x4/Const/const"]
    _layer(state, synthesis, "conv1", "4x4/Conv")
    _rgb(state, synthesis, "to_rgb1", "4x4")
    block, size = 0, 8
    while "%dx%d/Conv1/weight" % (size, size) in synthesis:
        scope = "%dx%d" % (size, size)
        _layer(state, synthesis, "convs.%d" % (2 * block), scope + "/Conv0_up", up=True)
        _layer(state, synthesis, "convs.%d" % (2 * block + 1), scope + "/Conv1")
        _rgb(state, synthesis, "to_rgbs.%d" % block, scope)
        state["convs.%d.conv.blur.kernel" % (2 * block)] = UP_FILTER.astype(np.float32)
        state["to_rgbs.%d.upsample.kernel" % block] = UP_FILTER.astype(np.float32)
        block, size = block + 1, 2 * size
    for index in range(2 * block + 1):
        state["noises.noise_%d" % index] = synthesis["noise%d" % index]
    return OrderedDict((name, np.ascontiguousarray(value)) for name, value in state.items())


def encoder_checkpoint(state, latent_avg=None, layers=1):
    """The dictionary that encoders save: their own weights, the generator as decoder, the average latent."""
    parts = OrderedDict([("encoder.input_layer.0.weight", np.zeros((64, 3, 3, 3), np.float32))])
    parts.update(("decoder." + name, value) for name, value in state.items())
    value = {"state_dict": parts, "opts": {"output_size": 1024, "encoder_type": "GradualStyleEncoder"}}
    if latent_avg is not None:
        value["latent_avg"] = np.tile(latent_avg, (layers, 1))
    return value


def _layer(state, synthesis, port, scope, up=False):
    weight = synthesis[scope + "/weight"].transpose(3, 2, 0, 1)  # (out, in, h, w)
    state[port + ".conv.weight"] = (weight[:, :, ::-1, ::-1] if up else weight)[None]
    _modulation(state, synthesis, port, scope)
    state[port + ".noise.weight"] = synthesis[scope + "/noise_strength"].reshape(1)
    state[port + ".activate.bias"] = synthesis[scope + "/bias"]


def _rgb(state, synthesis, port, scope):
    scope += "/ToRGB"
    state[port + ".conv.weight"] = synthesis[scope + "/weight"].transpose(3, 2, 0, 1)[None]
    _modulation(state, synthesis, port, scope)
    state[port + ".bias"] = synthesis[scope + "/bias"].reshape(1, -1, 1, 1)


def _modulation(state, synthesis, port, scope):
    state[port + ".conv.modulation.weight"] = synthesis[scope + "/mod_weight"].T
    state[port + ".conv.modulation.bias"] = synthesis[scope + "/mod_bias"] + np.float32(1)
