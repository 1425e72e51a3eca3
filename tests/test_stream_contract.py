"""What every stream of the table promises, whatever its numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf import streams
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.streams.replication import table_one

NAMES = sorted(streams.STREAMS)
SHAPES = [1, (), (1,), (7,), (16,), (17,), (3, 5), (1, 1, 8, 8), (2, 3, 31)]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_draw_has_the_shape_and_type_asked_for(name, shape):
    for dtype in streams.STREAMS[name].dtypes:
        drawn = streams.open(name, seed=1).normal(shape, dtype=dtype)
        assert drawn.shape == np.empty(shape).shape
        assert drawn.dtype == np.dtype(dtype)
        assert drawn.flags.c_contiguous
        assert np.isfinite(drawn).all()


def test_float32_is_the_default_type(name):
    assert streams.open(name, seed=0).normal((4,)).dtype == np.float32


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(name):
    def draw(seed):
        stream = streams.open(name, seed=seed)
        return np.concatenate([stream.normal((5,)), stream.normal((40,))])

    assert np.array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))


def test_a_second_draw_goes_on_and_does_not_repeat(name):
    stream = streams.open(name, seed=0)
    assert not np.array_equal(stream.normal((64,)), stream.normal((64,)))


def test_the_numbers_are_standard_normal(name):
    x = streams.open(name, seed=5).normal((200_000,)).astype(np.float64)
    # Four standard errors of mean, variance, third and fourth moment, and of the share beyond two sigma
    for moment, expected, spread in ((x, 0, 1), (x**2, 1, 2), (x**3, 0, 15), (x**4, 3, 96)):
        assert abs(moment.mean() - expected) < 4 * np.sqrt(spread / x.size)
    assert abs((np.abs(x) > 2).mean() - 0.0455) < 4 * np.sqrt(0.0455 / x.size)


def test_zero_and_the_largest_seed_are_seeds(name):
    for seed in (0, streams.STREAMS[name].seed_limit - 1, np.int64(7)):
        assert streams.open(name, seed=seed).normal((2,)).shape == (2,)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", None, True, np.array([1, 2])], ids=str)
def test_a_seed_that_is_none_is_refused_in_one_line(name, seed):
    with pytest.raises(UsageError, match="seed") as error:
        streams.open(name, seed=seed)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "shape", [0, (0,), (3, 0), (2, -1), (1.5,), "4", None, (2**16, 2**16), (2**62, 4)], ids=str
)
def test_a_shape_that_cannot_be_drawn_is_refused_before_anything_is_drawn(name, shape):
    stream = streams.open(name, seed=0)
    with pytest.raises(UsageError, match="shape") as error:
        stream.normal(shape)
    assert "\n" not in str(error.value)
    assert np.array_equal(stream.normal((4,)), streams.open(name, seed=0).normal((4,)))


@pytest.mark.parametrize("dtype", [np.float16, np.int32, "nonsense", ">f4"], ids=str)
def test_a_type_that_the_original_does_not_draw_is_refused(name, dtype):
    with pytest.raises(UsageError, match="draws float32"):
        streams.open(name, seed=0).normal((4,), dtype=dtype)


def test_an_option_of_another_stream_is_refused(name):
    with pytest.raises(UsageError, match="no option 'colour'"):
        streams.open(name, seed=0, colour="red")


def test_an_unknown_stream_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownName, match="torch-cpu"):
        streams.open("torch_cpu", seed=0)


def test_table_one_of_the_replication_study_comes_out_here():
    rows = {row.generator: row for row in table_one()}
    assert {name: row.printed for name, row in rows.items()} == {
        "PyTorch CPU": "0.3367",
        "PyTorch GPU": "0.1940",
        "NumPy": "0.49671415",
    }
    assert all(row.printed == row.published for row in rows.values())
    assert all(row.published == "" for row in table_one(seed=43))
