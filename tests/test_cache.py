"""The cache: results come back to the bit, damage is never used, and a cache that fails only costs time."""

import os
import pathlib
import threading
import warnings

import numpy as np
import pytest

from ganspace_tf import cache, cache_entries
from ganspace_tf.cache import CacheWarning
from ganspace_tf.cli import doctor
from ganspace_tf.decomposition import decompose
from ganspace_tf.decomposition.first_rows import ROWS as LOOKED_AT  # read again: how well are they known?
from ganspace_tf.errors import FileError
from nvlabs.writing.atomic import UNFINISHED
from tests.linear_generator import LinearGenerator


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def gen():
    return LinearGenerator()


def found(gen, **options):
    return decompose(gen, **dict({"n": 9000, "components": 3, "batch": 1000}, **options))


def entries(folder, kind="components"):
    return sorted((folder / kind).glob("*")) if (folder / kind).exists() else []


def test_the_folder_is_that_of_the_environment_or_the_users(folder, monkeypatch):
    assert cache.cache_folder() == folder
    monkeypatch.delenv("GANSPACE_CACHE")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(cache.cache_folder()) == "/home/somebody/.cache/ganspace"


def test_a_second_call_maps_nothing_and_gives_the_same_bits(gen, folder):
    first, rows = found(gen), gen.mapped
    second = found(gen)
    assert gen.mapped == rows == 9000 + LOOKED_AT
    assert second.digest == first.digest and second.settings == first.settings
    assert first.path == second.path == str(entries(folder)[0])
    assert cache.read_arrays(first.path)[1]["fingerprint"] == gen.fingerprint


def test_a_network_is_known_by_its_weights_not_by_its_file(gen):
    first = found(gen)
    renamed = LinearGenerator()
    renamed.name = "another file"
    again = found(renamed)
    assert renamed.mapped == 0 and again.digest == first.digest
    assert (first.settings["model"], again.settings["model"]) == ("linear", "another file")


def test_without_cache_nothing_is_read_or_written(gen, folder):
    comp = found(gen, cache=False)
    assert comp.path is None and not folder.exists()
    assert found(gen).digest == comp.digest
    rows = gen.mapped
    found(gen, cache=False)
    assert gen.mapped == rows + 9000 + LOOKED_AT


def test_everything_that_decides_the_result_is_in_the_key(gen, folder):
    changes = [
        {},
        {"n": 8000},
        {"components": 4},
        {"space": "z"},
        {"space": "wide"},
        {"space": "wide", "latent": "z"},
        {"space": "wide", "noise": "numpy:1"},
        {"seed": 1},
        {"labels": 1},
        {"precision": "float64"},
        {"estimator": "ipca"},
        {"estimator": "ipca", "batch": 500},
        {"estimator": "sefa"},
        {"estimator": "sefa", "layers": "0-1"},
        {"compat": "ganspace"},
        {"compat": "ganspace", "batch": 500},
    ]
    gen.n_classes = 4
    for change in changes:
        found(gen, **change)
    found(LinearGenerator(seed=3))
    assert len(entries(folder)) == len(changes) + 1


def test_a_longer_run_goes_on_from_a_finished_one(gen):
    found(gen, n=6500)
    rows = gen.mapped
    longer = found(gen, n=9000)
    assert gen.mapped - rows == 3000 + LOOKED_AT  # from the last full block, 6000
    assert longer.digest == found(LinearGenerator(), cache=False).digest


def test_more_components_of_the_same_rows_need_no_new_rows(gen):
    found(gen, components=3)
    rows = gen.mapped
    more = found(gen, components=7)
    assert gen.mapped == rows + LOOKED_AT
    assert more.digest == found(LinearGenerator(), components=7, cache=False).digest


def test_a_shorter_run_does_not_use_the_state_of_a_longer_one(gen):
    found(gen, n=9000)
    assert found(gen, n=2000).digest == found(LinearGenerator(), n=2000, cache=False).digest


@pytest.mark.parametrize("kind", ["components", "states"])
@pytest.mark.parametrize("damage", ["middle", "short", "empty", "other"])
def test_a_damaged_entry_is_reported_and_computed_again(gen, folder, kind, damage):
    first = found(gen)
    for other in entries(folder, "states" if kind == "components" else "components"):
        other.unlink()
    (path,) = entries(folder, kind)
    whole = path.read_bytes()
    half = len(whole) // 2
    content = {
        "middle": whole[:half] + b"\x00garbage\xff" * 4 + whole[half + 36 :], "short": whole[:half],
        "empty": b"", "other": b"<html>",
    }[damage]  # fmt: skip
    path.write_bytes(content)
    with pytest.warns(CacheWarning, match=r"damaged \(.*\); it is computed again"):
        again = found(gen)
    assert again.digest == first.digest
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found(gen).digest == first.digest  # it was replaced


