"""The yardstick of benchmarks/biggan.py: BigGAN-deep in PyTorch, written the plain way.

    python -m training.biggan_torch RESOLUTION BATCH

prints CPU seconds an image. Spectral norms are divided into the weights once; everything else is computed as
it is written in the paper, with feature maps in PyTorch's own order.
"""

from __future__ import annotations

import sys
from typing import Any, Dict

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.biggan import CH
from benchmarks.machine import cpu_seconds
from ganspace_tf.biggan import latents
from ganspace_tf.biggan.structure import modules
from tests import biggan_recipe

ROW = 35  # of the statistics: truncation 0.7
HUSKY = 248


class Network:
    """Weights as tensors and the forward pass."""

    def __init__(self, resolution: int) -> None:
        s = biggan_recipe.structure(resolution, CH)
        record = biggan_recipe.record(s, {name: 0.5 for name, _ in s.norms()})
        self.s = s
        self.tensors: Dict[str, torch.Tensor] = {}
        for module in modules(len(s.blocks), s.attention_layer):
            weight = record.weight(module.path)
            weight = weight.transpose(3, 2, 0, 1) if module.conv else weight.T
            self.tensors[module.path] = torch.from_numpy(np.ascontiguousarray(weight))
        for name, array in record.arrays.items():
            if not name.endswith(".weight"):
                row = array[ROW] if name.endswith((".means", ".variances")) else array
                self.tensors[name] = torch.from_numpy(np.ascontiguousarray(row))
        embedding = record.arrays["embeddings.weight"]
        self.tensors["embeddings"] = torch.from_numpy(np.ascontiguousarray(embedding.T))

    def dense(self, x: Any, name: str) -> Any:
        return F.linear(x, self.tensors[name], self.tensors.get(name + ".bias"))

    def conv(self, x: Any, name: str) -> Any:
        weight = self.tensors[name]
        return F.conv2d(x, weight, self.tensors.get(name + ".bias"), padding=weight.shape[-1] // 2)

    def norm(self, x: Any, name: str, gain: Any, shift: Any) -> Any:
        mean, variance = (self.tensors[name + part][:, None, None] for part in (".means", ".variances"))
        return (x - mean) / torch.sqrt(variance + self.s.eps) * gain[..., None, None] + shift[..., None, None]

    def block(self, block: Any, h: Any, condition: Any) -> Any:
        x = h
        for j in range(4):
            name = "{}.bn_{}".format(block.path, j)
            gain, shift = 1 + self.dense(condition, name + ".scale"), self.dense(condition, name + ".offset")
            x = F.relu(self.norm(x, name, gain, shift))
            if j == 1 and block.up:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = self.conv(x, "{}.conv_{}".format(block.path, j))
        skip = h[:, : block.channels_out]
        return x + (F.interpolate(skip, scale_factor=2, mode="nearest") if block.up else skip)

    def attention(self, h: Any) -> Any:
        a, path = self.s.attention, self.s.attention.path + ".snconv1x1_"
        pixels = a.side**2
        theta = self.conv(h, path + "theta").view(-1, a.keys, pixels)
        phi = F.max_pool2d(self.conv(h, path + "phi"), 2).view(-1, a.keys, pixels // 4)
        g = F.max_pool2d(self.conv(h, path + "g"), 2).view(-1, a.values, pixels // 4)
        weights = torch.softmax(torch.bmm(theta.transpose(1, 2), phi), dim=-1)
        mixed = torch.bmm(g, weights.transpose(1, 2)).view(-1, a.values, a.side, a.side)
        return h + self.tensors[a.path + ".gamma"] * self.conv(mixed, path + "o_conv")

    def image(self, z: Any, y: Any) -> Any:
        condition = torch.cat([z, F.linear(y, self.tensors["embeddings"])], dim=1)
        h = self.dense(condition, "generator.gen_z").view(-1, 4, 4, self.s.base_channels)
        h = h.permute(0, 3, 1, 2).contiguous()
        for block in self.s.blocks:
            if self.s.attention.layer == block.layer - 1:
                h = self.attention(h)
            h = self.block(block, h, condition)
        gain, shift = self.tensors["generator.bn.scale"], self.tensors["generator.bn.offset"]
        h = F.relu(self.norm(h, "generator.bn", gain, shift))
        return torch.tanh(self.conv(h, "generator.conv_to_rgb")[:, :3])


def main(resolution: int, batch: int) -> float:
    """CPU seconds an image, one thread."""
    torch.set_num_threads(1)
    network = Network(resolution)
    z = torch.from_numpy(latents.normal_rows(0, 0, batch, network.s.latent_size, 0.7))
    y = torch.zeros(batch, network.s.n_classes)
    y[:, HUSKY] = 1
    with torch.no_grad():
        network.image(z, y)
        return cpu_seconds(lambda: network.image(z, y)) / batch


if __name__ == "__main__":
    print(main(int(sys.argv[1]), int(sys.argv[2])))
