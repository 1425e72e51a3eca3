"""StyleGAN2 generator (Karras et al. 2020), in exactly the parametrisation of the official network files
(config-f, skip).

Module names are the variable names of the files: the parameter `8x8.Conv0_up.mod_weight` of `Synthesis` here
is `8x8/Conv0_up/mod_weight` there. Shapes: N samples, L style layers, D latent width, C channels, H, W.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.layers import ConvWeight, Dense, Filter, UpsampleImage, lrelu, lrelu_sqrt2, normalise


class Mapping(nn.Module):
    """z (N, Z) to w (N, D). sqrt2_in_weight places the activation's gain as StyleGAN does."""

    def __init__(self, latent, width, hidden, layers, lrmul, sqrt2_in_weight=False):
        super().__init__()
        self.activation = lrelu if sqrt2_in_weight else lrelu_sqrt2
        sizes = [latent] + [hidden] * (layers - 1) + [width]
        for k in range(layers):
            gain = math.sqrt(2) if sqrt2_in_weight else 1.0
            self.add_module("Dense%d" % k, Dense(sizes[k], sizes[k + 1], gain, lrmul))

    def forward(self, z):
        x = normalise(z)
        for layer in self.children():
            x = self.activation(layer(x))
        return x


class Modulated(ConvWeight):
    """A convolution whose input channels are scaled by a style (StyleGAN2, section 2.2): style = w @
    mod_weight + mod_bias + 1.
    """

    def __init__(self, inputs, outputs, kernel, width):
        super().__init__(inputs, outputs, kernel)
        self.mod_weight = nn.Parameter(torch.randn(width, inputs))
        self.mod_bias = nn.Parameter(torch.zeros(inputs))

    def style(self, w):
        return torch.addmm(self.mod_bias + 1, w, self.mod_weight * (1 / math.sqrt(w.shape[1])))


class Layer(Modulated):
    """Modulated 3x3 convolution with demodulation, noise, bias and activation; `up` doubles the size."""

    def __init__(self, inputs, outputs, width, up=False):
        super().__init__(inputs, outputs, 3, width)
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.blur = Filter(outputs, [1, 3, 3, 1], gain=4) if up else None

    def forward(self, x, w, noise):
        style, weight = self.style(w), self.scaled()
        demodulation = torch.rsqrt(style.square() @ weight.square().sum(dim=[2, 3]).t() + 1e-8)
        x = x * style[:, :, None, None]
        if self.blur is None:
            x = F.conv2d(x, weight, padding=1)
        else:
            x = F.conv_transpose2d(x, weight.flip([2, 3]).transpose(0, 1), stride=2)
            x = self.blur(x, pad=(1, 1))
        # lrelu(t) * sqrt(2) = lrelu(t * sqrt(2)): the gain is cheaper on the small factors than on the
        # feature maps
        # separate sums keep x's memory order, that of channels_last
        x = torch.addcmul(
            self.bias[:, None, None] * math.sqrt(2), x, (demodulation * math.sqrt(2))[:, :, None, None]
        )
        return lrelu(x + noise * (self.noise_strength * math.sqrt(2)))


class ToRGB(Modulated):
    """Modulated 1x1 convolution to colours, without demodulation or activation."""

    def __init__(self, inputs, width):
        super().__init__(inputs, 3, 1, width)

    def forward(self, x, w):
        return F.conv2d(x * self.style(w)[:, :, None, None], self.scaled(), self.bias)


class Block(nn.Module):
    """All layers of one resolution above 4x4."""

    def __init__(self, inputs, outputs, width):
        super().__init__()
        self.Conv0_up = Layer(inputs, outputs, width, up=True)
        self.Conv1 = Layer(outputs, outputs, width)
        self.ToRGB = ToRGB(outputs, width)


class Start(nn.Module):
    """The learned constant and the layers at 4x4."""

    def __init__(self, channels, width):
        super().__init__()
        self.Const = nn.Module()
        self.Const.const = nn.Parameter(torch.randn(1, channels, 4, 4))
        self.Conv = Layer(channels, channels, width)
        self.ToRGB = ToRGB(channels, width)


class Synthesis(nn.Module):
    """w (N, L, D) to images (N, 3, R, R), nominally in [-1, 1]. fmaps: channels by resolution, {4: 48, 8:
    48, ...}.
    """

    def __init__(self, fmaps, width):
        super().__init__()
        self.sizes, self.fade = sorted(fmaps), 1.0
        for k, size in enumerate(self.noise_sizes()):
            self.register_buffer("noise%d" % k, torch.randn(1, 1, size, size))
        self.add_module("4x4", Start(fmaps[4], width))
        for size in self.sizes[1:]:
            self.add_module("%dx%d" % (size, size), Block(fmaps[size // 2], fmaps[size], width))
        self.upsample = UpsampleImage(3)

    @property
    def n_layers(self):
        return 2 * len(self.sizes)

    def noise_sizes(self):
        return [4] + [size for size in self.sizes[1:] for _ in range(2)]

    def forward(self, w, random_noise=True):
        noises = self._noises(len(w), random_noise)
        start = getattr(self, "4x4")
        x = start.Const.const.expand(len(w), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        x = start.Conv(x, w[:, 0], noises[0])
        image = start.ToRGB(x, w[:, 1])
        for k, size in enumerate(self.sizes[1:]):
            block = getattr(self, "%dx%d" % (size, size))
            x = block.Conv0_up(x, w[:, 2 * k + 1], noises[2 * k + 1])
            x = block.Conv1(x, w[:, 2 * k + 2], noises[2 * k + 2])
            share = self.fade if size == self.sizes[-1] else 1.0
            image = self.upsample(image) + block.ToRGB(x, w[:, 2 * k + 3]) * share
        return image

    def _noises(self, n, random_noise):
        if not random_noise:
            return [getattr(self, "noise%d" % k) for k in range(len(self.noise_sizes()))]
        device = getattr(self, "4x4").Const.const.device
        return [torch.randn(n, 1, size, size, device=device) for size in self.noise_sizes()]


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
