"""The generator of BigGAN-deep (Brock, Donahue, Simonyan 2019, appendix B) for training.

Modules carry the names of `ganspace_tf.biggan.structure`, which are GANSpace's, so writing a module folder is
a matter of transposing: dense weights are [in, out] here and there, convolutions [out, in, k, k] here.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from ganspace_tf.biggan.structure import BASE, KERNELS


class Spectral(nn.Module):
    """A weight that is divided by its spectral norm (Miyato et al. 2018), one power iteration a use.

    The vector u moves on in training alone, so that a network at rest is a function.
    """

    def __init__(self, shape, outputs, bias=False):
        super().__init__()
        weight = nn.init.orthogonal_(torch.empty(shape))
        if weight.dim() == 4:
            weight = weight.contiguous(memory_format=torch.channels_last)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.register_buffer("u", F.normalize(torch.randn(outputs), dim=0))

    def matrix(self):
        """The weight as (in, out)."""
        return self.weight if self.weight.dim() == 2 else self.weight.flatten(1).T

    @torch.no_grad()
    def iterated(self, matrix):
        """v (in,), u (out,) after one power iteration from the vector that is stored."""
        v = F.normalize(matrix @ self.u, dim=0)
        return v, F.normalize(v @ matrix, dim=0)

    @torch.autocast("cpu", enabled=False)
    def normalised(self):
        matrix = self.matrix()
        v, u = self.iterated(matrix)
        if self.training:
            self.u.copy_(u)
        return self.weight / torch.dot(v @ matrix, u)


class Dense(Spectral):
    def __init__(self, inputs, outputs, bias=False):
        super().__init__((inputs, outputs), outputs, bias)

    def forward(self, x):
        weight = self.normalised()
        return x @ weight if self.bias is None else torch.addmm(self.bias, x, weight)


class Conv(Spectral):
    def __init__(self, inputs, outputs, kernel, bias=True):
        super().__init__((outputs, inputs, kernel, kernel), outputs, bias)

    def forward(self, x, outputs=None):
        """x: (N, C, H, W). outputs: how many of the channels are wanted, None for all."""
        weight, bias = self.normalised()[:outputs], None if self.bias is None else self.bias[:outputs]
        return F.conv2d(x, weight, bias, padding=weight.shape[2] // 2)


class Statistics(nn.Module):
    """Batch norm without gain and shift, with the tables of a network that is trained: row i belongs to
    truncation i / (rows - 1).
    """

    def __init__(self, channels, rows, eps):
        super().__init__()
        self.register_buffer("means", torch.zeros(rows, channels))
        self.register_buffer("variances", torch.ones(rows, channels))
        self.eps = eps
        self.seen = None, None  # mean and variance of the last batch (C,), where somebody asks for them

    def normalised(self, x, row=None):
        """x: (N, C, H, W); row None takes the statistics of the batch."""
        if row is None:
            return F.batch_norm(x, *self.seen, training=True, momentum=1.0, eps=self.eps)
        return F.batch_norm(x, self.means[row], self.variances[row], eps=self.eps)


class ConditionalNorm(Statistics):
    """Batch norm whose gain and shift come from latent and class."""

    def __init__(self, condition, channels, rows, eps):
        super().__init__(channels, rows, eps)
        self.scale, self.offset = Dense(condition, channels), Dense(condition, channels)

    def forward(self, x, condition, row=None):
        gain, shift = 1 + self.scale(condition), self.offset(condition)
        return torch.addcmul(shift[..., None, None], self.normalised(x, row), gain[..., None, None])


class LastNorm(Statistics):
    """Batch norm with a gain and a shift for each channel."""

    def __init__(self, channels, rows, eps):
        super().__init__(channels, rows, eps)
        self.scale, self.offset = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x, row=None):
        gain, shift = (part.to(x.dtype)[:, None, None] for part in (self.scale, self.offset))
        return torch.addcmul(shift, self.normalised(x, row), gain)


class Block(nn.Module):
    """Residual block: 1x1, 3x3, 3x3, 1x1 with a narrow middle; the skip drops channels and adds none.

    fade: share of what it adds to the skip, below 1 while it comes in.
    """

    def __init__(self, block, condition, rows, eps):
        super().__init__()
        widths = (*block.norm_channels, block.channels_out)
        for j, kernel in enumerate(KERNELS):
            self.add_module("bn_%d" % j, ConditionalNorm(condition, widths[j], rows, eps))
            self.add_module("conv_%d" % j, Conv(widths[j], widths[j + 1], kernel))
        self.up, self.outputs, self.side, self.fade = block.up, block.channels_out, block.side, 1.0

    def forward(self, h, condition, row=None):
        x = h
        for j in range(4):
            x = F.relu(getattr(self, "bn_%d" % j)(x, condition, row))
            if j == 1 and self.up:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = getattr(self, "conv_%d" % j)(x)
        skip = h[:, : self.outputs].contiguous(memory_format=torch.channels_last)
        skip = F.interpolate(skip, scale_factor=2, mode="nearest") if self.up else skip
        return x + skip if self.fade == 1 else torch.add(skip, x, alpha=self.fade)


class Attention(nn.Module):
    """Self-attention (Zhang et al. 2019): pixels look at pooled pixels; gamma begins at 0."""

    def __init__(self, attention):
        super().__init__()
        a = attention
        self.side = a.side
        self.snconv1x1_theta = Conv(a.channels, a.keys, 1, bias=False)
        self.snconv1x1_phi = Conv(a.channels, a.keys, 1, bias=False)
        self.snconv1x1_g = Conv(a.channels, a.values, 1, bias=False)
        self.snconv1x1_o_conv = Conv(a.values, a.channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, h):
        theta, phi, g = self.snconv1x1_theta(h), self.snconv1x1_phi(h), self.snconv1x1_g(h)
        phi, g = rows(F.max_pool2d(phi, 2)), rows(F.max_pool2d(g, 2))
        weights = torch.softmax(rows(theta) @ phi.transpose(1, 2), dim=-1)
        mixed = (weights @ g).unflatten(1, h.shape[2:]).permute(0, 3, 1, 2)
        return h + self.gamma.to(h.dtype) * self.snconv1x1_o_conv(mixed)


def rows(x):
    """(N, C, H, W) as it lies in memory with the channels last: (N, H W, C)."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


