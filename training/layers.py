"""Layers that the generators and the discriminator share: equalised weights, activation, resampling.

Weights are stored with unit variance and scaled when used (Progressive GAN, section 4.1), which is also how
the official network files store them; dense weights are [in, out] and modules are named as the files name
them, so that exporting is a matter of renaming and transposing. Convolution weights are [out, in, k, k] here
and [k, k, in, out] in the files.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

SLOPE = 0.2  # of the leaky rectifier, everywhere


class Dense(nn.Module):
    """x @ weight + bias with the weight scaled by gain / sqrt(inputs); lrmul slows learning (StyleGAN,
    appendix C).
    """

    def __init__(self, inputs, outputs, gain=1.0, lrmul=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / lrmul)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale, self.lrmul = gain / math.sqrt(inputs) * lrmul, lrmul

    def forward(self, x):
        return torch.addmm(self.bias * self.lrmul, x, self.weight * self.scale)


class ConvWeight(nn.Module):
    """The weight of a convolution, with its run-time scale; the bias is optional."""

    def __init__(self, inputs, outputs, kernel, gain=1.0, bias=True):
        super().__init__()
        weight = torch.randn(outputs, inputs, kernel, kernel)
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
        if bias:
            self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs * kernel * kernel)

    def scaled(self):
        return self.weight * self.scale


def lrelu(x):
    return F.leaky_relu(x, SLOPE)


def lrelu_sqrt2(x):
    """The StyleGAN2 activation: leaky rectifier, then a gain of sqrt(2) that keeps the variance."""
    return F.leaky_relu(x, SLOPE) * math.sqrt(2)


def normalise(x):
    """Divide by the root mean square over the features (Progressive GAN, section 4.2)."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class Filter(nn.Module):
    """Depthwise filtering with a separable kernel, given in one dimension; the gain multiplies the
    normalised kernel.
    """

    def __init__(self, channels, kernel, gain=1.0):
        super().__init__()
        kernel = torch.tensor(kernel, dtype=torch.float32)
        square = torch.outer(kernel, kernel)
        square = square / square.sum() * gain
        weight = square.flip([0, 1])[None, None].repeat(channels, 1, 1, 1)
        self.register_buffer("kernel", weight, persistent=False)

    def forward(self, x, pad, stride=1):
        """x: (N, C, H, W); pad: pixels (before, after) in both directions."""
        before, after = pad
        if before == after:
            filtered = F.conv2d(x, self.kernel, padding=before, groups=x.shape[1])
        else:
            filtered = F.conv2d(F.pad(x, [before, after, before, after]), self.kernel, groups=x.shape[1])
        # on a CPU the way back through a depthwise convolution with a stride is fifty times as slow
        return filtered if stride == 1 else filtered[..., ::stride, ::stride]


class UpsampleImage(nn.Module):
    """Twice the size, by zero insertion and the [1, 3, 3, 1] filter with gain 4 (StyleGAN2, appendix B)."""

    def __init__(self, channels):
        super().__init__()
        self.filter = Filter(channels, [1, 3, 3, 1], gain=4)

    def forward(self, x):
        return F.conv_transpose2d(x, self.filter.kernel, stride=2, padding=1, groups=x.shape[1])
