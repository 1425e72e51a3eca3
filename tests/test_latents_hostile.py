"""Every form of latents that other programs write: read as it is, its hostile twins refused in one line."""

from __future__ import annotations

import os
import struct
import zipfile

import numpy as np
import pytest

from ganspace_tf.errors import FileError
from ganspace_tf.photos import read_latents
from tests import safetensors_writer
from tests.latents_of_others import FIXTURES, WIDTH, Network, rows_of, saved
from tests.torch_writer import Global, Storage, Tensor, write_legacy, write_zip

HUGE = 1 << 40  # rows: no memory has as much


def written(tmp_path, source, rows=None):
    """The fixture, its path and the network it is for."""
    fixture = FIXTURES[source]
    path = tmp_path / fixture.name
    fixture.write(path, rows_of(fixture.layers) if rows is None else rows)
    return fixture, path, Network(fixture.layers)


def refused(path, network):
    """What is said of a file that is refused: one line that names it."""
    with pytest.raises(FileError) as caught:
        read_latents(str(path), network)
    said = str(caught.value)
    assert os.path.basename(str(path)) in said and "\n" not in said and len(said) < 500
    return said


@pytest.mark.parametrize("source", list(FIXTURES))
def test_what_a_program_wrote_is_read_to_the_bit(tmp_path, source):
    fixture, path, network = written(tmp_path, source)
    rows = rows_of(fixture.layers)[: fixture.count]
    expected = rows if fixture.plus else np.repeat(rows[:, :1], fixture.layers, axis=1)
    np.testing.assert_array_equal(read_latents(str(path), network).rows, expected)


@pytest.mark.parametrize("source", list(FIXTURES))
def test_cut_off_anywhere_it_is_refused(tmp_path, source):
    _, path, network = written(tmp_path, source)
    data = path.read_bytes()
    for kept in (1, 9, 70, len(data) // 3, len(data) // 2, len(data) - 9, len(data) - 1):
        path.write_bytes(data[:kept])
        refused(path, network)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("source", list(FIXTURES))
def test_not_a_number_in_it_is_refused(tmp_path, source, value):
    rows = rows_of(FIXTURES[source].layers)
    rows[0, 0, 3] = value
    _, path, network = written(tmp_path, source, rows)
    assert "NaN or infinity" in refused(path, network)


@pytest.mark.parametrize("source", list(FIXTURES))
def test_latents_of_another_network_are_refused_by_what_they_are(tmp_path, source):
    fixture = FIXTURES[source]
    _, path, network = written(tmp_path, source, rows_of(fixture.layers, 256))
    assert "latents are 256 numbers wide, those of linear0 have 512" in refused(path, network)
    if source != "psp-w":  # there are no layers in it
        _, path, network = written(tmp_path, source, rows_of(14))
        said = refused(path, network)
        assert "latents have 14 layers, this network has {}".format(fixture.layers) in said
        assert "14 are of a network of 256 pixels" in said


def test_cars_of_e4e_go_with_512_pixels_alone(tmp_path):
    _, path, _ = written(tmp_path, "e4e-cars")
    said = refused(path, Network(18))
    assert "latents have 16 layers, this network has 18" in said
    assert "16 are of a network of 512 pixels" in said


# ------------------------------------------------------------------ what only an attacker writes


def huge_npy():
    """A header that says 2^40 rows, and the bytes of one."""
    header = "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, 18, {}), }}".format(HUGE, WIDTH)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(4 * 18 * WIDTH)


def in_zip(path, **entries):
    with zipfile.ZipFile(str(path), "w") as archive:
        for name, data in entries.items():
            archive.writestr(name + ".npy", data)


def view(step):
    """A tensor of 2^40 rows over the numbers of one. step: 0 repeats them, else they lie beyond its end."""
    return Tensor(Storage(np.ones(18 * WIDTH, np.float32)), 0, (HUGE, 18, WIDTH), (step, WIDTH, 1))


def huge_safetensors(path):
    entry = {"dtype": "F32", "shape": [HUGE, 18, WIDTH], "data_offsets": [0, 4 * 18 * WIDTH]}
    safetensors_writer.write(path, {"w": np.ones((1, 18, WIDTH), np.float32)}, w=entry)


HUGE_FILES = {
    "me.npy": lambda path: path.write_bytes(huge_npy()),
    "projected_w.npz": lambda path: in_zip(path, w=huge_npy()),
    "beyond.pt": lambda path: write_zip(path, view(18 * WIDTH)),
    "repeated.pt": lambda path: write_zip(path, {"latents": view(0)}),
    "old.pt": lambda path: write_legacy(path, view(0)),
    "w.safetensors": huge_safetensors,
}


@pytest.mark.parametrize("name", list(HUGE_FILES))
def test_more_rows_than_any_memory_holds_are_refused(tmp_path, name):
    HUGE_FILES[name](tmp_path / name)
    refused(tmp_path / name, Network(18))


class Evil:
    """Makes a folder where it is unpickled as pickles are."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def objects(marker):
    array = np.empty((1, 18, 2), object)
    array[...] = Evil(marker)
    return array


CODE = {
    "me.npy": lambda path, evil: np.save(str(path), objects(evil.marker)),
    "projected_w.npz": lambda path, evil: in_zip(path, w=saved(objects(evil.marker))),
    "restyle.npy": lambda path, evil: np.save(str(path), {"a.jpg": [rows_of(18)[0]], "b.jpg": evil}),
    "latents.pt": lambda path, evil: write_zip(path, {"latents": rows_of(18), "more": evil}),
    "old.pt": lambda path, evil: write_legacy(path, {"latents": rows_of(18), "more": evil}),
    # PTI's tuned generator is a pickled module
    "model_ABCDEF_me.pt": lambda path, evil: write_zip(
        path, [Global("training.networks", "Generator"), evil]
    ),
}


@pytest.mark.parametrize("name", list(CODE))
def test_code_in_it_is_refused_and_never_run(tmp_path, name):
    marker = tmp_path / "was-run"
    CODE[name](tmp_path / name, Evil(marker))
    said = refused(tmp_path / name, Network(18))
    assert not marker.exists()
    if name.startswith("model_"):
        assert "training.networks" in said


def test_what_is_no_photos_latent_is_told_from_one(tmp_path):
    """A boundary is of unit length; an encoder's components are neither."""
    boundary = rows_of(18)[0, :1] / np.linalg.norm(rows_of(18)[0, 0])
    np.save(str(tmp_path / "age_w_boundary.npy"), boundary)
    assert "is of unit length, as directions are" in refused(tmp_path / "age_w_boundary.npy", Network(18))
    parts = {"mean": boundary, "comp": np.ones((80, 1, WIDTH), np.float32), "std": np.ones(80, np.float32)}
    write_zip(tmp_path / "ffhq_pca.pt", parts)
    assert "holds no latents" in refused(tmp_path / "ffhq_pca.pt", Network(18))
