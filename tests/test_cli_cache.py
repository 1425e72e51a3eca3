"""`ganspace cache`: lists and forgets what the cache wrote, and nothing else, wherever links point."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from ganspace_tf import cache_entries
from ganspace_tf.cache import CacheWarning, Folder
from ganspace_tf.cli import main
from ganspace_tf.decomposition import decompose
from ganspace_tf.decomposition.checkpoint import Checkpoint
from ganspace_tf.explorer import explore
from ganspace_tf.explorer.staged.fitting import Fitting
from tests.linear_gan import LinearGAN
from tests.staged_gan import StagedGAN, basis_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder with three results, the oldest with the most rows, and the state of a longer run."""
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(cache_entries.LIMIT, raising=False)
    for age, n in enumerate((100, 200, 300)):
        path = decompose(LinearGAN(), n=n, components=2).path
        os.utime(str(path), (10**9 - age, 10**9 - age))
    states = Folder("states")
    states.write(Checkpoint(states, {"n": 1}, 100).name, {"rows": np.arange(3)}, {"target": 100})
    return tmp_path / "cache"


@pytest.fixture
def cache(capsys):
    """cache(*words): (exit code, stdout, stderr)."""

    def call(*words):
        code = main(["cache"] + [str(word) for word in words])
        return (code, *capsys.readouterr())

    return call


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_every_file_that_decompositions_leave_is_an_entry(folder):
    found = cache_entries.contents()
    assert sorted(os.path.relpath(one.path, str(folder)) for one in found.entries) == files(folder)
    assert {one.kind for one in found.entries} == {"components", "states"} and found.foreign == 0
    assert found.bytes == sum((folder / name).stat().st_size for name in files(folder))


def test_the_list_says_names_sizes_and_the_limit(folder, cache, monkeypatch):
    code, out, err = cache()
    assert (code, err) == (0, "") and out.count("components/") == 3
    assert "{} files".format(len(files(folder))) in out and out.rstrip().endswith("no limit")
    monkeypatch.setenv(cache_entries.LIMIT, "2G")
    facts = json.loads(cache("--json")[1])
    assert facts["limit"] == 2 * 10**9 and facts["bytes"] == sum(one["bytes"] for one in facts["entries"])
    assert [one["used"] for one in facts["entries"]] == sorted(one["used"] for one in facts["entries"])


def test_clear_forgets_all_of_it_or_one_kind(folder, cache):
    assert "forgotten: 3 files" in cache("clear", "--kind", "components")[1]
    assert files(folder) and all(name.startswith("states") for name in files(folder))
    assert cache("clear")[0] == 0 and files(folder) == []
    assert cache()[1].count("\n") == 1


def test_what_previews_are_made_with_is_an_entry_and_counts(folder, cache, monkeypatch):
    gen = StagedGAN()
    fitting = Fitting(explore(gen, basis_of(gen)), pictures=2, held=1)
    while fitting.result is None:
        fitting.step()
    monkeypatch.setenv(cache_entries.LIMIT, "1K")  # less than any entry takes: the last one stays
    fitting.save()
    assert [one.kind for one in cache_entries.contents().entries] == ["previews"]
    facts = json.loads(cache("clear", "--kind", "previews", "--json")[1])
    assert facts["foreign"] == 0 and len(facts["forgotten"]) == 1 and files(folder) == []


def test_a_limit_forgets_what_was_not_used_for_longest(folder, cache):
    found = cache_entries.contents()
    last = found.entries[-1]
    facts = json.loads(cache("limit", found.bytes - 1, "--json")[1])
    assert facts["forgotten"] == [found.entries[0].path] and os.path.exists(last.path)
    assert cache("limit", last.bytes)[0] == 0
    assert [one.path for one in cache_entries.contents().entries] == [last.path]


def test_foreign_files_are_counted_and_stay(folder, cache):
    for name in ("components/notes.npz", "states/readme.txt", "mine.npz"):
        (folder / name).write_bytes(b"mine")
    os.makedirs(str(folder / "components" / ("d-" + "0" * 32 + ".npz")))
    (folder / "models").mkdir()
    (folder / "models" / "net.pkl").write_bytes(b"downloaded")
    out = cache("clear")[1]
    assert "other things in the folder, left alone: 4" in out
    assert files(folder) == ["components/notes.npz", "mine.npz", "models/net.pkl", "states/readme.txt"]


def test_no_link_is_followed_out_of_the_folder(folder, cache, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    name = "net-" + "0" * 32 + ".npz"
    (outside / name).write_bytes(b"elsewhere")
    os.symlink(str(outside / name), str(folder / "components" / name))  # a file
    cache("clear", "--kind", "states")
    (folder / "states").rmdir()
    state = "0" * 32 + "-100.npz"
    (outside / state).write_bytes(b"elsewhere")
    os.symlink(str(outside), str(folder / "states"))  # a folder
    assert not any(one.kind == "states" for one in cache_entries.contents().entries)
    assert "left alone: 2" in cache("clear")[1]
    assert sorted(os.listdir(str(outside))) == sorted([name, state])
    entry = cache_entries.Entry(str(folder / "states" / state), "states", 9, 0.0)  # a link since
    assert cache_entries.forget([entry]) == [] and (outside / state).exists()


def test_a_huge_folder_is_looked_at_in_part(folder, monkeypatch):
    monkeypatch.setattr(cache_entries, "MOST", 1)
    assert len(cache_entries.contents().entries) <= len(cache_entries.KINDS)


def test_no_folder_is_an_empty_cache(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "none"))
    assert "0 files, 0 B" in cache()[1] and cache("clear")[0] == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", [["limit"], ["clear", "2G"], ["list", "2G"], ["limit", "much"], ["burn"]])
def test_what_is_no_action_is_refused(words, cache):
    code, out, err = cache(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)


# ------------------------------------------------------------------ a standing limit


def test_what_is_written_keeps_to_the_standing_limit(folder, monkeypatch):
    monkeypatch.setenv(cache_entries.LIMIT, "1")
    made = decompose(LinearGAN(), n=400, components=2)
    left = [one.path for one in cache_entries.contents().entries if one.kind == "components"]
    assert left in ([], [made.path])  # the last one that was used, which may be a state
    assert len(cache_entries.contents().entries) <= 2


def test_what_is_no_limit_is_said_and_changes_nothing(folder, monkeypatch):
    before = files(folder)
    monkeypatch.setenv(cache_entries.LIMIT, "lots")
    with pytest.warns(CacheWarning, match="'lots' is no size such as 2G"):
        cache_entries.keep_to_limit()
    assert files(folder) == before


def test_entries_that_were_forgotten_are_computed_again(folder):
    cache_entries.forget(cache_entries.contents().entries)
    assert Folder("components").names() == []
    assert len(decompose(LinearGAN(), n=100, components=2).directions) == 2


def test_without_a_cache_components_need_a_file_to_go_to(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pkl").write_bytes(b"")
    monkeypatch.setattr("ganspace_tf.generators.load_generator", lambda name, threads=None: LinearGAN())
    monkeypatch.setattr("ganspace_tf.cli.pca.start_tensorflow", lambda: None)
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "net.pkl" / "cache"))
    assert main(["pca", "net.pkl", "-n", "100", "-k", "2"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "give --out FILE" in said.err
    assert main(["pca", "net.pkl", "-n", "100", "-k", "2", "--out", "c.npz"]) == 0
    assert "going on without the cache" in capsys.readouterr().err and (tmp_path / "c.npz").exists()
