"""PyTorch's CPU numbers to the bit, against goldens that PyTorch 2.13 made (tests/goldens/rng)."""

from __future__ import annotations

import hashlib
import json
import math
import pathlib
from fractions import Fraction

import numpy as np
import pytest

from ganspace_tf import streams
from ganspace_tf.streams.fused import FusedMultiplyAdd, bits
from ganspace_tf.streams.torch_cpu_kernel import box_muller_float32

GOLDEN = json.loads((pathlib.Path(__file__).parent / "goldens" / "rng" / "torch_cpu.json").read_text())


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


@pytest.mark.parametrize(
    "draw", GOLDEN["draws"], ids=lambda d: "{dtype}-seed{seed}-{shape}".format(**d).replace(" ", "")
)
def test_a_first_draw_equals_torch_randn(draw):
    drawn = streams.open("torch-cpu", seed=draw["seed"]).normal(tuple(draw["shape"]), dtype=draw["dtype"])
    assert [float(x).hex() for x in drawn.ravel()[:2]] == draw["first"]
    assert sha256(drawn) == draw["sha256"]


@pytest.mark.parametrize("sequence", GOLDEN["sequences"], ids=lambda s: "seed%d" % s["seed"])
def test_mixed_sizes_and_types_share_one_generator_and_its_cached_number(sequence):
    stream = streams.open("torch-cpu", seed=sequence["seed"])
    for index, (size, dtype, digest) in enumerate(sequence["draws"]):
        assert sha256(stream.normal((size,), dtype=dtype)).startswith(digest), "draw %d" % index


def test_all_noise_maps_of_a_1024_pixel_network_are_those_of_torch():
    stream = streams.open("torch-cpu", seed=GOLDEN["chain"]["seed"])
    for size, digest in GOLDEN["chain"]["maps"]:
        assert sha256(stream.normal((1, 1, size, size))) == digest


def test_only_the_low_32_bits_of_a_seed_matter():
    low, high = (streams.open("torch-cpu", seed=seed).normal((20,)) for seed in (9, 9 + 2**40))
    assert np.array_equal(low, high)


def test_fifteen_numbers_and_sixteen_have_nothing_in_common():
    short, long = (streams.open("torch-cpu", seed=42).normal((n,))[0] for n in (15, 16))
    assert (round(float(short), 4), round(float(long), 4)) == (0.3367, 1.9269)


def test_the_kernel_is_box_muller():
    uniforms = np.random.RandomState(0).randint(0, 2**24, 16 * 600).astype(np.float32) * np.float32(2.0**-24)
    blocks = uniforms.reshape(-1, 2, 8).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log(1 - blocks[:, 0])), 2 * np.pi * blocks[:, 1]
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    # Float32 polynomials and an angle rounded to float32: a few units in the last place of the radius
    np.testing.assert_allclose(box_muller_float32(uniforms), expected, rtol=0, atol=2e-6)


def test_the_smallest_and_largest_uniforms_give_finite_numbers_and_no_negative_zero():
    edges = np.array([0, 1 - 2.0**-24], np.float32)
    uniforms = np.array([[[a] * 8, [b] * 8] for a in edges for b in edges], np.float32).ravel()
    drawn = box_muller_float32(uniforms)
    assert np.isfinite(drawn).all()
    assert not np.signbit(drawn[drawn == 0]).any()


def exact(x):
    return Fraction(float(x))


def test_fused_multiply_add_rounds_once():
    rng = np.random.RandomState(1)
    a, b, c = (
        (rng.standard_normal(4000) * 2.0 ** rng.randint(-20, 20, 4000)).astype(np.float32) for _ in range(3)
    )
    c[::2] = -(a[::2] * b[::2])  # cancellation: what is left is the rounding error of the product
    out = np.empty(4000)
    FusedMultiplyAdd(4000)(a.astype(float), b.astype(float), c.astype(float), out)
    for x, y, z, got in zip(a, b, c, out):
        assert nearest_float32(exact(x) * exact(y) + exact(z)) == got


def test_fused_multiply_add_settles_sums_that_only_look_half_way_between_two_numbers():
    # Near 2^30, float32 are 128 apart. (1 + 2^-23)(1 - 2^-23) = 1 - 2^-46 is so close to 1 that the float64
    # sum of 64 times it and the odd multiple 2^30 + 128 is an exact tie, although the true sum is beside it.
    above, below, odd = 1 + 2.0**-23, 1 - 2.0**-23, 2.0**30 + 128
    a, b, c = np.array([[64 * above, below, odd], [-64 * above, below, odd], [64, 1, odd]]).T
    out = np.empty(3)
    FusedMultiplyAdd(3)(a, b, c, out)
    assert out.tolist() == [odd, odd, odd + 128]  # the last one is a true tie, which goes to even


def nearest_float32(value):
    if value == 0:
        return 0.0
    guess = np.float32(float(value))
    around = [guess, np.nextafter(guess, np.float32(np.inf)), np.nextafter(guess, np.float32(-np.inf))]
    ranked = sorted(around, key=lambda g: (abs(exact(g) - value), int(g.view(np.uint32)) & 1))
    return float(ranked[0])


def test_constants_are_read_as_float32_bit_patterns():
    assert bits("3f800000 40c90fdb") == [1.0, float(np.float32(2 * math.pi))]
