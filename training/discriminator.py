"""The StyleGAN2 discriminator (residual, Karras et al. 2020, section 4.1), plain and for classes. It is
needed for training only.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.layers import ConvWeight, Dense, Filter, lrelu, lrelu_sqrt2


class Conv(ConvWeight):
    """3x3 or 1x1 convolution, bias, activation; the bias is given sqrt(2) too, as the gain follows the
    activation.
    """

    def forward(self, x):
        weight, bias = self.scaled() * math.sqrt(2), self.bias * math.sqrt(2)
        return lrelu(F.conv2d(x, weight, bias, padding=weight.shape[2] // 2))


class Block(nn.Module):
    """(N, I, H, W) to (N, C, H/2, W/2): two convolutions beside a linear skip, halved in power to keep the
    variance.
    """

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv0 = Conv(inputs, inputs, 3)
        self.conv1 = ConvWeight(inputs, outputs, 3)
        self.skip = ConvWeight(inputs, outputs, 1, bias=False)
        self.filter = Filter(inputs, [1, 3, 3, 1])

    def forward(self, x):
        # filtering before the strided convolution avoids aliases; the factor 1/sqrt(2) of the sum cancels
        # the sqrt(2) of lrelu
        main = F.conv2d(self.filter(self.conv0(x), (2, 2)), self.conv1.scaled(), self.conv1.bias, stride=2)
        side = F.conv2d(self.filter(x, (1, 1), stride=2), self.skip.scaled() * math.sqrt(0.5))
        return lrelu(main) + side


class Discriminator(nn.Module):
    """Images (N, 3, R, R) to scores (N,).

    fmaps: channels by resolution. fades: whether the largest layers come in gradually. group: pictures whose
    spread is looked at, N must be a multiple of it or below it. spread_maps: maps it is put into.
    """

    def __init__(self, fmaps, fades, group=4, spread_maps=1):
        super().__init__()
        sizes = sorted(fmaps, reverse=True)
        self.group, self.spread_maps = group, spread_maps
        # named by size, so that a network for larger pictures finds what one for smaller pictures has learned
        self.blocks = nn.ModuleDict()
        self.sizes, self.fade = sizes, 1.0
        for size in sizes[:2] if fades else sizes[:1]:
            self.blocks["from_rgb%d" % size] = Conv(3, fmaps[size], 1)
        for size in sizes[:-1]:
            self.blocks["block%d" % size] = Block(fmaps[size], fmaps[size // 2])
        self.conv = Conv(fmaps[4] + spread_maps, fmaps[4], 3)
        self.dense = Dense(fmaps[4] * 16, 4 * fmaps[4])
        self.score = Dense(4 * fmaps[4], 1)

    def forward(self, images):
        return self.score(self.seen(images))[:, 0]

    def seen(self, images):
        """What the score is made of, (N, F)."""
        images, size = images.contiguous(memory_format=torch.channels_last), self.sizes[0]
        x = self.blocks["block%d" % size](self.blocks["from_rgb%d" % size](images))
        if self.fade < 1:  # the way of the network for half the size (Progressive GAN, figure 2)
            half = self.blocks["from_rgb%d" % (size // 2)](F.avg_pool2d(images, 2))
            x = torch.lerp(half, x, self.fade)
        for size in self.sizes[1:-1]:
            x = self.blocks["block%d" % size](x)
        with torch.autocast("cpu", enabled=False):  # small, and spreads are small differences
            x = x.float()
            x = self.conv(torch.cat([x, self._spread(x)], dim=1))
            return lrelu_sqrt2(self.dense(x.flatten(1)))

    def _spread(self, x):
        """Standard deviations over groups of samples, each the mean over some channels, as more maps
        (Progressive GAN, section 3, has one).
        """
        group = min(self.group, len(x))
        spread = x.reshape(group, -1, *x.shape[1:]).var(dim=0, unbiased=False).add(1e-8).sqrt()
        means = spread.reshape(len(spread), self.spread_maps, -1).mean(dim=2)
        return means.repeat(group, 1)[:, :, None, None].expand(-1, -1, *x.shape[2:])


class ProjectionDiscriminator(Discriminator):
    """Images (N, 3, R, R) and class indices (N,) to scores (N,): the class is compared with what is seen
    (Miyato and Koyama 2018, equation 4).
    """

    def __init__(self, fmaps, fades, n_classes, group=4, spread_maps=1):
        super().__init__(fmaps, fades, group, spread_maps)
        width = self.score.weight.shape[0]
        self.classes = nn.Parameter(torch.randn(n_classes, width))
        self.scale = 1 / math.sqrt(width)

    def forward(self, images, labels):
        seen = self.seen(images)
        with torch.autocast("cpu", enabled=False):
            return self.score(seen)[:, 0] + (seen * self.classes[labels]).sum(dim=1) * self.scale
