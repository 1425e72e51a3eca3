"""StyleGAN generator (Karras et al. 2019), in exactly the parametrisation of the official network files.

Each ToRGB learns while its size is the largest; a finished network (`lod` 0) uses the last one alone.
Names as in `training.stylegan2`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.layers import ConvWeight, Dense, Filter, lrelu
from training.stylegan2 import Mapping


class NoiseWeight(nn.Module):
    """One strength per channel."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))


class Epilogue(nn.Module):
    """What follows a convolution: noise, bias, activation, instance norm, style (StyleGAN, figure 1b)."""

    def __init__(self, channels, width):
        super().__init__()
        self.Noise = NoiseWeight(channels)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.StyleMod = Dense(width, 2 * channels)

    def finish(self, x, w, noise):
        x = torch.addcmul(x + self.bias[:, None, None], noise, self.Noise.weight[:, None, None])
        x = lrelu(x)
        # means by pooling: their gradients keep the memory order, that of channels_last
        size = x.shape[-1]
        x = x - F.avg_pool2d(x, size)
        scale, shift = self.StyleMod(w)[:, :, None, None].chunk(2, dim=1)
        spread = torch.rsqrt(F.avg_pool2d(x.square(), size) + 1e-8)
        return x * (spread * (scale + 1)) + shift


def repeated_conv(x, weight):
    """3x3 convolution of every pixel repeated 2x2 times, in half the products: a transposed one, whose kernel
    of 4x4 is made of sums of neighbours.
    """
    kernel = F.pad(weight.transpose(0, 1).flip([2, 3]), [1, 1, 1, 1])
    kernel = kernel[:, :, 1:] + kernel[:, :, :-1]
    kernel = kernel[..., 1:] + kernel[..., :-1]
    return F.conv_transpose2d(x, kernel, stride=2, padding=1)


class Const(Epilogue):
    """The learned 4x4 constant."""

    def __init__(self, channels, width):
        super().__init__(channels, width)
        self.const = nn.Parameter(torch.randn(1, channels, 4, 4))

    def forward(self, w, noise):
        x = self.const.expand(len(w), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        return self.finish(x, w, noise)


class Layer(Epilogue):
    """3x3 convolution and epilogue; `up` first doubles the size by repetition and afterwards blurs with [1,
    2, 1].
    """

    def __init__(self, inputs, outputs, width, up=False):
        super().__init__(outputs, width)
        convolution = ConvWeight(inputs, outputs, 3, gain=math.sqrt(2), bias=False)
        self.weight, self.scale = convolution.weight, convolution.scale
        self.blur = Filter(outputs, [1, 2, 1]) if up else None

    def forward(self, x, w, noise):
        if self.blur is None:
            x = F.conv2d(x, self.weight * self.scale, padding=1)
        else:
            x = self.blur(repeated_conv(x, self.weight * self.scale), pad=(1, 1))
        return self.finish(x, w, noise)


class Synthesis(nn.Module):
    """w (N, L, D) to images (N, 3, R, R), nominally in [-1, 1]. fmaps: channels by resolution, {4: 48, 8:
    48, ...}.
    """

    def __init__(self, fmaps, width):
        super().__init__()
        if max(fmaps) >= 128:
            raise ValueError(
                "the official files turn the up-convolution around from 128 on; this one ends at 64"
            )
        self.sizes, self.fade = sorted(fmaps), 1.0
        for k, size in enumerate(self.noise_sizes()):
            self.register_buffer("noise%d" % k, torch.randn(1, 1, size, size))
        for size in self.sizes:
            block = nn.Module()
            if size == 4:
                block.Const = Const(fmaps[4], width)
                block.Conv = Layer(fmaps[4], fmaps[4], width)
            else:
                block.Conv0_up = Layer(fmaps[size // 2], fmaps[size], width, up=True)
                block.Conv1 = Layer(fmaps[size], fmaps[size], width)
            self.add_module("%dx%d" % (size, size), block)
        for k, size in enumerate(reversed(self.sizes)):
            self.add_module("ToRGB_lod%d" % k, ConvWeight(fmaps[size], 3, 1))

    @property
    def n_layers(self):
        return 2 * len(self.sizes)

    def noise_sizes(self):
        return [size for size in self.sizes for _ in range(2)]

    def forward(self, w, random_noise=True):
        noises = self._noises(len(w), random_noise)
        start = getattr(self, "4x4")
        x = start.Conv(start.Const(w[:, 0], noises[0]), w[:, 1], noises[1])
        for k, size in enumerate(self.sizes[1:], start=1):
            block = getattr(self, "%dx%d" % (size, size))
            before, x = x, block.Conv0_up(x, w[:, 2 * k], noises[2 * k])
            x = block.Conv1(x, w[:, 2 * k + 1], noises[2 * k + 1])
        image = F.conv2d(x, self.ToRGB_lod0.scaled(), self.ToRGB_lod0.bias)
        if self.fade < 1:
            half = F.conv2d(before, self.ToRGB_lod1.scaled(), self.ToRGB_lod1.bias)
            image = torch.lerp(F.interpolate(half, scale_factor=2, mode="nearest"), image, self.fade)
        return image

    def _noises(self, n, random_noise):
        if not random_noise:
            return [getattr(self, "noise%d" % k) for k in range(len(self.noise_sizes()))]
        return [torch.randn(n, 1, size, size) for size in self.noise_sizes()]


class Generator(nn.Module):
    """Mapping and synthesis with the moving average of w that truncation pulls towards."""

    def __init__(self, settings):
        super().__init__()
        self.mapping = Mapping(
            settings.latent,
            settings.width,
            settings.mapping_fmaps,
            settings.mapping_layers,
            settings.mapping_lrmul,
            sqrt2_in_weight=True,
        )
        self.synthesis = Synthesis(settings.fmaps(), settings.width)
        self.register_buffer("dlatent_avg", torch.zeros(settings.width))

    @property
    def n_layers(self):
        return self.synthesis.n_layers

    def forward(self, z, random_noise=True):
        """Images (N, 3, R, R) of latents (N, Z), without truncation or mixing."""
        w = self.mapping(z)
        return self.synthesis(w[:, None].expand(-1, self.n_layers, -1), random_noise)
