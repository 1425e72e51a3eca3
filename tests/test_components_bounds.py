"""Files of components within bounds: types of numbers, what unpacking may cost, settings of any kind."""

from __future__ import annotations

import copy
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.cache import digest_of, read_arrays
from ganspace_tf.decomposition import load_components
from ganspace_tf.decomposition.error_bound import in_words
from ganspace_tf.errors import FileError
from nvlabs.reading.budget import Budget
from tests.test_components import comp, ganspace_file, refused

__all__ = ["comp"]  # a fixture


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "<f8", ">f8", "<i4", "<u1"])
def test_numbers_of_every_kind_are_read_as_float32(tmp_path, kind):
    values = np.arange(1, 6).astype(kind)
    comp = load_components(ganspace_file(tmp_path / "c.npz", lat_stdev=values))
    assert comp.stdev.dtype == np.float32 and comp.stdev.dtype.isnative
    np.testing.assert_array_equal(comp.stdev, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_in_any_order_of_memory(tmp_path, order):
    mean = np.array(np.random.RandomState(0).randn(1, 3, 4), np.float32, order=order)
    parts = np.array(np.random.RandomState(1).randn(5, 1, 3, 4), np.float32, order=order)
    comp = load_components(ganspace_file(tmp_path / "c.npz", act_mean=mean, act_comp=parts))
    np.testing.assert_array_equal(comp.act_directions, parts[:, 0])


@pytest.mark.parametrize(
    "values",
    [
        np.ones(5, complex),
        np.ones(5, bool),
        np.array(["1"] * 5),
        np.array([b"1"] * 5),
        np.zeros(5, "M8[s]"),
        np.zeros(5, "m8[s]"),
        np.zeros(5, [("a", "f4")]),
        np.array([None] * 5, dtype=object),
        np.zeros((5, 0), np.float32),
        np.full(5, 1e300),
        np.full(5, np.inf, np.float32),
        np.float32(1),
    ],
    ids=lambda values: "{} {}".format(values.dtype, values.shape),
)
@pytest.mark.parametrize("name", ["lat_stdev", "random_stdevs"])
def test_what_is_no_row_of_numbers_is_refused_by_name(tmp_path, name, values):
    assert name in refused(ganspace_file(tmp_path / "c.npz", **{name: values}))


def test_more_than_a_file_of_this_size_holds_is_refused_before_it_is_unpacked(tmp_path):
    """The original's files are packed, and read; what a kilobyte unpacks to is charged first."""
    path = ganspace_file(
        tmp_path / "c.npz", act_mean=np.zeros((1, 9), np.float32), act_comp=np.zeros((5, 1, 9), "f4")
    )
    load_components(path)
    arrays, _ = read_arrays(path, budget=Budget(20_000))
    assert arrays["act_comp"].shape == (5, 1, 9)
    large = ganspace_file(tmp_path / "d.npz", extra=np.zeros(10_000, np.float32))
    budget = Budget(20_000)
    with pytest.raises(FileError, match="far more data"):
        read_arrays(large, budget=budget)
    assert budget.left > -40_200  # the one array that was too much; nothing was read after it
    assert (tmp_path / "d.npz").stat().st_size < 10_000


def test_float32_is_charged_where_a_file_has_other_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("nvlabs.reading.budget.ALLOWANCE", 100_000)
    half = np.zeros((5, 1, 9_000), np.float16)
    path = ganspace_file(tmp_path / "c.npz", act_comp=half, act_mean=np.zeros((1, 9_000), np.float16))
    with pytest.raises(FileError, match="far more data"):
        load_components(path)


def test_entries_that_share_their_bytes_are_refused(tmp_path):
    """Two names in the directory of the archive for one entry."""
    path = ganspace_file(tmp_path / "c.npz")
    with zipfile.ZipFile(path, "a") as archive:
        again = copy.copy(archive.infolist()[0])
        again.filename = again.orig_filename = "x_comp.npy"
        archive.filelist.append(again)
        archive._didModify = True
    assert "share bytes" in refused(path)


def with_settings(comp, path, text):
    content = dict(comp.arrays(), settings=np.array(text), digest=np.array(digest_of(comp.arrays())))
    np.savez(str(path), **content)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "1", "null", "[" * 5000, '{"a": 1' + "0" * 400 + "}", '{"a": NaN}',
        '{"latent": []}', '{"latent": "x"}', '{"endpoint": 1}', '{"fingerprint": 1}', '{"activations": 1}',
        '{"n": "many"}', '{"estimator": {}}', '{"error_bound": []}', '{"error_bound": {"variance": 1}}',
        '{"error_bound": {"variance": "a", "failure": 1, "sines": []}}',
        '{"error_bound": {"variance": 1, "failure": 1, "sines": [null]}}',
        '{"error_bound": {"variance": 1, "failure": 1, "sines": [0], "variances": ["a"]}}',
    ],
)  # fmt: skip
def test_settings_that_others_would_stumble_over_are_refused(comp, tmp_path, text):
    message = refused(with_settings(comp, tmp_path / "c.npz", text))
    assert len(message) < 500


def test_settings_for_people_may_be_anything(comp, tmp_path):
    text = '{"note": [1, {"a": null}], "error_bound": {"variance": 0, "failure": 1e-6, "sines": [0.5]}}'
    loaded = load_components(with_settings(comp, tmp_path / "c.npz", text))
    assert loaded.settings["note"] == [1, {"a": None}] and in_words(loaded)
    still = replace(loaded, act_stdev=np.zeros(4, np.float32))
    assert in_words(still)  # no division by a sigma of 0


def test_more_components_than_anybody_lists_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ganspace_tf.decomposition.components.MOST", 4)
    assert "at most 4" in refused(ganspace_file(tmp_path / "c.npz"))


def test_a_path_that_is_none(tmp_path):
    with pytest.raises(FileError, match="cannot read"):
        load_components("a\0b.npz")