def test_an_entry_of_another_kind_is_not_used(gen, folder):
    first = found(gen)
    path = entries(folder)[0]
    cache.write_arrays(path, {"lat_comp": np.zeros(3)}, {})
    assert found(gen).digest == first.digest


def test_a_cache_that_cannot_be_written_costs_a_warning(gen, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(CacheWarning, match="going on without the cache: .*Not a directory") as caught:
        comp = found(gen)
    assert comp.path is None and comp.digest == found(gen, cache=False).digest
    assert 1 <= len(caught) <= 2 and all("\n" not in str(item.message) for item in caught)


def refuse_to_look_into(folder, monkeypatch):
    """As in a folder of somebody else: the names in it cannot even be asked for."""

    def guarded(call):
        def ask(path, *args, **options):
            if not isinstance(path, int) and str(folder) in os.fspath(path):
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return call(path, *args, **options)

        return ask

    for name in ("stat", "lstat", "scandir", "mkdir"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))
        if hasattr(getattr(pathlib, "_normal_accessor", None), name):  # Python 3.7 keeps them for itself
            monkeypatch.setattr(pathlib._normal_accessor, name, getattr(os, name))


def test_a_cache_that_cannot_be_looked_into_costs_a_warning(gen, folder, monkeypatch):
    expected = found(gen, cache=False).digest
    monkeypatch.setenv("GANSPACE_CACHE_LIMIT", "1G")
    refuse_to_look_into(folder, monkeypatch)
    with pytest.raises(PermissionError):
        cache.cache_folder().exists()
    with pytest.warns(CacheWarning, match="going on without the cache: .*Permission denied"):
        assert found(gen).digest == expected
    assert cache.Folder("states").names() == [] and cache_entries.contents().entries == []
    said = doctor._cache()
    assert not said.ok and said.found.endswith("(0 files, 0.0 MB): Permission denied")


def test_a_full_disk_costs_a_warning(gen, monkeypatch, folder):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    with pytest.warns(CacheWarning, match="No space left on device"):
        comp = found(gen)
    assert comp.path is None and entries(folder) == entries(folder, "states") == []


def test_two_at_once_on_one_entry_agree(folder):
    results, failed = [], []

    def work():
        try:
            results.append(found(LinearGenerator()).digest)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(results) == 4 and len(set(results)) == 1
    assert len(entries(folder)) == 1


# ---------------------------------------------------------------------- files


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.bin"
    cache.write_file(path, lambda handle: handle.write(b"one"))

    def stop(handle):
        handle.write(b"half of two")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.write_file(path, stop)
    assert path.read_bytes() == b"one" and os.listdir(str(tmp_path)) == ["a.bin"]


def test_a_link_keeps_pointing_and_a_device_stays_a_device(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    cache.write_file(link, lambda handle: handle.write(b"x"))
    assert link.is_symlink() and target.read_bytes() == b"x"
    cache.write_file(os.devnull, lambda handle: handle.write(b"x"))
    assert not os.path.isfile(os.devnull)


def test_a_full_device_is_one_line(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with pytest.raises(FileError, match="cannot write /dev/full: No space left on device"):
        cache.write_file("/dev/full", lambda handle: handle.write(b"x" * 100_000))


def test_a_run_that_writes_no_state_sweeps_the_folder_of_states_all_the_same(gen, folder):
    """It begins at the last state of a run that was killed before it had a result."""
    first = found(gen)
    entries(folder)[0].unlink()
    (state,) = entries(folder, "states")
    rows, before = gen.mapped, state.stat().st_mtime
    debris = folder / "states" / UNFINISHED.format("0" * 8, "0" * 32)
    debris.write_bytes(b"half")
    os.utime(str(debris), (0, 0))
    assert found(gen).digest == first.digest and gen.mapped == rows + LOOKED_AT
    assert not debris.exists() and state.stat().st_mtime == before


def test_keys_do_not_depend_on_the_order_of_facts():
    assert cache.key_of({"a": 1, "b": [1, 2]}) == cache.key_of({"b": [1, 2], "a": 1})
    assert cache.key_of({"a": 1}) != cache.key_of({"a": 2})


def test_a_digest_sees_names_types_shapes_and_values():
    a = np.arange(6, dtype=np.float32)
    variants = [
        {"a": a},
        {"b": a},
        {"a": a.astype("f8")},
        {"a": a.reshape(2, 3)},
        {"a": a + 1},
        {"a": a, "b": a},
    ]
    assert len({cache.digest_of(variant) for variant in variants}) == len(variants)
    assert cache.digest_of({"a": np.asfortranarray(a.reshape(2, 3))}) == cache.digest_of(
        {"a": a.reshape(2, 3)}
    )
