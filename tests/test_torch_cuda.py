"""PyTorch's CUDA numbers without a GPU, against what people printed from real ones (tests/goldens/rng)."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from ganspace_tf import streams
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.streams import sine_table
from ganspace_tf.streams.gpus import GPUS, gpu_name
from ganspace_tf.streams.philox import philox4x32
from ganspace_tf.streams.sine_unit import sine_unit

GOLDEN = json.loads((pathlib.Path(__file__).parent / "goldens" / "rng" / "torch_cuda.json").read_text())
TORCH_ORDER = [entry for entry in GOLDEN["published"] if entry["layout"] == "torch"]


@pytest.mark.parametrize("vector", GOLDEN["philox"], ids=lambda v: v["ctr"][0])
def test_philox_gives_the_answers_that_its_authors_published(vector):
    counter = [np.array([int(word, 16)], np.uint64) for word in vector["ctr"]]
    words = philox4x32(counter, tuple(int(word, 16) for word in vector["key"]))
    assert ["%08x" % int(word[0]) for word in words] == vector["out"]


@pytest.mark.parametrize("entry", TORCH_ORDER, ids=lambda entry: entry["id"])
def test_published_numbers_of_real_gpus_are_reproduced(entry):
    device = {key: entry[key] for key in ("sm_count", "max_threads_per_sm") if key in entry}
    stream = streams.open("torch-cuda", seed=entry["seed"], offset=entry["offset"], **device)
    drawn = stream.normal(tuple(entry["shape"])).ravel()[entry["positions"]]
    values = drawn.astype(np.float64) * entry.get("std", 1) + entry.get("mean", 0)
    if "exact" in entry["digits"]:
        assert np.array_equal(drawn, np.array(entry["values"], np.float32))
    else:  # printed with four decimals
        np.testing.assert_allclose(values, entry["values"], rtol=0, atol=5.1e-5)


def test_all_four_outputs_of_a_thread_are_those_of_a_real_gpu():
    (entry,) = (e for e in GOLDEN["published"] if e["layout"] == "curand_host")
    # With one block of 256 threads, outputs 0 to 3 of thread t are the elements t, t + 256, t + 512, t + 768
    drawn = streams.open("torch-cuda", seed=entry["seed"], sm_count=1, max_threads_per_sm=256).normal(
        (4, 256)
    )
    by_thread = drawn.T.ravel()[entry["positions"]]
    assert np.array_equal(by_thread, np.array(entry["values"], np.float32))


def test_up_to_one_wave_all_gpus_agree_and_number_i_depends_on_i_alone():
    small = streams.open("torch-cuda", seed=3, gpu="T4").normal((100,))
    for gpu in GPUS:
        drawn = streams.open("torch-cuda", seed=3, gpu=gpu).normal((1, 1, 128, 128))
        assert np.array_equal(drawn.ravel()[:100], small), gpu


def test_beyond_one_wave_the_layout_follows_the_gpu():
    n = GPUS["T4"].wave + 1000
    t4, v100 = (streams.open("torch-cuda", seed=0, gpu=gpu).normal((n,)) for gpu in ("T4", "V100"))
    wave = GPUS["T4"].wave
    assert np.array_equal(t4[:wave], v100[:wave])
    assert not np.any(t4[wave:] == v100[wave:])


def test_element_order_is_four_outputs_a_thread_one_wave_apart_then_the_next_step():
    threads = 256 * 2
    stream = streams.open("torch-cuda", seed=8, sm_count=2, max_threads_per_sm=256)
    drawn = stream.normal((6 * threads + 5,))
    assert stream.offset == 8  # two steps of four outputs each
    for step, lane in ((0, 0), (0, 3), (1, 0), (1, 1)):
        start = 4 * threads * step + lane * threads
        # the same thread and step, alone in a smaller launch
        alone = streams.open("torch-cuda", seed=8, offset=4 * step, sm_count=2, max_threads_per_sm=256)
        expected = alone.normal((4 * threads,))[lane * threads : (lane + 1) * threads]
        assert np.array_equal(drawn[start : start + threads], expected)


@pytest.mark.parametrize(
    "size, growth", [(1, 4), (163_840, 4), (4 * 163_840, 4), (4 * 163_840 + 1, 8), (2**20, 8)]
)
def test_the_offset_grows_by_four_for_every_started_step(size, growth):
    stream = streams.open("torch-cuda", seed=0, gpu="V100")
    stream.normal((size,))
    assert stream.offset == growth


def test_draws_can_be_taken_up_at_an_offset():
    whole = streams.open("torch-cuda", seed=4)
    whole.normal((10,))
    assert np.array_equal(whole.normal((10,)), streams.open("torch-cuda", seed=4, offset=4).normal((10,)))


def test_the_high_half_of_a_seed_matters_too():
    low, high = (streams.open("torch-cuda", seed=seed).normal((20,)) for seed in (9, 9 + 2**40))
    assert not np.any(low == high)


def test_the_sine_unit_is_as_accurate_as_nvidia_documents():
    """The largest errors over [-pi, pi] are 2^-21.41 (sine) and 2^-21.19 (cosine)."""
    angle = np.linspace(0, np.pi, 400_001).astype(np.float32).astype(np.float64)
    position = sine_unit().fixed_point(angle)
    assert np.abs(sine_unit().sin(position) - np.sin(angle)).max() <= 2.0**-21.41
    assert np.abs(sine_unit().cos(position) - np.cos(angle)).max() <= 2.0**-21.19


@pytest.mark.parametrize("segment", [5, 20, 38, 61])
def test_the_sine_table_follows_from_its_derivation(segment):
    found = sine_table.candidates(segment)
    assert segment not in sine_table.UNSETTLED or found[0][1:] == sine_table.TABLE[segment]
    assert sine_table.TABLE[segment] in [candidate[1:] for candidate in found]


def test_unsettled_segments_hold_a_likely_entry():
    segment = sine_table.UNSETTLED[0]
    errors = {candidate[1:]: candidate.error for candidate in sine_table.candidates(segment)}
    assert errors[sine_table.TABLE[segment]] <= 1.3 * min(errors.values())


@pytest.mark.parametrize(
    "text, name",
    [("a100", "A100"), ("Tesla V100", "V100"), ("RTX 2080 Ti", "RTX2080Ti"), ("rtx a6000", "A6000")],
)
def test_gpus_are_found_however_their_names_are_written(text, name):
    assert gpu_name(text) == name


@pytest.mark.parametrize(
    "options, message",
    [
        ({"gpu": "Voodoo2"}, "GPU 'Voodoo2'"),
        ({"gpu": "V100", "sm_count": 80, "max_threads_per_sm": 2048}, "not both"),
        ({"sm_count": 80}, "both"),
        ({"max_threads_per_sm": 2048}, "both"),
        ({"sm_count": 0, "max_threads_per_sm": 2048}, "sm_count"),
        ({"sm_count": 80, "max_threads_per_sm": 128}, "max_threads_per_sm"),
        ({"sm_count": 80.5, "max_threads_per_sm": 2048}, "whole number"),
        ({"offset": 2}, "multiple of 4"),
        ({"offset": -4}, "offset"),
        ({"offset": "x"}, "whole number"),
        ({"threads": 5}, "no option 'threads'"),
    ],
)
def test_wrong_gpu_options_are_refused_in_one_line(options, message):
    with pytest.raises(UsageError, match=message) as error:
        streams.open("torch-cuda", seed=0, **options)
    assert "\n" not in str(error.value)


def test_an_unknown_gpu_is_told_the_known_ones():
    with pytest.raises(UnknownName, match="A100"):
        streams.open("torch-cuda", seed=0, gpu="A10000")


def test_double_precision_is_not_drawn():
    with pytest.raises(UsageError, match="float32"):
        streams.open("torch-cuda", seed=0).normal((4,), dtype=np.float64)