class Layers(nn.Module):
    """Everything behind the embedding. resolution: of the pictures; layers for larger ones wait, and the last
    norm sees the channels that the skips would hand on to it.
    """

    def __init__(self, s, resolution):
        super().__init__()
        self.resolution = resolution
        self.gen_z = Dense(s.condition_size, BASE * BASE * s.base_channels, bias=True)
        layers = [Block(block, s.condition_size, s.n_stats, s.eps) for block in s.blocks]
        if s.attention is not None:
            layers.insert(s.attention.layer, Attention(s.attention))
        self.layers = nn.ModuleList(layers)
        self.channels = s.channels
        self.bn = LastNorm(s.channels, s.n_stats, s.eps)
        self.conv_to_rgb = Conv(s.channels, s.channels, 3)

    def forward(self, condition, row=None):
        flat = self.gen_z(condition)
        h = flat.view(len(flat), BASE, BASE, -1).permute(0, 3, 1, 2)  # row, column, channel: channels_last
        for layer in self.layers:
            if layer.side <= self.resolution:
                h = layer(h) if isinstance(layer, Attention) else layer(h, condition, row)
        h = h[:, : self.channels].contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.conv_to_rgb(F.relu(self.bn(h, row)), 3).float())


class Generator(nn.Module):
    """Latents (N, latent) and class indices (N,) to images (N, 3, R, R), R the structure's resolution or one
    that comes before it.
    """

    def __init__(self, structure, resolution=None):
        super().__init__()
        self.structure = structure
        self.embeddings = nn.Module()
        share = math.sqrt(structure.latent_size / structure.embed_size)  # as long as latents
        self.embeddings.weight = nn.Parameter(torch.randn(structure.n_classes, structure.embed_size) * share)
        self.generator = Layers(structure, resolution or structure.resolution)

    def set_fade(self, fade):
        """The share of the blocks for the largest pictures, from 0 to 1."""
        for layer in self.generator.layers:
            if isinstance(layer, Block) and layer.up and layer.side == self.generator.resolution:
                layer.fade = fade

    def forward(self, z, labels, row=None):
        """row: of the statistics tables, None for the statistics of the batch."""
        return self.generator(torch.cat([z, self.embeddings.weight[labels]], dim=1), row)


def truncated_normal(n, width, truncation=1.0):
    """Normal numbers cut at -2 and 2, times the truncation: what the network is used with."""
    return nn.init.trunc_normal_(torch.empty(n, width), a=-2.0, b=2.0) * truncation


@torch.no_grad()
def settle(generator, iterations=100):
    """Let every vector of the spectral norms converge."""
    for module in generator.modules():
        if isinstance(module, Spectral):
            for _ in range(iterations):
                module.u.copy_(module.iterated(module.matrix())[1])


@torch.no_grad()
def gather_statistics(generator, batches=4, batch=256):
    """Fill the tables ("standing statistics", section 4.2 and appendix): for every truncation of the grid,
    mean and variance of what each batch norm meets, over batches of all classes alike.
    """
    norms = [module for module in generator.modules() if isinstance(module, Statistics)]
    rows = generator.structure.n_stats
    for norm in norms:
        norm.seen = torch.zeros(norm.means.shape[1]), torch.ones(norm.means.shape[1])
    for row in range(rows):
        sums = [[torch.zeros_like(part) for part in norm.seen] for norm in norms]
        for _ in range(batches):
            labels = torch.arange(batch) % generator.structure.n_classes
            generator(truncated_normal(batch, generator.structure.latent_size, row / (rows - 1)), labels)
            for norm, (mean, square) in zip(norms, sums):
                mean += norm.seen[0] / batches
                square += (norm.seen[1] + norm.seen[0].square()) / batches
        for norm, (mean, square) in zip(norms, sums):
            norm.means[row], norm.variances[row] = mean, (square - mean.square()).clamp(min=1e-8)
    for norm in norms:
        norm.seen = None, None
