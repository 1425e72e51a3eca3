"""BigGAN-deep written down once more, as a TF1-Hub module: straight from the description of the network.

Spectral norms and statistics are worked out in the graph, as in the published modules. The demo network is
shipped in this form, and tests hold the project's own graph and readers against it. Needs TensorFlow, not
PyTorch. A module that is meant for both is written with TensorFlow 1.15.
"""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan.structure import Structure

Arrays = Mapping[str, np.ndarray]


class Forward:
    """The network as one function of z, y and truncation. values: variables by their names in a module."""

    def __init__(self, s: Structure, arrays: Arrays, values: Arrays, truncation):
        self.s, self.arrays, self.values = s, arrays, values
        self.position = truncation * (s.n_stats - 1)
        self.stacks = 0

    def variable(self, name):
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            return tf.get_variable(name, self.values[name].shape, initializer=tf.zeros_initializer())

    def average(self, name):
        return self.variable(name + "/ema_0.9999")

    def normalised(self, scope):
        weight, u = self.average(scope + "/w"), self.variable(scope + "/u0")
        matrix = tf.reshape(weight, [-1, weight.shape[-1]])
        v = tf.math.l2_normalize(tf.matmul(u, matrix, transpose_b=True))
        u = tf.math.l2_normalize(tf.matmul(v, matrix))
        return weight / tf.matmul(tf.matmul(v, matrix), u, transpose_b=True)[0, 0]

    def statistic(self, table, k):
        with tf.name_scope(None):
            rows = tf.stack([tf.constant(row) for row in table], name="stack_{}".format(k))  # as published
        low = tf.floor(self.position)
        share, index = self.position - low, tf.cast(low, tf.int32)
        above = tf.minimum(index + 1, len(table) - 1)
        return (1 - share) * tf.gather(rows, index) + share * tf.gather(rows, above)

    def batch_norm(self, x, path, gain, shift):
        mean = self.statistic(self.arrays[path + ".means"], 5 * self.stacks + 1)
        variance = self.statistic(self.arrays[path + ".variances"], 5 * self.stacks + 3)
        self.stacks += 1
        return (x - mean) / tf.sqrt(variance + self.s.eps) * gain + shift

    def conv(self, scope, x, bias=True):
        x = tf.nn.conv2d(x, self.normalised(scope), [1, 1, 1, 1], "SAME")
        return x + self.average(scope + "/b") if bias else x

    def block(self, block, h, condition):
        scope = "Generator/GBlock" + ("_{}".format(block.index) if block.index else "")
        x = h
        for j in range(4):
            norm = scope + "/BatchNorm" + ("_{}".format(j) if j else "")
            gain, shift = (
                tf.matmul(condition, self.normalised(norm + part))[:, None, None]
                for part in ("/scale", "/offset")
            )
            x = tf.nn.relu(self.batch_norm(x, "{}.bn_{}".format(block.path, j), 1 + gain, shift))
            if j == 1 and block.up:
                x = tf.image.resize_nearest_neighbor(x, [block.side, block.side])
            x = self.conv("{}/conv{}".format(scope, j), x)
        skip = h[..., : block.channels_out]
        if block.up:
            skip = tf.image.resize_nearest_neighbor(skip, [block.side, block.side])
        return x + skip

    def attention(self, h):
        scope, a = "Generator/attention/", self.s.attention
        theta = self.conv(scope + "theta", h, bias=False)
        phi = tf.nn.max_pool(self.conv(scope + "phi", h, bias=False), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        g = tf.nn.max_pool(self.conv(scope + "g", h, bias=False), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        scores = tf.reshape(tf.einsum("nhwc,nijc->nhwij", theta, phi), [-1, a.side, a.side, a.side**2 // 4])
        weights = tf.reshape(tf.nn.softmax(scores), [-1, a.side, a.side, a.side // 2, a.side // 2])
        mixed = tf.einsum("nhwij,nijc->nhwc", weights, g)
        return h + self.average(scope + "gamma") * self.conv(scope + "o_conv", mixed, bias=False)

    def image(self, z, y):
        s = self.s
        condition = tf.concat([z, tf.matmul(y, self.average("linear/w"))], axis=1)
        h = tf.matmul(condition, self.normalised("Generator/GenZ/G_linear"))
        h = tf.reshape(h + self.average("Generator/GenZ/G_linear/b"), [-1, 4, 4, s.base_channels])
        for block in s.blocks:
            if s.attention.layer == block.layer - 1:
                h = self.attention(h)
            h = self.block(block, h, condition)
        gain, shift = (self.average("Generator/BatchNorm/" + part) for part in ("scale", "offset"))
        h = tf.nn.relu(self.batch_norm(h, "generator.bn", gain, shift))
        return tf.tanh(self.conv("Generator/conv_to_rgb", h)[..., :3])


def inputs(s: Structure):
    z = tf.placeholder(tf.float32, [None, s.latent_size], name="z")
    y = tf.placeholder(tf.float32, [None, s.n_classes], name="y")
    return {"z": z, "y": y, "truncation": tf.placeholder(tf.float32, [], name="truncation")}


def build(s: Structure, arrays: Arrays, values: Arrays):
    """(inputs, image) in the default graph."""
    given = inputs(s)
    network = Forward(s, arrays, values, given["truncation"])
    return given, network.image(given["z"], given["y"])


def initialise(session: tf.Session, values: Mapping[tf.Variable, np.ndarray]) -> None:
    """Gives variables their values in one run. A fed initial value does not get into the graph file."""
    starts = {variable.initializer.inputs[1]: value for variable, value in values.items()}
    session.run([variable.initializer for variable in values], starts)


def write_module(folder: Path, s: Structure, arrays: Arrays, values: Arrays) -> None:
    """Write the module folder, which must not exist yet.

    arrays: the statistics tables by the names of `structure.variable_shapes`, others are not looked at;
    values: variables by their names in the checkpoint.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        given, image = build(s, arrays, values)
        initialise(session, {variable: values[variable.op.name] for variable in tf.global_variables()})
        signature = tf.saved_model.signature_def_utils.predict_signature_def(given, {"default": image})
        builder = tf.saved_model.builder.SavedModelBuilder(str(folder))
        builder.add_meta_graph_and_variables(
            session, [], signature_def_map={"default": signature}, strip_default_attrs=True
        )
        builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
