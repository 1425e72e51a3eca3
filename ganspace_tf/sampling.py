"""Seeds become latents: the one place where it is decided which random numbers a seed means.

`normal_rows` is this project's own stream: row i depends on (seed, i) alone, so that results do not change
with batch size, memory, number of workers or library version. `seed_rows` and `ganspace_rows` are NumPy's
legacy stream, in which published seeds and GANSpace's batches are given.

How `normal_rows` makes a row. The raw words are those of the counter-based generator Philox4x64-10 (Salmon
et al.
2011), whose output NumPy guarantees; the counter is a multiple of the row number, so a row is found
without drawing the ones before it. The normals are made from the words here, by Box and Muller's formula

    x = r cos θ,  y = r sin θ,  r = ±sqrt(-2 ln u),  θ in [-π/2, π/2]

and not by NumPy's ziggurat (`Generator.standard_normal`): NumPy promises no bits for that one across
versions, and its tail calls the C library's logarithm, which differs between platforms. Here every step is
an integer operation or one of float32 + - * / sqrt, which IEEE 754 defines to the last bit; ln, sin and
cos are short polynomials. On one core it also takes half the ziggurat's time (about 0.025 s against
0.05-0.07 s for 10,000 rows of 512).
"""

from __future__ import annotations

from typing import Sequence

import numpy as np

from ganspace_tf.errors import UsageError

# Second half of Philox's key ("GANSPACE" in ASCII): nobody else who seeds a Philox with a small number
# gets our rows.
_STREAM_KEY = 0x47414E5350414345
_WORDS_PER_COUNT = 8  # 32-bit words that one counter value of Philox4x64 yields
_BLOCK = 1 << 17  # numbers made at a time: the temporaries stay in a core's second-level cache

# Bit patterns of float32, and of the integers that numbers are made from
_SIGN = -(1 << 31)
_MAGNITUDE = (1 << 31) - 1
_EXPONENT = -(1 << 23)
_LN_2 = 0.6931471805599453
_SQRT_HALF = 0x3F3504F3  # mantissas are taken from [sqrt(1/2), sqrt(2)), where ln is smallest

# Least-maximum fits, lowest power first; largest relative error over the interval in brackets.
_ATANH = (1.00000012, 0.33326112, 0.20648186)  # atanh(s)/s in s², |s| <= 0.1716 (1.2e-7)
_SIN = (1.57079632, -0.645963761, 0.0796899269, -0.00467415749, 0.000151678530)  # sin(πt/2)/t in t² (7e-9)
_COS = (1.0, -0.233694621, 0.0199391461, -0.000846361170)  # cos(πt/2)/(1-t²) in t², |t| <= 1 (2e-7)


def normal_rows(seed: int, start: int, stop: int, width: int) -> np.ndarray:
    """Rows start … stop-1 of the standard normal stream of a seed: (stop-start, width) float32.

    Row i depends on (seed, i) and the width alone. The same bits with every NumPy from 1.17 on
    (compared: 1.17.5, 1.18.5, 1.21.6, 1.26.4, 2.4.6, with and without AVX). The
    largest value that can occur is 6.6. seed: 0 … 2**64-1. Raises UsageError for a negative or reversed
    range.
    """
    if not 0 <= seed < 2**64 or start < 0 or stop < start or width < 1:
        raise UsageError("no rows {} … {} of {} numbers for seed {}".format(start, stop, width, seed))
    counts = -(-width // _WORDS_PER_COUNT)  # counter values a row uses up
    padded = counts * _WORDS_PER_COUNT
    key = np.array([seed, _STREAM_KEY], np.uint64)
    source = np.random.Philox(key=key, counter=np.array([start * counts, 0, 0, 0], np.uint64))
    out = np.empty((stop - start, width), np.float32)
    step = max(1, _BLOCK // padded)
    for first in range(0, len(out), step):
        block = out[first : first + step]
        raw = source.random_raw(len(block) * padded // 2)  # 64-bit words
        words = raw.astype("<u8", copy=False).view("<i4").reshape(len(block), padded)
        block[:] = _box_muller(words)[:, :width]
    return out


def _box_muller(words: np.ndarray) -> np.ndarray:
    """(n, 2h) int32 random words → (n, 2h) float32 normals: columns 0 … h-1 hold r cos θ, the others r sin
    θ."""
    half = words.shape[1] // 2
    radius = _signed_radius(np.ascontiguousarray(words[:, :half]))
    t = words[:, half:].astype(np.float32)
    t *= np.float32(2.0**-31)  # θ / (π/2), uniform in [-1, 1]
    square = t * t
    out = np.empty(words.shape, np.float32)
    sine = _polynomial(_SIN, square)
    sine *= t
    np.multiply(sine, radius, out=out[:, half:])
    cosine = _polynomial(_COS, square)
    np.subtract(np.float32(1), square, out=square)
    cosine *= square
    np.multiply(cosine, radius, out=out[:, :half])
    return out


def _signed_radius(words: np.ndarray) -> np.ndarray:
    """int32 words → ±sqrt(-2 ln u): the top bit gives the sign, the others the odd k of u = k / 2**31,
    never zero."""
    k = words & _MAGNITUDE
    k |= 1
    mantissa = k.astype(np.float32)  # rounded to 24 bits, exactly where integers have more
    bits = mantissa.view(np.int32)
    exponent = bits - np.int32(_SQRT_HALF)
    exponent &= _EXPONENT  # e * 2**23 with mantissa = m * 2**e and m in [sqrt(1/2), sqrt(2))
    bits -= exponent  # mantissa is now m
    s = mantissa + np.float32(1)
    mantissa -= np.float32(1)
    np.divide(mantissa, s, out=s)  # ln m = 2 atanh((m-1)/(m+1))
    square = np.multiply(s, s, out=mantissa)
    radius = _polynomial(tuple(-4 * c for c in _ATANH), square)
    radius *= s
    scaled = exponent.astype(np.float32)
    scaled -= np.float32(31 * 2.0**23)  # ln u = ln m + (e - 31) ln 2
    scaled *= np.float32(-2 * _LN_2 * 2.0**-23)
    radius += scaled
    np.sqrt(radius, out=radius)
    bits = radius.view(np.int32)
    bits |= words & _SIGN
    return radius


def _polynomial(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    """Horner's rule in float32, one rounding per operation (no fused multiply-add, so the same bits
    everywhere)."""
    value = x * np.float32(coefficients[-1])
    for c in coefficients[-2:0:-1]:
        value += np.float32(c)
        value *= x
    value += np.float32(coefficients[0])
    return value


def seed_rows(seeds: Sequence[int], width: int) -> np.ndarray:
    """One row per seed, as published seeds mean it: (len(seeds), width) float32.

    Each row is `RandomState(seed).standard_normal(width)`, drawn in float64 and rounded. Seeds: 0 … 2**32-1.
    """
    rows = [np.random.RandomState(seed).standard_normal(width) for seed in seeds]
    return np.array(rows, np.float64).astype(np.float32)


def ganspace_rows(seed: int, n: int, width: int) -> np.ndarray:
    """n rows of one draw from one seed, as GANSpace draws a batch: (n, width) float32.

    The legacy polar generator in float64, row by row, then rounded. Row i also depends on nothing but
    (seed, i) here; what depends on the batch size in GANSpace is the sequence of seeds that a
    decomposition uses.
    """
    return np.random.RandomState(seed).standard_normal(n * width).reshape(n, width).astype(np.float32)
