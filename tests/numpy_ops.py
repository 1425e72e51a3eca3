"""Plain NumPy versions of the network operations, in float64 and written for reading, not for speed: oracles
for tests.

Feature maps are (N, C, H, W) and kernels (kh, kw, I, O).
"""

from __future__ import annotations

import numpy as np


def correlate(x, w, pad=None):
    """Stride-1 cross-correlation; `pad` = (before, after) zeros on both axes, default 'SAME' for odd
    kernels."""
    size = w.shape[0]
    before, after = ((size - 1) // 2, size // 2) if pad is None else pad
    x = np.pad(x, [(0, 0), (0, 0), (before, after), (before, after)])
    height, width = x.shape[2] - size + 1, x.shape[3] - size + 1
    out = np.zeros((x.shape[0], w.shape[3], height, width))
    for i in range(size):
        for j in range(size):
            out += np.einsum("nchw,co->nohw", x[:, :, i : i + height, j : j + width], w[i, j])
    return out


def transposed(x, w):
    """Stride-2 transposed convolution, nothing cropped: every pixel stamps the kernel, 2(H-1)+k pixels."""
    size = w.shape[0]
    N, _, H, W = x.shape
    out = np.zeros((N, w.shape[3], 2 * (H - 1) + size, 2 * (W - 1) + size))
    for i in range(size):
        for j in range(size):
            out[:, :, i : i + 2 * H - 1 : 2, j : j + 2 * W - 1 : 2] += np.einsum("nchw,co->nohw", x, w[i, j])
    return out


def filter_each(x, kernel, pad):
    """True convolution of every channel with one 2-D kernel; negative padding crops."""
    before, after = pad
    x = np.pad(x, [(0, 0), (0, 0)] + [(max(before, 0), max(after, 0))] * 2)
    low, high = max(-before, 0), max(-after, 0)
    x = x[:, :, low : x.shape[2] - high, low : x.shape[3] - high]
    flipped = kernel[::-1, ::-1]
    height, width = x.shape[2] - kernel.shape[0] + 1, x.shape[3] - kernel.shape[1] + 1
    out = np.zeros(x.shape[:2] + (height, width))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            out += flipped[i, j] * x[:, :, i : i + height, j : j + width]
    return out


def fir(taps):
    kernel = np.asarray(taps, np.float64)
    kernel = np.outer(kernel, kernel) if kernel.ndim == 1 else kernel
    return kernel / kernel.sum()


def interleave_zeros(x):
    out = np.zeros(x.shape[:2] + (2 * x.shape[2], 2 * x.shape[3]))
    out[:, :, ::2, ::2] = x
    return out


def nearest(x):
    return x.repeat(2, axis=2).repeat(2, axis=3)


def upsample(x, taps):
    p = len(fir(taps)) - 2
    return filter_each(interleave_zeros(x), 4 * fir(taps), ((p + 1) // 2 + 1, p // 2))


def upsample_conv(x, w, taps):
    """StyleGAN2's up-sampling convolution, from its definition: zeros between pixels, a full convolution,
    then the filter."""
    size = w.shape[0]
    spread = interleave_zeros(x)[:, :, :-1, :-1]
    full = correlate(spread, w, (size - 1, size - 1))
    p = (len(fir(taps)) - 2) - (size - 1)
    return filter_each(full, 4 * fir(taps), ((p + 1) // 2 + 1, p // 2 + 1))


def lrelu(x):
    return np.where(x > 0, x, 0.2 * x)


def normalize(x, axis=1):
    return x / np.sqrt(np.mean(x**2, axis=axis, keepdims=True) + 1e-8)


def modulated_conv(x, w, style, demodulate=True, taps=None):
    """Equations 1 and 3 of StyleGAN2, literally: every sample has its own kernel."""
    w = w / np.sqrt(np.prod(w.shape[:-1]))
    out = []
    for sample, s in zip(x, style):
        own = w * s[np.newaxis, np.newaxis, :, np.newaxis]
        if demodulate:
            own = own / np.sqrt(np.sum(own**2, axis=(0, 1, 2)) + 1e-8)
        one = sample[np.newaxis]
        out.append(correlate(one, own) if taps is None else upsample_conv(one, own, taps))
    return np.concatenate(out)
