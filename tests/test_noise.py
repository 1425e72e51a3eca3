"""Noise maps from a seed, in the three ways in which the original programs fill them."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf import streams
from ganspace_tf.errors import UsageError
from ganspace_tf.streams.noise import NoiseSpec, check_maps, noise_maps, parse_noise

STYLEGAN2 = [(4, 4), (8, 8), (8, 8), (16, 16), (16, 16)]
STYLEGAN = [(4, 4), (4, 4), (8, 8), (8, 8)]


@pytest.mark.parametrize("kind", ["torch-cpu", "torch-cuda", "numpy"])
def test_chain_draws_all_maps_in_order_from_one_seeding(kind):
    stream = streams.open(kind, seed=3)
    for drawn, size in zip(noise_maps(kind + ":3", STYLEGAN2, "chain"), STYLEGAN2):
        assert drawn.dtype == np.float32
        assert np.array_equal(drawn, stream.normal((1, 1) + size))


@pytest.mark.parametrize("kind", ["torch-cpu", "torch-cuda"])
def test_reseed_gives_both_layers_of_a_resolution_one_map_and_the_larger_ones_its_numbers_first(kind):
    maps = noise_maps(kind + ":3", STYLEGAN, "reseed")
    assert np.array_equal(maps[0], maps[1])
    assert np.array_equal(maps[2], maps[3])
    assert np.array_equal(maps[0].ravel(), maps[2].ravel()[:16])


def test_numpy_scripts_never_seed_again_whatever_the_family():
    state = np.random.RandomState(9)
    for fill in ("chain", "reseed"):
        state.seed(9)
        for drawn, size in zip(noise_maps("numpy:9", STYLEGAN, fill), STYLEGAN):
            assert np.array_equal(drawn, state.randn(1, 1, *size).astype(np.float32))


@pytest.mark.parametrize("latent_size", [512, 7])
def test_nvlabs_scripts_draw_z_first(latent_size):
    state = np.random.RandomState(100)
    state.randn(1, latent_size)
    for drawn in noise_maps("nvlabs:100", STYLEGAN2, latent_size=latent_size):
        assert np.array_equal(drawn, state.randn(*drawn.shape).astype(np.float32))


def test_maps_need_not_be_square():
    assert [m.shape for m in noise_maps("torch-cpu:0", [(4, 6), (2, 3)])] == [(1, 1, 4, 6), (1, 1, 2, 3)]


def test_large_cuda_maps_depend_on_the_gpu_that_is_named_and_small_ones_do_not():
    a100, t4 = (noise_maps("torch-cuda:0@" + gpu, [(128, 128), (256, 256)]) for gpu in ("A100", "T4"))
    assert np.array_equal(a100[0], t4[0])
    assert not np.array_equal(a100[1], t4[1])


@pytest.mark.parametrize(
    "text, spec",
    [
        ("stored", NoiseSpec("stored")),
        ("random", NoiseSpec("random")),
        ("numpy:0", NoiseSpec("numpy", 0)),
        ("nvlabs:6600", NoiseSpec("nvlabs", 6600)),
        ("torch-cpu:42", NoiseSpec("torch-cpu", 42)),
        ("torch-cuda:0", NoiseSpec("torch-cuda", 0, "V100")),
        ("torch-cuda:7@rtx 2080 ti", NoiseSpec("torch-cuda", 7, "RTX2080Ti")),
    ],
)
def test_options_are_read_and_written_again(text, spec):
    assert parse_noise(text) == spec
    assert parse_noise(str(spec)) == spec
    assert parse_noise(spec) is spec
    assert spec.seeded == (":" in text)


@pytest.mark.parametrize(
    "text", ["", "numpy", "numpy:", "numpy:-1", "numpy:1.5", "numpy:4294967296", "torch-cpu:x", "torch:0",
             "stored:1", "numpy:0@A100", "torch-cuda:0@Voodoo2", "torch-cuda:0@", " stored", 7, None],
)  # fmt: skip
def test_an_option_that_cannot_be_meant_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as error:
        parse_noise(text)
    assert "\n" not in str(error.value)


def test_unseeded_noise_has_no_maps_to_draw():
    for text in ("stored", "random"):
        with pytest.raises(UsageError, match="no seed"):
            noise_maps(text, STYLEGAN2)


@pytest.mark.parametrize("shapes", [[(0, 4)], [(4, -4)], [(4,)], [(1, 4, 4)], [(4.5, 4)], [4]], ids=str)
def test_a_map_of_an_impossible_size_is_refused(shapes):
    with pytest.raises(UsageError):
        noise_maps("numpy:0", shapes)


def test_an_unknown_fill_rule_is_refused():
    with pytest.raises(UsageError, match="chain, reseed"):
        noise_maps("numpy:0", STYLEGAN, "again")


def test_given_maps_are_checked_against_the_network():
    maps = noise_maps("numpy:0", STYLEGAN2)
    assert all(np.array_equal(a, b) for a, b in zip(check_maps(maps, STYLEGAN2), maps))
    with pytest.raises(UsageError, match="5 noise maps, got 4"):
        check_maps(maps[:-1], STYLEGAN2)
    with pytest.raises(UsageError, match=r"noise map 1 has shape \(1, 1, 4, 4\), not \(1, 1, 8, 8\)"):
        check_maps([maps[0]] + maps[:-1], STYLEGAN2)
